"""Funds, rules and splits over HTTP: the review page, the decisions, and who may make them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from banksampah import clock, ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.ledger import Act
from banksampah.sales.service import Cost, Sold, record_sale
from banksampah.splits import queries
from tests.factories import stocked_material
from tests.people import Browser, Program

TODAY = clock.day_in("Asia/Jakarta", clock.now_utc()).isoformat()


@pytest.fixture
def split_seq(app: Flask, bank: Bank, act: Callable[..., Act]) -> int:
    """A proposal that waits: Rp1.212.685 of donated cardboard, made by person 77."""
    with app.app_context(), transaction(bank.bank_id) as session:
        card = stocked_material(session, act(), donated=1_000_000)
        sale = record_sale(
            session,
            act(actor_id=77),
            sold_on=act().today,
            paid_with="cash",
            buyer_name="Lapak Jaya",
            lines=[Sold(card.id, 626_342, 2_000)],
            costs=[Cost("transport", 39_999)],
        )
        assert sale.split_idr == 1_212_685
        return queries.splits_of_sale(session, 1, sale.seq)[0].seq


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)


def state(app: Flask, seq: int) -> str:
    with app.app_context(), transaction(1) as session:
        assert queries.faults(session, 1) == []
        return queries.get_split(session, 1, seq).state


def test_the_review_page_explains_every_line(
    sign_in: Callable[..., Browser], split_seq: int
) -> None:
    page = sign_in("treasurer").get(f"/pembagian/{split_seq}").text
    assert "Jumlah bagian = jumlah uang: cocok ✓" in page
    assert (
        "30 % dari Rp1.212.685 adalah 363.805,5. "
        "Rupiah terakhir masuk ke Lingkungan, urutan pertama dalam aturan." in page
    )
    assert "70 % dari Rp1.212.685 adalah 848.879,5, dibulatkan ke bawah." in page
    for figure in ("Rp1.252.684", "−Rp39.999", "Rp363.806", "Rp848.879"):
        assert figure in page, figure


def test_a_decision_on_the_page(
    app: Flask, sign_in: Callable[..., Browser], split_seq: int
) -> None:
    browser = sign_in("treasurer")
    seen = hidden(browser.get(f"/pembagian/{split_seq}").text, "seen")
    address = f"/pembagian/{split_seq}/keputusan"
    for wrong, status, sentence in [
        ({"decision": "reject", "seen": seen}, 422, "Tulis alasan menolak"),
        ({"decision": "approve", "seen": "0" * 64}, 409, "berbeda dari yang Anda lihat"),
        ({"decision": "approve"}, 422, "Isi bagian ini."),
        ({"decision": "mungkin", "seen": seen}, 422, "Pilih salah satu"),
        ({"seen": seen}, 422, "Isi bagian ini."),
    ]:
        answer = browser.post(address, wrong)
        assert (answer.status_code, sentence in answer.text) == (status, True), wrong
    assert state(app, split_seq) == "pending"
    assert browser.post(address, {"decision": "approve", "seen": seen}).status_code == 303
    assert state(app, split_seq) == "approved"
    late = browser.post(address, {"decision": "reject", "seen": seen, "reason": "terlambat"})
    assert late.status_code == 409
    assert "sudah disetujui" in late.text
    assert "Cetak berita acara" in browser.get(f"/pembagian/{split_seq}").text


def test_undone_and_proposed_anew_on_pages(
    app: Flask, sign_in: Callable[..., Browser], split_seq: int
) -> None:
    maker, chair = sign_in("treasurer"), sign_in("chair")
    seen = hidden(maker.get(f"/pembagian/{split_seq}").text, "seen")
    maker.post(f"/pembagian/{split_seq}/keputusan", {"decision": "approve", "seen": seen})
    assert maker.get(f"/pembagian/{split_seq}/pembatalan").status_code == 200
    assert maker.post(f"/pembagian/{split_seq}/pembatalan", {"reason": ""}).status_code == 422
    undone = maker.post(f"/pembagian/{split_seq}/pembatalan", {"reason": "Salah hitung"})
    assert undone.status_code == 303
    assert state(app, split_seq) == "reversed"
    assert maker.get(f"/pembagian/{split_seq}/usulan-baru").status_code == 200
    short = {
        "reason": "Hasil rapat",
        "lines-0-origin": "donated",
        "lines-0-fund_id": "1",
        "lines-0-amount_idr": "1.212.684",
        "lines-1-origin": "donated",
        "lines-1-fund_id": "2",
        "lines-1-amount_idr": "",
    }
    refused = maker.post(f"/pembagian/{split_seq}/usulan-baru", short)
    assert refused.status_code == 422
    assert "Jumlah bagian Rp1.212.684, uangnya Rp1.212.685" in refused.text
    assert 'value="1.212.684"' in refused.text
    exact = short | {"lines-1-amount_idr": "1"}
    made = maker.post(f"/pembagian/{split_seq}/usulan-baru", exact)
    assert made.status_code == 303
    new_seq = int(made.location.rsplit("/", 1)[1])
    page = maker.get(f"/pembagian/{new_seq}").text
    assert "Anda yang membuat usulan ini" in page
    assert "Setujui pembagian" not in page
    own = hidden(chair.get(f"/pembagian/{new_seq}").text, "seen")
    by_maker = maker.post(f"/pembagian/{new_seq}/keputusan", {"decision": "approve", "seen": own})
    assert by_maker.status_code == 422
    assert "harus dua orang" in by_maker.text
    chair.post(f"/pembagian/{new_seq}/keputusan", {"decision": "approve", "seen": own})
    assert state(app, new_seq) == "approved"


def test_json_decides_once(app: Flask, api: Callable[..., Program], split_seq: int) -> None:
    program = api("treasurer")
    shown = program.get(f"/splits/{split_seq}").json
    assert [line["amount_idr"] for line in shown["lines"]] == [363_806, 848_879]
    assert shown["lines"][0]["fraction"] == "5"
    wrong = program.post(f"/splits/{split_seq}/approval", {"seen": "0" * 64})
    assert (wrong.status_code, wrong.json["code"]) == (409, "split_changed")
    seen = {"seen": shown["lines_hash"]}
    first = program.post(f"/splits/{split_seq}/approval", seen, key="approve-once-1")
    again = program.post(f"/splits/{split_seq}/approval", seen, key="approve-once-1")
    assert (first.status_code, first.json) == (201, again.json)
    assert first.json["state"] == "approved"
    late = program.post(f"/splits/{split_seq}/rejection", {"reason": "terlambat"})
    assert (late.status_code, late.json["code"]) == (409, "split_decided")
    funds = {fund["name"]: fund["balance_idr"] for fund in program.get("/funds").json["items"]}
    assert (funds["Lingkungan"], funds["Sosial"]) == (363_806, 848_879)
    undone = program.post(f"/splits/{split_seq}/reversal", {"reason": "salah hitung"})
    assert undone.json["state"] == "reversed"
    version = program.post(
        "/split-rules",
        {
            "name": "Separuh",
            "stock_origin": "any",
            "valid_from": TODAY,
            "lines": [
                {"fund_id": 1, "weight_ppm": 500_000},
                {"fund_id": 2, "weight_ppm": 500_000},
            ],
        },
    ).json
    chosen = {"origin": "donated", "rule_id": version["rule_id"], "version": version["version"]}
    anew = program.post(f"/splits/{split_seq}/proposals", {"reason": "Separuh", "rules": [chosen]})
    assert [line["amount_idr"] for line in anew.json["lines"]] == [606_343, 606_342]
    listed = program.get("/splits", limit=1).json
    assert [split["seq"] for split in listed["items"]] == [anew.json["seq"]]
    assert listed["next_cursor"] == anew.json["seq"]
    rest = program.get("/splits", limit=5, cursor=listed["next_cursor"]).json
    assert [split["seq"] for split in rest["items"]] == [split_seq]
    assert [s["seq"] for s in program.get("/splits", pending="true").json["items"]] == [
        anew.json["seq"]
    ]


def test_rules_and_funds_on_pages(sign_in: Callable[..., Browser], split_seq: int) -> None:
    browser = sign_in("chair")
    assert "30 %" in browser.get("/aturan").text
    rule = {
        "name": "Separuh",
        "stock_origin": "any",
        "valid_from": TODAY,
        "lines-0-fund_id": "1",
        "lines-0-weight_ppm": "33,3",
        "lines-1-fund_id": "2",
        "lines-1-weight_ppm": "66,6",
        "lines-2-fund_id": "3",
        "lines-2-weight_ppm": "",
        "trial_idr": "1.000",
    }
    wrong = browser.post("/aturan/baru", rule)
    assert wrong.status_code == 422
    assert "Jumlah bagian 99,9 %" in wrong.text
    right = rule | {"lines-1-weight_ppm": "66,7"}
    tried = browser.post("/aturan/baru", right | {"hitung": "1"})
    assert tried.status_code == 200
    assert "33,3 % dari Rp1.000 tepat 333." in tried.text
    assert browser.post("/aturan/baru", right).status_code == 303
    early = browser.post("/aturan/baru", right | {"valid_from": "2026-01-01"})
    assert (early.status_code, "sudah dibagi dengan aturan" in early.text) == (422, True)
    preset = {"preset": "85_15", "valid_from": TODAY}
    assert browser.post("/aturan/paket", preset).status_code == 303
    assert browser.post("/aturan/paket", {"valid_from": TODAY}).status_code == 422
    fund = {"name": "Yatim piatu", "purpose": "", "kind": "cause"}
    assert browser.post("/aturan/dana", fund).status_code == 303
    twice = browser.post("/aturan/dana", fund)
    assert (twice.status_code, "sudah ada" in twice.text) == (422, True)
    assert "Yatim piatu" in browser.get("/aturan/baru").text


WRONG_RULES: list[tuple[dict[str, Any], int, str]] = [
    ({"lines": []}, 422, "validation"),
    ({"lines": [{"fund_id": 1, "weight_ppm": 999_999}]}, 422, "weights_wrong"),
    ({"lines": [{"fund_id": 1, "weight_ppm": 1_000_001}]}, 422, "validation"),
    ({"lines": [{"fund_id": 1, "weight_ppm": 0}]}, 422, "validation"),
    ({"lines": [{"fund_id": 1, "weight_ppm": 500_000.5}]}, 422, "validation"),
    ({"lines": [{"fund_id": 88, "weight_ppm": 1_000_000}]}, 404, "fund_not_found"),
    ({"lines": [{"fund_id": 1, "weight_ppm": 500_000}] * 2}, 422, "fund_twice"),
    ({"stock_origin": "curian"}, 422, "validation"),
    ({"valid_from": "1999-12-31"}, 422, "validation"),
    ({"valid_from": "2026-01-01"}, 422, "rule_too_early"),
    ({"name": ""}, 422, "validation"),
]


def test_a_wrong_rule_writes_nothing(
    app: Flask, api: Callable[..., Program], split_seq: int
) -> None:
    program = api("treasurer")
    rule = {
        "name": "Baru",
        "stock_origin": "any",
        "valid_from": TODAY,
        "lines": [{"fund_id": 1, "weight_ppm": 1_000_000}],
    }
    with app.app_context(), transaction(1) as session:
        before = ledger.head_seq(session, 1)
    for change, status, code in WRONG_RULES:
        answer = program.post("/split-rules", rule | change)
        assert (answer.status_code, answer.json["code"]) == (status, code), (change, answer.json)
    tried = program.post(
        "/split-rules/preview", {"amount_idr": 99, "lines": [{"fund_id": 1, "weight_ppm": 10**6}]}
    )
    assert (tried.status_code, tried.json["lines"][0]["amount_idr"]) == (200, 99)
    with app.app_context(), transaction(1) as session:
        assert ledger.head_seq(session, 1) == before


def test_who_may_decide(
    sign_in: Callable[..., Browser], api: Callable[..., Program], split_seq: int
) -> None:
    for role in ("operator", "auditor"):
        page = sign_in(role).get(f"/pembagian/{split_seq}")
        assert "Bendahara atau ketua yang memutuskan." in page.text
        program = api(role)
        for path in ("approval", "rejection", "reversal", "proposals"):
            assert program.post(f"/splits/{split_seq}/{path}", {}).status_code == 403
        assert program.post("/split-presets", {}).status_code == 403
    assert api("treasurer").get("/splits/999").json["code"] == "split_not_found"
    assert sign_in("treasurer").get("/pembagian/999").status_code == 404
