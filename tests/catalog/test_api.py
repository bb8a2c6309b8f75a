"""Materials, prices and shares as JSON."""

import csv
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from banksampah.catalog import queries
from banksampah.db import transaction
from tests.catalog.test_import import LISTS
from tests.factories import MakeAct, make_material
from tests.people import Program

Api = Callable[..., Program]


def test_a_material_and_its_prices(api: Api, session: Session) -> None:
    program = api("treasurer")
    made = program.post(
        "/materials", {"name": "Kardus", "unit": "kg", "category": "Kertas"}, key="k"
    )
    assert made.status_code == 201
    assert (made.json["code"], made.json["family"], made.json["sipsn_class"]) == (
        "KT1", "paper", "KK",
    )  # fmt: skip
    again = program.post(
        "/materials", {"name": "Kardus", "unit": "kg", "category": "Kertas"}, key="k"
    )
    assert again.json == made.json
    listed = {"valid_from": "2026-01-01", "prices": [{"material_id": 1, "price_idr": 1_800}]}
    stored = program.post("/price-lists", listed)
    assert (stored.status_code, stored.json["lines_count"]) == (201, 1)
    unset = {"valid_from": "2026-06-01", "prices": [{"material_id": 1, "price_idr": None}]}
    seq = program.post("/price-lists", unset).json["seq"]
    assert program.get(f"/price-lists/{seq}").json["prices"] == [
        {"material_id": 1, "code": "KT1", "price_class": "umum", "price_idr": None}
    ]
    may = program.get("/materials", on="2026-05-31").json
    assert (may["price_class"], may["items"][0]["price_idr"]) == ("umum", 1_800)
    assert program.get("/materials", on="2026-06-01").json["items"][0]["price_idr"] is None
    lists = program.get("/price-lists", limit=1).json
    assert lists["items"][0]["seq"] == seq
    older = program.get("/price-lists", limit=1, cursor=lists["next_cursor"]).json
    assert older["items"][0]["valid_from"] == "2026-01-01"
    gone = program.patch("/materials/1", {"retired_on": "2026-11-21"})
    assert gone.json["retired_on"] == "2026-11-21"
    assert program.get("/materials").json["items"] == []
    assert len(program.get("/materials", retired="true").json["items"]) == 1


def test_a_published_list_through_the_api(api: Api, session: Session) -> None:
    with (LISTS / "sekeloa-2015.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    program = api("treasurer")
    stored = program.post("/price-lists/imports", {"valid_from": "2026-01-01", "rows": rows})
    assert (stored.status_code, stored.json["lines_count"]) == (201, 14)
    assert len(queries.materials(session, 1)) == 13
    rows[0]["unit"] = "ton"
    refused = program.post("/price-lists/imports", {"valid_from": "2026-02-01", "rows": rows})
    assert (refused.status_code, refused.json["code"]) == (422, "table_refused")
    assert refused.json["faults"][0] | {"reason": "", "remedy": ""} == {
        "row": 2, "column": "unit", "content": "ton", "reason": "", "remedy": "",
    }  # fmt: skip


def test_shares(api: Api, session: Session) -> None:
    program = api("chair")
    rule = {"valid_from": "2026-01-01", "share_ppm": 850_000}
    assert program.post("/share-rules", rule).status_code == 201
    narrow = rule | {"share_ppm": 300_000, "delivery": "fetched"}
    assert program.post("/share-rules", narrow).json["delivery"] == "fetched"
    assert [r["share_ppm"] for r in program.get("/share-rules").json["items"]] == [300_000, 850_000]


LINE = {"material_id": 1, "price_idr": 5}


WRONG = [
    ("/materials", {"unit": "kg"}, "name"),
    ("/materials", {"name": "x", "unit": "ton"}, "unit"),
    ("/materials", {"name": "x", "unit": "kg", "equivalent_g": 5}, "equivalent_g"),
    ("/materials", {"name": "x", "unit": "pcs", "equivalent_g": 1.5}, "equivalent_g"),
    ("/materials", {"name": "x", "unit": "pcs", "equivalent_g": "750"}, "equivalent_g"),
    ("/materials", {"name": "x", "unit": "kg", "code": "kt1"}, "code"),
    ("/materials", {"name": "x", "unit": "kg", "hazardous": "mungkin"}, "hazardous"),
    ("/price-lists", {"prices": [LINE]}, "valid_from"),
    ("/price-lists", {"valid_from": "2026-01-01", "prices": []}, "prices"),
    (
        "/price-lists",
        {"valid_from": "2026-01-01", "prices": [LINE | {"price_idr": -1}]},
        "prices.0.price_idr",
    ),
    (
        "/price-lists",
        {"valid_from": "2026-01-01", "prices": [LINE | {"price_idr": 1.5}]},
        "prices.0.price_idr",
    ),
    (
        "/price-lists",
        {"valid_from": "2026-01-01", "prices": [LINE | {"price_idr": 10**20}]},
        "prices.0.price_idr",
    ),
    ("/price-lists", {"valid_from": "2026-01-01", "prices": [LINE, LINE]}, "prices"),
    ("/share-rules", {"valid_from": "2026-01-01", "share_ppm": 1_000_001}, "share_ppm"),
    ("/share-rules", {"valid_from": "2026-01-01", "share_ppm": None}, "share_ppm"),
    ("/price-lists/imports", {"valid_from": "2026-01-01", "rows": []}, "rows"),
    (
        "/price-lists/imports",
        {"valid_from": "2026-01-01", "rows": [{"name": 5}]},
        "rows.0.name",
    ),
]


def test_wrong_bodies_name_the_field(
    api: Api, session: Session, act: MakeAct, subtests: pytest.Subtests
) -> None:
    with transaction(1):
        make_material(session, act())
    program = api("treasurer")
    for path, body, field in WRONG:
        with subtests.test(path=path, body=body, field=field):
            answer = program.post(path, body)
            assert answer.status_code in (409, 422)
            assert field in answer.json.get("errors", {}) or answer.json.get("field") == field
            assert len(queries.materials(session, 1)) == 1
            assert queries.price_lists(session, 1) == []


def test_missing_things_and_other_roles(api: Api) -> None:
    program = api("treasurer")
    for answer in (
        program.get("/materials/9"),
        program.patch("/materials/9", {"name": "x"}),
        program.get("/price-lists/9"),
        program.post("/price-lists", {"valid_from": "2026-01-01", "prices": [LINE]}),
        program.get("/api/v1/banks/2/materials"),
    ):
        assert answer.status_code == 404
    operator = api("operator")
    assert operator.get("/materials").status_code == 200
    for path in ("/materials", "/price-lists", "/price-lists/imports", "/share-rules"):
        assert operator.post(path, {}).status_code == 403
