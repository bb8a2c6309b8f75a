"""The table of attempts (tests/ledger/test_guards.py) against a schema with one guard dropped.

No migration and no test runner: a file is built from the changed SQL, filled through the ledger, and
attacked; some attempt must get through. So all guards of SQLite can be tried in seconds.
"""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import create_engine

from banksampah import ledger
from banksampah.db import db, transaction
from tests.ledger.conftest import Books
from tests.ledger.test_guards import attempts, is_refused
from tests.ledger.test_guards_alone import ALONE
from tests.proofs.simulation import app_on

ACCOUNTS = (
    ("2100.017", "IDR", "credit", True),
    ("2100.018", "IDR", "credit", True),
    ("1300.1.B", "IDR", "debit", True),
    ("S.1.B", "G", "debit", True),
)


class GuardBench:
    """One application over one file, which is made anew for each schema."""

    def __init__(self, folder: Path):
        self.file = folder / "bank.db"
        self.app = app_on(f"sqlite:///{self.file}")

    def let_through(self, sql: str) -> str | None:
        """The attempt that a database built by *sql* does not refuse; None: all are refused."""
        with self._filled(sql):
            engine = create_engine(f"sqlite:///{self.file}", isolation_level="AUTOCOMMIT")
            try:
                for name, statements in (attempts("sqlite") | ALONE).items():
                    with engine.connect() as connection:
                        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
                        if not is_refused(connection, statements):
                            return name
            finally:
                engine.dispose()
        return None

    @contextmanager
    def _filled(self, sql: str) -> Iterator[None]:
        with self.app.app_context():
            db.session.rollback()
            db.engine.dispose()
            for beside in ("", "-wal", "-shm"):
                self.file.with_name(self.file.name + beside).unlink(missing_ok=True)
            with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
                connection.execute("BEGIN")
                for statement in sql.split("\n\n"):
                    connection.execute(statement)
                connection.execute("COMMIT")
            fill()
            yield
            db.session.rollback()
            db.engine.dispose()


def fill() -> None:
    """What the fixture `kept_books` of the guards' own test holds."""
    for bank_id in (1, 2):
        with transaction(bank_id) as session:
            ledger.open_bank(session, bank_id)
    with transaction(1) as session:
        ids = ledger.open_accounts(session, 1, ACCOUNTS)
    books = Books(db.session, *ids, itertools.count(1))
    books.deposit(effective_on=date(2026, 9, 5))
    books.deposit()
    books.fund_cash()
    with transaction(1) as session:
        ledger.close_period(session, books.act(), date(2026, 9, 30))
    db.session.rollback()
