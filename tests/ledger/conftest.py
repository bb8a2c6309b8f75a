"""A bank's bare books: two households, one material, cash. No feature is involved."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import normal_url, transaction
from banksampah.ledger import Act, Leg, chart, credit, debit, hold
from tests.conftest import NOW, TODAY


@dataclass
class Books:
    """Bank 1 with its accounts; `post` and `refused` speak in legs."""

    session: Session
    household: int
    neighbour: int
    stock: int
    grams: int
    keys: "itertools.count[int]"

    def act(self, key: str | None = None, *, today: date = TODAY, bank_id: int = 1) -> Act:
        return Act(bank_id, key or f"k{next(self.keys)}", 7, NOW, today)

    def post(self, kind: str, *legs: Leg, act: Act | None = None, **options: object) -> int:
        with transaction(1) as session:
            return ledger.post(session, act or self.act(), kind, {}, legs, **options)  # type: ignore[arg-type]

    def deposit(self, idr: int = 37_500, g: int = 12_500, **options: object) -> int:
        return self.post("deposit", *self.deposit_legs(idr, g), **options)  # type: ignore[arg-type]

    def deposit_legs(self, idr: int = 37_500, g: int = 12_500) -> tuple[Leg, ...]:
        return (
            debit(self.stock, idr),
            credit(self.household, idr),
            debit(self.grams, g, "G"),
            credit(chart.flow("in_savings", "G"), g, "G"),
        )

    def fund_cash(self, idr: int = 1_000_000) -> int:
        return self.post("grant", debit(chart.CASH, idr), credit(chart.ENVIRONMENT, idr))

    def reverse(self, seq: int, act: Act | None = None) -> int:
        with transaction(1) as session:
            return ledger.reverse(session, act or self.act(), seq, {"seq": seq}, "salah timbang")

    def posted(self, account_id: int) -> int:
        return ledger.balance(self.session, 1, account_id).posted


@pytest.fixture
def books(session: Session) -> Books:
    with transaction(1) as s:
        ledger.open_bank(s, 1)
    with transaction(2) as s:
        ledger.open_bank(s, 2)
    with transaction(1) as s:
        ids = ledger.open_accounts(
            s,
            1,
            [
                ("2100.017", "IDR", "credit", True),
                ("2100.018", "IDR", "credit", True),
                ("1300.1.B", "IDR", "debit", True),
                ("S.1.B", "G", "debit", True),
            ],
        )
    return Books(session, *ids, itertools.count(1))


Make = Callable[..., int]


@pytest.fixture
def kept_books(books: Books) -> Books:
    """Two deposits, something held, September closed."""
    books.deposit(effective_on=date(2026, 9, 5))
    books.deposit()
    books.post("withdrawal.request", hold(books.household, 5))
    with transaction(1) as session:
        ledger.close_period(session, books.act(), date(2026, 9, 30))
    books.session.rollback()
    return books


@pytest.fixture
def vandal(database_url: str) -> Iterator[Engine]:
    """The owner with all guards down, working in a transaction that is thrown away."""
    engine = create_engine(normal_url(database_url))
    yield engine
    engine.dispose()


def guards_down(session: Session) -> None:
    """No trigger and no foreign key holds until the transaction is thrown away."""
    run = session.connection().exec_driver_sql
    if session.get_bind().dialect.name == "postgresql":
        run("SET LOCAL session_replication_role = 'replica'")
        return
    run("PRAGMA defer_foreign_keys = ON")
    for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
        run(f"DROP TRIGGER {name}")
