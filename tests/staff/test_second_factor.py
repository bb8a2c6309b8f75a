"""The second factor: enrolled with the password, asked at every sign-in, taken once."""

import re
from datetime import timedelta

import pyotp
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.service import set_setting
from banksampah.cli import main
from banksampah.db import db, transaction
from banksampah.staff import second_factor
from banksampah.staff.journal import events
from tests.conftest import NOW
from tests.people import PASSWORD, Browser, Program, _csrf_token, make_person

SECRET = re.compile(r'class="secret">([A-Za-z0-9-]+)<')
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OFFER = re.compile(r'name="offer" value="([^"]+)"')


class Phone:
    """An authenticator app, and the browser of its owner."""

    def __init__(self, app: Flask, bank: Bank):
        self.app, self.login = app, "bu.wati"
        with app.app_context(), transaction(bank.bank_id) as session:
            self.user_id = make_person(session, bank, "treasurer", login=self.login).user_id
        self.client = app.test_client()
        self.key = ""
        self.recovery: list[str] = []

    def send(self, path: str, client=None, **form: str):
        client = client or self.client
        return client.post(path, data={"csrf_token": _csrf_token(self.app, client), **form})

    def password(self, client=None):
        return self.send("/masuk", client, login=self.login, password=PASSWORD)

    def code(self, after_s: int = 0) -> str:
        return pyotp.TOTP(self.key).at(clock.now_utc() + timedelta(seconds=after_s))

    def enrol(self) -> None:
        self.password()
        page = self.send("/akun/kode/mulai", password=PASSWORD).text
        self.key, offer = SECRET.search(page)[1], OFFER.search(page)[1]
        shown = self.send("/akun/kode/sahkan", offer=offer, code=self.code())
        self.recovery = SECRET.findall(shown.text)
        assert shown.status_code == 200, shown.text


@pytest.fixture
def minute(monkeypatch):
    """`minute(3)`: it is three minutes past nine."""

    def go(minutes: float) -> None:
        monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(minutes=minutes))

    go(0)
    return go


@pytest.fixture
def phone(app: Flask, bank: Bank, minute) -> Phone:
    """The treasurer's phone, enrolled at nine."""
    made = Phone(app, bank)
    made.enrol()
    minute(1)
    return made


def test_password_then_code(app, phone):
    browser = app.test_client()
    first = phone.password(browser)
    assert first.location.startswith("/masuk/kode")
    assert browser.get("/akun").status_code == 303, "the password alone opens nothing"
    assert "enam angka" in browser.get(first.location).text
    second = phone.send("/masuk/kode", browser, code=phone.code())
    assert second.location == "/"
    assert browser.get("/akun").status_code == 200


def test_a_code_is_taken_once(app, phone, minute):
    thief, owner = app.test_client(), app.test_client()
    code = phone.code()
    phone.password(owner)
    assert phone.send("/masuk/kode", owner, code=code).status_code == 303
    phone.password(thief)
    assert phone.send("/masuk/kode", thief, code=code).status_code == 422, "seen over a shoulder"
    assert phone.send("/masuk/kode", thief, code=phone.code(-30)).status_code == 422, "an older one"
    minute(2)
    assert phone.send("/masuk/kode", thief, code=phone.code()).status_code == 303


@ONE_ENGINE
@pytest.mark.parametrize(("seconds", "status"), [(-60, 422), (-30, 303), (30, 303), (60, 422)])
def test_a_phones_clock_may_be_half_a_minute_off(app, phone, seconds, status):
    browser = app.test_client()
    phone.password(browser)
    code = phone.code(seconds)
    assert phone.send("/masuk/kode", browser, code=code).status_code == status


@ONE_ENGINE
def test_five_wrong_codes_close_the_door(app, phone, minute):
    browser = app.test_client()
    phone.password(browser)
    for _ in range(5):
        assert phone.send("/masuk/kode", browser, code="000000").status_code == 422
    assert phone.send("/masuk/kode", browser, code=phone.code()).status_code == 429
    phone.password(other := app.test_client())
    assert phone.send("/masuk/kode", other, code=phone.code()).status_code == 429, "by person"
    minute(20)
    phone.password(browser)
    assert phone.send("/masuk/kode", browser, code=phone.code()).status_code == 303


@ONE_ENGINE
def test_the_second_step_needs_the_first_and_soon(app, phone, minute):
    stranger, late = app.test_client(), app.test_client()
    assert stranger.get("/masuk/kode").location.startswith("/masuk?")
    assert phone.send("/masuk/kode", stranger, code=phone.code()).location.startswith("/masuk?")
    phone.password(late)
    minute(7)
    assert phone.send("/masuk/kode", late, code=phone.code()).location.startswith("/masuk?")
    assert late.get("/akun").status_code == 303


def test_a_recovery_code_stands_in_once(app, phone, minute):
    assert len(phone.recovery) == second_factor.RECOVERY_CODES
    browser, again = app.test_client(), app.test_client()
    phone.password(browser)
    typed = phone.recovery[0].upper().replace("-", " ")
    assert phone.send("/masuk/kode", browser, code=typed).status_code == 303
    phone.password(again)
    assert phone.send("/masuk/kode", again, code=phone.recovery[0]).status_code == 422
    assert phone.send("/masuk/kode", again, code=phone.recovery[1]).status_code == 303


@ONE_ENGINE
def test_neither_key_nor_recovery_codes_can_be_read_in_the_database(app, phone):
    with app.app_context():
        rows = [
            str(row)
            for table in ("staff_totp", "staff_recovery", "entry")
            for row in db.session.execute(text(f"SELECT * FROM {table}"))
        ]
        db.session.rollback()
        kept = " ".join(rows)
        with pytest.raises(second_factor.WrongCode), transaction() as session:
            second_factor.take_code(
                session, phone.user_id, phone.code(), at=clock.now_utc(), secret_key="another"
            )
    assert phone.key not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in phone.recovery)


def test_a_sealed_key_of_somebody_else_opens_nothing():
    sealed = second_factor._seal("secret", "user 1", "KEY")
    assert second_factor._unseal("secret", "user 1", sealed) == "KEY"
    for purpose, key in (("user 2", "secret"), ("offer 1", "secret"), ("user 1", "other")):
        assert second_factor._unseal(key, purpose, sealed) is None
    assert second_factor._unseal("secret", "user 1", "rubbish") is None
    assert sealed != second_factor._seal("secret", "user 1", "KEY"), "a nonce of its own"


def test_changing_it_asks_for_the_password(app, phone):
    for path in ("cadangan", "lepas"):
        assert phone.send(f"/akun/kode/{path}", password="salah-sandi").status_code == 422
    renewed = SECRET.findall(phone.send("/akun/kode/cadangan", password=PASSWORD).text)
    assert len(renewed) == 8
    assert not set(renewed) & set(phone.recovery)
    browser = app.test_client()
    phone.password(browser)
    assert phone.send("/masuk/kode", browser, code=phone.recovery[0]).status_code == 422
    assert phone.send("/akun/kode/mulai", password=PASSWORD).status_code == 422, "one at a time"
    phone.send("/akun/kode/lepas", password=PASSWORD)
    assert phone.password(app.test_client()).location == "/"


@ONE_ENGINE
def test_enrolment_ends_other_browsers_and_every_change_is_told(app, bank, minute):
    phone = Phone(app, bank)
    other = app.test_client()
    phone.password(other)
    phone.enrol()
    assert other.get("/akun").status_code == 303
    phone.send("/akun/kode/cadangan", password=PASSWORD)
    phone.send("/akun/kode/lepas", password=PASSWORD)
    with app.app_context():
        told = [event.kind for event in events(db.session, limit=20) if "code" in event.kind]
        db.session.rollback()
    assert told == ["code.removed", "code.recovery_renewed", "code.added"]


@ONE_ENGINE
def test_a_key_offered_is_confirmed_by_its_owner_and_soon(app, bank, minute):
    phone = Phone(app, bank)
    phone.password()
    assert phone.send("/akun/kode/mulai", password="salah-sandi").status_code == 422
    page = phone.send("/akun/kode/mulai", password=PASSWORD).text
    phone.key, offer = SECRET.search(page)[1], OFFER.search(page)[1]
    assert phone.key not in phone.client.get("/akun/kode").text, "shown once"
    assert phone.send("/akun/kode/sahkan", offer=offer, code="123456").status_code == 422
    stranger = Browser(app, bank, "chair")
    taken = stranger.post("//akun/kode/sahkan", {"offer": offer, "code": phone.code()})
    assert taken.status_code == 422
    minute(11)
    late = phone.send("/akun/kode/sahkan", offer=offer, code=phone.code())
    assert late.status_code == 422
    assert phone.password(app.test_client()).location == "/", "not in force"


@ONE_ENGINE
def test_a_bank_may_demand_it_of_those_who_keep_its_books(app, bank, act, minute):
    with app.app_context(), transaction(bank.bank_id) as session:
        set_setting(session, act(), "code_required", True)
    assert Browser(app, bank, "treasurer").get("/petugas").location == "/akun/kode"
    assert Browser(app, bank, "chair", "operator").get("/petugas").location == "/akun/kode"
    assert Browser(app, bank, "operator").get("/petugas").status_code == 200
    assert Program(app, bank, "operator").get("/members").status_code == 200
    refused = Program(app, bank, "treasurer").get("/members")
    assert (refused.status_code, refused.json["code"]) == (403, "code_missing")
    phone = Phone(app, bank)
    phone.enrol()
    assert phone.client.get("/b/gerpesh-jitu/petugas").status_code == 200


@ONE_ENGINE
def test_a_new_password_does_not_get_past_it(app, phone, database_url):
    made = CliRunner().invoke(main, ["user", "password", phone.login, "--database", database_url])
    password = re.search(r"shown once: (\S+)", made.output)[1]
    browser = app.test_client()
    answer = phone.send("/masuk", browser, login=phone.login, password=password)
    assert answer.location.startswith("/masuk/kode")


@ONE_ENGINE
def test_who_lost_everything_asks_the_keeper_of_the_machine(app, phone, database_url):
    words = ["user", "remove-code", phone.login, "--database", database_url]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert CliRunner().invoke(main, words).exit_code == 1
    assert phone.password(app.test_client()).location == "/"
