"""What the pages of withdrawals show: figures gathered for templates."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.banks.queries import setting, settings_in_force
from banksampah.clock import day_in, now_utc
from banksampah.db import db
from banksampah.errors import Refused
from banksampah.ledger import Act, note_of
from banksampah.members.models import Member
from banksampah.members.queries import get_member
from banksampah.money import format_idr
from banksampah.staff.auth import BOOKKEEPERS, WEIGHERS, Staff
from banksampah.staff.queries import names_of
from banksampah.withdrawals import queries, service
from banksampah.withdrawals.models import REVERSED, WAITING
from banksampah.withdrawals.queries import Listed, Takeable

DECIDED_ROWS = 30
QUICK_IDR = (50_000, 100_000)
CHIPS = {WAITING: "pending", REVERSED: "void"}


class NotAllowed(Refused):
    """A volunteer pays what the bank lets them; refusing is the treasurer's."""

    code = "treasurer_needed"
    of_right = True

    def __init__(self) -> None:
        super().__init__("Menolak penarikan hanya untuk bendahara atau ketua.")


def decide(session: Session, act: Act, seq: int, may: bool, *, decision: str, reason: str) -> None:
    """Do what the form says."""
    if decision == "pay":
        service.pay_withdrawal(session, act, seq=seq, may_approve=may)
    elif may:
        service.refuse_withdrawal(session, act, seq=seq, reason=reason)
    else:
        raise NotAllowed()


def asking(member: Member) -> dict[str, Any]:
    """What a household may ask for, with the usual amounts."""
    now = queries.takeable(db.session, member)
    available_idr = now.available_idr
    possible = member.is_open and available_idr >= max(now.minimum_idr, 1)
    quick = [amount for amount in QUICK_IDR if now.minimum_idr <= amount < available_idr]
    limit_idr = setting(db.session, member.bank_id, "approval_limit_withdrawal_idr")
    return {
        "member": member,
        "balance": _figures(now),
        "minimum_idr": now.minimum_idr,
        "possible": possible,
        "quick": [*quick, available_idr],
        "limit_idr": limit_idr,
    }


def _figures(now: Takeable) -> dict[str, int]:
    return {
        "posted_idr": now.balance_idr,
        "held_idr": now.held_idr,
        "debt_idr": now.debt_idr,
        "available_idr": now.available_idr,
    }


def listing(bank: Bank, before_seq: int | None) -> dict[str, Any]:
    """What waits, the oldest first; then what was decided, the newest first."""
    in_force = settings_in_force(db.session, bank.bank_id)
    days = int(in_force["withdrawal_lapse_days"].value)
    today = day_in(bank.zone, now_utc())
    waiting = queries.waiting(db.session, bank.bank_id)
    decided = queries.decided(
        db.session, bank.bank_id, before_seq=before_seq, limit=DECIDED_ROWS + 1
    )
    names = names_of(db.session, {request.requested_by_id for request in waiting})
    more = len(decided) > DECIDED_ROWS
    shown = [
        request._asdict()
        | {
            "requested_by_name": names.get(request.requested_by_id, _("Layanan")),
            "lapses_on": _lapses_on(bank, request, days),
        }
        for request in waiting
    ]
    return {
        "waiting": shown,
        "overdue_count": sum(request["lapses_on"] < today for request in shown),
        "decided": [_decided(bank, request) for request in decided[:DECIDED_ROWS]],
        "next_href": f"?sebelum={decided[DECIDED_ROWS - 1].seq}" if more else "",
        "limit_idr": in_force["approval_limit_withdrawal_idr"].value,
    }


def _lapses_on(bank: Bank, request: Listed, days: int) -> date:
    return day_in(bank.zone, request.requested_at) + timedelta(days=days)


def _decided(bank: Bank, request: Listed) -> dict[str, Any]:
    at = request.decided_at or request.requested_at
    return request._asdict() | {
        "state": CHIPS.get(request.state, request.state),
        "on": day_in(bank.zone, at),
        "amount_idr": request.paid_idr or request.amount_idr,
    }


def one(bank: Bank, request: Listed, staff: Staff) -> dict[str, Any]:
    """One request: the household's money, the decision, and whether this person may decide."""
    member = get_member(db.session, bank.bank_id, request.member_id)
    in_force = settings_in_force(db.session, bank.bank_id)
    ids = {request.requested_by_id, request.decided_by_id or 0, request.reversed_by_id or 0}
    names = names_of(db.session, ids)
    lapses_on = _lapses_on(bank, request, int(in_force["withdrawal_lapse_days"].value))
    limit_idr = int(in_force["approval_limit_withdrawal_idr"].value)
    alone = bool(in_force["one_person_only"].value)
    why_not = _why_not(request, staff, limit_idr, alone)
    if lapses_on < day_in(bank.zone, now_utc()):
        why_not = _("Waktunya sudah lewat. Uangnya bebas lagi setelah dilepas di daftar penarikan.")
    return {
        "withdrawal": request._asdict()
        | {
            "state": CHIPS.get(request.state, request.state),
            "requested_by_name": names.get(request.requested_by_id, _("Layanan")),
            "lapses_on": lapses_on,
        },
        "member": member,
        "balance": _figures(queries.takeable(db.session, member)),
        "decision": _decision(bank, request, names),
        "may_decide": request.state == WAITING and not why_not,
        "may_refuse": request.state == WAITING and staff.may(*BOOKKEEPERS),
        "may_reverse": request.state == "paid" and staff.may(*BOOKKEEPERS),
        "why_not": why_not,
    }


def _why_not(request: Listed, staff: Staff, limit_idr: int, alone: bool) -> str:
    """Why this person may not pay it; empty when they may. The verb decides again."""
    if not staff.may(*WEIGHERS):
        return str(_("Pengawas membaca semua dan tidak mengubah apa pun."))
    if request.amount_idr <= limit_idr:
        return ""
    other = staff.user_id != request.requested_by_id
    if staff.may(*BOOKKEEPERS) and (other or alone):
        return ""
    return str(
        _(
            "Di atas %(limit)s, pencatat dan pembayar harus dua orang. "
            "Bendahara atau ketua yang lain membayarnya.",
            limit=format_idr(limit_idr),
        )
    )


def _decision(bank: Bank, request: Listed, names: dict[int, str]) -> dict[str, Any] | None:
    if request.decided_at is None or request.decided_seq is None:
        return None
    undone = request.reversed_at is not None
    at = request.reversed_at or request.decided_at
    by_id = request.reversed_by_id if undone else request.decided_by_id
    seq = request.reversal_seq or request.decided_seq
    return {
        "on": day_in(bank.zone, at),
        "by_name": names.get(by_id or 0, _("Layanan")),
        "reason": note_of(db.session, bank.bank_id, seq) or "",
        "paid_idr": request.paid_idr,
    }
