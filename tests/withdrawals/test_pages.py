"""Withdrawals in a browser and by API: ask, pay, refuse, take back; who may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from banksampah import clock
from banksampah.db import transaction
from banksampah.withdrawals.service import request_withdrawal
from tests.conftest import NOW
from tests.factories import MakeAct
from tests.withdrawals.conftest import Till, savings


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    monkeypatch.setattr("banksampah.withdrawals.views.now_utc", lambda: NOW)


def test_ask_and_pay_at_once(sign_in: Any, session: Session, till: Till) -> None:
    desk = sign_in("operator")
    card = f"/nasabah/{till.siti.id}/penarikan"
    assert "Semua, Rp1.000.000" in desk.get(card).text
    asked = desk.post(card, {"amount_idr": "150.000", "method": "cash"}, request_id="satu")
    twice = desk.post(card, {"amount_idr": "150.000", "method": "cash"}, request_id="satu")
    assert (asked.status_code, asked.location) == (303, twice.location)
    page = desk.get(asked.location)
    assert "Bayar Rp150.000" in page.text
    assert "Rp850.000" in page.text
    assert "Tolak dengan alasan" not in page.text
    refused = desk.post(f"{asked.location}/keputusan", {"decision": "refuse", "reason": "x"})
    assert refused.status_code == 422
    paid = desk.post(f"{asked.location}/keputusan", {"decision": "pay"})
    assert paid.location == asked.location
    assert "Cetak kwitansi" in desk.get(asked.location).text
    session.rollback()
    assert savings(session, till.siti) == (850_000, 0)
    again = desk.post(f"{asked.location}/keputusan", {"decision": "pay"})
    assert (again.status_code, "sudah dibayar" in again.text) == (422, True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Isi jumlah yang ditarik."),
        ({"amount_idr": "0"}, "1"),
        ({"amount_idr": "-5"}, ""),
        ({"amount_idr": "12,5"}, ""),
        ({"amount_idr": "sejuta"}, ""),
        ({"amount_idr": "1.000.001"}, "Saldo Rp1.000.000. Yang bisa ditarik Rp1.000.000."),
        ({"amount_idr": "9" * 30}, ""),
        ({"amount_idr": "1.000", "method": "gold"}, ""),
    ],
)
def test_bad_amounts_are_kept_and_explained(
    sign_in: Any, session: Session, till: Till, typed: dict[str, str], sentence: str
) -> None:
    answer = sign_in("operator").post(f"/nasabah/{till.siti.id}/penarikan", typed)
    assert answer.status_code == 422
    assert "Kesalahan:" in answer.text
    assert sentence in answer.text
    assert typed.get("amount_idr", "") in answer.text
    session.rollback()
    assert savings(session, till.siti) == (1_000_000, 0)


def test_nothing_to_take(sign_in: Any, till: Till) -> None:
    page = sign_in("operator").get(f"/nasabah/{till.joko.id}/penarikan").text
    assert "Saldo belum cukup." in page
    assert "Simpan penarikan" not in page


def test_two_people(sign_in: Any, session: Session, till: Till) -> None:
    maker, other = sign_in("treasurer"), sign_in("chair")
    made = maker.post(f"/nasabah/{till.siti.id}/penarikan", {"quick_idr": "600000"})
    assert "harus dua orang" in maker.get(made.location).text
    tried = maker.post(f"{made.location}/keputusan", {"decision": "pay"})
    assert (tried.status_code, "harus dua orang" in tried.text) == (422, True)
    assert "Siti Aminah" in other.get("/penarikan").text
    assert other.post(f"{made.location}/keputusan", {"decision": "pay"}).status_code == 303
    undo = f"{made.location}/pembatalan"
    assert "Uang yang kembali" in other.get(undo).text
    assert other.post(undo, {}).status_code == 422
    assert other.post(undo, {"reason": "Uang belum diserahkan"}).status_code == 303
    shown = other.get(made.location).text
    for words in ("Dibatalkan", "Uang belum diserahkan"):
        assert words in shown


def test_refusing_needs_a_reason(sign_in: Any, session: Session, till: Till) -> None:
    desk = sign_in("treasurer")
    made = desk.post(f"/nasabah/{till.siti.id}/penarikan", {"amount_idr": "5000"})
    path = f"{made.location}/keputusan"
    assert "Isi alasannya" in desk.post(path, {"decision": "refuse"}).text
    assert desk.post(path, {"decision": "refuse", "reason": "Bawa kartu"}).status_code == 303
    assert "Bawa kartu" in desk.get(made.location).text
    session.rollback()
    assert savings(session, till.siti) == (1_000_000, 0)


def test_what_waited_too_long(sign_in: Any, session: Session, till: Till, act: MakeAct) -> None:
    with transaction(1) as s:
        old = act(at=NOW - timedelta(days=20))
        request_withdrawal(s, old, member_id=till.siti.id, amount_idr=1_000)
    desk = sign_in("treasurer")
    assert "1 menunggu terlalu lama." in desk.get("/penarikan").text
    assert desk.post("/penarikan/kedaluwarsa").status_code == 303
    page = desk.get("/penarikan").text
    assert "Kedaluwarsa" in page
    assert "Tidak ada penarikan yang menunggu." in page


def test_the_same_by_api(api: Any, session: Session, till: Till) -> None:
    desk, chair = api("operator"), api("chair")
    asked = {"member_id": till.siti.id, "amount_idr": 600_000}
    made = desk.post("/withdrawals", asked, key="phone-0001")
    assert made.json == desk.post("/withdrawals", asked, key="phone-0001").json
    seq = made.json["seq"]
    tried = desk.post(f"/withdrawals/{seq}/payment")
    assert (tried.status_code, tried.json["code"]) == (422, "two_people")
    assert desk.post(f"/withdrawals/{seq}/refusal", {"reason": "x"}).status_code == 403
    paid = chair.post(f"/withdrawals/{seq}/payment", {"amount_idr": 500_000})
    assert (paid.status_code, paid.json["state"], paid.json["paid_idr"]) == (201, "paid", 500_000)
    assert chair.post(f"/withdrawals/{seq}/payment").status_code == 409
    back = chair.post(f"/withdrawals/{seq}/reversal", {"reason": "Salah orang"})
    assert back.json["state"] == "reversed"
    listed = chair.get("/withdrawals", state="reversed").json["items"]
    assert [item["seq"] for item in listed] == [seq]
    assert chair.post("/withdrawals/lapses").json == {"lapsed": []}
    assert chair.get("/withdrawals/4711").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"member_id": 4_711}, "member_id"),
        ({"member_id": "x"}, "member_id"),
        ({"amount_idr": 0}, "amount_idr"),
        ({"amount_idr": -1}, "amount_idr"),
        ({"amount_idr": 1.5}, "amount_idr"),
        ({"amount_idr": "12.500"}, "amount_idr"),
        ({"amount_idr": 10**16}, "amount_idr"),
        ({"amount_idr": 1_000_001}, "amount_idr"),
        ({"method": "gold"}, "method"),
        ({"seq": 1}, "seq"),
    ],
)
def test_refusals_name_the_field(
    api: Any, session: Session, till: Till, wrong: dict[str, Any], field: str
) -> None:
    asked = {"member_id": till.siti.id, "amount_idr": 1_000} | wrong
    answer = api("operator").post("/withdrawals", asked)
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    session.rollback()
    assert savings(session, till.siti) == (1_000_000, 0)
