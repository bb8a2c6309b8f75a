"""Recording a sale: stock checked under the lock, the sum, the entry, the split's proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks import queries as banks
from banksampah.catalog import queries as catalog
from banksampah.catalog.models import Material
from banksampah.db import next_id
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act
from banksampah.money import format_idr
from banksampah.sales import queries
from banksampah.sales.models import Buyer, Sale, SaleCost, SaleLine
from banksampah.sales.queries import Lying, Offered, Totals, Worked
from banksampah.splits import service as splits
from banksampah.stock.queries import format_quantity


class StockShort(Refused):
    """More is sold than lies there. Names the material, what there is and what is missing."""

    code = "stock_short"

    def __init__(self, line: int, material: Material, there: int, wanted: int):
        unit = material.ledger_unit
        super().__init__(
            f"{material.label}: stok {format_quantity(there, unit)}, "
            f"dijual {format_quantity(wanted, unit)}. Kurangi berat kami, atau catat setorannya.",
            field=f"lines.{line}.our_quantity",
            material_id=material.id,
            there=there,
            wanted=wanted,
        )


class PriceToCome(Refused):
    code = "goods_unpriced"

    def __init__(self, line: int, material: Material, waiting: int):
        super().__init__(
            f"{material.label}: {format_quantity(waiting, material.ledger_unit)} belum berharga. "
            "Isi dulu harganya, baru dijual.",
            field=f"lines.{line}.our_quantity",
            material_id=material.id,
            waiting=waiting,
        )


class OriginWrong(Refused):
    """What was said about bought and donated goods cannot be."""

    code = "origin_wrong"

    def __init__(self, line: int, material: Material, bought: int, donated: int):
        unit = material.ledger_unit
        super().__init__(
            f"{material.label}: ada {format_quantity(bought, unit)} dari tabungan dan "
            f"{format_quantity(donated, unit)} dari sedekah. Ubah pembagiannya, satu baris saja.",
            field=f"lines.{line}.bought_quantity",
            material_id=material.id,
        )


class DeductionTooHigh(Refused):
    code = "deduction_too_high"

    def __init__(self, gross_idr: int):
        super().__init__(
            f"Potongan lebih besar dari nilai barang {format_idr(gross_idr)}. Kurangi potongannya.",
            field="deduction_idr",
            gross_idr=gross_idr,
        )


class DayOutOfRange(Refused):
    code = "sale_day_out_of_range"

    def __init__(self, earliest_on: date, latest_on: date):
        super().__init__(
            f"Tanggal penjualan paling awal {earliest_on:%d/%m/%Y} "
            f"dan paling akhir {latest_on:%d/%m/%Y}. Ubah tanggalnya.",
            field="sold_on",
        )


class MoneyShort(Refused):
    code = "money_short"

    def __init__(self) -> None:
        super().__init__(
            "Kas atau rekening bank tidak cukup untuk ongkos ini. "
            "Periksa ongkosnya, atau catat uang masuknya dulu.",
            field="costs",
        )


class BuyerExists(Conflict):
    code = "buyer_exists"

    def __init__(self, name: str):
        super().__init__(f"Pembeli {name} sudah ada. Pilih dari daftar.")


@dataclass(frozen=True, slots=True)
class Sold:
    """One line asked for. Our weight unsaid is the buyer's weight.

    *bought_quantity* says how much of ours is bought stock; unsaid, both origins in proportion.
    """

    material_id: int
    buyer_quantity: int
    price_idr: int
    our_quantity: int | None = None
    bought_quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost of the sale paid by the bank."""

    kind: str
    amount_idr: int
    paid_with: str = "cash"


def add_buyer(
    session: Session, act: Act, *, name: str, kind: str = "collector", phone: str = ""
) -> Buyer:
    """Add a buyer. Names are unique, however they are capitalised."""
    name = " ".join(name.split())
    facts = {"name": name, "kind": kind, "phone": phone}
    done = ledger.replay(session, act, "buyer.add", facts)
    if done is not None:
        return session.scalars(select(Buyer).filter_by(bank_id=act.bank_id, added_seq=done)).one()
    if queries.find_buyer_by_name(session, act.bank_id, name):
        raise BuyerExists(name)
    number = next_id(session, Buyer, act.bank_id)
    seq = ledger.post(session, act, "buyer.add", facts, body={"buyer_id": number})
    buyer = Buyer(
        bank_id=act.bank_id, id=number, name=name, kind=kind, phone=phone.strip(), added_seq=seq
    )
    session.add(buyer)
    session.flush()
    return buyer


def record_sale(
    session: Session,
    act: Act,
    *,
    sold_on: date,
    paid_with: str,
    lines: Sequence[Sold],
    buyer_id: int | None = None,
    buyer_name: str = "",
    note_number: str = "",
    deduction_idr: int = 0,
    costs: Sequence[Cost] = (),
) -> Sale:
    """Sell goods to a buyer, and propose how the margin is divided, in one transaction.

    Bought and donated goods leave in proportion to what lies there, at the moving average. The
    buyer's weight is paid; the difference to ours is shrinkage or surplus. A margin below nil
    divides nothing. A buyer not known yet is added by name.
    """
    facts = {
        "buyer": buyer_id if buyer_id is not None else buyer_name,
        "sold_on": sold_on.isoformat(),
        "paid_with": paid_with,
        "note_number": note_number,
        "deduction_idr": deduction_idr,
        "lines": [asdict(line) for line in lines],
        "costs": [asdict(cost) for cost in costs],
    }
    done = ledger.replay(session, act, "sale.record", facts)
    if done is not None:
        return queries.get_sale(session, act.bank_id, done)
    _check_day(session, act, sold_on)
    buyer = _buyer(session, act, buyer_id, buyer_name)
    materials = _materials(session, act.bank_id, lines)
    worked = _work_out(session, act.bank_id, materials, lines, deduction_idr, costs)
    seq = _post(session, act, facts, sold_on, worked, materials, paid_with, costs)
    sums = queries.total(worked)
    sale = _write(session, act, seq, buyer, sold_on, paid_with, note_number, sums)
    _write_rows(session, act.bank_id, seq, worked, costs)
    splits.propose(session, act, _margin(sale))
    return queries.get_sale(session, act.bank_id, seq)


def preview(
    session: Session,
    bank_id: int,
    *,
    lines: Sequence[Sold],
    deduction_idr: int = 0,
    costs: Sequence[Cost] = (),
) -> tuple[list[Worked], Totals]:
    """The sum of a sale before it is saved. Writes nothing; raises what `record_sale` raises."""
    materials = _materials(session, bank_id, lines)
    worked = _work_out(session, bank_id, materials, lines, deduction_idr, costs)
    return worked, queries.total(worked)


def _margin(sale: Sale) -> splits.Margin:
    return splits.Margin(
        sale_seq=sale.seq,
        sale_on=sale.sold_on,
        gross_idr=sale.gross_idr,
        deduction_idr=sale.deduction_idr,
        cost_idr=sale.cost_idr,
        goods_cost_idr=sale.goods_cost_idr,
        bought_idr=sale.split_bought_idr,
        donated_idr=sale.split_donated_idr,
    )


def _work_out(
    session: Session,
    bank_id: int,
    materials: Mapping[int, Material],
    lines: Sequence[Sold],
    deduction_idr: int,
    costs: Sequence[Cost],
) -> list[Worked]:
    offered = [
        Offered(
            line.material_id,
            materials[line.material_id].ledger_unit,
            line.buyer_quantity if line.our_quantity is None else line.our_quantity,
            line.buyer_quantity,
            line.price_idr,
            line.bought_quantity,
        )
        for line in lines
    ]
    lying = queries.lying(session, bank_id)
    _check_stock(offered, lying, materials)
    gross_idr = sum(queries.amount_idr(line) for line in offered)
    if deduction_idr > gross_idr:
        raise DeductionTooHigh(gross_idr)
    cost_idr = sum(cost.amount_idr for cost in costs)
    return queries.work_out(offered, lying, deduction_idr=deduction_idr, cost_idr=cost_idr)


def _check_stock(
    offered: Sequence[Offered], lying: Mapping[int, Lying], materials: Mapping[int, Material]
) -> None:
    wanted: dict[int, int] = {}
    for number, line in enumerate(offered):
        there, material = lying[line.material_id], materials[line.material_id]
        told = line.bought_told
        if told is not None:
            alone = sum(other.material_id == line.material_id for other in offered) == 1
            priced, donated = there.bought - there.unpriced, line.our_quantity - told
            if not alone or told > priced or not 0 <= donated <= there.donated:
                raise OriginWrong(number, material, priced, there.donated)
        wanted[line.material_id] = wanted.get(line.material_id, 0) + line.our_quantity
        if wanted[line.material_id] <= there.for_sale:
            continue
        if there.unpriced and wanted[line.material_id] <= there.bought + there.donated:
            raise PriceToCome(number, material, there.unpriced)
        raise StockShort(number, material, there.for_sale, wanted[line.material_id])


def _check_day(session: Session, act: Act, sold_on: date) -> None:
    days_max = banks.setting(session, act.bank_id, "backdate_days_max")
    earliest_on = act.today - timedelta(days=days_max)
    if not earliest_on <= sold_on <= act.today:
        raise DayOutOfRange(earliest_on, act.today)


def _buyer(session: Session, act: Act, buyer_id: int | None, name: str) -> Buyer:
    if buyer_id is not None:
        return queries.get_buyer(session, act.bank_id, buyer_id)
    known = queries.find_buyer_by_name(session, act.bank_id, name)
    return known or add_buyer(session, act.step("buyer"), name=name)


def _materials(session: Session, bank_id: int, lines: Sequence[Sold]) -> dict[int, Material]:
    return {
        line.material_id: catalog.get_material(session, bank_id, line.material_id) for line in lines
    }


def _post(
    session: Session,
    act: Act,
    facts: dict[str, Any],
    sold_on: date,
    worked: Sequence[Worked],
    materials: Mapping[int, Material],
    paid_with: str,
    costs: Sequence[Cost],
) -> int:
    closed_on = ledger.closed_through(session, act.bank_id)
    # what belongs to a closed month is booked on the first open day, with its own date beside it
    open_on = closed_on + timedelta(days=1) if closed_on and sold_on <= closed_on else sold_on
    try:
        return ledger.post(
            session,
            act,
            "sale.record",
            facts,
            queries.legs(worked, materials, paid_with, costs),
            effective_on=open_on,
            occurred_on=sold_on,
            body={"lines": len(worked)},
        )
    except ledger.BalanceTooLow as error:
        raise MoneyShort from error  # goods were checked under the lock: only money can be short


def _write(
    session: Session,
    act: Act,
    seq: int,
    buyer: Buyer,
    sold_on: date,
    paid_with: str,
    note_number: str,
    sums: Totals,
) -> Sale:
    sale = Sale(
        bank_id=act.bank_id,
        seq=seq,
        buyer_id=buyer.id,
        sold_on=sold_on,
        paid_with=paid_with,
        note_number=note_number,
        recorded_by_id=act.actor_id,
        recorded_at=act.at,
        **asdict(sums),
    )
    session.add(sale)
    session.flush()
    return sale


def _write_rows(
    session: Session, bank_id: int, seq: int, worked: Sequence[Worked], costs: Sequence[Cost]
) -> None:
    for number, line in enumerate(worked, start=1):
        session.add(SaleLine(bank_id=bank_id, seq=seq, line=number, **asdict(line)))
    for number, cost in enumerate(costs, start=1):
        session.add(SaleCost(bank_id=bank_id, seq=seq, line=number, **asdict(cost)))
    session.flush()
