"""Who is asking, in which bank, and whether they may: `@requires`, `@signed_in`, `@public`.

Pages are entered with a cookie, the API with `Authorization: Bearer`. Either way one statement
finds the person, their roles and the bank's row. Handlers get no `slug` and no `bank_id`: they ask
`current_bank()`, `current_staff()` and `act()`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, NamedTuple, NoReturn, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.queries import setting
from banksampah.db import db, transaction, use_bank
from banksampah.errors import DomainError
from banksampah.ledger import Act
from banksampah.staff.lookup import find_by_token
from banksampah.staff.queries import sort_roles, who_by_session
from banksampah.staff.secrets import key_hash
from banksampah.staff.service import SESSION_IDLE, renew_session, touch_session
from banksampah.staff.watch import tell
from banksampah.web import cookies
from banksampah.web.errors import keep_typed
from banksampah.web.guards import caller, own_path
from banksampah.web.openapi import is_api

P = ParamSpec("P")
R = TypeVar("R")

OPERATOR, TREASURER, CHAIR, AUDITOR = "operator", "treasurer", "chair", "auditor"
ALL_ROLES = (OPERATOR, TREASURER, CHAIR, AUDITOR)
WEIGHERS = (OPERATOR, TREASURER, CHAIR)
BOOKKEEPERS = (TREASURER, CHAIR)
READERS = ALL_ROLES

PUBLIC = frozenset({"public"})
ANY_STAFF = frozenset({"signed-in"})
COOKIE = "masuk"
TOUCH_EVERY = timedelta(minutes=5)
BEFORE_OWN_PASSWORD = frozenset({"staff.account", "staff.change_password"})
KEY_FORM = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)


class KeyMissing(DomainError):
    code = "key_missing"
    status = 400

    def __init__(self) -> None:
        super().__init__(
            "Kirim Idempotency-Key: 1 sampai 64 huruf, angka, titik, titik dua atau tanda hubung."
            if is_api()
            else "Halaman ini tidak utuh. Muat ulang, lalu isi lagi."
        )


class CodeMissing(DomainError):
    """A program of somebody who lacks the second factor that the bank demands."""

    code = "code_missing"
    status = 403

    def __init__(self) -> None:
        super().__init__("Bank ini meminta kode kedua. Pemilik kunci memasangnya di Akun saya.")


class Staff(NamedTuple):
    """The person asking, with the roles held in the bank in hand, highest first."""

    user_id: int
    login: str
    name: str
    roles: tuple[str, ...]

    def may(self, *roles: str) -> bool:
        """Whether one of *roles* is held."""
        return not set(roles).isdisjoint(self.roles)


def requires(*roles: str) -> Callable[[Callable[P, R]], Callable[..., R]]:
    """Let in who holds one of *roles* in the bank of the address.

    Unknown bank, or no role there: 404. Not signed in: sign-in page, or 401 on the API. Another
    role: 403.
    """
    allowed = frozenset(roles)

    def decorate(view: Callable[P, R]) -> Callable[..., R]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> R:
            enter(allowed, slug=kwargs.pop("slug", None), bank_id=kwargs.pop("bank_id", None))
            try:
                return view(*args, **kwargs)
            finally:
                _tell_refused_verb()

        guarded.access = allowed  # type: ignore[attr-defined]
        return guarded

    return decorate


def signed_in(view: Callable[P, R]) -> Callable[..., R]:
    """Let in everybody who is signed in; for pages of no bank."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> R:
        row = _find_by_token() if is_api() else _find_by_session(None)
        g.staff = Staff(row["user_id"], row["login"], row["user_name"], ())
        _ask_for_own_password(row)
        return view(*args, **kwargs)

    guarded.access = ANY_STAFF  # type: ignore[attr-defined]
    return guarded


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that anybody may open."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def enter(allowed: frozenset[str], *, slug: str | None, bank_id: int | None) -> None:
    """Find out who is asking and enter the bank, or stop the request. See `requires`."""
    row: Mapping[str, Any]
    row = _find_by_session(slug) if bank_id is None else _find_by_token(bank_id)
    roles = sort_roles(row["roles"])
    if row["bank_id"] is None or not roles:
        _refuse(404, row)
    g.staff = Staff(row["user_id"], row["login"], row["user_name"], roles)
    g.bank_row = row
    g.zone = row["zone"]
    _ask_for_own_password(row)
    if allowed.isdisjoint(roles):
        _refuse(403, row)
    if not row["has_code"]:
        _ask_for_code(row["bank_id"], roles)


def _refuse(status: int, row: Mapping[str, Any]) -> NoReturn:
    """Turn the person away, and keep that they knocked."""
    _tell_refused(row, status)
    abort(status)


def _tell_refused_verb() -> None:
    """Keep that the verb in hand, not its door, refused who asked: by page, API or desk."""
    if code := db.session.info.pop("without_right", None):
        _tell_refused(g.bank_row, 422, code=code)


def _tell_refused(row: Mapping[str, Any], status: int, **facts: str) -> None:
    """See `watch.tell`."""
    tell(
        "access.refused",
        f"user {row['user_id']}",
        user_id=row["user_id"],
        bank_id=row["bank_id"],
        status=status,
        endpoint=request.endpoint,
        **facts,
    )


def _ask_for_own_password(row: Mapping[str, Any]) -> None:
    """A password that somebody else made opens one page: that of choosing another."""
    if row.get("made_until") is not None and request.endpoint not in BEFORE_OWN_PASSWORD:
        flash(_("Ganti dulu kata sandi sementara Anda. Setelah itu semua terbuka."), "look")
        abort(redirect(url_for("staff.account"), 303))


def _ask_for_code(bank_id: int, roles: tuple[str, ...]) -> None:
    """A bank may demand the second factor of those who keep its books, and of their programs."""
    if set(roles).isdisjoint(BOOKKEEPERS) or not setting(db.session, bank_id, "code_required"):
        return
    if is_api():
        raise CodeMissing()
    flash(_("Bank ini meminta kode kedua dari bendahara dan ketua. Pasang dulu di sini."), "look")
    abort(redirect(url_for("staff.code.page"), 303))


def current_staff() -> Staff:
    """The person asking."""
    return g.staff  # type: ignore[no-any-return]


def current_bank() -> Bank:
    """The bank in hand: its profile, read only. Change it through `banks.service`."""
    if "bank" not in g:
        row = g.bank_row
        g.bank = Bank(**{name: row[name] for name in _BANK_COLUMNS})
    return g.bank  # type: ignore[no-any-return]


def act() -> Act:
    """The write asked for in this request. Raises KeyMissing without a key."""
    key = request.headers.get("Idempotency-Key") if is_api() else request.form.get("request_id")
    if key is None or not KEY_FORM.fullmatch(key):
        raise KeyMissing()
    row = g.bank_row
    at = clock.now_utc()
    return Act(row["bank_id"], key, g.staff.user_id, at, clock.day_in(row["zone"], at))


_BANK_COLUMNS = tuple(Bank.__table__.columns.keys())
_BY_SESSION = who_by_session(slug=False)
_BY_SESSION_IN_BANK = who_by_session(slug=True)


def _find_by_session(slug: str | None) -> Mapping[str, Any]:
    key = cookies.read(COOKIE)
    if not key:
        _ask_to_sign_in()
    hashed = {"key_hash": key_hash(key)}
    if slug is None:
        row = _look(_BY_SESSION, hashed)
    else:
        row = _look(_BY_SESSION_IN_BANK, {**hashed, "slug": slug})
    at = clock.now_utc()
    if row is None or row["expires_at"] <= at or row["seen_at"] <= at - SESSION_IDLE:
        _ask_to_sign_in()
    if row["seen_at"] <= at - TOUCH_EVERY:
        with transaction() as session:
            touch_session(session, key, at)
    if row["renew"]:
        with transaction() as session:
            g.new_key = renew_session(session, key, at)
    if slug is not None and row["bank_id"] is not None:
        use_bank(db.session, row["bank_id"])
    return row


def _find_by_token(bank_id: int | None = None) -> Mapping[str, Any]:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        abort(401)
    row = find_by_token(key_hash(token.strip()), bank_id)
    if row is None:
        tell("access.key_unknown", caller())
        abort(401)
    if bank_id is not None:
        use_bank(db.session, bank_id)
    return row


def _look(statement: Select[Any], parameters: dict[str, Any]) -> dict[str, Any] | None:
    row = db.session.connection().execute(statement, parameters).first()
    return None if row is None else row._asdict()


def _ask_to_sign_in() -> NoReturn:
    """To the sign-in page and, after it, to where one was going.

    A form that was sent meanwhile is kept on a page, to be sent again once signed in.
    """
    page = url_for("staff.sign_in_page")
    if request.method in {"GET", "HEAD"}:
        wanted = own_path(request.full_path.rstrip("?"))
    else:
        sentence = _("Anda sudah keluar. Masuk lagi di jendela lain, lalu kirim isian ini.")
        if kept := keep_typed(401, sentence, sign_in_at=page):
            abort(kept)
        wanted = own_path(urlsplit(request.referrer or "").path)
    abort(redirect(url_for("staff.sign_in_page", next=wanted), 303))
