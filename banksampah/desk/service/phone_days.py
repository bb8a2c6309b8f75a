"""The day of a record as the books take it, and how much one phone may bring in on one day unseen.

Deposits only add money owed, and a stolen phone can make them up. So what nobody has looked at has
a limit for each phone and day of weighing, whatever sessions the phone says it weighed in.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, insert, select, update
from sqlalchemy.orm import Session

from banksampah.banks.queries import get_bank, setting
from banksampah.clock import day_in
from banksampah.deposits.models import REVERSED, Deposit, DepositChange
from banksampah.desk.models import DeskFlag, DeskIntake, Device, PhoneDay
from banksampah.desk.records import Record
from banksampah.ledger import Act

CAP = "phone_day_cap_idr"
CLOCK_WRONG = timedelta(minutes=10)


def weighed_at(record: Record, device: Device, zone: str, came_at: datetime) -> datetime:
    """When *record* was weighed, if that can be: not where the phone knew that its clock was set
    back, nor on a day before it was registered, nor in a time to come. Else when it came."""
    told = record.true_at
    if told is None or told - came_at > CLOCK_WRONG:
        return came_at
    return told if day_in(zone, told) >= day_in(zone, device.registered_at) else came_at


def is_clock_wrong(taken: DeskIntake, record: Record) -> bool:
    """Whether the phone's clock was off, or told a time that cannot be."""
    told = record.true_at
    if told is None:
        return True
    return max(abs(told - record.weighed_at), abs(told - taken.weighed_at)) > CLOCK_WRONG


def weighed_day(session: Session, taken: DeskIntake, today: date) -> date:
    """The day of weighing as the books may take it: never ahead, never further back than allowed.

    A day in a closed month stays on the paper; `record_deposit` books it on the first open day.
    """
    day = day_in(get_bank(session, taken.bank_id).zone, taken.weighed_at)
    days = int(setting(session, taken.bank_id, "backdate_days_max"))
    return min(max(day, today - timedelta(days=days)), today)


def is_over_cap(session: Session, act: Act, taken: DeskIntake, record: Record) -> bool:
    """Whether *record* would take its phone's day beyond the limit, and nobody has looked at it.

    By what stands in the books at this moment, so that no order of sending gets round it. What is
    held for it fills nothing: smaller deposits after it are booked as long as they fit.
    """
    if not record.total_idr or is_looked_at(session, act.bank_id, record.id):
        return False
    day = weighed_day(session, taken, act.today)
    unseen_idr = unseen(session, act.bank_id, taken.device_id, day)
    return unseen_idr + record.total_idr > int(setting(session, act.bank_id, CAP))


def count_in(session: Session, taken: DeskIntake, day: date) -> None:
    """Add a deposit that was just booked to its phone's day; the database refuses what is beyond.

    What somebody has looked at, and what is worth nothing, does not count.
    """
    if not taken.value_idr or is_looked_at(session, taken.bank_id, taken.record_id):
        return
    bank_id, device_id = taken.bank_id, taken.device_id
    summed = {
        "unseen_idr": _unseen(bank_id, device_id, day).scalar_subquery(),
        "cap_idr": int(setting(session, bank_id, CAP)),
    }
    key = {"bank_id": bank_id, "device_id": device_id, "day": day}
    known = update(PhoneDay).filter_by(**key).returning(PhoneDay.day)
    if session.scalar(known.values(**summed)) is None:
        session.execute(insert(PhoneDay).values(**key, **summed))


def unseen(session: Session, bank_id: int, device_id: int, day: date) -> int:
    """What a phone brought into the books on a day of weighing, stands, and was not looked at."""
    return session.scalars(_unseen(bank_id, device_id, day)).one()


def _unseen(bank_id: int, device_id: int, day: date) -> Select[int]:
    undone = exists().where(
        DepositChange.bank_id == Deposit.bank_id,
        DepositChange.deposit_seq == Deposit.seq,
        DepositChange.kind == REVERSED,
    )
    return (
        select(func.coalesce(func.sum(Deposit.value_idr), 0))
        .join(
            DeskIntake,
            (DeskIntake.bank_id == Deposit.bank_id) & (DeskIntake.deposit_seq == Deposit.seq),
        )
        .where(
            Deposit.bank_id == bank_id,
            Deposit.weighed_on == day,
            DeskIntake.device_id == device_id,
            ~_looked_at(DeskIntake.bank_id, DeskIntake.record_id),
            ~undone,
        )
    )


def is_looked_at(session: Session, bank_id: int, record_id: str) -> bool:
    """Whether a treasurer decided anything about a record."""
    return bool(session.scalar(select(_looked_at(bank_id, record_id))))


def _looked_at(bank_id: Any, record_id: Any) -> ColumnElement[bool]:
    return exists().where(
        DeskFlag.bank_id == bank_id,
        DeskFlag.record_id == record_id,
        DeskFlag.decided_seq.is_not(None),
    )
