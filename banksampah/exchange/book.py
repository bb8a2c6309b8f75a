"""One walk through a bank's journal, the same for every format: a still picture, then a stream."""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import get_bank
from banksampah.catalog.queries import materials
from banksampah.db import db, use_bank
from banksampah.exchange.names import account_names
from banksampah.splits.queries import funds

ENTRIES_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Book:
    """What a format needs before the first entry: the accounts and what to call them."""

    bank_id: int
    title: str
    place: str
    accounts: list[ledger.AccountRow]
    names: dict[int, str]
    labels: dict[int, str]
    """account_id → the material or fund it belongs to. Never a household."""


@dataclass(slots=True)
class Span:
    """The first and last effective date met on the way."""

    first: date | None = field(default=None)
    last: date | None = field(default=None)

    def add(self, day: date) -> None:
        self.first = day if self.first is None else min(self.first, day)
        self.last = day if self.last is None else max(self.last, day)

    def closing_days(self) -> list[date]:
        """Every month end inside the span, and its last day."""
        if self.first is None or self.last is None:
            return []
        days, day = [], _month_end(self.first)
        while day < self.last:
            days.append(day)
            day = _month_end(day + timedelta(days=1))
        return [*days, self.last]


@contextmanager
def still(bank_id: int) -> Iterator[Session]:
    """A session of its own that sees the books as of now, whatever is recorded meanwhile."""
    with db.sessionmaker() as session:
        session.info["bank_id"] = bank_id
        use_bank(session, bank_id)
        yield session


def open_book(session: Session, bank_id: int) -> Book:
    """The cover of the book: title, accounts, names."""
    bank = get_bank(session, bank_id)
    accounts = ledger.accounts(session, bank_id)
    labels = {fund.account_id: fund.name for fund in funds(session, bank_id)}
    for material in materials(session, bank_id, retired=True):
        for account_id in (
            material.value_account_id,
            material.bought_account_id,
            material.donated_account_id,
        ):
            labels[account_id] = material.name
    return Book(
        bank_id=bank_id,
        title=bank.name,
        place=f"RW {bank.rw}, {bank.kelurahan}",
        accounts=accounts,
        names=account_names(accounts),
        labels=labels,
    )


def entries_of(session: Session, bank_id: int) -> Iterator[ledger.Entry]:
    """The whole journal in its own order, a few hundred entries in memory at a time."""
    after_seq = 0
    while page := ledger.entries(session, bank_id, after_seq=after_seq, limit=ENTRIES_AT_ONCE):
        yield from page
        after_seq = page[-1].seq


def balances_at(session: Session, book: Book, day: date) -> Iterator[tuple[str, int, str]]:
    """Name, balance (debit positive) and unit of each account at the end of *day*.

    Taken from the ledger's own balances, not from the entries exported: an outside tool that
    adds the entries up and meets these figures has checked both.
    """
    ids = [account.account_id for account in book.accounts]
    natural = ledger.balances_on(session, book.bank_id, ids, day)
    for account in book.accounts:
        amount = natural[account.account_id]
        signed = amount if account.normal == "debit" else -amount
        yield book.names[account.account_id], signed, account.unit


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
