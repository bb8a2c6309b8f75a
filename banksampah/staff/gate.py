"""Signing in over the web: attempts are counted first, then the secret is looked at."""

from flask import current_app, request
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.staff import service
from banksampah.staff.attempts import check_and_count, forget
from banksampah.staff.auth import COOKIE
from banksampah.staff.queries import find_user
from banksampah.staff.secrets import is_password

WINDOW_S = 15 * 60
PER_LOGIN, PER_ADDRESS = 10, 100


def sign_in(login: str, password: str) -> str:
    """Check name and password and start a session; its secret is for the cookie.

    The count is committed before the (slow) look at the password, so that guesses made at the
    same time are counted too. Unknown names cost the same and get the same answer. Raises
    TooManyAttempts, WrongPassword.
    """
    at = clock.now_utc()
    login = login.strip().lower()
    with transaction() as session:
        address = request.remote_addr or "-"
        check_and_count(
            session, "staff.address", address, at=at, limit=PER_ADDRESS, window_s=WINDOW_S
        )
        check_and_count(session, "staff.login", login, at=at, limit=PER_LOGIN, window_s=WINDOW_S)
    user = find_user(db.session, login)
    known = user is not None and user.disabled_at is None
    if not is_password(user.password_hash if user and known else None, password) or not user:
        raise service.WrongPassword()
    with transaction() as session:
        forget(session, "staff.login", login)
        old_key = request.cookies.get(COOKIE)
        return service.sign_in(session, user_id=user.user_id, old_key=old_key, at=at)


def remember(answer: Response, key: str) -> Response:
    """Give the browser the session's secret."""
    answer.set_cookie(
        COOKIE,
        key,
        max_age=int(service.SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]) or request.is_secure,
    )
    return answer


def forget_browser(answer: Response) -> Response:
    """Take the secret out of the browser."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="Lax")
    return answer
