"""What the books have of a session is what they have, not what the phone told them."""

from datetime import date, timedelta

import pytest
from markupsafe import Markup

from banksampah import clock
from banksampah.db import transaction
from banksampah.deposits.service import price_pending_lines, reprice, reverse_deposit
from tests.desk.phones import Phone
from tests.desk.test_deciding import decide, treasurer  # noqa: F401
from tests.factories import priced_material, set_price

AGREES, AGREED, DIFFERS = "Cocok ✓", "Cocok saat sesi ditutup.", "<b>Selisih.</b> Lihat"


@pytest.fixture
def two(phone, siti, kardus):
    """Two deposits of one session: 15 kg, Rp27.000; the deposits' numbers in the books."""
    first, second = (phone.record(siti, (kardus, grams, 1_800)) for grams in (10_000, 5_000))
    told = phone.send(first, second)
    return [told[record["id"]]["deposit_seq"] for record in (first, second)]


def close(phone, count=2, weight_g=15_000, value_idr=27_000, last=2):
    told = {"code": "S-2026-11-21-HP01-A", "deposits_count": count, "weight_g": weight_g}
    told |= {"value_idr": value_idr, "last": last, "ends": True}
    return phone.post("/timbang/tutup", told).json


def days(treasurer):  # noqa: F811
    return treasurer.get("/hari-buka").text


def undo(app, bank, act, seq):
    with app.app_context(), transaction(bank.bank_id) as session:
        reverse_deposit(session, act(), seq=seq, reason="double", as_treasurer=True)


def test_what_the_treasurer_undid_counts_no_more(
    app, bank, phone, two, treasurer, act  # noqa: F811
):  # fmt: skip
    undo(app, bank, act, two[0])
    compared = close(phone)
    assert AGREES not in days(treasurer) and DIFFERS in days(treasurer)
    assert compared["agrees"] is False
    assert compared["books"] == {"deposits_count": 1, "weight_g": 5_000, "value_idr": 9_000}
    assert [row[1:] for row in compared["rows"]] == [["HP01-0002", 5_000, 9_000]]


def test_a_correction_counts(app, bank, phone, two, treasurer, act):  # noqa: F811
    for price_idr in (2_000, 1_900):
        with app.app_context(), transaction(bank.bank_id) as session:
            reprice(session, act(), seq=two[0], line=1, price_idr=price_idr, note="Salah")
    assert close(phone)["books"] == {"deposits_count": 2, "weight_g": 15_000, "value_idr": 28_000}
    assert DIFFERS in days(treasurer)


def test_what_is_held_counts_as_it_was_told(phone, two, siti, kardus, treasurer):  # noqa: F811
    phone.send(phone.record(siti, (kardus, 1_000, 1_801)))
    three = {"count": 3, "weight_g": 16_000, "value_idr": 28_801, "last": 3}
    assert close(phone, **three)["agrees"] is True
    assert decide(treasurer, "release").status_code == 303  # at the list's price
    assert close(phone, **three)["books"]["value_idr"] == 28_800


def test_a_price_that_came_later_is_no_difference(
    app, bank, phone, two, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as session:
        tyres = priced_material(session, act(), "BN", "Ban", None)
    phone.send(phone.record(siti, (tyres, 1_000, None)))
    assert close(phone, count=3, weight_g=16_000, last=3)["agrees"] is True
    with app.app_context(), transaction(bank.bank_id) as session:
        set_price(session, act(), tyres, 900, date(2026, 11, 21))
        assert len(price_pending_lines(session, act())) == 1
    assert AGREED in days(treasurer) and DIFFERS not in days(treasurer)


def test_a_day_with_a_number_that_never_came_does_not_agree(
    phone, siti, kardus, treasurer  # noqa: F811
):  # fmt: skip
    first, _lost, third = (phone.record(siti, (kardus, 1_000, 1_800)) for _ in range(3))
    phone.send(first, third)
    two = {"count": 2, "weight_g": 2_000, "value_idr": 3_600, "last": 3}
    assert close(phone, **two)["agrees"] is False
    page = days(treasurer)
    assert "Belum sampai: HP01-0002." in Markup(page).striptags() and AGREES not in page


def test_a_session_is_ended_by_its_own_phone(
    phone, two, sign_in, treasurer, act, monkeypatch  # noqa: F811
):  # fmt: skip
    other = Phone(sign_in("operator"), act)
    for none_of_it in (close(other, count=0, weight_g=0, value_idr=0, last=0), close(other)):
        assert none_of_it["books"]["deposits_count"] == 2  # it is compared
    page = days(treasurer)
    assert "Berjalan" in page and "itutup" not in page
    tomorrow = clock.now_utc() + timedelta(days=1)
    with monkeypatch.context() as later:
        later.setattr(clock, "now_utc", lambda: tomorrow)
        page = days(sign_in("treasurer"))
    assert "Belum ditutup" in page and "Ditutup" not in page
    close(phone)
    close(other, count=9)
    page = days(treasurer)
    assert "Ditutup" in page and AGREES in page
    treasurer.post(f"/perangkat/{phone.device_id}/pencabutan")
    close(other, count=9)  # the same browser, under the code of another phone
    assert DIFFERS in days(treasurer)
