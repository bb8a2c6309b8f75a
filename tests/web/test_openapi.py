"""The description of the API: every route, every error, and a bound on everything that comes in."""

import re
from typing import Any

import pytest
from flask import Flask

from banksampah import create_app
from banksampah.config import Settings
from banksampah.web.openapi import ERRORS, WRITES

WRITE_ERRORS = {"400", "409", "413", "415"}
TOKENS = {("post", "/api/v1/tokens"), ("delete", "/api/v1/tokens/{token_id}")}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; its description needs no database."""
    path = tmp_path_factory.mktemp("spec") / "none.db"
    return create_app(
        Settings(database_url=f"sqlite:///{path}", secret_key="test" * 8, testing=True)
    )


@pytest.fixture(scope="module")
def spec(bare: Flask) -> dict[str, Any]:
    """The description as a client gets it."""
    answer = bare.test_client().get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    return answer.json


def operations(spec: dict[str, Any]):
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method in WRITES | {"get"}:
                yield method, path, operation


def test_it_is_openapi_3_1(spec):
    assert spec["openapi"].startswith("3.1")
    assert spec["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_every_route_is_described(bare, spec):
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in bare.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.endpoint != "api-docs.openapi_json"
    }
    assert {(method, path) for method, path, _ in operations(spec)} == routes


def test_every_error_is_described_as_problem_details(spec):
    for method, path, operation in operations(spec):
        expected = set(ERRORS) - (set() if method in WRITES else WRITE_ERRORS)
        assert expected <= set(operation["responses"]), (method, path)
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
        assert operation.get("summary"), (method, path)
    for status in ERRORS:
        response = spec["components"]["responses"][f"PROBLEM_{status}"]
        assert list(response["content"]) == ["application/problem+json"]


def test_every_write_asks_for_a_key(spec):
    for method, path, operation in operations(spec):
        asks = {"$ref": "#/components/parameters/Idempotency-Key"} in operation.get(
            "parameters", []
        )
        writes = method in WRITES and not path.endswith(("/preview", "/batch"))
        assert asks == (writes and (method, path) not in TOKENS), (method, path)


def test_everything_that_comes_in_has_a_bound(spec):
    """A text its length, a number its range, a list its count: nothing grows without limit."""
    unbound = []
    for method, path, operation in operations(spec):
        for parameter in operation.get("parameters", []):
            if "schema" in parameter and parameter["in"] == "query":
                unbound += loose(spec, parameter["schema"], f"{method} {path} ?{parameter['name']}")
        for content in operation.get("requestBody", {}).get("content", {}).values():
            unbound += loose(spec, content["schema"], f"{method} {path}")
    assert unbound == []


def loose(spec: dict[str, Any], schema: dict[str, Any], at: str) -> list[str]:
    """Places under *schema* that have no bound."""
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for inner in ("anyOf", "allOf", "oneOf"):
        if inner in schema:
            return [place for part in schema[inner] for place in loose(spec, part, at)]
    kinds = schema.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "object" in kinds:
        return [
            place
            for name, part in schema.get("properties", {}).items()
            for place in loose(spec, part, f"{at}.{name}")
        ]
    if "array" in kinds:
        here = [] if "maxItems" in schema else [at]
        return here + loose(spec, schema["items"], f"{at}[]")
    if "string" in kinds:
        return [] if {"maxLength", "enum", "format", "pattern"} & set(schema) else [at]
    if "integer" in kinds:
        return [] if {"maximum", "enum"} & set(schema) else [at]
    return [] if "boolean" in kinds or "enum" in schema else [at]
