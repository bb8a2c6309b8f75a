"""The verbs of withdrawals: ask, pay, refuse, let lapse, take a payment back.

Asking holds the money on the household's savings; one later entry resolves the hold.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import get_bank, setting_in_force
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act, chart
from banksampah.members.models import Member
from banksampah.members.queries import get_member, survivor
from banksampah.members.service import follow_merge
from banksampah.money import format_idr
from banksampah.withdrawals import queries
from banksampah.withdrawals.models import (
    CASH,
    LAPSED,
    PAID,
    REFUSED,
    REVERSED,
    WAITING,
    Withdrawal,
    WithdrawalOutcome,
)
from banksampah.withdrawals.queries import Listed, Takeable

MONEY = {CASH: (chart.CASH, "Kas"), "transfer": (chart.BANK, "Rekening bank")}


class MemberUnknown(Refused):
    code = "member_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Nasabah ini tidak ada. Periksa nomor di kartu atau cari nama.", field="member_id"
        )


class MemberClosed(Refused):
    code = "member_closed"

    def __init__(self, number: str):
        super().__init__(
            f"Nasabah {number} sudah ditutup dan saldonya nol. Pilih nasabah lain.",
            field="member_id",
        )


class SavingsClosed(Refused):
    """Nobody could take out what a payment taken back would put on a closed account."""

    code = "savings_closed"

    def __init__(self, member: Member):
        remedy = (
            "Datanya sudah dihapus, jadi pembayarannya tetap."
            if member.erased_on
            else "Buka lagi nasabahnya dulu, lalu batalkan penarikan ini."
        )
        super().__init__(f"Nasabah {member.number} sudah ditutup. {remedy}")


class NotEnough(Refused):
    code = "not_enough"

    def __init__(self, now: Takeable):
        super().__init__(
            f"Saldo {format_idr(now.balance_idr)}. "
            f"Yang bisa ditarik {format_idr(now.available_idr)}.",
            field="amount_idr",
            balance_idr=now.balance_idr,
            available_idr=now.available_idr,
        )


class BelowMinimum(Refused):
    code = "below_minimum"

    def __init__(self, minimum_idr: int):
        super().__init__(
            f"Penarikan paling sedikit {format_idr(minimum_idr)}. Isi jumlah yang lebih besar.",
            field="amount_idr",
            minimum_idr=minimum_idr,
        )


class MoneyTooLow(Refused):
    code = "money_too_low"

    def __init__(self, place: str, there_idr: int):
        super().__init__(
            f"{place} tinggal {format_idr(there_idr)}. Isi dulu, atau bayar sebagian.",
            field="amount_idr",
            there_idr=there_idr,
        )


class MoreThanHeld(Refused):
    code = "more_than_held"

    def __init__(self, held_idr: int):
        super().__init__(
            f"Yang diminta {format_idr(held_idr)}. Bayar paling banyak sebesar itu.",
            field="amount_idr",
            held_idr=held_idr,
        )


class TwoPeople(Refused):
    code = "two_people"
    of_right = True

    def __init__(self, limit_idr: int):
        super().__init__(
            f"Di atas {format_idr(limit_idr)}, pencatat dan pembayar harus dua orang, dan yang "
            "membayar bendahara atau ketua. Minta orang lain membayar.",
            limit_idr=limit_idr,
        )


class AlreadyDecided(Conflict):
    code = "withdrawal_decided"

    def __init__(self, seq: int, state: str):
        words = {
            PAID: "sudah dibayar",
            REFUSED: "sudah ditolak",
            LAPSED: "sudah lewat waktunya",
            REVERSED: "sudah dibatalkan",
        }
        super().__init__(
            f"Penarikan {seq} {words[state]}. Muat ulang halaman untuk melihatnya.", state=state
        )


class NotPaid(Conflict):
    code = "withdrawal_not_paid"

    def __init__(self, seq: int):
        super().__init__(f"Penarikan {seq} belum dibayar. Yang menunggu bisa ditolak.")


class Authority(NamedTuple):
    """Who approves beside the maker, and the setting's entry that allows what one person does."""

    approver_id: int | None
    seq: int | None


def request_withdrawal(
    session: Session, act: Act, *, member_id: int, amount_idr: int, method: str = CASH
) -> Withdrawal:
    """Set *amount_idr* of a household's savings aside to be paid out.

    Posted less held, debt and the bank's minimum balance is what can be asked for.
    """
    facts = {"member_id": member_id, "amount_idr": amount_idr, "method": method}
    if (done := ledger.replay(session, act, "withdrawal.request", facts)) is not None:
        return session.get_one(Withdrawal, (act.bank_id, done))
    member = _open_member(session, act.bank_id, member_id)
    now = queries.takeable(session, member)
    if amount_idr < now.minimum_idr:
        raise BelowMinimum(now.minimum_idr)
    if amount_idr > now.available_idr:
        raise NotEnough(now)
    legs = [ledger.hold(member.savings_account_id, amount_idr)]
    seq = ledger.post(session, act, "withdrawal.request", facts, legs, body=facts)
    withdrawal = Withdrawal(
        bank_id=act.bank_id,
        seq=seq,
        member_id=member_id,
        amount_idr=amount_idr,
        method=method,
        requested_by_id=act.actor_id,
        requested_at=act.at,
    )
    session.add(withdrawal)
    session.flush()
    return withdrawal


def pay_withdrawal(
    session: Session,
    act: Act,
    *,
    seq: int,
    amount_idr: int | None = None,
    may_approve: bool = False,
) -> Listed:
    """Pay a request out of the cash box or the bank account: all of it, or less.

    Up to the bank's limit whoever wrote it down may pay it. Above that it takes another person
    who *may_approve*, unless the bank has said that it has only one.
    """
    facts = {"withdrawal_seq": seq, "amount_idr": amount_idr}
    if ledger.replay(session, act, "withdrawal.pay", facts) is not None:
        return queries.get_withdrawal(session, act.bank_id, seq)
    request = _undecided(session, act, seq)
    zone = get_bank(session, act.bank_id).zone
    if queries.is_overdue(session, act.bank_id, request, zone, act.today):
        raise AlreadyDecided(seq, LAPSED)
    paid_idr = request.amount_idr if amount_idr is None else amount_idr
    if paid_idr > request.amount_idr:
        raise MoreThanHeld(request.amount_idr)
    makers = {request.requested_by_id}
    approver_id, authority_seq = authority(session, act, makers, paid_idr, may_approve)
    account_id, place = MONEY[request.method]
    there_idr = ledger.balance(session, act.bank_id, account_id).available
    if there_idr < paid_idr:
        raise MoneyTooLow(place, there_idr)
    member = get_member(session, act.bank_id, request.member_id)
    entry_seq = ledger.post(
        session,
        act,
        "withdrawal.pay",
        facts,
        [
            ledger.Leg(member.savings_account_id, "IDR", paid_idr, -request.amount_idr),
            ledger.credit(account_id, paid_idr),
        ],
        resolves_seq=seq,
        approver_id=approver_id,
        body={"withdrawal_seq": seq, "paid_idr": paid_idr, "authority_seq": authority_seq},
    )
    return _decided(session, act, entry_seq, seq, PAID, paid_idr)


def refuse_withdrawal(session: Session, act: Act, *, seq: int, reason: str) -> Listed:
    """Give the held money free again, with the reason that is told to the household."""
    facts = {"withdrawal_seq": seq}
    if ledger.replay(session, act, "withdrawal.refuse", facts) is not None:
        return queries.get_withdrawal(session, act.bank_id, seq)
    request = _undecided(session, act, seq)
    entry_seq = _release(session, act, "withdrawal.refuse", facts, request)
    ledger.add_note(session, act, entry_seq, reason)
    return _decided(session, act, entry_seq, seq, REFUSED, 0)


def lapse_withdrawals(session: Session, act: Act) -> list[int]:
    """Give free what waited longer than the bank's setting; return the requests that lapsed."""
    if (done := ledger.replay(session, act, "withdrawal.lapsing", {})) is not None:
        return list(ledger.entry(session, act.bank_id, done).body["lapsed"])
    zone = get_bank(session, act.bank_id).zone
    lapsed = []
    for request in queries.overdue(session, act.bank_id, zone, act.today):
        step = act.step(str(request.seq))
        facts = {"withdrawal_seq": request.seq}
        entry_seq = _release(session, step, "withdrawal.lapse", facts, request)
        _decided(session, step, entry_seq, request.seq, LAPSED, 0)
        lapsed.append(request.seq)
    ledger.post(session, act, "withdrawal.lapsing", {}, body={"lapsed": lapsed})
    return lapsed


def reverse_withdrawal(session: Session, act: Act, *, seq: int, reason: str) -> Listed:
    """Take a payment back: the money is in the box again, and in the household's savings.

    Those of a member that was merged meanwhile go to the one that remains. Raises SavingsClosed,
    NotPaid, AlreadyDecided.
    """
    facts = {"withdrawal_seq": seq}
    if ledger.replay(session, act, "reversal", facts) is not None:
        return queries.get_withdrawal(session, act.bank_id, seq)
    request = queries.get_withdrawal(session, act.bank_id, seq)
    if request.state == REVERSED:
        raise AlreadyDecided(seq, REVERSED)
    if request.state != PAID or request.decided_seq is None or request.paid_idr is None:
        raise NotPaid(seq)
    member = get_member(session, act.bank_id, request.member_id)
    kept = survivor(session, act.bank_id, member.id)
    if not kept.is_open:
        raise SavingsClosed(kept)
    entry_seq = ledger.reverse(session, act, request.decided_seq, facts, note=reason)
    if kept.id != member.id:
        follow_merge(session, act.step("follow"), member, request.paid_idr)
    return _decided(session, act, entry_seq, seq, REVERSED, request.paid_idr)


def authority(
    session: Session, act: Act, makers: Collection[int], amount_idr: int, may_approve: bool
) -> Authority:
    """By whose right cash of a household is handed over, where *makers* wrote down what it is for.

    Up to the bank's limit one person may do all of it. Raises TwoPeople.
    """
    limit = setting_in_force(session, act.bank_id, "approval_limit_withdrawal_idr")
    if amount_idr <= limit.value:
        return Authority(None, None)
    if may_approve and act.actor_id not in makers:
        return Authority(act.actor_id, None)
    alone = setting_in_force(session, act.bank_id, "one_person_only")
    if may_approve and alone.value:
        return Authority(None, alone.seq)
    raise TwoPeople(limit.value)


def _open_member(session: Session, bank_id: int, member_id: int) -> Member:
    member = session.get(Member, (bank_id, member_id))
    if member is None or member.holds_titipan:  # many households' own
        raise MemberUnknown()
    if not member.is_open:
        raise MemberClosed(member.number)
    return member


def _undecided(session: Session, act: Act, seq: int) -> Listed:
    request = queries.get_withdrawal(session, act.bank_id, seq)
    if request.state != WAITING:
        raise AlreadyDecided(seq, request.state)
    return request


def _release(session: Session, act: Act, kind: str, facts: dict[str, Any], request: Listed) -> int:
    member = get_member(session, act.bank_id, request.member_id)
    legs = [ledger.release(member.savings_account_id, request.amount_idr)]
    return ledger.post(session, act, kind, facts, legs, resolves_seq=request.seq, body=facts)


def _decided(
    session: Session, act: Act, entry_seq: int, seq: int, kind: str, amount_idr: int
) -> Listed:
    """Write down what became of the request, and return it as it stands now."""
    session.add(
        WithdrawalOutcome(
            bank_id=act.bank_id,
            seq=entry_seq,
            withdrawal_seq=seq,
            kind=kind,
            amount_idr=amount_idr,
            decided_by_id=act.actor_id,
            decided_at=act.at,
        )
    )
    session.flush()
    return queries.get_withdrawal(session, act.bank_id, seq)
