"""Counts of an opening day: what the books have of it, and what came after it was counted."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, func, select, type_coerce
from sqlalchemy.orm import Session

from banksampah.desk.models import ACCEPTED, DISMISSED, DeskIntake


class Counted(NamedTuple):
    """Deposits that stand: how many, how heavy, worth how much."""

    deposits_count: int
    weight_g: int
    value_idr: int


def counted(session: Session, bank_id: int, code: str) -> Counted:
    """What stands of a session."""
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(DeskIntake.weight_g), 0),
            func.coalesce(func.sum(DeskIntake.value_idr), 0),
        ).where(*_counts(bank_id, code))
    ).one()
    return Counted(*map(int, row))


def rows_counted(session: Session, bank_id: int, code: str) -> list[tuple[str, int, int, int, int]]:
    """What `counted` counts, one by one: record, epoch, number, grams, rupiah."""
    rows = session.execute(
        select(
            DeskIntake.record_id,
            DeskIntake.epoch,
            DeskIntake.number,
            DeskIntake.weight_g,
            DeskIntake.value_idr,
        )
        .where(*_counts(bank_id, code))
        .order_by(DeskIntake.epoch, DeskIntake.number)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def late_counts(session: Session, bank_id: int, since: datetime) -> dict[str, int]:
    """How many deposits came to each session after it was closed, of those weighed since then."""
    rows = session.execute(
        select(DeskIntake.session_code, func.count())
        .where(
            DeskIntake.bank_id == bank_id,
            DeskIntake.weighed_at >= since,
            DeskIntake.cancelled.is_(False),
            DeskIntake.state == ACCEPTED,
            type_coerce(DeskIntake.notes, Text).like('%"late"%'),
        )
        .group_by(DeskIntake.session_code)
    )
    return {row[0]: row[1] for row in rows}


def _counts(bank_id: int, code: str) -> list[ColumnElement[bool]]:
    """What stands: cancelled and dismissed records left out, held ones counted."""
    return [
        DeskIntake.bank_id == bank_id,
        DeskIntake.session_code == code,
        DeskIntake.cancelled.is_(False),
        DeskIntake.state != DISMISSED,
    ]
