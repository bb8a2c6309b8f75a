"""Which phone is asking: a cookie beside the one that says who is asking."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import abort, g
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.db import db
from banksampah.desk.models import Device
from banksampah.desk.queries import find_device, get_device
from banksampah.ledger import Act
from banksampah.staff.auth import WEIGHERS, current_bank, current_staff, requires
from banksampah.staff.secrets import key_hash
from banksampah.web import cookies

P = ParamSpec("P")
R = TypeVar("R")

LIFE_S = 90 * 24 * 3600


def cookie_name(bank_id: int) -> str:
    """One phone may serve several banks; each gave it a key of its own."""
    return f"hp-{bank_id}"


def on_phone(view: Callable[P, R]) -> Callable[..., R]:
    """Let in a weigher on a phone of the bank: else 404, as if the page were not there.

    A revoked phone is let in too: what it still holds must be handed over.
    """

    @wraps(view)
    @requires(*WEIGHERS)
    def guarded(*args: Any, **kwargs: Any) -> R:
        device = find_phone(db.session)
        if device is None:
            abort(404)
        g.device_id = device.id
        return view(*args, **kwargs)

    guarded.access = frozenset(WEIGHERS)  # type: ignore[attr-defined]
    return guarded


def find_phone(session: Session) -> Device | None:
    """The phone whose key the browser has."""
    bank_id = current_bank().bank_id
    key = cookies.read(cookie_name(bank_id))
    return find_device(session, bank_id, key_hash(key)) if key else None


def act_of(key: str) -> Act:
    """A write under the phone's own key."""
    bank, at = current_bank(), clock.now_utc()
    return Act(bank.bank_id, key, current_staff().user_id, at, clock.day_in(bank.zone, at))


def remember_phone(response: Response, bank_id: int, key: str) -> Response:
    """Give the browser the phone's key for ninety days; every answer to it renews that."""
    cookies.give(response, cookie_name(bank_id), key, life_s=LIFE_S)
    return response


def device_in_hand(session: Session) -> Device:
    """The phone that is asking."""
    return get_device(session, current_bank().bank_id, g.device_id)
