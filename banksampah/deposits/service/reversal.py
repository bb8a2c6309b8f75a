"""Undoing a deposit: exact mirrors dated today, and what the goods' value asks beside them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.deposits import queries
from banksampah.deposits.models import REASONS, REVERSED, SAVINGS
from banksampah.deposits.queries import Standing
from banksampah.deposits.queries.surplus import settled_surpluses
from banksampah.deposits.service.changes import (
    check_may_change,
    check_standing,
    keep_change,
    owed_by,
)
from banksampah.errors import Refused
from banksampah.ledger import Act, chart
from banksampah.members.queries import survivor
from banksampah.members.service import debt_account

KIND = "reversal"


class GoodsGone(Refused):
    code = "goods_gone"

    def __init__(self, name: str):
        super().__init__(
            f"{name} dari setoran ini sudah terjual. Perbaiki beratnya, harganya, atau "
            "nasabahnya dengan koreksi.",
        )


@dataclass(frozen=True, slots=True)
class Stock:
    """Value and quantity of bought goods of one material."""

    value_idr: int
    quantity: int


def reverse_deposit(
    session: Session,
    act: Act,
    *,
    seq: int,
    reason: str,
    note: str = "",
    as_treasurer: bool = False,
) -> int:
    """Undo deposit *seq* and every change of it, newest first; return the mirror's seq.

    What the household has spent of it already becomes its debt, in an entry of its own. Goods
    that were sold cannot go back: GoodsGone, and a correction is the way.
    """
    facts = {"deposit_seq": seq, "reason": reason}
    if (done := ledger.replay(session, act, KIND, facts)) is not None:
        return done
    now = queries.standing(session, act.bank_id, seq)
    check_standing(session, now)
    check_may_change(session, act, now.deposit, as_treasurer)
    undone = _entries_of(session, now)
    if (gone := missing_goods(session, now)) is not None:
        raise GoodsGone(gone.label)
    residues = _residues(session, now, undone)
    _post_residue(session, act.step("value"), seq, [r for r in residues if r.amount > 0])
    mirror_seq = 0
    for entry in undone:
        step = act if entry.seq == seq else act.step(f"mirror-{entry.seq}")
        _lend_shortfall(session, step.step("debt"), seq, entry)
        mirror_seq = ledger.reverse(session, step, entry.seq, facts, note or REASONS[reason])
    _post_residue(session, act.step("rest"), seq, [r for r in residues if r.amount < 0])
    keep_change(session, act, mirror_seq, seq, REVERSED, reason=reason)
    return mirror_seq


def missing_goods(session: Session, now: Standing) -> Material | None:
    """A material of the deposit of which less is in stock than was weighed; None: all is there."""
    bank_id = now.deposit.bank_id
    goods = queries.materials_of(session, bank_id, now)
    weighed: dict[int, int] = defaultdict(int)
    for line in now.lines:
        weighed[line.material_id] += line.quantity
    stocks = {material.id: _stock_account(now, material) for material in goods}
    have = ledger.balances(session, bank_id, list(stocks.values()))
    return next((m for m in goods if have[stocks[m.id]].posted < weighed[m.id]), None)


def _stock_account(now: Standing, material: Material) -> int:
    saved = now.deposit.kind == SAVINGS
    return material.bought_account_id if saved else material.donated_account_id


def _entries_of(session: Session, now: Standing) -> list[ledger.Entry]:
    """What moved money or goods for this deposit, newest first."""
    bank_id, deposit_seq = now.deposit.bank_id, now.deposit.seq
    given = settled_surpluses(session, bank_id, deposit_seq)
    seqs = {deposit_seq, *(change.seq for change in now.changes)}
    seqs |= {surplus.settled_seq for surplus in given if surplus.settled_seq is not None}
    entries = [ledger.entry(session, bank_id, seq) for seq in sorted(seqs, reverse=True)]
    return [entry for entry in entries if any(leg.amount for leg in entry.legs)]


def _lend_shortfall(session: Session, act: Act, deposit_seq: int, entry: ledger.Entry) -> None:
    """What a mirror would take from savings that are not there is owed first."""
    taken = {leg.account_id: -leg.amount for leg in entry.legs if leg.unit == "IDR"}
    for member in queries.members_with_accounts(session, act.bank_id, list(taken)):
        available = ledger.balance(session, act.bank_id, member.savings_account_id).available
        shortfall = taken[member.savings_account_id] - available
        if shortfall > 0:
            payer = survivor(session, act.bank_id, member.id)
            facts = {"deposit_seq": deposit_seq, "member_id": payer.id}
            legs = (
                owed_by(session, payer, shortfall)
                if payer is not member
                else [ledger.debit(debt_account(session, member), shortfall)]
            )
            legs.append(ledger.credit(member.savings_account_id, shortfall))
            ledger.post(session, act, "deposit.debt", facts, legs, body=facts)


def residue_idr(have: Stock, out: Stock, unvalued: int) -> int:
    """What a mirror must add to (+) or take from (−) the value of the goods it leaves.

    Only where it would leave goods without value, value without goods, or less than nothing: then
    the goods left keep their share of the value there was. *unvalued* goods never had any.

    >>> residue_idr(Stock(30_000, 15_000), Stock(30_000, 10_000), 0)   # 5 kg worth nothing
    10000
    >>> residue_idr(Stock(12_000, 8_000), Stock(10_000, 8_000), 0)   # Rp2.000 of nothing
    -2000
    """
    left = Stock(have.value_idr - out.value_idr, have.quantity - out.quantity)
    fair_idr = have.value_idr * left.quantity // have.quantity if have.quantity else 0
    goods_without_value = left.value_idr == 0 and left.quantity > unvalued
    value_without_goods = left.value_idr > 0 and left.quantity == 0
    if left.value_idr < 0 or goods_without_value or value_without_goods:
        return fair_idr - left.value_idr
    return 0


def _residues(session: Session, now: Standing, undone: Sequence[ledger.Entry]) -> list[ledger.Leg]:
    """What must be added to or taken from the value of each material beside the mirrors."""
    if now.deposit.kind != SAVINGS:
        return []
    bank_id = now.deposit.bank_id
    out: dict[int, int] = defaultdict(int)
    for entry in undone:
        for leg in entry.legs:
            out[leg.account_id] += leg.amount
    residues = []
    for material in queries.materials_of(session, bank_id, now):
        value, bought = material.value_account_id, material.bought_account_id
        have = ledger.balances(session, bank_id, [value, bought])
        amount = residue_idr(
            Stock(have[value].posted, have[bought].posted),
            Stock(out[value], out[bought]),
            queries.unvalued_quantity(session, bank_id, material.id, now.deposit.seq),
        )
        residues.append(ledger.Leg(value, "IDR", amount))
    return residues


def _post_residue(
    session: Session, act: Act, deposit_seq: int, residues: Sequence[ledger.Leg]
) -> None:
    """Move value of goods against Susut, in an entry that can be seen."""
    if residues:
        total = sum(leg.amount for leg in residues)
        facts = {"deposit_seq": deposit_seq}
        legs = [*residues, ledger.Leg(chart.SHRINKAGE, "IDR", -total)]
        ledger.post(session, act, "deposit.residue", facts, legs, body=facts)
