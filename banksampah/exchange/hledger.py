"""The journal as hledger reads it (`hledger check --strict`, checked with 1.25)."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.exchange.book import Book, Span, balances_at, entries_of, open_book
from banksampah.exchange.names import type_of
from banksampah.web.kinds import kind_name

UNITS = {"IDR": "rupiah", "G": "gram", "PCS": "buah", "ML": "mililiter"}


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
    yield (
        f"; {_text(book.title)}, {_text(book.place)}: buku besar\n"
        "; Periksa sendiri: hledger -f BERKAS check --strict\n\n"
        "decimal-mark .\n"
    )
    for unit, word in UNITS.items():
        yield f"commodity 1000. {unit}  ; {word}\n"
    yield "\n"
    for account in book.accounts:
        tags = [f"type:{type_of(account.code)}", f"kode:{account.code}"]
        if label := book.labels.get(account.account_id):
            tags.append(f"nama:{_text(label)}")
        yield f"account {book.names[account.account_id]}  ; {', '.join(tags)}\n"
    yield "\n"


def _transaction(book: Book, entry: ledger.Entry) -> str:
    day = entry.effective_on.isoformat()
    lines = [f"{day} * ({entry.seq}) {_text(kind_name(entry.kind))}  ; {', '.join(_tags(entry))}"]
    for leg in entry.legs:
        line = f"    {book.names[leg.account_id]:<44}  {leg.amount:>14} {leg.unit}"
        lines.append(f"{line}  ; ditahan:{leg.held}" if leg.held else line)
    return "\n".join(lines) + "\n\n"


def _tags(entry: ledger.Entry) -> Iterator[str]:
    yield f"jenis:{entry.kind}"
    yield f"dicatat:{entry.recorded_at.isoformat(timespec='milliseconds')}"
    if entry.occurred_on and entry.occurred_on != entry.effective_on:
        yield f"terjadi:{entry.occurred_on.isoformat()}"
    if entry.reverses_seq:
        yield f"membatalkan:{entry.reverses_seq}"
    if entry.resolves_seq:
        yield f"memutuskan:{entry.resolves_seq}"


def _closing(session: Session, book: Book, day: date) -> str:
    lines = [f"{day.isoformat()} * Saldo tutup hari  ; jenis:saldo"]
    for name, amount, unit in balances_at(session, book, day):
        lines.append(f"    {name:<44}  0 {unit} = {amount} {unit}")
    return "\n".join(lines) + "\n\n"


def _text(words: str) -> str:
    """Words that cannot be read as a comment, a tag or a new line."""
    return " ".join(words.replace(";", ",").replace(",", " ").replace("|", " ").split())
