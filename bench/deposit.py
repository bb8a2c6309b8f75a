"""One deposit, durable: HTTP with token, validation and commit, against raw SQL and bare inserts."""

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from statistics import median
from typing import NamedTuple

from bench import alone, bare, load, raw
from bench.bulk import clone
from bench.places import (
    MATERIALS,
    MEMBERS,
    SECRET_KEY,
    Filled,
    database,
    fill_bank,
    make_app,
    make_operator,
    release,
    served,
)

BANKS, BATCH = 1_000, 20
CLIENTS = 16


class Row(NamedTuple):
    """What is measured: a name, how, and what its limit is called (with the ratio wanted)."""

    name: str
    measure: Callable[[float], "float | load.Outcome"]
    limit: str = ""
    wanted: float = 0


def run(engine: str, options: Namespace) -> None:
    """Print deposits per second of each variant, its ratio to its limit, p50 and p99."""
    seconds, rounds = (0.3, 1) if options.short else (options.seconds, options.rounds)
    with database(engine) as url:
        banks, secret = fill(url, 8 if options.short else BANKS)
        targets = [
            load.Target(bank.bank_id, bank.member_ids, [m.id for m in bank.materials])
            for bank in banks
        ]
        with served(url) as (_pid, port), _most(engine, url, banks, secret, targets) as most:
            rows = _rows(engine, url, banks, partial(load.post_deposits, port, secret), targets)
            rows += most
            rows.append(Row("HTTP, no deposit", partial(load.ask_for_life, port, CLIENTS)))
            load.post_deposits(port, secret, targets, CLIENTS, seconds)  # warm
            found: dict[str, list[float | load.Outcome]] = {row.name: [] for row in rows}
            for _round in range(rounds):
                for row in rows:
                    found[row.name].append(row.measure(seconds))
    print(f"deposit, {engine}, {len(banks)} banks, two lines each, medians of {rounds}")
    print(
        f"  {'':<26}{'per second':>12}{'[spread]':>16}{'ratio':>8}{'wanted':>8}{'p50':>8}{'p99':>8}"
    )
    for row in rows:
        print(_told(row, found))
    bare, http = (median(map(_speed, found[name])) for name in ("single-row inserts", "HTTP"))
    print(f"  HTTP to single-row inserts: {http / bare:.3f}, wanted 0.08")


def fill(
    url: str, count: int, members: int = MEMBERS, materials: int = MATERIALS
) -> tuple[list[Filled], str]:
    """So many alike banks, and a key of somebody who may weigh at each."""
    with make_app(url).app_context():
        first = fill_bank("bench", members, materials)
        _user, secret = make_operator([first.bank_id])
        release()
    copies = clone(url, first.bank_id, count - 1)
    return [first, *(replace(first, bank_id=bank_id) for bank_id in copies)], secret


def _rows(
    engine: str,
    url: str,
    banks: Sequence[Filled],
    post: Callable[..., load.Outcome],
    targets: Sequence[load.Target],
) -> list[Row]:
    on_sqlite = engine == "sqlite"
    limit = partial(raw.sqlite if on_sqlite else raw.pgbench, url, banks)
    inserts = partial(raw.sqlite_rows if on_sqlite else raw.pgbench_rows, url)
    return [
        Row("single-row inserts", lambda s: inserts(CLIENTS, s)),
        Row("raw", lambda s: limit(CLIENTS, s), "single-row inserts"),
        Row("raw, batches of 20", lambda s: limit(CLIENTS, s, BATCH)),
        Row("HTTP, 1 client", lambda s: post(targets, 1, s)),
        Row("HTTP, 8 clients", lambda s: post(targets, 8, s)),
        Row("HTTP", lambda s: post(targets, CLIENTS, s), "raw", 0.35 if on_sqlite else 0.5),
        Row("HTTP, all on one bank", lambda s: post(targets[:1], CLIENTS, s), "HTTP", 0.5),
        Row("HTTP, batches of 20", lambda s: post(targets, CLIENTS, s, BATCH),
            "raw, batches of 20", 0.4),
    ]  # fmt: skip


@contextmanager
def _most(
    engine: str, url: str, banks: Sequence[Filled], secret: str, targets: Sequence[load.Target]
) -> Iterator[list[Row]]:
    """What can be had at most, where a deposit is one statement that commits itself: by the service
    if it had to ask nothing, and by Flask alone."""
    if engine == "sqlite":
        yield []
        return
    nothing = {bare.URL: url, bare.STATEMENT: raw.statement(banks[0])}
    own = {"BANKSAMPAH_DATABASE_URL": url, "BANKSAMPAH_SECRET_KEY": SECRET_KEY}
    with alone.served("bench.knowing", own) as knowing, alone.served("bench.bare", nothing) as port:
        sent = (secret, targets, CLIENTS)
        load.post_deposits(knowing, *sent, 0.3)  # from here it knows
        yield [
            Row("HTTP, nothing asked", partial(load.post_deposits, knowing, *sent), "raw"),
            Row("Flask, raw's statement", partial(load.post_deposits, port, *sent), "raw"),
        ]


def _told(row: Row, found: dict[str, list[float | load.Outcome]]) -> str:
    speeds = [_speed(one) for one in found[row.name]]
    told = (
        f"  {row.name:<24}{median(speeds):12,.0f}{f'[{min(speeds):,.0f}-{max(speeds):,.0f}]':>18}"
    )
    if row.limit:
        ratio = median(speeds) / median(_speed(one) for one in found[row.limit])
        told += f"{ratio:8.2f}{row.wanted or '':>8}"
    waits = [one for one in found[row.name] if isinstance(one, load.Outcome)]
    if waits:
        p50, p99 = (median(getattr(one, name) for one in waits) for name in ("p50_ms", "p99_ms"))
        told += f"{'' if row.limit else ' ' * 16}{p50:6.1f}ms{p99:6.1f}ms"
    return told


def _speed(one: float | load.Outcome) -> float:
    return one.per_second if isinstance(one, load.Outcome) else one
