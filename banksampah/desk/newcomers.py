"""Who phones and sheets of paper said a new household is: names that lie apart from the records."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session, aliased

from banksampah.desk.models import DeskIntake, DeskRecord, Newcomer, Suspense
from banksampah.desk.queries import devices
from banksampah.desk.records import apart_id, household_code, plain_text, told_in


def told_in_full(session: Session, record: DeskRecord) -> dict[str, Any]:
    """What the phone told, with the names that lie apart, as far as they are not erased."""
    raw: dict[str, Any] = told_in(record.raw)
    who = newcomer_of(session, record)
    if who is not None and isinstance(raw.get("member"), dict):
        raw["member"] |= {"name": who.name, "rt": who.rt, "house_no": who.house_no}
    return raw


def newcomer_of(session: Session, record: DeskRecord) -> Newcomer | None:
    """Who a new household of this record is: as this content told it, else as the first did."""
    keys = (apart_id(record.record_id, record.id), record.record_id)
    found = (session.get(Newcomer, (record.bank_id, key)) for key in keys)
    return next((who for who in found if who is not None), None)


def newcomers_of(session: Session, bank_id: int, member_ids: Collection[int]) -> Sequence[Newcomer]:
    """What phones and sheets of paper told of these members before they were ones.

    A phone's household is also told of by records that never became its deposit: cancelled ones,
    held ones, dismissed ones. They bear the same code.
    """
    sent = select(DeskIntake.record_id).where(
        DeskIntake.bank_id == bank_id, DeskIntake.member_id.in_(member_ids)
    )
    on_paper = select(Suspense.provisional).where(
        Suspense.bank_id == bank_id, Suspense.settled_member_id.in_(member_ids)
    )
    own = {found for found in (*session.scalars(sent), *session.scalars(on_paper)) if found}
    codes = household_codes(session, bank_id)
    households = {codes[record_id] for record_id in own & codes.keys()}
    own |= {record_id for record_id, code in codes.items() if code in households}
    return session.scalars(
        select(Newcomer).where(Newcomer.bank_id == bank_id, Newcomer.record_id.in_(own))
    ).all()


def household_codes(session: Session, bank_id: int) -> dict[str, str]:
    """The code of the new household that a record is of, as Titipan knows it: by the record's id
    for what came first, and for each content by the id that it has apart."""
    phones = {device.id: device.name for device in devices(session, bank_id)}
    is_its = and_(
        DeskIntake.bank_id == DeskRecord.bank_id, DeskIntake.record_id == DeskRecord.record_id
    )
    earlier = aliased(DeskRecord)
    came_first = ~exists().where(
        earlier.bank_id == DeskRecord.bank_id,
        earlier.record_id == DeskRecord.record_id,
        earlier.id < DeskRecord.id,
    )
    kept = (
        select(DeskRecord, came_first, DeskIntake.device_id, DeskIntake.epoch)
        .outerjoin(DeskIntake, is_its)
        .where(DeskRecord.bank_id == bank_id, DeskRecord.raw.like('%"provisional":%'))
    )
    codes: dict[str, str] = {}
    for record, is_first, device_id, epoch in session.execute(kept.order_by(DeskRecord.id)):
        raw = told_in(record.raw)
        member = raw.get("member")
        told = member.get("provisional") if isinstance(member, dict) else None
        if isinstance(told, str):
            phone = phones[device_id or record.device_id]  # not taken in yet: of who sent it
            code = household_code(plain_text(told), phone, epoch or raw.get("epoch"))
            if is_first:
                codes.setdefault(record.record_id, code)
            codes.setdefault(apart_id(record.record_id, record.id), code)
    return codes
