"""What is asked for, by whom, under which key: asking twice does once."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from banksampah.db import canonical_json, connection_of, driver_of
from banksampah.errors import Refused

KEY_FORM = re.compile(r"[A-Za-z0-9._:/-]{1,160}", re.ASCII)
"""What a client may use as a key; derived keys (`Act.step`) may reach 200 characters."""

SERVICE = 0
"""The actor of what nobody asked for by hand: automatic approvals."""


class KeyReused(Refused):
    """The key names a write with other content (draft-ietf-httpapi-idempotency-key-header)."""

    code = "key_reused"

    def __init__(self, seq: int):
        super().__init__(
            f"Kunci ini sudah dipakai untuk catatan {seq} dengan isi lain. "
            "Muat ulang halaman, lalu isi lagi.",
            seq=seq,
        )


@dataclass(frozen=True, slots=True)
class Act:
    """One write asked for: the bank, the client's key, who, when, and the bank's date then."""

    bank_id: int
    key: str
    actor_id: int
    at: datetime
    today: date

    def step(self, suffix: str) -> "Act":
        """The same act, for a further entry of the same transaction."""
        return replace(self, key=f"{self.key}/{suffix}")


def fingerprint(kind: str, facts: dict[str, Any]) -> str:
    """SHA-256 of what was asked: the same facts, not the same bytes, are the same request."""
    return hash_asked(kind, canonical_json(facts))


def hash_asked(kind: str, asked: str) -> str:
    """The fingerprint of facts that are canonical JSON already."""
    return hashlib.sha256(f"{kind}\n{asked}".encode()).hexdigest()


def replay(session: Session, act: Act, kind: str, facts: dict[str, Any]) -> int | None:
    """Take the bank's lock and look the key up: the first line of every verb.

    None: new, go on. A number: done before with the same facts; answer with that entry.
    Raises KeyReused when the key was used for something else.
    """
    known_seq, known_hash = _under_key(session, act)
    if known_seq is None:
        return None
    if known_hash != fingerprint(kind, facts):
        raise KeyReused(known_seq)
    return known_seq


def _under_key(session: Session, act: Act) -> tuple[int | None, str | None]:
    """The entry of this key and its fingerprint; asked as the transaction began, or now."""
    connection = connection_of(session)
    info = connection.info
    if info.get("bank_id") == act.bank_id and act.key in info.get("under_keys", ()):
        known: tuple[int | None, str | None] = info["under_keys"][act.key]
        return known
    if connection.dialect.name == "postgresql":
        found = driver_of(session).execute(_LOCK, (act.bank_id, [act.key])).fetchone()
    else:
        found = driver_of(session).execute(_LOOK, (act.bank_id, act.key)).fetchone()
    return found or (None, None)


def forget_keys(session: Session, acts: Iterable[Act]) -> None:
    """What was asked of these keys as the transaction began is true no longer: they are posted."""
    under_keys = connection_of(session).info.get("under_keys", {})
    for act in acts:
        under_keys.pop(act.key, None)


_LOCK = "SELECT known_seq, known_hash FROM lock_bank(%s, %s::text[])"
_LOOK = (  # on SQLite BEGIN IMMEDIATE holds the lock already
    "SELECT seq, request_hash FROM entry WHERE bank_id = ? AND idem_key = ?"
)
