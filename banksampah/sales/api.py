"""The JSON API of sales and buyers."""

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from banksampah.db import db, transaction
from banksampah.sales import queries, service
from banksampah.sales.models import Buyer, Sale
from banksampah.sales.schemas import (
    BuyerIn,
    BuyerOut,
    BuyersOut,
    PaymentIn,
    PreviewIn,
    PreviewOut,
    ReasonIn,
    SaleIn,
    SaleOut,
    SalesOut,
    SalesQuery,
)
from banksampah.staff.auth import BOOKKEEPERS, READERS, act, current_bank, requires

blp = Blueprint(
    "sales_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>",
    description="Goods sold to collectors, what was paid, and what came of it.",
)
KEYLESS = {"x-keyless": True}  # writes nothing


@blp.get("/buyers")
@requires(*READERS)
@blp.response(200, BuyersOut)
def buyers() -> dict[str, Any]:
    """All buyers by name."""
    return {"items": queries.buyers(db.session, current_bank().bank_id)}


@blp.post("/buyers")
@requires(*BOOKKEEPERS)
@blp.arguments(BuyerIn)
@blp.response(201, BuyerOut)
def add_buyer(buyer: dict[str, str]) -> Buyer:
    """Add a buyer."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.add_buyer(session, asked, **buyer)


@blp.get("/sales")
@requires(*READERS)
@blp.arguments(SalesQuery, location="query")
@blp.response(200, SalesOut)
def index(which: dict[str, Any]) -> dict[str, Any]:
    """Sales, newest first."""
    limit = which["limit"]
    items = queries.sales(
        db.session, current_bank().bank_id, before_seq=which["cursor"], limit=limit + 1
    )
    more = len(items) > limit
    return {"items": items[:limit], "next_cursor": items[limit - 1].seq if more else None}


@blp.post("/sales")
@requires(*BOOKKEEPERS)
@blp.arguments(SaleIn)
@blp.response(201, SaleOut)
def create(sale: dict[str, Any]) -> Sale:
    """Record a sale; the proposal to divide its margin is made at once."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.record_sale(session, asked, **(sale | _typed(sale)))


@blp.post("/sales/preview")
@requires(*READERS)
@blp.doc(**KEYLESS)
@blp.arguments(PreviewIn)
@blp.response(200, PreviewOut)
def preview(sale: dict[str, Any]) -> dict[str, Any]:
    """What a sale would come to. Writes nothing."""
    facts = sale | _typed(sale)
    worked, sums = service.preview(db.session, current_bank().bank_id, **facts)
    return asdict(sums) | {"split_idr": sums.split_idr, "lines": worked}


@blp.get("/sales/<int:seq>")
@requires(*READERS)
@blp.response(200, SaleOut)
def show(seq: int) -> Sale:
    """One sale, line by line."""
    return queries.get_sale(db.session, current_bank().bank_id, seq)


@blp.post("/sales/<int:seq>/reversal")
@requires(*BOOKKEEPERS)
@blp.arguments(ReasonIn)
@blp.response(201, SaleOut)
def reverse(why: dict[str, str], seq: int) -> Sale:
    """Undo a sale by its exact mirror. What came after it is undone first."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.reverse_sale(session, asked, sale_seq=seq, **why)


@blp.post("/sales/<int:seq>/payments")
@requires(*BOOKKEEPERS)
@blp.arguments(PaymentIn)
@blp.response(201, SaleOut)
def receive(payment: dict[str, Any], seq: int) -> Sale:
    """Take money for a sale on credit."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.receive_payment(session, asked, sale_seq=seq, **payment)


@blp.post("/sales/<int:seq>/payments/<int:payment_seq>/reversal")
@requires(*BOOKKEEPERS)
@blp.arguments(ReasonIn)
@blp.response(201, SaleOut)
def reverse_payment(why: dict[str, str], seq: int, payment_seq: int) -> Sale:
    """Take a payment back that was written down wrongly."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        return service.reverse_payment(session, asked, sale_seq=seq, payment_seq=payment_seq, **why)


def _typed(sale: dict[str, Any]) -> dict[str, Any]:
    return {
        "lines": [service.Sold(**line) for line in sale["lines"]],
        "costs": [service.Cost(**cost) for cost in sale["costs"]],
    }
