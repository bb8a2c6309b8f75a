"""What becomes of a proposal: approval, rejection, release with its sale, and undoing."""

from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks import queries as banks
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act, chart
from banksampah.money import format_idr
from banksampah.splits import queries
from banksampah.splits.models import Split, SplitStep


class AlreadyDecided(Conflict):
    code = "split_decided"

    def __init__(self, split: Split):
        words = {
            "approved": "sudah disetujui",
            "rejected": "sudah ditolak",
            "released": "sudah dilepas bersama penjualannya",
            "reversed": "sudah dibatalkan",
        }
        super().__init__(
            f"Pembagian {split.seq} {words[split.state]}. Keputusan itu tetap berlaku.",
            state=split.state,
        )


class ShownDiffers(Conflict):
    code = "split_changed"

    def __init__(self) -> None:
        super().__init__(
            "Isi pembagian ini berbeda dari yang Anda lihat. Buka lagi, lalu putuskan."
        )


class TwoPeople(Refused):
    code = "two_people"
    of_right = True

    def __init__(self) -> None:
        super().__init__("Pembuat dan penyetuju harus dua orang. Minta orang lain memutuskan.")


class ReasonMissing(Refused):
    code = "reason_missing"

    def __init__(self) -> None:
        super().__init__("Tulis alasan menolak. Pembuat usulan membacanya.", field="reason")


class NotApproved(Conflict):
    code = "split_not_approved"

    def __init__(self, split: Split):
        super().__init__(
            f"Pembagian {split.seq} belum disetujui atau sudah dibatalkan. "
            "Tidak ada yang perlu dibatalkan.",
            state=split.state,
        )


class FundSpent(Refused):
    code = "fund_spent"

    def __init__(self, name: str, left_idr: int, needed_idr: int):
        super().__init__(
            f"Dana {name} tinggal {format_idr(left_idr)}, "
            f"yang harus kembali {format_idr(needed_idr)}. "
            "Batalkan dulu pemakaian dana itu, yang terbaru lebih dulu.",
            fund=name,
            left_idr=left_idr,
            needed_idr=needed_idr,
        )


def approve(session: Session, act: Act, *, split_seq: int, seen: str) -> Split:
    """Move the money to the funds. *seen* is the hash of the lines the approver was shown.

    Maker and approver are two people, unless the bank has said that it has only one.
    """
    facts = {"split_seq": split_seq, "seen": seen}
    if ledger.replay(session, act, "split.approve", facts) is not None:
        return queries.get_split(session, act.bank_id, split_seq)
    split = _undecided(session, act, split_seq)
    if seen != queries.lines_hash(split):
        raise ShownDiffers
    authority_seq = None
    if split.proposed_by_id == act.actor_id:
        alone, authority_seq = banks.setting_in_force(session, act.bank_id, "one_person_only")
        if not alone:
            raise TwoPeople
    return _approve(session, act, split, facts, authority_seq)


def approve_by_policy(session: Session, act: Act, split: Split, authority_seq: int) -> Split:
    """Approve a proposal up to the bank's limit at once, naming the setting's entry."""
    facts = {"split_seq": split.seq, "authority_seq": authority_seq}
    return _approve(session, act, split, facts, authority_seq)


def reject(session: Session, act: Act, *, split_seq: int, reason: str) -> Split:
    """Refuse a proposal with a reason its maker reads. The amount is free for a new one."""
    facts = {"split_seq": split_seq, "reason": reason}
    if ledger.replay(session, act, "split.reject", facts) is not None:
        return queries.get_split(session, act.bank_id, split_seq)
    if not reason.strip():
        raise ReasonMissing
    split = _undecided(session, act, split_seq)
    seq = _release(session, act, "split.reject", facts, split)
    ledger.add_note(session, act, seq, reason)
    return _after(session, act, split, seq, "reject")


def release_of_sale(session: Session, act: Act, *, sale_seq: int) -> None:
    """Let go of what still waits for a sale that is being undone. An approval stands in the way."""
    for split in queries.splits_of_sale(session, act.bank_id, sale_seq):
        if split.state == "approved":
            raise AlreadyDecided(split)
        if split.state == "pending":
            step = act.step(f"split:{sale_seq}:{split.attempt}:release")
            facts = {"split_seq": split.seq}
            seq = _release(session, step, "split.release", facts, split)
            _after(session, step, split, seq, "release")


def reverse_split(session: Session, act: Act, *, split_seq: int, reason: str) -> Split:
    """Undo an approval: the money leaves the funds again and waits for a new proposal."""
    facts = {"split_seq": split_seq, "reason": reason}
    if ledger.replay(session, act, "reversal", facts) is not None:
        return queries.get_split(session, act.bank_id, split_seq)
    split = queries.get_split(session, act.bank_id, split_seq)
    if split.state != "approved":
        raise NotApproved(split)
    for account_id, amount_idr in queries.fund_legs(split).items():
        if account_id == chart.UNDIVIDED:
            continue
        left_idr = ledger.balance(session, act.bank_id, account_id).available
        if left_idr < -amount_idr:
            name = next(x.fund.name for x in split.lines if x.fund.account_id == account_id)
            raise FundSpent(name, left_idr, -amount_idr)
    seq = ledger.reverse(session, act, split.steps[-1].seq, facts, note=reason)
    return _after(session, act, split, seq, "reverse", stage=2)


def _undecided(session: Session, act: Act, split_seq: int) -> Split:
    split = queries.get_split(session, act.bank_id, split_seq)
    if split.state != "pending":
        raise AlreadyDecided(split)
    return split


def _approve(
    session: Session,
    act: Act,
    split: Split,
    facts: dict[str, Any],
    authority_seq: int | None,
) -> Split:
    legs = [ledger.Leg(chart.UNDIVIDED, "IDR", split.amount_idr, -split.amount_idr)]
    legs += [
        ledger.credit(account_id, -amount_idr)
        for account_id, amount_idr in queries.fund_legs(split).items()
        if account_id != chart.UNDIVIDED
    ]
    body = {"split_seq": split.seq, "lines_hash": queries.lines_hash(split)}
    if authority_seq is not None:
        body["authority_seq"] = authority_seq
    seq = ledger.post(session, act, "split.approve", facts, legs, resolves_seq=split.seq, body=body)
    return _after(session, act, split, seq, "approve", authority_seq=authority_seq)


def _release(session: Session, act: Act, kind: str, facts: dict[str, Any], split: Split) -> int:
    legs = [ledger.release(chart.UNDIVIDED, split.amount_idr)]
    return ledger.post(session, act, kind, facts, legs, resolves_seq=split.seq)


def _after(
    session: Session,
    act: Act,
    split: Split,
    seq: int,
    kind: str,
    *,
    stage: int = 1,
    authority_seq: int | None = None,
) -> Split:
    """Write down what became of the proposal, and return it as it stands now."""
    session.add(
        SplitStep(
            bank_id=act.bank_id,
            seq=seq,
            split_seq=split.seq,
            kind=kind,
            stage=stage,
            authority_seq=authority_seq,
            by_id=act.actor_id,
            at=act.at,
        )
    )
    session.flush()
    return queries.get_split(session, act.bank_id, split.seq)
