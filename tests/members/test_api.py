"""Members as JSON."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from banksampah.db import transaction
from banksampah.members import queries
from tests.factories import MakeAct, make_member
from tests.people import Program

Api = Callable[..., Program]


def test_a_members_life(api: Api, session: Session) -> None:
    program = api("treasurer")
    made = program.post(
        "/members", {"name": "Siti Aminah", "rt": "3", "people": ["Budi"]}, key="k1"
    )
    assert made.status_code == 201
    siti = made.json
    assert (siti["number"], siti["rt"], siti["people"], siti["balance_idr"]) == (
        "0001", "03", ["Budi"], 0,
    )  # fmt: skip
    again = program.post(
        "/members", {"name": "Siti Aminah", "rt": "3", "people": ["Budi"]}, key="k1"
    )
    assert again.json == siti
    other = program.post("/members", {"name": "Orang lain"}, key="k1")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")
    changed = program.patch(f"/members/{siti['id']}", {"phone": "0812 3456 789"})
    assert (changed.json["phone"], changed.json["rt"]) == ("08123456789", "03")
    pin = program.post(f"/members/{siti['id']}/pins", key="p1").json["pin"]
    assert len(pin) == 6
    assert program.post(f"/members/{siti['id']}/pins", key="p1").json == {"pin": None}
    into = program.post("/members", {"name": "Siti A"}).json
    merged = program.post(f"/members/{siti['id']}/merger", {"into_id": into["id"]})
    assert (merged.status_code, merged.json["id"]) == (201, into["id"])
    assert program.get(f"/members/{siti['id']}").json["merged_into_id"] == into["id"]
    closed = program.post(f"/members/{into['id']}/closure")
    assert closed.json["closed_on"] is not None
    gone = program.patch(f"/members/{into['id']}", {"name": "x"})
    assert (gone.status_code, gone.json["code"]) == (422, "member_closed")


def test_lists_in_pages(api: Api, session: Session, act: MakeAct) -> None:
    with transaction(1):
        for number in range(1, 8):
            make_member(session, act(), f"Nasabah {number}", number=str(number))
    program = api("auditor")
    first = program.get("/members", limit=5).json
    assert [item["number"] for item in first["items"]] == ["1", "2", "3", "4", "5"]
    rest = program.get("/members", limit=5, cursor=first["next_cursor"]).json
    assert [item["number"] for item in rest["items"]] == ["6", "7"]
    assert rest["next_cursor"] is None
    assert len(program.get("/members", q="nasabah 3").json["items"]) == 1


def test_movements_with_their_balances(api: Api) -> None:
    program = api("treasurer")
    rows = [{"name": "Siti", "balance_idr": "12.500"}, {"name": "Budi"}]
    stored = program.post("/members/imports", {"rows": rows})
    assert (stored.status_code, stored.json) == (201, {"members_count": 2, "ids": [1, 2]})
    moved = program.get("/members/1/movements").json
    assert [(item["amount_idr"], item["balance_idr"]) for item in moved["items"]] == [
        (12_500, 12_500)
    ]
    assert (moved["opening_idr"], moved["next_cursor"]) == (0, None)
    assert program.get("/members/1/movements", cursor="2026-11-22:0").json["items"] == []
    assert program.get("/members/2/movements").json["items"] == []


def test_a_refused_list_names_its_cells(api: Api, session: Session) -> None:
    rows = [{"name": "Siti"}, {"name": "", "balance_idr": "-1"}]
    refused = api("treasurer").post("/members/imports", {"rows": rows})
    assert (refused.status_code, refused.json["code"]) == (422, "table_refused")
    assert [(f["row"], f["column"]) for f in refused.json["faults"]] == [
        (3, "name"), (3, "balance_idr"),
    ]  # fmt: skip
    assert queries.count_members(session, 1) == 0


WRONG = [
    ({}, "name"),
    ({"name": 5}, "name"),
    ({"name": ""}, "name"),
    ({"name": "   "}, "name"),
    ({"name": "x", "kind": "warung"}, "kind"),
    ({"name": "x", "people": "Budi"}, "people"),
    ({"name": "x", "people": [""]}, "people.0"),
    ({"name": "x", "people": [1]}, "people.0"),
    ({"name": "x", "rt": "abc"}, "rt"),
    ({"name": "x", "phone": "abc"}, "phone"),
    ({"name": "x", "unknown": 1}, "unknown"),
    ({"name": "x", "price_class": "A B"}, "price_class"),
    ({"name": "x", "opened_on": "2026-13-01"}, "opened_on"),
    ({"name": "x", "sex": "X"}, "sex"),
]


def test_wrong_bodies_name_the_field(api: Api, session: Session, subtests: pytest.Subtests) -> None:
    program = api("operator")
    for body, field in WRONG:
        with subtests.test(body=body, field=field):
            answer = program.post("/members", body)
            assert answer.status_code == 422
            assert field in answer.json["errors"]
            assert queries.count_members(session, 1) == 0


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": "x"}, {"state": "x"}, {"rt": "abc"},
              {"limit": 10**30}]
)  # fmt: skip
def test_wrong_queries(api: Api, query: dict[str, Any]) -> None:
    assert api("operator").get("/members", **query).status_code == 422


def test_missing_members_and_other_banks(api: Api) -> None:
    program = api("treasurer")
    for answer in (
        program.get("/members/9"),
        program.patch("/members/9", {"name": "x"}),
        program.post("/members/9/closure"),
        program.post("/members/9/pins"),
        program.post("/members/9/merger", {"into_id": 8}),
        program.get("/members/9/movements"),
        program.get("/api/v1/banks/2/members"),
    ):
        assert answer.status_code == 404
    assert api("operator").post("/members/1/closure").status_code == 403
    assert api("auditor").post("/members", {"name": "x"}).status_code == 403
