"""Before weighing: household, prices and share in one question."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy import table as any_table
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from banksampah.banks.models import BankSetting
from banksampah.banks.queries import DEFAULTS
from banksampah.catalog.models import UNITS, Material, Price, ShareRule
from banksampah.db import Big, Plain, array_literal, db, driver_of, on_postgresql
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


class Question(NamedTuple):
    """Who brings what, on which day; *delivery* None: as the household usually does."""

    member_id: int
    material_ids: Collection[int]
    day: date
    delivery: str | None = None


def weighing(session: Session, bank_id: int, questions: Sequence[Question]) -> list[Asked]:
    """All that these weighings must know; from PostgreSQL in one journey for all of them."""
    if not on_postgresql(session):
        return [_ask_one(session, bank_id, question) for question in questions]
    wanted = [
        (place, material_id)
        for place, question in enumerate(questions, 1)
        for material_id in question.material_ids
    ]
    columns = zip(*((q.member_id, q.day, q.delivery) for q in questions), strict=True)
    arrays = [array_literal(column) for column in (*columns, *zip(*wanted, strict=True))]
    answers: list[list[Any]] = [[] for _ in questions]
    values = dict(zip(_ARRAYS, arrays, strict=True)) | {"bank_id": bank_id}
    for row in _many_weighings().run(driver_of(session), values):
        answers[row.place - 1].append(row)
    return [_asked(rows) for rows in answers]


def _ask_one(session: Session, bank_id: int, question: Question) -> Asked:
    member_id, material_ids, day, delivery = question
    values = {"bank_id": bank_id, "member_id": member_id, "day": day, "delivery": delivery}
    wanted = {f"material_{n}": material_id for n, material_id in enumerate(material_ids)}
    return _asked(_weighing(len(wanted)).run(driver_of(session), values | wanted))


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
_ONE, _NOUGHT = literal_column("1", Integer), literal_column("0", Integer)
"""Constants are written into the statement: the driver converts each parameter each time."""
_DAY = bindparam("day", type_=Date)
_FUND = any_table("fund", column("bank_id"), column("id"), column("name"))
_SETTING = "default_price_class"
_USUAL_CLASS = (
    select(func.trim(type_coerce(BankSetting.value, String), literal_column("'\"'")))  # a JSON text
    .where(
        BankSetting.bank_id == Member.bank_id,
        BankSetting.name == literal_column(f"'{_SETTING}'"),
    )
    .order_by(BankSetting.seq.desc())
    .limit(_ONE)
    .correlate(Member)
    .scalar_subquery()
)
_PRICE_CLASS = func.coalesce(
    Member.price_class, _USUAL_CLASS, literal_column(f"'{DEFAULTS[_SETTING]}'")
)
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


def _listed_price(giver: Subquery, day: ColumnElement[date]) -> ColumnElement[Any]:
    """The newest list's price on the day: _UNSET where that list leaves it open, NULL unlisted."""
    return (
        select(func.coalesce(Price.price_idr, literal_column(str(_UNSET))))
        .where(
            Price.bank_id == giver.c.bank_id,
            Price.material_id == Material.id,
            Price.price_class == giver.c.price_class,
            Price.valid_from <= day,
        )
        .order_by(Price.valid_from.desc(), Price.seq.desc())
        .limit(_ONE)
        .correlate(giver, Material)
        .scalar_subquery()
    )


def _share(
    day: ColumnElement[date], told: ColumnElement[Any], *beside: FromClause
) -> ColumnElement[Any]:
    """What `catalog.queries.share_on` answers: the narrowest rule in force, else everything."""
    delivery = func.coalesce(told, Member.delivery)
    whose = (ShareRule.account_kind == Member.kind, ShareRule.account_kind.is_(None))
    how = (ShareRule.delivery == delivery, ShareRule.delivery.is_(None))
    by_narrowness = (
        select(ShareRule.share_ppm)
        .where(ShareRule.bank_id == Member.bank_id, ShareRule.valid_from <= day, kind, way)
        .order_by(ShareRule.valid_from.desc(), ShareRule.seq.desc())
        .limit(_ONE)
        .correlate(Member, *beside)
        .scalar_subquery()
        for kind in whose
        for way in how
    )
    return func.coalesce(*by_narrowness, literal_column(str(PPM)))


def _question(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Composed once, when the module is read: composing costs more than asking."""
    share = _share(_DAY, bindparam("delivery", type_=String))
    giver = (
        select(*_GIVER, Member.bank_id, share.label("share_ppm"))
        .where(Member.bank_id == bindparam("bank_id"), Member.id == bindparam("member_id"))
        .limit(_ONE)  # so that class and share are worked out once, not for each material
        .subquery("giver")
    )
    return (
        _answer(giver, _DAY)
        .outerjoin(Material, and_(Material.bank_id == giver.c.bank_id, *which))
        .order_by(Material.id)
    )


def _answer(giver: Subquery, day: ColumnElement[date], *more: ColumnElement[Any]) -> Select[Any]:
    known = list(giver.c)[: len(_GIVER)]
    listed = _listed_price(giver, day).label("listed_idr")
    return select(*known, *_MATERIAL, listed, giver.c.share_ppm, *more).select_from(giver)


@cache
def _weighing(materials_count: int) -> Plain:
    """SQLite's question, compiled once for each number of materials."""
    wanted = [bindparam(f"material_{n}", type_=Big) for n in range(materials_count)]
    return Plain(_question(Material.id.in_(wanted)), db.engine.dialect)


_ARRAYS = ("members", "days", "deliveries", "places", "materials")


@cache
def _many_weighings() -> Plain:
    """PostgreSQL's question: households and materials come as arrays, by place."""
    asked = (
        func.unnest(_array("members", Big), _array("days", Date()), _array("deliveries", String()))
        .table_valued(
            column("member_id", Big), column("day", Date), column("told", String),
            with_ordinality="place",
        )
        .render_derived("asked")
    )  # fmt: skip
    wanted = (
        func.unnest(_array("places", Big), _array("materials", Big))
        .table_valued(column("place", Big), column("material_id", Big))
        .render_derived("wanted")
    )
    share = _share(asked.c.day, asked.c.told, asked)
    giver = (
        select(*_GIVER, Member.bank_id, share.label("share_ppm"), asked.c.day, asked.c.place)
        .select_from(asked)
        .join(Member, and_(Member.bank_id == bindparam("bank_id"), Member.id == asked.c.member_id))
        .offset(_NOUGHT)  # so that class and share are worked out once, not for each material
        .subquery("giver")
    )
    return Plain(
        _answer(giver, giver.c.day, giver.c.place)
        .outerjoin(wanted, wanted.c.place == giver.c.place)
        .outerjoin(
            Material,
            and_(Material.bank_id == giver.c.bank_id, Material.id == wanted.c.material_id),
        )
        .order_by(giver.c.place, Material.id),
        db.engine.dialect,
    )


def _array(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    # Asked for by a SELECT of its own, its length is not known when the plan is made. A plan for
    # each length looks cheaper than one for all, and is made anew each time: it costs the most.
    return select(cast(bindparam(name, type_=String), ARRAY(kind))).scalar_subquery()


_WHOLE_LIST = _question(Material.retired_on.is_(None))


def weight_g(unit: str, quantity: int, equivalent_g: int | None) -> int:
    """Grams of a quantity; pieces and litres by their equivalent, 0 where that is unknown."""
    if unit == "G":
        return quantity
    weight = quantity * (equivalent_g or 0)
    return weight if unit == "PCS" else weight // 1000
