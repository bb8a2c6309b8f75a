"""Proof 6, short: storage that fails under load, and what pages and programs are told."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

from banksampah import ledger, open_books
from banksampah.banks.models import Bank
from banksampah.cli import _with_database, prepare
from banksampah.db import db, transaction
from banksampah.staff.auth import public
from tests.factories import MakeAct, make_member, priced_material
from tests.proofs.places import ENGINES, Server, place
from tests.proofs.storage import trouble_under_load
from tests.proofs.troubles import Troubles

PROBLEM = "application/problem+json"


@pytest.mark.parametrize("engine", ENGINES)
def test_storage_that_fails_loses_nothing_and_comes_back(engine: str) -> None:
    with place(engine) as at:
        server = Server(at)
        troubles = Troubles(at, server, random.Random(6), last_s=0.3)
        result = trouble_under_load(at, server, troubles.ways, rounds=6, seed=6, clients=4)
    print(result)
    assert result.faults == []
    assert result.answers.total() > 0
    assert result.acknowledged > 0


@contextmanager
def pragma(app: Flask, statement: str) -> Iterator[None]:
    """SQLite itself refuses, on every connection made meanwhile."""

    def set_it(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA {statement}")

    with app.app_context():
        engine = db.engine
    engine.dispose()
    event.listen(engine, "connect", set_it)
    yield
    event.remove(engine, "connect", set_it)
    engine.dispose()


@contextmanager
def failing(owner: Engine, code: str) -> Iterator[None]:
    """PostgreSQL refuses the last insert of a deposit, with the code that a failing disk has."""
    with owner.connect() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" RAISE EXCEPTION 'No space left on device' USING ERRCODE = '{code}'; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER trouble BEFORE INSERT ON deposit_line"
                " FOR EACH ROW EXECUTE FUNCTION trouble()"
            )
        )
        yield
        connection.execute(text("DROP TRIGGER trouble ON deposit_line"))
        connection.execute(text("DROP FUNCTION trouble()"))


@contextmanager
def read_only(app: Flask, owner: Engine) -> Iterator[None]:
    """The database may be read only."""
    with app.app_context():
        url, engine = db.engine.url, db.engine
    if url.get_backend_name() == "sqlite":
        with pragma(app, "query_only = ON"):
            yield
        return
    setting = f"ALTER DATABASE {url.database} SET default_transaction_read_only"
    with owner.connect() as connection:
        connection.execute(text(f"{setting} = on"))
        engine.dispose()
        yield
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(text(f"{setting} = off"))
    engine.dispose()


@contextmanager
def full(app: Flask, owner: Engine) -> Iterator[None]:
    """There is no room."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "postgresql":
        with failing(owner, "53100"):
            yield
        return
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    with pragma(app, f"max_page_count = {pages}"):
        yield


@contextmanager
def gone(app: Flask, owner: Engine) -> Iterator[None]:
    """The database cannot be reached, and connections to it are cut."""
    with app.app_context():
        url, engine = db.engine.url, db.engine
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        engine.dispose()
        file.rename(file.with_suffix(".away"))
        file.mkdir()
        yield
        engine.dispose()
        file.rmdir()
        file.with_suffix(".away").rename(file)
        return
    elsewhere = create_engine(owner.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with elsewhere.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database},
        )
        yield
        connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true"))
    elsewhere.dispose()


TROUBLES = {
    "full": (full, 507, "storage_full"),
    "read-only": (read_only, 503, "read_only"),
    "gone": (gone, 503, "unavailable"),
}


@pytest.fixture
def owner(app: Flask) -> Iterator[Engine]:
    """The database as its owner meets it; the service's login may not make trouble."""
    engine = create_engine(app.config["OWNER_URL"], isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.mark.own_app
@pytest.mark.parametrize("name", TROUBLES)
def test_programs_and_pages_are_told_and_may_send_again(
    app: Flask,
    owner: Engine,
    bank: Bank,
    session: Session,
    act: MakeAct,
    api: Any,
    sign_in: Any,
    name: str,
) -> None:
    with transaction(bank.bank_id) as s:
        siti = make_member(s, act())
        kardus = priced_material(s, act(), "K1", "Kardus", 1_800)
    program, browser = api("operator"), sign_in("operator")
    head = ledger.head_seq(session, bank.bank_id)
    session.close()
    trouble, status, code = TROUBLES[name]
    lines = [{"material_id": kardus.id, "quantity": 1_000}]
    body = {"member_id": siti.id, "lines": lines}
    form = {
        "member_id": str(siti.id),
        "lines-0-material_id": str(kardus.id),
        "lines-0-quantity": "1",
    }
    written = 0
    with trouble(app, owner):
        for number in range(200):  # a full SQLite file still has room in its last pages
            answer = program.post("/deposits", body, key=f"k{number}")
            if answer.status_code != 201:
                break
            written += 1
        assert (answer.status_code, answer.mimetype) == (status, PROBLEM), answer.text
        assert answer.json["code"] == code
        assert int(answer.headers["Retry-After"]) > 0
        page = browser.client.post(
            browser.path("/setoran"),
            data={"csrf_token": browser.csrf_token, "request_id": "form-1", **form},
            headers={"Origin": "http://localhost"},
        )
        assert page.status_code == status, page.text
        assert page.headers["Retry-After"]
        assert answer.json["detail"] in page.text
        if name != "gone":  # somebody is known: the form can be sent again
            assert 'name="request_id" value="form-1"' in page.text
    assert ledger.head_seq(session, bank.bank_id) == head + written
    session.close()
    again = program.post("/deposits", body, key=f"k{number}")
    assert again.status_code == 201
    sent = browser.post("/setoran", form, request_id="form-1")
    assert sent.status_code == 303, sent.text
    assert ledger.head_seq(session, bank.bank_id) == head + written + 2


@pytest.mark.own_app
def test_an_answer_is_not_taken_away_by_a_connection_that_breaks_after_it(
    app: Flask, owner: Engine
) -> None:
    """The session is closed after the answer was made: on a dead connection that fails."""

    def cut() -> str:
        db.session.execute(text("SELECT 1"))
        if owner.dialect.name == "postgresql":  # SQLite has no line that could be cut
            pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar()
            with owner.connect() as connection:
                connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        return "made"

    app.add_url_rule("/api/v1/cut", "cut", public(cut))
    answer = app.test_client().get("/api/v1/cut")
    assert (answer.status_code, answer.text) == (200, "made")


def test_a_command_says_what_the_driver_says(tmp_path: Path) -> None:
    def write() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    prepare(f"sqlite:///{tmp_path / 'bank.db'}", makes=True)
    command = _with_database(click.Command("write", callback=write), open_books)
    told = CliRunner().invoke(command, ["--database", f"sqlite:///{tmp_path / 'bank.db'}"])
    assert told.exit_code == 1
    assert "The database refused: disk I/O error" in told.output
