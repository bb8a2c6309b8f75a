"""From a token to who is asking: one statement, outside any transaction, past the ORM.

Every call of the API begins with it, so it is kept lean: on PostgreSQL one journey to the database
instead of three (BEGIN, SELECT, ROLLBACK), on SQLite a tenth of a session's work.
"""

from functools import cache
from typing import Any

from sqlalchemy import Engine

from banksampah.db import db
from banksampah.staff.queries import who_by_token

Row = dict[str, Any]


def find_by_token(key_hash: str, bank_id: int | None) -> Row | None:
    """The person and, asked with *bank_id*, the bank's row and the roles there (may be None)."""
    engine = db.engine
    ask = _Question.of(engine.dialect.name, bank_id is not None)
    given = (
        {"key_hash": key_hash} if bank_id is None else {"key_hash": key_hash, "bank_id": bank_id}
    )
    found = ask.run(engine, given)
    return None if found is None else dict(zip(ask.columns, found, strict=True))


class _Question:
    """The statement in one engine's SQL."""

    def __init__(self, engine: Engine, with_bank: bool):
        statement = who_by_token(bank=with_bank)
        compiled = statement.compile(
            dialect=engine.dialect, compile_kwargs={"render_postcompile": True}
        )
        self.sql = str(compiled)
        self.columns = tuple(statement.selected_columns.keys())
        self._fixed = dict(compiled.params)
        self._order = compiled.positiontup  # SQLite's parameters have places, not names

    @staticmethod
    @cache
    def of(dialect_name: str, with_bank: bool) -> "_Question":
        return _Question(db.engine, with_bank)

    def run(self, engine: Engine, given: dict[str, Any]) -> Any:
        values = self._fixed | given
        places = values if self._order is None else tuple(values[name] for name in self._order)
        connection = engine.raw_connection()
        try:
            driver: Any = connection.driver_connection
            return driver.execute(self.sql, places).fetchone()
        finally:
            connection.close()
