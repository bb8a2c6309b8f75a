"""A bank's month: what came in, what it was worth, what was sold, what lies there, what was saved.

Everything is read from the journal by effective date, so that the report of a closed month never
changes: a reversal counts in the month in which it was made.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.catalog.queries import materials
from banksampah.deposits.models import (
    MEMBER,
    Deposit,
    DepositChange,
    DepositLine,
    DepositLineChange,
)
from banksampah.ledger import chart
from banksampah.members.models import Member
from banksampah.sales.models import SaleLine

BROUGHT = ("deposit.record", "deposit.correct_weight")
CORRECTED = ("deposit.price", "deposit.correct_price", "deposit.correct_weight")
SAVED = ("deposit.record", *CORRECTED, "deposit.correct_member")
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
    """Those that have at least one deposit of the month at its end."""

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
        _count_households(session, bank_id, standing, until),
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
    values = [material.value_account_id for material in goods]
    corrected = _corrected_between(session, bank_id, values, since, until)
    for material in goods:
        value_id = material.value_account_id
        value = moved_between(opening, moved, [value_id], ["deposit.record"], SALE)
        line = MonthLine(
            material,
            moved_between(
                opening, moved, [material.bought_account_id, material.donated_account_id],
                BROUGHT, SALE,
            ),
            value.came + corrected.get(material.id, 0),
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


def _corrected_between(
    session: Session,
    bank_id: int,
    value_account_ids: Sequence[int],
    since: date,
    until: date,
) -> dict[int, int]:
    """What late prices and corrections booked in these days changed of what was credited for each
    material; undone ones less. What is sold has its part in the costs, not in the stock's value."""
    accounts = (*value_account_ids, chart.COST_OF_GOODS, chart.SHRINKAGE, chart.GAIN)
    touched = ledger.touching(session, bank_id, accounts, since, until)
    signs = _signs(t for t in touched if t.kind in CORRECTED or t.reverses_seq is not None)
    sums: dict[int, int] = {}
    for some in _parts(list(signs)):
        for seq, material_id, idr in session.execute(_line_changes(bank_id, some)):
            sums[material_id] = sums.get(material_id, 0) + signs[seq] * idr
    return sums


def _line_changes(bank_id: int, seqs: Sequence[int]) -> Select[int, int, int]:
    """The lines that these entries changed: entry, material, and how much more was credited."""
    earlier = aliased(DepositLineChange)
    before_idr = (
        select(earlier.credited_idr)
        .where(
            earlier.bank_id == DepositLineChange.bank_id,
            earlier.deposit_seq == DepositLineChange.deposit_seq,
            earlier.line == DepositLineChange.line,
            earlier.seq < DepositLineChange.seq,
        )
        .order_by(earlier.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    more_idr = DepositLineChange.credited_idr - func.coalesce(before_idr, DepositLine.credited_idr)
    return (
        select(DepositLineChange.seq, DepositLine.material_id, more_idr)
        .join(
            DepositLine,
            (DepositLine.bank_id == DepositLineChange.bank_id)
            & (DepositLine.seq == DepositLineChange.deposit_seq)
            & (DepositLine.line == DepositLineChange.line),
        )
        .where(DepositLineChange.bank_id == bank_id, DepositLineChange.seq.in_(seqs))
    )


def _signs(touched: Iterable[ledger.Touch]) -> dict[int, int]:
    """The entries that count: 1 for what was booked, -1 for what was undone, not both."""
    signs: dict[int, int] = {}
    for touch in touched:
        seq, sign = (touch.seq, 1) if touch.reverses_seq is None else (touch.reverses_seq, -1)
        signs[seq] = signs.get(seq, 0) + sign
    return {seq: sign for seq, sign in signs.items() if sign}


def _parts(seqs: Sequence[int]) -> Iterable[Sequence[int]]:
    """As many at once as a statement takes."""
    return (seqs[at : at + SEQS_AT_ONCE] for at in range(0, len(seqs), SEQS_AT_ONCE))


class Sold(NamedTuple):
    """What buyers found on their scales, and what they pay for it."""

    quantity: int = 0
    net_idr: int = 0


def sold_between(session: Session, bank_id: int, since: date, until: date) -> dict[int, Sold]:
    """Each material by the sales booked in these days; undone ones less."""
    accounts = (chart.SALES, chart.SALES_DONATED)
    signs = _signs(ledger.touching(session, bank_id, accounts, since, until))
    lines = select(
        SaleLine.seq,
        SaleLine.material_id,
        SaleLine.buyer_quantity,
        SaleLine.amount_idr - SaleLine.deduction_idr,
    ).where(SaleLine.bank_id == bank_id, SaleLine.seq.in_(signs))
    sums: dict[int, Sold] = {}
    for seq, material_id, quantity, net_idr in session.execute(lines) if signs else ():
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


def _count_households(session: Session, bank_id: int, seqs: list[int], until: date) -> int:
    """Who has these deposits on the day *until*; what lies in Titipan is nobody's yet."""
    owners: dict[int, int] = {}
    for some in _parts(seqs):
        # a column more than is needed: from one index alone SQLite would read every deposit
        found = select(Deposit.seq, Deposit.member_id, Deposit.weighed_on).where(
            Deposit.bank_id == bank_id, Deposit.seq.in_(some)
        )
        owners |= {row.seq: row.member_id for row in session.execute(found)}
        owners |= _moved_by(session, bank_id, some, until)
    titipan = select(Member.id).where(Member.bank_id == bank_id, Member.holds_titipan)
    return len(set(owners.values()) - set(session.scalars(titipan)))


def _moved_by(session: Session, bank_id: int, seqs: Sequence[int], until: date) -> dict[int, int]:
    """Which of these deposits were given to another household by *until*, and to whom at last."""
    changes = session.scalars(
        select(DepositChange).where(
            DepositChange.bank_id == bank_id,
            DepositChange.deposit_seq.in_(seqs),
            DepositChange.kind == MEMBER,
        )
    ).all()
    entries = ledger.entries_at(session, bank_id, [change.seq for change in changes])
    in_order = sorted(changes, key=lambda change: change.seq)
    return {
        c.deposit_seq: c.member_id
        for c in in_order
        if c.member_id is not None and entries[c.seq].effective_on <= until
    }
