"""The JSON API of withdrawals."""

from typing import Any

from flask_smorest import Blueprint

from banksampah.db import db, transaction
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    WEIGHERS,
    act,
    current_bank,
    current_staff,
    requires,
)
from banksampah.withdrawals import queries, service
from banksampah.withdrawals.models import Withdrawal
from banksampah.withdrawals.queries import Listed
from banksampah.withdrawals.schemas import (
    LapsedOut,
    WithdrawalIn,
    WithdrawalOut,
    WithdrawalPaymentIn,
    WithdrawalReasonIn,
    WithdrawalsOut,
    WithdrawalsQuery,
    WithdrawalStateOut,
)

blp = Blueprint(
    "withdrawals_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>/withdrawals",
    description="Money households ask for: held first, then paid or refused.",
)


@blp.post("")
@requires(*WEIGHERS)
@blp.arguments(WithdrawalIn)
@blp.response(201, WithdrawalOut)
def create(withdrawal: dict[str, Any]) -> Withdrawal:
    """Ask for money: it is held on the household's savings until somebody decides."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.request_withdrawal(session, asked, **withdrawal)


@blp.get("")
@requires(*READERS)
@blp.arguments(WithdrawalsQuery, location="query")
@blp.response(200, WithdrawalsOut)
def index(which: dict[str, Any]) -> dict[str, Any]:
    """Requests, newest first."""
    limit = which.pop("limit")
    items = queries.withdrawals(
        db.session,
        current_bank().bank_id,
        before_seq=which.pop("cursor"),
        limit=limit + 1,
        **which,
    )
    more = len(items) > limit
    return {"items": items[:limit], "next_cursor": items[limit - 1].seq if more else None}


@blp.get("/<int:seq>")
@requires(*READERS)
@blp.response(200, WithdrawalStateOut)
def show(seq: int) -> Listed:
    """A request and what became of it."""
    return queries.get_withdrawal(db.session, current_bank().bank_id, seq)


@blp.post("/<int:seq>/payment")
@requires(*WEIGHERS)
@blp.arguments(WithdrawalPaymentIn)
@blp.response(201, WithdrawalStateOut)
def pay(payment: dict[str, Any], seq: int) -> Listed:
    """Pay a request. Above the bank's limit a second person pays: treasurer or chair."""
    asked = act()
    may = current_staff().may(*BOOKKEEPERS)
    with transaction(asked.bank_id, asked.key) as session:
        return service.pay_withdrawal(session, asked, seq=seq, may_approve=may, **payment)


@blp.post("/<int:seq>/refusal")
@requires(*BOOKKEEPERS)
@blp.arguments(WithdrawalReasonIn)
@blp.response(201, WithdrawalStateOut)
def refuse(why: dict[str, str], seq: int) -> Listed:
    """Refuse a request: the money is free again."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.refuse_withdrawal(session, asked, seq=seq, **why)


@blp.post("/<int:seq>/reversal")
@requires(*BOOKKEEPERS)
@blp.arguments(WithdrawalReasonIn)
@blp.response(201, WithdrawalStateOut)
def reverse(why: dict[str, str], seq: int) -> Listed:
    """Take a payment back: box and savings hold it again."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.reverse_withdrawal(session, asked, seq=seq, **why)


@blp.post("/lapses")
@requires(*BOOKKEEPERS)
@blp.response(201, LapsedOut)
def lapse() -> dict[str, Any]:
    """Free the money of requests that waited too long."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return {"lapsed": service.lapse_withdrawals(session, asked)}
