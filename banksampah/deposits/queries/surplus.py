"""What corrections credited to households that were closed by then, as long as it waits."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from banksampah.deposits.models import PAID, REVERSED, DepositChange, DepositSurplus


def find_surplus(session: Session, bank_id: int, deposit_seq: int) -> DepositSurplus | None:
    """What waits of this deposit, or None."""
    of_deposit = DepositSurplus.deposit_seq == deposit_seq
    return session.scalars(select(DepositSurplus).where(*_waiting(bank_id), of_deposit)).first()


def open_surpluses(
    session: Session, bank_id: int, member_ids: Collection[int] | None = None
) -> Sequence[DepositSurplus]:
    """All that waits, or what waits for these members; the oldest first."""
    found = select(DepositSurplus).where(*_waiting(bank_id)).order_by(DepositSurplus.seq)
    if member_ids is not None:
        found = found.where(DepositSurplus.member_id.in_(member_ids))
    return session.scalars(found).all()


def open_surpluses_count(session: Session, bank_id: int) -> int:
    """How many wait."""
    waiting = select(func.count()).select_from(DepositSurplus)
    return session.scalar(waiting.where(*_waiting(bank_id))) or 0


def settled_surpluses(session: Session, bank_id: int, deposit_seq: int) -> Sequence[DepositSurplus]:
    """Those of this deposit that were paid out, moved or put right once more."""
    settled = DepositSurplus.settled_seq.is_not(None)
    found = select(DepositSurplus).filter_by(bank_id=bank_id, deposit_seq=deposit_seq)
    return session.scalars(found.where(settled)).all()


def surplus_was_paid(session: Session, bank_id: int, deposit_seq: int) -> bool:
    """Whether some of it was handed over in cash."""
    found = settled_surpluses(session, bank_id, deposit_seq)
    return any(surplus.settled_as == PAID for surplus in found)


def _waiting(bank_id: int) -> list[ColumnElement[bool]]:
    """Not settled, and its deposit stands."""
    undone = select(DepositChange.seq).where(
        DepositChange.bank_id == bank_id,
        DepositChange.deposit_seq == DepositSurplus.deposit_seq,
        DepositChange.kind == REVERSED,
    )
    return [
        DepositSurplus.bank_id == bank_id,
        DepositSurplus.settled_seq.is_(None),
        ~undone.exists(),
    ]
