"""Each form that a page shows sends what its route asks for: by name, and all of it."""

import inspect
import re
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema
from werkzeug.exceptions import HTTPException

from banksampah import clock
from banksampah.staff.auth import ALL_ROLES
from tests.people import Browser
from tests.proofs.fuzz import SPRING
from tests.quarter import live_a_winter
from tests.test_access import routes

EACH = 4  # pages of one kind that are opened
FORMS_MIN = 25  # of forms whose schema is known: fewer, and this test looks at nothing


class Forms(HTMLParser):
    """The forms of a page that post: where to, and the names of their fields. And its links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, set[str]]] = []
        self.links: list[str] = []
        self._is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and told.get("href", "").startswith("/"):
            self.links.append(told["href"].partition("#")[0])
        elif tag == "form":
            self._is_open = told.get("method", "").lower() == "post"
            if self._is_open:
                self.found.append((told.get("action", ""), set()))
        elif self._is_open and told.get("name"):
            self.found[-1][1].add(told["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False


@pytest.fixture
def lived_in(app: Flask, bank: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now_utc", lambda: SPRING)
    with app.app_context():
        live_a_winter(act)
    return bank


def pages(app: Flask, browser: Browser, bank: Any) -> Iterator[tuple[str, Forms]]:
    """Every page that opens, and a few of each kind that a link leads to."""
    ways = deque(route.address(bank) for route in routes(app) if route.method == "GET")
    seen: Counter[str] = Counter()
    asked = set()
    while ways:
        address = ways.popleft()
        endpoint = endpoint_at(app, address, "GET")
        if address in asked or endpoint is None or seen[endpoint] == EACH:
            continue
        asked.add(address)
        with browser.client.get(address) as answer:
            if answer.status_code == 200 and answer.mimetype == "text/html":
                seen[endpoint] += 1
                page = Forms()
                page.feed(answer.text)
                ways.extend(page.links)
                yield address, page


def endpoint_at(app: Flask, address: str, method: str) -> str | None:
    try:
        return str(app.url_map.bind("localhost").match(address.partition("?")[0], method)[0])
    except HTTPException:
        return None


def schemas_of(app: Flask, endpoint: str) -> list[type[Schema]]:
    """What its view reads a form by."""
    view = inspect.unwrap(app.view_functions[endpoint])
    named = re.findall(r"read_form\((\w+)", inspect.getsource(view))
    found = [view.__globals__[name] for name in named]
    return [one for one in found if inspect.isclass(one) and issubclass(one, Schema)]


def test_each_form_sends_all_that_its_route_must_have(app: Flask, lived_in: Any) -> None:
    browser = Browser(app, lived_in, *ALL_ROLES)
    wrong, known = [], set()
    for address, page in pages(app, browser, lived_in):
        for action, names in page.found:
            endpoint = endpoint_at(app, action or address, "POST")
            assert endpoint is not None, f"{address} has a form that leads nowhere: {action}"
            sent = {name.partition("-")[0] for name in names}
            for schema in schemas_of(app, endpoint):
                known.add(endpoint)
                must = {name for name, field in schema().fields.items() if field.required}
                if not must <= sent:
                    wrong.append((address, endpoint, sorted(must - sent)))
    assert wrong == []
    assert len(known) >= FORMS_MIN, sorted(known)
