"""The database under the books: its file, its keys, and the guards that were built into it."""

import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from banksampah.config import carried
from banksampah.db import migrate

SHOWN = 20
NOT_OURS = ("table sqlite_", "table _litestream_")
"""SQLite's own tables, and those in which Litestream remembers how far it has copied."""


def storage_faults(session: Session) -> Iterator[str]:
    """What is wrong with the database itself, whichever bank's rows it holds."""
    if session.get_bind().dialect.name == "sqlite":
        yield from _sqlite_faults(session)
    else:
        yield from _postgresql_faults(session)


def _sqlite_faults(session: Session) -> Iterator[str]:
    session.execute(text("PRAGMA cache_size = -16384"))  # each row is looked up in each index
    for (found,) in session.execute(text(f"PRAGMA integrity_check({SHOWN})")):
        if found != "ok":
            yield f"file: {' '.join(str(found).split())}"
    for row in session.execute(text("PRAGMA foreign_key_check")).fetchmany(SHOWN):
        yield f"table {row[0]}: a row points at a row of {row[2]} that is not there"
    due, there = dict(_built_schema()), dict(_schema(session))
    for name in sorted(due.keys() | there.keys()):
        if due.get(name) != there.get(name):
            yield f"schema: {name} is not as the migrations built it"


def _schema(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        text("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    )
    return [(row[0], row[1]) for row in rows if not row[0].startswith(NOT_OURS)]


@cache
def _built_schema() -> tuple[tuple[str, str], ...]:
    """What the migrations of this release build, in a database that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="banksampah-schema-") as folder:
        url = f"sqlite:///{Path(folder) / 'empty.db'}"
        migrate(url)
        engine = create_engine(url)
        with Session(engine) as session:
            built = tuple(_schema(session))
        engine.dispose()
    return built


def _postgresql_faults(session: Session) -> Iterator[str]:
    for table, name in session.execute(_SLEEPING):
        yield f"table {table}: the guard {name} is switched off"
    for (table,) in session.execute(_OPEN_TABLES):
        yield f"table {table}: rows of other banks are not hidden"
    written = "".join(
        path.read_text()
        for path in sorted(carried("migrations").rglob("*"))
        if path.suffix in {".sql", ".py"}
    )
    names = set(re.findall(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)", written))
    found = {row[0]: row[1] for row in session.execute(_FUNCTIONS)}
    for name in sorted(names):
        if name not in found or found[name] not in written:
            yield f"function {name} is not as the migrations built it"


_SLEEPING = text(
    "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE NOT t.tgisinternal AND t.tgenabled <> 'O'"
    " AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2"
)
_OPEN_TABLES = text(  # the journal's own: each was closed when it was made
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND relname IN ('bank_head', 'account', 'entry', 'leg', 'seal', 'balance', 'balance_day',"
    " 'period', 'period_balance') AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1"
)
_FUNCTIONS = text("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
