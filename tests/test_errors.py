"""One shape of error, whoever makes it: problem details on the API, the same sentence on a page."""

import json
import logging

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from banksampah.banks.queries import get_bank
from banksampah.db import transaction
from banksampah.errors import Conflict, NotFound, Refused
from banksampah.staff.attempts import TooManyAttempts
from banksampah.staff.auth import COOKIE, public
from tests.people import PASSWORD

PROBLEM = "application/problem+json"
fails = pytest.mark.own_app  # routes are added that fail on purpose


class NoGoods(Refused):
    code = "no_goods"


class Taken(Conflict):
    code = "taken"


class Gone(NotFound):
    code = "gone"


FAULTS = {
    "refused": (NoGoods("Gudang kosong.", field="lines.0.quantity", left_g=5), 422, "no_goods"),
    "conflict": (Taken("Sudah dipakai."), 409, "taken"),
    "missing": (Gone("Tidak ada."), 404, "gone"),
    "often": (TooManyAttempts(61), 429, "too_many_attempts"),
}


@pytest.fixture
def faulty(app: Flask) -> Flask:
    """The application with routes that fail in every way we know."""

    def fail(name: str) -> str:
        if name == "bug":
            raise RuntimeError("Bu Tini 0812 secret")
        if name == "unique":
            with transaction() as session:
                for _ in range(2):
                    session.execute(text("INSERT INTO sign_in_attempt VALUES ('a', 'b', 0, 1)"))
        raise FAULTS[name][0]

    app.add_url_rule("/gagal/<name>", "fail_page", public(fail), methods=["GET", "POST"])
    app.add_url_rule("/api/v1/fail/<name>", "fail_api", public(fail))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def problem(answer, status: int, code: str) -> dict:
    """The problem details of *answer*, after checking that it is one."""
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM), answer.text
    body = json.loads(answer.data)
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == "/problems/" + code.replace("_", "-")
    assert body["detail"].endswith((".", "?"))
    assert body["title"]
    return body


@fails
@pytest.mark.parametrize("name", FAULTS)
def test_a_refusal_says_the_same_on_the_api_and_on_a_page(faulty, name):
    error, status, code = FAULTS[name]
    client = faulty.test_client()
    body = problem(client.get(f"/api/v1/fail/{name}"), status, code)
    assert body["detail"] == error.message
    assert {k: body[k] for k in error.extra} == error.extra
    page = client.get(f"/gagal/{name}")
    assert page.status_code == status
    assert error.message in page.text


@fails
def test_a_refusal_names_its_field(faulty):
    body = problem(faulty.test_client().get("/api/v1/fail/refused"), 422, "no_goods")
    assert body["errors"] == {"lines.0.quantity": ["Gudang kosong."]}
    assert body["left_g"] == 5


@fails
def test_too_many_attempts_say_when_to_come_back(faulty):
    answer = faulty.test_client().get("/api/v1/fail/often")
    assert answer.headers["Retry-After"] == "61"


@fails
def test_a_bug_is_a_500_with_an_id_and_tells_nothing(faulty, caplog):
    client = faulty.test_client()
    with caplog.at_level(logging.ERROR):
        body = problem(client.get("/api/v1/fail/bug"), 500, "internal")
        page = client.get("/gagal/bug")
    assert body["id"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert page.status_code == 500
    for told in (json.dumps(body), page.text):
        assert "RuntimeError" not in told
        assert "0812" not in told


@fails
def test_a_constraint_that_no_service_foresaw_is_no_500(faulty, caplog):
    body = problem(faulty.test_client().get("/api/v1/fail/unique"), 409, "conflict")
    assert "sign_in_attempt" not in json.dumps(body)
    assert "sign_in_attempt" in caplog.text


MALFORMED = [
    (b"{", 400, "malformed_json"),
    (b"nan", 400, "malformed_json"),
    (b"\xff\xfe", 400, "malformed_json"),
    (b"[" * 100_000, 400, "malformed_json"),
    (b'{"a":' * 20_000, 400, "malformed_json"),
    (b"9" * 5_000, 400, "malformed_json"),
    (b"[]", 422, "validation"),
    (b"7", 422, "validation"),
    (b"null", 422, "validation"),
    (b'"x"', 422, "validation"),
    (b"", 422, "validation"),
    (b'{"name": "\\u0000"}', 422, "validation"),
    (b'{"name": "\\ud800"}', 422, "validation"),
    (b'{"name": 5}', 422, "validation"),
    (b'{"name": null}', 422, "validation"),
    (b'{"name": ""}', 422, "validation"),
    (b'{"name": "' + b"a" * 5_000 + b'"}', 422, "validation"),
    (b'{"name": "x", "more": 1}', 422, "validation"),
]


@pytest.mark.parametrize(("body", "status", "code"), MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_body_is_the_callers_mistake(api, body, status, code):
    answer = api("chair").send(
        "POST", "/api/v1/tokens", data=body, headers={"Content-Type": "application/json"}
    )
    found = problem(answer, status, code)
    if code == "validation":
        assert found["errors"]


@pytest.mark.parametrize(
    ("text", "status"),
    [("7.0", 200), ("7.000", 200), ("7.5", 422), ("7.0000001", 422), ("70e-1", 422), ("true", 422)],
)
def test_a_whole_number_may_be_written_with_a_nought(api, text, status):
    """JSON does not tell 7 from 7.0; nothing else that is not whole is bent into it."""
    sent = f'{{"withdrawal_lapse_days": {text}}}'.encode()
    answer = api("chair").send("PATCH", "/settings", data=sent, content_type="application/json")
    assert answer.status_code == status


def test_the_unknown_field_is_named(api):
    answer = api("chair").post("/api/v1/tokens", {"name": "x", "colour": "red"})
    assert problem(answer, 422, "validation")["errors"] == {
        "colour": ["Isian ini tidak dikenal di sini."]
    }


def test_a_body_that_is_not_json_is_415(api):
    program = api("chair")
    answer = program.send("POST", "/api/v1/tokens", data={"name": "x"})
    problem(answer, 415, "not_json")


def test_a_body_too_large_is_413_on_both(api, sign_in):
    problem(api("chair").post("/api/v1/tokens", {"name": "x" * 3_000_000}), 413, "too_large")
    assert sign_in("chair").post("//akun/nama", {"name": "x" * 3_000_000}).status_code == 413


def test_method_and_address(api, client):
    answer = api("chair").send("PUT", "/api/v1/tokens", json={})
    problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
    problem(client.get("/api/v1/nowhere"), 404, "not_found")
    problem(client.get("/api/v1/banks/99999999999999999999999"), 404, "not_found")
    assert client.get("/b/%00/petugas").status_code == 404
    assert client.get("/nowhere").status_code == 404


def test_without_a_token_or_with_a_wrong_one_401(client, bank):
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic dTpw"},
        {"Authorization": "Bearer " + "x" * 5_000},
    ):
        answer = client.get("/api/v1/banks/1", headers=headers)
        problem(answer, 401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_write_needs_a_key(api):
    program = api("chair")
    for key in ("", " ", "a b", "a/b", "x" * 65, "kunci\u00e9"):
        answer = program.send("PATCH", "", json={"name": "x"}, headers={"Idempotency-Key": key})
        problem(answer, 400, "key_missing")


def test_the_same_key_with_other_content_is_422(api, bank):
    program = api("chair")
    first = program.patch("", {"name": "Satu"}, key="k1")
    assert first.json["name"] == "Satu"
    assert program.patch("", {"name": "Satu"}, key="k1").json["name"] == "Satu"
    problem(program.patch("", {"name": "Dua"}, key="k1"), 422, "key_reused")


def test_a_form_without_its_guard_keeps_what_was_typed(sign_in):
    browser = sign_in("chair")
    answer = browser.client.post(
        browser.path("/pengaturan/profil"),
        data={"name": "Nama <baru>", "password": PASSWORD, "request_id": "r1"},
        headers={"Origin": "http://localhost"},
    )
    assert answer.status_code == 400
    assert 'name="name" value="Nama &lt;baru&gt;"' in answer.text
    assert PASSWORD not in answer.text
    assert 'name="csrf_token"' in answer.text


def test_a_form_sent_after_signing_out_is_kept_and_can_be_sent_again(sign_in, session, bank):
    browser = sign_in("chair")
    browser.client.delete_cookie(COOKIE)
    form = {"csrf_token": browser.csrf_token, "request_id": "r1", "name": "Jitu", "paper": "A4"}
    address = browser.path("/pengaturan/profil")
    kept = browser.client.post(address, data=form, headers={"Origin": "http://localhost"})
    assert kept.status_code == 401
    assert 'name="name" value="Jitu"' in kept.text
    assert 'name="request_id" value="r1"' in kept.text
    assert f'action="{address}"' in kept.text
    browser.client.set_cookie(COOKIE, browser.key)
    assert browser.client.post(address, data=form).status_code == 303
    assert get_bank(session, bank.bank_id).name == "Jitu"


def test_another_site_gets_no_form_to_send_on(sign_in):
    browser = sign_in("chair")
    for origin in ({"Origin": "https://jahat.example"}, {}):
        answer = browser.client.post(
            browser.path("/pengaturan/profil"), data={"name": "Jahat"}, headers=origin
        )
        assert answer.status_code == 400
        assert "Jahat" not in answer.text


def test_a_page_keeps_what_was_typed_and_writes_nothing(sign_in, session):
    browser = sign_in("chair")
    answer = browser.post("/pengaturan/aturan", {"approval_limit_split_idr": "5rb"})
    assert answer.status_code == 422
    assert 'value="5rb"' in answer.text
    assert "Tulis rupiah dengan angka, misalnya 12500 atau 12.500." in answer.text
    assert "<title>Kesalahan:" in answer.text
    assert session.execute(text("SELECT count(*) FROM bank_setting")).scalar() == 0


def test_errors_speak_english_to_those_who_ask(api):
    answer = api("chair").send(
        "POST", "/api/v1/tokens", json={}, headers={"Accept-Language": "en-GB,en;q=0.9"}
    )
    assert problem(answer, 422, "validation")["errors"] == {"name": ["Fill this in."]}


@fails
def test_a_busy_database_asks_to_come_back(app):
    def locked() -> str:
        raise OperationalError("SELECT 1", {}, psycopg.errors.LockNotAvailable("lock timeout"))

    app.add_url_rule("/api/v1/locked", "locked", public(locked))
    answer = app.test_client().get("/api/v1/locked")
    problem(answer, 503, "busy")
    assert answer.headers["Retry-After"] == "2"
