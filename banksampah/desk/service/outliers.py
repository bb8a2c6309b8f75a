"""What is far from usual, though it may be right: a weight, or one household's many deposits."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from banksampah.catalog.models import Material
from banksampah.deposits.models import REVERSED, Deposit, DepositChange
from banksampah.deposits.service import USUAL_MAX_G, is_unusual
from banksampah.desk.records import RecordLine
from banksampah.members.models import Member

OFTEN = 3
"""More deposits than that of one household on one day are looked at."""


def outlying(
    session: Session, bank_id: int, lines: Sequence[RecordLine], member: Member, day: date
) -> list[str]:
    """The notes on a deposit that was just booked for *member*."""
    found = ["weight_unusual"] if unusual_lines(session, bank_id, lines) else []
    return [*found, "often_that_day"] if _is_often(session, bank_id, member, day) else found


def unusual_lines(
    session: Session, bank_id: int, lines: Sequence[RecordLine]
) -> list[tuple[Material, RecordLine]]:
    """The lines far beyond what is usual, as the phone's own question measures them; pieces, which
    it does not ask about, by what they weigh."""
    wanted = {line.material_id for line in lines}
    goods = {
        material.id: material
        for material in session.scalars(
            select(Material).where(Material.bank_id == bank_id, Material.id.in_(wanted))
        )
    }
    found = []
    for line in lines:
        if (material := goods.get(line.material_id)) is not None:
            each_g = material.equivalent_g or 0 if material.unit == "pcs" else 1
            if is_unusual(line.quantity * each_g, material.usual_max_g or USUAL_MAX_G):
                found.append((material, line))
    return found


def _is_often(session: Session, bank_id: int, member: Member, day: date) -> bool:
    """Whether one household brought more than its usual number that day, by whatever way."""
    if member.kind != "household":
        return False
    return len(deposits_that_day(session, bank_id, member.id, day)) > OFTEN


def deposits_that_day(
    session: Session, bank_id: int, member_id: int, day: date
) -> Sequence[Deposit]:
    """What a household brought on a day of weighing and still stands, by whatever way it came."""
    undone = exists().where(
        DepositChange.bank_id == bank_id,
        DepositChange.deposit_seq == Deposit.seq,
        DepositChange.kind == REVERSED,
    )
    return session.scalars(
        select(Deposit)
        .where(
            Deposit.bank_id == bank_id,
            Deposit.member_id == member_id,
            Deposit.weighed_on == day,
            ~undone,
        )
        .order_by(Deposit.seq)
    ).all()
