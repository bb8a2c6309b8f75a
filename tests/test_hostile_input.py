"""Nonsense sent to every route that writes: a clear answer, never a 500, and nothing written.

The API's own description says which fields there are; each gets every kind of nonsense in turn.
Forms get the same in all their fields at once.
"""

import ast
import inspect
import re
import sys
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema

from banksampah.banks.models import Bank
from banksampah.deposits import views as deposit_views
from banksampah.staff.auth import ALL_ROLES
from banksampah.web.labels import LABELS
from banksampah.web.openapi import WRITES
from tests.owner import ask_owner
from tests.people import Browser, Program
from tests.test_access import Route, ask, routes

NONSENSE: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 10**18, 10**400, "", " ", "\x00", "\ud800", "2.350", "-5", "NaN",
    "٢", "<script>alert(1)</script>", "' OR 1=1 --", "9999-99-99", "x" * 20_000, [], {}, [[]],
    [{}], [None] * 300, {"a": {"b": {}}}, 9_007_199_254_740_993,
)  # fmt: skip
TYPED = tuple(str(value) for value in NONSENSE if isinstance(value, str | int | float))
ADDRESS_MAX = 65_000  # with a longer one the server answers 414 itself
ROW_NAMES = ("material_id", "quantity", "our_quantity", "price_idr", "fund_id", "weight_ppm")


@pytest.fixture
def everybody(app: Flask, bank: Bank) -> tuple[Program, Browser]:
    """Somebody who may do everything, as a program and in a browser."""
    return Program(app, bank, *ALL_ROLES), Browser(app, bank, *ALL_ROLES)


def test_no_field_of_the_api_breaks_it(app, bank, everybody):
    program, _browser = everybody
    spec = program.client.get("/api/v1/openapi.json").json
    before, broken = entries_count(app), []
    for route in writes(app):
        if route.is_api and route.method != "DELETE":
            for field in fields_of(spec, route):
                for value in NONSENSE:
                    answer = program.send(
                        route.method, route.address(bank), json={field: value} if field else value
                    )
                    if answer.status_code >= 500:
                        broken.append((route.name, field, repr(value)[:40]))
    assert broken == []
    written = entries_count(app) - before
    assert written <= MAY_PASS * len(NONSENSE), "nonsense was taken for content"


ASK_FOR_NOTHING = {"desk.register"} | {  # a wish without content: price whatever waits, a phone
    f"{feature}.{verb}"
    for place, verb in (("deposits", "price_pending"), ("withdrawals", "lapse"))
    for feature in (place, f"{place}_api")
}
MAY_PASS = 12  # texts of a profile or a fund's name may be almost anything


def test_no_form_breaks_its_page(app, bank, everybody):
    _program, browser = everybody
    broken = []
    for route in writes(app):
        if route.is_api or route.endpoint in {"staff.sign_out", "staff.change_password"}:
            continue
        for value in TYPED:
            form = dict.fromkeys(LABELS, value)
            form |= {f"lines-{i}-{name}": value for i in (0, 7) for name in ROW_NAMES}
            sent = {k: v.replace("\ud800", "\ufffd") for k, v in form.items()}
            answer = browser.post(route.address(bank), sent)
            if answer.status_code >= 500:
                broken.append((route.name, repr(value)[:40]))
    assert broken == []


def test_no_query_breaks_a_page(app, bank, everybody):
    program, browser = everybody
    names = names_asked_of_an_address(app)
    assert {"sebelum", "nomor", "kode", "golongan", "bulan", "setelah", "limit"} <= names
    broken = []
    for route in routes(app):
        if route.method == "GET" and route.endpoint not in {"static", "api-docs.openapi_json"}:
            who = program if route.is_api else browser
            for value in TYPED:
                query = {
                    name: value.replace("\ud800", "\ufffd")[: ADDRESS_MAX // len(names)]
                    for name in names
                }
                headers = {"Authorization": f"Bearer {program.token}"} if route.is_api else {}
                with who.client.get(
                    route.address(bank), query_string=query, headers=headers
                ) as answer:
                    assert answer.data is not None  # what is streamed is streamed to its end
                    if answer.status_code >= 500:
                        broken.append((route.name, repr(value)[:40]))
    assert broken == []


def test_an_empty_form_writes_nothing(app, bank, everybody):
    program, browser = everybody
    count, wrote = entries_count(app), set()
    for route in writes(app):
        if route.endpoint != "staff.sign_out":
            answer = ask(app, program if route.is_api else browser, route, bank)
            assert answer.status_code < 500, route.name
            now = entries_count(app)
            if now != count:
                wrote.add(route.endpoint)
            count = now
    assert wrote == ASK_FOR_NOTHING


def writes(app: Flask) -> list[Route]:
    return [route for route in routes(app) if route.method.lower() in WRITES]


def names_asked_of_an_address(app: Flask) -> set[str]:
    """Every name after a question mark: what the API's description has, and in the modules that
    read `request.args` what their functions ask for by name and what their schemas take."""
    paths = app.test_client().get("/api/v1/openapi.json").json["paths"].values()
    reads = [path["get"] for path in paths if "get" in path]
    asked = [one for read in reads for one in read.get("parameters", ())]
    found = {one["name"] for one in asked if one["in"] == "query"}
    for module in [one for name, one in sys.modules.items() if name.startswith("banksampah.")]:
        text = inspect.getsource(module)
        if "request.args" in text:
            found |= words_beside_args(text) | names_in_schemas(module)
    return found | words_beside_args(inspect.getsource(deposit_views))


def words_beside_args(text: str) -> set[str]:
    """Names in quotes in the functions that have `args` in hand."""
    functions = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)]
    return {
        part.value
        for function in functions
        if re.search(r"\bargs\b", ast.unparse(function))
        for part in ast.walk(function)
        if isinstance(part, ast.Constant) and re.fullmatch("[a-z_]+", str(part.value))
    }


def names_in_schemas(module: ModuleType) -> set[str]:
    """What the forms that a module knows call their fields."""
    schemas = [one for one in vars(module).values() if inspect.isclass(one)]
    return {
        field.data_key or name
        for schema in schemas
        if issubclass(schema, Schema)
        for name, field in schema().fields.items()
    }


def fields_of(spec: dict[str, Any], route: Route) -> list[str]:
    """Names of the body's fields; the empty name stands for the whole body."""
    path = route.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
    operation = spec["paths"][path][route.method.lower()]
    contents = operation.get("requestBody", {}).get("content", {}).values()
    found = [""]
    for content in contents:
        name = content["schema"].get("$ref", "/").rsplit("/", 1)[1]
        found += spec["components"]["schemas"].get(name, {}).get("properties", {})
    return found


def entries_count(app: Flask) -> int:
    """Entries of all banks."""
    return int(ask_owner(app, "SELECT count(*) FROM entry")[0][0])
