"""What a household takes home: the receipt of a deposit and of a withdrawal."""

from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from banksampah import codes
from banksampah.banks.queries import get_bank
from banksampah.catalog.models import Material
from banksampah.clock import day_in
from banksampah.deposits.models import REVERSED, SEDEKAH, Deposit
from banksampah.deposits.queries import (
    causes,
    meant_for,
    paid_from_titipan,
    savings_before,
    standing,
)
from banksampah.desk.models import DeskIntake, Device
from banksampah.desk.service import as_lines, is_told, what_is_told
from banksampah.errors import NotFound
from banksampah.members.queries import get_member
from banksampah.statements.queries.documents import DepositReceipt, ReceiptLine, WithdrawalReceipt
from banksampah.statements.queries.frames import (
    DEPOSIT,
    WITHDRAWAL,
    holder,
    letterhead,
    name_of,
    number_of,
    seal_of,
)
from banksampah.withdrawals.models import PAID
from banksampah.withdrawals.models import REVERSED as TAKEN_BACK
from banksampah.withdrawals.queries import get_withdrawal


class NoPayment(NotFound):
    code = "payment_not_found"

    def __init__(self, seq: int):
        super().__init__(f"Penarikan {seq} belum dibayar. Kwitansi ada setelah uangnya diserahkan.")


def deposit_receipt(session: Session, bank_id: int, seq: int) -> DepositReceipt:
    """Deposit *seq* as it was weighed, with a notice if it was changed since. Raises NoDeposit."""
    now = standing(session, bank_id, seq)
    deposit = now.deposit
    weighed_for = get_member(session, bank_id, deposit.member_id)
    in_titipan = weighed_for.holds_titipan
    member = meant_for(session, now) if in_titipan else weighed_for
    bank = get_bank(session, bank_id)
    told = _told_by_phone(session, bank_id, seq)
    before_idr = None if in_titipan else savings_before(session, weighed_for, seq)
    last = now.changes[-1] if now.changes else None
    return DepositReceipt(
        bank=letterhead(bank),
        member=holder(member) if member else None,
        seq=seq,
        number=number_of(DEPOSIT, seq),
        phone_number=codes.phone_number(told.name, told.epoch, told.number) if told else "",
        told_idr=_told_idr(session, deposit),
        weighed_on=deposit.weighed_on,
        recorded_at=deposit.recorded_at,
        lines=_lines(session, deposit),
        value_idr=deposit.value_idr,
        credited_idr=deposit.credited_idr,
        before_idr=before_idr,
        after_idr=None if before_idr is None else before_idr + deposit.credited_idr,
        sedekah=deposit.kind == SEDEKAH,
        cause=dict(causes(session, bank_id)).get(deposit.cause_fund_id or 0, ""),
        recorded_by=name_of(session, deposit.recorded_by_id),
        changed_on=day_in(bank.zone, last.recorded_at) if last else None,
        changed_seq=last.seq if last else None,
        reversed=last is not None and last.kind == REVERSED,
        paid_in_cash=paid_from_titipan(session, bank_id, seq),
        seal=seal_of(session, bank_id, seq),
        weighed_at=told.weighed_at if told and told.session_code else None,
    )


def withdrawal_receipt(session: Session, bank_id: int, seq: int) -> WithdrawalReceipt:
    """What was paid on request *seq*. Raises NoPayment until it is."""
    request = get_withdrawal(session, bank_id, seq)
    if request.state not in (PAID, TAKEN_BACK) or request.paid_idr is None:
        raise NoPayment(seq)
    assert request.decided_seq is not None, seq  # what is paid was decided
    assert request.decided_at is not None, seq
    member = get_member(session, bank_id, request.member_id)
    before_idr = savings_before(session, member, request.decided_seq)
    return WithdrawalReceipt(
        bank=letterhead(get_bank(session, bank_id)),
        member=holder(member),
        seq=seq,
        number=number_of(WITHDRAWAL, seq),
        paid_at=request.decided_at,
        method=request.method,
        amount_idr=request.paid_idr,
        before_idr=before_idr,
        after_idr=before_idr - request.paid_idr,
        paid_by=name_of(session, request.decided_by_id),
        reversed=request.state == TAKEN_BACK,
        seal=seal_of(session, bank_id, request.decided_seq),
    )


def _told_by_phone(
    session: Session, bank_id: int, seq: int
) -> Row[str, int, int, datetime, str] | None:
    """The parts of the number that a phone told the household, and when it weighed: that is known
    of records with a session. Others were typed in from what could not be read."""
    return session.execute(
        select(
            Device.name,
            DeskIntake.epoch,
            DeskIntake.number,
            DeskIntake.weighed_at,
            DeskIntake.session_code,
        )
        .join(DeskIntake, (DeskIntake.bank_id == bank_id) & (DeskIntake.device_id == Device.id))
        .where(Device.bank_id == bank_id, DeskIntake.deposit_seq == seq)
    ).first()


def _told_idr(session: Session, deposit: Deposit) -> int | None:
    """What the phone told, where that is not what was booked."""
    which = {"bank_id": deposit.bank_id, "deposit_seq": deposit.seq}
    taken = session.scalar(select(DeskIntake).filter_by(**which))
    if taken is None:
        return None
    known = what_is_told(session, taken)
    return None if is_told(known, as_lines(deposit.lines)) else known.total_idr


def _lines(session: Session, deposit: Deposit) -> tuple[ReceiptLine, ...]:
    wanted = {line.material_id for line in deposit.lines}
    materials = {
        material.id: material
        for material in session.scalars(
            select(Material).where(Material.bank_id == deposit.bank_id, Material.id.in_(wanted))
        )
    }
    return tuple(
        ReceiptLine(
            name=materials[line.material_id].label,
            unit=line.unit,
            quantity=line.quantity,
            price_idr=line.price_idr,
            value_idr=line.value_idr,
        )
        for line in deposit.lines
    )
