"""Migrations are numbered, have one head, make what the models say, and leave guarded tables."""

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from banksampah.db import Model, normal_url

VERSIONS = Path("migrations/versions")
LEDGER = {
    "bank_head", "account", "entry", "leg", "seal", "balance", "balance_day", "period",
    "period_balance", "entry_note", "bulk",
}  # fmt: skip
ERASABLE = {"entry_note"}
SHARED = {"user", "staff_session", "household_session", "api_token", "sign_in_attempt"}


def test_numbered_one_after_the_other() -> None:
    numbers = sorted(int(path.name[:4]) for path in VERSIONS.glob("[0-9]*.py"))
    assert numbers == list(range(1, len(numbers) + 1))
    config = Config()
    config.set_main_option("script_location", "migrations")
    config.set_main_option("path_separator", "os")
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_the_schema_is_what_the_models_say(app: Flask, database_url: str) -> None:
    engine = create_engine(normal_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _thing, name, kind, *_: (
                    kind != "table" or name not in LEDGER
                ),
            },
        )
        drift = compare_metadata(context, Model.metadata)
    engine.dispose()
    assert drift == []


def test_every_row_of_a_bank_is_kept(app: Flask, database_url: str) -> None:
    """No table of a bank lets a row be deleted; on PostgreSQL each shows a bank its own rows."""
    engine = create_engine(normal_url(database_url))
    tables = set(inspect(engine).get_table_names()) - {"alembic_version"} - ERASABLE
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            sql = "SELECT tbl_name FROM sqlite_master WHERE type='trigger' AND sql LIKE '%DELETE%'"
        else:
            sql = (
                "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND (t.tgtype & 8) > 0"
            )
        guarded = {row[0] for row in connection.execute(text(sql))}
        unguarded = {t for t in tables if "bank_id" in columns(engine, t)} - guarded - SHARED
        assert unguarded <= {"staff_role", "member_session"}  # taken away; entries tell when
        if engine.dialect.name == "postgresql":
            sql = "SELECT relname FROM pg_class WHERE relforcerowsecurity"
            forced = {row[0] for row in connection.execute(text(sql))}
            open_to_all = {t for t in tables if "bank_id" in columns(engine, t)} - forced
            assert open_to_all <= {"bank", "staff_role"}
    engine.dispose()


def columns(engine: object, table: str) -> set[str]:
    return {column["name"] for column in inspect(engine).get_columns(table)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("[0-9]*.py")), ids=lambda path: path.name)
def test_no_migration_is_a_placeholder(path: Path) -> None:
    text_of = path.read_text()
    assert not re.search(r"placeholder", text_of, re.IGNORECASE)
    assert any(verb in text_of for verb in ("op.", "run_sql(", "recheck(", "stays("))
