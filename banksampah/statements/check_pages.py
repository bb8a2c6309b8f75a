"""The page that tells whether a paper is genuine: for anyone who holds one, without signing in."""

from typing import Any

from flask import Blueprint, render_template, request

from banksampah import clock, codes
from banksampah.db import db, transaction
from banksampah.members.gate import enter_bank
from banksampah.staff.attempts import TooManyAttempts, check_and_count
from banksampah.staff.auth import public
from banksampah.statements.queries import Checked, check_document, check_seal
from banksampah.web.guards import caller

check_bp = Blueprint("check", __name__)

WINDOW_S, PER_ADDRESS = 15 * 60, 120
"""A village may share an address; a tag has four thousand million values."""


@check_bp.get("/periksa")
@public
def form(slug: str) -> Any:
    """The field for a code, and what the code in it stands for."""
    return _page(slug, request.args.get("kode", ""))


@check_bp.get("/v/<code>")
@public
def scanned(slug: str, code: str) -> Any:
    """What the QR code on a paper opens."""
    return _page(slug, code)


def _page(slug: str, code: str) -> Any:
    bank, typed = enter_bank(slug), code.strip()[:60]
    answer: dict[str, Any] = {"state": "", "found": None}
    status = 200
    if typed:
        try:
            seals = codes.read_seal(typed)
            found = _find(bank.bank_id, typed, seals)
            missing = "unsure" if seals and not seals[0].checked else "none"
            answer = {"state": found.state if found else missing, "found": found}
            status = 200 if found else 404
        except codes.Mistyped:
            answer["state"], status = "mistyped", 422
        except TooManyAttempts as error:
            answer["state"], status = error.message, 429
    return render_template("statements/check.html", bank=bank, code=typed, **answer), status


def _find(bank_id: int, typed: str, seals: list[codes.SealRead]) -> Checked | None:
    """The document or seal, once this look is counted: codes are not to be tried out one by one.

    Raises Mistyped, which is no look.
    """
    document = None if seals else codes.read_code(typed)
    with transaction(bank_id) as session:
        wait_s = check_and_count(
            session, "check.address", caller(),
            at=clock.now_utc(), limit=PER_ADDRESS, window_s=WINDOW_S,
        )  # fmt: skip
    if wait_s:
        raise TooManyAttempts(wait_s)
    if document is None:
        return check_seal(db.session, bank_id, seals)
    return check_document(db.session, bank_id, *document)
