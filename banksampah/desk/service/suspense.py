"""Titipan: where deposits wait that found no open account, until somebody says whose they are."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import setting
from banksampah.catalog.queries import share_on
from banksampah.db import next_id
from banksampah.deposits.queries import Recorded, get_deposit, standing
from banksampah.deposits.queries.surplus import open_surpluses
from banksampah.deposits.service import Meant, give_surplus, move_household
from banksampah.desk import queries
from banksampah.desk.models import DeskIntake, DeskRecord, Suspense
from banksampah.errors import Refused
from banksampah.ledger import Act, chart
from banksampah.members.models import Member
from banksampah.members.queries import all_merged, get_member, survivor
from banksampah.members.service import reopen_member
from banksampah.withdrawals.service import authority

NUMBER = "TITIPAN"


class PriceToCome(Refused):
    """What is paid now would leave the later price in Titipan, where nobody is shown it."""

    code = "price_to_come"

    def __init__(self) -> None:
        super().__init__(
            "Harga sebagian setoran ini masih menyusul. Isi harganya di halaman Harga, lalu bayar."
        )


def titipan(session: Session, act: Act) -> Member:
    """The bank's own account holder for 2150, opened at the first need.

    Its deposits are documents like all others; whose they turn out to be is a correction of the
    household, which the deposit shows for ever.
    """
    found = session.scalar(
        select(Member).filter_by(bank_id=act.bank_id, savings_account_id=chart.SUSPENSE)
    )
    if found is not None:
        return found
    member_id = next_id(session, Member, act.bank_id)
    body = {"member_id": member_id, "number": NUMBER, "account_id": chart.SUSPENSE}
    seq = ledger.post(
        session, Act(act.bank_id, f"titipan/{member_id}", act.actor_id, act.at, act.today),
        "member.open", body, body=body,
    )  # fmt: skip
    member = Member(
        bank_id=act.bank_id, id=member_id, number=NUMBER, name="Titipan", kind="group",
        savings_account_id=chart.SUSPENSE, opened_on=act.today, opened_seq=seq,
    )  # fmt: skip
    session.add(member)
    session.flush()
    return member


def meant_as(session: Session, bank_id: int, meant_for: int | None, day: date) -> Meant:
    """How a deposit of *day* is shared in Titipan: as the closed household's own would be, or as
    one that any new household brings."""
    if meant_for is None:
        kind, delivery, price_class = "household", "brought", None
    else:
        member = get_member(session, bank_id, meant_for)
        kind, delivery, price_class = member.kind, member.delivery, member.price_class
    return Meant(
        delivery,
        price_class or str(setting(session, bank_id, "default_price_class")),
        share_on(session, bank_id, day, kind, delivery),
    )


def lay_aside(
    session: Session,
    act: Act,
    deposit: Recorded,
    meant_for: int | None,
    provisional: str | None,
) -> Suspense:
    """Note for whom a deposit lies in Titipan: a closed member, or one that has no number yet."""
    lies = Suspense(
        bank_id=act.bank_id, deposit_seq=deposit.seq, amount_idr=deposit.credited_idr,
        member_id=meant_for, provisional=provisional,
    )  # fmt: skip
    session.add(lies)
    return lies


def lying_idr(session: Session, lies: Suspense) -> int | None:
    """What lies in Titipan of this deposit; None once it was undone or moved."""
    now = standing(session, lies.bank_id, lies.deposit_seq)
    holder = session.get_one(Member, (lies.bank_id, now.member_id))
    if now.reversal is not None or not holder.holds_titipan:
        return None
    return now.credited_idr


def settle_all(session: Session, act: Act, lies: Suspense, member_id: int) -> Sequence[Suspense]:
    """Give this deposit, and every other one of the same provisional household, to a member.

    One whose price is still to come moves too, so that the price finds its household.
    """
    same = [lies] if lies.provisional is None else queries.suspense_of(
        session, act.bank_id, lies.provisional
    )  # fmt: skip
    for one in same:
        _settle(session, act.step(f"to-{one.deposit_seq}"), one, member_id)
    return same


def bring_back(session: Session, act: Act, member_id: int) -> tuple[Member, Sequence[Suspense]]:
    """Open a closed household again, and move all that waits for it to its savings.

    One that is open by now, here or under the number that it was merged into, is not opened.
    Returns it and what was moved. Raises MemberErased.
    """
    member = survivor(session, act.bank_id, member_id)
    if not member.is_open:
        reopen_member(session, act.step("reopen"), member_id=member.id)
    waiting = queries.waiting_for(session, member)
    for lies in waiting:
        _settle(session, act.step(f"to-{lies.deposit_seq}"), lies, member.id)
    own = all_merged(session, member)
    for surplus in open_surpluses(session, act.bank_id, own):
        give_surplus(session, act.step(f"to-{surplus.seq}"), surplus, member)
    return member, waiting


def _settle(session: Session, act: Act, lies: Suspense, member_id: int) -> None:
    change = None
    if lying_idr(session, lies) is not None:
        change = move_household(
            session, act, seq=lies.deposit_seq, member_id=member_id, note="Titipan"
        )
    lies.settled_member_id = member_id
    lies.settled_seq = change.seq if change is not None else lies.deposit_seq
    session.flush()


def pay_out(session: Session, act: Act, lies: Suspense, amount_idr: int) -> None:
    """Hand *amount_idr* of Titipan over in cash, as one who may approve withdrawals and by their
    rule. Raises PriceToCome, TwoPeople, and BalanceTooLow when the till is short."""
    if standing(session, lies.bank_id, lies.deposit_seq).pending_count:
        raise PriceToCome()
    legs = [ledger.debit(chart.SUSPENSE, amount_idr), ledger.credit(chart.CASH, amount_idr)]
    facts = {"deposit_seq": lies.deposit_seq}
    made = makers(session, lies.bank_id, lies.deposit_seq)
    right = authority(session, act, made, amount_idr, may_approve=True)
    lies.settled_seq = ledger.post(
        session, act, "desk.pay", facts, legs, approver_id=right.approver_id,
        body=facts | {"authority_seq": right.seq},
    )  # fmt: skip
    session.flush()


def makers(session: Session, bank_id: int, deposit_seq: int) -> set[int]:
    """Who brought a deposit into the books: who weighed or typed it, and who sent it."""
    became = {"bank_id": bank_id, "deposit_seq": deposit_seq}
    sent_by = session.scalars(
        select(DeskRecord.sent_by_id).where(
            DeskRecord.bank_id == bank_id,
            DeskRecord.record_id.in_(select(DeskIntake.record_id).filter_by(**became)),
        )
    )
    return {get_deposit(session, bank_id, deposit_seq).recorded_by_id, *sent_by}
