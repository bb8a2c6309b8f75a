"""The household's side of a correction. Where its account is closed by then, what it gains lies in
Titipan with a row of its own, until somebody hands it over."""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.models import CORRECTED, GIVEN, PAID, DepositSurplus
from banksampah.deposits.queries.surplus import find_surplus
from banksampah.deposits.service.changes import owed_by
from banksampah.deposits.service.refusals import MemberClosed, MemberUnknown
from banksampah.ledger import Act, Leg, chart
from banksampah.members.models import Member


def household_side(
    session: Session, member: Member, deposit_seq: int, change_idr: int
) -> tuple[list[Leg], int]:
    """Legs that credit *member* more, or take some back; and by how much Titipan grows by them.

    What still lies there of the deposit is taken back first.
    """
    if change_idr >= 0 and member.is_open:
        return [ledger.credit(member.savings_account_id, change_idr)], 0
    if change_idr >= 0:
        return [ledger.credit(chart.SUSPENSE, change_idr)], change_idr
    lies = find_surplus(session, member.bank_id, deposit_seq)
    from_titipan = min(-change_idr, lies.amount_idr if lies is not None else 0)
    taken = [ledger.debit(chart.SUSPENSE, from_titipan)] if from_titipan else []
    return [*taken, *owed_by(session, member, -change_idr - from_titipan)], -from_titipan


def keep_surplus(
    session: Session, act: Act, seq: int, deposit_seq: int, member: Member, grown_idr: int
) -> None:
    """Write down what lies in Titipan of the deposit after entry *seq*, by which it has grown."""
    if not grown_idr:
        return
    lies = find_surplus(session, act.bank_id, deposit_seq)
    if lies is not None:
        settle_surplus(session, lies, seq, CORRECTED)
        grown_idr += lies.amount_idr
    if grown_idr:
        key = {"bank_id": act.bank_id, "seq": seq, "deposit_seq": deposit_seq}
        session.add(DepositSurplus(**key, member_id=member.id, amount_idr=grown_idr))
        session.flush()


def give_surplus(session: Session, act: Act, lies: DepositSurplus, member: Member) -> None:
    """Move it to a member's savings. Raises MemberUnknown, MemberClosed."""
    if member.holds_titipan:
        raise MemberUnknown()
    if not member.is_open:
        raise MemberClosed(member.number)
    facts = _facts(lies) | {"member_id": member.id}
    legs = [
        ledger.debit(chart.SUSPENSE, lies.amount_idr),
        ledger.credit(member.savings_account_id, lies.amount_idr),
    ]
    seq = ledger.post(session, act, "deposit.give", facts, legs, body=facts)
    settle_surplus(session, lies, seq, GIVEN)


def pay_surplus(
    session: Session,
    act: Act,
    lies: DepositSurplus,
    *,
    approver_id: int | None,
    authority_seq: int | None,
) -> None:
    """Hand it over in cash, by the right that was looked up. Raises BalanceTooLow when the till is
    short."""
    facts = _facts(lies)
    legs = [
        ledger.debit(chart.SUSPENSE, lies.amount_idr),
        ledger.credit(chart.CASH, lies.amount_idr),
    ]
    body = facts | {"authority_seq": authority_seq}
    seq = ledger.post(session, act, "deposit.pay", facts, legs, body=body, approver_id=approver_id)
    settle_surplus(session, lies, seq, PAID)


def settle_surplus(session: Session, lies: DepositSurplus, seq: int, settled_as: str) -> None:
    """Say which entry settled it, and how."""
    lies.settled_seq, lies.settled_as = seq, settled_as
    session.flush()


def _facts(lies: DepositSurplus) -> dict[str, int]:
    return {"deposit_seq": lies.deposit_seq, "surplus_seq": lies.seq}
