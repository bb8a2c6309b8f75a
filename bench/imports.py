"""An old book of deposits by `banksampah deposits import`, against the same rows with no checks.

Raw is COPY on PostgreSQL and a sorted `executemany` on SQLite, of the very rows the import wrote,
into the same tables with their keys, foreign keys and indexes; only the guards are away. Ours is
the whole command, its start and the reading of the file included.
"""

import csv
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg

from bench.places import SECRET_KEY, Filled, database, fill_bank, make_app, release


class Cost(NamedTuple):
    """Seconds by the clock, and of a core: what other programs leave of it says less."""

    clock: float
    core: float


TABLES = ("entry", "leg", "seal", "deposit", "deposit_line")
HOUSEHOLDS, MATERIALS = 400, 12
SINCE, DAYS = date(2025, 1, 2), 600
AT_ONCE = 20_000


def run(engine: str, options: Namespace) -> None:
    """Print rows per second of both, their ratio, and the memory the import peaked at."""
    count, rounds = (1_000, 1) if options.short else (options.postings, options.rounds)
    with database(engine) as url:
        with make_app(url).app_context():
            bank = fill_bank("lama", HOUSEHOLDS, MATERIALS)
            release()
        book = Path(os.environ.get("TMPDIR", "/tmp")) / f"banksampah-bench-book-{os.getpid()}.csv"
        write_book(book, count)
        ours: list[Cost] = []
        raws: list[Cost] = []
        peaks = []
        for _ in range(rounds):
            with copy_of(url, "ours") as target, copy_of(url, "raw") as empty:
                cost, peak_mb = _import(book, target)
                ours.append(cost)
                peaks.append(peak_mb)
                limit = raw_sqlite if engine == "sqlite" else raw_postgresql
                raws.append(limit(target, empty, bank))
        book.unlink()
    print(f"import, {engine}: {count:,} deposits of one row each")
    for name, costs in (("raw", raws), ("imported", ours)):
        rates = [count / cost.clock for cost in costs]
        print(f"  {name:<9} {median(rates):8,.0f}/s   [{min(rates):,.0f}-{max(rates):,.0f}]")
    ratio = median(c.clock for c in raws) / median(c.clock for c in ours)
    print(f"  ratio     {ratio:8.2f}   memory at most {max(peaks):.0f} MB")
    if engine == "sqlite":  # PostgreSQL's work is another process's
        core = [median(c.core for c in costs) / count * 1e6 for costs in (raws, ours)]
        print(
            f"  of a core {core[0]:8.0f} µs a deposit, imported {core[1]:.0f} µs: {core[0] / core[1]:.2f}"
        )


def write_book(path: Path, count: int) -> None:
    """A book of *count* weighings over twenty months, by date; half of them say their price."""
    chance = Random(1)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["tanggal", "nomor", "kode", "berat", "harga", "no. bukti"])
        for n in range(count):
            day = SINCE + timedelta(days=n * DAYS // count)
            weight_g = chance.randint(50, 9_000)
            rows.writerow(
                [
                    f"{day:%d/%m/%Y}",
                    f"{chance.randint(1, HOUSEHOLDS):04}",
                    f"M{chance.randrange(MATERIALS)}",
                    f"{weight_g // 1000},{weight_g % 1000:03}",
                    1_700 if n % 2 else "",
                    f"B{n:07}",
                ]
            )


@contextmanager
def copy_of(url: str, name: str) -> Iterator[str]:
    """The address of a copy of the database at *url*, which nobody else has open."""
    if url.startswith("sqlite"):
        source = url.removeprefix("sqlite:///")
        copy = Path(source).with_name(f"{name}.db")
        with closing(sqlite3.connect(source)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(source, copy)
        yield f"sqlite:///{copy}"
        for file in copy.parent.glob(f"{copy.name}*"):
            file.unlink()
    else:
        parts = urlsplit(url)
        server = parts._replace(path="/template1").geturl()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE bench_{name} TEMPLATE {parts.path[1:]}")
            yield parts._replace(path=f"/bench_{name}").geturl()
            connection.execute(f"DROP DATABASE bench_{name}")


def _import(book: Path, url: str) -> tuple[Cost, float]:
    """What the whole command took, and the most memory its process held, in MB."""
    command = [
        sys.executable, "-m", "banksampah.cli", "deposits", "import", str(book),
        "--bank", "lama", "--database", url,
    ]  # fmt: skip
    environment = os.environ | {"BANKSAMPAH_SECRET_KEY": SECRET_KEY}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"the import ended with {status}")
    cost = Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime)
    return cost, used.ru_maxrss / 1024


def raw_postgresql(filled: str, empty: str, bank: Filled) -> Cost:
    """What it takes to COPY the rows that *filled* has more than *empty* into it, and commit."""
    with psycopg.connect(filled) as source, psycopg.connect(empty) as target:
        for table in TABLES:
            target.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # keys stay
        first, last = _span(source.execute, target.execute, bank)
        target.commit()
        seconds = 0.0
        for start in range(first, last + 1, AT_ONCE):
            span = f"bank_id = {bank.bank_id} AND seq BETWEEN {start} AND {start + AT_ONCE - 1}"
            for table in TABLES:
                rows = f"(SELECT * FROM {table} WHERE {span} ORDER BY seq)"
                with source.cursor().copy(f"COPY {rows} TO STDOUT (FORMAT binary)") as out:
                    content = [bytes(part) for part in out]
                began = time.perf_counter()
                with target.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as into:
                    for part in content:
                        into.write(part)
                seconds += time.perf_counter() - began
        began = time.perf_counter()
        target.commit()
        return Cost(seconds + time.perf_counter() - began, 0.0)


def raw_sqlite(filled: str, empty: str, bank: Filled) -> Cost:
    """The same by `executemany` in the order of the keys, durably, with as much cache as ours."""
    with (
        closing(sqlite3.connect(filled.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(empty.removeprefix("sqlite:///"), isolation_level=None)) as target,
    ):
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            target.execute(f"PRAGMA {pragma}")
        for (name,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            target.execute(f"DROP TRIGGER {name}")
        first, last = _span(source.execute, target.execute, bank)
        clock = core = 0.0
        target.execute("BEGIN IMMEDIATE")
        for start in range(first, last + 1, AT_ONCE):
            for table in TABLES:
                rows = source.execute(
                    f"SELECT * FROM {table} WHERE bank_id = ? AND seq BETWEEN ? AND ? ORDER BY seq",
                    (bank.bank_id, start, start + AT_ONCE - 1),
                ).fetchall()
                if not rows:
                    continue
                places = ",".join("?" * len(rows[0]))
                began = time.perf_counter(), time.process_time()
                target.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
                clock += time.perf_counter() - began[0]
                core += time.process_time() - began[1]
        began = time.perf_counter(), time.process_time()
        target.execute("COMMIT")
        return Cost(clock + time.perf_counter() - began[0], core + time.process_time() - began[1])


def _span(
    source: Callable[[str], Any], target: Callable[[str], Any], bank: Filled
) -> tuple[int, int]:
    """The first and last entry that the one has and the other has not."""
    newest = f"SELECT max(seq) FROM entry WHERE bank_id = {bank.bank_id}"
    last, before = (execute(newest).fetchone()[0] for execute in (source, target))
    return before + 1, last
