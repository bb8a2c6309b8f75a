"""The books as JSON: proof, trial balance, journal."""

from typing import Any

from flask_smorest import Blueprint

from banksampah import ledger
from banksampah.db import db
from banksampah.reports.queries.proof import prove, prove_fully
from banksampah.reports.queries.trial import trial_balance_on
from banksampah.reports.schemas import (
    EntriesIn,
    EntriesOut,
    EntryOut,
    ProofIn,
    ProofOut,
    TrialBalanceIn,
    TrialBalanceOut,
)
from banksampah.staff.auth import READERS, current_bank, requires

blp = Blueprint(
    "reports_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>",
    description="The books: proof, trial balance, journal.",
)


@blp.get("/proof")
@requires(*READERS)
@blp.arguments(ProofIn, location="query")
@blp.response(200, ProofOut)
def proof(query: dict[str, Any]) -> dict[str, Any]:
    """Prove the books: sums that must agree, from balances or from every entry."""
    bank_id = current_bank().bank_id
    proven = (prove_fully if query["full"] else prove)(db.session, bank_id)
    return {
        "bank_id": bank_id,
        "entries_count": proven.entries_count,
        "since": proven.since,
        "head_seal": ledger.find_seal(db.session, bank_id, proven.entries_count),
        "ok": not proven.failed_count,
        "full": query["full"],
        "checks": proven.checks,
        "faults": proven.faults,
    }


@blp.get("/trial-balance")
@requires(*READERS)
@blp.arguments(TrialBalanceIn, location="query")
@blp.response(200, TrialBalanceOut)
def trial_balance(query: dict[str, Any]) -> dict[str, Any]:
    """Every account's balance now or at the end of a day, debits and credits apart."""
    return trial_balance_on(db.session, current_bank().bank_id, query["on"])


@blp.get("/entries")
@requires(*READERS)
@blp.arguments(EntriesIn, location="query")
@blp.response(200, EntriesOut)
def entries(query: dict[str, Any]) -> dict[str, Any]:
    """The journal in its own order, a page at a time."""
    bank_id, limit = current_bank().bank_id, query["limit"]
    page = ledger.entries(db.session, bank_id, after_seq=query["cursor"], limit=limit)
    more = len(page) == limit and page[-1].seq < ledger.head_seq(db.session, bank_id)
    return {"items": page, "next_cursor": page[-1].seq if more else None}


@blp.get("/entries/<int:seq>")
@requires(*READERS)
@blp.response(200, EntryOut)
def entry(seq: int) -> ledger.Entry:
    """One entry with its legs."""
    return ledger.entry(db.session, current_bank().bank_id, seq)
