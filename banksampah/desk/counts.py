"""Counts of an opening day: what the books have of it, and what came after it was counted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from banksampah.deposits.models import REVERSED, DepositChange, DepositLine, DepositLineChange
from banksampah.desk.models import DISMISSED, DeskIntake


class Counted(NamedTuple):
    """Deposits that stand: how many, how heavy, worth how much."""

    deposits_count: int
    weight_g: int
    value_idr: int

    def less(self, other: "Counted") -> "Counted":
        """This without *other*, which is a part of it."""
        return Counted(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


class Row(NamedTuple):
    """One deposit of a session, as the books have it."""

    record_id: str
    epoch: int
    number: int
    weight_g: int
    value_idr: int
    is_late: bool
    """Whether it came after its session was closed."""


def counted(session: Session, bank_id: int, code: str) -> Counted:
    """What stands of a session."""
    return total(rows_counted(session, bank_id, [code])[code])


def total(rows: Sequence[Row]) -> Counted:
    """How many they are, how heavy, worth how much."""
    return Counted(len(rows), sum(row.weight_g for row in rows), sum(row.value_idr for row in rows))


def rows_counted(
    session: Session, bank_id: int, codes: Collection[str]
) -> defaultdict[str, list[Row]]:
    """What stands of each session, one by one: as it was corrected where it is booked, as the phone
    told it where it is held. What was undone, dismissed or taken back is left out."""
    wanted = [
        DeskIntake.bank_id == bank_id,
        DeskIntake.session_code.in_(codes),
        DeskIntake.cancelled.is_(False),
        DeskIntake.state != DISMISSED,
    ]
    booked = _booked(session, bank_id, select(DeskIntake.deposit_seq).where(*wanted))
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    undone = exists().where(
        DepositChange.bank_id == bank_id,
        DepositChange.deposit_seq == DeskIntake.deposit_seq,
        DepositChange.kind == REVERSED,
    )
    found = select(DeskIntake).where(*wanted, ~undone)
    for one in session.scalars(found.order_by(DeskIntake.epoch, DeskIntake.number)):
        weight_g, value_idr = booked.get(one.deposit_seq, (one.weight_g, one.value_idr))
        is_late = "late" in one.notes
        row = Row(one.record_id, one.epoch, one.number, weight_g, value_idr, is_late)
        rows[one.session_code].append(row)
    return rows


def _booked(
    session: Session, bank_id: int, seqs: Select[int | None]
) -> dict[int | None, tuple[int, int]]:
    """Grams and rupiah of deposits as they stand; the phone hears of it at its next contact."""
    changed = aliased(DepositLineChange)
    newest = (
        select(func.max(DepositLineChange.seq))
        .where(
            DepositLineChange.bank_id == DepositLine.bank_id,
            DepositLineChange.deposit_seq == DepositLine.seq,
            DepositLineChange.line == DepositLine.line,
        )
        .scalar_subquery()
    )
    quantity = func.coalesce(changed.quantity, DepositLine.quantity)
    value_idr = func.coalesce(changed.value_idr, DepositLine.value_idr)
    rows = session.execute(
        select(
            DepositLine.seq,
            func.sum(case((DepositLine.unit == "G", quantity), else_=0)),
            func.sum(value_idr),
        )
        .outerjoin(
            changed,
            (changed.bank_id == DepositLine.bank_id)
            & (changed.seq == newest)
            & (changed.line == DepositLine.line),
        )
        .where(DepositLine.bank_id == bank_id, DepositLine.seq.in_(seqs))
        .group_by(DepositLine.seq)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
