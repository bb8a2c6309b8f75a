"""Reads of buyers and sales, and of what may be sold."""

from sqlalchemy import select
from sqlalchemy.orm import Session, immediateload, joinedload, subqueryload

from banksampah.deposits import queries as deposits
from banksampah.errors import NotFound
from banksampah.sales.models import Buyer, Sale
from banksampah.sales.queries.sums import Lying
from banksampah.stock import queries as stock

PAGE_ROWS_MAX = 50


class NoSale(NotFound):
    code = "sale_not_found"

    def __init__(self, seq: int):
        super().__init__(f"Penjualan {seq} tidak ada. Pilih dari daftar penjualan.")


class BuyerNotFound(NotFound):
    code = "buyer_not_found"

    def __init__(self, buyer_id: int):
        super().__init__(f"Pembeli {buyer_id} tidak ada. Pilih dari daftar pembeli.")


def buyers(session: Session, bank_id: int) -> list[Buyer]:
    """All buyers by name."""
    return list(session.scalars(select(Buyer).filter_by(bank_id=bank_id).order_by(Buyer.name)))


def get_buyer(session: Session, bank_id: int, buyer_id: int) -> Buyer:
    """The buyer, or `BuyerNotFound`."""
    buyer = session.get(Buyer, (bank_id, buyer_id))
    if buyer is None:
        raise BuyerNotFound(buyer_id)
    return buyer


def find_buyer_by_name(session: Session, bank_id: int, name: str) -> Buyer | None:
    """The buyer of this name, however it is capitalised."""
    wanted = " ".join(name.split()).casefold()
    found = (buyer for buyer in buyers(session, bank_id) if buyer.name.casefold() == wanted)
    return next(found, None)


def get_sale(session: Session, bank_id: int, seq: int) -> Sale:
    """The sale with its buyer, lines, costs and what happened since, or `NoSale`."""
    found = session.scalars(
        select(Sale)
        .filter_by(bank_id=bank_id, seq=seq)
        .options(
            joinedload(Sale.buyer),
            joinedload(Sale.steps),  # may be more than the session knows
            immediateload(Sale.lines),
            immediateload(Sale.costs),
        )
        .execution_options(populate_existing=True)
    )
    sale = found.unique().one_or_none()
    if sale is None:
        raise NoSale(seq)
    return sale


def sales(
    session: Session, bank_id: int, *, before_seq: int | None = None, limit: int = PAGE_ROWS_MAX
) -> list[Sale]:
    """Sales, newest first."""
    rows = select(Sale).filter_by(bank_id=bank_id).order_by(Sale.seq.desc()).limit(limit)
    if before_seq is not None:
        rows = rows.where(Sale.seq < before_seq)
    options = (joinedload(Sale.buyer), subqueryload(Sale.lines))
    return list(session.scalars(rows.options(*options)))


def lying(session: Session, bank_id: int) -> dict[int, Lying]:
    """What lies there of each material, and how much of it still waits for a price."""
    waiting = deposits.unpriced_quantities(session, bank_id)
    return {
        row.material.id: Lying(
            row.bought_quantity,
            row.donated_quantity,
            row.value_idr,
            min(row.bought_quantity, waiting.get(row.material.id, 0)),
        )
        for row in stock.on_hand(session, bank_id)
    }
