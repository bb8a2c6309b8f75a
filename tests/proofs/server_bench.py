"""The attempts of `tests/ledger` against a PostgreSQL whose ledger has one guard fewer.

One cluster for all of them: each changed schema is a database of its own, built by the first
migration, filled through the ledger and attacked as its owner and as the service; some attempt
must get through, or the journal must be found changed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.orm import Session

from banksampah.db import APP_ROLE, db, migrations_for, normal_url
from banksampah.reports.queries.storage import storage_faults
from migrations import guards
from tests.emptying import admin, named
from tests.ledger.posted import CALLS
from tests.ledger.test_guards import attempts, is_refused
from tests.proofs.guard_bench import fill
from tests.proofs.places import Place
from tests.proofs.simulation import app_on

NAME = f"banksampah_guards_{os.getpid()}"


class ServerBench:
    """One application over one database, which is made anew for each schema."""

    def __init__(self, at: Place):
        self.at, self.url = at, named(at.url, NAME)
        self.app = app_on(self.url)

    def let_through(self, sql: str) -> str | None:
        """The attempt that a database built by *sql* does not refuse; None: all are refused."""
        with self._filled(sql) as engine:
            for who, tried in (("owner", {}), ("service", CALLS)):
                for name, statements in (attempts("postgresql") | tried).items():
                    with engine.connect() as connection:
                        if who == "service":
                            _serve(connection, "1")
                        if not is_refused(connection, statements):
                            return f"{name}, as {who}"
            return self._seen_wrongly(engine)

    def _seen_wrongly(self, engine: Engine) -> str | None:
        """What the service sees of its bank, of another and of none; and whether owners see more."""
        for chosen, due in (("1", 4), ("2", 0), ("", 0)):
            with engine.connect() as connection:
                _serve(connection, chosen)
                seen = connection.exec_driver_sql("SELECT count(*) FROM entry").scalar_one()
            if seen != due:
                return f"bank {chosen or 'none'}: {seen} entries are seen"
        with Session(engine) as session:
            hidden = [fact for fact in storage_faults(session) if "rows of other banks" in fact]
        return hidden[0] if hidden else None

    @contextmanager
    def _filled(self, sql: str) -> Iterator[Engine]:
        admin(
            self.at.url, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)", f"CREATE DATABASE {NAME}"
        )
        with TemporaryDirectory(prefix="banksampah-guards-") as folder:
            (Path(folder) / "0001_ledger_postgresql.sql").write_text(sql)
            first, guards.SQL = guards.SQL, Path(folder)
            try:
                command.upgrade(migrations_for(self.url), "0001")
            finally:
                guards.SQL = first
        engine = create_engine(normal_url(self.url), isolation_level="AUTOCOMMIT")
        try:
            with self.app.app_context():
                fill()
                db.engine.dispose()
            yield engine
        finally:
            engine.dispose()


def _serve(connection: Connection, bank: str) -> None:
    connection.exec_driver_sql(f"SET ROLE {APP_ROLE}")
    connection.exec_driver_sql("SELECT set_config('app.bank_id', %s, false)", (bank,))
