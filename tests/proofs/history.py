"""Proof 2: what clients lived through, against the committed order, replayed on a model."""

import argparse
import random
import time
from dataclasses import dataclass, field

from tests.proofs.banks import open_banks
from tests.proofs.clients import Crowd, History
from tests.proofs.kill import Killer, audited, bugs
from tests.proofs.places import ENGINES, Place, Server, place, verify
from tests.proofs.shift import Clock

HOUR_S, DAY_S = 3_600, 86_400
JUMPS_S = (HOUR_S, -HOUR_S, DAY_S, -DAY_S, -600, 600, 5 * HOUR_S, -5 * HOUR_S, 1, -1)
FARTHEST_S = 3 * DAY_S  # a request lapses after 14 days: another proof's matter
RUNS = 30


@dataclass
class Lived:
    """What a run came to."""

    history: History
    kills: int = 0
    jumps: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.history}; {self.kills} kills, {self.jumps} jumps of the clock; "
            f"{len(self.faults)} anomalies"
        )


def live(at: Place, *, seed: int, seconds: float, clients: int, every_s: float = 1.0) -> Lived:
    """Let *clients* work for *seconds* through kills and jumps of the clock; then audit."""
    rng = random.Random(seed)
    clock = Clock(at.folder)
    banks = open_banks(at, 2, seed=seed)
    server = Server(at, environment=clock.environment)
    try:
        server.start()
        killer = Killer(server, rng)
        with Crowd(banks, server.port, count=clients, seed=seed, clock=clock) as crowd:
            lived = Lived(crowd.history)
            until = time.monotonic() + seconds
            ways = killer.order(1_000_000)
            while time.monotonic() < until:
                time.sleep(rng.uniform(every_s / 2, every_s * 3 / 2))
                if rng.random() < 0.7:
                    clock.jump(_near(clock.shift_s + rng.choice(JUMPS_S)))
                    lived.jumps += 1
                else:
                    killer.kill(next(ways))
                    lived.kills += 1
    finally:
        server.stop()
    verify(at)
    lived.faults += audited(at, banks, crowd) + bugs(crowd)
    return lived


def _near(shift_s: float) -> float:
    return max(-FARTHEST_S, min(FARTHEST_S, shift_s))


def long(options: argparse.Namespace) -> None:
    """`--rounds` runs (30) of 60 s, half on each engine; `--seconds` shortens a run."""
    runs = options.rounds or RUNS
    for number in range(runs):
        engine = (options.engine or ENGINES)[number % len(options.engine or ENGINES)]
        with place(engine) as at:
            seconds = min(options.seconds, 60)
            lived = live(at, seed=options.seed + number, seconds=seconds, clients=options.clients)
        print(f"run {number + 1}, {engine}, seed {options.seed + number}: {lived}", flush=True)
        assert not lived.faults, lived.faults[:20]
