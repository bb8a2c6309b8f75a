"""Proof 1: kill -9 under load. What was acknowledged is there, once; the service comes back."""

import argparse
import random
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from tests.proofs.audit import anomalies, read_journal
from tests.proofs.banks import Bank, open_banks
from tests.proofs.clients import OK, Crowd
from tests.proofs.places import ENGINES, READY_S, Cluster, Place, Server, place, verify

GIVE_UP_S = 60
KILLS_A_BOOK = 25
"""After so many kills the long form opens new books: proving long ones each time proves no more."""


@dataclass
class Killed:
    """What a run came to."""

    kills: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    unknown: int = 0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = ", ".join(f"{n} × {kind}" for kind, n in sorted(self.kills.items()))
        return (
            f"{sum(self.kills.values())} kills ({kinds}); {self.acknowledged:,} acknowledged, "
            f"{self.unknown:,} never answered; slowest return {self.slowest_s:.2f} s; "
            f"{len(self.faults)} faults"
        )

    def add(self, other: "Killed") -> None:
        for kind, count in other.kills.items():
            self.kills[kind] = self.kills.get(kind, 0) + count
        self.acknowledged += other.acknowledged
        self.unknown += other.unknown
        self.slowest_s = max(self.slowest_s, other.slowest_s)
        self.faults += other.faults


class Killer:
    """Kills one thing after another, and waits until the service answers again."""

    def __init__(self, server: Server, rng: random.Random):
        self.server = server
        self.ways: dict[str, Callable[[], None]] = {
            "worker": server.kill_worker,
            "server": server.kill,
        }
        self._turn = ["worker", "worker", "server", "worker", "worker"]
        if isinstance(cluster := server.at, Cluster):
            self.ways |= {
                "connection": lambda: cluster.kill_backend(rng),
                "database": cluster.crash,
            }
            self._turn += ["connection", "worker", "worker", "database", "worker"]

    def order(self, count: int) -> Iterator[str]:
        """The ways in turn."""
        return islice(cycle(self._turn), count)

    def kill(self, way: str) -> float:
        """Kill, and return after how many seconds the service answered again."""
        before = set(self.server.workers())
        began = time.monotonic()
        self.ways[way]()
        if way == "worker":
            self._until_respawned(before)
        while not self.server.answers():
            if not self.server.running:
                self.server.start()  # as the system's own supervisor would
            assert time.monotonic() < began + GIVE_UP_S, self.server.tail()
            time.sleep(0.02)
        return time.monotonic() - began

    def _until_respawned(self, before: set[int]) -> None:
        """The kernel hands connections to a dead worker's queue until the new one is there."""
        give_up_at = time.monotonic() + GIVE_UP_S
        while self.server.running and not set(self.server.workers()) - before:
            assert time.monotonic() < give_up_at, "the worker was not replaced"
            time.sleep(0.005)


def kill_under_load(
    at: Place,
    *,
    kills: int,
    seed: int,
    clients: int = 8,
    load_s: float = 0.3,
    ready_s: float = READY_S,
) -> Killed:
    """Kill *kills* times while *clients* write; prove the books after every start and at the end."""
    rng = random.Random(seed)
    result = Killed()
    banks = open_banks(at, 2, seed=seed)
    server = Server(at, workers=2)  # on SQLite too: two processes in one file
    try:
        server.start()
        killer = Killer(server, rng)
        with Crowd(banks, server.port, count=clients, seed=seed) as crowd:
            for number, way in enumerate(killer.order(kills)):
                time.sleep(rng.uniform(load_s / 2, load_s * 3 / 2))
                took_s = killer.kill(way)
                result.kills[way] = result.kills.get(way, 0) + 1
                result.slowest_s = max(result.slowest_s, took_s)
                if took_s > ready_s:
                    result.faults.append(f"{way}: ready after {took_s:.1f} s")
                with crowd.resting() if number % 5 else nullcontext():  # and at times under load
                    verify(at)
            time.sleep(load_s)
    finally:
        server.stop()
    verify(at)
    result.acknowledged = crowd.history.count(OK)
    result.unknown = sum(op.outcome == "unknown" for op in crowd.history.ops)
    result.faults += audited(at, banks, crowd) + bugs(crowd)
    return result


def audited(at: Place, banks: list[Bank], crowd: Crowd) -> list[str]:
    """The anomalies of every bank."""
    return [
        f"bank {bank.bank_id}: {fact}"
        for bank in banks
        for fact in anomalies(bank, read_journal(at, bank.bank_id), crowd.history)
    ]


def bugs(crowd: Crowd) -> list[str]:
    """Answers that say that the service is broken: a database that is gone is a 503, with its code."""
    return [
        f"{op.verb} answered {op.status}: {op.answer}"
        for op in crowd.history.ops
        if op.status >= 500 and not (op.status in {503, 507} and has_code(op.answer))
    ]


def has_code(answer: Any) -> bool:
    """Whether an answer is a problem (RFC 9457) that a program can tell from others."""
    return isinstance(answer, dict) and bool(answer.get("code"))


def long(options: argparse.Namespace) -> None:
    """`--kills` on each engine, or until `--seconds` are over."""
    for engine in options.engine or ENGINES:
        result, book = Killed(), 0
        until = time.monotonic() + options.seconds
        while sum(result.kills.values()) < options.kills and time.monotonic() < until:
            book += 1
            kills = min(KILLS_A_BOOK, options.kills - sum(result.kills.values()))
            with place(engine) as at:
                result.add(kill_under_load(at, kills=kills, seed=options.seed + book, load_s=0.8))
            print(f"{engine:<11} seed {options.seed}: {result}", flush=True)
            print("\n".join(result.faults[:20]), end="", flush=True)
            assert all(": ready after" in fault for fault in result.faults)
        assert not result.faults, "ready too late: is the machine busy with other things?"
