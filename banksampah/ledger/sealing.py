"""The seal of an entry: one text for its columns and legs, chained by SHA-256.

`migrations/sql/0001_ledger_postgresql.sql` builds the same text inside `post_entries`.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

FIRST_HASH = bytes(32)
DOMAIN = "sampah-ledger/v1"


class Columns(NamedTuple):
    """The columns of an entry, in the order of the seal."""

    bank_id: int
    seq: int
    kind: str
    effective_on: date
    occurred_on: date
    recorded_ms: int
    idem_key: str
    request_hash: str
    actor_id: int
    approver_id: int | None
    reverses_seq: int | None
    resolves_seq: int | None
    body: str


class LegColumns(NamedTuple):
    """The columns of a leg, in the order of the seal."""

    line: int
    account_id: int
    unit: str
    amount: int
    held: int


def seal_hash(
    prev_hash: bytes,
    entry: Columns | tuple[Any, ...],
    legs: Iterable[tuple[int, int, str, int, int]],
) -> bytes:
    """The hash that binds an entry to all entries before it. No column is left out.

    No field but the last (body, which is JSON without line breaks) may hold a bar or a line
    break: the database refuses such a kind or key.
    """
    head = "|".join(["" if value is None else str(value) for value in entry[:-1]])
    lines = "".join(
        [f"\n{line}|{a}|{unit}|{amount}|{held}" for line, a, unit, amount, held in legs]
    )
    content = f"{DOMAIN}\n{prev_hash.hex()}\n{head}\n{entry[-1]}{lines}"
    return hashlib.sha256(content.encode()).digest()
