"""Sheets of paper that changed a day after it was over: what waits to be seen."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.desk.models import LateSheet
from banksampah.desk.sheets import sheet_day


class Late(NamedTuple):
    """One sheet: what its paper says and what became of it."""

    seq: int
    code: str
    number: str
    printed_on: date | None
    booked_on: date
    late_days: int
    deposits_count: int
    value_idr: int


def open_sheets(session: Session, bank_id: int) -> list[Late]:
    """Those that nobody has looked at, the oldest first."""
    rows = session.scalars(
        select(LateSheet).filter_by(bank_id=bank_id, decided_seq=None).order_by(LateSheet.seq)
    )
    return [late_of(session, row) for row in rows]


def open_sheets_count(session: Session, bank_id: int) -> int:
    """How many wait."""
    waiting = select(func.count()).select_from(LateSheet)
    return session.scalar(waiting.filter_by(bank_id=bank_id, decided_seq=None)) or 0


def late_of(session: Session, row: LateSheet) -> Late:
    """What the sheet's own entry tells of it."""
    body = ledger.entry(session, row.bank_id, row.seq).body
    return Late(
        seq=row.seq,
        code=row.code,
        number=body["sheet"],
        printed_on=sheet_day(body["sheet"]),
        booked_on=date.fromisoformat(body["day"]),
        late_days=body["late_days"],
        deposits_count=len(body["deposits"]),
        value_idr=body["value_idr"],
    )
