"""What is far from usual is booked as it came, and looked at: a weight, or one household's many."""

import re

import pytest

from banksampah.db import db, transaction, use_bank
from banksampah.deposits.models import DepositChange
from banksampah.deposits.service import correct_weight, reverse_deposit
from banksampah.sales.service import Sold
from tests.desk.phones import saved
from tests.desk.test_deciding import decide, treasurer, waiting  # noqa: F401
from tests.factories import make_deposit, priced_material
from tests.sales.helpers import sell


def told(phone, *records):
    answers = phone.send(*records)
    return [answers[record["id"]]["notes"] for record in records]


@pytest.mark.parametrize(
    ("code", "unit", "profile", "most"),
    [
        ("kg", "kg", {}, 300_000),  # nothing said: a hundred kilograms are usual
        ("kg20", "kg", {"usual_max_g": 20_000}, 60_000),
        ("ltr", "litre", {"usual_max_g": 5_000, "equivalent_g": 900}, 15_000),  # as the phone asks
        ("pcs", "pcs", {"usual_max_g": 5_000, "equivalent_g": 150}, 100),
    ],
)
def test_a_weight_beyond_three_times_the_usual_is_noted(
    app, bank, session, act, siti, phone, code, unit, profile, most
):
    goods = priced_material(session, act(), code.upper(), code, 10, unit=unit, **profile)
    session.commit()
    fits, beyond = (phone.record(siti, (goods, quantity, 10)) for quantity in (most, most + 1))
    assert told(phone, fits, beyond) == [[], ["weight_unusual"]]
    assert phone.send(beyond)[beyond["id"]]["state"] == "already_there"
    assert waiting(app, bank) == ["weight_unusual"]
    assert saved(app, bank, siti) == fits["total_idr"] + beyond["total_idr"]


def test_pieces_of_unknown_weight_are_never_far_from_usual(session, act, siti, phone):
    bottles = priced_material(session, act(), "BTL", "Botol", 1, unit="pcs")
    session.commit()
    assert told(phone, phone.record(siti, (bottles, 1_000_000, 1))) == [[]]


@pytest.fixture
def heavy(siti, phone, kardus):
    """Four hundred kilograms, sent."""
    record = phone.record(siti, (kardus, 400_000, 1_800))
    return phone.send(record)[record["id"]]["deposit_seq"]


def test_the_card_shows_what_is_usual(heavy, treasurer):  # noqa: F811
    page = treasurer.get("/perlu-dilihat").text
    assert "Beratnya jauh di atas biasanya." in page
    assert re.search(r"Biasanya di bawah.*Kardus</dt><dd>100 kg", page, re.DOTALL)
    assert f"/setoran/{heavy}/koreksi" not in page  # it can be taken back as it is


@pytest.mark.parametrize(("decision", "left"), [("keep", 720_000), ("cancel", 0)])
def test_it_is_right_or_taken_back(
    app, bank, siti, heavy, treasurer, decision, left  # noqa: F811
):  # fmt: skip
    assert decide(treasurer, decision).status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], left)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        found = [change.reason for change in db.session.query(DepositChange)]
    assert found == ([] if decision == "keep" else ["wrong_weight"])


def test_once_the_goods_are_sold_the_weight_is_put_right_instead(
    app, bank, siti, heavy, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as session:
        sell(session, act(), Sold(kardus.id, 100_000, 2_000))
    assert decide(treasurer, "cancel").status_code == 422
    assert f"/setoran/{heavy}/koreksi" in treasurer.get("/perlu-dilihat").text
    with app.app_context(), transaction(bank.bank_id) as session:
        correct_weight(session, act(), seq=heavy, line=1, quantity=40_000, note="Salah ketik")
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 72_000)


def many(phone, member, kardus, count):
    return [phone.record(member, (kardus, 1_000 + n, 1_800)) for n in range(count)]


def test_the_fourth_deposit_of_a_household_on_one_day_is_noted(
    app, bank, siti, phone, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    first, second, third, fourth, fifth = many(phone, siti, kardus, 5)
    with app.app_context(), transaction(bank.bank_id) as session:
        online = make_deposit(session, act(), siti, (kardus, 5_000)).seq
    assert told(phone, first, second) == [[], []]
    assert told(phone, third) == [["often_that_day"]]
    page = treasurer.get("/perlu-dilihat").text
    assert f"/setoran/{online}" in page and "Setoran lainnya pada hari itu" in page
    assert "Rp12.602" in page  # 9.000 + 1.800 + 1.802
    assert decide(treasurer, "cancel").status_code == 303
    with app.app_context(), transaction(bank.bank_id) as session:
        reverse_deposit(session, act(), seq=online, reason="double", as_treasurer=True)
    assert told(phone, fourth, fifth) == [
        [],
        ["often_that_day"],
    ]  # the third and the fourth that stand
    assert decide(treasurer, "keep").status_code == 303
    assert waiting(app, bank) == []


def test_another_day_and_a_group_are_not_often(siti, rt, phone, kardus):
    yesterday = {"weighed_at": "2026-11-20T09:00:00+07:00"}
    assert told(phone, *many(phone, siti, kardus, 3)) == [[], [], []]
    assert told(phone, phone.record(siti, (kardus, 9_000, 1_800), **yesterday)) == [[]]
    assert told(phone, *many(phone, rt, kardus, 5)) == [[]] * 5
