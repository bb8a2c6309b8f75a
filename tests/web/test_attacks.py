"""Attacks on every route at once: forged forms, planted headers, smuggled fields."""

import io
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from banksampah import create_app
from banksampah.banks.models import Bank
from banksampah.cli import main
from banksampah.config import Settings, secret_key
from banksampah.db import db, transaction
from banksampah.members import service as members
from banksampah.staff.auth import ALL_ROLES
from tests.people import Browser, Program, _csrf_token
from tests.privacy.test_privacy import everything
from tests.test_access import QUERIES, Route, routes
from tests.test_hostile_input import entries_count, writes

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ALONE = {"staff.sign_out"}
PROBE = "\"'><xss-probe onerror=1>"


@pytest.fixture
def everybody(app: Flask, bank: Bank) -> Browser:
    """A browser of somebody who may do everything."""
    return Browser(app, bank, *ALL_ROLES)


def pages_that_write(app: Flask) -> list[Route]:
    return [route for route in writes(app) if not route.is_api]


# ── forged requests ──


@ONE_ENGINE
def test_no_page_writes_without_the_form_guard(app, bank, everybody):
    """CSRF: a form of another site has the cookies, but not the guard, or only one of its own."""
    foreign = app.test_client()
    tokens = {"none": None, "rubbish": "x", "of another browser": _csrf_token(app, foreign)}
    count, let_in = entries_count(app), []
    for route in pages_that_write(app):
        for name, token in tokens.items():
            data = {"request_id": "k1", **({"csrf_token": token} if token else {})}
            answer = everybody.client.post(route.address(bank), data=data)
            if answer.status_code != 400:
                let_in.append((route.name, name, answer.status_code))
    assert let_in == []
    assert entries_count(app) == count
    assert everybody.get("/petugas").status_code == 200, "not even signed out"


@ONE_ENGINE
@pytest.mark.parametrize(
    "told",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
     {"Origin": "https://jahat.example"}, {"Origin": "http://localhost.jahat.example"}],
    ids=str,
)  # fmt: skip
def test_a_form_of_another_site_is_refused_even_with_a_stolen_guard(app, bank, everybody, told):
    for route in pages_that_write(app):
        data = {"csrf_token": everybody.csrf_token, "request_id": "k1"}
        answer = everybody.client.post(route.address(bank), data=data, headers=told)
        assert answer.status_code == 400, route.name
    assert everybody.get("/petugas").status_code == 200


@ONE_ENGINE
def test_the_api_takes_no_cookie(app, bank, everybody):
    for route in routes(app):
        if route.rule.startswith(("/api/v1/banks", "/api/v1/me", "/api/v1/tokens")):
            answer = everybody.client.open(route.address(bank), method=route.method, json={})
            assert answer.status_code == 401, route.name


@ONE_ENGINE
def test_looking_changes_nothing(app, bank, everybody, database_url):
    """A link or a picture of another site can only make the browser GET. In no table a row comes,
    goes or changes, but for when a session was seen last."""
    program, before = Program(app, bank, *ALL_ROLES), everything(database_url)
    for route in routes(app):
        if route.method == "GET":
            address = route.address(bank) + QUERIES.get(route.endpoint, "")
            headers = {"Authorization": f"Bearer {program.token}"} if route.is_api else {}
            with everybody.client.get(address, headers=headers) as answer:
                assert answer.status_code < 500, route.name
    after = everything(database_url)
    assert [table for table in before if after[table] != before[table]] in ([], ["staff_session"])


# ── what is sent back ──


@ONE_ENGINE
def test_what_is_asked_is_never_markup_in_the_answer(app, bank, everybody):
    """Reflected script: a probe in every field and query of every page comes back harmless."""
    names = ("cari", "q", "dari", "sampai", "next", "rt", "keadaan", "sebelum", "setelah", "nasabah",
             "name", "login", "note", "reason", "number", "code", "title", "purpose")  # fmt: skip
    shown = []
    for route in routes(app):
        if route.is_api or route.endpoint in {"static", *ALONE}:
            continue
        probe = dict.fromkeys(names, PROBE)
        if route.method == "GET":
            answer = everybody.client.get(route.address(bank), query_string=probe)
        else:
            answer = everybody.post(route.address(bank), probe)
        with answer:
            if b"<xss-probe" in answer.data:
                shown.append(route.name)
    assert shown == []


@ONE_ENGINE
def test_what_is_stored_is_never_markup_either(app, bank, act, everybody):
    with app.app_context(), transaction(bank.bank_id) as session:
        member = members.open_member(
            session, act(), name=PROBE, house_no="<xss-probe>", people=[PROBE]
        )
        number = member.id
        db.session.info.clear()
    for path in ("/nasabah", f"/nasabah/{number}", f"/nasabah/{number}/ubah", "/setoran/baru"):
        page = everybody.get(path)
        assert page.status_code == 200
        assert "<xss-probe" not in page.text
        assert path == "/setoran/baru" or "&lt;xss-probe" in page.text


@ONE_ENGINE
@pytest.mark.parametrize(
    "wanted", ["/%0d%0aSet-Cookie:%20a=b", "/a%0aX: y", "//jahat", "/%E2%80%A8x"]
)
def test_no_header_is_planted_by_where_one_wants_to_go(app, bank, wanted):
    client = app.test_client()
    for path in (
        f"/bahasa/en?next={wanted}",
        f"/masuk?next={wanted}",
        f"/masuk/kode?next={wanted}",
    ):
        answer = client.get(path)
        told = str(answer.headers)
        assert "a=b" not in told
        assert not re.search(r"^X:", told, re.MULTILINE)
        assert "jahat" not in (answer.location or "")


@ONE_ENGINE
def test_a_false_host_leads_nobody_astray(app, bank, everybody):
    for path in ("/", "/b/gerpesh-jitu/nasabah", "/akun"):
        answer = app.test_client().get(path, headers={"Host": "jahat.example"})
        assert answer.status_code in (303, 400)
        assert "jahat" not in (answer.location or "")


@ONE_ENGINE
def test_no_other_site_may_read_and_no_method_is_left_over(app, bank):
    client = app.test_client()
    for path in ("/masuk", "/api/v1/me", "/static/bank.css"):
        for method in ("OPTIONS", "TRACE", "CONNECT", "PATCH", "FOO"):
            with client.open(
                path, method=method, headers={"Origin": "https://x.example"}
            ) as answer:
                assert answer.status_code in ({200} if method == "OPTIONS" else {400, 405})
                assert not [
                    name for name, _value in answer.headers if name.startswith("Access-Con")
                ]


@ONE_ENGINE
@pytest.mark.parametrize(
    "path",
    ["../config.py", "..%2fconfig.py", "%2e%2e/config.py", "//etc/passwd", "..\\config.py", ""],
)
def test_no_file_but_static_ones(app, path):
    with app.test_client().get(f"/static/{path}") as answer:
        assert answer.status_code in (404, 308)
        assert b"Settings" not in answer.data


@ONE_ENGINE
def test_everything_personal_is_kept_nowhere(app, bank, everybody):
    program, kept = Program(app, bank, *ALL_ROLES), []
    for route in routes(app):
        if route.method == "GET" and route.endpoint != "static":
            headers = {"Authorization": f"Bearer {program.token}"} if route.is_api else {}
            with everybody.client.get(route.address(bank), headers=headers) as answer:
                if "no-store" not in answer.headers.get("Cache-Control", ""):
                    kept.append(route.endpoint)
    assert set(kept) == {"desk.timbang.shell", "desk.timbang.worker", "desk.timbang.manifest"}, (
        "the same for everybody: the weighing desk without its provisions"
    )


@ONE_ENGINE
def test_every_answer_names_its_type(app, bank, everybody):
    program, unnamed = Program(app, bank, *ALL_ROLES), []
    for route in routes(app):
        if route.method == "GET":
            headers = {"Authorization": f"Bearer {program.token}"} if route.is_api else {}
            with everybody.client.get(route.address(bank), headers=headers) as answer:
                kind = answer.headers.get("Content-Type", "")
                text = kind.startswith("text/")
                if not kind or (text and "charset=utf-8" not in kind.lower()):
                    unnamed.append((route.name, kind))
    assert unnamed == []


# ── what is sent in ──


@ONE_ENGINE
def test_no_unknown_field_is_taken(app, bank):
    """Mass assignment: each body of the API is read by a schema that names what it takes."""
    program, taken = Program(app, bank, *ALL_ROLES), []
    spec = program.client.get("/api/v1/openapi.json").json
    count = entries_count(app)
    for route in writes(app):
        if not route.is_api or "requestBody" not in _operation(spec, route):
            continue
        smuggled = {"bank_id": 2, "user_id": 1, "is_admin": True, "seq": 1, "recorded_by_id": 1}
        answer = program.send(route.method, route.address(bank), json=smuggled)
        named = set((answer.json or {}).get("errors", {}))
        if answer.status_code != 422 or "is_admin" not in named:
            taken.append((route.name, answer.status_code, sorted(named)))
    assert taken == []
    assert entries_count(app) == count


def _operation(spec, route: Route):
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule)
    return spec["paths"][path][route.method.lower()]


@ONE_ENGINE
def test_a_file_is_what_its_content_says(everybody):
    """A program, a picture or a page called .csv is no table."""
    for content in (b"\x7fELF\x02\x01\x01", b"\x89PNG\r\n\x1a\n", b"MZ\x90\x00", b"%PDF-1.7"):
        sent = {
            "csrf_token": everybody.csrf_token, "request_id": "k",
            "file": (io.BytesIO(content), "nasabah.csv"),
        }  # fmt: skip
        path = everybody.path("/nasabah/impor")
        assert everybody.client.post(path, data=sent).status_code == 422


# ── secrets ──


def test_no_secret_has_a_default_and_the_key_is_its_owners_alone(tmp_path: Path):
    made = []
    for name in ("a", "b"):
        folder = tmp_path / name
        settings = Settings(database_url=f"sqlite:///{folder}/bank.db")
        made.append(secret_key(settings))
        assert os.stat(folder / "secret.key").st_mode & 0o077 == 0
    assert made[0] != made[1]
    assert min(map(len, made)) >= 43, "256 bits"


def test_the_database_is_its_owners_alone(tmp_path: Path):
    """Names and phones of a neighbourhood: nobody else on the machine may read them."""
    done = CliRunner().invoke(main, ["init", "--database", f"sqlite:///{tmp_path}/bank.db"])
    assert done.exit_code == 0
    files = list(tmp_path.glob("bank.db*"))
    assert files
    assert {os.stat(file).st_mode & 0o077 for file in files} == {0}


def test_nothing_for_developers_is_served(tmp_path):
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/x.db", secret_key="k" * 40))
    assert not app.debug
    assert not app.testing
    for path in ("/console", "/.git/config", "/.env", "/static/../../pyproject.toml", "/debug"):
        assert app.test_client().get(path).status_code == 404
