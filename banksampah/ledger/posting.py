"""The only writer of the journal: `post` and `reverse`.

On PostgreSQL one call of the stored function `post_entry` writes and checks the whole entry.
On SQLite the same rows are inserted one after the other, and triggers check them at the seal.
"""

import sqlite3
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah.clock import to_ms
from banksampah.db import canonical_json, driver_of
from banksampah.errors import Conflict, Refused
from banksampah.ledger.acts import Act, fingerprint
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


def hold(account_id: int, amount: int, unit: str = "IDR") -> Leg:
    """Keep *amount* back on an account until an entry resolves this one."""
    return Leg(account_id, unit, 0, _positive(amount))


def release(account_id: int, amount: int, unit: str = "IDR") -> Leg:
    """Give a held *amount* free again."""
    return Leg(account_id, unit, 0, -_positive(amount))


def _positive(amount: int) -> int:
    if amount < 0:
        raise BooksError(f"negative amount: {amount}")
    return amount


def post(  # noqa: PLR0913 – the columns of an entry, each named
    session: Session,
    act: Act,
    kind: str,
    facts: dict[str, Any],
    legs: Sequence[Leg] = (),
    *,
    effective_on: date | None = None,
    occurred_on: date | None = None,
    approver_id: int | None = None,
    reverses_seq: int | None = None,
    resolves_seq: int | None = None,
    body: dict[str, Any] | None = None,
) -> int:
    """Append one balanced, sealed entry to the bank's journal and return its seq.

    Books it on *effective_on* (default: today); *occurred_on* is the date on the paper. A leg of
    zero is left out. *body* is kept and sealed for ever: no names, no free text.

    Raises PeriodClosed, BalanceTooLow, AlreadyReversed, AlreadyResolved; BooksError for a bug.
    """
    kept = [leg for leg in legs if leg.amount or leg.held]
    _assert_balanced(kept)
    day = effective_on or act.today
    request = _Request(
        act.bank_id,
        kind,
        day,
        occurred_on or day,
        to_ms(act.at),
        act.key,
        fingerprint(kind, facts),
        act.actor_id,
        approver_id,
        reverses_seq,
        resolves_seq,
        canonical_json(body or {}),
    )
    write = _post_function if session.get_bind().dialect.name == "postgresql" else _post_rows
    try:
        return write(driver_of(session), request, kept)
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


class _Request(NamedTuple):
    """The parameters of `post_entry` before its legs, in its order."""

    bank_id: int
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


def _assert_balanced(legs: Sequence[Leg]) -> None:
    totals: dict[str, int] = {}
    for leg in legs:
        totals[leg.unit] = totals.get(leg.unit, 0) + leg.amount
    if any(totals.values()):
        raise BooksError(f"unbalanced: {totals} in {legs}")


_POST_ENTRY = (
    "SELECT post_entry(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,"
    "%s::bigint[],%s::text[],%s::bigint[],%s::bigint[])"
)


def _post_function(driver: Any, request: _Request, legs: Sequence[Leg]) -> int:
    # array literals of numbers and unit codes: made here they cost a tenth of the driver's own
    columns = [f"{{{','.join(map(str, column))}}}" for column in zip(*legs, strict=True)]
    columns = columns or ["{}"] * len(Leg._fields)
    return int(driver.execute(_POST_ENTRY, (*request, *columns)).fetchone()[0])


_INSERT_ENTRY = "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_LEG = "INSERT INTO leg VALUES (?,?,?,?,?,?,?,?)"
_INSERT_SEAL = "INSERT INTO seal VALUES (?,?,?,?,?)"


def _post_rows(driver: Any, request: _Request, legs: Sequence[Leg]) -> int:
    head_seq, head_hash, last_ms = driver.execute(_HEAD, (request.bank_id,)).fetchone()
    seq = head_seq + 1
    entry = Columns(request.bank_id, seq, *request[1:])
    # a clock set back does not reorder the books
    entry = entry._replace(recorded_ms=max(entry.recorded_ms, last_ms))
    day = str(entry.effective_on)
    driver.execute(_INSERT_ENTRY, (*entry[:3], day, str(entry.occurred_on), *entry[5:]))
    numbered = [
        LegColumns(line, leg.account_id, leg.unit, leg.amount, leg.held)
        for line, leg in enumerate(legs, 1)
    ]
    driver.executemany(
        _INSERT_LEG,
        [
            (request.bank_id, seq, leg.line, leg.account_id, leg.unit, day, leg.amount, leg.held)
            for leg in numbered
        ],
    )
    sealed = seal_hash(head_hash, entry, numbered)
    driver.execute(_INSERT_SEAL, (request.bank_id, seq, len(numbered), head_hash, sealed))
    return int(seq)


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
