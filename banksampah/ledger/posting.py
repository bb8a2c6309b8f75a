"""The only writer of the journal: `post`, `post_many` and `reverse`.

On PostgreSQL one call of the stored function `post_entries` writes and checks all that is posted.
On SQLite the same rows are inserted one after the other, and triggers check them at each seal.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple, TypedDict, Unpack

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah.clock import to_ms
from banksampah.db import array_literal, canonical_json, driver_of, insert_rows, on_postgresql
from banksampah.errors import Conflict, Refused
from banksampah.ledger.acts import Act, forget_keys, hash_asked
from banksampah.ledger.journal import entry as get_entry
from banksampah.ledger.notes import add_note
from banksampah.ledger.sealing import Columns, LegColumns, seal_hash


class BooksError(Exception):
    """A rule of the books was about to be broken: our bug, never the user's mistake."""


class PeriodClosed(Refused):
    code = "period_closed"

    def __init__(self) -> None:
        super().__init__("Bulan itu sudah ditutup. Pakai tanggal di bulan yang masih terbuka.")


class BalanceTooLow(Refused):
    """An account with a floor would go below zero, or below what is held on it."""

    code = "balance_too_low"

    def __init__(self) -> None:
        super().__init__("Saldo tidak cukup. Muat ulang halaman untuk melihat saldo terbaru.")


class AlreadyReversed(Conflict):
    code = "already_reversed"

    def __init__(self) -> None:
        super().__init__("Catatan ini sudah dibatalkan. Lihat catatan pembatalannya.")


class AlreadyResolved(Conflict):
    code = "already_resolved"

    def __init__(self) -> None:
        super().__init__("Usulan ini sudah diputuskan. Muat ulang halaman untuk melihat hasilnya.")


class NotReversible(Refused):
    code = "not_reversible"

    def __init__(self) -> None:
        super().__init__("Catatan jenis ini tidak bisa dibatalkan. Buat catatan koreksi.")


class Leg(NamedTuple):
    """One line of an entry. *amount*: debit positive, credit negative. *held*: kept back."""

    account_id: int
    unit: str
    amount: int
    held: int = 0


def debit(account_id: int, amount: int, unit: str = "IDR") -> Leg:
    """Increase what the bank has (or lessen what it owes) by *amount*."""
    return Leg(account_id, unit, _positive(amount))


def credit(account_id: int, amount: int, unit: str = "IDR") -> Leg:
    """Lessen what the bank has (or increase what it owes) by *amount*."""
    return Leg(account_id, unit, -_positive(amount))


def hold(account_id: int, amount: int) -> Leg:
    """Keep *amount* rupiah back on an account until an entry resolves this one."""
    return Leg(account_id, "IDR", 0, _positive(amount))


def release(account_id: int, amount: int) -> Leg:
    """Give a held *amount* of rupiah free again."""
    return Leg(account_id, "IDR", 0, -_positive(amount))


def _positive(amount: int) -> int:
    if amount < 0:
        raise BooksError(f"negative amount: {amount}")
    return amount


class More(TypedDict, total=False):
    """What may be said of an entry beside its legs."""

    effective_on: date | None
    occurred_on: date | None
    approver_id: int | None
    reverses_seq: int | None
    resolves_seq: int | None
    body: dict[str, Any] | None


class Posting(NamedTuple):
    """An entry to be posted: what `post` is told, as one value."""

    act: Act
    kind: str
    facts: dict[str, Any]
    legs: Sequence[Leg] = ()
    effective_on: date | None = None
    occurred_on: date | None = None
    approver_id: int | None = None
    reverses_seq: int | None = None
    resolves_seq: int | None = None
    body: dict[str, Any] | None = None


def post(
    session: Session,
    act: Act,
    kind: str,
    facts: dict[str, Any],
    legs: Sequence[Leg] = (),
    **more: Unpack[More],
) -> int:
    """Append one balanced, sealed entry to the bank's journal and return its seq.

    Books it on *effective_on* (default: today); *occurred_on* is the date on the paper. A leg of
    zero is left out. *body* is kept and sealed for ever: no names, no free text.

    Raises PeriodClosed, BalanceTooLow, AlreadyReversed, AlreadyResolved; BooksError for a bug.
    """
    return post_many(session, [Posting(act, kind, facts, legs, **more)])[0]


class Beside(NamedTuple):
    """Documents that PostgreSQL writes in the same statement as their entries.

    *sql* is a part of its WITH: INSERTs that read the first entry's number as `posted.first`.
    """

    sql: str
    values: Sequence[Any]


def post_many(
    session: Session, postings: Sequence[Posting], beside: Beside | None = None
) -> list[int]:
    """Append entries of one bank, in order, as `post` would one by one; return their seqs.

    One journey to PostgreSQL for all of them. All or none: raises what `post` raises. Takes what
    has no key in the journal yet: who may be asked twice calls `replay` first.
    """
    if not postings:
        return []
    if len({posting.act.bank_id for posting in postings}) > 1:
        raise BooksError("one bank at a time")
    entries = [_entry(posting) for posting in postings]
    forget_keys(session, (posting.act for posting in postings))
    driver, bank_id = driver_of(session), postings[0].act.bank_id
    try:
        if on_postgresql(session):
            seqs = _post_function(driver, bank_id, entries, beside)
        else:
            seqs = _post_rows(driver, bank_id, entries)
        # for who counts what was committed (web/metrics.py)
        session.info.setdefault("posted", []).extend(posting.kind for posting in postings)
        return seqs
    except (sqlite3.Error, psycopg.Error) as error:
        raise _refusal(session, error) from error


def reverse(session: Session, act: Act, seq: int, facts: dict[str, Any], note: str) -> int:
    """Post the exact mirror of entry *seq*, dated today, with the reason in *note*.

    Raises AlreadyReversed; NotReversible for entries that moved nothing (holds, releases,
    settings, closes) and for reversals; BalanceTooLow when the money or goods are gone.
    """
    original = get_entry(session, act.bank_id, seq)
    mirror = [Leg(leg.account_id, leg.unit, -leg.amount) for leg in original.legs if leg.amount]
    if not mirror or original.reverses_seq is not None:
        raise NotReversible()
    reversal_seq = post(session, act, "reversal", facts, mirror, reverses_seq=seq)
    add_note(session, act, reversal_seq, note)
    return reversal_seq


class _Entry(NamedTuple):
    """The columns of an entry but for bank and seq, in the order of the seal, and its legs."""

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
    legs: list[LegColumns]


def _entry(posting: Posting) -> _Entry:
    act = posting.act
    legs = [leg for leg in posting.legs if leg.amount or leg.held]
    _assert_balanced(legs)
    day = posting.effective_on or act.today
    body = canonical_json(posting.body or {})
    asked = body if posting.facts is posting.body else canonical_json(posting.facts)
    return _Entry(
        posting.kind,
        day,
        posting.occurred_on or day,
        to_ms(act.at),
        act.key,
        hash_asked(posting.kind, asked),
        act.actor_id,
        posting.approver_id,
        posting.reverses_seq,
        posting.resolves_seq,
        body,
        [LegColumns(line, *leg) for line, leg in enumerate(legs, 1)],
    )


def _assert_balanced(legs: Sequence[Leg]) -> None:
    totals: dict[str, int] = {}
    for leg in legs:
        totals[leg.unit] = totals.get(leg.unit, 0) + leg.amount
    if any(totals.values()):
        raise BooksError(f"unbalanced: {totals} in {legs}")


_POST_ENTRIES = (
    "SELECT post_entries(%s,%s::text[],%s::date[],%s::date[],%s::bigint[],%s::text[],%s::text[],"
    "%s::bigint[],%s::bigint[],%s::bigint[],%s::bigint[],%s::text[],"
    "%s::int[],%s::int[],%s::bigint[],%s::text[],%s::bigint[],%s::bigint[]) AS first"
)


def _post_function(
    driver: Any, bank_id: int, entries: Sequence[_Entry], beside: Beside | None
) -> list[int]:
    columns = zip(*(entry[:-1] for entry in entries), strict=True)
    legs = [(of, *leg) for of, entry in enumerate(entries, 1) for leg in entry.legs]
    leg_columns = zip(*legs, strict=True) if legs else [()] * _LEG_COLUMNS
    arrays = [array_literal(column) for column in (*columns, *leg_columns)]
    sql, values = _POST_ENTRIES, [bank_id, *arrays]
    if beside is not None:
        sql = f"WITH posted AS MATERIALIZED ({sql}), {beside.sql} SELECT first FROM posted"
        values += beside.values
    first = int(driver.execute(sql, values).fetchone()[0])
    return list(range(first, first + len(entries)))


BULK_FROM = 100
_LEG_COLUMNS = 1 + len(LegColumns._fields)
_INSERT_ENTRY = "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_LEG = "INSERT INTO leg VALUES (?,?,?,?,?,?,?,?)"
_INSERT_SEAL = "INSERT INTO seal VALUES (?,?,?,?,?)"


def _post_rows(driver: Any, bank_id: int, entries: Sequence[_Entry]) -> list[int]:
    head = driver.execute(_HEAD, (bank_id,)).fetchone()
    rows = _rows_of(bank_id, head, entries)
    if len(rows) < BULK_FROM or not _post_in_bulk(driver, bank_id, rows):
        for entry, legs, seal in rows:
            driver.execute(_INSERT_ENTRY, entry)
            driver.executemany(_INSERT_LEG, legs)
            driver.execute(_INSERT_SEAL, seal)
    return list(range(head[0] + 1, head[0] + 1 + len(entries)))


_Rows = tuple[tuple[Any, ...], list[tuple[Any, ...]], tuple[Any, ...]]


def _rows_of(bank_id: int, head: tuple[int, bytes, int], entries: Sequence[_Entry]) -> list[_Rows]:
    """The rows of each entry, its legs and its seal, in their places of the chain."""
    seq, link, last_ms = head
    rows = []
    for entry in entries:
        seq += 1
        last_ms = max(entry.recorded_ms, last_ms)  # a clock set back does not reorder the books
        columns = Columns._make((bank_id, seq, *entry[:3], last_ms, *entry[4:-1]))
        sealed = seal_hash(link, columns, entry.legs)
        day = str(entry.effective_on)
        legs = [
            (bank_id, seq, line, account_id, unit, day, amount, held)
            for line, account_id, unit, amount, held in entry.legs
        ]
        kept = (*columns[:3], day, str(entry.occurred_on), *columns[5:])
        rows.append((kept, legs, (bank_id, seq, len(legs), link, sealed)))
        link = sealed
    return rows


def _post_in_bulk(driver: Any, bank_id: int, rows: Sequence[_Rows]) -> bool:
    """Post them together, or nothing and False: one by one they tell which of them is refused."""
    entries, legs, seals = zip(*rows, strict=True)
    driver.execute("SAVEPOINT bulk")
    try:
        driver.execute("INSERT INTO bulk (bank_id) VALUES (?)", (bank_id,))
        insert_rows(driver, "entry", entries)
        insert_rows(driver, "leg", list(chain.from_iterable(legs)))
        insert_rows(driver, "seal", seals)
        driver.execute("UPDATE bulk SET closing = 1 WHERE bank_id = ?", (bank_id,))
    except sqlite3.IntegrityError:
        driver.execute("ROLLBACK TO bulk")
        driver.execute("RELEASE bulk")
        return False
    driver.execute("RELEASE bulk")
    return True


_HEAD = "SELECT head_seq, head_hash, last_recorded_ms FROM bank_head WHERE bank_id = ?"

_REFUSALS = {
    "ledger: period closed": PeriodClosed,
    "ledger: overdraft": BalanceTooLow,
    "ledger: already reversed": AlreadyReversed,
    "ledger: already resolved": AlreadyResolved,
}


def _refusal(session: Session, error: sqlite3.Error | psycopg.Error) -> BaseException:
    told = str(error)
    for sentence, refusal in _REFUSALS.items():
        if sentence in told:
            return refusal()
    if "ledger:" in told:
        return BooksError(told)
    dialect = session.connection().dialect
    return DBAPIError.instance(  # what SQLAlchemy would have raised
        "post", None, error, dialect.loaded_dbapi.Error, dialect=dialect
    )
