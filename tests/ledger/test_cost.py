"""Posting costs the same in a long book as in a short one, counted in SQLite's own steps."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction
from tests.conftest import TODAY
from tests.ledger.conftest import Books


def steps_of_one_deposit(session: Session, books: Books) -> int:
    """Virtual machine steps, in hundreds, of one deposit with its triggers."""
    connection = session.connection().connection.dbapi_connection
    assert connection is not None
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(tick, 100)
    ledger.post(session, books.act(), "deposit", {}, books.deposit_legs())
    connection.set_progress_handler(None, 100)
    return count


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # steps are SQLite's
def test_the_six_hundredth_entry_costs_what_the_tenth_did(books: Books) -> None:
    books.session.rollback()
    with transaction(1) as session:
        for n in range(10):
            day = TODAY - timedelta(days=n % 30)
            ledger.post(session, books.act(), "deposit", {}, books.deposit_legs(), effective_on=day)
        early = steps_of_one_deposit(session, books)
        for n in range(600):
            day = TODAY - timedelta(days=n % 30)
            ledger.post(session, books.act(), "deposit", {}, books.deposit_legs(), effective_on=day)
        late = steps_of_one_deposit(session, books)
    assert late <= early * 1.5, (early, late)
