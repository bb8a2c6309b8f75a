"""Whose statements may be in the pack of a period."""

from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from banksampah.members.models import Member


def households_of(session: Session, bank_id: int, since: date) -> list[Member]:
    """Who had not left the bank before *since*, by RT and number."""
    there = or_(Member.closed_on.is_(None), Member.closed_on >= since)
    query = select(Member).where(Member.bank_id == bank_id, there, ~Member.holds_titipan)
    length = func.length(Member.number)
    return list(session.scalars(query.order_by(Member.rt, length, Member.number)))
