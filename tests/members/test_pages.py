"""Pages of members, and the household's own door."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from banksampah import clock, ledger
from banksampah.db import db, transaction
from banksampah.members import gate, queries, service
from banksampah.members.models import Member
from banksampah.staff.journal import events
from tests.factories import MakeAct, make_member
from tests.people import Browser, _csrf_token

SignIn = Callable[..., Browser]


@pytest.fixture
def siti(session: Session, act: MakeAct) -> Member:
    with transaction(1):
        return make_member(session, act(), rt="03", house_no="14", people=["Budi"])


def give(session: Session, act: ledger.Act, member: Member, amount_idr: int) -> None:
    legs = [
        ledger.debit(ledger.chart.OPENING, amount_idr),
        ledger.credit(member.savings_account_id, amount_idr),
    ]
    ledger.post(session, act, "test.give", {}, legs)


def test_the_list_and_its_search(sign_in: SignIn, session: Session, act: MakeAct) -> None:
    browser = sign_in("operator")
    assert "Belum ada nasabah" in browser.get("/nasabah").text
    with transaction(1):
        for number in range(1, 61):
            make_member(session, act(), f"Nasabah {number}", number=f"{number:03}", rt="04")
        give(session, act(), queries.get_member(session, 1, 7), 12_500)
    page = browser.get("/nasabah").text
    assert "60 nasabah" in page and "Rp12.500" in page and "Nasabah 50" in page
    assert "Nasabah 51" not in page
    next_page = browser.get("/nasabah", setelah="050").text
    assert "Nasabah 60" in next_page and "Dari awal" in next_page
    found = browser.get("/nasabah", cari="nasabah 9", rt="4").text
    assert "1 nasabah" in found
    assert "Tidak ada nasabah yang cocok" in browser.get("/nasabah", cari="x\0y' OR 1=1").text


def test_a_new_member_by_form(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("operator")
    assert "0001" in browser.get("/nasabah/baru").text
    typed = {
        "name": "  Siti   Aminah ", "rt": "3", "rw": "", "house_no": "14", "phone": "0812-3456 789",
        "kind": "household", "people": "Budi\r\n\r\n Ani ", "delivery": "brought", "number": "",
    }  # fmt: skip
    sent = browser.post("/nasabah", typed, request_id="r1")
    assert (sent.status_code, sent.location) == (303, "/b/gerpesh-jitu/nasabah/1")
    assert browser.post("/nasabah", typed, request_id="r1").location == sent.location
    member = queries.get_member(session, 1, 1)
    assert (member.name, member.rt, member.rw, member.phone) == (
        "Siti Aminah", "03", "", "08123456789",
    )  # fmt: skip
    assert [person.name for person in queries.people_of(session, 1, 1)] == ["Budi", "Ani"]
    weigh = browser.post("/nasabah", typed | {"then": "weigh"})
    assert weigh.location == "/b/gerpesh-jitu/setoran/baru?nasabah=2"


WRONG_FIELDS = [
    ("name", "", "Isi bagian ini."),
    ("name", "S" * 81, "Antara 1 dan 80"),
    ("number", "0001", "Nomor 0001 sudah dipakai"),
    ("number", "<b>", "Nomor hanya angka dan huruf"),
    ("rt", "tiga", "Tulis angka saja"),
    ("phone", "telepon", "Tulis nomor HP"),
    ("kind", "warung", "Pilih salah satu"),
    ("people", "\n".join(["x"] * 21), "Paling banyak 20"),
    ("opened_on", "2999-01-01", "Tulis tanggal antara"),
    ("opened_on", "2099-01-01", "paling lambat hari ini"),
    ("opened_on", "kemarin", "Tulis tanggal seperti"),
]


def test_wrong_fields_keep_what_was_typed(
    sign_in: SignIn, session: Session, siti: Member, subtests: pytest.Subtests
) -> None:
    browser = sign_in("operator")
    for field, typed, sentence in WRONG_FIELDS:
        with subtests.test(field=field, typed=typed, sentence=sentence):
            answer = browser.post("/nasabah", {"name": "Tono <i>", "house_no": "99", field: typed})
            assert answer.status_code == 422
            assert sentence in answer.text
            assert 'value="99"' in answer.text and "<title>Kesalahan:" in answer.text
            assert "<i>" not in answer.text
            assert queries.count_members(session, 1) == 1


def test_the_card(sign_in: SignIn, session: Session, act: MakeAct, siti: Member) -> None:
    with transaction(1):
        for number in range(1, 31):
            give(session, act(), siti, number * 100)
    browser = sign_in("auditor")
    page = browser.get(f"/nasabah/{siti.id}")
    assert "RT 03, no. 14" in page.text and "Budi" in page.text
    assert "46.500" in page.text, "1 + … + 30 hundreds"
    older = re.search(r'href="\?sebelum=([^"]+)"', page.text)
    assert older is not None
    first = browser.get(f"/nasabah/{siti.id}", sebelum=older.group(1)).text
    assert "1.500" in first, "the sum of the five oldest closes their page"
    assert "Mutasi terbaru" in first


def test_changing_and_emptying(sign_in: SignIn, session: Session, siti: Member) -> None:
    browser = sign_in("operator")
    assert 'value="Siti Aminah"' in browser.get(f"/nasabah/{siti.id}/ubah").text
    changed = {"name": "Siti Rahayu", "kind": "household", "rt": "", "people": ""}
    assert browser.post(f"/nasabah/{siti.id}/ubah", changed).status_code == 303
    session.expire_all()
    member = queries.get_member(session, 1, siti.id)
    assert (member.name, member.rt, member.house_no) == ("Siti Rahayu", "", "")
    assert queries.people_of(session, 1, siti.id) == []


def test_closing_by_page(sign_in: SignIn, session: Session, act: MakeAct, siti: Member) -> None:
    with transaction(1):
        give(session, act(), siti, 5_000)
    browser = sign_in("treasurer")
    page = browser.get(f"/nasabah/{siti.id}/tutup").text
    assert "Saldo masih Rp5.000" in page
    assert browser.post(f"/nasabah/{siti.id}/tutup").status_code == 422
    with transaction(1):
        other = make_member(session, act(), "Siti A")
    merged = browser.post(
        f"/nasabah/{siti.id}/gabung", {"into_number": other.number, "reason": "Dibuka dua kali"}
    )
    assert merged.location == f"/b/gerpesh-jitu/nasabah/{other.id}"
    assert "Saldonya pindah ke Siti A" in browser.get(f"/nasabah/{siti.id}").text
    missing = browser.post(f"/nasabah/{other.id}/gabung", {"into_number": "77", "reason": "x"})
    assert missing.status_code == 422 and "Nomor 77 tidak ada" in missing.text
    with transaction(1):
        empty = make_member(session, act(), "Tono")
    assert browser.post(f"/nasabah/{empty.id}/tutup").status_code == 303
    assert "Ditutup" in browser.get(f"/nasabah/{empty.id}").text


def test_who_may(sign_in: SignIn, siti: Member) -> None:
    auditor, operator = sign_in("auditor"), sign_in("operator")
    assert auditor.get("/nasabah/baru").status_code == 403
    assert auditor.post("/nasabah", {"name": "x"}).status_code == 403
    assert operator.post(f"/nasabah/{siti.id}/tutup").status_code == 403
    assert operator.get("/nasabah/impor").status_code == 403
    assert operator.get("/nasabah/999").status_code == 404
    assert operator.post("/nasabah/999/ubah", {"name": "x"}).status_code == 404


BOOK = b"nomor;nama;saldo\n;Siti;12.500\n;Budi;\n"


def upload(content: bytes, name: str = "buku.csv") -> dict[str, Any]:
    return {"file": (io.BytesIO(content), name)}


def carried(page: str) -> str:
    """The rows that the check page carries to its save button."""
    found = re.search(r'<textarea name="rows"[^>]*>(.*?)</textarea>', page, re.S)
    assert found is not None
    return found.group(1)


def test_a_file_is_checked_then_stored(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("treasurer")
    checked = browser.post("/nasabah/impor", upload(BOOK))
    assert checked.status_code == 200
    assert "Simpan 2 nasabah" in checked.text and "Rp12.500" in checked.text
    assert queries.count_members(session, 1) == 0, "nothing stored until it was seen"
    stored = browser.post("/nasabah/impor", {"rows": carried(checked.text)})
    assert stored.status_code == 303
    assert queries.count_members(session, 1) == 2


def test_a_wrong_file_is_shown_cell_by_cell(sign_in: SignIn, session: Session) -> None:
    browser = sign_in("treasurer")
    wrong = browser.post("/nasabah/impor", upload(b"nomor;nama;saldo\n1;;-5\n1;<b>x</b>;\n"))
    assert wrong.status_code == 422
    for text in ("Nama kosong.", "Saldo tidak terbaca.", "Nomor ini sudah ada di baris 2."):
        assert text in wrong.text
    assert "<b>x</b>" not in wrong.text
    assert 'download="perlu-diperbaiki.csv"' in wrong.text
    for content in (b"", b"\xff\xfe\x00", b"PK\x03\x04x"):
        assert browser.post("/nasabah/impor", upload(content)).status_code == 422
    assert browser.post("/nasabah/impor").status_code == 422
    assert queries.count_members(session, 1) == 0


def test_a_pin_is_shown_once(sign_in: SignIn, session: Session, siti: Member) -> None:
    browser = sign_in("operator")
    assert "belum punya PIN" in browser.get(f"/nasabah/{siti.id}/pin").text
    made = browser.post(f"/nasabah/{siti.id}/pin", request_id="r1")
    pin = re.search(r"\b(\d{6})\b", re.sub(r"(?s)<head>.*?</head>", "", made.text))
    assert pin is not None
    session.expire_all()
    assert service.pin_is_right(session, 1, siti.number, pin.group(1)) is not None
    again = browser.post(f"/nasabah/{siti.id}/pin", request_id="r1")
    assert again.status_code == 422 and pin.group(1) not in again.text


@pytest.fixture
def household(app: Flask, session: Session, act: MakeAct, siti: Member) -> FlaskClient:
    """The browser of the household, which knows its PIN 493817."""
    with transaction(1):
        service.set_pin(session, act(), member_id=siti.id, pin="493817")
        give(session, act(), siti, 224_530)
    return app.test_client()


def enter(app: Flask, client: FlaskClient, number: str, pin: str) -> Any:
    token = _csrf_token(app, client)
    return client.post(
        "/b/gerpesh-jitu/saldo-saya/masuk",
        data={"csrf_token": token, "number": number, "pin": pin},
    )


def test_the_household_sees_its_balance(app: Flask, household: FlaskClient) -> None:
    closed = household.get("/b/gerpesh-jitu/saldo-saya")
    assert closed.location == "/b/gerpesh-jitu/saldo-saya/masuk"
    assert "Nomor nasabah" in household.get(closed.location).text
    opened = enter(app, household, "1", "493817")
    assert opened.location == "/b/gerpesh-jitu/saldo-saya"
    page = household.get(opened.location).text
    assert "224.530" in page and "Siti A." in page
    assert "Aminah" not in page and "nasabah/1" not in page
    out = household.post(
        "/b/gerpesh-jitu/saldo-saya/keluar", data={"csrf_token": _csrf_token(app, household)}
    )
    assert out.status_code == 303
    assert household.get("/b/gerpesh-jitu/saldo-saya").status_code == 303


def test_the_cookie_is_one_members_of_one_bank_for_half_an_hour(
    app: Flask, household: FlaskClient, session: Session, act: MakeAct, siti: Member
) -> None:
    answer = enter(app, household, "0001", "493817")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(gate.COOKIE))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=1800" in cookie
    assert household.get("/b/lain/saldo-saya").status_code == 404
    value = household.get_cookie(gate.COOKIE).value  # type: ignore[union-attr]
    household.set_cookie(gate.COOKIE, value[:-2] + "xx")
    assert household.get("/b/gerpesh-jitu/saldo-saya").status_code == 303
    household.set_cookie(gate.COOKIE, value)
    assert household.get("/b/gerpesh-jitu/saldo-saya").status_code == 200
    with transaction(1):
        service.set_pin(session, act(), member_id=siti.id, pin="650319")
    assert household.get("/b/gerpesh-jitu/saldo-saya").status_code == 303, "a new PIN ends it"


def test_a_households_session_ends_when_idle_and_after_half_an_hour(
    app: Flask, household: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = clock.now_utc()

    def look_after(minutes: int) -> int:
        monkeypatch.setattr(clock, "now_utc", lambda: at + timedelta(minutes=minutes))
        return household.get("/b/gerpesh-jitu/saldo-saya").status_code

    monkeypatch.setattr(clock, "now_utc", lambda: at)
    enter(app, household, "0001", "493817")
    assert [look_after(minutes) for minutes in (9, 18, 27, 31)] == [200, 200, 200, 303]
    enter(app, household, "0001", "493817")
    assert look_after(31 + 11) == 303, "left alone"


def test_a_copied_cookie_is_worth_nothing_after_leaving(app: Flask, household: FlaskClient) -> None:
    thief = app.test_client()
    enter(app, household, "0001", "493817")
    thief.set_cookie(gate.COOKIE, household.get_cookie(gate.COOKIE).value)  # type: ignore[union-attr]
    assert thief.get("/b/gerpesh-jitu/saldo-saya").status_code == 200
    token = _csrf_token(app, household)
    household.post("/b/gerpesh-jitu/saldo-saya/keluar", data={"csrf_token": token})
    assert thief.get("/b/gerpesh-jitu/saldo-saya").status_code == 303


def test_a_households_ways_in_and_out_are_told(
    app: Flask, household: FlaskClient, siti: Member
) -> None:
    for pin in ("000000", "493817"):
        enter(app, household, "0001", pin)
    token = _csrf_token(app, household)
    household.post("/b/gerpesh-jitu/saldo-saya/keluar", data={"csrf_token": token})
    for _knock in range(6):
        enter(app, household, "9999", "000000")
    with app.app_context():
        told = [(e.kind, e.facts.get("member_id")) for e in events(db.session, bank_id=1, limit=20)]
        db.session.rollback()
    assert told[::-1] == [
        ("member.sign_in.failed", None), ("member.sign_in", siti.id),
        ("member.sign_out", siti.id), *[("member.sign_in.failed", None)] * 5,
        ("member.sign_in.locked", None),
    ]  # fmt: skip


@pytest.mark.parametrize("pin", ["123456", "654321", "111111", "121212", "123123", "170845",
                                 "311299", "198503", "851990", "12345", "1234567", "12a456", ""])  # fmt: skip
def test_a_pin_that_is_tried_first_is_refused(pin: str) -> None:
    assert service.is_weak_pin(pin)


def test_made_pins_are_never_weak() -> None:
    made = {service.make_pin() for _pin in range(300)}
    assert len(made) > 290
    assert not any(map(service.is_weak_pin, made))


def test_wrong_pins_tell_nothing_and_are_counted(app: Flask, household: FlaskClient) -> None:
    wrong = enter(app, household, "0001", "000000")
    unknown = enter(app, household, "9999", "000000")
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "Nomor dan PIN tidak cocok" in wrong.text
    assert re.sub(r'value="[^"]*"', "", wrong.text) == re.sub(r'value="[^"]*"', "", unknown.text)
    for _attempt in range(4):
        assert enter(app, household, "1", "111111").status_code == 422
    shut = enter(app, household, "0001", "493817")
    assert shut.status_code == 429 and "menit lagi" in shut.text, "even the right one waits"
    assert enter(app, household, "0002", "493817").status_code == 422, "others do not"


def test_an_address_that_tries_many_numbers_waits_and_others_go_on(
    app: Flask, household: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PER_ADDRESS", 3)
    household.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    answers = [enter(app, household, f"{n:04}", "000000").status_code for n in range(5, 9)]
    assert answers == [422, 422, 422, 429]
    assert enter(app, household, "0001", "493817").status_code == 429, "the right one waits too"
    assert enter(app, app.test_client(), "0001", "493817").status_code == 303


def test_one_line_is_one_caller_and_its_flood_leaves_a_short_trace(
    app: Flask,
    household: FlaskClient,
    one_line: Iterator[FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "PER_ADDRESS", 3)
    answers = [enter(app, next(one_line), f"{n:04}", "000000").status_code for n in range(5, 25)]
    assert answers == [422] * 3 + [429] * 17
    with app.app_context():
        told = [(e.kind, e.facts["count"]) for e in events(db.session, bank_id=1, limit=50)]
        db.session.rollback()
    locks = [("member.sign_in.locked", 1), ("member.sign_in.locked", 10)]
    assert told[::-1] == [("member.sign_in.failed", n) for n in (1, 2, 3)] + locks
    assert enter(app, household, "0001", "493817").status_code == 303, "others go on"


@pytest.mark.parametrize(
    "sent", [{}, {"number": "", "pin": ""}, {"number": "1" * 99, "pin": "1"}, {"number": "\0"}]
)
def test_nonsense_at_the_door(app: Flask, household: FlaskClient, sent: dict[str, str]) -> None:
    token = _csrf_token(app, household)
    answer = household.post("/b/gerpesh-jitu/saldo-saya/masuk", data={"csrf_token": token, **sent})
    assert answer.status_code == 422
