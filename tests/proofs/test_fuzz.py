"""Proof 10, short: 200 examples of each operation, a hundred on each engine. See fuzz.py.

The engines have seeds of their own, so that what one does not ask the other may.
"""

import pytest
from flask import Flask

from banksampah import clock
from tests.proofs.fuzz import SPRING, fuzz, report
from tests.quarter import live_a_winter

EXAMPLES = 100
SEEDS = {"sqlite": 1, "postgresql": 2}
LITTLE_TO_VARY = {
    "GET /api/v1/me", "GET /api/v1/regions", "GET /api/v1/tokens", "DELETE /api/v1/tokens/{token_id}",
}  # fmt: skip
"""Nothing but a header, or one number: fewer examples differ than are asked for."""
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
    assert {part_of(name.split()[1]) for name in found.answers} == {part}
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
    assert len(found.never_done()) <= len(operations) // 5, found.never_done()
