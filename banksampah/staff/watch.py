"""What a request leaves in the installation's journal: the event, and from where it came."""

import hashlib
import hmac
from typing import Any

from flask import current_app, has_request_context

from banksampah import clock
from banksampah.db import db, transaction, use_bank
from banksampah.staff.journal import INSTALLATION, record, worth_telling
from banksampah.web.guards import caller


def note(kind: str, *, user_id: int | None = None, bank_id: int | None = None, **facts: Any) -> int:
    """Append an event inside `transaction(INSTALLATION)`. Returns its seq."""
    return record(
        db.session, kind, at=clock.now_utc(), user_id=user_id, bank_id=bank_id,
        origin=origin(), **facts,
    )  # fmt: skip


def tell(kind: str, cause: str, **facts: Any) -> None:
    """Append an event that anybody can cause, in a transaction of its own; of a flood a few.

    *cause* is who or what is counted together.
    """
    former = db.session.info.get("bank_id")
    with transaction() as session:
        count = worth_telling(session, kind, cause, clock.now_utc())
    if count is not None:
        with transaction(INSTALLATION):
            note(kind, count=count, **facts)
    if former is not None:
        use_bank(db.session, former)


def origin() -> str | None:
    """A keyed hash of the caller's address (see `guards.caller`): the same caller is seen again,
    nobody is named.
    """
    if not has_request_context():
        return None
    key = hashlib.sha256(f"origin\n{current_app.secret_key!s}".encode()).digest()
    return hmac.new(key, caller().encode(), hashlib.sha256).hexdigest()[:16]
