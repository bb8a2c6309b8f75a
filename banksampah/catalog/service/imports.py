"""A whole price list from a file: checked cell by cell, stored all or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog import guess
from banksampah.catalog.models import PRICE_IDR_MAX, Material, PriceList
from banksampah.catalog.queries import get_price_list, materials
from banksampah.catalog.service.materials import NewMaterial, create_materials, normal_code
from banksampah.catalog.service.prices import NewPrice, write_list
from banksampah.money import Unreadable, format_idr, parse_idr
from banksampah.sheets import Column, Fault, Row, TableRefused

COLUMNS = (
    Column("code", ("kode",)),
    Column("category", ("kategori", "kelompok")),
    Column("name", ("nama", "jenis sampah"), required=True),
    Column("unit", ("satuan",), required=True),
    Column("price_idr", ("harga", "harga (rp)"), required=True),
    Column("note", ("catatan", "keterangan")),
)
"""Columns of a list, by the names of the published ones and their Indonesian titles."""

CHARS_MAX = {"code": 12, "category": 40, "name": 80}


class PlannedPrice(NamedTuple):
    """One line of the plan: where it stands in the file, its material, class and price."""

    row: int
    code: str
    price_class: str
    price_idr: int | None


@dataclass(frozen=True, slots=True)
class PlannedMaterial:
    """A material the list names. *material_id* is None where the bank does not have it yet."""

    code: str
    name: str
    unit: str
    category: str
    aliases: str
    material_id: int | None


@dataclass(slots=True)
class ImportPlan:
    """What a list would do: *materials* by code, *prices* in the file's order."""

    materials: dict[str, PlannedMaterial]
    prices: list[PlannedPrice]

    @property
    def new_materials(self) -> list[PlannedMaterial]:
        """Those the bank does not have yet."""
        return [planned for planned in self.materials.values() if planned.material_id is None]

    @property
    def unset_count(self) -> int:
        """Lines without a price ("harga menyusul")."""
        return sum(price.price_idr is None for price in self.prices)

    @property
    def price_classes(self) -> list[str]:
        """Price classes the list sets, in its order."""
        return list(dict.fromkeys(price.price_class for price in self.prices))


def check_price_list(
    session: Session, bank_id: int, rows: Sequence[Row], price_class: str
) -> ImportPlan:
    """What *rows* would do; writes nothing. Rows whose note names no class take *price_class*.

    Raises TableRefused with every wrong cell.
    """
    return _Reader(materials(session, bank_id, retired=True), price_class).read(rows)


def import_price_list(
    session: Session,
    act: ledger.Act,
    *,
    rows: Sequence[Row],
    valid_from: date,
    price_class: str,
    source: str = "",
) -> PriceList:
    """Store a list: materials the bank lacks, and every price from *valid_from* on.

    Raises TableRefused with every wrong cell; then nothing is stored.
    """
    facts = {
        "valid_from": valid_from.isoformat(),
        "price_class": price_class,
        "rows": [[row.cells.get(column.name, "") for column in COLUMNS] for row in rows],
    }
    if (seq := ledger.replay(session, act, "price.import", facts)) is not None:
        return get_price_list(session, act.bank_id, seq)
    plan = check_price_list(session, act.bank_id, rows, price_class)
    ids = _ids(session, act.bank_id, plan)
    prices = [NewPrice(ids[p.code], p.price_idr, p.price_class) for p in plan.prices]
    body = {
        "valid_from": facts["valid_from"],
        "prices": [list(price) for price in prices],
        "new_materials": [[ids[new.code], new.code, new.unit] for new in plan.new_materials],
    }
    seq = ledger.post(session, act, "price.import", facts, body=body)
    new = [
        NewMaterial(
            ids[one.code],
            one.code,
            one.name,
            one.unit,
            {"category": one.category, "aliases": one.aliases},
        )
        for one in plan.new_materials
    ]
    create_materials(session, act.bank_id, seq, new)
    return write_list(session, act.bank_id, seq, valid_from, source, prices)


def _ids(session: Session, bank_id: int, plan: ImportPlan) -> dict[str, int]:
    """The id of each material of the plan: its own, or the next free one."""
    newest = session.scalar(select(func.max(Material.id)).filter_by(bank_id=bank_id)) or 0
    ids: dict[str, int] = {}
    for code, planned in plan.materials.items():
        if planned.material_id is None:
            newest += 1
        ids[code] = planned.material_id or newest
    return ids


class _Reader:
    """Reads rows into a plan, gathering faults instead of stopping at the first."""

    def __init__(self, known: Sequence[Material], price_class: str):
        self.price_class = price_class
        self.by_code = {material.code: material for material in known}
        self.by_name = {
            _name_key(material.category, material.name, material.unit): material.code
            for material in known
        }
        self.plan = ImportPlan({}, [])
        self.first_rows: dict[tuple[str, str], int] = {}
        self.faults: list[Fault] = []

    def read(self, rows: Sequence[Row]) -> ImportPlan:
        given = {normal_code(row.cells.get("code", "")) for row in rows}
        for row in rows:
            self._read_row(row, given)
        if self.faults:
            raise TableRefused(self.faults)
        return self.plan

    def _read_row(self, row: Row, given: set[str]) -> None:
        faults_before = len(self.faults)
        unit = self._unit(row)
        price_idr = self._price(row)
        self._texts(row)
        if len(self.faults) > faults_before or unit is None:
            return
        code = self._material(row, unit, given)
        if code is None:
            return
        note = row.cells.get("note", "")
        price_class = guess.price_class_of(note) or self.price_class
        first = self.first_rows.setdefault((code, price_class), row.number)
        if first != row.number:
            self._wrong(
                row,
                "name",
                f"Jenis ini sudah ada di baris {first} untuk golongan harga {price_class}.",
                "Hapus salah satu baris, atau tulis golongan harganya di catatan (tier=…).",
            )
        self.plan.prices.append(PlannedPrice(row.number, code, price_class, price_idr))

    def _texts(self, row: Row) -> None:
        if not row.cells.get("name"):
            self._wrong(row, "name", "Nama kosong.", "Isi nama jenis sampah.")
        for column, chars_max in CHARS_MAX.items():
            if len(row.cells.get(column, "")) > chars_max:
                self._wrong(row, column, f"Lebih dari {chars_max} huruf.", "Pendekkan isian ini.")

    def _unit(self, row: Row) -> str | None:
        unit = guess.unit_of(row.cells.get("unit", ""))
        if unit is None:
            self._wrong(row, "unit", "Satuan tidak dikenal.", "Pakai kg, pcs, atau liter.")
        return unit

    def _price(self, row: Row) -> int | None:
        price_idr = price_in(row, self._wrong)
        if price_idr == 0 and guess.says_unset(row.cells.get("note", "")):
            return None  # the banner says that the price is still to come, which is not Rp0
        return price_idr

    def _material(self, row: Row, unit: str, given: set[str]) -> str | None:
        """The code of the row's material, known or planned; None (and a fault) if it clashes."""
        name, category = row.cells["name"], row.cells.get("category", "")
        key = _name_key(category, name, unit)
        code = normal_code(row.cells.get("code", "")) or self.by_name.get(key, "")
        if not code:
            code = guess.free_code(category, given | set(self.by_code) | set(self.plan.materials))
        known = self.plan.materials.get(code) or self.by_code.get(code)
        if known is None or isinstance(known, Material):
            known = self._plan(row, code, known, unit)
        if (known.name.casefold(), known.unit) != (name.casefold(), unit):
            self._wrong(
                row,
                "code",
                f"Kode {code} sudah dipakai untuk {known.name} ({known.unit}).",
                "Pakai kode lain, atau samakan nama dan satuannya.",
            )
            return None
        self.by_name.setdefault(key, code)
        return code

    def _plan(self, row: Row, code: str, known: Material | None, unit: str) -> PlannedMaterial:
        planned = PlannedMaterial(
            code=code,
            name=known.name if known else row.cells["name"],
            unit=known.unit if known else unit,
            category=row.cells.get("category", ""),
            aliases=guess.examples_in(row.cells.get("note", "")),
            material_id=known.id if known else None,
        )
        self.plan.materials[code] = planned
        return planned

    def _wrong(self, row: Row, column: str, reason: str, remedy: str) -> None:
        self.faults.append(row.fault(column, reason, remedy))


def price_in(row: Row, wrong: Callable[[Row, str, str, str], None]) -> int | None:
    """The price a row names; None where it names none, or none that can be: *wrong* is told why."""
    text = row.cells.get("price_idr", "")
    if not text:
        return None
    try:
        price_idr = parse_idr(text)
    except Unreadable as problem:
        wrong(row, "price_idr", "Harga tidak terbaca.", str(problem))
        return None
    if price_idr > PRICE_IDR_MAX:
        reason = f"Harga lebih dari {format_idr(PRICE_IDR_MAX)}."
        wrong(row, "price_idr", reason, "Periksa jumlah angkanya.")
    return price_idr


def _name_key(category: str, name: str, unit: str) -> tuple[str, str, str]:
    return category.casefold(), " ".join(name.casefold().split()), unit
