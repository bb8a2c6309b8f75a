"""The documents against the journal: every deposit valued again, every withdrawal traced again.

Sales and splits are proven by their own features, stock by what lies there, and the rows of every
table by `records` and `standing`. All of it is done on one walk through the books of many banks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import chart
from banksampah.money import share_idr, value_idr
from banksampah.reports.queries.records import DEPOSIT, Records
from banksampah.reports.queries.standing import Tables
from banksampah.sales import queries as sales
from banksampah.splits import queries as splits
from banksampah.stock import queries as stock
from banksampah.streams import Ahead

Row = tuple[Any, ...]
Progress = Callable[[int], None]


def faults(session: Session, bank_id: int) -> list[ledger.Fault]:
    """Every document that differs from its entry or from the sum done again."""
    return next(walk(session, [bank_id]))[1]


def walk(
    session: Session, bank_ids: Sequence[int], progress: Progress | None = None
) -> Iterator[tuple[ledger.Proof, list[ledger.Fault]]]:
    """The proof of each bank's chain and sums, and what is wrong with its documents and tables.

    *bank_ids* go up; several banks on PostgreSQL need a session that may read them all.
    """
    papers = _Papers(session, bank_ids)
    for proof in ledger.check_banks(session, bank_ids, papers.see, progress):
        yield proof, papers.finish(proof)


class _Papers:
    """The documents of the bank in hand, as its entries pass by."""

    def __init__(self, session: Session, bank_ids: Sequence[int]):
        span = f"BETWEEN {int(bank_ids[0])} AND {int(bank_ids[-1])}"
        self._session = session
        self._records, self._tables = Records(session, span), Tables(session, span)
        self._members = Ahead(session, _MEMBERS.format(span))
        self._bank_id = 0
        self._faults: list[ledger.Fault] = []

    def _begin(self, bank_id: int) -> None:
        self._bank_id, self._faults, self._divides = bank_id, [], False
        self._journal = self._records.begin(bank_id)
        members = list(self._members.of(bank_id))
        self._savings = {row[1]: row[2] for row in members}
        self._closed = {row[2]: row[3] for row in members if row[4]}

    def see(self, row: Row, lines: list[Row], posted: Mapping[int, int]) -> None:
        """The next entry, its legs, and what accounts held before it."""
        if row[0] != self._bank_id:
            self._begin(row[0])
        body = self._records.deposit_agrees(self._journal, row)
        if body is not None:
            facts = list(_deposit_faults(body, lines, self._savings))
        else:
            facts = self._look(row, lines, posted)
        self._faults += [ledger.Fault(row[1], fact) for fact in facts]

    def _look(self, row: Row, lines: list[Row], posted: Mapping[int, int]) -> list[str]:
        """What is wrong with an entry that has to be looked at closely."""
        entry = ledger.as_entry(row[:13], lines)
        facts = [*self._records.see(self._journal, entry, row[5])]
        if entry.kind == DEPOSIT:
            facts += _deposit_faults(entry.body, lines, self._savings)
        elif (look := _KINDS.get(entry.kind)) is not None:
            facts += look(entry, self._savings)
        elif entry.kind == "sale.record":
            facts += sales.sale_faults(self._session, entry, posted)
        elif entry.kind.startswith("split."):
            self._divides = True
        return facts

    def finish(self, proof: ledger.Proof) -> list[ledger.Fault]:
        """What was found in the bank whose last entry has passed."""
        if proof.bank_id != self._bank_id:
            self._begin(proof.bank_id)
        found = [*self._records.rest(proof.bank_id)]
        found += self._tables.faults(proof.bank_id, self._journal.now)
        if self._divides:
            found += splits.faults(self._session, proof.bank_id)
        found += stock.faults_of(self._tables.goods, proof.accounts)
        found += self._on_closed_accounts(proof)
        return self._faults + [ledger.Fault(seq, fact) for seq, fact in found]

    def _on_closed_accounts(self, proof: ledger.Proof) -> Iterator[tuple[None, str]]:
        """Who was closed, merged or erased has no money here; debt may have come since."""
        for account in proof.accounts:
            number = self._closed.get(account.account_id)
            if number is not None and (account.posted or account.held):
                yield None, f"nasabah {number} sudah ditutup, tetapi di bukunya {account.posted}"


def _deposit_faults(
    body: Mapping[str, Any], legs: Iterable[Row], savings: Mapping[int, int]
) -> Iterable[str]:
    """The sealed lines valued again, and what moved held against them."""
    weighed: dict[str, int] = dict.fromkeys(chart.UNITS, 0)
    credited_idr = 0
    for number, line in enumerate(body["lines"], 1):
        _material_id, unit, quantity, price_idr, line_idr, share_ppm, line_credited_idr = line
        value = value_idr(quantity, price_idr or 0, unit)
        if line_idr != value:
            yield f"baris {number}: nilai {line_idr}, menurut berat dan harga {value}"
        share = share_idr(line_idr, share_ppm)
        if line_credited_idr != share:
            yield f"baris {number}: bagian nasabah {line_credited_idr}, seharusnya {share}"
        weighed[unit] += quantity
        credited_idr += line_credited_idr
    own, saved = savings.get(body["member_id"]), 0
    for _line, account_id, unit, amount, _held in legs:
        if account_id == own:
            saved -= amount
        elif amount > 0 and unit in weighed:
            weighed[unit] -= amount
    if saved != credited_idr:
        yield f"buku nasabah bertambah {saved}, menurut setoran {credited_idr}"
    for unit, missing in weighed.items():
        if missing:
            yield f"stok bertambah {-missing} {unit} lebih dari yang ditimbang"


def _withdrawal_faults(entry: ledger.Entry, savings: Mapping[int, int]) -> Iterable[str]:
    held = [(leg.account_id, leg.amount, leg.held) for leg in entry.legs]
    if held != [(savings.get(entry.body["member_id"]), 0, entry.body["amount_idr"])]:
        yield "uang yang ditahan tidak sama dengan permintaan penarikan"


def _outcome_faults(entry: ledger.Entry, savings: Mapping[int, int]) -> Iterable[str]:
    paid = -sum(leg.amount for leg in entry.legs if leg.account_id in (chart.CASH, chart.BANK))
    due = entry.body.get("paid_idr", 0)
    if paid != due:
        yield f"uang keluar {paid}, menurut keputusan penarikan {due}"


_KINDS: dict[str, Callable[[ledger.Entry, Mapping[int, int]], Iterable[str]]] = {
    "withdrawal.request": _withdrawal_faults,
    "withdrawal.pay": _outcome_faults,
    "withdrawal.refuse": _outcome_faults,
    "withdrawal.lapse": _outcome_faults,
}
_MEMBERS = (
    "SELECT bank_id, id, savings_account_id, number, closed_on IS NOT NULL"
    " FROM member WHERE bank_id {} ORDER BY bank_id, id"
)
