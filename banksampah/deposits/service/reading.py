"""Lines of an old book read into deposits, each cell checked: the first half of an import."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Final, NamedTuple

from banksampah.catalog.service.imports import price_in
from banksampah.deposits.queries import StandingLine, weight_g
from banksampah.deposits.queries.lookup import Goods, Household, Lookup, Told
from banksampah.deposits.service.drafting import (
    LINES_MAX,
    QUANTITY_MAX,
    USUAL_MAX_G,
    is_unusual,
)
from banksampah.members.queries import normal_number
from banksampah.money import (
    Unreadable,
    format_kg,
    parse_pieces,
    parse_weight_g,
    share_idr,
    value_idr,
)
from banksampah.sheets import FAULTS_MAX, Column, Fault, Row

COLUMNS: Final = (
    Column("date", ("tanggal", "tgl", "tanggal setor", "tanggal timbang"), required=True),
    Column("number", ("nomor", "no", "no. induk", "no. nasabah", "nomor nasabah"), required=True),
    Column("code", ("kode", "kode jenis", "kode sampah"), required=True),
    Column("quantity", ("berat", "berat (kg)", "kg", "jumlah"), required=True),
    Column("price_idr", ("harga", "harga (rp)", "harga per kg", "harga satuan")),
    Column("receipt", ("bukti", "no. bukti", "nomor bukti", "nota", "no. nota", "kuitansi")),
    Column("note", ("catatan", "keterangan")),
    Column("confirmed", ("yakin", "berat benar")),
)
"""Columns of an old book of deposits and the titles they go by."""

FIRST_DAY = date(2000, 1, 1)
RECEIPT_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}", re.ASCII)
NOTE_CHARS_MAX = 200
TEXTS_MAX = 10_000
"""So many numbers are kept as they were read."""
SAYS_YES = {"ya", "y", "yes", "benar", "yakin", "1", "true"}


class Planned(NamedTuple):
    """A deposit of the old book, ready to be posted. *row* is its first line's."""

    row: int
    day: date
    household: Household
    share_ppm: int
    lines: list[StandingLine]
    goods: list[Goods]
    receipt: str
    note: str


class Reader:
    """Reads rows into deposits, gathering faults: `faults` are complete once all is read."""

    def __init__(self, lists: Lookup, today: date, closed_through: date | None):
        self.faults: list[Fault] = []
        self.rows_count = 0
        self._lists = lists
        self._today = today
        self._closed = closed_through
        self._day = cache(self._read_day)
        self._share = cache(lists.share_on)
        # a book says the same numbers again and again
        self._normal = lru_cache(TEXTS_MAX)(normal_number)
        self._parsed = lru_cache(TEXTS_MAX)(_parse_quantity)

    def read(self, rows: Iterable[tuple[Row, Sequence[Fault]]]) -> Iterator[Planned]:
        """Each deposit in the order of the rows. Stops at the two hundredth fault."""
        open_one: Planned | None = None
        for row, form_faults in rows:
            self.rows_count += 1
            self.faults += form_faults
            planned = None if form_faults else self._deposit(row)
            if planned is None:
                if len(self.faults) >= FAULTS_MAX:
                    return
                continue
            if open_one is not None and _of_one_receipt(open_one, planned):
                self._add(row, planned, open_one)
                continue
            if open_one is not None:
                yield open_one
            open_one = planned
        if open_one is not None:
            yield open_one

    def wrong(self, row: Row, column: str, reason: str, remedy: str) -> None:
        """Gather a fault of the row's *column*."""
        self.faults.append(row.fault(column, reason, remedy))

    def _deposit(self, row: Row) -> Planned | None:
        """The row as a deposit of one line, or None and its faults."""
        cells, before = row.cells, len(self.faults)
        day = self._day_of(row)
        household = self._household(row)
        goods = self._goods(row, day)
        quantity = goods and self._quantity(row, goods)
        receipt = self._receipt(row)
        told = self._told(row)
        if goods and quantity:
            self._check_weight(row, goods, quantity)
            if told is None and household and day:
                told = self._listed(row, goods, household, day)
        if len(cells.get("note", "")) > NOTE_CHARS_MAX:
            self.wrong(row, "note", "Lebih dari 200 huruf.", "Pendekkan isian ini.")
        if len(self.faults) > before:
            return None
        assert day and household and goods and quantity and told
        share_ppm = self._share(household.kind, household.delivery, day)
        line = _line(1, goods, quantity, household.price_class, told.price_idr, share_ppm)
        note = cells.get("note", "")
        return Planned(row.number, day, household, share_ppm, [line], [goods], receipt, note)

    def _add(self, row: Row, more: Planned, deposit: Planned) -> None:
        """One more line of the receipt that is being read."""
        if more.household != deposit.household:
            self.wrong(
                row,
                "number",
                f"Bukti {more.receipt} di baris {deposit.row} milik nasabah "
                f"{deposit.household.number}.",
                "Samakan nomor nasabahnya, atau pakai nomor bukti lain.",
            )
        if more.day != deposit.day:
            self.wrong(
                row,
                "date",
                f"Bukti {more.receipt} di baris {deposit.row} bertanggal {deposit.day:%d/%m/%Y}.",
                "Samakan tanggalnya, atau pakai nomor bukti lain.",
            )
        if len(deposit.lines) == LINES_MAX:
            self.wrong(
                row,
                "receipt",
                f"Bukti ini lebih dari {LINES_MAX} baris.",
                "Bagi menjadi dua nomor bukti.",
            )
        deposit.lines.append(more.lines[0]._replace(line=len(deposit.lines) + 1))
        deposit.goods.extend(more.goods)

    def _day_of(self, row: Row) -> date | None:
        day, reason, remedy = self._day(row.cells["date"])
        if reason:
            self.wrong(row, "date", reason, remedy)
        return day

    def _read_day(self, text: str) -> tuple[date | None, str, str]:
        """The day, or why it cannot be taken and what to do; the same for the same text."""
        day = _parse_day(text)
        if day is None:
            return None, "Tanggal tidak terbaca.", "Tulis seperti 12/01/2025."
        if day > self._today:
            return (
                None,
                f"Tanggal ini sesudah hari ini, {self._today:%d/%m/%Y}.",
                "Periksa tahunnya.",
            )
        if day < FIRST_DAY:
            return None, "Tanggal sebelum tahun 2000.", "Periksa tahunnya."
        if self._closed is not None and day <= self._closed:
            return (
                None,
                f"Buku sudah ditutup sampai {self._closed:%d/%m/%Y}.",
                "Keluarkan baris ini dari berkas; saldonya masuk lewat saldo awal.",
            )
        return day, "", ""

    def _household(self, row: Row) -> Household | None:
        number = self._normal(row.cells["number"])
        household = self._lists.households.get(number)
        if household is None:
            reason = f"Nasabah {number} tidak ada." if number else "Nomor nasabah kosong."
            self.wrong(row, "number", reason, "Periksa nomornya, atau daftarkan nasabahnya dulu.")
        elif not household.is_open:
            self.wrong(
                row,
                "number",
                f"Nasabah {number} sudah ditutup.",
                "Pakai nomor nasabah yang masih terbuka.",
            )
            return None
        return household

    def _goods(self, row: Row, day: date | None) -> Goods | None:
        code = self._normal(row.cells["code"])
        goods = self._lists.goods.get(code)
        if goods is None:
            reason = f"Kode {code} tidak ada di daftar jenis sampah." if code else "Kode kosong."
            self.wrong(row, "code", reason, "Periksa kodenya, atau tambahkan jenisnya dulu.")
        elif day and goods.retired_on is not None and goods.retired_on <= day:
            self.wrong(
                row,
                "code",
                f"{goods.label} tidak diterima lagi sejak {goods.retired_on:%d/%m/%Y}.",
                "Pakai kode jenis lain.",
            )
            return None
        return goods

    def _quantity(self, row: Row, goods: Goods) -> int:
        try:
            quantity = self._parsed(row.cells["quantity"], goods.unit)
        except Unreadable as problem:
            self.wrong(row, "quantity", "Jumlah tidak terbaca.", str(problem))
            return 0
        if not quantity:
            self.wrong(row, "quantity", "Jumlahnya nol.", "Isi jumlahnya, atau hapus baris ini.")
        elif quantity > QUANTITY_MAX:
            self.wrong(row, "quantity", "Jumlah terlalu besar.", "Periksa tanda komanya.")
            return 0
        return quantity

    def _check_weight(self, row: Row, goods: Goods, quantity: int) -> None:
        usual_max_g = goods.usual_max_g or USUAL_MAX_G
        if not is_unusual(weight_g(goods.unit, quantity, goods.equivalent_g), usual_max_g):
            return
        if row.cells.get("confirmed", "").casefold() not in SAYS_YES:
            self.wrong(
                row,
                "quantity",
                f"{goods.label} biasanya di bawah {format_kg(usual_max_g)} kg.",
                "Periksa tanda komanya. Bila benar, tulis “ya” di kolom yakin.",
            )

    def _told(self, row: Row) -> Told | None:
        """The price in the row itself; None: the lists are asked."""
        if not row.cells.get("price_idr", ""):
            return None
        return Told(price_in(row, self.wrong))

    def _listed(self, row: Row, goods: Goods, household: Household, day: date) -> Told | None:
        told = self._lists.price_on(goods.material_id, household.price_class, day)
        if told is None:
            self.wrong(
                row,
                "price_idr",
                f"{goods.label} belum ada di daftar harga golongan {household.price_class} "
                f"pada {day:%d/%m/%Y}.",
                "Isi harganya di baris ini, atau di halaman Harga.",
            )
        return told

    def _receipt(self, row: Row) -> str:
        text = row.cells.get("receipt", "")
        if text and not RECEIPT_FORM.fullmatch(text):
            self.wrong(
                row,
                "receipt",
                "Nomor bukti hanya huruf, angka, titik, dan garis; paling banyak 40.",
                "Tulis seperti 2024/0123.",
            )
        return text.upper()


def _parse_quantity(text: str, unit: str) -> int:
    if unit == "PCS":
        return parse_pieces(text)
    return parse_weight_g(text.removesuffix("liter") if unit == "ML" else text)


def _of_one_receipt(one: Planned, other: Planned) -> bool:
    """Numbers of receipts start again each year."""
    return bool(one.receipt) and one.receipt == other.receipt and one.day.year == other.day.year


def _line(
    number: int, goods: Goods, quantity: int, price_class: str, price: int | None, share_ppm: int
) -> StandingLine:
    value = 0 if price is None else value_idr(quantity, price, goods.unit)
    return StandingLine(
        number,
        goods.material_id,
        goods.unit,
        quantity,
        price_class,
        price,
        value,
        share_ppm,
        share_idr(value, share_ppm),
    )


def _parse_day(text: str) -> date | None:
    """2025-01-12, 12/01/2025, 12-1-2025 or 12.01.2025."""
    parts = re.split(r"[/.-]", text)
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month, day = parts if len(parts[0]) == 4 else reversed(parts)
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None
