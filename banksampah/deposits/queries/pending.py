"""Goods that were weighed before their price was known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from banksampah.catalog.models import Price
from banksampah.deposits.models import (
    REVERSED,
    SAVINGS,
    Deposit,
    DepositChange,
    DepositLine,
    DepositLineChange,
)

PAGE_ROWS_MAX = 100


@dataclass(frozen=True, slots=True)
class PendingLine:
    """A line that waited for a price, and the price that came."""

    deposit_seq: int
    line: int
    price_idr: int


def unvalued_quantity(session: Session, bank_id: int, material_id: int, but_seq: int) -> int:
    """Bought goods of a material that never had a value: price unset, or nil. Not of *but_seq*."""
    valued = exists().where(
        DepositLineChange.bank_id == DepositLine.bank_id,
        DepositLineChange.deposit_seq == DepositLine.seq,
        DepositLineChange.line == DepositLine.line,
        DepositLineChange.credited_idr > 0,
    )
    quantity = session.scalar(
        select(func.sum(_quantity_now()))
        .join(Deposit, _same(Deposit.seq == DepositLine.seq, Deposit.bank_id))
        .where(
            DepositLine.bank_id == bank_id,
            DepositLine.material_id == material_id,
            DepositLine.seq != but_seq,
            DepositLine.credited_idr == 0,
            Deposit.kind == SAVINGS,
            ~valued,
            ~_reversed(DepositLine.bank_id, DepositLine.seq),
        )
    )
    return int(quantity or 0)


def pending_lines(session: Session, bank_id: int) -> Sequence[Row[Any]]:
    """Lines whose price is still to come, oldest first: deposit, line, material, quantity."""
    return session.execute(_pending(bank_id).limit(PAGE_ROWS_MAX)).all()


def unpriced_quantities(session: Session, bank_id: int) -> dict[int, int]:
    """Material → quantity of goods in stock that wait for a price: they cannot be sold yet."""
    waiting = _pending(bank_id).subquery()
    rows = session.execute(
        select(waiting.c.material_id, func.sum(waiting.c.quantity))
        .where(waiting.c.kind == SAVINGS)
        .group_by(waiting.c.material_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def priced_by_now(
    session: Session, bank_id: int, today: date, deposits_max: int
) -> list[PendingLine]:
    """Waiting lines that have a price: of their own day, else the first one set after it."""
    waiting = _pending(bank_id).subquery()
    same = (
        Price.bank_id == bank_id,
        Price.material_id == waiting.c.material_id,
        Price.price_class == waiting.c.price_class,
    )
    of_the_day = (
        select(Price.price_idr)
        .where(*same, Price.valid_from <= waiting.c.weighed_on)
        .order_by(Price.valid_from.desc(), Price.seq.desc())
    )
    after_it = (
        select(Price.price_idr)
        .where(
            *same,
            Price.valid_from > waiting.c.weighed_on,
            Price.valid_from <= today,
            Price.price_idr.is_not(None),
        )
        .order_by(Price.valid_from, Price.seq.desc())
    )
    price = func.coalesce(
        *(found.limit(1).correlate(waiting).scalar_subquery() for found in (of_the_day, after_it))
    )
    rows = session.execute(
        select(waiting.c.seq, waiting.c.line, price.label("price_idr"))
        .where(price.is_not(None))
        .order_by(waiting.c.seq, waiting.c.line)
    )
    lines = [PendingLine(*row) for row in rows]
    first = sorted({line.deposit_seq for line in lines})[:deposits_max]
    return [line for line in lines if line.deposit_seq in first]


def _pending(bank_id: int) -> Select[*tuple[Any, ...]]:
    priced = exists().where(
        DepositLineChange.bank_id == DepositLine.bank_id,
        DepositLineChange.deposit_seq == DepositLine.seq,
        DepositLineChange.line == DepositLine.line,
        DepositLineChange.price_idr.is_not(None),
    )
    return (
        select(
            DepositLine.seq,
            DepositLine.line,
            DepositLine.material_id,
            DepositLine.unit,
            _quantity_now().label("quantity"),
            DepositLine.price_class,
            Deposit.member_id,
            Deposit.kind,
            Deposit.weighed_on,
        )
        .join(Deposit, _same(Deposit.seq == DepositLine.seq, Deposit.bank_id))
        .where(
            DepositLine.bank_id == bank_id,
            DepositLine.price_idr.is_(None),
            ~priced,
            ~_reversed(DepositLine.bank_id, DepositLine.seq),
        )
        .order_by(DepositLine.seq, DepositLine.line)
    )


def _quantity_now() -> ColumnElement[int]:
    """What a line weighs, by its newest correction."""
    newest = (
        select(DepositLineChange.quantity)
        .where(
            DepositLineChange.bank_id == DepositLine.bank_id,
            DepositLineChange.deposit_seq == DepositLine.seq,
            DepositLineChange.line == DepositLine.line,
        )
        .order_by(DepositLineChange.seq.desc())
        .limit(1)
    )
    return func.coalesce(newest.scalar_subquery(), DepositLine.quantity)


def _same(match: ColumnElement[bool], bank: Any) -> ColumnElement[bool]:
    return and_(bank == DepositLine.bank_id, match)


def _reversed(bank: Any, seq: Any) -> ColumnElement[bool]:
    return exists().where(
        DepositChange.bank_id == bank,
        DepositChange.deposit_seq == seq,
        DepositChange.kind == REVERSED,
    )
