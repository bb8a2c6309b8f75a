"""The books as JSON."""

from collections.abc import Callable

import pytest

from tests.people import Program

Api = Callable[..., Program]


@pytest.fixture
def auditor(api: Api) -> Program:
    return api("auditor")


def test_the_proof(auditor: Program) -> None:
    for full in ("false", "true"):
        proof = auditor.get("/proof", full=full).get_json()
        assert (proof["ok"], proof["faults"], proof["full"]) == (True, [], full == "true")
        assert len(proof["head_seal"]) == 64
        for check in proof["checks"]:
            assert (
                check["left_sum"] == check["right_sum"] == sum(x["amount"] for x in check["left"])
            )


def test_the_trial_balance(auditor: Program) -> None:
    now = auditor.get("/trial-balance").get_json()
    assert now == {"on": None, "accounts": [], "sums": []}
    assert auditor.get("/trial-balance", on="2026-11-30").get_json()["on"] == "2026-11-30"
    wrong = auditor.get("/trial-balance", on="kemarin")
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "validation")


def test_the_journal_by_cursor(auditor: Program) -> None:
    seen, cursor = [], 0
    while cursor is not None:
        page = auditor.get("/entries", cursor=cursor, limit=1).get_json()
        seen += [entry["seq"] for entry in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [1, 2]
    one = auditor.get("/entries/1").get_json()
    assert (one["kind"], one["legs"]) == ("bank.open", [])
    assert auditor.get("/entries/3").status_code == 404


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"cursor": -1}])
def test_a_bad_question_names_its_field(auditor: Program, query: dict[str, object]) -> None:
    answer = auditor.get("/entries", **query)
    assert answer.status_code == 422
    assert set(answer.get_json()["errors"]) == set(query)


def test_another_banks_books_are_not_there(auditor: Program) -> None:
    for path in ("/api/v1/banks/2/proof", "/api/v1/banks/2/entries", "/api/v1/banks/2/entries/1"):
        assert auditor.get(path).status_code == 404
