"""The slow-query log: statements that took too long, without what was asked for with them.

The drivers themselves are watched, for a deposit goes to them directly. On SQLite the time is
that to the first row.
"""

import logging
import re
import sqlite3
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

log = logging.getLogger(__name__)
STATEMENT_LENGTH_MAX = 1_000
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+\b")


def watch(engine: Engine, slow_ms: int) -> None:
    """Write down what *engine*'s connections do for longer than *slow_ms*."""
    slow_s = slow_ms / 1000

    def time_sqlite(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        options["factory"] = _sqlite_connection(slow_s)

    def time_postgresql(connection: DBAPIConnection, _record: object) -> None:
        connection.cursor_factory = _postgresql_cursor(slow_s)

    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", time_sqlite)
    else:
        event.listen(engine, "connect", time_postgresql, insert=True)


def shape_of(statement: object) -> str:
    """*statement* with a question mark for each value written into it.

    >>> shape_of("SELECT * FROM lock_bank(12,  'it''s')")
    'SELECT * FROM lock_bank(?, ?)'
    """
    text = statement.decode() if isinstance(statement, bytes) else str(statement)
    return _VALUES.sub("?", " ".join(text.split()))[:STATEMENT_LENGTH_MAX]


def _tell(statement: object, seconds: float) -> None:
    facts = {"statement": shape_of(statement), "ms": round(seconds * 1000)}
    log.warning("slow statement", extra={"facts": facts})


def _sqlite_connection(slow_s: float) -> type[sqlite3.Connection]:
    class TimedCursor(sqlite3.Cursor):
        def execute(self, sql: str, *values: Any) -> Any:
            began = perf_counter()
            try:
                return super().execute(sql, *values)
            finally:
                if (seconds := perf_counter() - began) > slow_s:
                    _tell(sql, seconds)

        def executemany(self, sql: str, *values: Any) -> Any:
            began = perf_counter()
            try:
                return super().executemany(sql, *values)
            finally:
                if (seconds := perf_counter() - began) > slow_s:
                    _tell(sql, seconds)

    class TimedConnection(sqlite3.Connection):
        def cursor(self, factory: Any = TimedCursor) -> Any:
            return super().cursor(factory)

        def execute(self, sql: str, *values: Any) -> Any:
            return self.cursor().execute(sql, *values)

        def executemany(self, sql: str, *values: Any) -> Any:
            return self.cursor().executemany(sql, *values)

    return TimedConnection


def _postgresql_cursor(slow_s: float) -> type[psycopg.Cursor[Any]]:
    class TimedCursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *values: Any, **options: Any) -> Any:
            began = perf_counter()
            try:
                return super().execute(query, *values, **options)
            finally:
                if (seconds := perf_counter() - began) > slow_s:
                    _tell(query, seconds)

        def executemany(self, query: Any, *values: Any, **options: Any) -> Any:
            began = perf_counter()
            try:
                return super().executemany(query, *values, **options)
            finally:
                if (seconds := perf_counter() - began) > slow_s:
                    _tell(query, seconds)

    return TimedCursor
