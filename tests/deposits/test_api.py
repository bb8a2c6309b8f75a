"""Deposits for programs: one answer a key, clear refusals, pages of a list."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import clock, ledger
from banksampah.db import transaction
from banksampah.deposits import queries
from banksampah.deposits.models import Deposit
from banksampah.deposits.schemas import DepositLineOut, DepositOut
from tests.conftest import NOW
from tests.deposits.conftest import Day
from tests.deposits.test_reverse import take_goods
from tests.factories import MakeAct, make_deposit, set_price


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)


def body(day: Day, **more: Any) -> dict[str, Any]:
    lines = [{"material_id": day.kardus.id, "quantity": 2_350}]
    return {"member_id": day.siti.id, "lines": lines, **more}


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Deposit)) or 0


def test_one_key_one_deposit_one_answer(api: Any, session: Session, day: Day) -> None:
    program = api("operator")
    first = program.post("/deposits", body(day), key="offline-phone-1")
    again = program.post("/deposits", body(day), key="offline-phone-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert first.json | {"recorded_by_id": 0, "seq": 0} == {
        "seq": 0, "member_id": day.siti.id, "kind": "savings", "cause_fund_id": None,
        "delivery": "brought", "weighed_on": "2026-11-21", "value_idr": 4_230,
        "credited_idr": 4_230, "recorded_by_id": 0, "recorded_at": "2026-11-21T02:05:00+00:00",
        "lines": [{
            "line": 1, "material_id": day.kardus.id, "unit": "G", "quantity": 2_350,
            "price_class": "umum", "price_idr": 1_800, "value_idr": 4_230,
            "share_ppm": 1_000_000, "credited_idr": 4_230,
        }],
    }  # fmt: skip
    other = program.post("/deposits", body(day, weighed_on="2026-11-20"), key="offline-phone-1")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")
    assert count(session) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"member_id": "1"}, "member_id"),
        ({"member_id": 0}, "member_id"),
        ({"member_id": -5}, "member_id"),
        ({"member_id": 2**63}, "member_id"),
        ({"member_id": 4_711}, "member_id"),
        ({"member_id": True}, "member_id"),
        ({"member_id": None}, "member_id"),
        ({"lines": []}, "lines"),
        ({"lines": "x"}, "lines"),
        ({"lines": [{"material_id": 1, "quantity": 1}] * 61}, "lines"),
        ({"lines": [{"material_id": 1, "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"material_id": 1, "quantity": -1}]}, "lines.0.quantity"),
        ({"lines": [{"material_id": 1, "quantity": 1.5}]}, "lines.0.quantity"),
        ({"lines": [{"material_id": 1, "quantity": "2,35"}]}, "lines.0.quantity"),
        ({"lines": [{"material_id": 1, "quantity": 10**12}]}, "lines.0.quantity"),
        ({"lines": [{"material_id": 1, "quantity": 61_000}]}, "lines.0.quantity"),
        ({"lines": [{"material_id": 99, "quantity": 1}]}, "lines.0.material_id"),
        ({"lines": [{"material_id": 1}]}, "lines.0.quantity"),
        ({"weighed_on": "kemarin"}, "weighed_on"),
        ({"weighed_on": "2026-11-22"}, "weighed_on"),
        ({"weighed_on": "2026-10-01"}, "weighed_on"),
        ({"kind": "gift"}, "kind"),
        ({"delivery": "drone"}, "delivery"),
        ({"share_ppm": 1_000_001}, "share_ppm"),
        ({"cause_fund_id": 99, "kind": "sedekah"}, "cause_fund_id"),
        ({"price_idr": 1}, "price_idr"),
    ],
)
def test_refusals_name_the_field_and_write_nothing(
    api: Any, session: Session, day: Day, wrong: dict[str, Any], field: str
) -> None:
    before = ledger.head_seq(session, 1)
    session.rollback()
    program = api("operator")
    roles = 1  # the role just given is an entry too
    answer = program.post("/deposits", body(day) | wrong)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert field in answer.json["errors"]
    assert all(answer.json["errors"][field])
    assert count(session) == 0
    assert ledger.head_seq(session, 1) == before + roles


def test_malformed_and_oversized_bodies(api: Any, session: Session, day: Day) -> None:
    program = api("operator")
    for data, status in ((b"{", 400), (b"[]", 422), (b'{"member_id": NaN}', 422)):
        answer = program.send("POST", "/deposits", data=data, content_type="application/json")
        assert answer.status_code == status, data
    huge = b'{"x": "' + b"a" * 3_000_000 + b'"}'
    answer = program.send("POST", "/deposits", data=huge, content_type="application/json")
    assert answer.status_code == 413
    assert program.send("POST", "/deposits", data=b"x=1").status_code in {400, 415}
    assert count(session) == 0


def test_list_and_pages(api: Any, session: Session, day: Day, act: MakeAct) -> None:
    with transaction(1) as s:
        made = [make_deposit(s, act(), day.siti, (day.kardus, 1_000 + n)).seq for n in range(5)]
        make_deposit(s, act(), day.joko, (day.botol, 5))
    program = api("auditor")
    page = program.get("/deposits", member_id=day.siti.id, limit=3).json
    rest = program.get("/deposits", member_id=day.siti.id, limit=3, cursor=page["next_cursor"])
    seqs = [item["seq"] for item in page["items"] + rest.json["items"]]
    assert (seqs, rest.json["next_cursor"]) == (made[::-1], None)
    assert program.get("/deposits", weighed_on="2026-11-21").json["items"][0]["weight_g"] == 3_000
    assert program.get("/deposits", limit=0).status_code == 422
    assert program.get("/deposits/4711").status_code == 404


def test_undo_and_what_became_of_it(api: Any, day: Day, session: Session) -> None:
    program = api("operator")
    seq = program.post("/deposits", body(day)).json["seq"]
    undone = program.post(f"/deposits/{seq}/reversal", {"reason": "double"}, key="undo-it-1")
    again = program.post(f"/deposits/{seq}/reversal", {"reason": "double"}, key="undo-it-1")
    assert (undone.status_code, undone.json) == (201, again.json)
    shown = program.get(f"/deposits/{seq}").json
    assert (shown["reversed"], shown["changes"][0]["reason"]) == (True, "double")
    assert shown["deposit"]["value_idr"] == 4_230
    twice = program.post(f"/deposits/{seq}/reversal", {"reason": "double"})
    assert (twice.status_code, twice.json["code"]) == (409, "deposit_reversed")
    assert program.post(f"/deposits/{seq}/reversal", {"reason": "mood"}).status_code == 422


def test_corrections(api: Any, day: Day, session: Session, act: MakeAct) -> None:
    with transaction(1) as s:
        seq = make_deposit(s, act(), day.siti, (day.kardus, 2_000)).seq
        take_goods(s, act(), day, 2_000, 3_600)
    session.rollback()
    program = api("treasurer")
    undo = program.post(f"/deposits/{seq}/reversal", {"reason": "other"})
    assert (undo.status_code, undo.json["code"]) == (422, "goods_gone")
    note = {"note": "Salah catat"}
    for path, right in (
        ("price", {"line": 1, "price_idr": 2_000}),
        ("weight", {"line": 1, "quantity": 1_000}),
        ("household", {"member_id": day.joko.id}),
    ):
        answer = program.post(f"/deposits/{seq}/{path}-correction", right | note)
        assert answer.status_code == 201, answer.json
    shown = program.get(f"/deposits/{seq}").json
    assert (shown["member_id"], shown["credited_idr"]) == (day.joko.id, 2_000)
    unknown = program.post(f"/deposits/{seq}/household-correction", {"member_id": 999, **note})
    assert unknown.json["errors"].keys() == {"member_id"}
    line = program.post(f"/deposits/{seq}/price-correction", {"line": 9, "price_idr": 1, **note})
    assert line.status_code == 404
    session.rollback()
    assert api("operator").post(f"/deposits/{seq}/price-correction", {}).status_code == 403


def test_prices_later(api: Any, day: Day, session: Session, act: MakeAct) -> None:
    with transaction(1) as s:
        seq = make_deposit(s, act(), day.siti, (day.ban, 2_000)).seq
        set_price(s, act(), day.ban, 500)
    session.rollback()
    program = api("treasurer")
    assert [line["seq"] for line in program.get("/deposits/pending").json["items"]] == [seq]
    assert program.post("/deposits/pricing").json == {"deposits": [seq]}
    assert program.get("/deposits/pending").json == {"items": []}


def test_what_goes_out_is_what_the_description_says(api: Any, day: Day, session: Session) -> None:
    """Deposits are written past marshmallow's fields, one by one: each field would say the same."""
    seq = api("operator").post("/deposits", body(day)).json["seq"]
    session.rollback()
    deposit = queries.recorded(session, 1, seq)
    for schema, one in ((DepositOut(), deposit), (DepositLineOut(), deposit.lines[0])):
        by_field = {name: field.serialize(name, one) for name, field in schema.dump_fields.items()}
        assert schema.dump(one) == by_field
        assert schema.dump([one], many=True) == [by_field]
