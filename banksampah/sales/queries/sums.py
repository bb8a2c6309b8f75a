"""The sum of a sale, from what was weighed and paid to what each account moves. Pure figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from banksampah.catalog.models import Material
from banksampah.ledger import Leg, chart
from banksampah.money import apportion, value_idr
from banksampah.stock.queries import cost_of, in_proportion, share_of_surplus

PAID_INTO = {"cash": chart.CASH, "bank": chart.BANK, "receivable": chart.RECEIVABLE}


@dataclass(frozen=True, slots=True)
class Offered:
    """One line as it was asked for. *bought_told*: so much of ours is bought stock, as told."""

    material_id: int
    unit: str
    our_quantity: int
    buyer_quantity: int
    price_idr: int
    bought_told: int | None = None


def amount_idr(line: Offered) -> int:
    """Price × the buyer's weight."""
    return value_idr(line.buyer_quantity, line.price_idr, line.unit)


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies there of one material. *unpriced* of the bought goods still has no value."""

    bought: int
    donated: int
    value_idr: int
    unpriced: int = 0

    @property
    def for_sale(self) -> int:
        return self.bought - self.unpriced + self.donated


@dataclass(frozen=True, slots=True)
class Worked:
    """One line worked out; the names are those of `SaleLine`."""

    material_id: int
    unit: str
    our_quantity: int
    buyer_quantity: int
    price_idr: int
    amount_idr: int
    deduction_idr: int
    cost_idr: int
    bought_before: int
    donated_before: int
    value_before_idr: int
    unpriced_before: int
    is_told: bool
    bought_quantity: int
    donated_quantity: int
    bought_sold: int
    donated_sold: int
    bought_idr: int
    donated_idr: int
    bought_cost_idr: int
    donated_cost_idr: int
    goods_cost_idr: int
    shrink_idr: int
    surplus_idr: int

    @property
    def goods_out_idr(self) -> int:
        """The value that leaves stock."""
        return self.goods_cost_idr + self.shrink_idr - self.surplus_idr


class Paid(Protocol):
    """A cost of the sale, by the way it was paid."""

    @property
    def amount_idr(self) -> int: ...
    @property
    def paid_with(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Totals:
    """The sale in one line."""

    gross_idr: int
    deduction_idr: int
    cost_idr: int
    goods_cost_idr: int
    bought_margin_idr: int
    donated_margin_idr: int

    @property
    def split_idr(self) -> int:
        """What is divided: a loss of one part is not paid by the other."""
        return max(0, self.bought_margin_idr) + max(0, self.donated_margin_idr)


def work_out(
    offered: Sequence[Offered],
    lying: Mapping[int, Lying],
    *,
    deduction_idr: int,
    cost_idr: int,
) -> list[Worked]:
    """Every line with its origins, proceeds and costs.

    Deductions and the sale's costs go to lines by proceeds, largest remainder. A material may
    come twice: the second line finds what the first left.
    """
    amounts_idr = [amount_idr(x) for x in offered]
    deductions_idr = _by_weight(deduction_idr, amounts_idr, offered)
    nets_idr = [a - d for a, d in zip(amounts_idr, deductions_idr, strict=True)]
    costs_idr = _by_weight(cost_idr, nets_idr, offered)
    left = dict(lying)
    worked = []
    for line, amount, deduction, cost in zip(
        offered, amounts_idr, deductions_idr, costs_idr, strict=True
    ):
        found = left[line.material_id]
        done = _work_out_line(line, found, amount, deduction, cost)
        worked.append(done)
        left[line.material_id] = Lying(
            found.bought - done.bought_quantity,
            found.donated - done.donated_quantity,
            found.value_idr - done.goods_out_idr,
            found.unpriced,
        )
    return worked


def total(worked: Iterable[Worked]) -> Totals:
    """The sums over all lines. A margin is proceeds less cost of goods less the sale's costs."""
    lines = list(worked)
    return Totals(
        gross_idr=sum(x.amount_idr for x in lines),
        deduction_idr=sum(x.deduction_idr for x in lines),
        cost_idr=sum(x.cost_idr for x in lines),
        goods_cost_idr=sum(x.goods_cost_idr for x in lines),
        bought_margin_idr=sum(x.bought_idr - x.goods_cost_idr - x.bought_cost_idr for x in lines),
        donated_margin_idr=sum(x.donated_idr - x.donated_cost_idr for x in lines),
    )


def legs(
    worked: Sequence[Worked],
    materials: Mapping[int, Material],
    paid_with: str,
    costs: Iterable[Paid],
) -> list[Leg]:
    """What a sale moves, in rupiah and in each unit of goods. A leg of zero is left out."""
    sums = total(worked)
    found = [
        Leg(PAID_INTO[paid_with], "IDR", sums.gross_idr - sums.deduction_idr),
        Leg(chart.SALES, "IDR", -sum(x.bought_idr for x in worked)),
        Leg(chart.SALES_DONATED, "IDR", -sum(x.donated_idr for x in worked)),
    ]
    for cost in costs:
        found.append(Leg(chart.OPERATING, "IDR", cost.amount_idr))
        found.append(Leg(PAID_INTO[cost.paid_with], "IDR", -cost.amount_idr))
    found += [
        Leg(chart.COST_OF_GOODS, "IDR", sums.goods_cost_idr),
        Leg(chart.SHRINKAGE, "IDR", sum(x.shrink_idr for x in worked)),
        Leg(chart.GAIN, "IDR", -sum(x.surplus_idr for x in worked)),
    ]
    found += [
        Leg(materials[x.material_id].value_account_id, "IDR", -x.goods_out_idr) for x in worked
    ]
    found += [
        Leg(chart.ALLOCATION, "IDR", sums.split_idr),
        Leg(chart.UNDIVIDED, "IDR", -sums.split_idr),
    ]
    for x in worked:
        found += _goods_legs(x, materials[x.material_id])
    return [leg for leg in found if leg.amount]


def _goods_legs(x: Worked, material: Material) -> list[Leg]:
    return [
        Leg(chart.flow("sold", x.unit), x.unit, x.buyer_quantity),
        Leg(chart.flow("shrink", x.unit), x.unit, x.our_quantity - x.buyer_quantity),
        Leg(material.bought_account_id, x.unit, -x.bought_quantity),
        Leg(material.donated_account_id, x.unit, -x.donated_quantity),
    ]


def _by_weight(amount_idr: int, weights: Sequence[int], offered: Sequence[Offered]) -> list[int]:
    """*amount_idr* over the lines by *weights*; where nothing was paid, by quantity."""
    if not any(weights):
        weights = [x.our_quantity for x in offered]
    return apportion(amount_idr, weights)


def _work_out_line(
    line: Offered, lying: Lying, amount_idr: int, deduction_idr: int, cost_idr: int
) -> Worked:
    priced = lying.bought - lying.unpriced
    bought, donated = in_proportion(line.our_quantity, priced, lying.donated)
    if line.bought_told is not None:
        bought, donated = line.bought_told, line.our_quantity - line.bought_told
    out_idr = cost_of(lying.value_idr, priced, bought) if bought else 0
    lost = line.our_quantity - line.buyer_quantity
    sold_bought, sold_donated, shrink_idr, surplus_idr = _weighed_again(
        lost, bought, donated, out_idr
    )
    net_idr = amount_idr - deduction_idr
    bought_idr, donated_idr = apportion(net_idr, [sold_bought, sold_donated], [1, 2])
    by = [bought_idr, donated_idr] if net_idr else [sold_bought, sold_donated]
    bought_cost_idr, donated_cost_idr = apportion(cost_idr, by, [1, 2])
    return Worked(
        material_id=line.material_id,
        unit=line.unit,
        our_quantity=line.our_quantity,
        buyer_quantity=line.buyer_quantity,
        price_idr=line.price_idr,
        amount_idr=amount_idr,
        deduction_idr=deduction_idr,
        cost_idr=cost_idr,
        bought_before=lying.bought,
        donated_before=lying.donated,
        value_before_idr=lying.value_idr,
        unpriced_before=lying.unpriced,
        is_told=line.bought_told is not None,
        bought_quantity=bought,
        donated_quantity=donated,
        bought_sold=sold_bought,
        donated_sold=sold_donated,
        bought_idr=bought_idr,
        donated_idr=donated_idr,
        bought_cost_idr=bought_cost_idr,
        donated_cost_idr=donated_cost_idr,
        goods_cost_idr=out_idr - shrink_idr + surplus_idr,
        shrink_idr=shrink_idr,
        surplus_idr=surplus_idr,
    )


def _weighed_again(lost: int, bought: int, donated: int, out_idr: int) -> tuple[int, int, int, int]:
    """What the buyer weighed, bought and donated, and the cost of what shrank or was too much."""
    if lost >= 0:
        lost_bought, lost_donated = in_proportion(lost, bought, donated)
        shrink_idr = cost_of(out_idr, bought, lost_bought) if bought else 0
        return bought - lost_bought, donated - lost_donated, shrink_idr, 0
    more_bought, more_donated = share_of_surplus(-lost, bought, donated)
    surplus_idr = out_idr * more_bought // bought if bought else 0
    return bought + more_bought, donated + more_donated, 0, surplus_idr
