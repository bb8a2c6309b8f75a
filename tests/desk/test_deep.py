"""Records and bodies that nest deeper than any desk tells."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from banksampah.db import db, transaction, use_bank
from banksampah.desk import service
from banksampah.desk.models import DeskRecord
from banksampah.desk.queries import get_device
from tests.desk.phones import Phone, hand_in_file, saved
from tests.desk.test_deciding import decide, treasurer, waiting  # noqa: F401
from tests.people import begin_anew

DEPTHS = (100, 900, 940, 5_000)
"""About the two in the middle a shallow stack reads what a page's deeper one cannot."""


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def send_text(phone: Phone, path: str, text: str) -> TestResponse:
    begin_anew()
    headers = {"X-CSRFToken": phone.browser.csrf_token}
    return phone.browser.client.post(
        phone.browser.path(path), data=text, content_type="application/json", headers=headers
    )


def with_deep(told: Any, depth: int) -> str:
    """*told* as JSON, with lists in lists where it says "@"."""
    return json.dumps(told).replace('"@"', nested(depth))


def kept(app: Flask, bank: Any) -> Sequence[str]:
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return db.session.scalars(select(DeskRecord.raw)).all()


@pytest.mark.parametrize("path", ["kabar", "kirim", "epok", "tutup"])
def test_a_body_too_deep_to_be_read_is_the_callers_mistake(phone, path):
    assert send_text(phone, f"/timbang/{path}", nested(5_000)).status_code == 400


def test_what_is_deep_is_cut_off_and_the_deposit_counts(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800)) | {"x": "@", "y": [[["told"]]]}
    told = send_text(phone, "/timbang/kirim", with_deep({"records": [record]}, 300)).json
    assert told["answers"][0]["state"] == "accepted"
    [raw] = kept(app, bank)
    assert len(raw) < 1_000 and json.loads(raw)["y"] == [[["told"]]]
    assert phone.send(record | {"x": None})[record["id"]]["state"] == "already_there"
    assert saved(app, bank, siti) == 1_800


@pytest.mark.parametrize("depth", DEPTHS)
def test_no_depth_breaks_the_page_where_it_is_looked_at(
    app, bank, phone, siti, kardus, treasurer, depth  # noqa: F811
):  # fmt: skip
    told = phone.record(siti, (kardus, 1_000, 1_801)) | {"x": "@"}
    answer = send_text(phone, "/timbang/kirim", with_deep({"records": [told]}, depth))
    assert answer.json["answers"][0]["state"] == "held"
    assert treasurer.get("/perlu-dilihat").status_code == 200


def test_what_holds_nothing_else_is_held_as_it_can_be_read(
    app, bank, phone, siti, kardus, treasurer  # noqa: F811
):  # fmt: skip
    record = phone.record(siti, (kardus, 1_000, 1_800)) | {"lines": "@"}
    told = send_text(phone, "/timbang/kirim", with_deep({"records": [record]}, 100)).json
    assert told["answers"][0]["notes"] == ["unreadable"]
    assert treasurer.get("/perlu-dilihat").status_code == 200
    assert decide(treasurer, "dismiss").status_code == 303


def test_a_file_is_cut_in_the_same_way(app, bank, phone, siti, kardus, treasurer):  # noqa: F811
    deep: Any = "told"
    for _level in range(200):
        deep = [deep]
    record = phone.record(siti, (kardus, 1_000, 1_800)) | {"x": deep}
    assert hand_in_file(treasurer, record).status_code == 200
    assert (saved(app, bank, siti), waiting(app, bank)) == (1_800, [])
    assert "told" not in kept(app, bank)[0]


@pytest.mark.parametrize("name", ["x", "lines"])
def test_what_was_kept_whole_before_does_no_harm(
    app, bank, phone, siti, kardus, act, treasurer, name  # noqa: F811
):  # fmt: skip
    """The page opens, it can be left out, and its phone hears of it."""
    record = phone.record(siti, (kardus, 1_000, 1_801))
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(9_000)
    try:
        deep = json.loads(with_deep(record | {name: "@"}, 2_000))
        with app.app_context(), transaction(bank.bank_id) as session:
            device = get_device(session, bank.bank_id, phone.device_id)
            row_id = service.keep_raw(session, act(), device, [deep])[record["id"]]
        with app.app_context(), transaction(bank.bank_id) as session:
            device = get_device(session, bank.bank_id, phone.device_id)
            service.take_in(session, act(), device, deep, row_id)
    finally:
        sys.setrecursionlimit(usual)
    assert kept(app, bank)[0].count("[") >= 2_000
    assert "HP01-0001" in treasurer.get("/perlu-dilihat").text
    assert phone.send(record)[record["id"]]["state"] == "held"
    assert decide(treasurer, "dismiss").status_code == 303
    assert treasurer.get("/perlu-dilihat/diputuskan").status_code == 200
