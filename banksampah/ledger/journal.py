"""Reading the journal: entries with their legs, and what became of them."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from banksampah.clock import from_ms
from banksampah.db import array_literal, driver_of
from banksampah.errors import NotFound
from banksampah.ledger.sealing import LegColumns


class Entry(NamedTuple):
    """One sealed entry. *effective_on* is its date in the books, *occurred_on* on the paper."""

    bank_id: int
    seq: int
    kind: str
    effective_on: date
    occurred_on: date
    recorded_at: datetime
    idem_key: str
    request_hash: str
    actor_id: int
    approver_id: int | None
    reverses_seq: int | None
    resolves_seq: int | None
    body: dict[str, Any]
    legs: tuple[LegColumns, ...]


_ENTRY = (
    "SELECT bank_id, seq, kind, effective_on, occurred_on, recorded_ms, idem_key, request_hash,"
    " actor_id, approver_id, reverses_seq, resolves_seq, body FROM entry WHERE bank_id = :bank_id"
)
_ONE = text(f"{_ENTRY} AND seq = :seq")
_THESE = text(f"{_ENTRY} AND seq IN :seqs").bindparams(bindparam("seqs", expanding=True))
_SOME = text(f"{_ENTRY} AND seq > :after_seq ORDER BY seq LIMIT :limit")
_REVERSAL = text("SELECT seq FROM entry WHERE bank_id = :bank_id AND reverses_seq = :seq")
_REVERSALS = text(  # from the entries asked about: with IN, SQLite would read the whole journal
    "SELECT r.seq, r.reverses_seq FROM entry e"
    " JOIN entry r ON r.bank_id = e.bank_id AND r.reverses_seq = e.seq"
    " WHERE e.bank_id = :bank_id AND e.seq IN :seqs"
).bindparams(bindparam("seqs", expanding=True))
_RESOLUTION = text(f"{_ENTRY} AND resolves_seq = :seq")
_SEAL = text("SELECT hash FROM seal WHERE bank_id = :bank_id AND seq = :seq")
_SEALS = text("SELECT seq, hash FROM seal WHERE bank_id = :bank_id AND seq IN :seqs").bindparams(
    bindparam("seqs", expanding=True)
)
_HEAD = text("SELECT head_seq FROM bank_head WHERE bank_id = :bank_id")
_LEGS = text(
    "SELECT seq, line, account_id, unit, amount, held FROM leg"
    " WHERE bank_id = :bank_id AND seq IN :seqs ORDER BY seq, line"
).bindparams(bindparam("seqs", expanding=True))


def as_date(value: Any) -> date:
    """A date as either engine gives it."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def entry(session: Session, bank_id: int, seq: int) -> Entry:
    """Entry *seq* with its legs. Raises NotFound."""
    found = _read(session, bank_id, _ONE, seq=seq)
    if not found:
        raise NotFound(f"Catatan {seq} tidak ada.")
    return found[0]


def entries(session: Session, bank_id: int, after_seq: int = 0, limit: int = 200) -> list[Entry]:
    """Up to *limit* entries after *after_seq*, in their order."""
    return _read(session, bank_id, _SOME, after_seq=after_seq, limit=limit)


def entries_at(session: Session, bank_id: int, seqs: Collection[int]) -> dict[int, Entry]:
    """The entries *seqs*, each by its number."""
    return {one.seq: one for one in _read(session, bank_id, _THESE, seqs=list(seqs))}


def find_reversal(session: Session, bank_id: int, seq: int) -> int | None:
    """The seq of the entry that reverses *seq*, or None."""
    return session.execute(_REVERSAL, {"bank_id": bank_id, "seq": seq}).scalar()


def find_reversals(session: Session, bank_id: int, seqs: Sequence[int]) -> dict[int, int]:
    """Of the entries *seqs*, those that are reversed, each with the entry that did it."""
    if not seqs:
        return {}
    rows = session.execute(_REVERSALS, {"bank_id": bank_id, "seqs": list(seqs)})
    return {row.reverses_seq: row.seq for row in rows}


def find_resolution(session: Session, bank_id: int, seq: int) -> Entry | None:
    """The entry that resolves hold *seq*, or None while it waits."""
    found = _read(session, bank_id, _RESOLUTION, seq=seq)
    return found[0] if found else None


def head_seq(session: Session, bank_id: int) -> int:
    """The number of the newest entry."""
    return int(session.execute(_HEAD, {"bank_id": bank_id}).scalar() or 0)


def find_seal(session: Session, bank_id: int, seq: int) -> str | None:
    """The seal of entry *seq* in hexadecimal, or None. It covers every entry up to this one."""
    found = session.execute(_SEAL, {"bank_id": bank_id, "seq": seq}).scalar()
    return None if found is None else bytes(found).hex()


def find_seals(session: Session, bank_id: int, seqs: Sequence[int]) -> dict[int, str]:
    """The seals of the entries *seqs* in hexadecimal."""
    if not seqs:
        return {}
    rows = session.execute(_SEALS, {"bank_id": bank_id, "seqs": list(seqs)})
    return {row.seq: bytes(row.hash).hex() for row in rows}


def seqs_of_keys(session: Session, bank_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Which of these keys are in the journal already, and the entry of each."""
    driver = driver_of(session)
    if session.get_bind().dialect.name == "postgresql":
        found = driver.execute(
            "SELECT idem_key, seq FROM entry WHERE bank_id = %s AND idem_key = ANY (%s::text[])",
            (bank_id, array_literal(keys)),
        )
    else:
        found = driver.execute(  # CROSS: from the keys to the journal, never through it
            "SELECT e.idem_key, e.seq FROM json_each(?) AS asked"
            " CROSS JOIN entry e ON e.bank_id = ? AND e.idem_key = asked.value",
            (json.dumps(keys), bank_id),
        )
    return dict(found.fetchall())


def _read(session: Session, bank_id: int, statement: TextClause, **values: Any) -> list[Entry]:
    rows = session.execute(statement, {"bank_id": bank_id, **values}).all()
    legs = _legs_of(session, bank_id, [row.seq for row in rows])
    return [as_entry(row, legs.get(row.seq, ())) for row in rows]


def _legs_of(session: Session, bank_id: int, seqs: Sequence[int]) -> dict[int, list[LegColumns]]:
    legs: dict[int, list[LegColumns]] = {}
    if seqs:
        for row in session.execute(_LEGS, {"bank_id": bank_id, "seqs": list(seqs)}):
            legs.setdefault(row.seq, []).append(LegColumns(*row[1:]))
    return legs


def as_entry(columns: Sequence[Any], legs: Iterable[tuple[Any, ...]]) -> Entry:
    """An entry from its plain columns and those of its legs, in the order of the seal."""
    effective_on, occurred_on, recorded_ms = columns[3:6]
    legs_kept = tuple([LegColumns._make(leg) for leg in legs])
    return Entry._make(
        (
            *columns[:3],
            as_date(effective_on),
            as_date(occurred_on),
            from_ms(recorded_ms),
            *columns[6:12],
            json.loads(columns[12]),
            legs_kept,
        )
    )
