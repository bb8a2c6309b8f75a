"""The minutes of a split: what was sold, what is divided, by which rule, who decided."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.banks.queries import get_bank
from banksampah.catalog.models import Material
from banksampah.clock import day_in
from banksampah.sales.models import Sale
from banksampah.sales.queries import get_sale
from banksampah.splits.models import Split, SplitStep
from banksampah.splits.queries import Explained, explain, get_rule, get_split
from banksampah.statements.queries.documents import (
    Deduction,
    GoodsSold,
    Minutes,
    Part,
    PartLine,
    Rule,
)
from banksampah.statements.queries.frames import SALE, letterhead, name_of, number_of, seal_of
from banksampah.statements.queries.late import late_deposits

COSTS = {
    "transport": "Biaya angkut",
    "loading": "Biaya muat",
    "packing": "Biaya kemas",
    "other": "Biaya lain",
}
ORIGINS = ("bought", "donated")


def split_minutes(session: Session, bank_id: int, seq: int) -> Minutes:
    """The minutes of proposal *seq*, decided or not. Raises NoSplit."""
    split = get_split(session, bank_id, seq)
    sale = get_sale(session, bank_id, split.sale_seq)
    bank = get_bank(session, bank_id)
    decision = split.steps[0] if split.steps else None
    last = split.steps[-1] if split.steps else None
    return Minutes(
        bank=letterhead(bank),
        seq=seq,
        sale_seq=sale.seq,
        sale_number=number_of(SALE, sale.seq),
        sold_on=sale.sold_on,
        buyer=sale.buyer.name,
        state=split.state,
        decided_on=_decided_on(bank, last),
        reason=_reason(session, bank_id, last),
        proposed_by=name_of(session, split.proposed_by_id),
        decided_by=name_of(session, decision.by_id if decision else None),
        goods=_goods(session, sale),
        gross_idr=sale.gross_idr,
        deductions=tuple(_deductions(sale)),
        amount_idr=split.amount_idr,
        parts=tuple(_parts(session, split)),
        late=late_deposits(session, bank, split),
        seal=seal_of(session, bank_id, last.seq if last else split.seq),
    )


def _decided_on(bank: Bank, step: SplitStep | None) -> date | None:
    return None if step is None else day_in(bank.zone, step.at)


def _reason(session: Session, bank_id: int, step: SplitStep | None) -> str:
    if step is None or step.kind == "approve":
        return ""
    return ledger.note_of(session, bank_id, step.seq) or ""


def _goods(session: Session, sale: Sale) -> tuple[GoodsSold, ...]:
    wanted = {line.material_id for line in sale.lines}
    materials = session.scalars(
        select(Material).where(Material.bank_id == sale.bank_id, Material.id.in_(wanted))
    )
    names = {material.id: material.label for material in materials}
    return tuple(
        GoodsSold(
            name=names[line.material_id],
            unit=line.unit,
            quantity=line.buyer_quantity,
            price_idr=line.price_idr,
            amount_idr=line.amount_idr,
        )
        for line in sale.lines
    )


def _deductions(sale: Sale) -> Iterable[Deduction]:
    """From the proceeds to what is divided: every rupiah on the way has its line."""
    if sale.deduction_idr:
        yield Deduction(name="Potongan pembeli", amount_idr=sale.deduction_idr)
    for cost in sale.costs:
        yield Deduction(name=COSTS[cost.kind], amount_idr=cost.amount_idr)
    if sale.goods_cost_idr:
        yield Deduction(name="Harga pokok barang yang dibeli", amount_idr=sale.goods_cost_idr)
    losses = {"dibeli": sale.bought_margin_idr, "sedekah": sale.donated_margin_idr}
    for origin, margin_idr in losses.items():
        if margin_idr < 0:
            name = f"Rugi barang {origin}, ditanggung bank"
            yield Deduction(name=name, amount_idr=margin_idr)


def _parts(session: Session, split: Split) -> Iterable[Part]:
    explained = explain(split.lines)
    bases = {"bought": split.bought_idr, "donated": split.donated_idr}
    for origin in ORIGINS:
        lines = [line for line in explained if line.origin == origin]
        if lines:
            yield Part(
                origin=origin,
                amount_idr=bases[origin],
                rule=_rule(session, split, origin),
                lines=tuple(_line(line) for line in lines),
            )


def _rule(session: Session, split: Split, origin: str) -> Rule | None:
    for line in split.lines:
        if line.origin == origin and line.rule_id is not None and line.version is not None:
            rule = get_rule(session, split.bank_id, line.rule_id, line.version)
            return Rule(name=rule.name, version=rule.version, valid_from=rule.valid_from)
    return None


def _line(line: Explained) -> PartLine:
    return PartLine(
        fund=line.fund_name,
        weight_ppm=line.weight_ppm,
        amount_idr=line.amount_idr,
        reason=line.reason,
    )
