"""The household's own door: number and PIN, half an hour at most, one page.

The cookie holds a secret whose hash is kept in `member_session`: signing out, a new PIN and
closing the account end it there, whatever the browser keeps.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g, redirect, url_for
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.queries import find_bank_by_slug
from banksampah.db import db, transaction, use_bank
from banksampah.errors import Refused
from banksampah.members.models import Member
from banksampah.members.queries import normal_number
from banksampah.members.service import (
    SESSION_LIFE,
    find_session,
    open_session,
    pin_is_right,
    sign_out,
    touch_session,
)
from banksampah.staff.attempts import TooManyAttempts, check_and_count, forget
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.watch import note, tell
from banksampah.web import cookies
from banksampah.web.guards import caller

P = ParamSpec("P")
R = TypeVar("R")

HOUSEHOLD = frozenset({"household"})
COOKIE = "saldo"
TOUCH_EVERY = timedelta(minutes=1)
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


def sign_in(bank: Bank, number: str, pin: str) -> str:
    """The secret of a new session for the member with this number and PIN.

    Attempts are counted first, by number and by address, and unknown numbers cost the same.
    Raises TooManyAttempts, WrongPin.
    """
    at, key = clock.now_utc(), f"{bank.bank_id}:{normal_number(number).lstrip('0')}"
    _count(bank.bank_id, key, at)
    member = pin_is_right(db.session, bank.bank_id, number, pin)
    if member is None:
        tell("member.sign_in.failed", f"bank {bank.bank_id}", bank_id=bank.bank_id)
        raise WrongPin()
    with transaction(bank.bank_id) as session:
        forget(session, "member.number", key)
        secret = open_session(session, member, at)
    _note("member.sign_in", member)
    return secret


def remember(answer: Response, secret: str) -> Response:
    """Let this browser see the member's page for half an hour."""
    cookies.give(answer, COOKIE, secret, life_s=int(SESSION_LIFE.total_seconds()))
    return answer


def leave(bank: Bank, answer: Response) -> Response:
    """Close the page in this browser, and for whoever copied its cookie."""
    if secret := cookies.read(COOKIE):
        with transaction(bank.bank_id) as session:
            member = sign_out(session, bank.bank_id, secret)
        if member is not None:
            _note("member.sign_out", member)
    cookies.take_back(answer, COOKIE)
    return answer


def _count(bank_id: int, key: str, at: datetime) -> None:
    address = caller()
    with transaction(bank_id) as session:
        waits = {
            address: check_and_count(
                session, "member.address", address, at=at, limit=PER_ADDRESS, window_s=WINDOW_S
            ),
            key: check_and_count(
                session, "member.number", key, at=at, limit=PER_NUMBER, window_s=WINDOW_S
            ),
        }
    for cause, wait_s in waits.items():
        if wait_s:
            tell("member.sign_in.locked", cause, bank_id=bank_id)
            raise TooManyAttempts(wait_s)


def _member_of_cookie(bank: Bank) -> Member | None:
    secret, at = cookies.read(COOKIE), clock.now_utc()
    found = find_session(db.session, bank.bank_id, secret, at) if secret else None
    if found is None:
        return None
    member, seen_at = found
    if seen_at <= at - TOUCH_EVERY:
        with transaction(bank.bank_id) as session:
            touch_session(session, bank.bank_id, secret, at)
    return member


def _note(kind: str, member: Member) -> None:
    bank_id, member_id = member.bank_id, member.id  # a member of this bank is not seen from there
    with transaction(INSTALLATION):
        note(kind, bank_id=bank_id, member_id=member_id)
    use_bank(db.session, bank_id)
