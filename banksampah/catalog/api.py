"""Materials, price lists and share rules as JSON."""

from typing import Any

from flask_smorest import Blueprint

from banksampah import clock
from banksampah.banks.queries import setting
from banksampah.catalog import queries, service
from banksampah.catalog.models import Material, PriceList, ShareRule
from banksampah.catalog.schemas import (
    ListsQuery,
    MaterialChangeIn,
    MaterialIn,
    MaterialOut,
    MaterialsOut,
    MaterialsQuery,
    PriceImportIn,
    PriceListIn,
    PriceListOut,
    PriceListsOut,
    ShareRuleIn,
    ShareRuleOut,
    ShareRulesOut,
)
from banksampah.db import db, transaction
from banksampah.sheets import rows_of
from banksampah.staff.auth import BOOKKEEPERS, READERS, act, current_bank, requires

blp = Blueprint(
    "catalog_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>",
    description="Kinds of waste, their dated prices, the household's share of a price.",
)


@blp.get("/materials")
@requires(*READERS)
@blp.arguments(MaterialsQuery, location="query")
@blp.response(200, MaterialsOut)
def materials(query: dict[str, Any]) -> dict[str, Any]:
    """What the bank takes, with the prices in force on a day (today) in a class (the usual one)."""
    bank = current_bank()
    day = query["on"] or clock.day_in(bank.zone, clock.now_utc())
    price_class = query["price_class"] or _usual_class()
    prices = queries.prices_on(db.session, bank.bank_id, day, price_class)
    found = queries.materials(db.session, bank.bank_id, retired=query["retired"])
    items = [{**_shown(material), "price_idr": prices.get(material.id)} for material in found]
    return {"on": day, "price_class": price_class, "items": items}


@blp.post("/materials")
@requires(*BOOKKEEPERS)
@blp.arguments(MaterialIn)
@blp.response(201, MaterialOut)
def add_material(body: dict[str, Any]) -> Material:
    """Take a new kind of waste in; without a code the next free one is given."""
    with transaction(_bank_id()) as session:
        return service.add_material(session, act(), **{"code": None, **body})


@blp.get("/materials/<int:material_id>")
@requires(*READERS)
@blp.response(200, MaterialOut)
def material(material_id: int) -> Material:
    """One material, retired or not."""
    return queries.get_material(db.session, _bank_id(), material_id)


@blp.patch("/materials/<int:material_id>")
@requires(*BOOKKEEPERS)
@blp.arguments(MaterialChangeIn)
@blp.response(200, MaterialOut)
def change_material(body: dict[str, Any], material_id: int) -> Material:
    """Change what is said of a material, or retire it."""
    with transaction(_bank_id()) as session:
        return service.change_material(session, act(), material_id=material_id, **body)


@blp.get("/price-lists")
@requires(*READERS)
@blp.arguments(ListsQuery, location="query")
@blp.response(200, PriceListsOut)
def price_lists(query: dict[str, Any]) -> dict[str, Any]:
    """Price lists, newest first."""
    limit = query["limit"]
    page = queries.price_lists(db.session, _bank_id(), limit, query["cursor"])
    return {"items": page, "next_cursor": page[-1].seq if len(page) == limit else None}


@blp.post("/price-lists")
@requires(*BOOKKEEPERS)
@blp.arguments(PriceListIn)
@blp.response(201, PriceListOut)
def set_prices(body: dict[str, Any]) -> PriceList:
    """Set prices from a day on, past or to come."""
    prices = [service.NewPrice(**price) for price in body["prices"]]
    with transaction(_bank_id()) as session:
        return service.set_prices(session, act(), valid_from=body["valid_from"], prices=prices)


@blp.post("/price-lists/imports")
@requires(*BOOKKEEPERS)
@blp.arguments(PriceImportIn)
@blp.response(201, PriceListOut)
def import_prices(body: dict[str, Any]) -> PriceList:
    """Store a whole list with the materials it names: all of it or nothing.

    A refusal (`table_refused`) names every wrong cell in `faults`; the first row is row 2.
    """
    rows = rows_of(body.pop("rows"))
    body.setdefault("price_class", _usual_class())
    with transaction(_bank_id()) as session:
        return service.import_price_list(session, act(), rows=rows, **body)


@blp.get("/price-lists/<int:seq>")
@requires(*READERS)
@blp.response(200, PriceListOut)
def price_list(seq: int) -> dict[str, Any]:
    """One list with its prices."""
    found = queries.get_price_list(db.session, _bank_id(), seq)
    prices = [
        {
            "material_id": price.material_id,
            "code": code,
            "price_class": price.price_class,
            "price_idr": price.price_idr,
        }
        for price, code in queries.prices_of_list(db.session, _bank_id(), seq)
    ]
    return {
        "seq": found.seq,
        "valid_from": found.valid_from,
        "source": found.source,
        "lines_count": found.lines_count,
        "prices": prices,
    }


@blp.get("/share-rules")
@requires(*READERS)
@blp.response(200, ShareRulesOut)
def share_rules() -> dict[str, Any]:
    """Every share rule, the newest day first."""
    return {"items": queries.share_rules(db.session, _bank_id())}


@blp.post("/share-rules")
@requires(*BOOKKEEPERS)
@blp.arguments(ShareRuleIn)
@blp.response(201, ShareRuleOut)
def set_share_rule(body: dict[str, Any]) -> ShareRule:
    """Credit a part of the price from a day on."""
    with transaction(_bank_id()) as session:
        return service.set_share_rule(session, act(), **body)


def _bank_id() -> int:
    return current_bank().bank_id


def _usual_class() -> str:
    return str(setting(db.session, _bank_id(), "default_price_class"))


def _shown(material: Material) -> dict[str, Any]:
    return {column: getattr(material, column) for column in _COLUMNS}


_COLUMNS = (
    "id", "code", "name", "category", "grade", "family", "reporting_class", "sipsn_class", "unit",
    "equivalent_g", "hazardous", "usual_max_g", "aliases", "retired_on",
)  # fmt: skip
