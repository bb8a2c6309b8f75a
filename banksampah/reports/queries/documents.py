"""The documents against the journal: every deposit valued again, every withdrawal traced again.

Sales, splits and stock are proven by their own features, and the rows of every table by `records`;
this file asks them too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from banksampah import ledger
from banksampah.deposits.models import Deposit, DepositLine
from banksampah.ledger import chart
from banksampah.members.models import Member
from banksampah.money import share_idr, value_idr
from banksampah.reports.queries import records
from banksampah.sales import queries as sales
from banksampah.splits import queries as splits
from banksampah.stock import queries as stock
from banksampah.withdrawals.models import PAID, Withdrawal, WithdrawalOutcome

ENTRIES_AT_ONCE = 1_000

Progress = Callable[[str], None]
Document = TypeVar("Document", Deposit, Withdrawal, WithdrawalOutcome)


def faults(session: Session, bank_id: int, progress: Progress | None = None) -> list[ledger.Fault]:
    """Every document that differs from its entry or from the sum done again."""
    found: list[ledger.Fault] = []
    for name, check in (
        ("deposits and withdrawals", _own_faults),
        ("sales", sales.faults),
        ("splits", splits.faults),
        ("stock", stock.faults),
        ("tables", records.faults),
    ):
        if progress:
            progress(name)
        found.extend(ledger.Fault(seq, fact) for seq, fact in check(session, bank_id))
    return found


def _own_faults(session: Session, bank_id: int) -> Iterator[tuple[int | None, str]]:
    savings = {
        row.id: row.savings_account_id
        for row in session.execute(
            select(Member.id, Member.savings_account_id).filter_by(bank_id=bank_id)
        )
    }
    after_seq = 0
    while page := ledger.entries(session, bank_id, after_seq=after_seq, limit=ENTRIES_AT_ONCE):
        span = (page[0].seq, page[-1].seq)
        deposits = _by_seq(session, Deposit, bank_id, span)
        withdrawals = _by_seq(session, Withdrawal, bank_id, span)
        outcomes = _by_seq(session, WithdrawalOutcome, bank_id, span)
        for entry in page:
            facts = [
                *_deposit_faults(entry, deposits.get(entry.seq), savings),
                *_withdrawal_faults(entry, withdrawals.get(entry.seq), savings),
                *_outcome_faults(entry, outcomes.get(entry.seq)),
            ]
            yield from ((entry.seq, fact) for fact in facts)
        after_seq = page[-1].seq


def _by_seq(
    session: Session, model: type[Document], bank_id: int, span: tuple[int, int]
) -> dict[int, Document]:
    rows = select(model).filter_by(bank_id=bank_id).where(model.seq.between(*span))
    if model is Deposit:
        rows = rows.options(selectinload(Deposit.lines))
    return {row.seq: row for row in session.scalars(rows)}


def _deposit_faults(
    entry: ledger.Entry, deposit: Deposit | None, savings: Mapping[int, int]
) -> Iterable[str]:
    if deposit is None:
        if entry.kind == "deposit.record":
            yield "setoran tanpa dokumen"
        return
    if entry.kind != "deposit.record":
        yield f"dokumen setoran pada catatan {entry.kind}"
    yield from _line_faults(deposit.lines)
    if sum(line.value_idr for line in deposit.lines) != deposit.value_idr:
        yield "nilai setoran tidak sama dengan jumlah barisnya"
    if sum(line.credited_idr for line in deposit.lines) != deposit.credited_idr:
        yield "yang masuk tabungan tidak sama dengan jumlah baris setoran"
    saved = -_moved(entry, lambda leg: leg.account_id == savings.get(deposit.member_id))
    if saved != deposit.credited_idr:
        yield f"buku nasabah bertambah {saved}, menurut setoran {deposit.credited_idr}"
    for unit in chart.UNITS:
        came = _moved(entry, lambda leg, unit=unit: leg.unit == unit and leg.amount > 0)
        weighed = sum(line.quantity for line in deposit.lines if line.unit == unit)
        if came != weighed:
            yield f"stok bertambah {came} {unit}, menurut setoran {weighed}"


def _line_faults(lines: Sequence[DepositLine]) -> Iterable[str]:
    for line in lines:
        value = value_idr(line.quantity, line.price_idr or 0, line.unit)
        if line.value_idr != value:
            yield f"baris {line.line}: nilai {line.value_idr}, menurut berat dan harga {value}"
        share = share_idr(line.value_idr, line.share_ppm)
        if line.credited_idr != share:
            yield f"baris {line.line}: bagian nasabah {line.credited_idr}, seharusnya {share}"


def _withdrawal_faults(
    entry: ledger.Entry, withdrawal: Withdrawal | None, savings: Mapping[int, int]
) -> Iterable[str]:
    if withdrawal is None:
        return
    held = [(leg.account_id, leg.amount, leg.held) for leg in entry.legs]
    if held != [(savings.get(withdrawal.member_id), 0, withdrawal.amount_idr)]:
        yield "uang yang ditahan tidak sama dengan permintaan penarikan"


def _outcome_faults(entry: ledger.Entry, outcome: WithdrawalOutcome | None) -> Iterable[str]:
    if outcome is None:
        return
    paid = -_moved(entry, lambda leg: leg.account_id in (chart.CASH, chart.BANK))
    due = outcome.amount_idr if outcome.kind == PAID else -outcome.amount_idr
    if paid != due:
        yield f"uang keluar {paid}, menurut keputusan penarikan {due}"


def _moved(entry: ledger.Entry, wanted: Callable[..., bool]) -> int:
    return sum(leg.amount for leg in entry.legs if wanted(leg))
