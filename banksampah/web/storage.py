"""When the database cannot: its own code, read on either engine, becomes 503 or 507.

Nothing of a refused write is kept, and the same key may be sent again: a write that was committed
before the answer got lost is then answered, not done twice.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from banksampah.db import db
from banksampah.wording import gettext_noop as _n


class Fault(NamedTuple):
    """What is wrong with the storage, and after how many seconds it is worth to ask again."""

    status: int
    code: str
    sentence: str
    retry_after_s: int


BUSY = Fault(503, "busy", _n("Sedang ramai. Coba lagi sebentar."), 2)
GONE = Fault(
    503,
    "unavailable",
    _n("Buku bank sedang tidak bisa dibuka. Kirim lagi sebentar: tidak akan tercatat dua kali."),
    5,
)
FAILING = Fault(
    503,
    "storage_failing",
    _n("Penyimpanan sedang terganggu. Kirim lagi sebentar: tidak akan tercatat dua kali."),
    10,
)
READ_ONLY = Fault(
    503,
    "read_only",
    _n("Buku bank sedang hanya bisa dibaca. Ini belum tercatat: kirim lagi nanti."),
    60,
)
FULL = Fault(
    507,
    "storage_full",
    _n("Penyimpanan penuh, jadi ini belum tercatat. Kabari pengelolanya, lalu kirim lagi."),
    60,
)

_SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_PROTOCOL: BUSY,
    sqlite3.SQLITE_IOERR: FAILING,
    sqlite3.SQLITE_NOMEM: FAILING,
    sqlite3.SQLITE_CANTOPEN: GONE,
}
_POSTGRESQL = {  # the longest that fits counts
    "53100": FULL,
    "53": BUSY,  # too many connections, no memory
    "25006": READ_ONLY,
    "40": BUSY,  # a deadlock or a conflict; asked again it goes through
    "55P03": BUSY,  # the lock was not had in time
    "57014": BUSY,  # the statement took too long
    "57P": GONE,  # shutting down, starting up
    "25P03": GONE,
    "08": GONE,
    "58": FAILING,
}
FAULTS = (DBAPIError, NoConnectionFree, sqlite3.Error, psycopg.Error)
"""What the service may meet: SQLAlchemy's errors, and the drivers' own on the hot path."""


def fault_of(error: BaseException) -> Fault | None:
    """What *error* says of the storage, or None: it says something of our statement."""
    if isinstance(error, NoConnectionFree):
        return BUSY
    told = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(told, sqlite3.Error):
        code = getattr(told, "sqlite_errorcode", None)  # extended codes keep the kind in 8 bits
        return None if code is None else _SQLITE.get(code & 0xFF)
    if isinstance(told, psycopg.Error):
        return _of_postgresql(told)
    return None


def _of_postgresql(told: psycopg.Error) -> Fault | None:
    if told.sqlstate:
        known = (told.sqlstate[:length] for length in (5, 3, 2))
        return next((_POSTGRESQL[code] for code in known if code in _POSTGRESQL), None)
    lost = isinstance(told, psycopg.OperationalError | psycopg.InterfaceError)
    return GONE if lost else None  # without a code: the connection itself


def init_app(app: Flask) -> None:
    """Let no connection that broke after the answer was made take the answer away."""
    app.teardown_appcontext_funcs[:] = [_calm(close) for close in app.teardown_appcontext_funcs]


def _calm(close: Callable[[BaseException | None], Any]) -> Callable[[BaseException | None], None]:
    def closed(error: BaseException | None) -> None:
        try:
            close(error)
        except FAULTS as fault:
            if fault_of(fault) is None:
                raise
            forget_connections()

    return closed


def forget_connections() -> None:
    """The connections kept lead to a database that went away: make new ones from here on."""
    if current_app:
        db.engine.dispose(close=False)
