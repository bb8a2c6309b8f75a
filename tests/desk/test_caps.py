"""What one phone brings in on one day unseen has a limit; what is beyond is held, never dropped."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from banksampah import clock
from banksampah.banks.queries import DEFAULTS
from banksampah.banks.service import set_setting
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.service import reverse_deposit
from banksampah.desk.models import DeskIntake, PhoneDay
from banksampah.desk.service import unseen
from banksampah.desk.service.phone_days import count_in
from banksampah.reports.queries.proof import prove_fully
from tests.desk.phones import Phone, hand_in_file, saved
from tests.desk.test_deciding import decide, treasurer, waiting  # noqa: F401
from tests.factories import make_member, priced_material

CAP_IDR = 10_000
WIB = ZoneInfo("Asia/Jakarta")
YESTERDAY = "2026-11-20T09:00:00+07:00"
TAKEN_BACK = {"at": "2026-11-21T08:50:00+07:00", "reason": "wrong_weight"}


@pytest.fixture(autouse=True)
def saturday(monkeypatch):
    """The books' clock stands at five in the afternoon of the opening day."""
    five = datetime(2026, 11, 21, 17, tzinfo=WIB).astimezone(UTC)
    monkeypatch.setattr(clock, "now_utc", lambda: five)


@pytest.fixture
def capped(app, bank, rt, phone, act):
    """The phone of a bank that lets each bring in Rp10.000 a day: five kilograms at Rp1.800."""
    limit(app, bank, act, CAP_IDR)
    return phone


def limit(app, bank, act, cap_idr):
    with app.app_context(), transaction(bank.bank_id) as session:
        set_setting(session, act(), "phone_day_cap_idr", cap_idr)


@pytest.fixture
def weigh(rt, kardus):
    """`weigh(phone, 3, 2)`: records of three and of two kilograms, as the phone numbers them, one
    every eleven minutes from six in the morning on: none looks like another's double."""

    def made(phone, *kilos, **other):
        return [one(phone, k, **other) for k in kilos]

    def one(phone, kilos, **other):
        begun = datetime(2026, 11, 21, 4 + 2 * phone.device_id, tzinfo=WIB)
        at = begun + timedelta(minutes=11 * phone.number)
        terms = {"weighed_at": at.isoformat()} | other
        return phone.record(rt, (kardus, kilos * 1_000, 1_800), **terms)

    return made


def outcome(phone, records, *, sent=None):
    """Whether each was booked or held for the limit, in the order of *records*."""
    told = phone.send(*(sent or records))
    assert all(
        told[r["id"]]["notes"] == ["over_cap"] for r in records if told[r["id"]]["state"] == "held"
    )
    return [told[record["id"]]["state"] for record in records]


def counted(app, bank, phone):
    """What the database has added up of the phone's days."""
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        found = select(PhoneDay.unseen_idr).filter_by(device_id=phone.device_id)
        return list(db.session.scalars(found.order_by(PhoneDay.day)))


def test_what_goes_beyond_is_held_and_what_fits_after_it_is_booked(app, bank, capped, weigh, rt):
    records = weigh(capped, 3, 4, 1, 2, 1)
    assert outcome(capped, records) == ["accepted", "held", "accepted", "held", "accepted"]
    assert (saved(app, bank, rt), counted(app, bank, capped)) == (9_000, [9_000])
    assert outcome(capped, weigh(capped, 1)) == ["held"]


def test_the_limit_itself_is_not_beyond_it(app, bank, rt, phone, weigh, act):
    limit(app, bank, act, 3_600)
    assert outcome(phone, weigh(phone, 2)) == ["accepted"]
    assert outcome(phone, weigh(phone, 1)) == ["held"]


def test_the_phones_numbers_decide_not_the_order_in_a_batch(capped, weigh):
    records = weigh(capped, 3, 4, 1)
    in_order = ["accepted", "held", "accepted"]
    assert outcome(capped, records, sent=records[::-1]) == in_order


def test_a_file_is_taken_in_by_the_phones_numbers(
    app, bank, capped, weigh, rt, treasurer  # noqa: F811
):  # fmt: skip
    big, small = weigh(capped, 4, 2)
    assert hand_in_file(treasurer, small, big).status_code == 200
    assert (saved(app, bank, rt), waiting(app, bank)) == (4 * 1_800, ["over_cap"])


def test_sending_again_changes_nothing(app, bank, capped, weigh, rt):
    records = weigh(capped, 3, 4, 1)
    outcome(capped, records)
    for _again in range(2):
        assert outcome(capped, records) == ["already_there", "held", "already_there"]
    assert (saved(app, bank, rt), waiting(app, bank)) == (4 * 1_800, ["over_cap"])


def test_an_earlier_number_that_comes_late_does_not_get_round_it(app, bank, capped, weigh, rt):
    """Whoever sends the last number first gains nothing by it."""
    records = weigh(capped, 2, 2, 2)
    assert [outcome(capped, [one]) for one in records[::-1]] == [
        ["accepted"],
        ["accepted"],
        ["held"],
    ]
    assert saved(app, bank, rt) == 4 * 1_800


def test_each_phone_has_a_limit_of_its_own(app, bank, capped, weigh, rt, sign_in, act):
    other = Phone(sign_in("operator"), act)
    for phone in (capped, other):
        assert outcome(phone, weigh(phone, 4, 3)) == ["accepted", "held"]
    assert saved(app, bank, rt) == 8 * 1_800


def test_what_another_phone_hands_in_counts_for_the_phone_that_weighed(
    app, bank, capped, weigh, act
):
    """One browser that became another phone."""
    other = Phone(capped.browser, act)
    assert outcome(other, weigh(capped, 4)) == ["accepted"]
    assert outcome(other, weigh(other, 4)) == ["accepted"]
    assert outcome(capped, weigh(capped, 2)) == ["held"]
    assert counted(app, bank, capped) == counted(app, bank, other) == [4 * 1_800]


def test_nobody_brings_in_more_by_another_phone_s_name(
    app, bank, capped, weigh, sign_in, act
):  # fmt: skip
    """It counts for the phone that sends, and that one's day is full; the others have theirs."""
    others = [Phone(sign_in("operator"), act) for _ in range(2)]
    records = weigh(capped, 4, 3, 2)
    for record, named in zip(records[1:], others, strict=True):
        record["device"] = named.name
    assert outcome(capped, records) == ["accepted", "held", "held"]
    assert [outcome(other, weigh(other, 4)) for other in others] == [["accepted"]] * 2
    assert [counted(app, bank, phone) for phone in (capped, *others)] == [[4 * 1_800]] * 3


@pytest.mark.parametrize(
    "said",
    [
        {"session": "S-2026-11-21-HP01-1-B"},
        {"epoch": 2},
        {"weighed_at": "2026-11-21T16:00:00+07:00"},
    ],
)
def test_another_session_of_the_day_opens_no_second_limit(capped, weigh, said):
    outcome(capped, weigh(capped, 4))
    assert outcome(capped, weigh(capped, 2, **said)) == ["held"]


def test_a_day_ahead_is_today_and_another_day_has_its_own_limit(app, bank, capped, weigh):
    outcome(capped, weigh(capped, 4))
    assert outcome(capped, weigh(capped, 2, weighed_at="2027-03-01T09:00:00+07:00")) == ["held"]
    assert outcome(capped, weigh(capped, 2, weighed_at=YESTERDAY)) == ["accepted"]
    assert counted(app, bank, capped) == [2 * 1_800, 4 * 1_800]


def test_what_was_taken_back_leaves_room(app, bank, capped, weigh, rt, act):
    phones, offices = weigh(capped, 3, 2)
    told = capped.send(phones, offices)
    assert outcome(capped, weigh(capped, 2)) == ["held"]
    capped.send(phones | {"cancelled": TAKEN_BACK})
    assert outcome(capped, weigh(capped, 3)) == ["accepted"]
    with app.app_context(), transaction(bank.bank_id) as session:
        seq = told[offices["id"]]["deposit_seq"]
        reverse_deposit(session, act(), seq=seq, reason="other", as_treasurer=True)
    assert outcome(capped, weigh(capped, 2)) == ["accepted"]
    assert saved(app, bank, rt) == 5 * 1_800


def test_a_deposit_worth_nothing_always_fits(app, bank, capped, rt, weigh, session, act):
    sand = priced_material(session, act(), "PS1", "Pasir", 0)
    session.commit()
    outcome(capped, weigh(capped, 5))
    limit(app, bank, act, 0)
    assert outcome(capped, [capped.record(rt, (sand, 1_000, 0))]) == ["accepted"]
    assert outcome(capped, weigh(capped, 1)) == ["held"]


def test_the_treasurer_books_it_or_does_not(
    app, bank, capped, weigh, rt, treasurer  # noqa: F811
):  # fmt: skip
    records = weigh(capped, 3, 4, 5)
    outcome(capped, records)
    page = treasurer.get("/perlu-dilihat").text
    for said in ("HP01-0002", "Rp7.200", "HP01 pada hari itu", "Rp5.400", "Rp12.600", "Rp10.000"):
        assert said in page, said
    assert decide(treasurer, "release").status_code == 303
    assert decide(treasurer, "dismiss").status_code == 303
    assert (saved(app, bank, rt), waiting(app, bank)) == (7 * 1_800, [])
    assert outcome(capped, records[:1]) == ["already_there"]
    told = capped.send(*records[1:])
    assert [told[r["id"]]["state"] for r in records[1:]] == ["already_there", "dismissed"]


def test_what_was_looked_at_fills_nothing(
    app, bank, capped, weigh, rt, act, treasurer  # noqa: F811
):  # fmt: skip
    outcome(capped, weigh(capped, 3, 4))
    assert decide(treasurer, "release").status_code == 303
    assert counted(app, bank, capped) == [3 * 1_800]
    assert outcome(capped, weigh(capped, 2, 1)) == ["accepted", "held"]
    limit(app, bank, act, 5_000)  # less than was brought in by then
    assert decide(treasurer, "release").status_code == 303
    assert (saved(app, bank, rt), counted(app, bank, capped)) == (10 * 1_800, [5 * 1_800])


def test_held_for_something_else_it_is_looked_at_once(
    app, bank, capped, kardus, rt, treasurer  # noqa: F811
):  # fmt: skip
    record = capped.record(rt, (kardus, 9_000, 1_800))
    capped.send(record | {"total_idr": 99_999})
    assert waiting(app, bank) == ["sum_differs"]
    assert decide(treasurer, "release").status_code == 303
    assert (saved(app, bank, rt), waiting(app, bank)) == (9 * 1_800, [])


def test_a_second_content_is_judged_by_itself(
    app, bank, capped, weigh, rt, treasurer  # noqa: F811
):  # fmt: skip
    [record] = weigh(capped, 3)
    capped.send(record)
    line = record["lines"][0] | {"quantity": 9_000, "value_idr": 16_200}
    capped.send(record | {"lines": [line], "total_idr": 16_200})
    assert decide(treasurer, "release").status_code == 303
    assert (saved(app, bank, rt), waiting(app, bank)) == (3 * 1_800, ["over_cap"])
    assert decide(treasurer, "release").status_code == 303
    assert (saved(app, bank, rt), waiting(app, bank)) == (12 * 1_800, [])


def test_the_limit_in_force_counts(app, bank, capped, weigh, act):
    outcome(capped, weigh(capped, 4))
    limit(app, bank, act, 5_000)
    assert outcome(capped, weigh(capped, 1)) == ["held"]
    limit(app, bank, act, 20_000)
    assert outcome(capped, weigh(capped, 5)) == ["accepted"]


def test_the_database_refuses_what_the_service_would_let_through(app, bank, capped, weigh, act):
    [record] = weigh(capped, 4)
    outcome(capped, [record])
    limit(app, bank, act, 5_000)
    with (
        app.app_context(),
        pytest.raises(IntegrityError, match="unseen_within_cap"),
        transaction(bank.bank_id) as session,
    ):
        taken = session.get_one(DeskIntake, (bank.bank_id, record["id"]))
        [day] = session.scalars(select(PhoneDay.day))
        assert unseen(session, bank.bank_id, capped.device_id, day) == 4 * 1_800
        count_in(session, taken, day)


def test_the_chair_sets_it_and_the_books_are_proven(app, bank, capped, weigh, sign_in):
    chair = sign_in("chair")
    assert "Batas setoran satu HP" in chair.get("/pengaturan").text
    sent = chair.post("/pengaturan/aturan", {"phone_day_cap_idr": "3.600"})
    assert sent.status_code == 303
    assert outcome(capped, weigh(capped, 2, 1)) == ["accepted", "held"]
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert prove_fully(db.session, bank.bank_id).faults == ()


def test_an_ordinary_saturday_is_far_below_what_is_usual(app, bank, phone, kardus, act):
    """Forty households, five times ten kilograms at Rp1.800 each, are a good morning."""
    assert DEFAULTS["phone_day_cap_idr"] > 40 * 5 * 10 * 1_800 * 2
    with app.app_context(), transaction(bank.bank_id) as session:
        queue = [make_member(session, act(), f"Warga {n}") for n in range(20)]
    records = [phone.record(who, (kardus, 100_000, 1_800)) for who in queue]
    assert outcome(phone, records) == ["accepted"] * 20
