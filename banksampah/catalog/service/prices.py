"""Dated prices: many at once, from a day on. A list never overwrites one of before."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import PRICE_IDR_MAX, Material, Price, PriceList
from banksampah.catalog.queries import MaterialNotFound, get_price_list
from banksampah.errors import Refused


class NewPrice(NamedTuple):
    """One price of a list. None: unset ("harga menyusul"); 0 is a price."""

    material_id: int
    price_idr: int | None
    price_class: str = "umum"


class NoPrices(Refused):
    """A list without lines."""

    code = "no_prices"

    def __init__(self) -> None:
        super().__init__("Isi paling sedikit satu harga.", field="prices")


class DuplicatePrice(Refused):
    """One material twice in the same class of one list."""

    code = "duplicate_price"

    def __init__(self, material_id: int, price_class: str):
        super().__init__(
            f"Jenis sampah {material_id} ada dua kali di golongan harga {price_class}."
            " Hapus salah satu.",
            field="prices",
        )


class PriceOutOfRange(Refused):
    """A price below nothing or beyond belief."""

    code = "price_out_of_range"

    def __init__(self) -> None:
        super().__init__("Harga harus antara Rp0 dan Rp100.000.000.", field="prices")


def set_prices(
    session: Session,
    act: ledger.Act,
    *,
    valid_from: date,
    prices: Sequence[NewPrice],
    source: str = "",
) -> PriceList:
    """Set prices from *valid_from* on, past or to come. Deposits already weighed keep theirs."""
    facts = {"valid_from": valid_from.isoformat(), "prices": [list(price) for price in prices]}
    if (seq := ledger.replay(session, act, "price.set", facts)) is not None:
        return get_price_list(session, act.bank_id, seq)
    _check(session, act.bank_id, prices)
    seq = ledger.post(session, act, "price.set", facts, body=facts)
    return write_list(session, act.bank_id, seq, valid_from, source, prices)


def write_list(
    session: Session,
    bank_id: int,
    seq: int,
    valid_from: date,
    source: str,
    prices: Sequence[NewPrice],
) -> PriceList:
    """Write the list that entry *seq* sets."""
    made = PriceList(
        bank_id=bank_id, seq=seq, valid_from=valid_from, source=source, lines_count=len(prices)
    )
    session.add(made)
    session.flush()
    session.add_all(
        Price(
            bank_id=bank_id,
            material_id=price.material_id,
            price_class=price.price_class,
            valid_from=valid_from,
            seq=seq,
            price_idr=price.price_idr,
        )
        for price in prices
    )
    session.flush()
    return made


def _check(session: Session, bank_id: int, prices: Sequence[NewPrice]) -> None:
    if not prices:
        raise NoPrices
    known = set(session.scalars(select(Material.id).filter_by(bank_id=bank_id)))
    seen: set[tuple[int, str]] = set()
    for price in prices:
        if price.material_id not in known:
            raise MaterialNotFound(price.material_id)
        if (price.material_id, price.price_class) in seen:
            raise DuplicatePrice(price.material_id, price.price_class)
        if price.price_idr is not None and not 0 <= price.price_idr <= PRICE_IDR_MAX:
            raise PriceOutOfRange
        seen.add((price.material_id, price.price_class))
