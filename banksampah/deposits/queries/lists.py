"""Many deposits at a time: a day's list with its sums, a household's, the last who came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, cast, exists, func, select
from sqlalchemy.orm import Session

from banksampah.catalog.models import Material
from banksampah.db import Big
from banksampah.deposits.models import (
    REVERSED,
    SAVINGS,
    Deposit,
    DepositChange,
    DepositLine,
    DepositLineChange,
)
from banksampah.members.models import Member

PAGE_ROWS_MAX = 100
RECENT_MEMBERS = 6
RECENT_DEPOSITS = 60


class Listed(NamedTuple):
    """One deposit in a list, as it was weighed; *reversal_seq* is set once it was undone."""

    seq: int
    member_id: int
    member_number: str
    member_name: str
    kind: str
    weighed_on: date
    recorded_at: datetime
    recorded_by_id: int
    value_idr: int
    credited_idr: int
    weight_g: int
    waiting: bool
    reversal_seq: int | None
    reversal_reason: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What stands of a list: reversed deposits left out."""

    count: int
    weight_g: int
    savings_idr: int
    sedekah_idr: int
    value_idr: int


def deposits(
    session: Session,
    bank_id: int,
    *,
    weighed_on: date | None = None,
    member_id: int | None = None,
    before_seq: int | None = None,
    limit: int = PAGE_ROWS_MAX,
) -> list[Listed]:
    """Deposits, newest first; *before_seq* goes on after the last one seen."""
    query = _listed(bank_id).order_by(Deposit.seq.desc()).limit(limit)
    if weighed_on is not None:
        query = query.where(Deposit.weighed_on == weighed_on)
    if member_id is not None:
        query = query.where(Deposit.member_id == member_id)
    if before_seq is not None:
        query = query.where(Deposit.seq < before_seq)
    return [Listed(*row) for row in session.execute(query)]


def totals_on(session: Session, bank_id: int, day: date) -> Totals:
    """The sums of one day's deposits that stand."""
    day_listed = _listed(bank_id).where(Deposit.weighed_on == day).subquery()
    listed = day_listed.c
    saved = listed.kind == SAVINGS
    row = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(listed.weight_g), 0),
            func.coalesce(func.sum(case((saved, listed.value_idr), else_=0)), 0),
            func.coalesce(func.sum(case((saved, 0), else_=listed.value_idr)), 0),
            func.coalesce(func.sum(listed.value_idr), 0),
        ).where(listed.reversal_seq.is_(None))
    ).one()
    return Totals(*(int(figure) for figure in row))


def neighbours(session: Session, bank_id: int, day: date) -> tuple[date | None, date | None]:
    """The last day before *day* and the first after it that have deposits."""
    before = select(func.max(Deposit.weighed_on)).where(Deposit.weighed_on < day)
    after = select(func.min(Deposit.weighed_on)).where(Deposit.weighed_on > day)
    return (
        session.scalar(before.filter_by(bank_id=bank_id)),
        session.scalar(after.filter_by(bank_id=bank_id)),
    )


def recent_members(session: Session, bank_id: int) -> Sequence[Member]:
    """The open members who were weighed last, each once."""
    newest = (
        select(Deposit.member_id, Deposit.seq)
        .where(Deposit.bank_id == bank_id)
        .order_by(Deposit.seq.desc())
        .limit(RECENT_DEPOSITS)
        .subquery()
    )
    last = (
        select(newest.c.member_id, func.max(newest.c.seq).label("seq"))
        .group_by(newest.c.member_id)
        .subquery()
    )
    return session.scalars(
        select(Member)
        .join(last, and_(Member.bank_id == bank_id, Member.id == last.c.member_id))
        .where(Member.closed_on.is_(None), ~Member.holds_titipan)
        .order_by(last.c.seq.desc())
        .limit(RECENT_MEMBERS)
    ).all()


def usual_materials(
    session: Session, bank_id: int, limit: int = 8, before: datetime | None = None
) -> list[int]:
    """The materials brought most often lately; or before an instant, as it was known then."""
    last = select(Deposit.seq).filter_by(bank_id=bank_id).order_by(Deposit.seq.desc()).limit(1)
    if before is not None:
        last = last.where(Deposit.recorded_at < before)
    newest = session.scalar(last) or 0
    times = func.count()
    rows = session.execute(
        select(DepositLine.material_id)
        .where(
            DepositLine.bank_id == bank_id,
            DepositLine.seq > newest - 500,
            DepositLine.seq <= newest,
        )
        .group_by(DepositLine.material_id)
        .order_by(times.desc(), DepositLine.material_id)
        .limit(limit)
    )
    return [row.material_id for row in rows]


def _listed(bank_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Deposit.seq,
            Deposit.member_id,
            Member.number,
            Member.name,
            Deposit.kind,
            Deposit.weighed_on,
            Deposit.recorded_at,
            Deposit.recorded_by_id,
            Deposit.value_idr,
            Deposit.credited_idr,
            _weight().label("weight_g"),
            _waits().label("waiting"),
            DepositChange.seq.label("reversal_seq"),
            DepositChange.reason.label("reversal_reason"),
        )
        .join(Member, and_(Member.bank_id == Deposit.bank_id, Member.id == Deposit.member_id))
        .outerjoin(
            DepositChange,
            and_(
                DepositChange.bank_id == Deposit.bank_id,
                DepositChange.deposit_seq == Deposit.seq,
                DepositChange.kind == REVERSED,
            ),
        )
        .where(Deposit.bank_id == bank_id)
    )


def _weight() -> ColumnElement[int]:
    """Grams of a deposit: pieces and litres by their equivalent, where it is known."""
    grams = case(
        (DepositLine.unit == "G", DepositLine.quantity),
        (DepositLine.unit == "PCS", DepositLine.quantity * Material.equivalent_g),
        else_=DepositLine.quantity * Material.equivalent_g // 1000,
    )
    return (
        select(cast(func.coalesce(func.sum(grams), 0), Big))  # a sum of bigint is numeric
        .join(
            Material,
            and_(Material.bank_id == DepositLine.bank_id, Material.id == DepositLine.material_id),
        )
        .where(DepositLine.bank_id == Deposit.bank_id, DepositLine.seq == Deposit.seq)
        .correlate(Deposit)
        .scalar_subquery()
    )


def _waits() -> ColumnElement[bool]:
    """Whether a line of the deposit still waits for its price."""
    priced = exists().where(
        DepositLineChange.bank_id == DepositLine.bank_id,
        DepositLineChange.deposit_seq == DepositLine.seq,
        DepositLineChange.line == DepositLine.line,
        DepositLineChange.price_idr.is_not(None),
    )
    return (
        exists()
        .where(
            DepositLine.bank_id == Deposit.bank_id,
            DepositLine.seq == Deposit.seq,
            DepositLine.price_idr.is_(None),
            ~priced,
        )
        .correlate(Deposit)
    )
