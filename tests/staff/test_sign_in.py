"""Signing in: who gets in, who does not, and what neither of them learns."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.staff import gate
from banksampah.staff.auth import COOKIE
from banksampah.staff.secrets import key_hash
from tests.conftest import NOW
from tests.people import PASSWORD, Browser, _csrf_token, make_person


@pytest.fixture
def tini(app: Flask, bank: Bank) -> str:
    """The login of an operator."""
    with app.app_context(), transaction(bank.bank_id) as session:
        return make_person(session, bank, "operator", login="bu.tini").login


def send(app: Flask, client: FlaskClient, login: str, password: str, **more: str):
    token = _csrf_token(app, client)
    return client.post(
        "/masuk", data={"csrf_token": token, "login": login, "password": password, **more}
    )


def test_a_person_signs_in_and_goes_where_they_were_going(app, client, bank, tini):
    asked = client.get("/b/gerpesh-jitu/petugas")
    assert asked.status_code == 303
    assert asked.location == "/masuk?next=/b/gerpesh-jitu/petugas"
    answer = send(app, client, " Bu.Tini ", PASSWORD, next="/b/gerpesh-jitu/petugas")
    assert (answer.status_code, answer.location) == (303, "/b/gerpesh-jitu/petugas")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/b/gerpesh-jitu/petugas").status_code == 200


def test_the_one_bank_one_serves_opens_by_itself(app, client, bank, tini):
    send(app, client, tini, PASSWORD)
    assert client.get("/").location == "/b/gerpesh-jitu/"


def test_the_secret_is_not_in_the_database(app, client, bank, tini):
    send(app, client, tini, PASSWORD)
    key = client.get_cookie(COOKIE).value
    with app.app_context(), transaction() as session:
        stored = session.execute(text("SELECT token_hash FROM staff_session")).scalars().all()
    assert stored == [key_hash(key)]


def test_unknown_name_and_wrong_password_get_the_same_answer(app, client, bank, tini):
    answers = [
        send(app, client, login, password)
        for login, password in [(tini, "salah-sandi"), ("siapa", "salah-sandi")]
    ]
    assert [a.status_code for a in answers] == [422, 422]
    pages = [a.text.replace("bu.tini", "-").replace("siapa", "-") for a in answers]
    assert pages[0].count("tidak cocok") == 1
    assert _without_tokens(pages[0]) == _without_tokens(pages[1])
    assert "salah-sandi" not in pages[0]


def test_unknown_names_cost_the_same_work(app, client, bank, tini, monkeypatch):
    looked_at = []
    real = gate.is_password
    monkeypatch.setattr(gate, "is_password", lambda *a: looked_at.append(a[0] is None) or real(*a))
    send(app, client, tini, "salah-sandi")
    send(app, client, "siapa", "salah-sandi")
    assert looked_at == [False, True]


def test_ten_wrong_guesses_close_the_door_for_a_while(app, client, bank, tini, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    for _ in range(10):
        assert send(app, client, tini, "salah-sandi").status_code == 422
    refused = send(app, client, tini, PASSWORD)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(15 * 60)
    assert "Coba lagi 15 menit lagi." in refused.text
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(minutes=16))
    assert send(app, client, tini, PASSWORD).status_code == 303


def test_the_count_holds_over_browsers_and_is_per_name(app, client, bank, tini):
    for _ in range(11):
        send(app, app.test_client(), tini, "salah-sandi")
    assert send(app, app.test_client(), tini, PASSWORD).status_code == 429
    assert send(app, client, "orang.lain", PASSWORD).status_code == 422


def test_an_address_that_tries_many_names_waits_and_others_go_on(app, bank, tini, monkeypatch):
    monkeypatch.setattr(gate, "PER_ADDRESS", 3)
    stranger, neighbour = app.test_client(), app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    answers = [send(app, stranger, f"orang{n}", "salah-sandi").status_code for n in range(4)]
    assert answers == [422, 422, 422, 429]
    assert send(app, stranger, tini, PASSWORD).status_code == 429, "the right one waits too"
    assert send(app, neighbour, tini, PASSWORD).status_code == 303


def test_one_line_is_one_caller_however_many_addresses_it_has(
    app, bank, tini, monkeypatch, one_line
):
    monkeypatch.setattr(gate, "PER_ADDRESS", 3)
    answers = [send(app, next(one_line), f"orang{n}", "salah-sandi").status_code for n in range(4)]
    assert answers == [422, 422, 422, 429]
    neighbour = app.test_client()
    neighbour.environ_base["REMOTE_ADDR"] = "2001:db8:1:3::1"
    assert send(app, neighbour, tini, PASSWORD).status_code == 303


def test_getting_in_starts_the_count_anew(app, client, bank, tini):
    for _ in range(3):
        for _ in range(6):
            send(app, client, tini, "salah-sandi")
        assert send(app, client, tini, PASSWORD).status_code == 303


def test_names_typed_are_kept_only_as_hashes(app, client, bank):
    send(app, client, "sandi-rahasia-saya", "x" * 9)
    with app.app_context(), transaction() as session:
        kept = session.execute(text("SELECT key_hash FROM sign_in_attempt")).scalars().all()
    assert all(len(key) == 64 and "rahasia" not in key for key in kept)


def test_signing_out_ends_the_session_in_the_database(app, bank):
    browser = Browser(app, bank, "operator")
    assert browser.get("/petugas").status_code == 200
    assert browser.post("//keluar").status_code == 303
    thief = app.test_client()
    thief.set_cookie(COOKIE, browser.key)
    assert thief.get("/b/gerpesh-jitu/petugas").status_code == 303


def test_signing_in_again_ends_the_former_session(app, client, bank, tini):
    send(app, client, tini, PASSWORD)
    former = client.get_cookie(COOKIE).value
    send(app, client, tini, PASSWORD)
    assert client.get_cookie(COOKIE).value != former
    thief = app.test_client()
    thief.set_cookie(COOKIE, former)
    assert thief.get("/akun").status_code == 303


def test_a_session_left_alone_ends_after_twelve_hours(app, bank, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    browser = Browser(app, bank, "operator")
    for hours in (11, 22, 33):  # in use: it goes on
        monkeypatch.setattr(clock, "now_utc", lambda h=hours: NOW + timedelta(hours=h))
        assert browser.get("/petugas").status_code == 200
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(hours=46))
    assert browser.get("/petugas").status_code == 303


def test_no_session_lives_longer_than_seven_days(app, bank, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    browser = Browser(app, bank, "operator")
    for hours in range(8, 7 * 24, 8):
        monkeypatch.setattr(clock, "now_utc", lambda h=hours: NOW + timedelta(hours=h))
        assert browser.get("/petugas").status_code == 200
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(days=7, seconds=1))
    assert browser.get("/petugas").status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    ["https://jahat.example/", "//jahat.example/", "/\\jahat.example", "javascript:alert(1)",
     "/a\nb", "jahat.example", "\\\\jahat.example"],
)  # fmt: skip
def test_sign_in_sends_nobody_elsewhere(app, client, bank, tini, elsewhere):
    assert send(app, client, tini, PASSWORD, next=elsewhere).location == "/"


def test_a_person_whose_door_is_closed_does_not_get_in(app, client, session: Session, bank, tini):
    with transaction() as writing:
        writing.execute(text('UPDATE "user" SET disabled_at = 1'))
    assert send(app, client, tini, PASSWORD).status_code == 422


def test_the_form_needs_its_guard(app, client, bank, tini):
    answer = client.post("/masuk", data={"login": tini, "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get_cookie(COOKIE) is None


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrf_token" not in line)
