"""The JSON API of deposits."""

from dataclasses import replace
from typing import Any, cast

from flask_smorest import Blueprint

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.deposits import queries, service
from banksampah.deposits.models import DepositChange
from banksampah.deposits.schemas import (
    DepositBatchIn,
    DepositBatchOut,
    DepositChangeOut,
    DepositHouseholdIn,
    DepositIn,
    DepositOut,
    DepositPriceIn,
    DepositReversalIn,
    DepositsOut,
    DepositsPendingOut,
    DepositsPricedOut,
    DepositsQuery,
    DepositStandingOut,
    DepositWeightIn,
    Unreadable,
)
from banksampah.ledger import Act
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    WEIGHERS,
    act,
    current_bank,
    current_staff,
    requires,
)
from banksampah.web.errors import problem_of
from banksampah.web.forms import flat_errors

blp = Blueprint(
    "deposits_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>/deposits",
    description="Goods weighed in, and what is put right later.",
)


KEYLESS = {"x-keyless": True}  # each record of a batch has its own


@blp.post("")
@requires(*WEIGHERS)
@blp.arguments(DepositIn())  # made once: the desk's busiest route
@blp.response(201, DepositOut)
def create(deposit: dict[str, Any]) -> queries.Recorded:
    """Record a deposit."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.record_deposit(session, asked, **deposit)


@blp.post("/batch")
@requires(*WEIGHERS)
@blp.arguments(DepositBatchIn())
@blp.doc(**KEYLESS)
@blp.response(200, DepositBatchOut)
def create_many(batch: dict[str, Any]) -> dict[str, Any]:
    """Record up to 20 deposits in one go, each by itself: one refused spoils no other."""
    bank, at = current_bank(), clock.now_utc()
    own = Act(bank.bank_id, "", current_staff().user_id, at, clock.day_in(bank.zone, at))
    wishes = [_wish(own, one) for one in batch["records"] if not isinstance(one, Unreadable)]
    outcomes: list[service.Outcome] = []
    if wishes:
        with transaction(bank.bank_id, *(wish.act.key for wish in wishes)) as session:
            outcomes = service.record_deposits(session, wishes)
    became = map(_became, wishes, outcomes)
    return {
        "records": [
            _unreadable(one) if isinstance(one, Unreadable) else next(became)
            for one in batch["records"]
        ]
    }


@blp.get("")
@requires(*READERS)
@blp.arguments(DepositsQuery, location="query")
@blp.response(200, DepositsOut)
def index(which: dict[str, Any]) -> dict[str, Any]:
    """Deposits, newest first."""
    limit = which.pop("limit")
    items = queries.deposits(
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
@blp.response(200, DepositStandingOut)
def show(seq: int) -> dict[str, Any]:
    """A deposit as it counts today, with everything that happened to it."""
    now = queries.standing(db.session, current_bank().bank_id, seq)
    return {
        "deposit": now.deposit,
        "member_id": now.member_id,
        "value_idr": now.value_idr,
        "credited_idr": now.credited_idr,
        "pending_count": now.pending_count,
        "reversed": now.reversal is not None,
        "lines": now.lines,
        "changes": now.changes,
    }


@blp.post("/<int:seq>/reversal")
@requires(*WEIGHERS)
@blp.arguments(DepositReversalIn)
@blp.response(201, DepositChangeOut)
def reverse(why: dict[str, Any], seq: int) -> DepositChange:
    """Undo a deposit by its exact mirror. Operators: their own, on the same day."""
    asked = act()
    may = current_staff().may(*BOOKKEEPERS)
    with transaction(asked.bank_id, asked.key) as session:
        mirror = service.reverse_deposit(session, asked, seq=seq, as_treasurer=may, **why)
        return queries.get_change(session, asked.bank_id, mirror)


@blp.post("/<int:seq>/price-correction")
@requires(*BOOKKEEPERS)
@blp.arguments(DepositPriceIn)
@blp.response(201, DepositChangeOut)
def correct_price(right: dict[str, Any], seq: int) -> DepositChange:
    """Give a line another price, where the goods are gone and no mirror is possible."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.correct_price(session, asked, seq=seq, **right)


@blp.post("/<int:seq>/weight-correction")
@requires(*BOOKKEEPERS)
@blp.arguments(DepositWeightIn)
@blp.response(201, DepositChangeOut)
def correct_weight(right: dict[str, Any], seq: int) -> DepositChange:
    """Give a line another quantity, where the goods are gone and no mirror is possible."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.correct_weight(session, asked, seq=seq, **right)


@blp.post("/<int:seq>/household-correction")
@requires(*BOOKKEEPERS)
@blp.arguments(DepositHouseholdIn)
@blp.response(201, DepositChangeOut)
def correct_household(right: dict[str, Any], seq: int) -> DepositChange:
    """Move a deposit to the right household, where no mirror is possible."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.correct_household(session, asked, seq=seq, **right)


@blp.get("/pending")
@requires(*READERS)
@blp.response(200, DepositsPendingOut)
def pending() -> dict[str, Any]:
    """Lines whose price is still to come."""
    return {"items": queries.pending_lines(db.session, current_bank().bank_id)}


@blp.post("/pricing")
@requires(*BOOKKEEPERS)
@blp.response(201, DepositsPricedOut)
def price_pending() -> dict[str, Any]:
    """Credit the lines that have a price by now, up to 500 deposits at a time."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return {"deposits": service.price_pending_lines(session, asked)}


def _wish(batch: Act, record: dict[str, Any]) -> service.Wish:
    own = replace(batch, key=record.pop("key"))
    member_id, lines = record.pop("member_id"), record.pop("lines")
    return service.Wish(own, member_id, lines, cast(service.Terms, record))


def _became(wish: service.Wish, outcome: service.Outcome) -> dict[str, Any]:
    state = "refused" if outcome.refusal else "already_there" if outcome.again else "accepted"
    problem = problem_of(outcome.refusal) if outcome.refusal else None
    return {"key": wish.act.key, "state": state, "deposit": outcome.deposit, "problem": problem}


def _unreadable(record: Unreadable) -> dict[str, Any]:
    errors = {".".join(path) or "record": told for path, told in flat_errors(record.messages)}
    problem = problem_of(service.RecordUnreadable(errors))
    return {"key": record.key, "state": "refused", "deposit": None, "problem": problem}
