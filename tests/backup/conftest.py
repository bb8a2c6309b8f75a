"""A bank with a winter behind it, PostgreSQL's client programs, and an empty place to restore to."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from banksampah.backup import postgresql
from banksampah.banks.models import Bank
from banksampah.db import db
from banksampah.ledger import Act
from tests.proofs.tools import bin_path
from tests.quarter import Winter, live_a_winter


@pytest.fixture
def winter(session: Session, bank: Bank, act: Callable[..., Act]) -> Winter:
    lived = live_a_winter(act)
    db.session.rollback()
    return lived


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{bin_path()}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def elsewhere(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Where nothing is yet, on the same engine."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'new' / 'bank.db'}"
        return
    url = postgresql.named(database_url, f"banksampah_elsewhere_{os.getpid()}")
    yield url
    for name in _databases(url):
        postgresql.drop_database(url, name)


def _databases(url: str) -> list[str]:
    engine = postgresql.engine_of(postgresql.named(url, "postgres"))
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT datname FROM pg_database WHERE datname LIKE 'banksampah_elsewhere_%%'"
        ).scalars()
        names = list(found)
    engine.dispose()
    return names
