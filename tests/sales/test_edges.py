"""Sales over HTTP: pages for people, JSON for programs, and what is typed wrongly."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from banksampah import clock, ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.ledger import Act
from banksampah.sales import queries
from banksampah.stock import queries as stock
from tests.factories import stocked_material
from tests.people import Browser, Program

TODAY = clock.day_in("Asia/Jakarta", clock.now_utc()).isoformat()


@pytest.fixture
def goods(app: Flask, bank: Bank, act: Callable[..., Act]) -> dict[str, int]:
    """Ten kilograms of donated cardboard (row 0) and eight jars (row 1) in the shed."""
    with app.app_context(), transaction(bank.bank_id) as session:
        card = stocked_material(session, act(), "Kardus", donated=10_000)
        jar = stocked_material(session, act(), "Toples", unit="pcs", donated=8)
        return {"card": card.id, "jar": jar.id}


@pytest.fixture
def browser(sign_in: Callable[..., Browser], goods: dict[str, int]) -> Browser:
    return sign_in("treasurer")


@pytest.fixture
def program(api: Callable[..., Program], goods: dict[str, int]) -> Program:
    return api("treasurer")


def typed(goods: dict[str, int], **more: str) -> dict[str, str]:
    """The form as a treasurer fills it: 9,5 kg of cardboard at Rp1.900, the jars left empty."""
    return {
        "buyer_name": "Lapak Jaya",
        "sold_on": TODAY,
        "paid_with": "cash",
        "lines-0-material_id": str(goods["card"]),
        "lines-0-buyer_quantity": "9,5",
        "lines-0-our_quantity": "",
        "lines-0-price_idr": "1.900",
        "lines-1-material_id": str(goods["jar"]),
        "lines-1-buyer_quantity": "",
        "lines-1-price_idr": "",
    } | more


def body(goods: dict[str, int], **more: Any) -> dict[str, Any]:
    line = {"material_id": goods["card"], "buyer_quantity": 9_500, "price_idr": 1_900}
    return {"buyer_name": "Lapak Jaya", "sold_on": TODAY, "lines": [line]} | more


def heads(app: Flask) -> tuple[int, int]:
    """The newest entry, and the stock of cardboard: what must not move when refused."""
    with app.app_context(), transaction(1) as session:
        return ledger.head_seq(session, 1), stock.on_hand(session, 1)[0].quantity


def test_the_form_is_saved_and_shown(browser: Browser, goods: dict[str, int]) -> None:
    assert "stok 10 kg" in browser.get("/penjualan/baru").text
    saved = browser.post(
        "/penjualan", typed(goods, **{"lines-1-buyer_quantity": "3", "lines-1-price_idr": "500"})
    )
    assert saved.status_code == 303
    page = browser.get(saved.location).text
    assert "Rp19.550" in page  # 9,5 × 1.900 + 3 × 500
    assert "3 buah" in page
    assert "Usulan pembagian hasil dibuat." in page
    assert "Lapak Jaya" in browser.get("/penjualan").text
    assert "5 buah" in browser.get("/persediaan").text


def test_the_same_form_twice_is_one_sale(browser: Browser, goods: dict[str, int]) -> None:
    first = browser.post("/penjualan", typed(goods), request_id="sale-form-1")
    second = browser.post("/penjualan", typed(goods), request_id="sale-form-1")
    assert first.location == second.location


def test_counting_first_saves_nothing(app: Flask, browser: Browser, goods: dict[str, int]) -> None:
    before = heads(app)
    tried = browser.post("/penjualan", typed(goods, hitung="1", **{"lines-0-our_quantity": "10"}))
    assert tried.status_code == 200
    assert "Rp18.050" in tried.text
    assert "Selisih timbangan 0,5 kg dicatat sebagai susut." in tried.text
    assert heads(app) == before


TYPED_WRONGLY = [
    ("lines-0-buyer_quantity", "2.350", "2.350 bisa berarti dua hal"),
    ("lines-0-buyer_quantity", "0", "Angka ini nol atau terlalu besar"),
    ("lines-0-buyer_quantity", "-3", "tanpa tanda minus"),
    ("lines-0-buyer_quantity", "99999999999999999999", "terlalu besar"),
    ("lines-0-buyer_quantity", "sepuluh", "Tulis berat dengan angka"),
    ("lines-0-buyer_quantity", "", "Isi bagian ini."),
    ("lines-0-buyer_quantity", "10,001", "Kardus: stok 10 kg, dijual 10,001 kg"),
    ("lines-0-our_quantity", "11", "Kardus: stok 10 kg, dijual 11 kg"),
    ("lines-0-price_idr", "abc", "Tulis rupiah dengan angka"),
    ("lines-0-price_idr", "100000001", "Kardus"),
    ("lines-0-material_id", "999", "Jenis sampah 999 tidak ada"),
    ("lines-0-material_id", "x", "Tulis bilangan bulat"),
    ("buyer_name", "", "Isi nama pembeli."),
    ("buyer_name", "x" * 81, "Paling banyak 80"),
    ("buyer_id", "999", "Pembeli 999 tidak ada"),
    ("sold_on", "2020-01-01", "Tanggal penjualan paling awal"),
    ("sold_on", "besok", "Tulis tanggal"),
    ("paid_with", "daun", "Pilih salah satu"),
    ("deduction_idr", "18.051", "Potongan lebih besar dari nilai barang Rp18.050"),
    ("cost_idr", "999.999", "tidak cukup untuk ongkos"),
    ("lines-0-buyer_quantity", "1\x00", "huruf yang tidak terlihat"),
    ("lainnya", "1", "tidak dikenal"),
]


def test_what_is_typed_wrongly_is_told_and_kept(
    app: Flask, browser: Browser, goods: dict[str, int]
) -> None:
    before = heads(app)
    for field, value, sentence in TYPED_WRONGLY:
        answer = browser.post("/penjualan", typed(goods, **{field: value}))
        assert answer.status_code == 422, (field, value)
        assert sentence in answer.text, (field, value)
        assert field == "buyer_name" or 'value="Lapak Jaya"' in answer.text, (field, value)
    assert heads(app) == before


def test_rows_that_can_be_read_are_summed_beside_one_that_cannot(
    browser: Browser, goods: dict[str, int]
) -> None:
    jars = {"lines-1-buyer_quantity": "3", "lines-1-price_idr": "500"}
    page = browser.post("/penjualan", typed(goods, **jars, **{"lines-0-buyer_quantity": "2.350"}))
    assert page.status_code == 422
    assert "Rp1.500" in page.text
    assert "Belum termasuk baris yang perlu diperbaiki." in page.text
    assert 'value="2,35"' in page.text  # one of the two readings, as a button


def test_json_sells_and_lists(program: Program, goods: dict[str, int]) -> None:
    tried = program.post("/sales/preview", {"lines": body(goods)["lines"]})
    assert tried.status_code == 200
    assert tried.json["split_idr"] == 18_050
    made = program.post("/sales", body(goods, costs=[{"amount_idr": 50}]), key="sell-1-kardus")
    assert made.status_code == 201, made.json
    again = program.post("/sales", body(goods, costs=[{"amount_idr": 50}]), key="sell-1-kardus")
    assert made.json == again.json
    assert (made.json["gross_idr"], made.json["split_idr"]) == (18_050, 18_000)
    assert made.json["buyer_name"] == "Lapak Jaya"
    shown = program.get(f"/sales/{made.json['seq']}").json
    assert shown == made.json
    listed = program.get("/sales", limit=1).json
    assert [sale["seq"] for sale in listed["items"]] == [made.json["seq"]]
    assert listed["next_cursor"] is None
    assert [buyer["name"] for buyer in program.get("/buyers").json["items"]] == ["Lapak Jaya"]
    other = program.post("/sales", body(goods), key="sell-1-kardus")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


WRONG_JSON = [
    ({"lines": []}, 422, "validation"),
    ({"lines": [{"material_id": 1}]}, 422, "validation"),
    ({"lines": "semua"}, 422, "validation"),
    ({"lines": [{"material_id": 1, "buyer_quantity": 1.5, "price_idr": 1}]}, 422, "validation"),
    ({"lines": [{"material_id": 1, "buyer_quantity": "1", "price_idr": 1}]}, 422, "validation"),
    ({"lines": [{"material_id": 1, "buyer_quantity": -1, "price_idr": 1}]}, 422, "validation"),
    (
        {"lines": [{"material_id": 1, "buyer_quantity": True, "price_idr": 1}]},
        422,
        "validation",
    ),
    (
        {"lines": [{"material_id": 1, "buyer_quantity": 2**70, "price_idr": 1}]},
        422,
        "validation",
    ),
    (
        {"lines": [{"material_id": 9, "buyer_quantity": 1, "price_idr": 1}]},
        404,
        "material_not_found",
    ),
    (
        {"lines": [{"material_id": 1, "buyer_quantity": 10_001, "price_idr": 1}]},
        422,
        "stock_short",
    ),
    ({"buyer_name": "", "buyer_id": None}, 422, "validation"),
    ({"buyer_name": "", "buyer_id": 77}, 404, "buyer_not_found"),
    ({"sold_on": "2026-13-01"}, 422, "validation"),
    ({"sold_on": "2001-01-01"}, 422, "sale_day_out_of_range"),
    ({"deduction_idr": 18_051}, 422, "deduction_too_high"),
    ({"costs": [{"amount_idr": 0}]}, 422, "validation"),
    ({"costs": [{"amount_idr": 99_999_999}]}, 422, "money_short"),
    ({"harga": 1}, 422, "validation"),
    ({"note_number": "x\u0000"}, 422, "validation"),
]


def test_json_that_is_wrong_writes_nothing(
    app: Flask, program: Program, goods: dict[str, int]
) -> None:
    before = heads(app)
    for change, status, code in WRONG_JSON:
        answer = program.post("/sales", body(goods) | change)
        assert (answer.status_code, answer.json["code"]) == (status, code), (change, answer.json)
    assert heads(app) == before


def test_a_sale_on_credit_over_http(
    app: Flask, browser: Browser, program: Program, goods: dict[str, int]
) -> None:
    seq = program.post("/sales", body(goods, paid_with="receivable")).json["seq"]
    assert "Terima pembayaran" in browser.get(f"/penjualan/{seq}").text
    paid = browser.post(
        f"/penjualan/{seq}/pembayaran", {"amount_idr": "10.000", "paid_with": "bank"}
    )
    assert paid.status_code == 303
    too_much = browser.post(
        f"/penjualan/{seq}/pembayaran", {"amount_idr": "9.000", "paid_with": "bank"}
    )
    assert too_much.status_code == 422
    assert "Sisa piutang Rp8.050" in too_much.text
    refused = program.post(f"/sales/{seq}/reversal", {"reason": "salah catat"})
    assert (refused.status_code, refused.json["code"]) == (409, "payment_in_the_way")
    page = browser.get(f"/penjualan/{seq}").text
    link = re.search(rf"/penjualan/{seq}/pembayaran/(\d+)/pembatalan", page)
    assert link is not None
    payment = link.group(0)
    assert browser.get(payment).status_code == 200
    assert browser.post(payment, {"reason": ""}).status_code == 422
    assert browser.post(payment, {"reason": "salah orang"}).status_code == 303
    assert browser.post(f"/penjualan/{seq}/pembatalan", {"reason": "salah"}).status_code == 303
    page = browser.get(f"/penjualan/{seq}").text
    assert "Dibatalkan" in page
    assert "salah" in page
    assert program.get(f"/sales/{seq}").json["is_reversed"] is True
    with app.app_context(), transaction(1) as session:
        assert queries.faults(session, 1) == []


def test_undoing_names_the_approved_split(
    browser: Browser, api: Callable[..., Program], program: Program, goods: dict[str, int]
) -> None:
    seq = program.post("/sales", body(goods)).json["seq"]
    split = program.get("/splits", pending="true").json["items"][0]
    chair = api("chair")
    approved = chair.post(f"/splits/{split['seq']}/approval", {"seen": split["lines_hash"]})
    assert approved.status_code == 201, approved.json
    page = browser.post(f"/penjualan/{seq}/pembatalan", {"reason": "salah"})
    assert page.status_code == 409
    assert f"Pembagian {split['seq']} dari penjualan ini sudah disetujui" in page.text


def test_only_bookkeepers_sell(
    sign_in: Callable[..., Browser], api: Callable[..., Program], goods: dict[str, int]
) -> None:
    for role in ("operator", "auditor"):
        assert sign_in(role).post("/penjualan", typed(goods)).status_code == 403
        assert api(role).post("/sales", body(goods)).status_code == 403
        assert api(role).get("/sales").status_code == 200


def test_unknown_sales_are_not_found(browser: Browser, program: Program) -> None:
    for path in ("/penjualan/999", "/penjualan/999/pembatalan", "/penjualan/0"):
        assert browser.get(path).status_code == 404
    answer = program.get("/sales/999")
    assert (answer.status_code, answer.json["code"]) == (404, "sale_not_found")
