"""Closing an account, opening it again, and merging one that was opened twice."""

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.errors import Conflict, Refused
from banksampah.members.models import Member
from banksampah.members.queries import (
    MemberNotFound,
    Standing,
    awaits_price,
    get_member,
    standing,
    survivor,
    waits_in_titipan,
)
from banksampah.members.service.access import end_sessions
from banksampah.members.service.opening import MemberClosed, debt_account
from banksampah.money import format_idr


class MemberNotEmpty(Refused):
    """Money still lies on the account, or is held, or is owed."""

    code = "member_not_empty"

    def __init__(self, what: str, now: Standing):
        super().__init__(
            what,
            balance_idr=now.balance_idr,
            held_idr=now.held_idr,
            debt_idr=now.debt_idr,
        )


class SameMember(Refused):
    """A member cannot be merged with itself."""

    code = "same_member"

    def __init__(self) -> None:
        super().__init__("Pilih dua nasabah yang berbeda.", field="into_id")


class MemberIsOpen(Conflict):
    """There is nothing to open again."""

    code = "member_open"

    def __init__(self, number: str):
        super().__init__(f"Nasabah {number} tidak ditutup. Langsung pakai saja.")


class MemberMerged(Conflict):
    """Its account became another one's, and stays it."""

    code = "member_merged"

    def __init__(self, number: str, into: Member):
        super().__init__(
            f"Nasabah {number} sudah digabungkan ke nasabah {into.number}. Pakai nomor itu.",
            into_id=into.id,
        )


class MemberErased(Conflict):
    """Nobody is known to whom the account would be opened again."""

    code = "member_erased"

    def __init__(self, number: str):
        super().__init__(f"Data nasabah {number} sudah dihapus. Buka nasabah baru.")


def close_member(session: Session, act: ledger.Act, *, member_id: int) -> Member:
    """Close an account whose balance, holds, debt and Titipan are zero. Its history stays.

    Goods whose price is still to come must have it first: the account could not take it later.
    """
    facts = {"member_id": member_id}
    if ledger.replay(session, act, "member.close", facts) is not None:
        return get_member(session, act.bank_id, member_id)
    member = _open(session, act.bank_id, member_id)
    now = standing(session, member)
    _refuse_held(now)
    if awaits_price(session, member):
        raise MemberNotEmpty(
            "Harga sebagian setorannya masih menyusul. Isi harganya di halaman Harga dan "
            "bayarkan, lalu tutup.",
            now,
        )
    if waits_in_titipan(session, member):
        raise MemberNotEmpty(
            "Setorannya masih ada di Titipan. Putuskan di halaman Perlu dilihat, lalu tutup.", now
        )
    if now.balance_idr:
        raise MemberNotEmpty(
            f"Saldo masih {format_idr(now.balance_idr)}. Bayarkan dulu sampai habis.", now
        )
    if now.debt_idr:
        raise MemberNotEmpty(
            f"Nasabah masih berutang {format_idr(now.debt_idr)}. Lunasi dulu.", now
        )
    ledger.post(session, act, "member.close", facts, body=facts)
    return _end(session, act, member)


def reopen_member(session: Session, act: ledger.Act, *, member_id: int) -> Member:
    """Open a closed account again, under its number and with its history.

    Its PIN ended with the closing: a new one is made when it is wanted. Raises MemberNotFound,
    MemberIsOpen, MemberMerged, MemberErased.
    """
    facts = {"member_id": member_id}
    if ledger.replay(session, act, "member.reopen", facts) is not None:
        return get_member(session, act.bank_id, member_id)
    member = get_member(session, act.bank_id, member_id)
    if member.merged_into_id is not None:
        raise MemberMerged(member.number, survivor(session, act.bank_id, member_id))
    if member.erased_on is not None:
        raise MemberErased(member.number)
    if member.is_open:
        raise MemberIsOpen(member.number)
    ledger.post(session, act, "member.reopen", facts, body=facts)
    member.closed_on = None
    session.flush()
    return member


def merge_members(
    session: Session, act: ledger.Act, *, from_id: int, into_id: int, reason: str = ""
) -> Member:
    """Move everything of *from_id* to *into_id*, close it, and leave a pointer. Returns the latter.

    Entries from before stay where they are; they are corrected on the member that remains. The
    *reason* is kept beside the journal.
    """
    facts = {"from_id": from_id, "into_id": into_id}
    if ledger.replay(session, act, "member.merge", facts) is not None:
        return get_member(session, act.bank_id, into_id)
    if from_id == into_id:
        raise SameMember
    gone, kept = _open(session, act.bank_id, from_id), _open(session, act.bank_id, into_id)
    now = standing(session, gone)
    _refuse_held(now)
    legs = []
    if now.balance_idr:
        legs += [
            ledger.debit(gone.savings_account_id, now.balance_idr),
            ledger.credit(kept.savings_account_id, now.balance_idr),
        ]
    if now.debt_idr:
        legs += [
            ledger.debit(debt_account(session, kept), now.debt_idr),
            ledger.credit(debt_account(session, gone), now.debt_idr),
        ]
    seq = ledger.post(session, act, "member.merge", facts, legs, body=facts)
    if reason:
        ledger.add_note(session, act, seq, reason)
    gone.merged_into_id = kept.id
    _end(session, act, gone)
    return kept


def follow_merge(session: Session, act: ledger.Act, member: Member, amount_idr: int) -> int:
    """Move what came back to a merged member's savings to the member that remains."""
    kept = survivor(session, act.bank_id, member.id)
    facts = {"from_id": member.id, "into_id": kept.id, "amount_idr": amount_idr}
    legs = [
        ledger.debit(member.savings_account_id, amount_idr),
        ledger.credit(kept.savings_account_id, amount_idr),
    ]
    return ledger.post(session, act, "member.follow", facts, legs, body=facts)


def _open(session: Session, bank_id: int, member_id: int) -> Member:
    member = get_member(session, bank_id, member_id)
    if member.holds_titipan:  # Titipan's holder stays
        raise MemberNotFound(member.number)
    if not member.is_open:
        raise MemberClosed(member.number)
    return member


def _refuse_held(now: Standing) -> None:
    if now.held_idr:
        raise MemberNotEmpty(
            f"{format_idr(now.held_idr)} tertahan untuk penarikan. Putuskan penarikannya dulu.", now
        )


def _end(session: Session, act: ledger.Act, member: Member) -> Member:
    member.closed_on = act.today
    member.pin_hash = None
    end_sessions(session, member)
    session.flush()
    return member
