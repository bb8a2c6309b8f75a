"""The treasurer's buttons: each flag ends, once, and the books follow."""

import hashlib
import re

import pytest

from banksampah import ledger
from banksampah.db import db, transaction, use_bank
from banksampah.desk import queries, service
from banksampah.ledger import chart
from banksampah.members.queries import find_member_by_number
from banksampah.members.service import close_member
from banksampah.staff.service import revoke_role
from tests.desk.cards import press
from tests.desk.test_intake import saved
from tests.factories import give_money
from tests.people import make_person

BARU = {"provisional": "T-01", "name": "Warni", "rt": "04", "house_no": "7"}


@pytest.fixture
def treasurer(phone, sign_in):
    return sign_in("treasurer")


def decide(treasurer, decision, **given):
    page = treasurer.get("/perlu-dilihat")
    flag_id = re.search(r"/perlu-dilihat/(\d+)", page.text)[1]
    return press(treasurer, f"/perlu-dilihat/{flag_id}", decision, **given)


def waiting(app, bank):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return [flag.code for flag in queries.open_flags(db.session, bank.bank_id)]


def in_suspense(app, bank):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return ledger.balance(db.session, bank.bank_id, chart.SUSPENSE).posted


def test_a_new_household_becomes_a_member_and_later_deposits_follow(
    app, bank, phone, kardus, treasurer
):
    first, second = (phone.record(BARU, (kardus, 1_000 + n, 1_800)) for n in range(2))
    phone.send(first, second)
    assert in_suspense(app, bank) == 1_800 + 1_802
    assert "Warni" in treasurer.get("/perlu-dilihat").text
    assert decide(treasurer, "open_member").status_code == 303
    assert (waiting(app, bank), in_suspense(app, bank)) == ([], 0)
    third = phone.record(BARU, (kardus, 500, 1_800))
    assert phone.send(third)[third["id"]]["notes"] == []
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        warni = find_member_by_number(db.session, bank.bank_id, "0002")
        assert (warni.name, warni.rt) == ("Warni", "04")
    assert saved(app, bank, warni) == 1_800 + 1_802 + 900


def test_a_new_household_is_matched_with_a_member(app, bank, phone, kardus, siti, treasurer):
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    for number, words in (("", "Tulis nomor nasabahnya."), ("9999", "Nomor 9999 tidak ada")):
        refused = decide(treasurer, "assign", number=number)
        assert refused.status_code == 422 and words in refused.text
    assert decide(treasurer, "assign", number=siti.number).status_code == 303
    assert saved(app, bank, siti) == 1_800


def test_a_number_that_was_typed_is_not_dropped_by_another_button(
    app, bank, phone, kardus, siti, treasurer
):
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    refused = decide(treasurer, "open_member", number=siti.number)
    assert refused.status_code == 422 and "Tombol itu tidak memakai nomor." in refused.text
    assert f'value="{siti.number}"' in refused.text  # as it was typed
    assert waiting(app, bank) == ["provisional"]


def test_a_closed_household_is_paid_in_cash(app, bank, phone, kardus, siti, treasurer, act):
    with app.app_context(), transaction(bank.bank_id) as inner:
        close_member(inner, act(), member_id=siti.id)
        give_money(inner, act(), 5_000)
    phone.send(phone.record(siti, (kardus, 1_000, 1_800)))
    assert decide(treasurer, "pay").status_code == 303
    assert (in_suspense(app, bank), waiting(app, bank)) == (0, [])


def test_a_double_is_cancelled_or_kept(app, bank, phone, kardus, siti, treasurer):
    for _ in range(2):
        phone.send(phone.record(siti, (kardus, 1_000, 1_800)))
    assert saved(app, bank, siti) == 3_600
    assert decide(treasurer, "cancel").status_code == 303
    assert (saved(app, bank, siti), waiting(app, bank)) == (1_800, [])


@pytest.mark.parametrize(
    ("decision", "value"), [("keep", 1_801), ("release", 1_800), ("dismiss", 0)]
)
def test_a_held_price_is_released_as_told_as_listed_or_not_at_all(
    app, bank, phone, kardus, siti, treasurer, decision, value
):
    phone.send(phone.record(siti, (kardus, 1_000, 1_801)))
    assert decide(treasurer, decision).status_code == 303
    assert (saved(app, bank, siti), waiting(app, bank)) == (value, [])


def test_the_second_content_of_one_id_may_be_booked_too(app, bank, phone, kardus, siti, treasurer):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(record)
    line = {**record["lines"][0], "quantity": 2_000, "value_idr": 3_600}
    phone.send(record | {"lines": [line], "total_idr": 3_600})
    assert decide(treasurer, "release").status_code == 303
    assert saved(app, bank, siti) == 5_400


@pytest.mark.parametrize(("decision", "value"), [("keep", 1_800), ("release", 5_400)])
def test_one_receipt_number_stands_for_one_deposit(
    app, bank, phone, kardus, siti, treasurer, decision, value
):
    first, second = (phone.record(siti, (kardus, grams, 1_800)) for grams in (1_000, 2_000))
    second["number"] = first["number"]
    told = phone.send(first, second)
    assert [told[record["id"]]["state"] for record in (first, second)] == ["accepted", "held"]
    assert (saved(app, bank, siti), waiting(app, bank)) == (1_800, ["other_content"])
    card = treasurer.get("/perlu-dilihat").text
    assert card.count("HP01-0001") == 2 and "Rp1.800" in card and "Rp3.600" in card
    assert decide(treasurer, decision).status_code == 303
    assert (saved(app, bank, siti), waiting(app, bank)) == (value, [])


def test_a_phone_names_nobody_of_another_bank(
    app, bank, phone, kardus, siti, treasurer, act, session
):
    stranger = make_person(session, None, login="bank-lain")
    stranger.name = "Pak Rahasia"
    own_id, stranger_id = phone.browser.user.user_id, stranger.user_id
    session.commit()
    phone.send(phone.record(siti, (kardus, 1_000, 1_801), operator_id=stranger_id))
    page = treasurer.get("/perlu-dilihat").text
    assert "HP01-0001" in page and "Pak Rahasia" not in page
    for _ in range(2):
        phone.send(phone.record(siti, (kardus, 2_000, 1_800)))
    with app.app_context(), transaction(bank.bank_id) as inner:
        revoke_role(inner, act(), own_id, "operator")  # who weighed has left
    page = treasurer.get("/perlu-dilihat").text
    assert "HP01-0003" in page and "Bu Tini" in page


def test_a_flag_is_decided_once(app, bank, phone, kardus, siti, treasurer):
    phone.send(phone.record(siti, (kardus, 1_000, 1_801)))
    page = treasurer.get("/perlu-dilihat").text
    flag_id = re.search(r"/perlu-dilihat/(\d+)", page)[1]
    assert treasurer.post(f"/perlu-dilihat/{flag_id}", {"decision": "keep"}).status_code == 303
    again = treasurer.post(f"/perlu-dilihat/{flag_id}", {"decision": "release"})
    assert again.status_code == 422
    assert "sudah diputuskan" in again.text
    assert saved(app, bank, siti) == 1_801


def test_a_choice_that_is_not_offered_is_refused(app, bank, phone, kardus, siti, treasurer):
    phone.send(phone.record(siti, (kardus, 1_000, 1_801)))
    assert decide(treasurer, "pay").status_code == 422


@pytest.mark.parametrize("decision", ["open_member", "assign"])
def test_what_the_phone_took_back_is_given_to_nobody(
    app, bank, phone, kardus, siti, treasurer, decision
):
    """The card was shown before; its button is pressed after."""
    record = phone.record(BARU, (kardus, 1_000, 1_800))
    phone.send(record)
    flag_id = re.search(r"/perlu-dilihat/(\d+)", treasurer.get("/perlu-dilihat").text)[1]
    phone.send(record | {"cancelled": {"reason": "double"}})
    path = f"/perlu-dilihat/{flag_id}"
    number = siti.number if decision == "assign" else ""
    late = treasurer.post(path, {"decision": decision, "number": number})
    assert late.status_code == 422 and "sudah diputuskan" in late.text
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert find_member_by_number(db.session, bank.bank_id, "0002") is None


def test_what_is_not_shown_is_counted_too(phone, kardus, siti, treasurer, monkeypatch):
    monkeypatch.setattr(queries, "CARDS_MAX", 2)
    phone.send(*[phone.record(siti, (kardus, 1_000 + n, 1_801)) for n in range(3)])
    page = treasurer.get("/perlu-dilihat").text
    assert "3 menunggu keputusan." in page and "Yang tertua dulu: 2 dari 3." in page
    assert "3 setoran dari HP perlu dilihat" in treasurer.get("/").text
    decide(treasurer, "dismiss")
    page = treasurer.get("/perlu-dilihat").text
    assert "2 menunggu keputusan." in page and "Yang tertua" not in page


def test_a_phone_is_paired_once(app, bank, sign_in):
    treasurer, operator = sign_in("treasurer"), sign_in("operator")
    page = treasurer.post("/perangkat").text
    assert "<svg" in page
    code = re.search(r"pasang#kode=([\w-]+)", page)[1]
    assert "?kode" not in page
    assert operator.get("/perangkat/pasang").status_code == 200
    assert operator.post("/perangkat/pasang", {"kode": code}).status_code == 303
    assert operator.get("/timbang/kabar").json["device"]["name"] == "HP01"
    assert sign_in("operator").post("/perangkat/pasang", {"kode": code}).status_code == 422


def test_the_desk_pin_is_what_a_browser_works_out(app, bank, phone):
    assert phone.browser.post("/pin-timbang", {"pin": "12a4"}).status_code == 422
    assert phone.browser.post("/pin-timbang", {"pin": "4071"}).status_code == 303
    (me,) = [o for o in phone.browser.get("/timbang/bekal").json["operators"] if o["hash"]]
    made = hashlib.pbkdf2_hmac("sha256", b"4071", bytes.fromhex(me["salt"]), 100_000).hex()
    assert me["hash"] == made


def test_a_phone_hears_of_its_held_records_alone(app, bank, phone, kardus, siti, act):
    records = [phone.record(siti, (kardus, 1_000, 1_801)) for _ in range(3)]
    phone.send(*records)
    ids = [record["id"] for record in records]
    with app.app_context(), transaction(bank.bank_id) as session:
        for flag in queries.open_flags(session, bank.bank_id)[:2]:
            service.decide(session, act(), flag_id=flag.id, decision="dismiss")

    def decided(*asked):
        news = phone.hello(epoch=phone.epoch, held=",".join(asked)).json
        return sorted(news["decided"])

    assert decided(*ids) == sorted(ids[:2])
    assert decided(ids[1], ids[2], "x") == [ids[1]]
    assert decided() == []
    other = phone.send({**records[0], "total_idr": 1})
    assert other[ids[0]]["state"] == "held"
    assert decided(ids[0]) == []  # the phone that has the other content is told nothing new
    assert phone.send(records[1])[ids[1]]["state"] == "dismissed"
