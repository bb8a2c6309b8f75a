"""The JSON API of funds, rules and splits."""

from datetime import date
from typing import Any

from flask_smorest import Blueprint

from banksampah.db import db, transaction
from banksampah.splits import queries, service
from banksampah.splits.models import Split, SplitRule
from banksampah.splits.queries import Weight
from banksampah.splits.schemas import (
    ApprovalIn,
    FundIn,
    FundOut,
    FundsOut,
    PresetIn,
    PreviewIn,
    PreviewOut,
    ProposalIn,
    ReasonIn,
    RuleIn,
    RuleOut,
    RulesOut,
    SplitOut,
    SplitsOut,
    SplitsQuery,
)
from banksampah.staff.auth import BOOKKEEPERS, READERS, act, current_bank, requires

blp = Blueprint(
    "splits_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>",
    description="How the proceeds are divided among the funds.",
)
KEYLESS = {"x-keyless": True}  # writes nothing


@blp.get("/funds")
@requires(*READERS)
@blp.response(200, FundsOut)
def funds() -> dict[str, Any]:
    """The funds and what they hold."""
    return {"items": queries.fund_balances(db.session, current_bank().bank_id)}


@blp.post("/funds")
@requires(*BOOKKEEPERS)
@blp.arguments(FundIn)
@blp.response(201, FundOut)
def open_fund(fund: dict[str, str]) -> queries.FundBalance:
    """Open a fund: a named cause or another purse."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        opened = service.open_fund(session, asked, **fund)
        return queries.balance_of(session, opened)


@blp.get("/split-rules")
@requires(*READERS)
@blp.response(200, RulesOut)
def rules() -> dict[str, Any]:
    """Rule versions, the newest day first."""
    return {"items": queries.rules(db.session, current_bank().bank_id)}


@blp.post("/split-rules")
@requires(*BOOKKEEPERS)
@blp.arguments(RuleIn)
@blp.response(201, RuleOut)
def set_rule(rule: dict[str, Any]) -> SplitRule:
    """Make a new version of a rule, from a day on."""
    asked = act()
    lines = [(line["fund_id"], line["weight_ppm"]) for line in rule.pop("lines")]
    with transaction(asked.bank_id, asked.key) as session:
        return service.set_rule(session, asked, lines=lines, **rule)


@blp.post("/split-rules/preview")
@requires(*READERS)
@blp.doc(**KEYLESS)
@blp.arguments(PreviewIn)
@blp.response(200, PreviewOut)
def preview(trial: dict[str, Any]) -> dict[str, Any]:
    """Try weights on an amount: every part with its explanation. Writes nothing."""
    weights = [
        Weight(line["fund_id"], line["weight_ppm"], place)
        for place, line in enumerate(trial["lines"], start=1)
    ]
    bank_id = current_bank().bank_id
    return trial | {"lines": service.preview(db.session, bank_id, trial["amount_idr"], weights)}


@blp.post("/split-presets")
@requires(*BOOKKEEPERS)
@blp.arguments(PresetIn)
@blp.response(201, RuleOut)
def apply_preset(chosen: dict[str, Any]) -> SplitRule:
    """Adopt a preset: the household's share and the rule for the sale, from a day on."""
    asked = act()
    name: str = chosen["preset"]
    valid_from: date = chosen["valid_from"]
    with transaction(asked.bank_id, asked.key) as session:
        return service.apply_preset(session, asked, preset=name, valid_from=valid_from)


@blp.get("/splits")
@requires(*READERS)
@blp.arguments(SplitsQuery, location="query")
@blp.response(200, SplitsOut)
def index(which: dict[str, Any]) -> dict[str, Any]:
    """Proposals: newest first, or those that wait, oldest first."""
    limit = which["limit"]
    items = queries.splits(
        db.session,
        current_bank().bank_id,
        pending=which["pending"],
        cursor=which["cursor"],
        limit=limit + 1,
    )
    more = len(items) > limit
    return {"items": items[:limit], "next_cursor": items[limit - 1].seq if more else None}


@blp.get("/splits/<int:seq>")
@requires(*READERS)
@blp.response(200, SplitOut)
def show(seq: int) -> Split:
    """One proposal, line by line."""
    return queries.get_split(db.session, current_bank().bank_id, seq)


@blp.post("/splits/<int:seq>/approval")
@requires(*BOOKKEEPERS)
@blp.arguments(ApprovalIn)
@blp.response(201, SplitOut)
def approve(shown: dict[str, str], seq: int) -> Split:
    """Approve exactly the lines that were shown."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.approve(session, asked, split_seq=seq, **shown)


@blp.post("/splits/<int:seq>/rejection")
@requires(*BOOKKEEPERS)
@blp.arguments(ReasonIn)
@blp.response(201, SplitOut)
def reject(why: dict[str, str], seq: int) -> Split:
    """Reject a proposal with a reason."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.reject(session, asked, split_seq=seq, **why)


@blp.post("/splits/<int:seq>/reversal")
@requires(*BOOKKEEPERS)
@blp.arguments(ReasonIn)
@blp.response(201, SplitOut)
def reverse(why: dict[str, str], seq: int) -> Split:
    """Undo an approval."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.reverse_split(session, asked, split_seq=seq, **why)


@blp.post("/splits/<int:seq>/proposals")
@requires(*BOOKKEEPERS)
@blp.arguments(ProposalIn)
@blp.response(201, SplitOut)
def propose_again(asked_for: dict[str, Any], seq: int) -> Split:
    """Propose anew after a rejection or an undone approval."""
    asked = act()
    chosen = {x["origin"]: (x["rule_id"], x["version"]) for x in asked_for.get("rules", ())}
    typed = [service.Typed(**part) for part in asked_for.get("lines", ())]
    with transaction(asked.bank_id, asked.key) as session:
        return service.propose_again(
            session, asked, split_seq=seq, reason=asked_for["reason"], chosen=chosen, typed=typed
        )
