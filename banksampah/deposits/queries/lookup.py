"""A bank's households, goods, prices and shares, read once for many deposits of many days."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.banks.queries import setting
from banksampah.catalog.models import Material, Price, ShareRule
from banksampah.members.models import Member
from banksampah.money import PPM


class Household(NamedTuple):
    """What a deposit must know of who brings it."""

    member_id: int
    number: str
    kind: str
    delivery: str
    price_class: str
    savings_account_id: int
    is_open: bool


class Goods(NamedTuple):
    """What a deposit must know of a material."""

    material_id: int
    code: str
    label: str
    unit: str
    usual_max_g: int | None
    equivalent_g: int | None
    retired_on: date | None
    value_account_id: int
    bought_account_id: int
    donated_account_id: int


class Told(NamedTuple):
    """A price that a list names; None: that list leaves it open ("harga menyusul")."""

    price_idr: int | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """The lists of a bank as they stand, by number, code and day."""

    households: dict[str, Household]
    goods: dict[str, Goods]
    _prices: dict[tuple[int, str], tuple[list[date], list[int | None]]]
    _shares: dict[tuple[str | None, str | None], tuple[list[date], list[int | None]]]

    def price_on(self, material_id: int, price_class: str, day: date) -> Told | None:
        """What the newest list in force says, as `weighing` would; None: no list names it."""
        days, prices = self._prices.get((material_id, price_class), ((), ()))
        place = bisect_right(days, day)
        return Told(prices[place - 1]) if place else None

    def share_on(self, kind: str, delivery: str, day: date) -> int:
        """What `catalog.queries.share_on` answers: the narrowest rule in force."""
        for narrowness in ((kind, delivery), (kind, None), (None, delivery), (None, None)):
            days, shares = self._shares.get(narrowness, ((), ()))
            place = bisect_right(days, day)
            share_ppm = shares[place - 1] if place else None
            if share_ppm is not None:
                return share_ppm
        return PPM


def lookup(session: Session, bank_id: int) -> Lookup:
    """The lists of the bank. They grow with the bank, not with what is looked up in them."""
    usual_class = str(setting(session, bank_id, "default_price_class"))
    prices = select(Price.material_id, Price.price_class, Price.valid_from, Price.price_idr)
    shares = select(
        ShareRule.account_kind, ShareRule.delivery, ShareRule.valid_from, ShareRule.share_ppm
    )
    by_day = (
        session.execute(prices.filter_by(bank_id=bank_id).order_by(Price.valid_from, Price.seq)),
        session.execute(
            shares.filter_by(bank_id=bank_id).order_by(ShareRule.valid_from, ShareRule.seq)
        ),
    )
    return Lookup(
        {row.number: _household(row, usual_class) for row in session.execute(_members(bank_id))},
        {
            material.code: _goods(material)
            for material in session.scalars(select(Material).filter_by(bank_id=bank_id))
        },
        *(_dated(rows) for rows in by_day),
    )


def _members(bank_id: int) -> Any:
    return select(
        Member.id,
        Member.number,
        Member.kind,
        Member.delivery,
        Member.price_class,
        Member.savings_account_id,
        Member.closed_on,
    ).where(Member.bank_id == bank_id, ~Member.holds_titipan)


def _household(row: Any, usual_class: str) -> Household:
    return Household(
        row.id,
        row.number,
        row.kind,
        row.delivery,
        row.price_class or usual_class,
        row.savings_account_id,
        row.closed_on is None,
    )


def _goods(material: Material) -> Goods:
    return Goods(
        material.id,
        material.code,
        material.label,
        material.ledger_unit,
        material.usual_max_g,
        material.equivalent_g,
        material.retired_on,
        material.value_account_id,
        material.bought_account_id,
        material.donated_account_id,
    )


def _dated(rows: Iterable[Any]) -> dict[Any, tuple[list[date], list[Any]]]:
    """Two lists for each key (a row's first two columns): the days, and what holds from them."""
    found: dict[Any, tuple[list[date], list[Any]]] = defaultdict(lambda: ([], []))
    for first, second, day, value in rows:
        days, values = found[first, second]
        days.append(day)
        values.append(value)
    return dict(found)
