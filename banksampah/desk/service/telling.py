"""What a phone is told of a record: how it was taken in, and what became of it since."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from banksampah.deposits.models import MEMBER, DepositLine
from banksampah.deposits.queries import Standing, StandingLine, standing
from banksampah.desk import queries
from banksampah.desk.models import ACCEPTED, ASKING, DISMISSED, HELD, UNTOLD, DeskIntake
from banksampah.desk.newcomers import told_in_full
from banksampah.desk.records import Known, RecordLine, what_is_known
from banksampah.desk.service.cancelling import REFUSED
from banksampah.members.models import Member

ALREADY_THERE = "already_there"
WITH_NOTE = "accepted_with_note"


class Answer(NamedTuple):
    """What the phone is told of one record. *state* is one of accepted, accepted_with_note,
    already_there, held, dismissed."""

    id: str
    state: str
    notes: Sequence[str]
    deposit_seq: int | None
    look: bool = False
    """Whether the treasurer has something to decide."""
    booked: dict[str, Any] | None = None
    """The deposit's lines, total and credit, where they are not what the phone told."""


def answer(taken: DeskIntake) -> Answer:
    """The answer to a record that has just been taken in."""
    if taken.state != ACCEPTED:
        return Answer(taken.record_id, taken.state, taken.notes, None, taken.state == HELD)
    state, look = WITH_NOTE if taken.notes else ACCEPTED, not ASKING.isdisjoint(taken.notes)
    return Answer(taken.record_id, state, taken.notes, taken.deposit_seq, look)


def answer_again(session: Session, taken: DeskIntake) -> Answer:
    """The answer to a record that was here before: as it stands now, with what was decided."""
    if taken.state != ACCEPTED:
        return answer(taken)
    asked = queries.asked_of(session, taken)
    notes = [note for note in taken.notes if note not in ASKING or note in asked]
    look = not UNTOLD.issuperset(asked)
    told = Answer(taken.record_id, ALREADY_THERE, notes, taken.deposit_seq, look)
    if taken.deposit_seq is None or "cancelled" in taken.notes:
        return told
    now = standing(session, taken.bank_id, taken.deposit_seq)
    if now.reversal is not None:
        return told._replace(state=DISMISSED, notes=[*notes, "voided"])
    booked = booked_otherwise(session, taken, now)
    notes += ["cancel_kept"] if REFUSED in set(taken.notes) - set(asked) else []
    notes += ["booked_otherwise"] if booked else []
    notes += ["moved"] if _is_moved(taken, now) else []
    return told._replace(booked=booked)


def booked_otherwise(session: Session, taken: DeskIntake, now: Standing) -> dict[str, Any] | None:
    """What stands in the books, where it is not what the phone told the household."""
    lines = as_lines(now.lines)
    if is_told(what_is_told(session, taken), lines):
        return None
    holder = session.get_one(Member, (taken.bank_id, now.member_id))
    waits = holder.holds_titipan
    return {
        "lines": [line._asdict() for line in lines],
        "total_idr": now.value_idr,
        "credited": None if waits else now.credited_idr,
    }


def as_lines(lines: Iterable[StandingLine | DepositLine]) -> list[RecordLine]:
    """Lines of the books as a phone tells its own; what was corrected to nothing is left out."""
    return [
        RecordLine(line.material_id, line.quantity, line.price_idr, line.value_idr)
        for line in lines
        if line.quantity
    ]


def is_told(known: Known, lines: Iterable[RecordLine]) -> bool:
    """Whether the phone told these lines, in any order."""
    return sorted(map(str, known.lines)) == sorted(map(str, lines))


def what_is_told(session: Session, taken: DeskIntake) -> Known:
    """What can be read of the content that stands."""
    raw = queries.first_raw(session, taken.bank_id, taken.record_id)
    return what_is_known(told_in_full(session, raw))


def _is_moved(taken: DeskIntake, now: Standing) -> bool:
    """Whether it was given to another household; what left Titipan was meant to."""
    moved = any(change.kind == MEMBER for change in now.changes)
    return moved and not set(queries.OF_TITIPAN).intersection(taken.notes)
