"""What is read of accounts: balances of one and of many, days summed, the trial balance."""

import pytest
from flask import Flask
from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction
from banksampah.errors import NotFound
from banksampah.ledger import chart, credit, debit, hold
from tests.conftest import TODAY
from tests.ledger.conftest import Books


def test_balances_stand_in_their_natural_sign(books: Books) -> None:
    books.deposit(37_500, 12_500)
    found = ledger.balances(books.session, 1, [books.household, books.stock, books.neighbour])
    assert {key: value.posted for key, value in found.items()} == {
        books.household: 37_500, books.stock: 37_500, books.neighbour: 0,
    }  # fmt: skip


def test_an_account_that_is_not_there(books: Books) -> None:
    with pytest.raises(NotFound, match=r"^Akun 999 tidak ada\.$"):
        ledger.balance(books.session, 1, 999)
    assert ledger.balance_on(books.session, 1, 999, TODAY) == 0


def test_a_trial_balance_has_what_moved_and_what_is_held_on_either_side(books: Books) -> None:
    books.deposit(37_500, 12_500)
    books.post("grant", debit(chart.CASH, 1), credit(chart.ENVIRONMENT, 1))
    books.post("spend", debit(chart.ENVIRONMENT, 1), credit(chart.CASH, 1))
    books.post("hold", hold(books.household, 500))
    moved = [row for row in ledger.accounts(books.session, 1) if row.posted or row.held]
    rows = {row.account_id: row for row in moved}
    assert {books.household, books.stock, books.grams} <= set(rows)
    assert {books.neighbour, chart.CASH, chart.ENVIRONMENT} & set(rows) == set()
    assert (rows[books.stock].debit, rows[books.stock].credit) == (37_500, 0)
    assert (rows[books.household].debit, rows[books.household].credit) == (0, 37_500)
    assert rows[books.household].held == 500
    for unit in ("IDR", "G"):
        of_unit = [row for row in rows.values() if row.unit == unit]
        assert sum(row.debit for row in of_unit) == sum(row.credit for row in of_unit) > 0


def test_days_are_summed_for_every_bank_of_a_span(app: Flask, books: Books) -> None:
    for bank_id in (3, 4):
        with transaction(bank_id) as session:
            ledger.open_bank(session, bank_id)
    for bank_id in (1, 2, 3, 4):
        with transaction(bank_id) as session:
            wanted = [("2100.1", "IDR", "credit", True)]
            [account_id] = ledger.open_accounts(session, bank_id, wanted)
            moved = [debit(chart.CASH, bank_id), credit(account_id, bank_id)]
            ledger.post(session, books.act(bank_id=bank_id), "deposit", {}, moved)
    engine = create_engine(app.config["OWNER_URL"], poolclass=NullPool)  # it sees every bank
    with Session(engine) as owner:
        sums = ledger.sums_of_days(owner, [1, 2, 3], "2100")
        assert {bank_id: sum(found.values()) for bank_id, found in sums.items()} == {
            1: 1,
            2: 2,
            3: 3,
        }
        assert list(ledger.sums_of_days(owner, [4], "2100")) == [4]


def test_goods_flow_through_accounts_whose_numbers_stay_as_they_are_in_every_bank() -> None:
    assert [chart.flow("in_savings", unit) for unit in ("G", "PCS", "ML")] == [9000, 9100, 9200]
    assert chart.flow("produced", "ML") == 9207
