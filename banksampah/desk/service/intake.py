"""What a phone sent becomes deposits. What was weighed before a household is a fact: the books may
add a note to it or hold it until the treasurer has looked; they never drop it.

First everything is kept as it came (keeping.py, a commit of its own), then read (`take_in`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import get_bank
from banksampah.clock import day_in
from banksampah.deposits.service import Terms, Weighed, record_deposit
from banksampah.desk import queries
from banksampah.desk.contents import find_apart, is_taken_back, told_alike
from banksampah.desk.models import (
    ACCEPTED,
    ASKING,
    HELD,
    DeskIntake,
    DeskRecord,
    Device,
    Suspense,
    WeighingSession,
)
from banksampah.desk.newcomers import told_in_full
from banksampah.desk.records import (
    NUMBER_MAX,
    Record,
    Unreadable,
    apart_id,
    content_hash,
    household_code,
    read_record,
    record_id,
)
from banksampah.desk.service.cancelling import ask_if_typed, take_back
from banksampah.desk.service.devices import numbered_by, opened_by
from banksampah.desk.service.flags import flag
from banksampah.desk.service.judging import grams_of, notes_on, reason_to_hold, units_of
from banksampah.desk.service.keeping import keep_apart
from banksampah.desk.service.outliers import outlying
from banksampah.desk.service.phone_days import count_in, weighed_at, weighed_day
from banksampah.desk.service.suspense import lay_aside, meant_as, titipan
from banksampah.desk.service.telling import Answer, answer, answer_again
from banksampah.errors import DomainError
from banksampah.ledger import Act
from banksampah.members.models import Member
from banksampah.members.queries import survivor
from banksampah.staff.queries import staff_of


def take_in(session: Session, act: Act, sender: Device, raw: dict[str, Any], raw_id: int) -> Answer:
    """Book one record that was kept, once, and say how it stands."""
    known = queries.intake(session, act.bank_id, record_id(raw))
    if known is not None:
        return _again(session, act, known, raw, raw_id)
    device = numbered_by(session, sender, raw)
    try:
        record = read_record(raw)
    except Unreadable:
        return _hold_unread(session, act, device, raw)
    units = units_of(session, act, record)
    taken = intake_of(session, record, device, act.at, grams_of(record, units))
    session.add(taken)
    session.flush()
    reason = reason_to_hold(session, act, taken, record, units)
    if sender.revoked_at is not None:
        reason = "phone_revoked"
    if record.cancelled:
        taken.state, taken.cancelled, taken.notes = ACCEPTED, True, ["cancelled"]
        ask_if_typed(session, act, taken)
    elif reason is not None:
        taken.state, taken.notes = HELD, [reason]
        flag(session, act, taken, reason)
    else:
        _book_or_hold(session, act, taken, record)
    _note_session(session, taken)
    session.flush()
    return answer(taken)


def _book_or_hold(session: Session, act: Act, taken: DeskIntake, record: Record) -> None:
    """What the books refuse for any other reason is held: it was weighed, others wait behind."""
    try:
        with session.begin_nested():
            book(session, act, taken, record)
    except DomainError:
        taken.state, taken.notes = HELD, ["unreadable"]
        flag(session, act, taken, "unreadable")


def book(
    session: Session,
    act: Act,
    taken: DeskIntake,
    record: Record,
    *,
    price_seen: bool = False,
    prices: dict[int, int | None] | None = None,
) -> None:
    """Record the deposit of *record* and note what is unusual about it.

    Where the treasurer releases what was held: *price_seen*, the price has been looked at; *prices*
    by material, in the place of those told.
    """
    day = weighed_day(session, taken, act.today)
    notes = notes_on(session, act, taken, record, day)
    if price_seen and "price_old" in notes:
        notes.remove("price_old")
    member, meant_for = _whose(session, act, taken, record)
    in_suspense = member.holds_titipan
    taken.member_id = meant_for if in_suspense else member.id
    if meant_for is not None:
        notes.append("member_closed")
    elif in_suspense:
        notes.append("provisional")
    notes += _notes_on_day(session, taken, day, notes)
    terms: Terms = {"weighed_on": day}
    if meant_for is not None or (in_suspense and record.provisional is not None):
        terms["in_titipan"] = meant_as(session, act.bank_id, meant_for, day)
    deposit = record_deposit(
        session,
        replace(act, key=record.id, actor_id=_weigher(session, act, record)),
        member_id=member.id,
        lines=_lines(record, prices),
        **terms,
    )
    taken.state, taken.deposit_seq, taken.value_idr = ACCEPTED, deposit.seq, deposit.value_idr
    if in_suspense:
        named = record.provisional is not None
        code = provisional_code(session, taken, record) if named else None
        lay_aside(session, act, deposit, meant_for, code)
    session.flush()
    count_in(session, taken, day)
    notes += _double(session, act, taken)
    notes += outlying(session, act.bank_id, record.lines, member, day)
    taken.notes = notes
    _ask(session, act, taken, record.member_id)


def _ask(session: Session, act: Act, taken: DeskIntake, told_id: int | None) -> None:
    """Put before the treasurer what the notes ask, and that a merged household was followed."""
    codes = [code for code in taken.notes if code in ASKING and code != "maybe_double"]
    if told_id not in (None, taken.member_id) and "member_closed" not in taken.notes:
        codes.append("member_merged")
    for code in codes:
        flag(session, act, taken, code)


def _lines(record: Record, prices: dict[int, int | None] | None) -> list[Weighed]:
    return [
        {
            "material_id": line.material_id,
            "quantity": line.quantity,
            "confirmed_quantity": line.quantity,  # the desk has asked already
            "told_price_idr": line.price_idr if prices is None else prices[line.material_id],
        }
        for line in record.lines
    ]


def record_of(session: Session, bank_id: int, taken_id: str) -> Record:
    """The record as it was sent first. Raises Unreadable."""
    return read_record(told_in_full(session, queries.first_raw(session, bank_id, taken_id)))


def _again(
    session: Session, act: Act, known: DeskIntake, raw: dict[str, Any], raw_id: int
) -> Answer:
    """The record was here before: the first content stands, a cancellation may follow it.

    What is held stays held, however often it is sent.
    """
    kept, taken = session.get_one(DeskRecord, (act.bank_id, raw_id)), known
    if content_hash(raw) != known.content_hash:
        apart = find_apart(session, kept)
        if apart is None:
            flag(session, act, known, "other_content", raw_id=raw_id)
            return Answer(known.record_id, HELD, ["other_content"], None, look=True)
        keep_apart(session, kept, apart.record_id)
        taken = apart
    if isinstance(raw.get("cancelled"), dict) and not taken.cancelled:
        take_back(session, act, taken, raw, kept)
    session.flush()
    return answer_again(session, taken)._replace(id=known.record_id)


def take_in_apart(session: Session, act: Act, device: Device, raw: DeskRecord) -> DeskIntake:
    """Another content of an id in use, as a record of its own: both are to count, but where its
    phone took this one back."""
    key = apart_id(raw.record_id, raw.id)
    alike = told_alike(session, raw)
    for kept in alike:
        keep_apart(session, kept, key)
    record = record_of(session, raw.bank_id, key)
    weight_g = grams_of(record, units_of(session, act, record))
    taken = intake_of(session, record, device, raw.received_at, weight_g)
    if any(map(is_taken_back, alike)):
        taken.state, taken.cancelled, taken.notes = ACCEPTED, True, ["cancelled"]
    session.add(taken)
    session.flush()
    return taken


def intake_of(
    session: Session, record: Record, device: Device, came_at: datetime, weight_g: int
) -> DeskIntake:
    """A record that came at *came_at*, as it is before anything was decided about it."""
    return DeskIntake(
        bank_id=device.bank_id,
        record_id=record.id,
        content_hash=record.content_hash,
        device_id=device.id,
        epoch=record.epoch,
        number=record.number,
        session_code=record.session_code,
        weighed_at=weighed_at(record, device, get_bank(session, device.bank_id).zone, came_at),
        member_id=record.member_id,
        lines_key=record.lines_key,
        weight_g=weight_g,
        value_idr=record.total_idr,
        state=HELD,
        notes=[],
        price_version=record.price_version,
        app=record.app,
    )


def _hold_unread(session: Session, act: Act, device: Device, raw: dict[str, Any]) -> Answer:
    """A record that cannot be read lies there as it came, until the treasurer has decided."""
    taken = DeskIntake(
        bank_id=act.bank_id, record_id=record_id(raw), content_hash=content_hash(raw),
        device_id=device.id, epoch=_whole(raw, "epoch") or device.epoch,
        number=_whole(raw, "number"), session_code="",
        weighed_at=act.at, member_id=None, lines_key="", weight_g=0, value_idr=0, state=HELD,
        notes=["unreadable"],
    )  # fmt: skip
    session.add(taken)
    session.flush()
    flag(session, act, taken, "unreadable")
    return answer(taken)


def by_number(raws: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records in the order in which their phone numbered them, however they were sent."""
    return sorted(raws, key=lambda raw: (_whole(raw, "epoch"), _whole(raw, "number")))


def _whole(raw: dict[str, Any], name: str) -> int:
    """What can be read of a record that cannot: its place in the phone's numbers, or 0."""
    told = raw.get(name)
    return told if type(told) is int and 0 < told <= NUMBER_MAX else 0


def _whose(
    session: Session, act: Act, taken: DeskIntake, record: Record
) -> tuple[Member, int | None]:
    """Whose account is credited, and the closed member that it was meant for.

    Merged members are followed. Without an open account the money waits in Titipan.
    """
    if record.provisional is not None:
        known = _matched(session, act, provisional_code(session, taken, record))
        return known or titipan(session, act), None
    assert record.member_id is not None
    member = survivor(session, act.bank_id, record.member_id)
    return (member, None) if member.is_open else (titipan(session, act), member.id)


def provisional_code(session: Session, taken: DeskIntake, record: Record) -> str:
    """A provisional number belongs to the phone and epoch that gave it: HP02-2-T-03."""
    assert record.provisional is not None
    device = queries.get_device(session, taken.bank_id, taken.device_id)
    return household_code(record.provisional.told, device.name, taken.epoch)


def _matched(session: Session, act: Act, code: str) -> Member | None:
    """The member that this provisional household became, once the treasurer has said so."""
    settled = session.scalar(
        select(Suspense.settled_member_id)
        .where(
            Suspense.bank_id == act.bank_id,
            Suspense.provisional == code,
            Suspense.settled_member_id.is_not(None),
        )
        .limit(1)
    )
    if settled is None:
        return None
    member = survivor(session, act.bank_id, settled)
    return member if member.is_open else None


def _notes_on_day(
    session: Session, taken: DeskIntake, day: date, notes: Sequence[str]
) -> list[str]:
    """What is unusual about the day that the books take for it."""
    found = []
    closed = ledger.closed_through(session, taken.bank_id)
    if closed is not None and day <= closed:
        found.append("period_closed")
    told = day_in(get_bank(session, taken.bank_id).zone, taken.weighed_at)
    if told != day and "clock_wrong" not in notes:
        found.append("clock_wrong")
    return found


def _double(session: Session, act: Act, taken: DeskIntake) -> list[str]:
    """Flag this record and whatever looks the same, wherever it was weighed."""
    if taken.member_id is None:
        return []
    others = queries.find_doubles(session, act.bank_id, taken)
    for other in others:
        flag(session, act, taken, "maybe_double", other.record_id)
        if "maybe_double" not in other.notes:
            other.notes = [*other.notes, "maybe_double"]
    online = queries.find_online_double(session, act.bank_id, taken)
    if online is not None and not others:
        flag(session, act, taken, "maybe_double")
    return ["maybe_double"] if others or online is not None else []


def _note_session(session: Session, taken: DeskIntake) -> None:
    """The session is there from its first record."""
    if session.get(WeighingSession, (taken.bank_id, taken.session_code)) is None:
        device = queries.get_device(session, taken.bank_id, taken.device_id)
        opener = opened_by(session, device, taken.session_code)
        session.add(
            WeighingSession(
                bank_id=taken.bank_id, code=taken.session_code, device_id=opener.id,
                opened_at=taken.weighed_at,
            )
        )  # fmt: skip


def _weigher(session: Session, act: Act, record: Record) -> int:
    """Who weighed, if they serve in this bank; else who sent it."""
    known = any(p.user_id == record.operator_id for p in staff_of(session, act.bank_id))
    return record.operator_id if known else act.actor_id
