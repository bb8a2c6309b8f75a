"""Reads of withdrawals: what may be taken, one request with its outcome, and lists."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from banksampah.banks.queries import setting
from banksampah.clock import day_in
from banksampah.errors import NotFound
from banksampah.members.models import Member
from banksampah.members.queries import standing
from banksampah.withdrawals.models import (
    LAPSED,
    PAID,
    REFUSED,
    REVERSED,
    WAITING,
    Withdrawal,
    WithdrawalOutcome,
)

PAGE_ROWS_MAX = 100
STATES = (WAITING, PAID, REFUSED, LAPSED, REVERSED)


class NoWithdrawal(NotFound):
    code = "withdrawal_not_found"

    def __init__(self, seq: int):
        super().__init__(f"Penarikan {seq} tidak ada. Pilih dari daftar penarikan.")


class Takeable(NamedTuple):
    """What a household has, and what of it can be taken now."""

    balance_idr: int
    held_idr: int
    debt_idr: int
    minimum_balance_idr: int
    minimum_idr: int

    @property
    def available_idr(self) -> int:
        """Posted less held, debt and the minimum balance; never below nothing."""
        spoken_for = self.held_idr + self.debt_idr + self.minimum_balance_idr
        return max(self.balance_idr - spoken_for, 0)


class Listed(NamedTuple):
    """A request with its member and what became of it. *decided_…* are None while it waits."""

    seq: int
    member_id: int
    member_number: str
    member_name: str
    amount_idr: int
    method: str
    requested_by_id: int
    requested_at: datetime
    state: str
    paid_idr: int | None
    decided_seq: int | None
    decided_by_id: int | None
    decided_at: datetime | None
    reversal_seq: int | None
    reversed_by_id: int | None
    reversed_at: datetime | None


def takeable(session: Session, member: Member) -> Takeable:
    """What *member* may withdraw now."""
    now = standing(session, member)
    return Takeable(
        now.balance_idr,
        now.held_idr,
        now.debt_idr,
        setting(session, member.bank_id, "minimum_balance_idr"),
        setting(session, member.bank_id, "withdrawal_minimum_idr"),
    )


def get_withdrawal(session: Session, bank_id: int, seq: int) -> Listed:
    """One request with what became of it. Raises NoWithdrawal."""
    row = session.execute(_listed(bank_id).where(Withdrawal.seq == seq)).first()
    if row is None:
        raise NoWithdrawal(seq)
    return Listed(*row)


def withdrawals(
    session: Session,
    bank_id: int,
    *,
    state: str | None = None,
    member_id: int | None = None,
    before_seq: int | None = None,
    limit: int = PAGE_ROWS_MAX,
) -> list[Listed]:
    """Requests, newest first; *before_seq* goes on after the last one seen."""
    query = _listed(bank_id).order_by(Withdrawal.seq.desc()).limit(limit)
    if state is not None:
        query = query.where(_STATE.in_([state]))
    if member_id is not None:
        query = query.where(Withdrawal.member_id == member_id)
    if before_seq is not None:
        query = query.where(Withdrawal.seq < before_seq)
    return [Listed(*row) for row in session.execute(query)]


def waiting(session: Session, bank_id: int) -> list[Listed]:
    """Requests nobody has decided, the oldest first."""
    query = _listed(bank_id).where(_UNDECIDED).order_by(Withdrawal.seq).limit(PAGE_ROWS_MAX)
    return [Listed(*row) for row in session.execute(query)]


def decided(
    session: Session, bank_id: int, *, before_seq: int | None = None, limit: int = PAGE_ROWS_MAX
) -> list[Listed]:
    """Requests somebody has decided, the newest first."""
    query = _listed(bank_id).where(_DECISION.seq.is_not(None)).order_by(Withdrawal.seq.desc())
    if before_seq is not None:
        query = query.where(Withdrawal.seq < before_seq)
    return [Listed(*row) for row in session.execute(query.limit(limit))]


def count_waiting(session: Session, bank_id: int) -> int:
    """How many requests nobody has decided."""
    query = select(func.count()).select_from(Withdrawal)
    return session.scalar(query.where(Withdrawal.bank_id == bank_id, _UNDECIDED)) or 0


def overdue(session: Session, bank_id: int, zone: str, today: date) -> list[Listed]:
    """Requests that waited longer than the bank lets them, the oldest first."""
    days = int(setting(session, bank_id, "withdrawal_lapse_days"))
    return [
        request for request in waiting(session, bank_id) if _waited(request, zone, today) > days
    ]


def is_overdue(session: Session, bank_id: int, request: Listed, zone: str, today: date) -> bool:
    """Whether the bank lets *request* wait no longer."""
    days = int(setting(session, bank_id, "withdrawal_lapse_days"))
    return _waited(request, zone, today) > days


def _waited(request: Listed, zone: str, today: date) -> int:
    return (today - day_in(zone, request.requested_at)).days


_DECISION = aliased(WithdrawalOutcome)
_REVERSAL = aliased(WithdrawalOutcome)
_STATE: ColumnElement[Any] = case(
    (_REVERSAL.seq.is_not(None), REVERSED),
    (_DECISION.seq.is_not(None), _DECISION.kind),
    else_=WAITING,
)
_UNDECIDED: ColumnElement[bool] = ~exists().where(
    WithdrawalOutcome.bank_id == Withdrawal.bank_id,
    WithdrawalOutcome.withdrawal_seq == Withdrawal.seq,
)


def _listed(bank_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Withdrawal.seq,
            Withdrawal.member_id,
            Member.number,
            Member.name,
            Withdrawal.amount_idr,
            Withdrawal.method,
            Withdrawal.requested_by_id,
            Withdrawal.requested_at,
            _STATE,
            case((_DECISION.kind == PAID, _DECISION.amount_idr)),
            _DECISION.seq,
            _DECISION.decided_by_id,
            _DECISION.decided_at,
            _REVERSAL.seq,
            _REVERSAL.decided_by_id,
            _REVERSAL.decided_at,
        )
        .join(Member, and_(Member.bank_id == Withdrawal.bank_id, Member.id == Withdrawal.member_id))
        .outerjoin(_DECISION, and_(_of_request(_DECISION), _DECISION.kind != REVERSED))
        .outerjoin(_REVERSAL, and_(_of_request(_REVERSAL), _REVERSAL.kind == REVERSED))
        .where(Withdrawal.bank_id == bank_id)
    )


def _of_request(outcome: Any) -> ColumnElement[bool]:
    return and_(outcome.bank_id == Withdrawal.bank_id, outcome.withdrawal_seq == Withdrawal.seq)
