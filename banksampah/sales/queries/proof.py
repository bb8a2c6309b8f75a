"""The proof of sales: every line worked out again from the legs before it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, immediateload, lazyload

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.sales.models import Sale, SaleLine
from banksampah.sales.queries.sums import Lying, Offered, Worked, legs, total, work_out
from banksampah.splits import queries as split_queries

KIND = "sale.record"


def faults(session: Session, bank_id: int) -> list[tuple[int | None, str]]:
    """Every sale whose lines, margin or entry differ from the sum done again.

    What lay there before each sale is added up from the journal itself, not taken from balances.
    """
    found: list[tuple[int | None, str]] = []

    def watch(row: tuple[Any, ...], legs: list[Any], posted: Mapping[int, int]) -> None:
        if row[2] == KIND:
            entry = ledger.as_entry(row[:13], legs)
            found.extend((entry.seq, fact) for fact in sale_faults(session, entry, posted))

    next(ledger.check_banks(session, [bank_id], watch))
    return found


def sale_faults(session: Session, entry: ledger.Entry, posted: Mapping[int, int]) -> Iterator[str]:
    """What is wrong with the sale of *entry*; *posted* is what each account held before it."""
    rows = select(Sale).filter_by(bank_id=entry.bank_id, seq=entry.seq)
    parts = immediateload(Sale.lines), immediateload(Sale.costs), lazyload(Sale.steps)
    sale = session.scalar(rows.options(*parts))
    if sale is None:
        return  # that the document is missing is told by the proof of the tables
    ids = {line.material_id for line in sale.lines}
    goods = select(Material).where(Material.bank_id == entry.bank_id, Material.id.in_(ids))
    materials = {material.id: material for material in session.scalars(goods)}
    yield from _faults(sale, entry, materials, posted)
    yield from _split_faults(session, sale)


def _faults(
    sale: Sale,
    entry: ledger.Entry,
    materials: Mapping[int, Material],
    posted: Mapping[int, int],
) -> Iterable[str]:
    offered = [
        Offered(
            x.material_id,
            x.unit,
            x.our_quantity,
            x.buyer_quantity,
            x.price_idr,
            x.bought_quantity if x.is_told else None,
        )
        for x in sale.lines
    ]
    lying = {x.material_id: _lying(x, materials[x.material_id], posted) for x in sale.lines}
    if any(x.our_quantity > lying[x.material_id].for_sale for x in sale.lines):
        yield "menjual lebih dari yang ada"
        return
    worked = work_out(offered, lying, deduction_idr=sale.deduction_idr, cost_idr=sale.cost_idr)
    if [_figures(x) for x in worked] != [_figures(x) for x in sale.lines]:
        yield "baris penjualan tidak sama dengan hitungan ulang"
    sums = total(worked)
    if any(getattr(sale, name) != getattr(sums, name) for name in _SUMS):
        yield "jumlah penjualan tidak sama dengan hitungan ulang"
    expected = legs(worked, materials, sale.paid_with, sale.costs)
    booked = [(leg.account_id, leg.unit, leg.amount, leg.held) for leg in entry.legs]
    if booked != [tuple(leg) for leg in expected]:
        yield "jurnal penjualan tidak sama dengan hitungan ulang"


def _split_faults(session: Session, sale: Sale) -> Iterable[str]:
    """A proposal that divides something else than the sale left, or none at all."""
    splits = split_queries.splits_of_sale(session, sale.bank_id, sale.seq)
    if bool(splits) != bool(sale.split_idr):
        yield "hasil penjualan tidak diusulkan untuk dibagi"
    for split in splits:
        if any(getattr(split, a) != getattr(sale, b) for a, b in _IN_SPLIT.items()):
            yield f"pembagian {split.seq} berbeda dari penjualannya"


_IN_SPLIT = {
    "gross_idr": "gross_idr",
    "deduction_idr": "deduction_idr",
    "cost_idr": "cost_idr",
    "goods_cost_idr": "goods_cost_idr",
    "bought_idr": "split_bought_idr",
    "donated_idr": "split_donated_idr",
    "sale_on": "sold_on",
}


_SUMS = ("gross_idr", "deduction_idr", "cost_idr", "goods_cost_idr", "bought_margin_idr",
         "donated_margin_idr")  # fmt: skip


def _figures(line: Worked | SaleLine) -> list[object]:
    return [getattr(line, field.name) for field in fields(Worked)]


def _lying(line: SaleLine, material: Material, posted: Mapping[int, int]) -> Lying:
    return Lying(
        posted.get(material.bought_account_id, 0),
        posted.get(material.donated_account_id, 0),
        posted.get(material.value_account_id, 0),
        line.unpriced_before,
    )
