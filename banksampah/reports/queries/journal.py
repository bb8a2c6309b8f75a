"""The journal as readers know it: debit and credit columns, names for accounts, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.queries import materials
from banksampah.splits.queries import funds

PAGE_ENTRIES = 25


@dataclass(frozen=True, slots=True)
class Column:
    """One line of an entry: *debit* or *credit* in the account's unit, *held* kept back."""

    code: str
    name: str
    unit: str
    debit: int
    credit: int
    held: int


@dataclass(frozen=True, slots=True)
class Written:
    """An entry with its lines, money first, debits before credits."""

    seq: int
    kind: str
    effective_on: date
    occurred_on: date
    recorded_at: datetime
    actor_id: int
    approver_id: int | None
    reverses_seq: int | None
    resolves_seq: int | None
    lines: tuple[Column, ...]


def newest(session: Session, bank_id: int, before_seq: int | None = None) -> list[Written]:
    """A page of entries, newest first, from the one before *before_seq*."""
    head = ledger.head_seq(session, bank_id)
    top = head if before_seq is None else min(before_seq - 1, head)
    after = max(top - PAGE_ENTRIES, 0)
    page = ledger.entries(session, bank_id, after_seq=after, limit=max(top - after, 0))
    return written(session, bank_id, page[::-1])


def one(session: Session, bank_id: int, seq: int) -> Written:
    """Entry *seq*. Raises NotFound."""
    return written(session, bank_id, [ledger.entry(session, bank_id, seq)])[0]


def written(session: Session, bank_id: int, page: Sequence[ledger.Entry]) -> list[Written]:
    """*page* with accounts named as the bank calls them; households stay numbers."""
    codes = {row.account_id: row.code for row in ledger.accounts(session, bank_id)}
    labels = account_labels(session, bank_id)
    return [
        Written(
            entry.seq,
            entry.kind,
            entry.effective_on,
            entry.occurred_on,
            entry.recorded_at,
            entry.actor_id,
            entry.approver_id,
            entry.reverses_seq,
            entry.resolves_seq,
            tuple(
                Column(
                    codes[leg.account_id],
                    labels.get(leg.account_id)
                    or ledger.chart.name_of(leg.account_id, codes[leg.account_id]),
                    leg.unit,
                    max(leg.amount, 0),
                    max(-leg.amount, 0),
                    leg.held,
                )
                for leg in sorted(entry.legs, key=lambda x: (x.unit != "IDR", x.amount < 0, x.line))
            ),
        )
        for entry in page
    ]


def account_labels(session: Session, bank_id: int) -> dict[int, str]:
    """account_id → name, where the business knows a better one than the chart."""
    labels = {fund.account_id: fund.name for fund in funds(session, bank_id)}
    for material in materials(session, bank_id, retired=True):
        labels[material.value_account_id] = f"Persediaan {material.name}"
        labels[material.bought_account_id] = f"Stok {material.name}"
        labels[material.donated_account_id] = f"Stok sedekah {material.name}"
    return labels
