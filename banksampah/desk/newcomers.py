"""Who phones and sheets of paper said a new household is: names that lie apart from the records."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.desk.models import DeskIntake, DeskRecord, Newcomer, Suspense
from banksampah.desk.records import apart_id


def told_in_full(session: Session, record: DeskRecord) -> dict[str, Any]:
    """What the phone told, with the names that lie apart, as far as they are not erased."""
    raw: dict[str, Any] = json.loads(record.raw)
    who = newcomer_of(session, record)
    if who is not None and isinstance(raw.get("member"), dict):
        raw["member"] |= {"name": who.name, "rt": who.rt, "house_no": who.house_no}
    return raw


def newcomer_of(session: Session, record: DeskRecord) -> Newcomer | None:
    """Who a new household of this record is: as this content told it, else as the first did."""
    keys = (apart_id(record.record_id, record.id), record.record_id)
    found = (session.get(Newcomer, (record.bank_id, key)) for key in keys)
    return next((who for who in found if who is not None), None)


def newcomers_of(session: Session, bank_id: int, member_id: int) -> Sequence[Newcomer]:
    """What phones and sheets of paper told of this member before it was one.

    A phone's household is also told of by records that never became its deposit: cancelled ones,
    held ones, dismissed ones. They bear the same number of the same phone and epoch.
    """
    sent = select(DeskIntake.record_id).filter_by(bank_id=bank_id, member_id=member_id)
    on_paper = select(Suspense.provisional).filter_by(bank_id=bank_id, settled_member_id=member_id)
    own = {found for found in (*session.scalars(sent), *session.scalars(on_paper)) if found}
    told_of: dict[str, tuple[int, str, str]] = {}
    named = select(DeskRecord).filter_by(bank_id=bank_id).order_by(DeskRecord.id)
    for record in session.scalars(named.where(DeskRecord.raw.like('%"provisional":%'))):
        if (household := _newcomer_of(record.device_id, json.loads(record.raw))) is not None:
            told_of.setdefault(record.record_id, household)
            told_of.setdefault(apart_id(record.record_id, record.id), household)
    households = {told_of[record_id] for record_id in own & told_of.keys()}
    own |= {record_id for record_id, household in told_of.items() if household in households}
    return session.scalars(
        select(Newcomer).where(Newcomer.bank_id == bank_id, Newcomer.record_id.in_(own))
    ).all()


def _newcomer_of(device_id: int, raw: dict[str, Any]) -> tuple[int, str, str] | None:
    """Which household of which phone a record is of, where the phone called it a new one."""
    member = raw.get("member")
    code = member.get("provisional") if isinstance(member, dict) else None
    return (device_id, str(raw.get("epoch")), code) if isinstance(code, str) else None
