"""Sessions under attack: planted, copied, kept after the door was closed."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from banksampah import clock, create_app
from banksampah.banks.models import Bank
from banksampah.cli import main
from banksampah.config import Settings
from banksampah.db import db, transaction
from banksampah.staff import gate, service
from banksampah.staff.auth import COOKIE
from banksampah.staff.queries import sessions_of
from tests.conftest import NOW
from tests.people import PASSWORD, Browser, _csrf_token, find_login, make_person

HOME = "/b/gerpesh-jitu/petugas"


ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def tini(app: Flask, bank: Bank) -> str:
    """The login of an operator."""
    with app.app_context(), transaction(bank.bank_id) as session:
        return make_person(session, bank, "operator", login="bu.tini").login


def enter(app: Flask, client, login: str, password: str = PASSWORD, **headers: str):
    form = {"csrf_token": _csrf_token(app, client), "login": login, "password": password}
    return client.post("/masuk", data=form, headers=headers)


def thief(app: Flask, key: str):
    """A browser that holds a copied cookie."""
    client = app.test_client()
    client.set_cookie(COOKIE, key)
    return client


@ONE_ENGINE
def test_a_planted_session_is_not_the_one_signed_in_with(app, client, tini):
    """Session fixation: whatever the browser held before, it gets a secret of its own."""
    planted = Browser(app, None).key
    for value in (planted, "aaaa", ""):
        client.set_cookie(COOKIE, value)
        enter(app, client, tini)
        assert client.get_cookie(COOKIE).value != value
    assert thief(app, planted).get("/akun").status_code == 303, "the former session ended"


def test_a_change_of_right_brings_a_new_secret_and_the_old_one_ends(app, bank, act, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    browser = Browser(app, bank, "operator")
    with app.app_context(), transaction(bank.bank_id) as session:
        service.grant_role(session, act(), browser.user.user_id, "treasurer")
    assert browser.get("/petugas").status_code == 200
    renewed = browser.client.get_cookie(COOKIE).value
    assert renewed != browser.key
    assert browser.get("/petugas").status_code == 200
    assert browser.client.get_cookie(COOKIE).value == renewed, "once"
    assert thief(app, browser.key).get(HOME).status_code == 200, "what was asked meanwhile is heard"
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(minutes=2))
    assert thief(app, browser.key).get(HOME).status_code == 303
    assert browser.get("/petugas").status_code == 200
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(days=7, seconds=1))
    assert browser.get("/petugas").status_code == 303, "renewing does not prolong"


@pytest.mark.parametrize("verb", ["password", "disable", "sign-out"])
def test_the_keeper_of_the_machine_ends_every_session(app, bank, database_url, verb):
    browser = Browser(app, bank, "operator")
    done = CliRunner().invoke(main, ["user", verb, browser.user.login, "--database", database_url])
    assert done.exit_code == 0, done.output
    assert browser.get("/petugas").status_code == 303


@ONE_ENGINE
def test_everybody_is_signed_out_at_once(app, bank, database_url):
    browsers = [Browser(app, bank, role) for role in ("operator", "chair")]
    run = CliRunner().invoke
    assert run(main, ["user", "sign-out", "--database", database_url]).exit_code == 2
    done = run(main, ["user", "sign-out", "--everybody", "--database", database_url])
    assert done.output == "2 browsers signed out.\n"
    assert [browser.get("/petugas").status_code for browser in browsers] == [303, 303]


@ONE_ENGINE
def test_a_disabled_person_has_no_key_either(app, bank, database_url, api):
    program = api("operator")
    run = CliRunner().invoke
    run(main, ["user", "disable", program.user.login, "--database", database_url])
    assert program.get("/staff").status_code == 401
    run(main, ["user", "enable", program.user.login, "--database", database_url])
    assert program.get("/staff").status_code == 401, "what had ended stays ended"


@ONE_ENGINE
def test_a_new_password_leaves_nothing_of_the_old_one(app, bank, client, database_url, tini):
    """Whoever found it may have made a key with it, which would outlive every browser."""

    def key() -> dict[str, str]:
        with app.app_context(), transaction() as session:
            user_id = find_login(session, "bu.tini").user_id
            _token, secret = service.issue_token(session, user_id=user_id, name="x", at=NOW)
        return {"Authorization": f"Bearer {secret}"}

    by_own_change = key()
    assert client.get("/api/v1/me", headers=by_own_change).status_code == 200
    enter(app, client, "bu.tini")
    form = {"old_password": PASSWORD, "password": "enam-ember-seng"}
    client.post("/akun/kata-sandi", data=form | {"csrf_token": _csrf_token(app, client)})
    assert client.get("/api/v1/me", headers=by_own_change).status_code == 401
    by_the_keeper = key()
    CliRunner().invoke(main, ["user", "password", "bu.tini", "--database", database_url])
    assert client.get("/api/v1/me", headers=by_the_keeper).status_code == 401


def test_i_see_my_browsers_and_end_them_with_my_password(app, bank, tini):
    here, there, third = (app.test_client() for _ in range(3))
    for client, agent in ((here, "X Firefox/1 Linux"), (there, "Android Chrome/9"), (third, "?")):
        enter(app, client, tini, **{"User-Agent": agent})
    page = here.get("/akun").text
    assert "Chrome, Android" in page
    assert "Perangkat ini" in page

    def end(which: str, password: str):
        form = {"which": which, "session_password": password, "csrf_token": _csrf_token(app, here)}
        return here.post("/akun/perangkat", data=form).status_code

    assert end("lain", "salah-sandi") == 422
    assert there.get("/akun").status_code == 200
    with app.app_context():
        user = find_login(db.session, tini)
        [handle] = [s.handle for s in sessions_of(db.session, user.user_id) if "Chrome" in s.device]
        db.session.rollback()
    assert end(handle, PASSWORD) == 303
    assert (there.get("/akun").status_code, third.get("/akun").status_code) == (303, 200)
    assert end("lain", PASSWORD) == 303
    assert (third.get("/akun").status_code, here.get("/akun").status_code) == (303, 200)


@ONE_ENGINE
def test_nobody_ends_the_session_of_somebody_else(app, bank, tini):
    other, client = Browser(app, bank, "operator"), app.test_client()
    enter(app, client, tini)
    with app.app_context():
        [theirs] = sessions_of(db.session, other.user.user_id)
        handle = theirs.handle
        db.session.rollback()
    form = {"which": handle, "session_password": PASSWORD, "csrf_token": _csrf_token(app, client)}
    assert client.post("/akun/perangkat", data=form).status_code == 303
    assert other.get("/petugas").status_code == 200


@ONE_ENGINE
def test_ten_browsers_at_most(app, bank, tini):
    clients = [app.test_client() for _ in range(11)]
    for client in clients:
        enter(app, client, tini)
    assert clients[0].get("/akun").status_code == 303
    assert all(client.get("/akun").status_code == 200 for client in clients[1:])


@ONE_ENGINE
def test_a_stranger_who_fails_does_not_shut_the_owner_out(app, tini):
    known, stranger = app.test_client(), app.test_client()
    enter(app, known, tini)
    for _ in range(12):
        enter(app, stranger, tini, "salah-sandi")
    assert enter(app, stranger, tini).status_code == 429
    assert enter(app, known, tini).status_code == 303, "this browser has been in before"
    for _ in range(12):
        enter(app, known, tini, "salah-sandi")
    assert enter(app, known, tini).status_code == 429, "and is counted by itself"


@ONE_ENGINE
def test_a_known_browser_is_known_for_its_own_name_only(app, bank, tini):
    with app.app_context(), transaction(bank.bank_id) as session:
        make_person(session, bank, "chair", login="pak.slamet")
    client = app.test_client()
    enter(app, client, tini)
    for _ in range(11):
        enter(app, client, "pak.slamet", "salah-sandi")
    assert enter(app, app.test_client(), "pak.slamet").status_code == 429


@ONE_ENGINE
def test_a_made_password_opens_one_page_and_only_for_a_while(app, client, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    page = sign_in("chair").post("/petugas", {"login": "bu.ani", "name": "Ani", "role": "operator"})
    made = page.text.split('class="secret">')[1].split("<")[0]
    assert enter(app, client, "bu.ani", made).status_code == 303
    assert client.get(HOME).location == "/akun"
    assert client.get("/").location == "/akun"
    assert "Ganti dulu kata sandi sementara" in client.get("/akun").text
    form = {"old_password": made, "password": made, "csrf_token": _csrf_token(app, client)}
    assert client.post("/akun/kata-sandi", data=form).status_code == 422, "not the same again"
    client.post("/akun/kata-sandi", data=form | {"password": "enam-ember-seng"})
    assert enter(app, client, "bu.ani", "enam-ember-seng").status_code == 303
    assert client.get(HOME).status_code == 200


@ONE_ENGINE
def test_a_made_password_that_waits_too_long_is_worth_nothing(app, client, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    page = sign_in("chair").post("/petugas", {"login": "bu.ani", "name": "Ani", "role": "operator"})
    made = page.text.split('class="secret">')[1].split("<")[0]
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(days=14))
    assert enter(app, client, "bu.ani", made).status_code == 422


@ONE_ENGINE
def test_argon2_is_asked_once_whoever_knocks(app, client, bank, tini, monkeypatch):
    """No name is told from another by time: known, unknown, closed and handed over cost the same."""
    asked = []
    real = gate.is_password
    monkeypatch.setattr(gate, "is_password", lambda *a: asked.append(a) or real(*a))
    with app.app_context(), transaction() as session:
        for login in ("closed", "waited"):
            make_person(session, None, login=login)
        find_login(session, "closed").disabled_at = NOW
        find_login(session, "waited").made_until = NOW
    answers = [
        enter(app, app.test_client(), login, "salah-sandi")
        for login in (tini, "nobody", "closed", "waited")
    ]
    assert len(asked) == 4
    assert {answer.status_code for answer in answers} == {422}
    assert {answer.text.count("tidak cocok") for answer in answers} == {1}
    assert (
        enter(app, client, "closed").status_code == enter(app, client, "waited").status_code == 422
    )


def test_with_https_a_cookie_is_this_hosts_alone(tmp_path):
    """`__Host-`: the browser takes it over HTTPS, from this host, for the whole of it, and nowhere else."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'none.db'}", secret_key="k" * 32, secure_cookies=True
    )
    app = create_app(settings)
    with app.test_request_context("/", base_url="https://bank.example"):
        answer = gate.remember(app.make_response(""), "secret", "bu.tini")
        cookies = answer.headers.getlist("Set-Cookie")
    form = app.test_client().get("/masuk", base_url="https://bank.example")
    cookies += form.headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == [
        "__Host-masuk", "__Host-kenal", "__Host-formulir",
    ]  # fmt: skip
    for cookie in cookies:
        parts = set(cookie.split("; ")[1:])
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert not any(part.startswith("Domain") for part in parts)


@ONE_ENGINE
def test_signing_out_clears_what_the_browser_shows_on_back(app, bank):
    answer = Browser(app, bank, "operator").post("//keluar")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
