"""JSON API: a member's statement, as figures and as the printed paper; the annex of minutes."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from banksampah import clock
from banksampah.db import db
from banksampah.staff.auth import READERS, current_bank, requires
from banksampah.statements import papers, queries
from banksampah.statements.schemas import (
    LateDepositsOut,
    StatementOut,
    StatementPaperIn,
    StatementPeriodIn,
)

blp = Blueprint(
    "statements_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>",
    description="What moved a member's savings; what minutes of a split name beside it.",
)


@blp.get("/members/<int:member_id>/statement")
@requires(*READERS)
@blp.arguments(StatementPeriodIn, location="query")
@blp.response(200, StatementOut)
def show(period: dict[str, Any], member_id: int) -> queries.Statement:
    """A member's statement.

    Lines go by effective date, then seq. Opening and lines make the closing, always.
    """
    return _statement(member_id, period)


@blp.get("/members/<int:member_id>/statement.pdf")
@requires(*READERS)
@blp.arguments(StatementPaperIn, location="query")
@blp.response(200, content_type="application/pdf", description="The statement, printed")
def show_pdf(period: dict[str, Any], member_id: int) -> Response:
    """A member's statement as a paper (PDF/A-3a) on A4 or F4."""
    paper = period.pop("paper", current_bank().paper)
    printed = papers.print_statement(
        _statement(member_id, period), paper=paper, printed_at=clock.now_utc()
    )
    return papers.as_response(printed)


@blp.get("/splits/<int:seq>/late-deposits")
@requires(*READERS)
@blp.response(200, LateDepositsOut)
def late_deposits(seq: int) -> queries.Minutes:
    """Deposits of a split that were weighed in a time whose split was fixed already.

    As they stood when this split was decided; while it waits, as they stand now.
    """
    return queries.split_minutes(db.session, current_bank().bank_id, seq)


def _statement(member_id: int, period: dict[str, Any]) -> queries.Statement:
    bank = current_bank()
    today = clock.day_in(bank.zone, clock.now_utc())
    return queries.statement(db.session, bank.bank_id, member_id, today=today, **period)
