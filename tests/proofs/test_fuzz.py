"""Proof 10, short: 200 examples of each operation, a hundred on each engine. See fuzz.py.

The engines have seeds of their own, so that what one does not ask the other may.
"""

import pytest
from flask import Flask

from banksampah import clock
from banksampah.db import db
from tests.proofs.fuzz import SPRING, fuzz, report
from tests.proofs.vandal import found_in
from tests.quarter import live_a_winter

EXAMPLES = 100
SEEDS = {"sqlite": 1, "postgresql": 2}
LITTLE_TO_VARY = {
    "GET /api/v1/me", "GET /api/v1/regions", "GET /api/v1/tokens", "DELETE /api/v1/tokens/{token_id}",
}  # fmt: skip
"""Nothing but a header, or one number: fewer examples differ than are asked for."""
IN_BANK = "/api/v1/banks/{bank_id}"
SELDOM = {
    # what is there is soon decided, undone or paid
    f"POST {IN_BANK}/sales/{{seq}}/payments", f"POST {IN_BANK}/sales/{{seq}}/reversal",
    f"POST {IN_BANK}/sales/{{seq}}/payments/{{payment_seq}}/reversal",
    f"POST {IN_BANK}/splits/{{seq}}/proposals", f"POST {IN_BANK}/splits/{{seq}}/rejection",
    f"POST {IN_BANK}/splits/{{seq}}/reversal", f"POST {IN_BANK}/members/{{member_id}}/merger",
    f"POST {IN_BANK}/members/{{member_id}}/reopening",
    f"DELETE {IN_BANK}/staff/{{user_id}}/roles/{{role}}",
    # shares that sum to a million, a page that was seen, rows of a file, goods that are gone
    f"POST {IN_BANK}/split-rules", f"POST {IN_BANK}/split-rules/preview",
    f"POST {IN_BANK}/split-presets", f"POST {IN_BANK}/splits/{{seq}}/approval",
    f"POST {IN_BANK}/members/imports", f"POST {IN_BANK}/price-lists/imports",
    f"POST {IN_BANK}/deposits/{{seq}}/price-correction",
    f"POST {IN_BANK}/deposits/{{seq}}/weight-correction",
    f"POST {IN_BANK}/deposits/{{seq}}/household-correction",
    "GET /api/v1/regions/month",  # nobody here reads a kelurahan
}  # fmt: skip
"""What hardly any drawn request does; their rules have tests of their own. All others succeed too."""
PARTS = {  # by what is asked for, so that one worker does not wait for the other
    "goods and households": {"deposits", "members"},
    "money": {"sales", "splits", "withdrawals"},
}
REST = "the rest"


@pytest.fixture
def lived_in(app: Flask, bank, act, monkeypatch):
    """The bank after a winter, on the first day of spring."""
    monkeypatch.setattr(clock, "now_utc", lambda: SPRING)
    with app.app_context():
        live_a_winter(act)
    return bank


def differences(app: Flask, bank_id: int) -> list[str]:
    """What a proof of the bank's books, documents and tables finds."""
    with app.app_context():
        return found_in(db.session, bank_id)


def part_of(path: str) -> str:
    """The part that asks for *path*, by its first word after the bank."""
    words = path.removeprefix("/api/v1/").removeprefix("banks/{bank_id}/").split("/")
    return next((part for part, firsts in PARTS.items() if words[0] in firsts), REST)


@pytest.mark.parametrize("part", [*PARTS, REST])
def test_each_operation_holds_what_it_describes(part, app, lived_in, database_url):
    found = fuzz(
        app,
        lived_in,
        examples=EXAMPLES,
        seed=SEEDS[database_url.partition(":")[0].partition("+")[0]],
        phases=("fuzzing",),
        part=lambda path: part_of(path) == part,
    )
    print(report(found))
    assert found.faults == {}
    assert differences(app, lived_in.bank_id) == []
    assert {part_of(name.split()[1]) for name in found.answers} == {part}
    assert found.never_done() <= SELDOM
    asked = {name: sum(counts.values()) for name, counts in found.answers.items()}
    assert {name for name, count in asked.items() if count < EXAMPLES // 2} <= LITTLE_TO_VARY


def test_every_bound_and_every_chain(app, lived_in, database_url):
    """Each bound of each field in turn, then questions made of earlier answers."""
    seed = SEEDS[database_url.partition(":")[0].partition("+")[0]]
    found = fuzz(app, lived_in, examples=20, seed=seed, phases=("coverage", "stateful"))
    print(report(found))
    assert found.faults == {}
    described = app.test_client().get("/api/v1/openapi.json").json
    operations = {
        f"{method.upper()} {path}"
        for path, item in described["paths"].items()
        for method in item
        if method in {"get", "post", "patch", "delete"}
    }
    assert set(found.answers) == operations
    assert differences(app, lived_in.bank_id) == []
