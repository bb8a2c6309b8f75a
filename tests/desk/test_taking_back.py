"""What a phone may take back by itself, and what the treasurer is asked about."""

from datetime import timedelta

import pytest

from banksampah import clock
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.queries import standing
from banksampah.desk import queries, service
from tests.desk.phones import Phone, hand_in_file, saved
from tests.desk.test_deciding import decide, treasurer, waiting  # noqa: F401

REASON = "wrong_weight"


@pytest.fixture
def booked(phone, siti, kardus):
    """Ten kilograms of a household, in the books."""
    record = phone.record(siti, (kardus, 10_000, 1_800))
    phone.send(record)
    return record


@pytest.fixture
def later(phone, monkeypatch):
    """Days go by, and whoever is named signs in once more."""

    def days(count, *browsers):
        now = clock.now_utc()
        monkeypatch.setattr(clock, "now_utc", lambda: now + timedelta(days=count))
        for browser in (phone.browser, *browsers):
            browser.sign_in()

    return days


def taken_back(record, at="2026-11-21T17:59:00+07:00"):
    return record | {"cancelled": {"at": at, "reason": REASON}}


def revoke(app, bank, phone, act):
    with app.app_context(), transaction(bank.bank_id) as session:
        service.revoke_device(session, act(), device_id=phone.device_id)


def sentence(treasurer):  # noqa: F811
    return treasurer.get("/perlu-dilihat").text


def test_a_phone_out_of_use_takes_nothing_back(
    app, bank, phone, booked, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    revoke(app, bank, phone, act)
    for _twice in range(2):
        told = phone.send(taken_back(booked))[booked["id"]]
    assert (told["state"], told["notes"]) == ("already_there", ["cancel_refused"])
    assert (saved(app, bank, siti), waiting(app, bank)) == (18_000, ["cancel_refused"])
    assert "di HP yang sudah dinonaktifkan" in sentence(treasurer)
    assert decide(treasurer, "release").status_code == 303
    assert (saved(app, bank, siti), waiting(app, bank)) == (0, [])


def test_nor_does_the_file_of_one(app, bank, phone, booked, siti, treasurer, act):  # noqa: F811
    revoke(app, bank, phone, act)
    hand_in_file(treasurer, taken_back(booked))
    assert (saved(app, bank, siti), waiting(app, bank)) == (18_000, ["cancel_refused"])


def test_what_is_held_is_not_taken_back_by_a_phone_out_of_use(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    record = phone.record(siti, (kardus, 1_000, 1_801))
    phone.send(record)
    revoke(app, bank, phone, act)
    assert phone.send(taken_back(record))[record["id"]]["state"] == "held"
    assert waiting(app, bank) == ["price_unknown"]
    assert "Dibatalkan Sabtu, 21 November 2026 pukul 17.59 WIB di HP01" in sentence(treasurer)
    assert decide(treasurer, "keep").status_code == 303
    assert saved(app, bank, siti) == 1_801


@pytest.mark.parametrize("same_day", [True, False])
def test_another_phone_takes_nothing_back(
    app, bank, booked, siti, sign_in, treasurer, act, later, same_day  # noqa: F811
):  # fmt: skip
    other = Phone(sign_in("operator"), act)
    later(0 if same_day else 12, other.browser, treasurer)
    assert other.send(taken_back(booked))[booked["id"]]["notes"] == ["cancel_refused"]
    assert (saved(app, bank, siti), waiting(app, bank)) == (18_000, ["cancel_refused"])
    assert "oleh HP lain" in sentence(treasurer) and "di HP02" in sentence(treasurer)


def test_what_was_taken_back_on_its_day_may_come_late(app, bank, phone, booked, siti, later):
    later(12)
    told = phone.send(taken_back(booked))[booked["id"]]
    assert (saved(app, bank, siti), told["notes"]) == (0, ["cancelled"])
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        seq = queries.intake(db.session, bank.bank_id, booked["id"]).deposit_seq
        assert standing(db.session, bank.bank_id, seq).reversal.reason == REASON


@pytest.mark.parametrize("heard", ["record", "end of its session"])
def test_what_was_not_taken_back_when_it_was_heard_of_is_asked_about(
    app, bank, phone, booked, kardus, siti, treasurer, later, heard  # noqa: F811
):  # fmt: skip
    """The day is only what the phone says: it was heard of since, and said nothing of it."""
    later(7, treasurer)
    if heard == "record":
        phone.send(phone.record(siti, (kardus, 1_000, 1_801)))
        decide(treasurer, "dismiss")
    else:
        told = {"deposits_count": 1, "weight_g": 10_000, "value_idr": 18_000, "last": 1}
        phone.post("/timbang/tutup", told | {"code": booked["session"]})
    later(53, treasurer)
    assert phone.send(taken_back(booked))[booked["id"]]["notes"] == ["cancel_refused"]
    assert (saved(app, bank, siti), waiting(app, bank)) == (18_000, ["cancel_refused"])
    assert "terlambat dikabarkan" in sentence(treasurer)
    assert decide(treasurer, "release").status_code == 303
    assert saved(app, bank, siti) == 0


def test_what_comes_in_the_same_hour_is_no_sign_of_it(
    app, bank, phone, booked, kardus, siti, later
):
    """A phone that finds its signal after two months sends what it holds one batch after another."""
    later(60)
    phone.send(phone.record(siti, (kardus, 1_000, 1_801)))
    assert phone.send(taken_back(booked))[booked["id"]]["notes"] == ["cancelled"]
    assert saved(app, bank, siti) == 0


def test_the_day_of_a_cancellation_is_told_by_the_clock_of_its_weighing(
    app, bank, phone, kardus, siti, later
):
    """The phone says Friday; the books know that it was Saturday."""
    by_phone = {"weighed_at": "2026-11-20T23:30:00+07:00", "clock_offset_s": 36_000}
    record = phone.record(siti, (kardus, 10_000, 1_800), **by_phone)
    phone.send(record)
    later(12)
    phone.send(taken_back(record, "2026-11-21T00:30:00+07:00"))
    assert saved(app, bank, siti) == 0


@pytest.mark.parametrize("at", ["2026-11-22T00:00:10+07:00", "yesterday", None])
def test_the_next_day_the_treasurer_is_asked(
    app, bank, phone, booked, siti, treasurer, later, at  # noqa: F811
):  # fmt: skip
    later(12, treasurer)
    assert phone.send(taken_back(booked, at))[booked["id"]]["notes"] == ["cancel_refused"]
    assert (saved(app, bank, siti), waiting(app, bank)) == (18_000, ["cancel_refused"])
    assert "sesudah hari timbangnya" in sentence(treasurer)
    assert decide(treasurer, "keep").status_code == 303
    phone.send(taken_back(booked, at))
    assert (saved(app, bank, siti), waiting(app, bank)) == (18_000, [])


def test_what_came_today_is_free_today(app, bank, phone, booked, siti):
    phone.send(taken_back(booked, None))
    assert saved(app, bank, siti) == 0
