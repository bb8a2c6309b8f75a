"""Signing in over the web: attempts are counted first, then the secret is looked at.

Name and password, and for whoever has one a code after them. Each way in or out is an entry of the
installation's journal.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import current_app, request, session
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.clock import from_ms, to_ms
from banksampah.db import db, transaction
from banksampah.staff import second_factor, service
from banksampah.staff.attempts import TooManyAttempts, check_and_count, forget, forget_old
from banksampah.staff.auth import COOKIE
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.models import User
from banksampah.staff.queries import find_user, get_user
from banksampah.staff.secrets import hash_secret, is_outdated, is_password, key_hash
from banksampah.staff.watch import note, tell
from banksampah.web import cookies
from banksampah.web.guards import caller

WINDOW_S = 15 * 60
PER_LOGIN, PER_ADDRESS, PER_BROWSER, PER_CODE, PER_PERSON = 10, 100, 10, 5, 10
CODE_DUE = timedelta(minutes=5)
KNOWN = "kenal"
KNOWN_LIFE_S = 180 * 24 * 3600
DUE = "kode"


class CodeLate(service.WrongPassword):
    """The password was given too long ago, or in another browser: begin again."""

    code = "code_late"


class Door(NamedTuple):
    """Under which name attempts at a login are counted: the login's own, or a known browser's.

    A browser that has been in before has a count of its own, so that a stranger who fails ten
    times does not shut the owner out.
    """

    scope: str
    key: str
    most: int


def sign_in(login: str, password: str) -> str | None:
    """Check name and password and start a session; its secret is for the cookie.

    None: they are right, and a code comes next (`code_is_due`). The count is committed before the
    (slow) look at the password, so that guesses made at the same time are counted too. Unknown
    names cost the same and get the same answer. Raises TooManyAttempts, WrongPassword.
    """
    at = clock.now_utc()
    login = login.strip().lower()
    door = _door(login)
    user = _count_and_find(login, door, at)
    known = user is not None and user.disabled_at is None
    right = is_password(user.password_hash if user and known else None, password)
    if not right or not user or (user.made_until is not None and user.made_until <= at):
        # one cause for known and unknown names: a full flow answers sooner, and must not tell which
        tell("sign_in.failed", f"address {caller()}", user_id=_id(user))
        raise service.WrongPassword()
    if second_factor.is_on(db.session, user.user_id):
        session[DUE] = [user.user_id, key_hash(user.password_hash), to_ms(at)]
        return None
    return _let_in(user, at, door, factor="password", fresh_hash=_fresh_hash(user, password))


def code_is_due() -> bool:
    """Whether this browser gave a right password a moment ago, and still owes the code."""
    return _user_of_code() is not None


def sign_in_with_code(code: str) -> str:
    """The second step: a code of the app, or a recovery code. Returns the session's secret.

    Raises CodeLate, TooManyAttempts, WrongCode.
    """
    user, at = _user_of_code(), clock.now_utc()
    if user is None:
        raise CodeLate()
    with transaction() as writing:
        wait_s = check_and_count(
            writing, "staff.code", str(user.user_id), at=at, limit=PER_CODE, window_s=WINDOW_S
        )
    if wait_s:
        tell("sign_in.locked", f"code {user.user_id}", user_id=user.user_id, scope="code")
        raise TooManyAttempts(wait_s)
    try:
        with transaction() as writing:
            factor = _take(user.user_id, code, at)
    except second_factor.WrongCode:
        tell("sign_in.failed", f"user {user.user_id}", user_id=user.user_id, factor="code")
        raise
    session.pop(DUE, None)
    with transaction() as writing:
        forget(writing, "staff.code", str(user.user_id))
    return _let_in(user, at, _door(user.login), factor=factor)


def ask_again(user_id: int, password: str) -> None:
    """Ask once more who is there, before something that a found browser must not do.

    Counted and kept as signing in is, under the person: a browser that was left open guesses no
    longer than a stranger. Raises TooManyAttempts, WrongPassword.
    """
    at, key = clock.now_utc(), str(user_id)
    with transaction() as writing:
        wait_s = check_and_count(
            writing, "staff.again", key, at=at, limit=PER_PERSON, window_s=WINDOW_S
        )
    if wait_s:
        tell("sign_in.locked", f"again {user_id}", user_id=user_id, scope="again")
        raise TooManyAttempts(wait_s)
    if not is_password(get_user(db.session, user_id).password_hash, password):
        tell("sign_in.failed", f"user {user_id}", user_id=user_id, factor="again")
        raise service.WrongPassword()
    with transaction() as writing:
        forget(writing, "staff.again", key)


def sign_out() -> None:
    """End the session of this browser, in the database."""
    key = cookies.read(COOKIE)
    session.pop(DUE, None)
    if key:
        with transaction(INSTALLATION) as writing:
            user_id = service.sign_out(writing, key)
            if user_id is not None:
                note("sign_out", user_id=user_id)


def remember(answer: Response, key: str, login: str = "") -> Response:
    """Give the browser the session's secret; with *login* it is a known browser from now on."""
    cookies.give(answer, COOKIE, key, life_s=int(service.SESSION_LIFE.total_seconds()))
    if login:
        mark = _signer().dumps([key_hash(login), secrets.token_hex(8)])
        cookies.give(answer, KNOWN, mark, life_s=KNOWN_LIFE_S)
    return answer


def forget_browser(answer: Response) -> Response:
    """Take the secret out of the browser."""
    cookies.take_back(answer, COOKIE)
    return answer


def device() -> str:
    """What the browser says it is, in two words: "Chrome, Android"."""
    told = request.headers.get("User-Agent", "")
    kinds = ("Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari")
    systems = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "CrOS", "Linux")
    return ", ".join(
        next((word for word in words if word in told), "") for words in (kinds, systems)
    ).strip(", ")


def _count_and_find(login: str, door: Door, at: datetime) -> User | None:
    """Count this attempt, then find whom it is about. Raises TooManyAttempts."""
    address = caller()
    with transaction() as writing:
        waits = {
            "address": check_and_count(
                writing, "staff.address", address, at=at, limit=PER_ADDRESS, window_s=WINDOW_S
            ),
            "login": check_and_count(
                writing, door.scope, door.key, at=at, limit=door.most, window_s=WINDOW_S
            ),
        }
    user = find_user(db.session, login)
    for scope, wait_s in waits.items():
        if wait_s:
            cause = address if scope == "address" else login
            tell("sign_in.locked", f"{scope} {cause}", user_id=_id(user), scope=scope)
            raise TooManyAttempts(wait_s)
    return user


def _let_in(
    user: User, at: datetime, door: Door, *, factor: str, fresh_hash: str | None = None
) -> str:
    with transaction(INSTALLATION) as writing:
        forget(writing, door.scope, door.key)
        forget_old(writing, at)
        if fresh_hash:
            get_user(writing, user.user_id).password_hash = fresh_hash
        key = service.sign_in(
            writing, user_id=user.user_id, old_key=cookies.read(COOKIE), at=at, device=device()
        )
        note("sign_in", user_id=user.user_id, factor=factor)
        return key


def _take(user_id: int, code: str, at: datetime) -> str:
    """Use up the code; which kind it was."""
    if second_factor.is_recovery_code(code):
        second_factor.take_recovery(db.session, user_id, code)
        return "password, recovery code"
    secret_key = str(current_app.secret_key)
    second_factor.take_code(
        db.session, user_id, "".join(code.split()), at=at, secret_key=secret_key
    )
    return "password, code"


def _user_of_code() -> User | None:
    """Who gave the password in this browser, if it is still theirs and a moment ago."""
    user_id, password_mark, given_ms = session.get(DUE) or (0, "", 0)
    user = db.session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        return None
    if clock.now_utc() - from_ms(given_ms) > CODE_DUE:
        return None
    return user if key_hash(user.password_hash) == password_mark else None


def _door(login: str) -> Door:
    try:
        known, browser = _signer().loads(cookies.read(KNOWN), max_age=KNOWN_LIFE_S)
    except (BadSignature, ValueError, TypeError):
        known, browser = "", ""
    if known == key_hash(login):
        return Door("staff.browser", browser, PER_BROWSER)
    return Door("staff.login", login, PER_LOGIN)


def _fresh_hash(user: User, password: str) -> str | None:
    return hash_secret(password) if is_outdated(user.password_hash) else None


def _id(user: User | None) -> int | None:
    return None if user is None else user.user_id


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        str(current_app.secret_key),
        salt="known-browser",
        signer_kwargs={"digest_method": hashlib.sha256},
    )
