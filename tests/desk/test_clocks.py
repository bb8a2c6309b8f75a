"""The day of a deposit is that of its weighing, however late it comes; where the phone tells a time
that cannot be, it is the day on which it came."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from banksampah import clock
from banksampah.db import db, use_bank
from banksampah.deposits.models import Deposit
from banksampah.desk.models import DeskIntake
from tests.desk.phones import IN_USE, NOW
from tests.desk.test_deciding import decide

WRONG = ["clock_wrong"]


def today():
    return clock.day_in("Asia/Jakarta", clock.now_utc())


def days_back(count):
    return (clock.now_utc() - timedelta(days=count)).isoformat(timespec="seconds")


def booked_on(app, bank):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return db.session.scalars(select(Deposit.weighed_on)).one()


@pytest.mark.parametrize(
    ("told", "offset_s"),
    [
        ("1970-01-01T07:03:00+07:00", 0),
        ("1970-01-01T07:03:00+07:00", None),
        ("2037-01-01T07:03:00+07:00", 0),
        ((NOW - IN_USE - timedelta(days=1)).isoformat(), 0),
        (3, None),
        (-1, 0),
    ],
)
def test_a_time_that_cannot_be_is_the_day_of_arrival(
    app, bank, phone, kardus, siti, sign_in, told, offset_s
):
    weighed_at = days_back(told) if isinstance(told, int) else told
    record = phone.record(
        siti,
        (kardus, 1_000, 1_800),
        weighed_at=weighed_at,
        clock_offset_s=offset_s,
        session="S-JAM",
    )
    answer = phone.send(record)[record["id"]]
    assert (answer["state"], answer["notes"]) == ("accepted_with_note", WRONG)
    assert booked_on(app, bank) == today()
    page = sign_in("treasurer").get("/hari-buka").text
    assert "S-JAM" in page and "1970" not in page and "2037" not in page


@pytest.mark.parametrize(
    ("count", "offset_s", "notes"), [(20, 0, []), (1, 0, []), (9, 5 * 86_400, WRONG)]
)
def test_what_comes_late_keeps_its_day(app, bank, phone, kardus, siti, count, offset_s, notes):
    record = phone.record(
        siti, (kardus, 1_000, 1_800), weighed_at=days_back(count), clock_offset_s=offset_s
    )
    assert phone.send(record)[record["id"]]["notes"] == notes
    assert booked_on(app, bank) == today() - timedelta(days=count - offset_s // 86_400)


def test_what_is_released_later_is_of_the_day_on_which_it_came(
    app, bank, phone, kardus, siti, sign_in, monkeypatch
):
    never_set = {"weighed_at": "1970-01-01T07:03:00+07:00", "clock_offset_s": None}
    phone.send(phone.record(siti, (kardus, 1_000, 1_800), **never_set) | {"total_idr": 7})
    came_on, at = today(), clock.now_utc()
    monkeypatch.setattr(clock, "now_utc", lambda: at + timedelta(days=3))
    assert decide(sign_in("treasurer"), "release").status_code == 303
    assert booked_on(app, bank) == came_on
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert db.session.scalars(select(DeskIntake.notes)).one() == WRONG
