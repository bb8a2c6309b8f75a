"""Pages of prices, materials and shares."""

import html
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from banksampah import clock
from banksampah.catalog import queries
from banksampah.db import transaction
from tests.catalog.test_import import LISTS
from tests.factories import MakeAct, make_material, set_price
from tests.people import Browser

SignIn = Callable[..., Browser]
NOW = clock.day_in("Asia/Jakarta", clock.now_utc())
SOON = NOW + timedelta(days=9)


def test_the_price_table(sign_in: SignIn, session: Session, act: MakeAct) -> None:
    assert "Belum ada jenis sampah" in sign_in("operator").get("/harga").text
    with transaction(1):
        kardus = make_material(session, act(), category="Kertas")
        koran = make_material(session, act(), "KT2", "Koran", category="Kertas")
        minyak = make_material(session, act(), "21", "Minyak jelantah", "litre")
        make_material(session, act(), "22", "Botol bir", "pcs", category="Botol")
        set_price(session, act(), kardus, 1_800)
        set_price(session, act(), kardus, 1_900, SOON)
        set_price(session, act(), koran, 2_400)
        set_price(session, act(), minyak, 5_000)
    page = sign_in("treasurer").get("/harga").text
    for text in ("Kertas", "1.800", "1.900", "naik Rp100", "tetap", "menyusul", "per liter",
                 "Daftar baru mulai", "Harga v4", "Buat harga baru"):  # fmt: skip
        assert text in page, text
    assert "Buat harga baru" not in sign_in("operator").get("/harga").text


def test_many_prices_at_once(sign_in: SignIn, session: Session, act: MakeAct) -> None:
    with transaction(1):
        for code, name in (("A", "Kardus"), ("B", "Koran"), ("C", "Sandal"), ("D", "Residu")):
            set_price(session, act(), make_material(session, act(), code, name), 1_000)
    browser = sign_in("treasurer")
    assert "Residu" in browser.get("/harga/baru").text
    sent = browser.post(
        "/harga/baru",
        {
            "valid_from": SOON.isoformat(), "price_class": "umum",
            "lines-0-material_id": "1", "lines-0-price_idr": "Rp1.250",
            "lines-1-material_id": "2", "lines-1-price_idr": "",
            "lines-2-material_id": "3", "lines-2-price_idr": "-",
            "lines-3-material_id": "4", "lines-3-price_idr": "0",
        },
    )  # fmt: skip
    assert sent.status_code == 303
    prices = queries.prices_on(session, 1, SOON, "umum")
    assert prices == {1: 1_250, 2: 1_000, 3: None, 4: 0}


WRONG_PRICES = [
    ("lines-0-price_idr", "1,5", "Tulis rupiah penuh"),
    ("lines-0-price_idr", "seribu", "Tulis rupiah dengan angka"),
    ("lines-0-price_idr", "-5", "tanpa tanda minus"),
    ("lines-0-price_idr", "999999999999", "Paling banyak 100.000.000"),
    ("lines-0-material_id", "77", "Jenis sampah 77 tidak ada"),
    ("lines-0-material_id", "x", "bilangan bulat"),
    ("valid_from", "", "Isi bagian ini."),
    ("valid_from", "besok", "Tulis tanggal"),
    ("valid_from", "9999-01-01", "antara tahun 2000 dan 2100"),
    ("price_class", "A B", "Golongan harga"),
    ("lines-0-price_idr", "", "Isi paling sedikit satu harga."),
]


def test_wrong_prices_keep_what_was_typed(
    sign_in: SignIn, session: Session, act: MakeAct, subtests: pytest.Subtests
) -> None:
    with transaction(1):
        make_material(session, act())
        make_material(session, act(), "B", "Koran")
    sent = {
        "valid_from": "2026-12-01", "price_class": "umum", "lines-0-material_id": "1",
        "lines-0-price_idr": "1.250", "lines-1-material_id": "2", "lines-1-price_idr": "",
    }  # fmt: skip
    browser = sign_in("treasurer")
    for field, typed, sentence in WRONG_PRICES:
        with subtests.test(field=field, typed=typed, sentence=sentence):
            answer = browser.post("/harga/baru", sent | {field: typed})
            session.rollback()
            assert answer.status_code == 422
            assert sentence in html.unescape(answer.text)
            assert "<title>Kesalahan:" in answer.text
            if typed and "price_class" not in field and "material_id" not in field:
                assert typed in answer.text
            assert queries.price_lists(session, 1) == []


def test_a_material_from_form_to_retirement(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("treasurer")
    assert "Menurut namanya" in browser.get("/bahan/baru").text
    made = browser.post(
        "/bahan/baru",
        {"name": "Galon isi ulang", "unit": "pcs", "category": "Plastik", "equivalent_g": "0,75",
         "usual_max_g": "20", "code": "", "family": ""},
    )  # fmt: skip
    assert made.location == "/b/gerpesh-jitu/harga/baru"
    galon = queries.get_material(session, 1, 1)
    assert (galon.code, galon.family, galon.equivalent_g, galon.usual_max_g) == (
        "PL1", "plastic", 750, 20_000,
    )  # fmt: skip
    page = browser.get("/bahan/1").text
    assert 'value="0,75"' in page and 'value="20"' in page
    changed = {
        "code": "g1", "name": "Galon", "family": "plastic", "reporting_class": "hard_plastic",
        "sipsn_class": "PL", "equivalent_g": "", "retired": "1",
    }  # fmt: skip
    assert browser.post("/bahan/1", changed).status_code == 303
    session.expire_all()
    galon = queries.get_material(session, 1, 1)
    assert (galon.code, galon.category, galon.equivalent_g, galon.usual_max_g) == (
        "G1", "", None, None,
    )  # fmt: skip
    assert galon.retired_on == NOW
    assert browser.post("/bahan/1", changed | {"retired": ""}).status_code == 303
    session.expire_all()
    assert queries.get_material(session, 1, 1).retired_on is None


WRONG_MATERIALS = [
    ("name", "", "Isi bagian ini."),
    ("name", "x" * 81, "Antara 1 dan 80"),
    ("code", "A", "Kode A sudah dipakai untuk Kardus"),
    ("code", "kode panjang sekali", "Kode: huruf dan angka"),
    ("unit", "ton", "Pilih salah satu"),
    ("equivalent_g", "1", "hanya untuk buah dan liter"),
    ("usual_max_g", "-1", "tanpa tanda minus"),
    ("usual_max_g", "0", "lebih dari nol"),
    ("usual_max_g", "2.350", "bisa berarti dua hal"),
    ("family", "kayu", "Pilih salah satu"),
]


def test_wrong_materials(
    sign_in: SignIn, session: Session, act: MakeAct, subtests: pytest.Subtests
) -> None:
    with transaction(1):
        make_material(session, act(), "A")
    browser = sign_in("treasurer")
    for field, typed, sentence in WRONG_MATERIALS:
        with subtests.test(field=field, typed=typed, sentence=sentence):
            sent = {"name": "Karton", "unit": "kg", "aliases": "yang diketik", field: typed}
            answer = browser.post("/bahan/baru", sent)
            assert answer.status_code == 422
            assert sentence in html.unescape(answer.text) and "yang diketik" in answer.text
            assert len(queries.materials(session, 1)) == 1


def upload(content: bytes, name: str = "daftar.csv", **more: str) -> dict[str, Any]:
    return {"file": (io.BytesIO(content), name), "valid_from": "2026-12-01", **more}


def carried(page: str) -> dict[str, str]:
    """What the check page carries to its save button."""
    rows = re.search(r'<textarea name="rows"[^>]*>(.*?)</textarea>', page, re.S)
    assert rows is not None
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    kept = {name: hidden[name] for name in ("valid_from", "price_class", "source")}
    return {**kept, "rows": html.unescape(rows.group(1))}


@pytest.mark.parametrize("name", ["bukit-hibul-2026.csv", "surabaya-2018.csv"])
def test_a_list_is_checked_then_stored(sign_in: SignIn, session: Session, name: str) -> None:
    browser = sign_in("treasurer")
    content = (LISTS / name).read_bytes()
    checked = browser.post("/harga/impor", upload(content, name))
    assert checked.status_code == 200 and "Belum ada yang disimpan" in checked.text
    assert ("Tidak ada harga untuk golongan umum" in checked.text) == ("surabaya" in name)
    assert queries.materials(session, 1) == []
    stored = browser.post("/harga/impor", carried(checked.text), request_id="r1")
    assert stored.status_code == 303
    again = browser.post("/harga/impor", carried(checked.text), request_id="r1")
    assert again.status_code == 303
    [made] = queries.price_lists(session, 1)
    assert (made.source, made.valid_from) == (name, date(2026, 12, 1))
    assert made.lines_count == content.count(b"\n") - 1


def test_a_wrong_list_is_shown_cell_by_cell(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("treasurer")
    wrong = browser.post(
        "/harga/impor", upload(b"name,unit,price_idr\n<i>x</i>,ton,NaN\n=1+1,kg,5\n")
    )
    assert wrong.status_code == 422
    for text in ("Satuan tidak dikenal.", "Harga tidak terbaca.", "Isian ini rumus.", "NaN"):
        assert (text in wrong.text) == (text == "Isian ini rumus."), text
    wrong = browser.post("/harga/impor", upload(b"name,unit,price_idr\n<i>x</i>,ton,NaN\n"))
    for text in ("Satuan tidak dikenal.", "Harga tidak terbaca.", "NaN", "perlu-diperbaiki.csv"):
        assert text in wrong.text, text
    assert "<i>" not in wrong.text
    late = browser.post("/harga/impor", upload(b"name,unit,price_idr\nx,kg,1", valid_from="x"))
    assert late.status_code == 422 and "Tulis tanggal" in late.text
    assert queries.materials(session, 1) == []


def test_share_rules_by_page(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("treasurer")
    assert "seluruh harga" in browser.get("/harga/bagian").text
    rule = {"valid_from": "2026-01-01", "share_ppm": "85", "account_kind": "", "delivery": ""}
    assert browser.post("/harga/bagian", rule).status_code == 303
    assert browser.post("/harga/bagian", rule | {"share_ppm": "30", "delivery": "fetched"})
    assert queries.share_on(session, 1, NOW, "household", "brought") == 850_000
    assert queries.share_on(session, 1, NOW, "household", "fetched") == 300_000
    page = browser.get("/harga/bagian").text
    assert "85%" in page and "dijemput" in page
    for wrong in ("101", "-1", "abc", ""):
        answer = browser.post("/harga/bagian", rule | {"share_ppm": wrong})
        assert answer.status_code == 422, wrong


def test_who_may(sign_in: SignIn, session: Session, act: MakeAct) -> None:
    with transaction(1):
        make_material(session, act())
    operator = sign_in("operator")
    assert operator.get("/harga").status_code == 200
    assert operator.get("/bahan/1").status_code == 200
    for path in ("/harga/baru", "/harga/impor", "/bahan/baru"):
        assert operator.get(path).status_code == 403
        assert operator.post(path).status_code == 403
    assert operator.post("/bahan/1").status_code == 403
    assert operator.post("/harga/bagian").status_code == 403
    assert operator.get("/bahan/9").status_code == 404
