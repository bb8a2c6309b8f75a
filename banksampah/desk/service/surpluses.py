"""What a correction laid in Titipan for a closed household is settled as a deposit there is."""

from typing import Unpack

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.models import DepositSurplus
from banksampah.deposits.queries import standing
from banksampah.deposits.queries.surplus import find_surplus
from banksampah.deposits.service import give_surplus, pay_surplus
from banksampah.desk.queries import FlagNotFound
from banksampah.desk.service.asking import choices_of
from banksampah.desk.service.deciding import (
    AlreadyDecided,
    ChoiceUnknown,
    Given,
    numbered,
    open_again,
)
from banksampah.desk.service.suspense import makers
from banksampah.ledger import Act
from banksampah.withdrawals.service import authority


def decide_surplus(
    session: Session, act: Act, *, seq: int, decision: str, **given: Unpack[Given]
) -> DepositSurplus:
    """Open the household again, move it to a member, or pay it out.

    Raises FlagNotFound, AlreadyDecided, ChoiceUnknown, MemberNotFound, MemberErased, MemberClosed,
    TwoPeople, and BalanceTooLow when the till is short.
    """
    facts = {"surplus_seq": seq, "decision": decision, **given}
    known = ledger.replay(session, act, "desk.decide", facts) is not None
    lies = session.get(DepositSurplus, (act.bank_id, seq))
    if lies is None:
        raise FlagNotFound()
    if known:
        return lies
    if find_surplus(session, act.bank_id, lies.deposit_seq) is not lies:
        raise AlreadyDecided()
    if decision not in choices_of(session, lies):
        raise ChoiceUnknown()
    body = {"surplus_seq": seq, "deposit_seq": lies.deposit_seq, "decision": decision}
    ledger.post(session, act, "desk.decide", facts, body=body)
    if decision == "pay":
        _pay(session, act.step("pay"), lies)
    elif decision == "reopen":
        open_again(session, act, lies.member_id)
    else:
        give_surplus(session, act.step("give"), lies, numbered(session, act, dict(given)))
    return lies


def _pay(session: Session, act: Act, lies: DepositSurplus) -> None:
    """By the rule of withdrawals: above the limit not by one who weighed, sent or corrected it."""
    made = makers(session, act.bank_id, lies.deposit_seq)
    made |= {x.recorded_by_id for x in standing(session, act.bank_id, lies.deposit_seq).changes}
    right = authority(session, act, made, lies.amount_idr, may_approve=True)
    pay_surplus(session, act, lies, approver_id=right.approver_id, authority_seq=right.seq)
