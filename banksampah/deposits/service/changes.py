"""What every change of a deposit shares: who may, whose money, and the row that tells of it."""

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import get_bank
from banksampah.clock import day_in
from banksampah.deposits.models import Deposit, DepositChange, DepositLineChange
from banksampah.deposits.queries import Standing, StandingLine, paid_from_titipan
from banksampah.deposits.queries.surplus import surplus_was_paid
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act
from banksampah.members.models import Member
from banksampah.members.service import debt_account


class TreasurerNeeded(Refused):
    code = "treasurer_needed"
    of_right = True

    def __init__(self) -> None:
        super().__init__(
            "Petugas hanya bisa membatalkan setoran yang dicatatnya sendiri hari ini. "
            "Minta bendahara."
        )


class DepositReversed(Conflict):
    code = "deposit_reversed"

    def __init__(self, seq: int):
        super().__init__(f"Setoran {seq} sudah dibatalkan. Lihat bukti setorannya.")


class PaidInCash(Conflict):
    """Its money is gone: whatever is taken back now would be another household's Titipan."""

    code = "paid_in_cash"

    def __init__(self, seq: int):
        super().__init__(
            f"Setoran {seq} sudah dibayar tunai dari Titipan, jadi tidak diubah lagi. "
            "Bila keliru, selesaikan dengan penerimanya dan tulis di berita acara."
        )


def check_may_change(session: Session, act: Act, deposit: Deposit, as_treasurer: bool) -> None:
    """Own deposits of the same day are free; anything else asks for a treasurer."""
    if as_treasurer:
        return
    day = day_in(get_bank(session, act.bank_id).zone, deposit.recorded_at)
    if deposit.recorded_by_id != act.actor_id or day != act.today:
        raise TreasurerNeeded()


def check_standing(session: Session, standing: Standing) -> None:
    """A deposit that was undone is changed no more, nor one that was paid out of Titipan."""
    if standing.reversal is not None:
        raise DepositReversed(standing.deposit.seq)
    key = standing.deposit.bank_id, standing.deposit.seq
    if paid_from_titipan(session, *key) or surplus_was_paid(session, *key):
        raise PaidInCash(standing.deposit.seq)


def owed_by(session: Session, member: Member, amount_idr: int) -> list[ledger.Leg]:
    """Legs that take *amount_idr* back from a household: from its savings, the rest as debt."""
    available = ledger.balance(session, member.bank_id, member.savings_account_id).available
    from_savings = min(amount_idr, max(available, 0))
    legs = [ledger.debit(member.savings_account_id, from_savings)]
    if from_savings < amount_idr:
        legs.append(ledger.debit(debt_account(session, member), amount_idr - from_savings))
    return legs


def keep_change(
    session: Session,
    act: Act,
    seq: int,
    deposit_seq: int,
    kind: str,
    *,
    reason: str | None = None,
    member_id: int | None = None,
    lines: Iterable[StandingLine] = (),
) -> None:
    """Write the change that entry *seq* made, and how each line stands after it."""
    key: dict[str, Any] = {"bank_id": act.bank_id, "seq": seq, "deposit_seq": deposit_seq}
    change = {
        "kind": kind,
        "reason": reason,
        "member_id": member_id,
        "recorded_by_id": act.actor_id,
        "recorded_at": act.at,
    }
    session.execute(insert(cast(Table, DepositChange.__table__)), [key | change])
    rows = [
        key
        | {
            "line": line.line,
            "quantity": line.quantity,
            "price_idr": line.price_idr,
            "value_idr": line.value_idr,
            "credited_idr": line.credited_idr,
        }
        for line in lines
    ]
    if rows:
        session.execute(insert(cast(Table, DepositLineChange.__table__)), rows)
