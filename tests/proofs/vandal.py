"""Somebody with the database in hand: every guard down, any column of any row changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    event,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import Boolean, Date, LargeBinary

from banksampah import ledger
from banksampah.db import use_bank
from banksampah.reports.queries import documents
from banksampah.reports.queries.findings import failing, named, readable
from banksampah.reports.queries.proof import prove
from banksampah.reports.queries.storage import storage_faults
from banksampah.staff import journal
from tests.proofs.outside import is_outside


@dataclass(frozen=True)
class Edit:
    """One column of one row, before and after."""

    table: str
    column: str
    key: tuple[Any, ...]
    before: Any
    after: Any
    bank_id: int


def tables_of(engine: Engine) -> list[Table]:
    """Every table as it is in the database, not as the models tell it."""
    found = MetaData()
    found.reflect(engine)
    return sorted(found.tables.values(), key=lambda table: table.name)


def take_guards_down(engine: Engine) -> None:
    """Triggers (on PostgreSQL with the keys they hold, for each connection) and checks, for good."""
    if engine.dialect.name == "postgresql":
        event.listen(
            engine,
            "connect",
            lambda driver, _: _say(driver, "SET session_replication_role = replica"),
        )
        with engine.begin() as connection:
            drop_checks(connection)
        return
    event.listen(engine, "connect", lambda driver, _: _say(
        driver, "PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON"))  # fmt: skip
    with engine.begin() as connection:
        for (name,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def drop_checks(connection: Connection, table: str = "%") -> None:
    """Take the checks of *table* (of all tables) down, on PostgreSQL."""
    for owner, name in connection.execute(text(_CHECKS), {"table": table}).all():
        connection.exec_driver_sql(f'ALTER TABLE {owner} DROP CONSTRAINT "{name}"')


_CHECKS = (
    "SELECT conrelid::regclass::text, conname FROM pg_constraint"
    " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    " AND conrelid::regclass::text LIKE :table"
)


def _say(driver: Any, *statements: str) -> None:
    cursor = driver.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    driver.commit()


def columns_to_edit(engine: Engine) -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that is proven."""
    for table in tables_of(engine):
        for column in table.columns:
            if not is_outside(table.name, column.name):
                yield table, column


@contextmanager
def edited(
    session: Session, table: Table, column: Column[Any], chance: Random
) -> Iterator[Edit | None]:
    """Change one row's *column*, undone at the end; None where nothing could be changed."""
    keys = list(table.primary_key.columns)
    bank = table.c.bank_id if "bank_id" in table.c else literal(0)
    rows = session.execute(select(*keys, column, bank).order_by(*keys)).all()
    edit = None
    if rows:
        row = chance.choice(rows)
        key, before, bank_id = tuple(row[: len(keys)]), row[-2], row[-1]
        after = _other(column, before, [other[-2] for other in rows], chance)
        where = [a == b for a, b in zip(keys, key, strict=True)]
        try:
            session.execute(update(table).where(*where).values({column.name: after}))
            edit = Edit(table.name, column.name, key, before, after, bank_id)
        except DBAPIError:  # a type, a check or a unique key: the database itself refuses
            session.rollback()
    try:
        yield edit
    finally:
        session.rollback()


def _other(column: Column[Any], before: Any, others: list[Any], chance: Random) -> Any:
    """Another value of the same kind: a little off, or what stands in another row."""
    if column.name in _INSTANTS:
        return before + 86_400_000
    different = [value for value in others if value != before]
    if different and chance.random() < 0.4:
        return chance.choice(different)
    if column.nullable and before is not None and chance.random() < 0.3:
        return None
    if isinstance(column.type, Boolean):
        return not before
    if isinstance(before, bytes) or isinstance(column.type, LargeBinary):
        place = chance.randrange(32)
        return (
            before[:place] + bytes([before[place] ^ 1 << chance.randrange(8)]) + before[place + 1 :]
        )
    if isinstance(before, date) or isinstance(column.type, Date):
        days = chance.choice([1, 31] if before == date.min else [-31, -1, 1, 31])
        return (before or date(2026, 2, 2)) + timedelta(days=days)
    if isinstance(before, str):
        return _other_text(before, chance)
    return (before or 0) + chance.choice([-1_000, -2, -1, 1, 2, 1_000])


_INSTANTS = {"recorded_at", "requested_at", "decided_at", "proposed_at", "at"}
"""An earlier instant may be true: where the clock was set back, an entry bears the one before's."""


def _other_text(before: str, chance: Random) -> str:
    if len(before) == 10 and before[4:5] == "-" and before[:4].isdigit():
        days = chance.choice([1, 31] if before < "1000" else [-31, -1, 1, 31])
        return str(date.fromisoformat(before) + timedelta(days=days))
    place = chance.randrange(len(before)) if before else 0
    return (
        before[:place]
        + chance.choice("0123456789abcdef")
        + before[place + 1 :]
        + "~" * (not before)
    )


def found_in(session: Session, bank_id: int) -> list[str]:
    """What `verify` finds in the bank, in this session's own view of it; the chain first."""
    use_bank(session, bank_id)
    if bank_id == journal.INSTALLATION:
        return readable(session, "journal", lambda: [
            *map(named, ledger.check(session, bank_id).faults),
            *map(named, journal.faults(session)),
        ])  # fmt: skip
    return (
        readable(session, "journal", lambda: map(named, ledger.check(session, bank_id).faults))
        or readable(session, "tables", lambda: map(named, documents.faults(session, bank_id)))
        or readable(session, "sums", lambda: failing(prove(session, bank_id).checks))
    )


def all_found(engine: Engine) -> list[str]:
    """What `verify` finds in the storage, the installation and every bank, whatever their state."""
    facts: list[str] = []
    with Session(engine) as session:
        facts += readable(session, "database", lambda: storage_faults(session))
        session.rollback()
        for bank_id in bank_ids(session, facts):
            facts += found_in(session, bank_id)
            session.rollback()
    return facts


def bank_ids(session: Session, facts: list[str]) -> list[int]:
    """The installation and every bank; that they cannot be read is one of the *facts*."""
    ids: list[int] = [journal.INSTALLATION]

    def read() -> list[str]:
        ids.extend(session.scalars(text("SELECT bank_id FROM bank")))
        return []

    facts += readable(session, "banks", read)
    return ids
