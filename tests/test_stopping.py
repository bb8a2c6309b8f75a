"""Told to stop under load, the real server answers what it has begun, keeps what it answered, ends."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.db import db, transaction, use_bank
from tests.factories import MakeAct, make_member, priced_material
from tests.people import Program
from tests.ports import free_port
from tests.test_serving import page_at

CLIENTS = 6
SECONDS_OF_LOAD = 1.5
SECONDS_TO_STOP_MAX = 12
SECONDS_TO_ARRIVE = 0.05
"""A request sent later than this before the signal may not have been read yet."""
SERVE = "from banksampah import serving; from banksampah.cli import main; {change}; main()"


@dataclass
class Asked:
    """One request: its key, when it was sent, and how it ended."""

    key: str
    sent_at: float
    status: int | None
    """None: no connection, or it ended without an answer."""


@dataclass
class Site:
    """A server process over a bank where deposits can be made."""

    process: subprocess.Popen[bytes]
    port: int
    bank_id: int
    token: str
    member_id: int
    material_id: int

    def deposit(self, connection: http.client.HTTPConnection, key: str) -> Asked:
        lines = [{"material_id": self.material_id, "quantity": 1_000}]
        sent_at = time.monotonic()
        try:
            connection.request(
                "POST",
                f"/api/v1/banks/{self.bank_id}/deposits",
                json.dumps({"member_id": self.member_id, "lines": lines}),
                {
                    "Authorization": f"Bearer {self.token}",
                    "Idempotency-Key": key,
                    "Content-Type": "application/json",
                },
            )
            with connection.getresponse() as answer:
                answer.read()
                return Asked(key, sent_at, answer.status)
        except (OSError, http.client.HTTPException):
            return Asked(key, sent_at, None)

    def statement(self, connection: http.client.HTTPConnection) -> int | None:
        path = f"/api/v1/banks/{self.bank_id}/members/{self.member_id}/statement.pdf"
        period = f"?since={clock.now_utc():%Y}-01-01&until={clock.now_utc():%Y}-12-31"
        try:
            connection.request(
                "GET", path + period, headers={"Authorization": f"Bearer {self.token}"}
            )
            with connection.getresponse() as answer:
                whole = answer.read().rstrip().endswith(b"%%EOF")
                return answer.status if whole else 0
        except ConnectionRefusedError:
            return None

    def stop(self) -> float:
        """Tell it to stop and wait; the seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(SECONDS_TO_STOP_MAX) == 0
        return time.monotonic() - began


@pytest.fixture
def start(
    app: Flask,
    bank: Bank,
    act: MakeAct,
    api: Callable[..., Program],
    database_url: str,
    tmp_path: Path,
):
    """`start()`: the server as its own processes, with a household and a material."""
    now = clock.now_utc()
    today = clock.day_in(bank.zone, now)
    with app.app_context(), transaction(bank.bank_id) as session:
        member = make_member(session, act(today=today, at=now))
        material = priced_material(session, act(today=today, at=now), "K1", "Kardus", 1_800)
    program = api("operator")
    started: list[Site] = []

    def run(change: str = "pass") -> Site:
        port = free_port()
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", SERVE.format(change=change), "serve", "--port", str(port)],
                env={
                    "PATH": os.environ["PATH"],
                    "BANKSAMPAH_DATABASE_URL": database_url,
                    "BANKSAMPAH_SECRET_KEY": "test" * 8,
                },
                stdout=log,
                stderr=log,
            )
        site = Site(process, port, bank.bank_id, program.token, member.id, material.id)
        started.append(site)
        page_at(process, f"http://127.0.0.1:{port}/readyz")
        wait_for_workers(process.pid)
        return site

    yield run
    for site in started:
        site.process.kill()
        site.process.wait()


def wait_for_workers(pid: int) -> None:
    """Until every worker of the server serves, which it does in threads: one that still starts does
    not hear that it is told to stop."""
    for _try in range(600):
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        workers = [int(worker) for task in tasks for worker in task.read_text().split()]
        if workers and all(len(os.listdir(f"/proc/{one}/task")) > 1 for one in workers):
            return
        time.sleep(0.05)
    raise AssertionError("a worker does not come up")


def deposits_until_refused(site: Site, client: int) -> list[Asked]:
    """Deposits over one connection, one after the other, until the server takes no more."""
    made: list[Asked] = []
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)) as connection:
        while not made or made[-1].status is not None:
            made.append(site.deposit(connection, f"{client}-{len(made)}"))
    return made


def statements_until_refused(site: Site) -> list[int | None]:
    made: list[int | None] = []
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)) as connection:
        while not made or made[-1] is not None:
            made.append(site.statement(connection))
    return made


def keys_in_journal(app: Flask, bank_id: int) -> set[str]:
    with app.app_context():
        use_bank(db.session, bank_id)
        keys = set(db.session.scalars(text("SELECT idem_key FROM entry")))
        db.session.rollback()
    return keys


def test_what_was_begun_is_answered_and_what_was_answered_is_there(
    app: Flask, start: Callable[..., Site]
) -> None:
    site = start()
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        clients = [pool.submit(deposits_until_refused, site, n) for n in range(CLIENTS)]
        papers = pool.submit(statements_until_refused, site)
        time.sleep(SECONDS_OF_LOAD)
        told_at = time.monotonic()
        took_s = site.stop()
        asked = [one for client in clients for one in client.result()]
    assert took_s < SECONDS_TO_STOP_MAX
    keys = keys_in_journal(app, site.bank_id)
    answered = [one for one in asked if one.status is not None]
    assert {one.status for one in answered} == {201}
    assert len(answered) > CLIENTS
    assert {one.key for one in answered} <= keys
    begun = told_at - SECONDS_TO_ARRIVE
    assert [one for one in asked if one.status is None and one.sent_at < begun] == []
    assert not keys & {one.key for one in asked if one.status is None}
    assert set(papers.result()) == {200, None}


@contextmanager
def held(database_url: str) -> Iterator[None]:
    """Somebody else holds the books, so that a deposit has to wait."""
    other: Any
    if database_url.startswith("sqlite"):
        other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True)
        other.execute("BEGIN")
        other.execute("LOCK TABLE entry IN ACCESS EXCLUSIVE MODE")
    yield
    other.execute("ROLLBACK")
    other.close()


def test_it_ends_even_when_a_request_does_not(
    app: Flask, database_url: str, start: Callable[..., Site]
) -> None:
    """A deposit waits for a lock longer than the server may take to stop: it is not written."""
    site = start("serving.SECONDS_TO_STOP = 1")
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    with held(database_url), ThreadPoolExecutor(1) as pool, closing(connection):
        waiting = pool.submit(site.deposit, connection, "waits")
        time.sleep(0.5)
        assert site.stop() < 5
        assert waiting.result().status is None
    assert "waits" not in keys_in_journal(app, site.bank_id)
