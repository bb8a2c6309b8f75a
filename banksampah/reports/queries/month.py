"""A bank's month: what came in, what it was worth, what was sold, what lies there, what was saved.

Everything is read from the journal by effective date, so that the report of a closed month never
changes: a reversal counts in the month in which it was made.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.catalog.queries import materials
from banksampah.deposits.models import Deposit
from banksampah.ledger import chart
from banksampah.members.models import Member
from banksampah.sales.models import SaleLine

BROUGHT = ("deposit.record", "deposit.correct_weight")
VALUED = (*BROUGHT, "deposit.price", "deposit.correct_price")
SAVED = (*VALUED, "deposit.correct_member")
SALE = "sale.record"
PAID = "withdrawal.pay"
SEQS_AT_ONCE = 5_000


class Moved(NamedTuple):
    """Opening, what came, what went, what else changed it; these make the closing."""

    opening: int
    came: int
    went: int
    other: int

    @property
    def closing(self) -> int:
        return self.opening + self.came - self.went + self.other


class ClassWeight(NamedTuple):
    """Grams of one class of the agencies' reports."""

    name: str
    weight_g: int


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One material: its goods in its own unit, what was credited for them, what they fetched."""

    material: Material
    goods: Moved
    credited_idr: int
    sold_idr: int
    value_idr: int
    """What the stock at the end of the month cost."""

    @property
    def came_g(self) -> int:
        """Grams that came in; pieces and litres by their equivalent, nothing where it is unset."""
        if self.material.unit == "kg":
            return self.goods.came
        weight = abs(self.goods.came) * (self.material.equivalent_g or 0)
        weight_g = weight if self.material.unit == "pcs" else weight // 1_000
        return weight_g if self.goods.came > 0 else -weight_g


@dataclass(frozen=True, slots=True)
class MonthReport:
    """One month of one bank."""

    since: date
    until: date
    lines: tuple[MonthLine, ...]
    savings: Moved
    deposits_count: int
    households_count: int
    """Account holders with at least one deposit of the month that stands at its end."""

    @property
    def weight_g(self) -> int:
        return sum(line.came_g for line in self.lines)

    @property
    def credited_idr(self) -> int:
        return sum(line.credited_idr for line in self.lines)

    @property
    def sold_idr(self) -> int:
        return sum(line.sold_idr for line in self.lines)

    @property
    def value_idr(self) -> int:
        return sum(line.value_idr for line in self.lines)

    @property
    def reporting_classes(self) -> list[ClassWeight]:
        return self._by_class("reporting_class")

    @property
    def sipsn_classes(self) -> list[ClassWeight]:
        return self._by_class("sipsn_class")

    def _by_class(self, kind: str) -> list[ClassWeight]:
        sums: dict[str, int] = {}
        for line in self.lines:
            name = getattr(line.material, kind)
            sums[name] = sums.get(name, 0) + line.came_g
        return heaviest_first(sums)


def heaviest_first(sums: Mapping[str, int]) -> list[ClassWeight]:
    """Classes with something in them, the heaviest first."""
    kept = [ClassWeight(name, weight_g) for name, weight_g in sums.items() if weight_g]
    return sorted(kept, key=lambda row: (-row.weight_g, row.name))


def month_end(month: date) -> date:
    """The last day of the month of *month*."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def month_report(session: Session, bank_id: int, month: date) -> MonthReport:
    """The report of the month that *month* lies in."""
    since, until = month.replace(day=1), month_end(month)
    standing = _standing_deposits(session, bank_id, since, until)
    return MonthReport(
        since,
        until,
        tuple(_lines(session, bank_id, since, until)),
        _savings(session, bank_id, since, until),
        len(standing),
        _count_households(session, bank_id, standing),
    )


def _lines(session: Session, bank_id: int, since: date, until: date) -> Iterable[MonthLine]:
    """Materials that lay there or moved, in the catalogue's order."""
    goods = materials(session, bank_id, retired=True)
    ids = [
        account_id
        for m in goods
        for account_id in (m.bought_account_id, m.donated_account_id, m.value_account_id)
    ]
    opening = ledger.balances_on(session, bank_id, ids, since - timedelta(days=1))
    moved = ledger.moved(session, bank_id, ids, since, until)
    sold = sold_between(session, bank_id, since, until)
    for material in goods:
        value_id = material.value_account_id
        value = moved_between(opening, moved, [value_id], VALUED, SALE)
        line = MonthLine(
            material,
            moved_between(
                opening, moved, [material.bought_account_id, material.donated_account_id],
                BROUGHT, SALE,
            ),
            value.came,
            sold.get(material.id, Sold()).net_idr,
            value.closing,
        )  # fmt: skip
        if any(line.goods) or line.credited_idr or line.sold_idr or line.value_idr:
            yield line


def moved_between(
    opening: Mapping[int, int],
    moved: Mapping[int, Mapping[str, int]],
    account_ids: Collection[int],
    came: Collection[str],
    went: str,
) -> Moved:
    """The accounts taken together, their movements parted by kind of entry."""
    sums = {"came": 0, "went": 0, "other": 0}
    for account_id in account_ids:
        for kind, amount in moved.get(account_id, {}).items():
            if kind in came:
                sums["came"] += amount
            elif kind == went:
                sums["went"] -= amount
            else:
                sums["other"] += amount
    return Moved(sum(opening.get(account_id, 0) for account_id in account_ids), **sums)


class Sold(NamedTuple):
    """What buyers found on their scales, and what they pay for it."""

    quantity: int = 0
    net_idr: int = 0


def sold_between(session: Session, bank_id: int, since: date, until: date) -> dict[int, Sold]:
    """Each material by the sales booked in these days; undone ones less."""
    signs: dict[int, int] = {}
    accounts = (chart.SALES, chart.SALES_DONATED)
    for touch in ledger.touching(session, bank_id, accounts, since, until):
        seq, sign = (touch.seq, 1) if touch.reverses_seq is None else (touch.reverses_seq, -1)
        signs[seq] = signs.get(seq, 0) + sign
    wanted = [seq for seq, sign in signs.items() if sign]
    lines = select(
        SaleLine.seq,
        SaleLine.material_id,
        SaleLine.buyer_quantity,
        SaleLine.amount_idr - SaleLine.deduction_idr,
    ).where(SaleLine.bank_id == bank_id, SaleLine.seq.in_(wanted))
    sums: dict[int, Sold] = {}
    for seq, material_id, quantity, net_idr in session.execute(lines) if wanted else ():
        quantity_before, idr_before = sums.get(material_id, Sold())
        sign = signs[seq]
        sums[material_id] = Sold(quantity_before + sign * quantity, idr_before + sign * net_idr)
    return sums


def _savings(session: Session, bank_id: int, since: date, until: date) -> Moved:
    """The savings of all households: what deposits brought, what was paid out."""
    ids = list(session.scalars(select(Member.savings_account_id).filter_by(bank_id=bank_id)))
    opening = ledger.balances_on(session, bank_id, ids, since - timedelta(days=1))
    return moved_between(
        opening, ledger.moved(session, bank_id, ids, since, until), ids, SAVED, PAID
    )


def _standing_deposits(session: Session, bank_id: int, since: date, until: date) -> list[int]:
    """The deposits booked in these days and not undone in them."""
    flows = [
        chart.flow(name, unit) for name in ("in_savings", "in_donated") for unit in chart.UNITS
    ]
    touched = ledger.touching(session, bank_id, flows, since, until)
    undone = {touch.reverses_seq for touch in touched}
    return [t.seq for t in touched if t.kind == "deposit.record" and t.seq not in undone]


def _count_households(session: Session, bank_id: int, seqs: list[int]) -> int:
    members: set[int] = set()
    for at in range(0, len(seqs), SEQS_AT_ONCE):
        some = Deposit.seq.in_(seqs[at : at + SEQS_AT_ONCE])
        # a column more than is needed: from one index alone SQLite would read every deposit
        found = select(Deposit.member_id, Deposit.weighed_on).where(
            Deposit.bank_id == bank_id, some
        )
        members.update(session.scalars(found))
    return len(members)
