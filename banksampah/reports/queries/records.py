"""The tables against the journal: each row as its entry wrote it, no more rows and no fewer.

Prices, rules, settings, roles, members' accounts and documents could be changed in the tables while
the journal stays true; here they are worked out again from it (`rebuilding`). As the entries of
many banks pass by, the rows that hang on them pass beside, one stream a table.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.desk.service.suspense import NUMBER as TITIPAN
from banksampah.money import PPM
from banksampah.reports.queries.rebuilding import Made, Rebuilder, asked_for
from banksampah.reports.queries.standing import EXACT, same
from banksampah.sales.models import SaleCost, SaleLine
from banksampah.streams import Ahead

DEPOSIT = "deposit.record"
Fact = tuple[int | None, str]
Row = tuple[Any, ...]
Body = dict[str, Any]


class Kept(NamedTuple):
    """A table whose rows hang on entries: its name in words, key after the bank, other columns.

    *at* is the column of the instant it was written at; *more* one that no entry's body holds.
    """

    table: str
    words: str
    key: str
    others: str
    at: str = ""
    more: str = ""


KEPT = (
    Kept("bank_setting", "pengaturan", "seq", "name value"),
    Kept("price_list", "daftar harga", "seq", "valid_from lines_count"),
    Kept("price", "harga", "seq material_id price_class valid_from", "price_idr"),
    Kept("share_rule", "bagian nasabah", "seq", "valid_from account_kind delivery share_ppm"),
    Kept("deposit", "setoran", "seq", "member_id kind weighed_on value_idr credited_idr"
         " recorded_by_id", "recorded_at", "cause_fund_id"),
    Kept("deposit_line", "baris setoran", "seq line",
         "material_id unit quantity price_idr value_idr share_ppm credited_idr"),
    Kept("deposit_change", "perubahan setoran", "seq",
         "deposit_seq kind reason member_id recorded_by_id", "recorded_at"),
    Kept("deposit_line_change", "perubahan baris setoran", "seq line",
         "deposit_seq quantity price_idr value_idr credited_idr"),
    Kept("withdrawal", "penarikan", "seq", "member_id amount_idr method requested_by_id",
         "requested_at"),
    Kept("withdrawal_outcome", "keputusan penarikan", "seq",
         "withdrawal_seq kind amount_idr decided_by_id", "decided_at"),
    Kept("split", "pembagian", "seq", "sale_seq attempt amount_idr proposed_by_id", "proposed_at"),
    Kept("split_line", "bagian dana", "seq line", "origin fund_id rule_id version amount_idr"),
    Kept("split_step", "keputusan pembagian", "seq", "split_seq kind stage authority_seq by_id",
         "at"),
    Kept("sale", "penjualan", "seq", "sold_on recorded_by_id", "recorded_at"),
    Kept("sale_step", "kelanjutan penjualan", "seq",
         "sale_seq kind amount_idr paid_with undoes_seq by_id", "at"),
)  # fmt: skip


class Records:
    """The rows of entries, in the entries' order; `see` each, then the `rest` of its bank."""

    def __init__(self, session: Session, span: str):
        self._session = session
        self._tables = {kept.table: _Rows(session, kept, span) for kept in KEPT}
        self._deposits, self._lines = self._tables["deposit"], self._tables["deposit_line"]
        self._others = [t for t in self._tables.values() if t not in {self._deposits, self._lines}]
        self._others_next: Row = (0, 0)
        self._taken: list[tuple[_Rows, Row]] = []
        self._last_ms = 0

    def begin(self, bank_id: int) -> Rebuilder:
        """The next bank; what is true of it is kept in the answer's `now`."""
        self._last_ms = 0
        return Rebuilder(self._session, bank_id)

    def see(self, journal: Rebuilder, entry: ledger.Entry, recorded_ms: int) -> Iterator[str]:
        """What is wrong with the rows of *entry*: changed, missing, or of no entry."""
        key = (entry.bank_id, entry.seq)
        found = self._found(key)
        if entry.kind == "sale.record":
            yield from _sale_faults(self._session, journal, entry)
        elif entry.kind == DEPOSIT:
            yield from _cause_faults(found, journal, entry)
        due = {(made.table, made.key): made for made in journal.rows(entry)}
        held_back, self._last_ms = recorded_ms == self._last_ms, recorded_ms
        for table, row in found:
            yield from _row_faults(table, row, key, due, (recorded_ms, held_back))
        yield from (f"{_WORDS[made.table]} hilang" for made in due.values())

    def deposit_agrees(self, journal: Rebuilder, row: Row) -> Body | None:
        """What is sealed in a deposit whose rows are as they must be; None: `see` it.

        Most entries are such: whole, at a known price. Nothing else of the bank moves on with them.
        """
        key = row[:2]
        if row[2] != DEPOSIT or row[10] is not None or key >= self._others_next:
            return None
        body: Body = json.loads(row[12])
        deposits = self._deposits.just(key, 1) or []
        lines = self._lines.just(key, len(body["lines"])) or []
        number = journal.now.members.get(body["member_id"], [None])[0]
        if number != TITIPAN and _as_sealed(row, body, deposits, lines):
            self._last_ms = row[5]
            return body
        self._taken = [(self._deposits, own) for own in deposits]
        self._taken += [(self._lines, own) for own in lines]
        return None

    def _found(self, key: Row) -> list[tuple["_Rows", Row]]:
        """The rows of *key*, of all tables, and those before it."""
        found, self._taken = self._taken, []
        tables = [self._deposits, self._lines]
        if others := key >= self._others_next:
            tables += self._others
        for table in tables:
            if table.next_key <= key:
                found += [(table, row) for row in table.up_to(*key)]
        if others:
            self._others_next = min(table.next_key for table in self._others)
        return found

    def rest(self, bank_id: int) -> Iterator[Fact]:
        """Rows of entries that are not there."""
        for table in self._tables.values():
            for row in table.up_to(bank_id):
                if row[0] == bank_id:
                    yield row[1], f"{table.kept.words} tanpa catatan"


class _Rows(Ahead):
    """One table's rows in their order, with a look at the next one's bank and entry."""

    def __init__(self, session: Session, kept: Kept, span: str):
        self.kept = kept
        key = kept.key.split()
        names = [*key, *kept.others.split(), *filter(None, (kept.at, kept.more))]
        self.keys_count = len(key)
        self.columns_count = len(key) + len(kept.others.split())
        self._dated = any(name.endswith(("_on", "_from")) for name in names)
        super().__init__(
            session,
            f"SELECT bank_id, {', '.join(names)} FROM {kept.table} WHERE bank_id {span}"
            f" ORDER BY bank_id, {kept.key.replace(' ', ', ')}",
        )

    @property
    def next_key(self) -> Row:
        """Bank and entry of the next row."""
        return self.next_row()[:2] or _END

    def plain(self, row: Row) -> Row:
        """Key and columns in the kinds that a body holds."""
        columns = row[1 : self.columns_count + 1]
        if self.kept.table == "bank_setting":
            return (*columns[:-1], json.loads(columns[-1]))
        if self._dated:
            return tuple([str(x) if isinstance(x, date) else x for x in columns])
        return columns


_END = (2**63,)
_WORDS = {kept.table: kept.words for kept in KEPT}


def _as_sealed(row: Row, body: Body, deposits: list[Row], lines: list[Row]) -> bool:
    """Whether a deposit's row, and its lines', are all that its entry *row* says, and no more."""
    key, sealed, value_idr, credited_idr, given = row[:2], body["lines"], 0, 0, False
    for _material_id, _unit, _quantity, price_idr, idr, share_ppm, credited in sealed:
        if price_idr is None:  # what waits for a price is kept in mind
            return False
        value_idr += idr
        credited_idr += credited
        given = given or share_ppm != PPM
    own = (*key, body["member_id"], body["kind"], row[4], value_idr, credited_idr, row[8])
    return (
        deposits == [(*own, row[5], None)]
        and lines == [(*key, number, *line) for number, line in enumerate(sealed, 1)]
        and EXACT.issuperset(map(type, chain(*deposits, *lines)))
        and (not given or row[7] in asked_for(ledger.as_entry(row[:13], ()), None))
    )


def _row_faults(
    table: _Rows,
    row: Row,
    key: tuple[int, int],
    due_rows: dict[tuple[str, Row], Made],
    recorded: tuple[int, bool],
) -> Iterator[str]:
    words = table.kept.words
    if row[:2] != key:
        yield f"{words} {row[1]} tanpa catatan"
        return
    plain = table.plain(row)
    made = due_rows.pop((table.kept.table, plain[: table.keys_count]), None)
    if made is None:
        yield f"{words} berbeda dari catatannya: lebih dari yang dicatat"
    elif not same(columns := plain[table.keys_count :], made.values):
        told, due = next(
            pair for pair in zip(columns, made.values, strict=True) if not same(pair[:1], pair[1:])
        )
        yield f"{words} berbeda dari catatannya: {told}, seharusnya {due}"
    if table.kept.at:
        written, (recorded_ms, may_be_held_back) = row[table.columns_count + 1], recorded
        # a document bears its entry's instant; an earlier one where the clock was set back
        if written != recorded_ms and not (may_be_held_back and written < recorded_ms):
            yield f"waktu {words} berbeda dari catatannya"


def _sale_faults(session: Session, journal: Rebuilder, entry: ledger.Entry) -> Iterator[str]:
    """Goods that waited for a price when a sale was worked out; its rows, numbered from 1."""
    own = {"bank_id": entry.bank_id, "seq": entry.seq}
    columns = (SaleLine.material_id, SaleLine.bought_before, SaleLine.unpriced_before)
    for material_id, bought, unpriced in session.execute(select(*columns).filter_by(**own)):
        if unpriced != min(journal.now.unpriced(material_id), bought):
            yield "barang yang menunggu harga tidak sama dengan hitungan ulang"
    for model in (SaleLine, SaleCost):
        numbers = sorted(session.scalars(select(model.line).filter_by(**own)))
        if numbers != list(range(1, len(numbers) + 1)):
            yield "nomor baris penjualan melompat"


def _cause_faults(
    found: Sequence[tuple[_Rows, Row]], journal: Rebuilder, entry: ledger.Entry
) -> Iterator[str]:
    """What a deposit is given for: sealed in the fingerprint of what was asked."""
    told = next((row[-1] for table, row in found if table.kept.table == "deposit"), None)
    if told is None and all(line[5] == PPM for line in entry.body["lines"]):
        return
    known = [told, *(cause for cause in (None, *journal.now.funds) if cause != told)]
    asked = next((x for x in known if entry.request_hash in asked_for(entry, x)), told)
    if asked != told:
        yield f"tujuan sedekah {told}, menurut catatan {asked}"
