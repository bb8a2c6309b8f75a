"""Before weighing: household, prices and share in one question."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    exists,
    func,
    select,
    type_coerce,
)
from sqlalchemy import column as any_column
from sqlalchemy import table as any_table
from sqlalchemy.orm import Session

from banksampah.banks.models import BankSetting
from banksampah.banks.queries import DEFAULTS
from banksampah.catalog.models import UNITS, Material, Price, ShareRule
from banksampah.db import Big, Plain, db, driver_of
from banksampah.members.models import Member
from banksampah.money import PPM


@dataclass(frozen=True, slots=True)
class Giver:
    """What a weighing must know of the household."""

    member_id: int
    number: str
    name: str
    kind: str
    rt: str
    delivery: str
    price_class: str
    savings_account_id: int
    closed_on: date | None
    merged_into_id: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What the lists say of one material for one household on one day.

    *listed* is False where no list names a price; *price_idr* is None then, or where it is unset.
    """

    material_id: int
    name: str
    grade: str
    family: str
    unit: str
    usual_max_g: int | None
    equivalent_g: int | None
    retired_on: date | None
    value_account_id: int
    bought_account_id: int
    donated_account_id: int
    listed: bool
    price_idr: int | None

    @property
    def label(self) -> str:
        """Name with its grade."""
        return f"{self.name}, {self.grade}" if self.grade else self.name

    def weight_g(self, quantity: int) -> int:
        """Grams of *quantity*; pieces and litres by their equivalent, 0 where unknown."""
        return weight_g(self.unit, quantity, self.equivalent_g)


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer before a weighing. *share_ppm* is the bank's rule for this household."""

    giver: Giver | None
    offers: dict[int, Offer]
    share_ppm: int


def weighing(
    session: Session,
    bank_id: int,
    member_id: int,
    material_ids: Collection[int],
    day: date,
    delivery: str | None = None,
) -> Asked:
    """All that a weighing on *day* must know, in one round trip."""
    values = {"bank_id": bank_id, "member_id": member_id, "day": day, "delivery": delivery}
    wanted = {f"material_{n}": material_id for n, material_id in enumerate(material_ids)}
    question = _weighing(session.connection().dialect.name, len(wanted))
    return _asked(question.run(driver_of(session), values | wanted))


def price_list_for(session: Session, bank_id: int, member_id: int, day: date) -> Asked:
    """The same for every material the bank takes: what the weighing page offers."""
    values = {"bank_id": bank_id, "member_id": member_id, "day": day, "delivery": None}
    return _asked(session.execute(_WHOLE_LIST, values).all())


def fund_exists(session: Session, bank_id: int, fund_id: int) -> bool:
    """Whether the bank has this fund. Funds belong to a feature beside this one."""
    return bool(
        session.scalar(select(exists().where(_FUND.c.bank_id == bank_id, _FUND.c.id == fund_id)))
    )


def causes(session: Session, bank_id: int) -> list[tuple[int, str]]:
    """The bank's funds by number and name, for a sedekah with a named cause."""
    rows = session.execute(
        select(_FUND.c.id, _FUND.c.name).where(_FUND.c.bank_id == bank_id).order_by(_FUND.c.id)
    )
    return [(row.id, row.name) for row in rows]


def _asked(rows: Sequence[Any]) -> Asked:
    if not rows:
        return Asked(None, {}, 0)
    head = rows[0]
    giver = Giver(*head[: len(_GIVER)])
    offers = {row.material_id: _offer(row) for row in rows if row.material_id is not None}
    return Asked(giver, offers, head.share_ppm)


def _offer(row: Any) -> Offer:
    return Offer(
        row.material_id,
        row.material_name,
        row.grade,
        row.family,
        UNITS[row.unit],
        row.usual_max_g,
        row.equivalent_g,
        row.retired_on,
        row.value_account_id,
        row.bought_account_id,
        row.donated_account_id,
        row.listed_idr is not None,
        None if row.listed_idr == _UNSET else row.listed_idr,
    )


_UNSET = -1
_DAY = bindparam("day", type_=Date)
_FUND = any_table("fund", any_column("bank_id"), any_column("id"), any_column("name"))
_USUAL_CLASS = (
    select(func.trim(type_coerce(BankSetting.value, String), '"'))  # a JSON text
    .where(BankSetting.bank_id == Member.bank_id, BankSetting.name == "default_price_class")
    .order_by(BankSetting.seq.desc())
    .limit(1)
    .correlate(Member)
    .scalar_subquery()
)
_PRICE_CLASS = func.coalesce(Member.price_class, _USUAL_CLASS, DEFAULTS["default_price_class"])
_GIVER = (
    Member.id,
    Member.number,
    Member.name,
    Member.kind,
    Member.rt,
    Member.delivery,
    _PRICE_CLASS.label("price_class"),
    Member.savings_account_id,
    Member.closed_on,
    Member.merged_into_id,
)
_MATERIAL = (
    Material.id.label("material_id"),
    Material.name.label("material_name"),
    Material.grade,
    Material.family,
    Material.unit,
    Material.usual_max_g,
    Material.equivalent_g,
    Material.retired_on,
    Material.value_account_id,
    Material.bought_account_id,
    Material.donated_account_id,
)


def _listed_price(giver: Subquery) -> ColumnElement[Any]:
    """The newest list's price on the day: _UNSET where that list leaves it open, NULL unlisted."""
    return (
        select(func.coalesce(Price.price_idr, _UNSET))
        .where(
            Price.bank_id == giver.c.bank_id,
            Price.material_id == Material.id,
            Price.price_class == giver.c.price_class,
            Price.valid_from <= _DAY,
        )
        .order_by(Price.valid_from.desc(), Price.seq.desc())
        .limit(1)
        .correlate(giver, Material)
        .scalar_subquery()
    )


def _share() -> ColumnElement[Any]:
    """What `catalog.queries.share_on` answers: the narrowest rule in force, else everything."""
    delivery = func.coalesce(bindparam("delivery", type_=String), Member.delivery)
    whose = (ShareRule.account_kind == Member.kind, ShareRule.account_kind.is_(None))
    how = (ShareRule.delivery == delivery, ShareRule.delivery.is_(None))
    by_narrowness = (
        select(ShareRule.share_ppm)
        .where(ShareRule.bank_id == Member.bank_id, ShareRule.valid_from <= _DAY, kind, way)
        .order_by(ShareRule.valid_from.desc(), ShareRule.seq.desc())
        .limit(1)
        .correlate(Member)
        .scalar_subquery()
        for kind in whose
        for way in how
    )
    return func.coalesce(*by_narrowness, PPM)


def _question(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Composed once, when the module is read: composing costs more than asking."""
    giver = (
        select(*_GIVER, Member.bank_id, _share().label("share_ppm"))
        .where(Member.bank_id == bindparam("bank_id"), Member.id == bindparam("member_id"))
        .limit(1)  # so that class and share are worked out once, not for each material
        .subquery("giver")
    )
    known = list(giver.c)[: len(_GIVER)]
    listed = _listed_price(giver).label("listed_idr")
    return (
        select(*known, *_MATERIAL, listed, giver.c.share_ppm)
        .select_from(giver)
        .outerjoin(Material, and_(Material.bank_id == giver.c.bank_id, *which))
        .order_by(Material.id)
    )


@cache
def _weighing(_dialect_name: str, materials_count: int) -> Plain:
    """Compiled once for each number of materials."""
    wanted = [bindparam(f"material_{n}", type_=Big) for n in range(materials_count)]
    return Plain(_question(Material.id.in_(wanted)), db.engine.dialect)


_WHOLE_LIST = _question(Material.retired_on.is_(None))


def weight_g(unit: str, quantity: int, equivalent_g: int | None) -> int:
    """Grams of a quantity; pieces and litres by their equivalent, 0 where that is unknown."""
    if unit == "G":
        return quantity
    weight = quantity * (equivalent_g or 0)
    return weight if unit == "PCS" else weight // 1000
