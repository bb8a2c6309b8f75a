"""What lies there and what it cost: reads of the stock accounts, moving average, stock cards."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Protocol

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog import queries as catalog
from banksampah.catalog.models import Material
from banksampah.ledger import chart
from banksampah.money import apportion, format_kg, format_number


@dataclass(frozen=True, slots=True)
class OnHand:
    """One material's stock now: quantities by origin in its unit, and the value of what was bought.

    Donated stock has a quantity and no value.
    """

    material: Material
    bought_quantity: int
    donated_quantity: int
    value_idr: int

    @property
    def quantity(self) -> int:
        """All that lies there."""
        return self.bought_quantity + self.donated_quantity


@dataclass(frozen=True, slots=True)
class CardLine:
    """One entry on a stock card; the running figures are those after it."""

    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    reverses_seq: int | None
    bought_quantity: int
    donated_quantity: int
    value_idr: int
    quantity_after: int
    value_after_idr: int


@dataclass(frozen=True, slots=True)
class Card:
    """A material's movements over a period, from opening to closing."""

    material: Material
    since: date
    until: date
    opening_quantity: int
    opening_value_idr: int
    lines: list[CardLine]
    closing_quantity: int
    closing_value_idr: int


def format_quantity(quantity: int, unit: str) -> str:
    """A quantity with its unit, for sentences: `186,2 kg`, `12 buah`, `1,5 liter`."""
    if unit == "PCS":
        return f"{format_number(quantity)} buah"
    return f"{format_kg(quantity)} {'kg' if unit == 'G' else 'liter'}"


def cost_of(value_idr: int, quantity: int, out: int) -> int:
    """The cost of *out* of a *quantity* that cost *value_idr*: moving average, rounded down.

    The last gram always takes the last rupiah.

    >>> cost_of(10_000, 3_000, 1_000), cost_of(6_667, 2_000, 2_000)
    (3333, 6667)
    """
    assert 0 <= out <= quantity, (out, quantity)
    assert value_idr >= 0, value_idr
    return value_idr if out == quantity else value_idr * out // quantity


def in_proportion(out: int, bought: int, donated: int) -> tuple[int, int]:
    """How much of *out* is bought and how much donated stock, in proportion to what lies there.

    >>> in_proportion(10_000, 7_000, 14_000)
    (3333, 6667)
    """
    assert 0 <= out <= bought + donated, (out, bought, donated)
    if out == 0:
        return 0, 0
    from_bought, from_donated = apportion(out, [bought, donated], [1, 2])
    return from_bought, from_donated


def share_of_surplus(surplus: int, bought: int, donated: int) -> tuple[int, int]:
    """How a *surplus* falls on bought and donated goods, in proportion to their quantities."""
    assert bought + donated > 0, (bought, donated)
    to_bought, to_donated = apportion(surplus, [bought, donated], [1, 2])
    return to_bought, to_donated


def on_hand(session: Session, bank_id: int) -> list[OnHand]:
    """Every material, also those no longer taken, with its stock now."""
    materials = catalog.materials(session, bank_id, retired=True)
    accounts = [
        account_id
        for material in materials
        for account_id in (
            material.bought_account_id,
            material.donated_account_id,
            material.value_account_id,
        )
    ]
    posted = {
        account_id: found.posted
        for account_id, found in ledger.balances(session, bank_id, accounts).items()
    }
    return [
        OnHand(
            material,
            posted[material.bought_account_id],
            posted[material.donated_account_id],
            posted[material.value_account_id],
        )
        for material in materials
    ]


def on_hand_of(session: Session, bank_id: int, material_id: int) -> OnHand:
    """One material's stock now."""
    material = catalog.get_material(session, bank_id, material_id)
    accounts = (
        material.bought_account_id,
        material.donated_account_id,
        material.value_account_id,
    )
    found = ledger.balances(session, bank_id, accounts)
    return OnHand(material, *(found[account_id].posted for account_id in accounts))


def card_period(today: date, since: date | None, until: date | None) -> tuple[date, date]:
    """The days of a stock card: those asked for, else the year up to *today*."""
    until = until or today
    since = since or until - timedelta(days=365)
    return min(since, until), until


def card(session: Session, bank_id: int, material_id: int, since: date, until: date) -> Card:
    """The stock card of one material: opening, each entry, closing."""
    material = catalog.get_material(session, bank_id, material_id)
    columns = [material.bought_account_id, material.donated_account_id, material.value_account_id]
    before = since - timedelta(days=1)
    opening = [ledger.balance_on(session, bank_id, account_id, before) for account_id in columns]
    moved: dict[tuple[date, int], list[int]] = {}
    about: dict[int, ledger.Line] = {}
    for column, account_id in enumerate(columns):
        for line in ledger.lines(session, bank_id, account_id, since, until):
            moved.setdefault((line.effective_on, line.seq), [0, 0, 0])[column] += line.amount
            about[line.seq] = line
    rows = [(about[key[1]], amounts) for key, amounts in sorted(moved.items())]
    quantities = _running(opening[0] + opening[1], (a[0] + a[1] for _, a in rows))
    values_idr = _running(opening[2], (a[2] for _, a in rows))
    lines = [
        CardLine(
            line.seq,
            line.kind,
            line.effective_on,
            line.recorded_at,
            line.reverses_seq,
            amounts[0],
            amounts[1],
            amounts[2],
            quantity_after,
            value_after_idr,
        )
        for (line, amounts), quantity_after, value_after_idr in zip(
            rows, quantities[1:], values_idr[1:], strict=True
        )
    ]
    return Card(
        material,
        since,
        until,
        quantities[0],
        values_idr[0],
        lines,
        quantities[-1],
        values_idr[-1],
    )


def _running(opening: int, moves: Iterable[int]) -> list[int]:
    return list(accumulate(moves, initial=opening))


class Accounted(Protocol):
    """A material as its stock accounts know it."""

    @property
    def code(self) -> str: ...
    @property
    def ledger_unit(self) -> str: ...
    @property
    def value_account_id(self) -> int: ...
    @property
    def bought_account_id(self) -> int: ...
    @property
    def donated_account_id(self) -> int: ...


def faults(session: Session, bank_id: int) -> list[tuple[int | None, str]]:
    """Stock that cannot be: below nothing, or a value with nothing lying there.

    Grams against their flow accounts are summed a second time: what came in less what went out.
    """
    goods = catalog.materials(session, bank_id, retired=True)
    return faults_of(goods, ledger.accounts(session, bank_id))


def faults_of(
    goods: Iterable[Accounted], accounts: Iterable[ledger.AccountRow]
) -> list[tuple[int | None, str]]:
    """The same for materials and accounts that were read already."""
    found: list[tuple[int | None, str]] = []
    posted: dict[int, int] = {}
    lying, through = dict.fromkeys(chart.UNITS, 0), dict.fromkeys(chart.UNITS, 0)
    for account in accounts:
        posted[account.account_id] = account.posted
        if account.code.startswith("F."):
            sign = 1 if account.normal == "credit" else -1
            through[account.unit] += sign * account.posted
    for one in goods:
        bought = posted.get(one.bought_account_id, 0)
        donated = posted.get(one.donated_account_id, 0)
        value_idr = posted.get(one.value_account_id, 0)
        lying[one.ledger_unit] += bought + donated
        if min(bought, donated, value_idr) < 0:
            found.append((None, f"stok {one.code} di bawah nol"))
        if bought == 0 and value_idr != 0:
            found.append((None, f"stok {one.code} bernilai tetapi tidak ada barangnya"))
    for unit, there in lying.items():
        if through[unit] != there:
            fact = f"neraca massa {unit}: masuk − keluar {through[unit]}, stok {there}"
            found.append((None, fact))
    return found
