"""The JSON API of stock."""

from datetime import date
from typing import Any

from flask_smorest import Blueprint

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.staff.auth import BOOKKEEPERS, READERS, act, current_bank, requires
from banksampah.stock import queries, service
from banksampah.stock.schemas import CardOut, CountedOut, CountIn, PeriodIn, StockListOut

blp = Blueprint("stock_api", __name__, url_prefix="/api/v1/banks/<int:bank_id>/stock")


@blp.get("")
@requires(*READERS)
@blp.response(200, StockListOut)
def index() -> dict[str, Any]:
    """What lies there of every material, by origin, and what it cost."""
    return {"items": queries.on_hand(db.session, current_bank().bank_id)}


@blp.get("/<int:material_id>")
@requires(*READERS)
@blp.arguments(PeriodIn, location="query")
@blp.response(200, CardOut)
def card(period: dict[str, date], material_id: int) -> queries.Card:
    """The stock card of one material over a period."""
    bank = current_bank()
    today = clock.day_in(bank.zone, clock.now_utc())
    since, until = queries.card_period(today, period.get("since"), period.get("until"))
    return queries.card(db.session, bank.bank_id, material_id, since, until)


@blp.post("/<int:material_id>/counts")
@requires(*BOOKKEEPERS)
@blp.arguments(CountIn)
@blp.response(201, CountedOut)
def count(counted: dict[str, Any], material_id: int) -> service.Counted:
    """Book the difference between a count and the books."""
    with transaction(current_bank().bank_id) as session:
        return service.count_stock(session, act(), material_id=material_id, **counted)
