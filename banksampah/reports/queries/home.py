"""The figures of the first page: today's deposits, what waits for whom, kilograms of the month."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from banksampah.catalog.models import Material
from banksampah.deposits.models import REVERSED, Deposit, DepositChange, DepositLine
from banksampah.withdrawals.models import Withdrawal, WithdrawalOutcome


@dataclass(frozen=True, slots=True)
class Day:
    """One day's deposits as they were weighed, without those undone since."""

    deposits_count: int
    weight_g: int
    value_idr: int


@dataclass(frozen=True, slots=True)
class ClassWeight:
    """Kilograms of one reporting class; pieces and litres by their equivalent."""

    reporting_class: str
    weight_g: int


def deposits_of(session: Session, bank_id: int, day: date) -> Day:
    """What was weighed on *day*."""
    count, value = session.execute(
        select(func.count(), func.coalesce(func.sum(Deposit.value_idr), 0)).where(
            *_standing(bank_id, day, day)
        )
    ).one()
    return Day(count, sum(x.weight_g for x in weight_by_class(session, bank_id, day, day)), value)


def weight_by_class(session: Session, bank_id: int, since: date, until: date) -> list[ClassWeight]:
    """Kilograms weighed in between the two days, both included, the heaviest class first."""
    grams = case(
        (DepositLine.unit == "G", DepositLine.quantity),
        (DepositLine.unit == "PCS", DepositLine.quantity * func.coalesce(Material.equivalent_g, 0)),
        else_=DepositLine.quantity * func.coalesce(Material.equivalent_g, 0) // 1000,
    )
    total = func.sum(grams)
    rows = session.execute(
        select(Material.reporting_class, total)
        .select_from(Deposit)
        .join(
            DepositLine,
            (DepositLine.bank_id == Deposit.bank_id) & (DepositLine.seq == Deposit.seq),
        )
        .join(
            Material,
            (Material.bank_id == DepositLine.bank_id) & (Material.id == DepositLine.material_id),
        )
        .where(*_standing(bank_id, since, until))
        .group_by(Material.reporting_class)
        .order_by(total.desc(), Material.reporting_class)
    )
    return [ClassWeight(row[0], int(row[1])) for row in rows]


def withdrawals_waiting(session: Session, bank_id: int) -> int:
    """How many requests wait for a decision."""
    decided = (
        select(WithdrawalOutcome)
        .where(
            WithdrawalOutcome.bank_id == Withdrawal.bank_id,
            WithdrawalOutcome.withdrawal_seq == Withdrawal.seq,
        )
        .exists()
    )
    query = select(func.count()).select_from(Withdrawal)
    return session.scalar(query.where(Withdrawal.bank_id == bank_id, ~decided)) or 0


def _standing(bank_id: int, since: date, until: date) -> tuple[object, ...]:
    undone = (
        select(DepositChange)
        .where(
            DepositChange.bank_id == Deposit.bank_id,
            DepositChange.deposit_seq == Deposit.seq,
            DepositChange.kind == REVERSED,
        )
        .exists()
    )
    return (Deposit.bank_id == bank_id, Deposit.weighed_on.between(since, until), ~undone)
