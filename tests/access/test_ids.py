"""Ids of another bank, wherever one can be put: in addresses, bodies, queries, keys and cursors.

Ids are numbers within a bank, so two banks have the same ones; what is asked for is always looked
up in the bank of the address. Nothing of the other bank is shown, and nothing is written.
"""

import io

import pytest
from flask import Flask
from pypdf import PdfReader

from banksampah.banks.models import Bank
from banksampah.staff.auth import ALL_ROLES, ANY_STAFF, PUBLIC
from tests.access.conftest import SPRING
from tests.owner import ask_owner
from tests.people import Browser, Program
from tests.test_access import HOUSEHOLD, NO_SUCH_ID, ask, declared, routes

MARK = "Penanda"
DAY = SPRING.date().isoformat()


def heads(app: Flask) -> list[tuple[int, int]]:
    """(bank, newest entry) of every bank."""
    return ask_owner(app, "SELECT bank_id, max(seq) FROM entry GROUP BY bank_id ORDER BY bank_id")


def numbers_of(app: Flask, bank: Bank, other: Bank) -> dict[str, list[int]]:
    """Numbers of things that are in *bank* and not in *other*."""

    def ask_for(column: str, table: str) -> list[int]:
        rows = ask_owner(
            app,
            f"SELECT {column} FROM {table} WHERE bank_id = {bank.bank_id} AND {column} NOT"
            f" IN (SELECT {column} FROM {table} WHERE bank_id = {other.bank_id})",
        )
        return sorted({row[0] for row in rows})

    return {
        "member_id": ask_for("id", "member")[:3],
        "material_id": ask_for("id", "material")[:3],
        "buyer_id": ask_for("id", "buyer")[:2],
        "deposit_seq": ask_for("seq", "deposit")[-2:],
        "device_id": [NO_SUCH_ID],
        "flag_id": [NO_SUCH_ID],
        "fund_id": ask_for("id", "fund")[:2],
        "seq": [
            seq
            for table in ("deposit", "withdrawal", "split", "sale", "price_list")
            for seq in ask_for("seq", table)[-2:]
        ],
    }


def test_things_of_another_bank_are_not_there(app, two_banks):
    """Every number that names something in the first bank names nothing in the second."""
    bank, other = two_banks
    people = {True: Program(app, other, *ALL_ROLES), False: Browser(app, other, *ALL_ROLES)}
    of_bank = Browser(app, bank, "operator").user
    ids = numbers_of(app, bank, other) | {"user_id": [of_bank.user_id]}
    before = heads(app)
    found = {}
    for route in routes(app):
        if not route.ids or declared()[route.name] in (PUBLIC, HOUSEHOLD, ANY_STAFF):
            continue
        for number in ids[route.ids[0]]:
            answer = ask(app, people[route.is_api], route, other, **{route.ids[0]: number})
            # an empty form is refused before the thing is looked for; that tells nothing either
            is_mistake = route.method != "GET" and answer.status_code == 422
            if answer.status_code != 404 and not is_mistake:
                found[f"{route.name} {number}"] = answer.status_code
    assert found == {}
    assert heads(app) == before


LINE = {"material_id": "{material_id}", "quantity": 1_000}
SOLD = {"material_id": "{material_id}", "buyer_quantity": 1_000, "price_idr": 2_000}
PART = {"fund_id": "{fund_id}", "weight_ppm": 1_000_000}
BODIES = [  # every body in which an id can stand; the rest of it would be taken
    ("/deposits", {"member_id": "{member_id}", "lines": [{**LINE, "material_id": 1}]}),
    ("/deposits", {"member_id": 1, "lines": [LINE]}),
    ("/deposits", {"member_id": 1, "lines": [{**LINE, "material_id": 1}], "kind": "sedekah", "cause_fund_id": "{fund_id}"}),
    ("/price-lists", {"valid_from": DAY, "prices": [{"material_id": "{material_id}", "price_idr": 9}]}),
    ("/members/1/merger", {"into_id": "{member_id}"}),
    ("/withdrawals", {"member_id": "{member_id}", "amount_idr": 1_000}),
    ("/sales", {"sold_on": DAY, "buyer_id": "{buyer_id}", "lines": [{**SOLD, "material_id": 1}]}),
    ("/sales", {"sold_on": DAY, "buyer_name": "Lapak", "lines": [SOLD]}),
    ("/sales/preview", {"lines": [SOLD]}),
    ("/split-rules", {"name": "Aturan", "stock_origin": "any", "valid_from": DAY, "lines": [PART]}),
    ("/split-rules/preview", {"amount_idr": 10_000, "lines": [PART]}),
    ("/stock/{material_id}/counts", {"counted": 5, "reason": "hitung ulang"}),
    ("/deposits/{own_deposit}/household-correction", {"member_id": "{member_id}", "note": "salah"}),
]  # fmt: skip


def filled(value, ids):
    if isinstance(value, dict):
        return {key: filled(inner, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids) for inner in value]
    return ids.get(value.strip("{}"), value) if isinstance(value, str) else value


def test_an_id_of_another_bank_in_a_body_names_nothing(app, two_banks):
    bank, other = two_banks
    chair = Program(app, other, "chair")
    assert chair.post("/members", {"name": "Bu Rumah"}).json["id"] == 1
    assert chair.post("/materials", {"code": "KT1", "name": "Kardus", "unit": "kg"}).json["id"] == 1
    price = {"valid_from": DAY, "prices": [{"material_id": 1, "price_idr": 2_000}]}
    assert chair.post("/price-lists", price).status_code == 201
    own = chair.post("/deposits", {"member_id": 1, "lines": [{**LINE, "material_id": 1}]})
    ids = {name: numbers[-1] for name, numbers in numbers_of(app, bank, other).items() if numbers}
    before, taken = heads(app), {}
    for template, body in BODIES:
        path = template.format(**ids, own_deposit=own.json["seq"])
        answer = chair.post(path, filled(body, ids))
        if answer.status_code not in {404, 422} or answer.json["code"] == "validation":
            taken[path] = (answer.status_code, answer.json)
    assert taken == {}
    assert heads(app) == before
    listed = chair.get("/deposits", member_id=ids["member_id"])
    assert listed.status_code in {200, 404} and not (listed.json.get("items"))


def test_a_key_of_another_bank_is_a_new_key(app, two_banks):
    """The same Idempotency-Key in two banks is two keys: no answer of the other's is given back."""
    answers = [
        Program(app, at, "chair").post("/members", {"name": name}, key="satu-kunci").json
        for at, name in zip(two_banks, ("Bu Sini", "Bu Sana"), strict=True)
    ]
    assert [answer["name"] for answer in answers] == ["Bu Sini", "Bu Sana"]


def mark(app: Flask, other: Bank) -> None:
    """Fill *other* with things that have the numbers of those in the first bank, and a mark."""
    chair = Program(app, other, "chair")
    made = [
        chair.patch("", {"address": MARK, "kelurahan": MARK, "city": MARK, "phone": "0812345678"}),
        *(chair.post("/members", {"name": f"{MARK} {n}", "house_no": MARK}) for n in range(4)),
        *(
            chair.post("/materials", {"code": f"X{n}", "name": f"{MARK} {n}", "unit": "kg"})
            for n in range(5)
        ),
        *(chair.post("/funds", {"kind": "cause", "name": f"{MARK} {n}"}) for n in range(4)),
        chair.post(
            "/price-lists",
            {"valid_from": DAY, "prices": [{"material_id": n, "price_idr": 777} for n in (1, 2)]},
        ),
    ]
    for n in range(30):
        lines = [{"material_id": 1 + n % 2, "quantity": 10_000}]
        made.append(chair.post("/deposits", {"member_id": 1 + n % 4, "lines": lines}))
    sold = [{"material_id": 1, "buyer_quantity": 5_000, "price_idr": 1_777}]
    for _ in range(3):
        sale = {"sold_on": DAY, "buyer_name": f"{MARK} Lapak", "lines": sold, "note_number": MARK}
        made.append(chair.post("/sales", sale))
    for n in range(3):
        made.append(chair.post("/withdrawals", {"member_id": 1 + n, "amount_idr": 1_000}))
    assert {answer.status_code for answer in made} <= {200, 201}, [a.json for a in made]


@pytest.mark.parametrize("kind", ["pages", "api"])
def test_nothing_of_a_bank_is_shown_in_another(kind, app, two_banks):
    """Equal numbers, other names: every page and answer of the first bank, for every number."""
    bank, other = two_banks
    mark(app, other)
    who = Program(app, bank, *ALL_ROLES) if kind == "api" else Browser(app, bank, *ALL_ROLES)
    newest = dict(heads(app))[bank.bank_id]
    shown, seen = set(), 0
    for route in routes(app):
        if route.method != "GET" or route.is_api != (kind == "api"):
            continue
        if declared()[route.name] in (PUBLIC, HOUSEHOLD, ANY_STAFF):
            continue
        numbers = range(1, newest + 1, 3) if route.ids[:1] == ["seq"] else range(1, 7)
        numbers = numbers[:3] if "pdf" in route.rule else numbers
        for number in numbers if route.ids else [0]:
            with ask(app, who, route, bank, **dict.fromkeys(route.ids, number)) as answer:
                seen += answer.status_code == 200
                if MARK in readable(answer.data, answer.mimetype):
                    shown.add(f"{route.name} {number}")
    assert shown == set()
    assert seen > 60


def readable(data: bytes, mimetype: str) -> str:
    if mimetype == "application/pdf":
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return data.decode(errors="replace")


def test_a_token_of_somebody_else_cannot_be_withdrawn(app, bank):
    mine, theirs = Program(app, bank, "operator"), Program(app, bank, "chair")
    ids = [t["token_id"] for t in theirs.get("/api/v1/tokens").json["items"]]
    assert mine.delete(f"/api/v1/tokens/{ids[0]}").status_code == 404
    assert theirs.get("/api/v1/me").status_code == 200


def test_a_cookie_opens_no_api_and_a_token_no_page(app, bank):
    browser, program = Browser(app, bank, "chair"), Program(app, bank, "chair")
    assert browser.client.get(f"/api/v1/banks/{bank.bank_id}").status_code == 401
    answer = program.client.get(
        f"/b/{bank.slug}/petugas", headers={"Authorization": f"Bearer {program.token}"}
    )
    assert answer.status_code == 303 and "/masuk" in answer.location


def test_a_role_taken_away_is_gone_at_once(app, bank):
    chair, browser = Browser(app, bank, "chair"), Browser(app, bank, "treasurer", "auditor")
    assert browser.get("/nasabah/impor").status_code == 200
    chair.post(f"/petugas/{browser.user.user_id}/peran/pencabutan", {"role": "treasurer"})
    assert browser.get("/nasabah/impor").status_code == 403
