"""Kilograms of a period by reporting class, for the first page and for reports."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from banksampah.catalog.models import Material
from banksampah.deposits.models import REVERSED, Deposit, DepositChange, DepositLine


class ClassWeight(NamedTuple):
    """Kilograms of one reporting class; pieces and litres by their equivalent."""

    reporting_class: str
    weight_g: int


def weight_by_class(session: Session, bank_id: int, since: date, until: date) -> list[ClassWeight]:
    """What was weighed in between the two days, both included, the heaviest class first.

    As it was weighed; deposits undone since are left out.
    """
    weight_g = func.sum(_grams())
    undone = select(DepositChange).where(
        DepositChange.bank_id == Deposit.bank_id,
        DepositChange.deposit_seq == Deposit.seq,
        DepositChange.kind == REVERSED,
    )
    rows = session.execute(
        select(Material.reporting_class, weight_g)
        .select_from(Deposit)
        .join(
            DepositLine,
            and_(DepositLine.bank_id == Deposit.bank_id, DepositLine.seq == Deposit.seq),
        )
        .join(
            Material,
            and_(Material.bank_id == DepositLine.bank_id, Material.id == DepositLine.material_id),
        )
        .where(
            Deposit.bank_id == bank_id,
            Deposit.weighed_on.between(since, until),
            ~undone.exists(),
        )
        .group_by(Material.reporting_class)
        .having(weight_g > 0)
        .order_by(weight_g.desc(), Material.reporting_class)
    )
    return [ClassWeight(row[0], int(row[1])) for row in rows]


def _grams() -> ColumnElement[int]:
    each_g = func.coalesce(Material.equivalent_g, 0)
    return case(
        (DepositLine.unit == "G", DepositLine.quantity),
        (DepositLine.unit == "PCS", DepositLine.quantity * each_g),
        else_=DepositLine.quantity * each_g // 1000,
    )
