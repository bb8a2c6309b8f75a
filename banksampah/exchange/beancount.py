"""The journal as Beancount reads it (`bean-check`, checked with 3.2.3)."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.exchange.book import Book, Span, balances_at, entries_of, open_book
from banksampah.exchange.names import ROOTS
from banksampah.web.kinds import kind_name

UNITS = {"IDR": "rupiah", "G": "gram", "PCS": "buah", "ML": "mililiter"}
FIRST_DAY = date(2000, 1, 1)
"""Accounts are opened here: the books take no date before it."""

_ROOT_OPTIONS = {
    "A": "name_assets",
    "L": "name_liabilities",
    "E": "name_equity",
    "R": "name_income",
    "X": "name_expenses",
}


def journal(session: Session, bank_id: int) -> Iterator[str]:
    """The whole journal, piece by piece; balances at each month end are asserted at its foot."""
    book = open_book(session, bank_id)
    yield from _cover(book)
    span = Span()
    for entry in entries_of(session, bank_id):
        span.add(entry.effective_on)
        yield _transaction(book, entry)
    for day in span.closing_days():
        yield _closing(session, book, day)


def _cover(book: Book) -> Iterator[str]:
    yield "; Periksa sendiri: bean-check BERKAS\n\n"
    yield f"option {_text('title')} {_text(f'{book.title}, {book.place}')}\n"
    yield f"option {_text('operating_currency')} {_text('IDR')}\n"
    for kind, option in _ROOT_OPTIONS.items():
        yield f"option {_text(option)} {_text(ROOTS[kind])}\n"
    yield "\n"
    for unit, word in UNITS.items():
        yield f"{FIRST_DAY} commodity {unit}\n  name: {_text(word)}\n"
    yield "\n"
    for account in book.accounts:
        yield f"{FIRST_DAY} open {book.names[account.account_id]} {account.unit}\n"
        yield f"  kode: {_text(account.code)}\n"
        if label := book.labels.get(account.account_id):
            yield f"  nama: {_text(label)}\n"
    yield "\n"


def _transaction(book: Book, entry: ledger.Entry) -> str:
    links = [f"^catatan-{entry.seq}"]
    links += [f"^catatan-{seq}" for seq in (entry.reverses_seq, entry.resolves_seq) if seq]
    lines = [f"{entry.effective_on} * {_text(kind_name(entry.kind))} {' '.join(links)}"]
    lines += [f"  {line}" for line in _facts(entry)]
    for leg in entry.legs:
        lines.append(f"  {book.names[leg.account_id]:<44}  {leg.amount:>14} {leg.unit}")
        if leg.held:
            lines.append(f"    ditahan: {leg.held}")
    return "\n".join(lines) + "\n\n"


def _facts(entry: ledger.Entry) -> Iterator[str]:
    yield f"seq: {entry.seq}"
    yield f"jenis: {_text(entry.kind)}"
    yield f"dicatat: {_text(entry.recorded_at.isoformat(timespec='milliseconds'))}"
    if entry.occurred_on and entry.occurred_on != entry.effective_on:
        yield f"terjadi: {entry.occurred_on.isoformat()}"
    if entry.reverses_seq:
        yield f"membatalkan: {entry.reverses_seq}"
    if entry.resolves_seq:
        yield f"memutuskan: {entry.resolves_seq}"


def _closing(session: Session, book: Book, day: date) -> str:
    # Beancount's balance holds at the beginning of its day: the evening is the next morning.
    morning = day + timedelta(days=1)
    return (
        "".join(
            f"{morning} balance {name:<44}  {amount:>14} {unit}\n"
            for name, amount, unit in balances_at(session, book, day)
        )
        + "\n"
    )


def _text(words: str) -> str:
    return '"' + " ".join(words.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
