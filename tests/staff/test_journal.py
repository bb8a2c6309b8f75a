"""The installation's own journal: every knock at a door leaves a sealed trace, a flood a short one."""

import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import create_engine, text

from banksampah import clock, ledger
from banksampah.banks.models import Bank
from banksampah.banks.service import open_bank
from banksampah.cli import main
from banksampah.db import db, normal_url, transaction
from banksampah.errors import DomainError
from banksampah.staff import journal
from banksampah.staff.journal import FLOWS, INSTALLATION
from tests.conftest import NOW
from tests.factories import give_savings, make_deposit, make_member, priced_material
from tests.people import PASSWORD, Browser, Program, _csrf_token, make_person
from tests.test_access import ask, declared, routes

SECRET_TEXT = "kata-yang-diketik-keliru"


def told(app: Flask, limit: int = 500) -> list[journal.Event]:
    """Everything in the journal, oldest first."""
    with app.app_context():
        found = journal.events(db.session, limit=limit)
        db.session.rollback()
    return found[::-1]


def kinds(app: Flask) -> list[str]:
    return [event.kind for event in told(app)]


@pytest.fixture
def tini(app: Flask, bank: Bank) -> int:
    """The number of an operator who signs in as bu.tini."""
    with app.app_context(), transaction(bank.bank_id) as session:
        return make_person(session, bank, "operator", login="bu.tini").user_id


def send(app: Flask, client, path: str, **form: str):
    return client.post(path, data={"csrf_token": _csrf_token(app, client), **form})


def test_every_way_in_and_out_is_told(app, client, tini):
    send(app, client, "/masuk", login="bu.tini", password=SECRET_TEXT)
    send(app, client, "/masuk", login=SECRET_TEXT, password="x")
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    send(app, client, "/akun/kunci", token_name="laporan", token_password=PASSWORD)
    send(app, client, "/akun/kunci/1/pencabutan")
    send(app, client, "/akun/kata-sandi", old_password=PASSWORD, password="lima-ember-kayu")
    send(app, client, "/masuk", login="bu.tini", password="lima-ember-kayu")
    send(app, client, "/keluar")
    assert [(event.kind, event.user_id) for event in told(app)] == [
        ("sign_in.failed", tini), ("sign_in.failed", None), ("sign_in", tini),
        ("token.issued", tini), ("token.withdrawn", tini), ("password.changed", tini),
        ("sign_in", tini), ("sign_out", tini),
    ]  # fmt: skip


def test_a_name_changed_is_told_without_the_name(app, client, tini):
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    send(app, client, "/akun/nama", name="Bu Ketua")
    found = told(app)[-1]
    assert (found.kind, found.user_id, set(found.facts)) == ("name.changed", tini, {"origin"})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_kelurahan_given_and_taken_is_told(app, bank, tini, database_url):
    def say(*words: str) -> None:
        done = CliRunner().invoke(main, [*words, "--database", database_url])
        assert done.exit_code == 0, done.output

    with app.app_context(), transaction(bank.bank_id) as session:
        session.get_one(Bank, bank.bank_id).kelurahan = "Jatiluhur"
    for _ in range(2):  # a second time changes nothing, and is nothing to tell
        say("report", "reader", "bu.tini", "jatiluhur")
    for _ in range(2):
        say("report", "reader", "bu.tini", "jatiluhur", "--remove")
    where = {"city": bank.city, "kecamatan": bank.kecamatan, "kelurahan": "Jatiluhur"}
    assert [(event.kind, event.user_id, event.facts) for event in told(app)] == [
        ("region.given", tini, where), ("region.taken", tini, where),
    ]  # fmt: skip


def test_nothing_typed_and_no_address_enters_it(app, tini):
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    send(app, client, "/masuk", login=SECRET_TEXT, password=SECRET_TEXT)
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    with app.app_context():
        entries = ledger.entries(_journal_session(), INSTALLATION)
        sealed = " ".join(f"{entry.kind} {entry.idem_key} {entry.body}" for entry in entries)
        db.session.rollback()
    for word in (SECRET_TEXT, "203.0.113.77", "bu.tini", "Bu Tini", PASSWORD):
        assert word not in sealed
    origins = {event.facts["origin"] for event in told(app)}
    assert len(origins) == 1
    assert re.fullmatch(r"[0-9a-f]{16}", origins.pop())


def test_one_line_has_one_mark_and_another_line_another(app, one_line):
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "2001:db8:1:3::1"
    for client in (next(one_line), next(one_line), elsewhere):
        send(app, client, "/masuk", login="siapa", password="salah-sandi")
    marks = [event.facts["origin"] for event in told(app)]
    assert marks[0] == marks[1] != marks[2]


def _journal_session():
    journal.use_bank(db.session, INSTALLATION)
    return db.session


def test_a_locked_door_is_told_once_and_then_by_its_count(app, client, tini, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    for _ in range(40):
        send(app, client, "/masuk", login="bu.tini", password="salah-sandi")
    found = told(app)
    assert [event.kind for event in found].count("sign_in.failed") == 10
    locks = [event.facts for event in found if event.kind == "sign_in.locked"]
    assert [lock["count"] for lock in locks] == [1, 10]
    assert {lock["scope"] for lock in locks} == {"login"}


def test_a_full_flow_tells_no_known_name_from_an_unknown_one(app, bank, tini, monkeypatch):
    """What is written takes time: each name must leave as much, whoever knocked before."""
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    monkeypatch.setitem(FLOWS, "sign_in.failed", journal.Flow(4, 3600))
    stranger, elsewhere = app.test_client(), app.test_client()
    stranger.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    left = []
    for n, login in enumerate(["siapa", "bu.tini", "orang", "bu.tini", "bu.tini", "lain"]):
        send(app, stranger, "/masuk", login=login, password=f"salah-sandi-{n}")
        left.append(len(told(app)))
    assert left == [1, 2, 3, 4, 4, 4]
    assert [event.user_id for event in told(app)] == [None, tini, None, tini]
    for n, login in enumerate(["siapa", "bu.tini"]):
        send(app, elsewhere, "/masuk", login=login, password=f"salah-sandi-{n}")
        assert len(told(app)) == 5 + n, "another caller is told, of either name"


def test_a_flood_of_refusals_leaves_a_few_entries(app, bank, monkeypatch):
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    monkeypatch.setitem(FLOWS, "access.refused", journal.Flow(3, 3600))
    program = Program(app, bank, "auditor")
    for _ in range(40):
        assert program.post("/deposits", {}).status_code == 403
    counts = [e.facts["count"] for e in told(app) if e.kind == "access.refused"]
    assert counts == [1, 2, 3, 30]
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(hours=2))
    program.post("/deposits", {})
    assert told(app)[-1].facts["count"] == 1


def test_an_unknown_key_is_told(app, bank):
    client = app.test_client()
    headers = {"Authorization": "Bearer nobody-has-this"}
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    assert client.get("/api/v1/me").status_code == 401
    assert kinds(app) == ["access.key_unknown"]


def test_unknown_keys_from_one_line_are_one_flood(app, bank, one_line, monkeypatch):
    monkeypatch.setitem(FLOWS, "access.key_unknown", journal.Flow(2, 3600))
    for n in range(9):
        headers = {"Authorization": f"Bearer nobody-has-this-{n}"}
        assert next(one_line).get("/api/v1/me", headers=headers).status_code == 401
    assert kinds(app) == ["access.key_unknown"] * 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_route_tells_when_somebody_without_the_right_asks(app, bank, monkeypatch):
    """Another bank's staff (404) and the wrong role (403), at each route that has a guard."""
    monkeypatch.setitem(FLOWS, "access.refused", journal.Flow(10_000, 3600))
    with app.app_context(), transaction() as session:
        other = open_bank(session, at=NOW, slug="lain", name="Bank Lain")
    strangers = {True: Program(app, other, "chair"), False: Browser(app, other, "chair")}
    weakest = {True: Program(app, bank, "operator"), False: Browser(app, bank, "operator")}
    expected = []
    for route in routes(app):
        if not route.rule.startswith(("/b/", "/api/v1/banks/")):
            continue
        for people in (strangers, weakest):
            status = ask(app, people[route.is_api], route, bank).status_code
            who = declared().get(route.name, frozenset())
            if who & {"chair", "operator"} and (people is strangers or "operator" not in who):
                assert status == (404 if people is strangers else 403)
                expected.append((route.endpoint, status, bank.bank_id))
    refused = [e for e in told(app, limit=2_000) if e.kind == "access.refused"]
    traces = {(e.facts["endpoint"], e.facts["status"], e.bank_id) for e in refused}
    assert [trace for trace in expected if trace not in traces] == []
    assert len(expected) > 150


def test_a_verb_tells_when_it_refuses_by_right(app, bank, act):
    """Over the API and by a page: another's deposit, a refusal, one person for both steps."""
    with app.app_context(), transaction(bank.bank_id) as session:
        siti, card = make_member(session, act()), priced_material(session, act(), "K1", "Kardus", 1)
        undone = f"/{make_deposit(session, act(), siti, (card, 1_000)).seq}"
        give_savings(session, act(), siti, 1_000_000)
        asked = {"member_id": siti.id, "amount_idr": 600_000}
    browser, program = Browser(app, bank, "operator"), Program(app, bank, "operator")
    wait = f"/penarikan/{program.post('/withdrawals', asked).json['seq']}"
    answers = [
        program.post(f"/deposits{undone}/reversal", {"reason": "double"}),
        browser.post(f"/setoran{undone}/pembatalan", {"reason": "double"}),
        browser.post(f"{wait}/keputusan", {"decision": "refuse", "reason": "x"}),
        browser.post(f"{wait}/keputusan", {"decision": "pay"}),
        browser.post(f"{wait}/keputusan", {"decision": "refuse"}),  # no reason: a mistake, no knock
    ]
    assert [answer.status_code for answer in answers] == [422] * 5
    refused = [event for event in told(app) if event.kind == "access.refused"]
    assert [
        (e.user_id, e.bank_id, *(e.facts[fact] for fact in ("status", "endpoint", "code")))
        for e in refused
    ] == [
        (program.user.user_id, 1, 422, "deposits_api.reverse", "treasurer_needed"),
        (browser.user.user_id, 1, 422, "deposits.reverse", "treasurer_needed"),
        (browser.user.user_id, 1, 422, "withdrawals.decide", "treasurer_needed"),
        (browser.user.user_id, 1, 422, "withdrawals.decide", "two_people"),
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_errors_of_one_code_are_both_by_right_or_neither(app):
    by_right = {kind.code for kind in _kinds_of(DomainError) if kind.of_right}
    assert by_right == {"treasurer_needed", "two_people"}
    same = [kind for kind in _kinds_of(DomainError) if kind.code in by_right]
    assert [kind for kind in same if not kind.of_right] == []


def _kinds_of(kind):
    return [kind, *(found for below in kind.__subclasses__() for found in _kinds_of(below))]


def test_the_auditor_reads_what_concerns_the_bank(app, bank, sign_in):
    with app.app_context(), transaction() as session:
        other = open_bank(session, at=NOW, slug="lain", name="Bank Lain")
    Browser(app, other, "chair").client.get(f"/b/{bank.slug}/nasabah")
    Browser(app, bank, "chair").client.get(f"/b/{other.slug}/nasabah")
    page = sign_in("auditor").get("/keamanan").text
    assert page.count("Ditolak: tidak berhak") == 1
    assert "members.index" in page
    assert sign_in("operator").get("/keamanan").status_code == 403


def test_my_own_events_are_on_my_page(app, client, tini):
    send(app, client, "/masuk", login="bu.tini", password="salah-sandi")
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    page = client.get("/akun").text
    assert "Gagal masuk" in page
    assert "dengan kata sandi" in page


def test_the_command_prints_it_and_verify_proves_it(app, client, tini, database_url):
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    run = CliRunner().invoke
    lines = run(main, ["events", "--database", database_url]).output.splitlines()
    assert [line.split("\t")[2] for line in lines] == ["sign_in"]
    mine = run(main, ["events", "--user", "bu.tini", "--database", database_url]).output
    assert mine.splitlines() == lines
    proven = run(main, ["verify", "--database", database_url])
    assert proven.exit_code == 0
    assert "the installation's own journal" in proven.output
    heads = run(main, ["heads", "--database", database_url]).output
    assert re.search(r"^- 1 [0-9a-f]{64}$", heads, re.MULTILINE)


def test_the_command_prints_what_concerns_both(app, bank, tini, database_url):
    """The person was passed over beside the bank, and an empty name of either printed all."""
    with app.app_context(), transaction(journal.INSTALLATION) as session:
        for bank_id, user_id in ((bank.bank_id, tini), (bank.bank_id, 99), (None, tini)):
            journal.record(session, "sign_in", at=NOW, bank_id=bank_id, user_id=user_id)

    def printed(*words):
        done = CliRunner().invoke(main, ["events", *words, "--database", database_url])
        return done.exit_code, len(done.stdout.splitlines())

    assert printed() == (0, 3)
    assert printed("--bank", bank.slug) == printed("--user", "bu.tini") == (0, 2)
    assert printed("--bank", bank.slug, "--user", "bu.tini") == (0, 1)
    assert printed("--bank", "") == printed("--user", "") == (1, 0)


@pytest.mark.parametrize(
    "change",
    ["UPDATE entry SET body = '{}' WHERE bank_id = 0",
     "UPDATE security_event SET user_id = 99",
     "DELETE FROM security_event",
     "DELETE FROM seal WHERE bank_id = 0"],
)  # fmt: skip
def test_the_database_refuses_to_change_what_was_told(app, client, tini, database_url, change):
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    engine = create_engine(normal_url(database_url))
    with pytest.raises(Exception, match="immutable"), engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()


def test_verify_finds_an_event_nobody_sealed(app, client, tini, database_url):
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    with app.app_context(), transaction() as session:
        session.execute(text("INSERT INTO security_event (seq, user_id) VALUES (7, 1)"))
    proven = CliRunner().invoke(main, ["verify", "--database", database_url])
    assert proven.exit_code == 1
    assert "kejadian tanpa catatan" in proven.output


AGAIN = {
    "/akun/kata-sandi": {"password": "lima-ember-kayu"},
    "/akun/perangkat": {"which": "others"},
    "/akun/kunci": {"token_name": "laporan"},
    "/akun/kode/mulai": {},
    "/akun/kode/cadangan": {},
    "/akun/kode/lepas": {},
}
"""What is asked with the password, though somebody is signed in: the field's own name is below."""
FIELDS = {
    "/akun/kata-sandi": "old_password",
    "/akun/perangkat": "session_password",
    "/akun/kunci": "token_password",
}


@pytest.mark.parametrize("path", AGAIN)
def test_a_browser_that_was_left_open_guesses_no_longer_than_a_stranger(
    app, client, tini, monkeypatch, path
):
    """Each wrong password is told; after ten nobody is asked any more, for a quarter of an hour."""
    monkeypatch.setattr(clock, "now_utc", lambda: NOW)
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    field = FIELDS.get(path, "password")
    guesses = [
        send(app, client, path, **AGAIN[path] | {field: f"salah-sandi-{n}"}) for n in range(10)
    ]
    assert [answer.status_code for answer in guesses] == [422] * 10
    right = AGAIN[path] | {field: PASSWORD}
    locked = send(app, client, path, **right)
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) == 900
    told_of = [(e.kind, e.user_id, e.facts.get("factor"), e.facts.get("scope")) for e in told(app)]
    assert told_of[1:] == [
        *[("sign_in.failed", tini, "again", None)] * 10,
        ("sign_in.locked", tini, None, "again"),
    ]
    monkeypatch.setattr(clock, "now_utc", lambda: NOW + timedelta(minutes=16))
    assert send(app, client, path, **right).status_code != 429


def test_who_is_asked_again_and_knows_it_may_err_ten_times_more(app, client, tini):
    send(app, client, "/masuk", login="bu.tini", password=PASSWORD)
    for _ in range(2):
        for n in range(9):
            answer = send(app, client, "/akun/kode/mulai", password=f"salah-sandi-{n}")
            assert answer.status_code == 422
        assert send(app, client, "/akun/kode/mulai", password=PASSWORD).status_code == 200
