"""Reads of the catalogue: materials, what they cost on a day, which share is credited."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from banksampah.catalog.models import Material, Price, PriceList, ShareRule
from banksampah.errors import NotFound
from banksampah.money import PPM

PRICES_SHOWN = 50
RULES_SHOWN = 100


def in_sentence(name: str) -> str:
    """*name* inside a sentence: "Kertas putih" is "kertas putih", "PET" and "HVS" stay."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


class MaterialNotFound(NotFound):
    """No such material in this bank."""

    code = "material_not_found"

    def __init__(self, material_id: int):
        super().__init__(f"Jenis sampah {material_id} tidak ada.", material_id=material_id)


class NextPrice(NamedTuple):
    """A price that is to come."""

    valid_from: date
    price_idr: int | None


class ListedPrice(NamedTuple):
    """One line of the price table: a material, its price today, the next one if there is any."""

    material: Material
    price_idr: int | None
    next: NextPrice | None


def get_material(session: Session, bank_id: int, material_id: int) -> Material:
    """The material, retired or not. Raises MaterialNotFound."""
    material = session.get(Material, (bank_id, material_id))
    if material is None:
        raise MaterialNotFound(material_id)
    return material


def find_material_by_code(session: Session, bank_id: int, code: str) -> Material | None:
    """The material with this code, however it is typed."""
    return session.scalar(
        select(Material).filter_by(bank_id=bank_id, code="".join(code.split()).upper())
    )


def materials(session: Session, bank_id: int, *, retired: bool = False) -> Sequence[Material]:
    """What the bank takes, in the order it was added; *retired*: what it no longer takes too."""
    query = select(Material).filter_by(bank_id=bank_id).order_by(Material.id)
    if not retired:
        query = query.where(Material.retired_on.is_(None))
    return session.scalars(query).all()


def prices_on(
    session: Session,
    bank_id: int,
    day: date,
    price_class: str,
    material_ids: Collection[int] | None = None,
) -> dict[int, int | None]:
    """Price in force on *day* of each material in one class, by id; None: unset ("harga menyusul").

    One query, one index look-up a material: as fast after ten years of lists as after one.
    """
    query = _prices(bank_id, day, price_class)
    if material_ids is not None:
        query = query.where(Material.id.in_(material_ids))
    return {row[0]: row[1] for row in session.execute(query.order_by(Material.id))}


def price_on(
    session: Session, bank_id: int, material_id: int, day: date, price_class: str
) -> int | None:
    """Price in force on *day* of one material; None: unset. Raises MaterialNotFound."""
    prices = prices_on(session, bank_id, day, price_class, [material_id])
    if material_id not in prices:
        raise MaterialNotFound(material_id)
    return prices[material_id]


def _prices(bank_id: int, day: date, price_class: str) -> Select[int, int | None]:
    in_force = (
        select(Price.price_idr)
        .where(
            Price.bank_id == bank_id,
            Price.material_id == Material.id,
            Price.price_class == price_class,
            Price.valid_from <= day,
        )
        .order_by(Price.valid_from.desc(), Price.seq.desc())
        .limit(1)
        .correlate(Material)
        .scalar_subquery()
    )
    return select(Material.id, in_force).where(Material.bank_id == bank_id)


def next_prices(
    session: Session, bank_id: int, day: date, price_class: str
) -> dict[int, NextPrice]:
    """The first price after *day* of each material that has one coming."""
    coming = (
        select(Price.material_id, func.min(Price.valid_from).label("valid_from"))
        .where(Price.bank_id == bank_id, Price.price_class == price_class, Price.valid_from > day)
        .group_by(Price.material_id)
        .subquery()
    )
    rows = session.execute(
        select(Price.material_id, Price.valid_from, Price.price_idr)
        .join(
            coming,
            and_(
                Price.material_id == coming.c.material_id, Price.valid_from == coming.c.valid_from
            ),
        )
        .where(Price.bank_id == bank_id, Price.price_class == price_class)
        .order_by(Price.seq)  # the newest list of that day is read last, and stays
    )
    return {row.material_id: NextPrice(row.valid_from, row.price_idr) for row in rows}


def price_table(session: Session, bank_id: int, day: date, price_class: str) -> list[ListedPrice]:
    """Every material the bank takes with its price on *day* and the next one, by category."""
    now = prices_on(session, bank_id, day, price_class)
    coming = next_prices(session, bank_id, day, price_class)
    listed = [
        ListedPrice(material, now.get(material.id), coming.get(material.id))
        for material in materials(session, bank_id)
    ]
    places: dict[str, int] = {}
    for line in listed:
        places.setdefault(line.material.category, len(places))
    return sorted(listed, key=lambda line: places[line.material.category])


def price_history(session: Session, bank_id: int, material_id: int) -> Sequence[Price]:
    """The newest prices of one material, newest first."""
    return session.scalars(
        select(Price)
        .filter_by(bank_id=bank_id, material_id=material_id)
        .order_by(Price.valid_from.desc(), Price.seq.desc())
        .limit(PRICES_SHOWN)
    ).all()


def price_classes(session: Session, bank_id: int) -> list[str]:
    """Names of the price classes that ever had a price."""
    query = select(Price.price_class).filter_by(bank_id=bank_id).distinct()
    return sorted(session.scalars(query))


def price_lists(
    session: Session, bank_id: int, limit: int = 50, before_seq: int | None = None
) -> Sequence[PriceList]:
    """Price lists, newest first."""
    query = select(PriceList).filter_by(bank_id=bank_id).order_by(PriceList.seq.desc())
    if before_seq is not None:
        query = query.where(PriceList.seq < before_seq)
    return session.scalars(query.limit(limit)).all()


def get_price_list(session: Session, bank_id: int, seq: int) -> PriceList:
    """One list. Raises NotFound."""
    found = session.get(PriceList, (bank_id, seq))
    if found is None:
        raise NotFound(f"Daftar harga {seq} tidak ada.")
    return found


def prices_of_list(session: Session, bank_id: int, seq: int) -> Sequence[Row[Price, str]]:
    """The lines of one list, each with its material's code."""
    return session.execute(
        select(Price, Material.code)
        .join(
            Material,
            and_(Material.bank_id == Price.bank_id, Material.id == Price.material_id),
        )
        .where(Price.bank_id == bank_id, Price.seq == seq)
        .order_by(Price.material_id, Price.price_class)
    ).all()


class Version(NamedTuple):
    """A price list by its number: the first ever set is 1, and none is ever numbered anew."""

    number: int
    valid_from: date


def price_versions(
    session: Session, bank_id: int, day: date, until: date | None = None
) -> list[Version]:
    """The list in force on *day*, if there is one, and those that come into force by *until*."""
    numbered = (
        select(
            PriceList.seq,
            PriceList.valid_from,
            func.row_number().over(order_by=PriceList.seq).label("number"),
        )
        .where(PriceList.bank_id == bank_id)
        .subquery()
    )
    found = [
        Version(row.number, row.valid_from)
        for row in session.execute(
            select(numbered)
            .where(numbered.c.valid_from <= (until or day))
            .order_by(numbered.c.valid_from, numbered.c.seq)
        )
    ]
    begun = sum(version.valid_from <= day for version in found)
    return found[max(0, begun - 1) :]


def price_version(session: Session, bank_id: int, day: date) -> Version | None:
    """The list that last came into force by *day*."""
    return next(iter(price_versions(session, bank_id, day)), None)


def lists_count(session: Session, bank_id: int) -> int:
    """How many lists there ever were: the highest number that one has."""
    counted = select(func.count()).select_from(PriceList).where(PriceList.bank_id == bank_id)
    return session.scalar(counted) or 0


def share_on(
    session: Session,
    bank_id: int,
    day: date,
    account_kind: str | None = None,
    delivery: str | None = None,
) -> int:
    """Parts per million of the price credited on *day* (1,000,000 where no rule was set).

    The narrowest rule wins: kind and delivery, then kind, then delivery, then the general one.
    """
    rows = session.execute(
        select(ShareRule.account_kind, ShareRule.delivery, ShareRule.share_ppm)
        .where(
            ShareRule.bank_id == bank_id,
            ShareRule.valid_from <= day,
            or_(ShareRule.account_kind.is_(None), ShareRule.account_kind == account_kind),
            or_(ShareRule.delivery.is_(None), ShareRule.delivery == delivery),
        )
        .order_by(ShareRule.valid_from, ShareRule.seq)
    )
    in_force: dict[tuple[str | None, str | None], int | None] = {
        (row.account_kind, row.delivery): row.share_ppm for row in rows
    }
    for narrowness in (
        (account_kind, delivery), (account_kind, None), (None, delivery), (None, None),
    ):  # fmt: skip
        share_ppm = in_force.get(narrowness)
        if share_ppm is not None:
            return share_ppm
    return PPM


def share_days(session: Session, bank_id: int, after: date, until: date) -> Sequence[date]:
    """The days after *after*, up to *until*, from which another share may be in force."""
    return session.scalars(
        select(ShareRule.valid_from)
        .where(
            ShareRule.bank_id == bank_id,
            ShareRule.valid_from > after,
            ShareRule.valid_from <= until,
        )
        .distinct()
        .order_by(ShareRule.valid_from)
    ).all()


def share_rules(session: Session, bank_id: int) -> Sequence[ShareRule]:
    """The newest share rules, the newest day first."""
    return session.scalars(
        select(ShareRule)
        .filter_by(bank_id=bank_id)
        .order_by(ShareRule.valid_from.desc(), ShareRule.seq.desc())
        .limit(RULES_SHOWN)
    ).all()
