"""What the service's login may call on PostgreSQL refuses what is wrong in one thing alone.

`tests.proofs.server_bench` drops each guard in turn; one of these, or of `test_guards`, gets through.
"""

import pytest

from banksampah.db import db
from tests.ledger.conftest import Books
from tests.ledger.posted import CALLS, HELD, TWO, posted
from tests.ledger.test_guards import is_refused, kept_books  # noqa: F401 – a fixture

RIGHT_CALLS = (
    [posted()],
    [posted(**TWO, p_amounts="ARRAY[5, -5, 6, -6]::bigint[]")],
    [HELD],
)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_each_wrong_call_is_refused(kept_books: Books) -> None:  # noqa: F811
    for name, statements in CALLS.items():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SELECT set_config('app.bank_id', '1', false)")
            assert is_refused(connection, statements), name


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_right_call_is_not(kept_books: Books) -> None:  # noqa: F811
    for statements in RIGHT_CALLS:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT set_config('app.bank_id', '1', false)")
            for statement in statements:
                connection.exec_driver_sql(statement)
            connection.rollback()
