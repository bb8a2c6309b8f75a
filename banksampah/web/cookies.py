"""Cookies that hold a secret: never for scripts, never over plain HTTP where HTTPS is in use.

With HTTPS their names begin with `__Host-`: the browser then takes them from this very host only,
so that no neighbouring site can plant one.
"""

from flask import current_app, request
from werkzeug.wrappers import Response


def full_name(name: str) -> str:
    """The name the browser knows."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def read(name: str) -> str:
    """The value the browser sent, or nothing."""
    return request.cookies.get(full_name(name), "")


def give(answer: Response, name: str, value: str, *, life_s: int) -> None:
    """Let the browser keep *value* for *life_s* seconds."""
    answer.set_cookie(
        full_name(name),
        value,
        max_age=life_s,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]) or request.is_secure,
    )


def take_back(answer: Response, name: str) -> None:
    """Take the value out of the browser, and with it the pages it still shows on "back"."""
    answer.delete_cookie(
        full_name(name),
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]) or request.is_secure,
    )
    # "storage" is not named: the weighing desk keeps there what it has not sent yet
    answer.headers["Clear-Site-Data"] = '"cache"'
