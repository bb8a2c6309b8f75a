"""The contents that came under one id: each told once or more, and taken back or not."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.desk.models import DeskIntake, DeskRecord
from banksampah.desk.newcomers import told_in_full
from banksampah.desk.records import apart_id, content_hash, told_in


def told_alike(session: Session, record: DeskRecord) -> list[DeskRecord]:
    """What came under its id with its content, as it came; a cancellation does not differ."""
    came = session.scalars(
        select(DeskRecord)
        .filter_by(bank_id=record.bank_id, record_id=record.record_id)
        .order_by(DeskRecord.id)
    ).all()
    if len(came) == 1:  # nearly always: nobody's name need be looked up
        return [record]
    content = content_hash(told_in_full(session, record))
    return [one for one in came if content_hash(told_in_full(session, one)) == content]


def cancellation(session: Session, record: DeskRecord) -> DeskRecord | None:
    """How this content came last with its cancellation, if it ever did."""
    alike = told_alike(session, record)
    return next((one for one in reversed(alike) if is_taken_back(one)), None)


def is_taken_back(record: DeskRecord) -> bool:
    """Whether it came with its cancellation."""
    return isinstance(told_in(record.raw).get("cancelled"), dict)


def find_apart(session: Session, record: DeskRecord) -> DeskIntake | None:
    """The record of its own that this content of an id in use became, when both were to count."""
    alike = told_alike(session, record)
    keys = ((one.bank_id, apart_id(one.record_id, one.id)) for one in alike)
    found = (session.get(DeskIntake, key) for key in keys)
    return next((taken for taken in found if taken is not None), None)
