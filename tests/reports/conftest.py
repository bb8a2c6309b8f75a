"""A bank with a winter behind it, and somebody with the database file in hand."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.db import normal_url
from banksampah.ledger import Act
from tests.quarter import Winter, live_a_winter


@pytest.fixture
def winter(session: Session, bank: Bank, act: Callable[..., Act]) -> Winter:
    return live_a_winter(act)


@pytest.fixture
def vandal(database_url: str) -> Iterator[Engine]:
    """The owner of the database, who can take all guards down."""
    engine = create_engine(normal_url(database_url))
    yield engine
    engine.dispose()


def guards_down(session: Session) -> list[str]:
    """Let this session's transaction write past every guard; what would set them up again."""
    run = session.connection().exec_driver_sql
    if session.get_bind().dialect.name == "postgresql":
        run("SET LOCAL session_replication_role = replica")
        return []
    guards = run("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _sql in guards:
        run(f"DROP TRIGGER {name}")
    return [sql for _name, sql in guards]
