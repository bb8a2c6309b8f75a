"""From a token to who is asking: one statement, outside any transaction, past the ORM.

Every call of the API begins with it, so it is kept lean: on PostgreSQL one journey to the database
instead of three (BEGIN, SELECT, ROLLBACK), on SQLite a tenth of a session's work.
"""

from functools import cache
from typing import Any

from banksampah.db import Plain, db
from banksampah.staff.queries import who_by_token

Row = dict[str, Any]


def find_by_token(key_hash: str, bank_id: int | None) -> Row | None:
    """The person and, asked with *bank_id*, the bank's row and the roles there (may be None)."""
    question = _question(db.engine.dialect.name, bank_id is not None)
    given = {"key_hash": key_hash} | ({} if bank_id is None else {"bank_id": bank_id})
    connection = db.engine.raw_connection()
    try:
        found = question.run(connection.driver_connection, given)
    finally:
        connection.close()
    return found[0]._asdict() if found else None


@cache
def _question(_dialect_name: str, with_bank: bool) -> Plain:
    return Plain(who_by_token(bank=with_bank), db.engine.dialect)
