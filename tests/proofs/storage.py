"""Proof 6: disk full, read-only, errors in mid-write: told as 503 or 507, nothing half, no hands."""

import argparse
import http.client
import random
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from banksampah.db import migrate
from tests.proofs.banks import Bank, open_banks
from tests.proofs.clients import OK, Crowd, Line
from tests.proofs.kill import audited, bugs
from tests.proofs.places import ENGINES, Cluster, Place, Server, new_key, place, verify
from tests.proofs.troubles import FailingDisk, Troubles, fill, may_mount, small_volume

ROUNDS = 100
BACK_S = 10.0
"""After a trouble ends, a write must succeed within this."""


@dataclass
class Troubled:
    """What a run came to."""

    troubles: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    """Answers of 500 and more, by their code."""
    acknowledged: int = 0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = ", ".join(f"{n} × {kind}" for kind, n in sorted(self.troubles.items()))
        told = ", ".join(f"{n:,} {code}" for code, n in sorted(self.answers.items()))
        return (
            f"{self.troubles.total()} troubles ({kinds}); {self.acknowledged:,} acknowledged; "
            f"refused: {told}; writes again after at most {self.slowest_s:.2f} s; "
            f"{len(self.faults)} faults"
        )


def trouble_under_load(
    at: Place,
    server: Server,
    ways: dict[str, Callable[[], None]],
    *,
    rounds: int,
    seed: int,
    clients: int = 6,
) -> Troubled:
    """Make *rounds* troubles while *clients* write; after each the service must write again."""
    result = Troubled()
    canary, *banks = open_banks(at, 3, seed=seed)
    server.start()
    first_pid = server.process.pid if server.process else 0
    try:
        with Crowd(banks, server.port, count=clients, seed=seed) as crowd:
            for number in range(rounds):
                way = list(ways)[number % len(ways)]
                time.sleep(0.1)
                ways[way]()
                result.troubles[way] += 1
                result.slowest_s = max(result.slowest_s, writes_again(canary, server))
    finally:
        server.stop()
    verify(at)
    if server.process is None or server.process.pid != first_pid:
        result.faults.append("the server was started anew")
    if result.slowest_s > BACK_S:
        result.faults.append(f"no write for {result.slowest_s:.1f} s after a trouble")
    result.acknowledged = crowd.history.count(OK)
    for op in crowd.history.ops:
        if op.status >= 500:
            result.answers[f"{op.status} {(op.answer or {}).get('code')}"] += 1
    result.faults += audited(at, banks, crowd) + bugs(crowd)
    return result


def writes_again(canary: Bank, server: Server) -> float:
    """Write until it succeeds; after how many seconds it did."""
    began, line = time.monotonic(), Line(server.port)
    goods = {"material_id": next(iter(canary.prices)), "quantity": 1_000}
    asked = {"member_id": next(iter(canary.numbers)), "lines": [goods]}
    key, status = new_key(), 0
    while status != 201 and time.monotonic() - began < BACK_S * 3:
        with suppress(OSError, http.client.HTTPException):
            status, _, _ = line.send(
                "POST", canary.path("/deposits"), asked,
                token=canary.tokens["treasurer"], key=key,
            )  # fmt: skip
        if status != 201:
            time.sleep(0.05)
    line.close()
    return time.monotonic() - began


def long(options: argparse.Namespace) -> None:
    """`--rounds` troubles (100) on each engine. Where it may mount: also real full volumes."""
    for engine in options.engine or ENGINES:
        with place(engine) as at, _full_ways(at) as (server, ways):
            every = ways | Troubles(at, server, random.Random(options.seed)).ways
            rounds = options.rounds or ROUNDS
            result = trouble_under_load(at, server, every, rounds=rounds, seed=options.seed)
        print(f"{engine:<11} seed {options.seed}: {result}", flush=True)
        assert not result.faults, result.faults[:10]


Ways = dict[str, Callable[[], None]]


@contextmanager
def _full_ways(at: Place) -> Iterator[tuple[Server, Ways]]:
    """A server whose files lie on a volume that can be filled, where this user may make one."""
    if not may_mount():
        yield Server(at), {}
        return
    volume = at.folder / "small"
    with small_volume(volume, 48, _owner(at)):
        ways: Ways = {"volume full": lambda: _filled(volume)}
        if isinstance(at, Cluster):
            at.rows(f"CREATE TABLESPACE small LOCATION '{volume}'")
            for table in ("leg", "deposit_line", "balance_day"):
                at.rows(f"ALTER TABLE {table} SET TABLESPACE small")
            log = at.folder / "log"
            with small_volume(log, 160, _owner(at)):
                _move_log(at, log)
                yield Server(at), ways | {"log volume full": lambda: _log_filled(at, log)}
            return
        disk = FailingDisk(at.folder)
        at.url = f"sqlite:///{volume / 'bank.db'}"
        migrate(at.url)
        rng = random.Random(at.url)
        yield Server(at, environment=disk.environment), ways | {"device": lambda: _bad(disk, rng)}


def _owner(at: Place) -> int:
    return (at.folder / "data").stat().st_uid if isinstance(at, Cluster) else 0


def _filled(volume: Path) -> None:
    ballast = fill(volume)
    time.sleep(0.5)
    ballast.unlink()


def _move_log(at: Cluster, volume: Path) -> None:
    """Let PostgreSQL's log lie on *volume*, and be small."""
    at.rows("ALTER SYSTEM SET max_wal_size = '64MB'")
    at.rows("ALTER SYSTEM SET min_wal_size = '32MB'")
    at.control("-m", "fast", "stop")
    kept = at.folder / "data" / "pg_wal"
    subprocess.run(["cp", "-a", kept, volume / "wal"], check=True)
    shutil.rmtree(kept)
    kept.symlink_to(volume / "wal")
    at.start()


def _log_filled(at: Cluster, volume: Path) -> None:
    """No room for the next piece of the log: PostgreSQL stops, and must be started again."""
    ballast, stopped = fill(volume), False
    try:
        for _ in range(20):
            at.rows("SELECT pg_switch_wal()")
            time.sleep(0.1)
    except psycopg.Error:
        stopped = True
    ballast.unlink()
    assert stopped, "there was room for the log"
    began = time.monotonic()
    while time.monotonic() - began < BACK_S:
        with suppress(psycopg.Error, subprocess.SubprocessError):
            at.start()
            at.rows("SELECT 1")
            return
        time.sleep(0.2)


def _bad(disk: FailingDisk, rng: random.Random) -> None:
    disk.fail(rng)
    time.sleep(0.3)
    disk.mend()
