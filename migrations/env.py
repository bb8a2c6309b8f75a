"""Alembic's entry: run the migrations on the connection or URL handed over by `banksampah init`."""

from alembic import context
from sqlalchemy import Connection, create_engine, event

from banksampah.db import Model, _prepare_sqlite, engine_options

# The journal is raw SQL per engine (migrations/sql), not a model: drift is looked for elsewhere.
LEDGER_TABLES = {
    "bank_head", "account", "entry", "leg", "seal", "balance", "balance_day", "period",
    "period_balance", "entry_note", "bulk",
}  # fmt: skip


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name in LEDGER_TABLES)


def include_object(
    _object: object, name: str | None, kind: str, _reflected: bool, _compared: object
) -> bool:
    return include_name(name, kind, None)


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        include_name=include_name,
        include_object=include_object,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(**engine_options(context.config.get_main_option("sqlalchemy.url") or ""))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection:
        run(connection)
    engine.dispose()
