"""Attempts to sign in, counted in the database so that the count holds over all workers."""

import hashlib
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from banksampah.clock import to_ms
from banksampah.errors import DomainError

KEPT_MS = 24 * 3600 * 1000


class TooManyAttempts(DomainError):
    """Wait: the extra `retry_after_s` says how long."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after_s: int):
        minutes = (retry_after_s + 59) // 60
        super().__init__(
            f"Terlalu banyak percobaan. Coba lagi {minutes} menit lagi.",
            retry_after_s=retry_after_s,
        )


def check_and_count(
    session: Session, scope: str, key: str, *, at: datetime, limit: int, window_s: int
) -> int:
    """Count one attempt under (*scope*, *key*), before the secret is looked at.

    Returns 0, or the seconds to wait when more than *limit* were made since the first of the
    window: the caller commits the count, and then raises TooManyAttempts. Only a hash of *key* is
    kept: people type passwords into the wrong field.
    """
    count, since_ms = count_one(session, scope, key, at=at, window_s=window_s)
    if count <= limit:
        return 0
    return max(1, (since_ms + window_s * 1000 - to_ms(at) + 999) // 1000)


def count_one(
    session: Session, scope: str, key: str, *, at: datetime, window_s: int
) -> tuple[int, int]:
    """Count one more under (*scope*, *key*): how many since the first of the window, and when."""
    now_ms = to_ms(at)
    row = session.execute(
        _COUNT,
        {
            "scope": scope,
            "key_hash": _hash(key),
            "now": now_ms,
            "cutoff": now_ms - window_s * 1000,
        },
    ).one()
    return row.attempts_count, row.since_at


def forget(session: Session, scope: str, key: str) -> None:
    """Start counting anew: this one got in."""
    session.execute(_FORGET, {"scope": scope, "key_hash": _hash(key)})


def forget_old(session: Session, at: datetime) -> None:
    """Drop counts of windows long past: what nobody asks about is not kept."""
    session.execute(_FORGET_OLD, {"before": to_ms(at) - KEPT_MS})


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


_COUNT = text(
    "INSERT INTO sign_in_attempt (scope, key_hash, since_at, attempts_count)"
    " VALUES (:scope, :key_hash, :now, 1)"
    " ON CONFLICT (scope, key_hash) DO UPDATE SET"
    "  attempts_count = CASE WHEN sign_in_attempt.since_at <= :cutoff THEN 1"
    "                   ELSE sign_in_attempt.attempts_count + 1 END,"
    "  since_at = CASE WHEN sign_in_attempt.since_at <= :cutoff THEN :now"
    "             ELSE sign_in_attempt.since_at END"
    " RETURNING attempts_count, since_at"
)
_FORGET = text("DELETE FROM sign_in_attempt WHERE scope = :scope AND key_hash = :key_hash")
_FORGET_OLD = text("DELETE FROM sign_in_attempt WHERE since_at < :before")
