"""What became of a phone's deposits since they were taken in: what it hears at its next contact."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from banksampah import ledger
from banksampah.deposits.models import DepositChange
from banksampah.desk.models import DeskFlag, DeskIntake, Device

KEPT = timedelta(days=45)
"""How long ago a phone may have weighed what it is told of when it hears for the first time: it
forgets a deposit thirty days after it last heard of it."""
AT_ONCE_MAX = 500


def changed(session: Session, device: Device, since: int, now: datetime) -> tuple[list[str], int]:
    """The records of *device*, and of phones out of use that its browser may have been, that stand
    otherwise than at entry *since*; and up to which entry that is told.

    A deposit was changed, a flag of it decided or opened again, or another phone's deposit looks
    the same.
    """
    bank_id, head = device.bank_id, ledger.head_seq(session, device.bank_id)
    since = since if since <= head else 0  # the books were restored from before
    happened = union_all(*_happenings(bank_id, since, head)).subquery()
    gone = select(Device.id).where(Device.bank_id == bank_id, Device.revoked_at.is_not(None))
    # who has heard before waits for the rest, however long ago it was weighed
    lately = DeskIntake.weighed_at >= now - KEPT if not since else true()
    rows = session.execute(
        select(happened.c.record_id, happened.c.seq)
        .join(DeskIntake, DeskIntake.record_id == happened.c.record_id)
        .where(
            DeskIntake.bank_id == bank_id,
            or_(DeskIntake.device_id == device.id, DeskIntake.device_id.in_(gone)),
            lately,
        )
        .order_by(happened.c.seq)
        .limit(AT_ONCE_MAX + 1)
    ).all()
    if len(rows) > AT_ONCE_MAX:  # the rest the next time
        head = rows[-1].seq - 1
    return list(dict.fromkeys(row.record_id for row in rows if row.seq <= head)), head


def _happenings(bank_id: int, since: int, head: int) -> list[Select[str | None, int | None]]:
    """(record, entry) of all that happened after *since*, each from the rows that tell it."""

    def within(seq: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        return and_(seq > since, seq <= head)

    mine, theirs = aliased(DeskIntake), aliased(DeskIntake)
    flag, change = DeskFlag, DepositChange
    of_mine = and_(
        mine.bank_id == bank_id, mine.record_id.in_([flag.record_id, flag.other_record_id])
    )
    of_theirs = and_(
        theirs.bank_id == bank_id,
        theirs.record_id.in_([flag.record_id, flag.other_record_id]),
        theirs.record_id != mine.record_id,
    )
    both = select(mine.record_id, theirs.deposit_seq).select_from(flag).join(mine, of_mine)
    both = both.join(theirs, of_theirs).where(flag.bank_id == bank_id)
    of_change = and_(change.bank_id == bank_id, change.deposit_seq == theirs.deposit_seq)
    of_flags = [
        select(mine.record_id.label("record_id"), seq.label("seq"))
        .select_from(flag)
        .join(mine, of_mine)
        .where(flag.bank_id == bank_id, within(seq))
        for seq in (flag.decided_seq, flag.reopened_seq)
    ]
    return [
        *of_flags,
        select(mine.record_id, change.seq)
        .join(mine, and_(mine.bank_id == bank_id, mine.deposit_seq == change.deposit_seq))
        .where(change.bank_id == bank_id, within(change.seq)),
        both.where(theirs.record_id == flag.record_id, within(theirs.deposit_seq)),
        both.with_only_columns(mine.record_id, change.seq)
        .join(change, of_change)
        .where(within(change.seq)),
    ]
