"""The books as JSON: proof, trial balance, journal; a bank's month, a kelurahan's month."""

from datetime import date
from typing import Any

from flask_smorest import Blueprint

from banksampah import clock, ledger
from banksampah.db import db
from banksampah.reports.queries.comparing import compared
from banksampah.reports.queries.month import MonthReport, month_report
from banksampah.reports.queries.proof import prove, prove_fully
from banksampah.reports.queries.region import (
    Region,
    RegionMonth,
    readable,
    region_month,
    regions_of,
)
from banksampah.reports.queries.trial import trial_balance_on
from banksampah.reports.schemas import (
    ComparisonOut,
    EntriesIn,
    EntriesOut,
    EntryOut,
    MonthIn,
    MonthOut,
    ProofIn,
    ProofOut,
    RegionMonthIn,
    RegionMonthOut,
    RegionsOut,
    TrialBalanceIn,
    TrialBalanceOut,
)
from banksampah.staff.auth import READERS, current_bank, current_staff, requires, signed_in
from banksampah.stock.queries import card_period
from banksampah.stock.schemas import PeriodIn

blp = Blueprint(
    "reports_api",
    __name__,
    url_prefix="/api/v1",
    description="The books: proof, trial balance, journal, reports.",
)


@blp.get("/banks/<int:bank_id>/proof")
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


@blp.get("/banks/<int:bank_id>/trial-balance")
@requires(*READERS)
@blp.arguments(TrialBalanceIn, location="query")
@blp.response(200, TrialBalanceOut)
def trial_balance(query: dict[str, Any]) -> dict[str, Any]:
    """Every account's balance now or at the end of a day, debits and credits apart."""
    return trial_balance_on(db.session, current_bank().bank_id, query["on"])


@blp.get("/banks/<int:bank_id>/entries")
@requires(*READERS)
@blp.arguments(EntriesIn, location="query")
@blp.response(200, EntriesOut)
def entries(query: dict[str, Any]) -> dict[str, Any]:
    """The journal in its own order, a page at a time."""
    bank_id, limit = current_bank().bank_id, query["limit"]
    page = ledger.entries(db.session, bank_id, after_seq=query["cursor"], limit=limit)
    more = len(page) == limit and page[-1].seq < ledger.head_seq(db.session, bank_id)
    return {"items": page, "next_cursor": page[-1].seq if more else None}


@blp.get("/banks/<int:bank_id>/entries/<int:seq>")
@requires(*READERS)
@blp.response(200, EntryOut)
def entry(seq: int) -> ledger.Entry:
    """One entry with its legs."""
    return ledger.entry(db.session, current_bank().bank_id, seq)


@blp.get("/banks/<int:bank_id>/month")
@requires(*READERS)
@blp.arguments(MonthIn, location="query")
@blp.response(200, MonthOut)
def month(query: dict[str, Any]) -> MonthReport:
    """A month of the bank: goods in and sold, stock, households, savings. By effective date."""
    bank = current_bank()
    asked = query.get("month") or clock.day_in(bank.zone, clock.now_utc())
    return month_report(db.session, bank.bank_id, asked)


@blp.get("/banks/<int:bank_id>/comparison")
@requires(*READERS)
@blp.arguments(PeriodIn, location="query")
@blp.response(200, ComparisonOut)
def comparison(query: dict[str, date]) -> dict[str, Any]:
    """Weighed in, sold, lost and left of each material over a period."""
    bank = current_bank()
    today = clock.day_in(bank.zone, clock.now_utc())
    since, until = card_period(today, query.get("since"), query.get("until"))
    rows = compared(db.session, bank.bank_id, since, until)
    return {"since": since, "until": until, "lines": rows}


@blp.get("/regions")
@signed_in
@blp.response(200, RegionsOut)
def regions() -> dict[str, list[Region]]:
    """The kelurahan whose sums this person may read."""
    return {"items": regions_of(db.session, current_staff().user_id)}


@blp.get("/regions/month")
@signed_in
@blp.arguments(RegionMonthIn, location="query")
@blp.response(200, RegionMonthOut)
def month_of_region(query: dict[str, Any]) -> RegionMonth:
    """A month of all banks of a kelurahan, in sums: no bank and no household is shown."""
    asked = query.pop("month", None) or clock.now_utc().date()
    region = readable(db.session, current_staff().user_id, Region(**query))
    return region_month(db.session, region, asked)
