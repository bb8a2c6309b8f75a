"""The weighing desk in a browser without script: choose, weigh, read back, save, undo."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import clock, ledger
from banksampah.catalog.service import set_share_rule
from banksampah.db import transaction
from banksampah.deposits import queries
from banksampah.deposits.models import Deposit
from banksampah.deposits.service import price_pending_lines
from banksampah.members.service import close_member
from tests.deposits.conftest import Day
from tests.deposits.test_reverse import take_goods
from tests.factories import MakeAct, make_deposit, set_price


@pytest.fixture(autouse=True)
def saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the tests stands still."""
    from tests.conftest import NOW  # noqa: PLC0415

    monkeypatch.setattr(clock, "now_utc", lambda: NOW)


def typed(day: Day, **weights: str) -> dict[str, str]:
    """The weighing form: a row for each material, most of them empty."""
    form = {"member_id": str(day.siti.id)}
    rows = ("kardus", "pet", "botol", "minyak", "ban")
    for n, name in enumerate(rows):
        form[f"lines-{n}-material_id"] = str(getattr(day, name).id)
        form[f"lines-{n}-quantity"] = weights.get(name, "")
    return form


def count(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Deposit)) or 0


def test_the_whole_way(sign_in: Any, session: Session, day: Day) -> None:
    desk = sign_in("operator")
    found = desk.get("/setoran/baru", nomor="1")
    assert (found.status_code, found.location) == (
        303, f"/b/gerpesh-jitu/setoran/baru?nasabah={day.siti.id}",
    )  # fmt: skip
    page = desk.get("/setoran/baru", nasabah=day.siti.id).text
    assert "Siti Aminah" in page
    assert "Rp1.800" in page
    assert "harga menyusul" in page
    asked = typed(day, kardus="2,35", pet="1.2", botol="3")
    read_back = desk.post("/setoran/periksa", asked, request_id="satu")
    assert read_back.status_code == 200
    assert "Simpan Rp9.630" in read_back.text
    assert count(session) == 0
    saved = desk.post("/setoran", asked, request_id="satu")
    twice = desk.post("/setoran", asked, request_id="satu")
    assert saved.status_code == twice.status_code == 303
    assert saved.location == twice.location
    assert count(session) == 1
    receipt = desk.client.get(saved.location).text
    for words in ("Bukti setoran", "Tersimpan.", "4.230", "Rp9.630", "Nasabah berikutnya"):
        assert words in receipt
    assert "Siti Aminah" in desk.get("/setoran").text
    assert "Siti Aminah" in desk.get("/setoran/baru").text  # among those weighed just now


def test_search_and_unknown_numbers(sign_in: Any, day: Day) -> None:
    desk = sign_in("operator")
    assert "Joko Susilo" in desk.get("/setoran/baru", cari="susi").text
    assert (
        "Nomor 451 tidak ada. Periksa kartu atau cari nama."
        in desk.get("/setoran/baru", nomor="451").text
    )
    for nobody in ("4711", "9" * 30, "-1", "x", ""):
        assert desk.get("/setoran/baru", nasabah=nobody).status_code == 404
    assert desk.get("/setoran", sebelum="9" * 30, hari="9999-99-99").status_code == 200


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({}, "Isi berat"),
        ({"kardus": "-2"}, "angka"),
        ({"kardus": "0"}, "1"),
        ({"kardus": "abc"}, "angka"),
        ({"kardus": "1,2345"}, "tiga"),
        ({"kardus": "2.350"}, "2,35"),
        ({"kardus": "99999999"}, ""),
        ({"botol": "1,5"}, "bulat"),
        ({"kardus": "61"}, "Biasanya di bawah 20 kg"),
    ],
)
def test_what_was_typed_is_kept_and_asked_about(
    sign_in: Any, session: Session, day: Day, weights: dict[str, str], sentence: str
) -> None:
    answer = sign_in("operator").post("/setoran/periksa", typed(day, pet="1,2", **weights)
                                      if weights else typed(day))  # fmt: skip
    assert answer.status_code == 422
    assert "Kesalahan:" in answer.text
    assert sentence in answer.text
    for text in weights.values():
        assert f'value="{text}"' in answer.text
    assert count(session) == 0


def test_an_unusual_weight_is_confirmed_by_ticking(
    sign_in: Any, session: Session, day: Day
) -> None:
    desk = sign_in("operator")
    form = typed(day, pet="1", kardus="61")
    asked = desk.post("/setoran/periksa", form)
    assert "Ya, 61 kg. Sudah ditimbang ulang." in asked.text
    sure = form | {"lines-0-confirmed_quantity": "61000"}
    read_back = desk.post("/setoran/periksa", sure)
    assert 'name="lines-0-confirmed_quantity" value="61000"' in read_back.text
    heavier = sure | {"lines-0-quantity": "610"}
    assert desk.post("/setoran", heavier).status_code == 422
    assert desk.post("/setoran", sure).status_code == 303


def test_going_back_to_change(sign_in: Any, day: Day) -> None:
    answer = sign_in("operator").post(
        "/setoran/periksa", typed(day, kardus="2,35") | {"ubah": "1"}, request_id="k-7"
    )
    assert answer.status_code == 200
    assert 'value="2,35"' in answer.text
    assert 'value="k-7"' in answer.text


def test_half_of_it_given(sign_in: Any, session: Session, day: Day) -> None:
    desk = sign_in("operator")
    form = typed(day, kardus="2") | {"kind": "half"}
    assert "Bagian nasabah 50%" in desk.post("/setoran/periksa", form).text
    saved = desk.post("/setoran", form)
    receipt = queries.get_deposit(session, 1, int(saved.location.rpartition("/")[2].split("?")[0]))
    assert (receipt.value_idr, receipt.credited_idr) == (3_600, 1_800)


def test_a_sedekah_bank_offers_nothing_else(
    sign_in: Any, session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(1) as s:
        set_share_rule(s, act(), valid_from=clock.now_utc().date(), share_ppm=0)
    desk = sign_in("operator")
    assert "Separuh sedekah" not in desk.get("/setoran/baru", nasabah=day.siti.id).text
    assert "Tabungan tidak bertambah." in desk.post("/setoran/periksa", typed(day, kardus="2")).text


def test_a_closed_household(sign_in: Any, session: Session, day: Day, act: MakeAct) -> None:
    with transaction(1) as s:
        close_member(s, act(), member_id=day.siti.id)
    answer = sign_in("operator").post("/setoran", typed(day, kardus="2"))
    assert answer.status_code == 422
    assert "Nasabah 0001 sudah ditutup" in answer.text
    assert count(session) == 0


def test_the_day_list(sign_in: Any, session: Session, day: Day, act: MakeAct) -> None:
    with transaction(1) as s:
        yesterday = act().today - timedelta(days=1)
        make_deposit(s, act(), day.joko, (day.pet, 1_000), weighed_on=yesterday)
        make_deposit(s, act(), day.siti, (day.kardus, 2_000), (day.botol, 2))
        make_deposit(s, act(), day.siti, (day.kardus, 500), kind="sedekah")
        undone = make_deposit(s, act(), day.joko, (day.ban, 9_000))
    desk = sign_in("treasurer")
    desk.post(f"/setoran/{undone.seq}/pembatalan", {"reason": "double", "note": "Dua kali"})
    page = desk.get("/setoran").text
    for words in ("3,7 kg", "Rp4.400", "Rp900", "Rp5.300", "Dibatalkan", "Dobel", "20 November"):
        assert words in page, words
    assert "Rp3.500" in desk.get("/setoran", hari=yesterday.isoformat()).text
    assert desk.get("/setoran", hari="kemarin").status_code == 200


def test_undoing(sign_in: Any, session: Session, day: Day, act: MakeAct) -> None:
    with transaction(1) as s:
        deposit = make_deposit(s, act(actor_id=77), day.siti, (day.kardus, 2_000))
    path = f"/setoran/{deposit.seq}/pembatalan"
    others = sign_in("operator").post(path, {"reason": "double"})
    assert (others.status_code, "Minta bendahara" in others.text) == (422, True)
    session.rollback()  # the person who signs in now is newer than what this session has read
    desk = sign_in("treasurer")
    assert "Salah orang" in desk.get(path).text
    assert desk.post(path, {}).status_code == 422
    undone = desk.post(path, {"reason": "wrong_member", "note": "Kartu tertukar"})
    assert undone.location == f"/b/gerpesh-jitu/setoran/{deposit.seq}"
    page = desk.get(undone.location).text
    assert "Salah orang – Kartu tertukar" in page
    assert "Setoran ini tidak menambah saldo lagi." in page
    assert desk.post(path, {"reason": "double"}).status_code == 422
    assert ledger.balance(session, 1, day.siti.savings_account_id).posted == 0


def test_correcting_what_is_sold(sign_in: Any, session: Session, day: Day, act: MakeAct) -> None:
    with transaction(1) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_000))
        take_goods(s, act(), day, 2_000, 3_600)
    desk = sign_in("treasurer")
    refused = desk.post(f"/setoran/{deposit.seq}/pembatalan", {"reason": "wrong_weight"})
    assert "sudah terjual" in refused.text
    assert f"/setoran/{deposit.seq}/koreksi" in refused.text
    path = f"/setoran/{deposit.seq}/koreksi"
    assert desk.get(path).status_code == 200
    assert desk.post(f"{path}/berat", {"line": "1", "quantity": "1,5"}).status_code == 422
    for kind, typed_in in (
        ("berat", {"line": "1", "quantity": "1,5"}),
        ("harga", {"line": "1", "price_idr": "2.000"}),
        ("nasabah", {"member_number": "2"}),
    ):
        answer = desk.post(f"{path}/{kind}", typed_in | {"note": "Catatan keliru"})
        assert answer.status_code == 303, answer.text
    assert desk.post(f"{path}/nasabah", {"member_number": "99", "note": "x"}).status_code == 422
    assert ledger.balance(session, 1, day.joko.savings_account_id).posted == 3_000
    page = desk.get(f"/setoran/{deposit.seq}").text
    for words in ("Berat dikoreksi", "Harga dikoreksi", "menjadi Joko Susilo (0002)"):
        assert words in page


def test_prices_that_come_later(sign_in: Any, session: Session, day: Day, act: MakeAct) -> None:
    desk = sign_in("treasurer")
    assert "Tidak ada setoran yang menunggu harga." in desk.get("/setoran/harga-menyusul").text
    saved = desk.post("/setoran", typed(day, ban="4"))
    assert "Ban bekas" in desk.get("/setoran/harga-menyusul").text
    assert "Harga menyusul" in desk.get("/setoran").text
    with transaction(1) as s:
        set_price(s, act(), day.ban, 700)
        assert price_pending_lines(s, act()) != []
    assert "Harga menyusul sudah diisi" in desk.client.get(saved.location).text
    assert desk.post("/setoran/harga-menyusul").status_code == 303


def test_an_auditor_reads_and_does_not_weigh(sign_in: Any, day: Day) -> None:
    auditor = sign_in("auditor")
    assert auditor.get("/setoran").status_code == 200
    assert auditor.get("/setoran/baru").status_code == 403
    assert auditor.post("/setoran", typed(day, kardus="1")).status_code == 403
    assert auditor.get("/setoran/999").status_code == 404
