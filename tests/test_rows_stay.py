"""What was written stays: no table's rows change or go, but for those listed here.

Asked of the owner of the database, whom no right holds back, after a town's days; what those leave
empty gets a row of any values. A new table is held to it, and a trigger that is gone is told by its
table.
"""

from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import Engine, NullPool, Table, create_engine, event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import Boolean, Date, Integer, LargeBinary

from banksampah.db import db, normal_url
from tests.proofs.simulation import live
from tests.proofs.tampering import BUSY, DAYS, SEED
from tests.proofs.vandal import drop_checks, tables_of

GO = {
    "alembic_version", "entry_note",
    "staff_role", "staff_session", "staff_totp", "staff_recovery", "api_token", "region_reader",
    "member_session", "sign_in_attempt",
}  # fmt: skip
"""Rows that may be taken away again: words beside the books, and who may come in."""
OWN_TESTS = {"bulk"}
"""Rows that live for the length of a transaction (tests/ledger/test_bulk_guards.py)."""
CHANGE = GO | {
    "bank", "material", "member", "member_person", "user", "desk_newcomer",  # profiles and names
    "desk_device", "desk_epoch", "desk_pin",  # phones and what they last said
    "weighing_session", "desk_intake", "desk_flag", "desk_suspense", "desk_phone_day",
    "late_sheet", "deposit_surplus",  # what is still to be decided
}  # fmt: skip
"""Rows that may change, column by column as `narrow` and `stays` say (tests/access)."""


def test_rows_stay_as_they_are(app: Flask, database_url: str) -> None:
    with app.app_context():
        live(SEED, 1, DAYS, BUSY)
        db.session.rollback()
        db.engine.dispose()
    engine = create_engine(normal_url(database_url), poolclass=NullPool)
    if on_sqlite := engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _keys_alone)
    tables = [table for table in tables_of(engine) if table.name not in OWN_TESTS]
    for table in tables:
        _fill(engine, table)
    changed, gone, replaced = (
        {table.name for table in tables if _takes(engine, statement(table))}
        for statement in (_change, _delete, _replace)
    )
    engine.dispose()
    assert changed == CHANGE | ({"bank_head"} if on_sqlite else set())  # it looks at each column
    assert gone == GO
    assert replaced == (GO | {"user"} if on_sqlite else set())


def _keys_alone(driver: Any, _record: object) -> None:
    """Checks have tests of their own; a row of any values would be refused for what it holds."""
    driver.execute("PRAGMA foreign_keys = ON")
    driver.execute("PRAGMA ignore_check_constraints = ON")


def _change(table: Table) -> Any:
    column = next(c for c in reversed(list(table.columns)) if not c.foreign_keys)
    return table.update().values({column.name: column})


def _delete(table: Table) -> Any:
    return table.delete()


def _replace(table: Table) -> Any:
    """What SQLite alone knows: elsewhere a key twice."""
    return (
        table.insert()
        .prefix_with("OR REPLACE", dialect="sqlite")
        .from_select(table.columns.keys(), select(table))
    )


def _takes(engine: Engine, statement: Any) -> bool:
    """Whether the database takes *statement*, which is undone."""
    with engine.connect() as connection:
        try:
            connection.execute(statement)
        except DBAPIError:
            return False
        finally:
            connection.rollback()
    return True


def _fill(engine: Engine, table: Table) -> None:
    """A row of any values where there is none: with checks and keys down on this connection."""
    with engine.connect() as connection:
        if connection.execute(select(table).limit(1)).first() is not None:
            return
        connection.rollback()
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
            drop_checks(connection, table.name)
        values = {column.name: _any_value(column.type) for column in table.columns}
        connection.execute(table.insert().values(values))
        connection.commit()


def _any_value(kind: Any) -> Any:
    if isinstance(kind, Boolean):
        return True
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, Date):
        return date(2026, 11, 21)
    return b"x" if isinstance(kind, LargeBinary) else "x"
