"""The checks of the proof page: sums that must agree, each from balance rows, never from history.

A household is never named here: totals only, for every villager to read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import chart
from banksampah.reports.queries import documents
from banksampah.streams import stream

SAVINGS = "2100"
"""What the code of every household's savings begins with."""
TAIL_ENTRIES = 100
"""How many of the newest seals a look at the page works out again: never more, however long."""
CASH_AND_BANK = {str(chart.CASH), str(chart.BANK)}
GOODS = {str(chart.PRODUCTS), str(chart.GOODS)}


class Term(NamedTuple):
    """One addend: its stable name and its amount, which may be negative."""

    name: str
    amount: int


class Differing(NamedTuple):
    """A household account whose passbook and balance differ, in rupiah."""

    code: str
    book_idr: int
    account_idr: int

    @property
    def difference_idr(self) -> int:
        return abs(self.book_idr - self.account_idr)


@dataclass(frozen=True, slots=True)
class Check:
    """Two sums that must agree. *counted* is how many things were added up."""

    name: str
    unit: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]
    counted: int = 0
    differing: tuple[Differing, ...] = ()

    @property
    def left_sum(self) -> int:
        return sum(term.amount for term in self.left)

    @property
    def right_sum(self) -> int:
        return sum(term.amount for term in self.right)

    @property
    def difference(self) -> int:
        return abs(self.left_sum - self.right_sum)

    @property
    def ok(self) -> bool:
        return not self.difference and not self.differing


@dataclass(frozen=True, slots=True)
class ProofOfBooks:
    """All checks of one bank, and the faults found in entries.

    *replayed*: every entry, balance and document was worked out again; otherwise only the newest
    seals were.
    """

    entries_count: int
    since: date | None
    checks: tuple[Check, ...]
    chain_faults: tuple[ledger.Fault, ...]
    balance_faults: tuple[ledger.Fault, ...] = ()
    document_faults: tuple[ledger.Fault, ...] = ()
    replayed: bool = False

    @property
    def faults(self) -> tuple[ledger.Fault, ...]:
        return (*self.chain_faults, *self.balance_faults, *self.document_faults)

    @property
    def failed_count(self) -> int:
        found = (self.chain_faults, self.balance_faults, self.document_faults)
        return sum(not check.ok for check in self.checks) + sum(map(bool, found))

    @property
    def checks_count(self) -> int:
        return len(self.checks) + (3 if self.replayed else 1)


def prove(session: Session, bank_id: int) -> ProofOfBooks:
    """Every check that balance rows and the newest seals can answer.

    As fast after ten years as on the first day.
    """
    rows = ledger.accounts(session, bank_id)
    first = ledger.entries(session, bank_id, limit=1)
    return ProofOfBooks(
        entries_count=ledger.head_seq(session, bank_id),
        since=first[0].effective_on if first else None,
        checks=checks_of(rows, figures(session, [bank_id])[bank_id]),
        chain_faults=tuple(ledger.check_tail(session, bank_id, TAIL_ENTRIES)),
    )


def checks_of(rows: Sequence[ledger.AccountRow], figures: "Figures") -> tuple[Check, ...]:
    """The checks of one bank, from its accounts (those that ever moved are enough) and figures."""
    return (
        _debit_is_credit(rows),
        _have_is_owe(rows),
        _passbooks(rows, figures),
        *_goods(rows),
        _splits(figures),
        _held(rows, figures),
    )


@dataclass(slots=True)
class Figures:
    """What the checks of a bank need beside its accounts. *…_count* says of how many a sum is."""

    households_count: int = 0
    books: dict[int, int] = field(default_factory=dict)
    divided_idr: int = 0
    splits_count: int = 0
    parts_idr: int = 0
    asked_idr: int = 0
    asked_count: int = 0
    proposed_idr: int = 0
    proposed_count: int = 0


def figures(session: Session, bank_ids: Sequence[int]) -> dict[int, Figures]:
    """The figures of many banks, whose ids go up, each asked once for all of them."""
    found = {bank_id: Figures() for bank_id in bank_ids}
    span = f"BETWEEN {int(bank_ids[0])} AND {int(bank_ids[-1])}"
    days = ledger.sums_of_days(session, bank_ids, SAVINGS)
    for bank_id, account_id in stream(session, _HOUSEHOLDS.format(span)):
        if bank_id in found:
            found[bank_id].households_count += 1
            found[bank_id].books[account_id] = days.get(bank_id, {}).get(account_id, 0)
    for sql, *names in _SUMS:
        for bank_id, *sums in stream(session, sql.format(span)):
            for name, amount in zip(names, sums, strict=True):
                if bank_id in found:
                    setattr(found[bank_id], name, int(amount))
    return found


def prove_fully(session: Session, bank_id: int) -> ProofOfBooks:
    """The same checks, and every entry and document from the first one worked out again."""
    replayed, papers = next(documents.walk(session, [bank_id]))
    faults = replayed.faults
    chain = tuple(fault for fault in faults if fault.seq is not None or "rantai" in fault.fact)
    return replace(
        prove(session, bank_id),
        chain_faults=chain,
        balance_faults=tuple(fault for fault in faults if fault not in chain),
        document_faults=tuple(papers),
        replayed=True,
    )


def position(session: Session, bank_id: int) -> Check:
    """What the bank has on the left, what it owes and holds for others on the right."""
    return _have_is_owe(ledger.accounts(session, bank_id))


def _debit_is_credit(rows: Sequence[ledger.AccountRow]) -> Check:
    money = [row for row in rows if row.unit == "IDR"]
    return Check(
        "debit_credit",
        "IDR",
        (Term("debit", sum(row.debit for row in money)),),
        (Term("credit", sum(row.credit for row in money)),),
    )


def _have_is_owe(rows: Sequence[ledger.AccountRow]) -> Check:
    """Assets on one side; savings, funds and what the trade left over on the other."""
    sums = dict.fromkeys((*_HAVE, *_OWE), 0)
    for row in rows:
        if row.unit == "IDR":
            name = _place(row.code)
            grows = "debit" if name in _HAVE else "credit"
            sums[name] += row.posted if row.normal == grows else -row.posted
    return Check(
        "have_owe",
        "IDR",
        tuple(_terms(sums, _HAVE, always={"cash", "stock"})),
        tuple(_terms(sums, _OWE, always={"savings", "funds"})),
    )


_HAVE = ("cash", "receivable", "stock", "member_debt")
_OWE = ("savings", "suspense", "payable", "funds", "result")


def _place(code: str) -> str:
    """Which addend of "what we have = what we owe" an account belongs to."""
    head = code.partition(".")[0]
    if code in CASH_AND_BANK:
        return "cash"
    if head == "1300" or code in GOODS:
        return "stock"
    if head == "1400":
        return "member_debt"
    if head == "2100":
        return "savings"
    fixed = {
        str(chart.RECEIVABLE): "receivable",
        str(chart.SUSPENSE): "suspense",
        str(chart.PAYABLE): "payable",
        str(chart.OPENING): "result",
        str(chart.RESULT): "result",
        str(chart.ALLOCATION): "result",
    }
    return fixed.get(code) or ("funds" if head[0] == "3" else "result")


def _terms(sums: dict[str, int], names: Iterable[str], always: set[str]) -> Iterable[Term]:
    return (Term(name, sums[name]) for name in names if sums[name] or name in always)


def _passbooks(rows: Sequence[ledger.AccountRow], figures: Figures) -> Check:
    """Each household's passbook is added up from its days; the control account from balances."""
    control = {row.account_id: row for row in rows if row.code.startswith(f"{SAVINGS}.")}
    books = figures.books
    differing = [
        Differing(row.code, books.get(account_id, 0), row.posted)
        for account_id, row in control.items()
        if books.get(account_id, 0) != row.posted
    ]
    return Check(
        "passbooks",
        "IDR",
        (Term("passbooks", sum(books.values())),),
        (Term("control", sum(row.posted for row in control.values())),),
        counted=figures.households_count,
        differing=tuple(differing),
    )


def _goods(rows: Sequence[ledger.AccountRow]) -> Iterable[Check]:
    """What came in is what was sold, processed, lost or still lies there; for each unit in use."""
    for unit in chart.UNITS:
        posted = {row.account_id: row.posted for row in rows if row.unit == unit}
        stock = sum(row.posted for row in rows if row.unit == unit and row.code[:2] == "S.")
        came = [Term(name, posted.get(chart.flow(name, unit), 0)) for name in _CAME]
        went = [Term(name, posted.get(chart.flow(name, unit), 0)) for name in _WENT]
        if unit == "G" or any(posted.values()):
            yield Check(
                f"goods_{unit.lower()}",
                unit,
                (Term("came", sum(term.amount for term in came)),),
                (
                    went[0],
                    Term("stock", stock),
                    *(term for term in went[1:] if term.amount or term.name == "shrink"),
                ),
            )


_CAME = ("in_savings", "in_donated", "opening", "produced")
_WENT = ("sold", "processed", "shrink", "residue")


def _splits(figures: Figures) -> Check:
    return Check(
        "splits",
        "IDR",
        (Term("parts", figures.parts_idr),),
        (Term("divided", figures.divided_idr),),
        counted=figures.splits_count,
    )


def _held(rows: Sequence[ledger.AccountRow], figures: Figures) -> Check:
    """Money kept back on accounts is what waits for a decision, and nothing else."""
    return Check(
        "held",
        "IDR",
        (Term("held", sum(row.held for row in rows)),),
        (Term("withdrawals", figures.asked_idr), Term("splits", figures.proposed_idr)),
        counted=figures.asked_count + figures.proposed_count,
    )


_HOUSEHOLDS = (
    "SELECT bank_id, savings_account_id FROM member"
    f" WHERE bank_id {{}} AND savings_account_id <> {chart.SUSPENSE}"  # Titipan's holder is none
    " ORDER BY bank_id, id"
)
_SUMS = (
    (
        "SELECT bank_id, sum(amount_idr), count(*) FROM split WHERE bank_id {} GROUP BY bank_id",
        "divided_idr",
        "splits_count",
    ),
    (
        "SELECT bank_id, sum(amount_idr) FROM split_line WHERE bank_id {} GROUP BY bank_id",
        "parts_idr",
    ),
    (
        "SELECT w.bank_id, sum(w.amount_idr), count(*) FROM withdrawal w WHERE w.bank_id {}"
        " AND NOT EXISTS (SELECT 1 FROM withdrawal_outcome o"
        "  WHERE o.bank_id = w.bank_id AND o.withdrawal_seq = w.seq) GROUP BY w.bank_id",
        "asked_idr",
        "asked_count",
    ),
    (
        "SELECT s.bank_id, sum(s.amount_idr), count(*) FROM split s WHERE s.bank_id {}"
        " AND NOT EXISTS (SELECT 1 FROM split_step t"
        "  WHERE t.bank_id = s.bank_id AND t.split_seq = s.seq) GROUP BY s.bank_id",
        "proposed_idr",
        "proposed_count",
    ),
)
