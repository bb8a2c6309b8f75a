"""What is put before the treasurer."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.db import next_id
from banksampah.desk.models import DeskFlag, DeskIntake
from banksampah.ledger import Act


def flag(
    session: Session,
    act: Act,
    taken: DeskIntake,
    code: str,
    other_record_id: str | None = None,
    raw_id: int | None = None,
) -> None:
    """Put a record before the treasurer, once for each reason and content."""
    same = select(DeskFlag.id).filter_by(
        bank_id=act.bank_id, record_id=taken.record_id, code=code,
        other_record_id=other_record_id, raw_id=raw_id,
    )  # fmt: skip
    if session.scalar(same) is None:
        ask(session, act, taken.record_id, code, other_record_id, raw_id)


def ask(
    session: Session,
    act: Act,
    record_id: str,
    code: str,
    other_record_id: str | None,
    raw_id: int | None,
) -> DeskFlag:
    """A new flag, whatever was asked of the record before."""
    raised = DeskFlag(
        bank_id=act.bank_id, id=next_id(session, DeskFlag, act.bank_id), code=code,
        record_id=record_id, other_record_id=other_record_id, raw_id=raw_id, raised_at=act.at,
    )  # fmt: skip
    session.add(raised)
    session.flush()
    return raised
