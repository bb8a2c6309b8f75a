"""What a code on a paper stands for: the document as the books know it today, or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import codes, ledger
from banksampah.banks.queries import get_bank
from banksampah.clock import day_in
from banksampah.deposits.queries import NoDeposit, Standing, materials_of, standing
from banksampah.desk.models import ACCEPTED, DISMISSED, DeskIntake, Device, Suspense
from banksampah.desk.service import booked_otherwise, what_is_told
from banksampah.members.models import Member
from banksampah.members.queries import get_member
from banksampah.statements.queries.documents import Goods
from banksampah.statements.queries.frames import DEPOSIT, WITHDRAWAL, number_of
from banksampah.withdrawals.models import PAID as HANDED_OVER
from banksampah.withdrawals.models import REVERSED as TAKEN_BACK
from banksampah.withdrawals.queries import NoWithdrawal, get_withdrawal

CURRENT: Final = "current"
CHANGED: Final = "changed"
VOID: Final = "void"
PAID: Final = "paid"
"""It lay in Titipan and was handed over in cash."""
AWAITED: Final = "awaited"
"""A phone's paper that has not come in, or that the treasurer has yet to look at."""
SEALED: Final = "sealed"
"""The books up to this entry are those that a statement or minutes were printed from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A document as it stands. *who* is short: whoever holds the paper may look."""

    state: str
    number: str
    kind: str
    who: str = ""
    in_titipan: bool = False
    """Whether it found no open account: *who* has closed, or nobody is matched with it yet."""
    day: date | None = None
    goods: tuple[Goods, ...] = ()
    amount_idr: int | None = None
    changed_on: date | None = None
    told_idr: int | None = None
    """What a phone told the household, where the books have it otherwise."""


def check_document(session: Session, bank_id: int, number: str, tag: str) -> Checked | None:
    """The document with this number (letters and digits) and these digits of its seal, or None."""
    letters = number.rstrip("0123456789")
    if letters == DEPOSIT:
        return _deposit(session, bank_id, int(number[1:]), tag)
    if letters == WITHDRAWAL:
        return _withdrawal(session, bank_id, int(number[1:]), tag)
    return _of_phone(session, bank_id, number, tag)


def check_seal(
    session: Session, bank_id: int, readings: Sequence[codes.SealRead]
) -> Checked | None:
    """The entry whose seal a statement or minutes bear, or None."""
    for seq, tag, _checked in readings:
        if seq < 2**63 and tag_of(session, bank_id, seq) == tag:
            sealed_at = ledger.entry(session, bank_id, seq).recorded_at
            day = day_in(get_bank(session, bank_id).zone, sealed_at)
            return Checked(state=SEALED, number=str(seq), kind="seal", day=day)
    return None


def tag_of(session: Session, bank_id: int, seq: int) -> str | None:
    """The first digits of the seal of entry *seq*, as papers bear them."""
    digits = ledger.find_seal(session, bank_id, seq)
    return digits and digits[: codes.TAG_CHARS].upper()


def _deposit(session: Session, bank_id: int, seq: int, tag: str) -> Checked | None:
    if seq >= 2**63 or tag_of(session, bank_id, seq) != tag:
        return None
    try:
        return _as_it_stands(session, standing(session, bank_id, seq))
    except NoDeposit:  # the seal of an entry of another kind
        return None


def _as_it_stands(session: Session, now: Standing) -> Checked:
    bank_id = now.deposit.bank_id
    member = get_member(session, bank_id, now.member_id)
    names = {m.id: m.label for m in materials_of(session, bank_id, now)}
    changed_at = now.changes[-1].recorded_at if now.changes else None
    state = VOID if now.reversal else CHANGED if changed_at else CURRENT
    lies = None
    who: Member | None = member
    if member.holds_titipan:
        lies = session.get_one(Suspense, (bank_id, now.deposit.seq))
        who = get_member(session, bank_id, lies.member_id) if lies.member_id else None
        if state != VOID and lies.settled_seq is not None:
            state = PAID
            changed_at = ledger.entry(session, bank_id, lies.settled_seq).recorded_at
    return Checked(
        state=state,
        number=number_of(DEPOSIT, now.deposit.seq),
        kind="deposit",
        who=f"{who.short_name} · {who.number}" if who else "",
        in_titipan=lies is not None,
        day=now.deposit.weighed_on,
        goods=tuple(
            Goods(name=names[x.material_id], unit=x.unit, quantity=x.quantity) for x in now.lines
        ),
        amount_idr=now.credited_idr,
        changed_on=changed_at and day_in(get_bank(session, bank_id).zone, changed_at),
    )


def _withdrawal(session: Session, bank_id: int, seq: int, tag: str) -> Checked | None:
    try:
        request = get_withdrawal(session, bank_id, min(seq, 2**63 - 1))
    except NoWithdrawal:
        return None
    if request.state not in (HANDED_OVER, TAKEN_BACK) or request.decided_seq is None:
        return None
    if tag_of(session, bank_id, request.decided_seq) != tag:
        return None
    member = get_member(session, bank_id, request.member_id)
    zone = get_bank(session, bank_id).zone
    return Checked(
        state=VOID if request.state == TAKEN_BACK else CURRENT,
        number=number_of(WITHDRAWAL, seq),
        kind="withdrawal",
        who=f"{member.short_name} · {member.number}",
        day=request.decided_at and day_in(zone, request.decided_at),
        amount_idr=request.paid_idr,
    )


def _of_phone(session: Session, bank_id: int, number: str, tag: str) -> Checked | None:
    """HP02 0037, or from its second epoch on HP02 2 0037: whichever reading the tag fits.

    Awaited only while neither came in: a number that came with another tag is a forgery.
    """
    phones = session.execute(select(Device.id, Device.name).filter_by(bank_id=bank_id)).all()
    for phone in phones:
        rest = number.removeprefix(phone.name)
        if rest == number or len(rest) < 4:
            continue
        shown = "-".join(filter(None, (phone.name, rest[:-4], rest[-4:])))
        came = [
            taken
            for epoch, count in ((1, int(rest)), (int(rest[:-4] or 1), int(rest[-4:])))
            for taken in _taken(session, bank_id, phone.id, epoch, count)
        ]
        if not came:
            return Checked(state=AWAITED, number=shown, kind="deposit")
        for taken in came:
            if taken.record_id[-codes.TAG_CHARS :].upper() == tag:
                return _as_taken(session, taken, shown)
    return None


def _taken(
    session: Session, bank_id: int, device_id: int, epoch: int, number: int
) -> Sequence[DeskIntake]:
    if max(epoch, number) >= 2**31:
        return []
    same = {"bank_id": bank_id, "device_id": device_id, "epoch": epoch, "number": number}
    return session.scalars(select(DeskIntake).filter_by(**same)).all()


def _as_taken(session: Session, taken: DeskIntake, number: str) -> Checked:
    if taken.deposit_seq is not None:
        now = standing(session, taken.bank_id, taken.deposit_seq)
        found = replace(_as_it_stands(session, now), number=number)
        if found.state == CURRENT and booked_otherwise(session, taken, now):
            told_idr = what_is_told(session, taken).total_idr
            return replace(found, state=CHANGED, told_idr=told_idr)
        return found
    gone = taken.cancelled or taken.state in (ACCEPTED, DISMISSED)
    return Checked(state=VOID if gone else AWAITED, number=number, kind="deposit")
