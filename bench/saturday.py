"""A national Saturday: 25,000 banks, 40 households each, three materials a household, one morning.

A million deposits through the API, PostgreSQL and the web server on the same cores as this; then
the books of all banks are proven. `--scale 100` is a hundredth of it.
"""

import itertools
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random

from bench import load
from bench.deposit import CLIENTS, fill
from bench.places import Filled, database, served

BANKS, HOUSEHOLDS, MATERIALS, BATCH = 25_000, 40, 3, 20
SINGLES = 4_000
WANTED_S = 600
"""The million in batches is over in ten minutes."""


def run(engine: str, options: Namespace) -> None:
    """Print what each part took, as deposits per second and as the whole Saturday would take."""
    banks_count = 10 if options.short else max(BANKS // options.scale, 1)
    singles_count = 50 if options.short else SINGLES
    chance = Random(options.seed)
    with database(engine) as url:
        began = time.perf_counter()
        banks, secret = fill(url, banks_count, HOUSEHOLDS, MATERIALS)
        filled_s = time.perf_counter() - began
        with served(url) as (_pid, port):
            load.send(
                port, _singles(secret, banks[:2], chance, singles_count // 2), CLIENTS
            )  # warm
            together = load.send(port, _batches(secret, banks, chance), CLIENTS, BATCH)
            alone = load.send(port, _singles(secret, banks, chance, singles_count), CLIENTS)
        verified_s = _verify(url)
    million = BANKS * HOUSEHOLDS
    count = banks_count * HOUSEHOLDS
    print(f"a Saturday, {engine}: {banks_count:,} banks, {count:,} deposits of three materials")
    print(f"  set up in {filled_s:.0f} s; seed {options.seed}")
    for name, outcome in (("in batches of 20", together), ("singly, a sample", alone)):
        minutes = million / outcome.per_second / 60
        print(
            f"  {name:<18}{outcome.per_second:8,.0f}/s   p50 {outcome.p50_ms:.0f} ms, p99"
            f" {outcome.p99_ms:.0f} ms   the million in {minutes:.1f} minutes"
        )
    print(f"  ratio to the wanted {million / WANTED_S:,.0f}/s in batches:"
          f" {together.per_second / (million / WANTED_S):.2f}")  # fmt: skip
    print(f"  verify of all banks: clean, {verified_s:.0f} s with its start")


def _batches(secret: str, banks: Sequence[Filled], chance: Random) -> Iterator[bytes]:
    """Every household of every bank once; the banks send when they like."""
    halves = [(bank, first) for bank in banks for first in range(0, HOUSEHOLDS, BATCH)]
    chance.shuffle(halves)
    today = date.today().isoformat()
    for bank, first in halves:
        records = [
            _deposit(bank, member, chance, f'"key":"sat-{member}","weighed_on":"{today}",')
            for member in bank.member_ids[first : first + BATCH]
        ]
        yield load.batch(secret, bank.bank_id, records)


def _singles(secret: str, banks: Sequence[Filled], chance: Random, count: int) -> Iterator[bytes]:
    run = time.perf_counter_ns()
    for number in itertools.islice(itertools.count(), count):
        bank = chance.choice(banks)
        one = _deposit(bank, chance.choice(bank.member_ids), chance)
        yield load.single(secret, bank.bank_id, f"one-{run}-{number}", one)


def _deposit(bank: Filled, member_id: int, chance: Random, more: str = "") -> str:
    return load.deposit(
        member_id, ((m.id, chance.randrange(50, 9_000)) for m in bank.materials), more
    )


def _verify(url: str) -> float:
    """Seconds of `banksampah verify`, which ends badly if one figure of one bank is wrong."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "banksampah.cli", "verify", "--database", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout[-1_000:] + done.stderr[-1_000:])
    return time.perf_counter() - began
