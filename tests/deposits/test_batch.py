"""Deposits in batches, as a phone's outbox sends them: one answer a record, none spoils another."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import clock, ledger
from banksampah.catalog.service import set_share_rule
from banksampah.db import transaction
from banksampah.deposits.models import Deposit
from banksampah.members.service import close_member
from tests.conftest import NOW, TODAY
from tests.deposits.conftest import Day
from tests.factories import MakeAct


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)


def record(day: Day, key: str, **more: Any) -> dict[str, Any]:
    lines = [{"material_id": day.kardus.id, "quantity": 2_350}]
    return {"key": key, "member_id": day.siti.id, "lines": lines, **more}


def sent(program: Any, *records: Any) -> list[dict[str, Any]]:
    answer = program.post("/deposits/batch", {"records": list(records)})
    assert answer.status_code == 200, answer.json
    return answer.json["records"]  # type: ignore[no-any-return]


def test_each_record_is_answered_as_if_it_came_alone(
    api: Any, session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(1) as s:
        set_share_rule(s, act(), valid_from=TODAY, share_ppm=500_000, delivery="fetched")
        close_member(s, act(), member_id=day.joko.id)
    session.rollback()
    program = api("operator")
    lines = [
        {"material_id": m.id, "quantity": 3} for m in (day.pet, day.botol, day.minyak, day.ban)
    ]
    asked: list[dict[str, Any]] = [
        record(day, "hp-1"),
        record(day, "hp-2", weighed_on="2026-11-14"),
        record(day, "hp-3", lines=lines, delivery="fetched"),
        record(day, "hp-4", kind="sedekah"),
        record(day, "hp-5", member_id=day.joko.id),
        record(day, "hp-6", lines=[{"material_id": day.kardus.id, "quantity": 61_000}]),
        record(day, "hp-7", weighed_on="2026-11-22"),
        record(day, "hp-8", share_ppm=250_000, lines=lines),
    ]
    together = sent(program, *asked)
    for one, became in zip(asked, together, strict=True):
        alone = program.post(
            "/deposits", {k: v for k, v in one.items() if k != "key"}, key=f"alone-{one['key']}"
        )
        if became["state"] == "accepted":
            assert alone.status_code == 201
            unlike = {"seq": 0}
            assert became["deposit"] | unlike == alone.json | unlike
        else:
            assert became["deposit"] is None
            assert became["problem"] == {name: alone.json[name] for name in became["problem"]}
    assert [became["key"] for became in together] == [one["key"] for one in asked]
    states = [became["state"] for became in together]
    assert states == ["accepted"] * 4 + ["refused"] * 3 + ["accepted"]
    codes = [became["problem"]["code"] for became in together[4:7]]
    assert codes == ["member_closed", "weight_unusual", "day_refused"]


def test_sent_again_it_is_there_with_the_same_answer(api: Any, session: Session, day: Day) -> None:
    program = api("operator")
    first = sent(program, record(day, "hp-1"), record(day, "hp-2", kind="sedekah"))
    again = sent(
        program, record(day, "hp-2", kind="sedekah"), record(day, "hp-1"), record(day, "hp-3")
    )
    assert [became["state"] for became in again] == ["already_there", "already_there", "accepted"]
    assert [again[1]["deposit"], again[0]["deposit"]] == [one["deposit"] for one in first]
    alone = program.post(
        "/deposits", {k: v for k, v in record(day, "").items() if k != "key"}, key="hp-1"
    )
    assert alone.json == first[0]["deposit"]
    assert count(session) == 3


def test_a_key_used_for_something_else_is_refused(api: Any, session: Session, day: Day) -> None:
    program = api("operator")
    sent(program, record(day, "hp-1"))
    other, fresh = sent(program, record(day, "hp-1", kind="sedekah"), record(day, "hp-2"))
    assert (other["state"], other["problem"]["code"]) == ("refused", "key_reused")
    assert fresh["state"] == "accepted"
    assert count(session) == 2


def test_a_key_twice_in_one_batch(api: Any, session: Session, day: Day) -> None:
    """Alike: one deposit, told twice. Unlike: the first stands. After a refusal: a new try."""
    states = sent(
        api("operator"),
        record(day, "twice"), record(day, "twice"), record(day, "twice", kind="sedekah"),
        record(day, "retried", member_id=4_711), record(day, "retried"),
    )  # fmt: skip
    assert [became["state"] for became in states] == [
        "accepted", "already_there", "refused", "refused", "accepted",
    ]  # fmt: skip
    assert states[0]["deposit"] == states[1]["deposit"]
    assert states[2]["problem"]["code"] == "key_reused"
    assert count(session) == 2


@pytest.mark.parametrize(
    "bad",
    [
        None, 7, "x", [], {},
        {"key": "hp-2"}, {"key": "no spaces"}, {"key": "x" * 65}, {"key": "hp-2\n"}, {"key": None},
        {"key": "hp-2", "member_id": True}, {"key": "hp-2", "price_idr": 1},
        {"key": "hp-2", "lines": [{"material_id": 1, "quantity": 0.5}]},
        {"key": "hp-2", "lines": [{"material_id": 1, "quantity": 10**15}]},
    ],
    ids=repr,
)  # fmt: skip
def test_a_record_that_cannot_be_read_spoils_no_other(
    api: Any, session: Session, day: Day, bad: Any
) -> None:
    if isinstance(bad, dict) and len(bad) > 1:
        bad = record(day, "hp-2") | bad
    first, wrong, last = sent(api("operator"), record(day, "hp-1"), bad, record(day, "hp-3"))
    assert [first["state"], wrong["state"], last["state"]] == ["accepted", "refused", "accepted"]
    assert (wrong["problem"]["code"], wrong["problem"]["status"]) == ("validation", 422)
    assert all(wrong["problem"]["errors"].values())
    readable = isinstance(bad, dict) and bad.get("key") == "hp-2"
    assert wrong["key"] == ("hp-2" if readable else None)
    assert count(session) == 2


def test_a_batch_has_a_size(api: Any, session: Session, day: Day) -> None:
    program = api("operator")
    many = [record(day, f"hp-{n}") for n in range(21)]
    for body in ({"records": many}, {"records": []}, {"records": {}}, {}, {"records": "x"}, []):
        answer = program.post("/deposits/batch", body)
        assert (answer.status_code, answer.json["code"]) == (422, "validation")
    assert count(session) == 0
    assert {became["state"] for became in sent(program, *many[:20])} == {"accepted"}
    assert count(session) == 20


def test_one_batch_is_one_commit(api: Any, session: Session, day: Day) -> None:
    """All of its entries were recorded at one moment, one after the other."""
    program = api("operator")
    seqs = [
        became["deposit"]["seq"]
        for became in sent(program, *(record(day, f"k{n}") for n in range(5)))
    ]
    assert seqs == list(range(seqs[0], seqs[0] + 5))
    proof = ledger.check(session, 1)
    assert (proof.faults, proof.entries_count) == ([], seqs[-1])


def test_only_weighers_send_batches(api: Any, day: Day, session: Session) -> None:
    answer = api("auditor").post("/deposits/batch", {"records": [record(day, "hp-1")]})
    assert answer.status_code == 403
    assert count(session) == 0


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Deposit)) or 0
