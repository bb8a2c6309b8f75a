"""The household's own door: number and PIN, a signed cookie for half an hour, one page.

Nothing of it is kept in the database: the cookie names the member and ends with the PIN.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.queries import find_bank_by_slug
from banksampah.db import db, transaction, use_bank
from banksampah.errors import Refused
from banksampah.members.models import Member
from banksampah.members.queries import normal_number
from banksampah.members.service import pin_is_right
from banksampah.staff.attempts import check_and_count, forget

P = ParamSpec("P")
R = TypeVar("R")

HOUSEHOLD = frozenset({"household"})
COOKIE = "saldo"
LIFE_S = 30 * 60
WINDOW_S = 15 * 60
PER_NUMBER, PER_ADDRESS = 5, 60


class WrongPin(Refused):
    """Number and PIN do not belong together; which of the two is wrong stays untold."""

    code = "wrong_pin"

    def __init__(self) -> None:
        super().__init__("Nomor dan PIN tidak cocok. Periksa di buku tabungan.", field="pin")


def enter_bank(slug: str) -> Bank:
    """Choose the bank of the address for a page that no staff member opens. 404 if unknown."""
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        abort(404)
    g.bank, g.zone = bank, bank.zone
    use_bank(db.session, bank.bank_id)
    return bank


def household(view: Callable[P, R]) -> Callable[..., R]:
    """Let in the household that gave its number and PIN; others to the form. Takes `slug` away.

    Inside, `current_member()` is the member and `staff.auth.current_bank()` the bank.
    """

    @wraps(view)
    def guarded(*args: Any, slug: str, **kwargs: Any) -> R:
        bank = enter_bank(slug)
        member = _member_of_cookie(bank)
        if member is None:
            abort(redirect(url_for("members.own_sign_in", slug=slug), 303))
        g.member = member
        return view(*args, **kwargs)

    guarded.access = HOUSEHOLD  # type: ignore[attr-defined]
    return guarded


def current_member() -> Member:
    """The member whose household is looking."""
    return g.member  # type: ignore[no-any-return]


def sign_in(bank: Bank, number: str, pin: str) -> Member:
    """The member with this number and PIN.

    Attempts are counted first, by number and by address, and unknown numbers cost the same.
    Raises TooManyAttempts, WrongPin.
    """
    at, key = clock.now_utc(), f"{bank.bank_id}:{normal_number(number).lstrip('0')}"
    with transaction(bank.bank_id) as session:
        address = request.remote_addr or "-"
        check_and_count(
            session, "member.address", address, at=at, limit=PER_ADDRESS, window_s=WINDOW_S
        )
        check_and_count(session, "member.number", key, at=at, limit=PER_NUMBER, window_s=WINDOW_S)
    member = pin_is_right(db.session, bank.bank_id, number, pin)
    if member is None:
        raise WrongPin()
    with transaction(bank.bank_id) as session:
        forget(session, "member.number", key)
    return member


def remember(answer: Response, member: Member) -> Response:
    """Let this browser see the member's page for half an hour."""
    answer.set_cookie(
        COOKIE,
        _signer().dumps([member.bank_id, member.id, _mark(member)]),
        max_age=LIFE_S,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]) or request.is_secure,
    )
    return answer


def forget_browser(answer: Response) -> Response:
    """Close the page in this browser."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return answer


def _member_of_cookie(bank: Bank) -> Member | None:
    try:
        bank_id, member_id, mark = _signer().loads(request.cookies.get(COOKIE, ""), max_age=LIFE_S)
    except (BadSignature, ValueError, TypeError):
        return None
    member = db.session.get(Member, (bank_id, member_id)) if bank_id == bank.bank_id else None
    return member if member is not None and member.is_open and _mark(member) == mark else None


def _mark(member: Member) -> str:
    """Changes with the PIN, and tells nothing of it."""
    return hashlib.sha256((member.pin_hash or "").encode()).hexdigest()[:16]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="member")
