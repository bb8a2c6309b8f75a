"""Years of deposits in seconds: rows in bulk past the guards, with true seals and true sums.

What it leaves is what the kernel would have left; `banksampah verify` says so. Only for scratch
databases: it works as their owner, with the triggers away while it writes.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

import psycopg

from banksampah.db import normal_url
from banksampah.ledger import chart
from banksampah.ledger.sealing import Columns, LegColumns, seal_hash
from bench.places import Filled

DEPOSITS_AT_ONCE = 5_000
FLOW = chart.flow("in_savings", "G")
TABLES = ("entry", "leg", "seal", "deposit", "deposit_line")
Rows = dict[str, list[tuple[Any, ...]]]


class Span(NamedTuple):
    """What to write into one bank: so many deposits of *lines*, evenly over the days."""

    bank: Filled
    deposits_count: int
    since: date
    until: date
    lines: int = 2


def add_deposits(url: str, spans: Sequence[Span], seed: int = 1) -> None:
    """Write all *spans*; the first household of a bank brings nothing (it is measured)."""
    with _writing(url) as sink:
        for span in spans:
            for rows in _rows(sink, span, Random(seed)):
                sink.write(rows)
        sink.derive([span.bank.bank_id for span in spans])


def clone(url: str, bank_id: int, copies: int) -> list[int]:
    """Copy a whole bank *copies* times under new numbers, each with a chain of its own."""
    with _writing(url) as sink:
        first = sink.one("SELECT max(bank_id) FROM bank_head")[0] + 1
        ids = range(first, first + copies)
        tables = sink.tables()
        for table, columns in tables.items():
            if table == "seal":
                continue
            sink.copy(table, columns, bank_id, ids)
        chain = _chain(sink, bank_id)
        for at in range(0, copies, 100):
            seals = []
            for new in ids[at : at + 100]:
                link = bytes(32)
                for entry, legs in chain:
                    seal = seal_hash(link, entry._replace(bank_id=new), legs)
                    seals.append((new, entry.seq, len(legs), link, seal))
                    link = seal
            sink.write({"seal": seals})
        sink.heads(list(ids))
    return list(ids)


def count_entries(url: str) -> int:
    """All entries there are."""
    with _open(url) as sink:
        return int(sink.one("SELECT count(*) FROM entry")[0])


def settle(url: str) -> None:
    """What a server does by itself after a while: statistics, and pages written out."""
    with _open(url) as sink:
        sink.settle()


def _chain(sink: "Sqlite | Postgresql", bank_id: int) -> list[tuple[Columns, list[LegColumns]]]:
    legs: dict[int, list[LegColumns]] = {}
    for seq, *leg in sink.all(
        "SELECT seq, line, account_id, unit, amount, held FROM leg"
        f" WHERE bank_id = {bank_id} ORDER BY seq, line"
    ):
        legs.setdefault(seq, []).append(LegColumns(*leg))
    entries = sink.all(f"SELECT * FROM entry WHERE bank_id = {bank_id} ORDER BY seq")
    return [(Columns(*row), legs.get(row[1], [])) for row in entries]


def _rows(sink: "Sqlite | Postgresql", span: Span, chance: Random) -> Iterator[Rows]:
    """The rows of a span, some thousand deposits at a time, going on from the bank's head."""
    bank_id = span.bank.bank_id
    seq, link, ms = sink.one(
        f"SELECT head_seq, head_hash, last_recorded_ms FROM bank_head WHERE bank_id = {bank_id}"
    )
    days = (span.until - span.since).days + 1
    rows: Rows = {table: [] for table in TABLES}
    for n in range(span.deposits_count):
        seq, ms = seq + 1, ms + 1
        day = span.since + timedelta(days=n * days // span.deposits_count)
        link = _add_deposit(rows, span, chance, (seq, ms, bytes(link), day.isoformat()))
        if len(rows["entry"]) == DEPOSITS_AT_ONCE:
            yield rows
            rows = {table: [] for table in TABLES}
    yield rows


def _add_deposit(
    rows: Rows, span: Span, chance: Random, head: tuple[int, int, bytes, str]
) -> bytes:
    seq, ms, link, day = head
    bank, bank_id = span.bank, span.bank.bank_id
    place = chance.randrange(1, len(bank.member_ids))
    goods = [
        (m, grams, ((1_500 + m.id) * grams + 500) // 1_000, 1_500 + m.id)
        for m in chance.sample(bank.materials, span.lines)
        for grams in (chance.randrange(50, 9_000),)
    ]
    value_idr = sum(value for _m, _grams, value, _price in goods)
    moved = [
        *((m.value_account_id, "IDR", value) for m, _grams, value, _price in goods),
        (bank.accounts[place], "IDR", -value_idr),
        *((m.bought_account_id, "G", grams) for m, grams, _value, _price in goods),
        (FLOW, "G", -sum(grams for _m, grams, _value, _price in goods)),
    ]
    legs = [LegColumns(line, *leg, 0) for line, leg in enumerate(moved, 1)]
    lines = [[m.id, "G", grams, price, value, 1_000_000, value] for m, grams, value, price in goods]
    body = {"kind": "savings", "lines": lines, "member_id": bank.member_ids[place]}
    entry = Columns(bank_id, seq, "deposit.record", day, day, ms, f"bulk-{seq}", "0" * 64, 1,  # type: ignore[arg-type]
                    None, None, None, json.dumps(body, separators=(",", ":")))  # fmt: skip
    seal = seal_hash(link, entry, legs)
    rows["entry"].append(entry)
    rows["leg"] += [(bank_id, seq, *leg[:3], day, *leg[3:]) for leg in legs]
    rows["seal"].append((bank_id, seq, len(legs), link, seal))
    rows["deposit"].append(
        (bank_id, seq, bank.member_ids[place], "savings", None, "brought", day, value_idr,
         value_idr, 1, ms)
    )  # fmt: skip
    rows["deposit_line"] += [
        (bank_id, seq, n, m.id, "G", grams, "umum", price, value, 1_000_000, value)
        for n, (m, grams, value, price) in enumerate(goods, 1)
    ]
    return seal


@contextmanager
def _open(url: str) -> "Iterator[Sqlite | Postgresql]":
    sink = Sqlite(url) if url.startswith("sqlite") else Postgresql(url)
    yield sink
    sink.close()


@contextmanager
def _writing(url: str) -> "Iterator[Sqlite | Postgresql]":
    with _open(url) as sink:
        sink.guards_down()
        yield sink
        sink.guards_up()
        sink.settle()


_DERIVED = (
    "DELETE FROM balance_day WHERE bank_id IN ({ids})",
    "INSERT INTO balance_day (bank_id, account_id, day, delta)"
    " SELECT bank_id, account_id, effective_on, sum(amount) FROM leg WHERE bank_id IN ({ids})"
    " GROUP BY bank_id, account_id, effective_on HAVING sum(amount) <> 0",
    "UPDATE balance SET posted = s.posted, held = s.held, last_seq = s.last_seq"
    " FROM (SELECT bank_id, account_id, sum(amount) AS posted, sum(held) AS held,"
    "  max(seq) AS last_seq FROM leg WHERE bank_id IN ({ids}) GROUP BY bank_id, account_id) AS s"
    " WHERE balance.bank_id = s.bank_id AND balance.account_id = s.account_id",
)
_HEADS = (
    "UPDATE bank_head SET head_seq = s.seq, head_hash = s.hash, last_recorded_ms = e.recorded_ms"
    " FROM seal s JOIN entry e ON e.bank_id = s.bank_id AND e.seq = s.seq"
    " WHERE s.bank_id = bank_head.bank_id AND bank_head.bank_id IN ({ids})"
    " AND s.seq = (SELECT max(t.seq) FROM seal t WHERE t.bank_id = bank_head.bank_id)"
)
_MADE = {"slug": "t.slug || '-' || g.id", "name": "t.name || ' ' || g.id"}


class _Sink:
    """What both engines share: derived rows are made by SQL, from the legs that were written."""

    def run(self, sql: str) -> None:
        raise NotImplementedError

    def derive(self, bank_ids: Sequence[int]) -> None:
        for sql in _DERIVED:
            self.run(sql.format(ids=", ".join(map(str, bank_ids))))
        self.heads(bank_ids)

    def heads(self, bank_ids: Sequence[int]) -> None:
        self.run(_HEADS.format(ids=", ".join(map(str, bank_ids))))

    def copy(self, table: str, columns: Sequence[str], bank_id: int, ids: range) -> None:
        """The bank's rows of one table again for each new number."""
        made = [
            "g.id" if name == "bank_id"
            else _MADE[name] if table == "bank" and name in _MADE
            else f"t.{name}"
            for name in columns
        ]  # fmt: skip
        self.run(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(made)}"
            f" FROM ({self.numbers(ids)}) AS g, {table} AS t WHERE t.bank_id = {bank_id}"
            f" ORDER BY g.id"
        )

    def numbers(self, ids: range) -> str:
        raise NotImplementedError


class Sqlite(_Sink):
    """A file with its triggers and slow indexes away, to be put back at the end."""

    def __init__(self, url: str):
        self._db = sqlite3.connect(normal_url(url).removeprefix("sqlite:///"), isolation_level=None)
        self._kept: list[str] = []

    def guards_down(self) -> None:
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("PRAGMA wal_autocheckpoint=20000")
        kept = self.all(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND"
            " (type = 'trigger' OR name IN ('ix_leg_account', 'ix_deposit_line_material'))"
        )
        self._kept = [sql for _type, _name, sql in kept]
        self._db.execute("BEGIN")
        for kind, name, _sql in kept:
            self._db.execute(f"DROP {kind} {name}")

    def guards_up(self) -> None:
        for sql in self._kept:
            self._db.execute(sql)
        self._db.execute("COMMIT")

    def settle(self) -> None:
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._db.close()

    def write(self, rows: Rows) -> None:
        for table, values in rows.items():
            if values:
                places = ",".join("?" * len(values[0]))
                self._db.executemany(f"INSERT INTO {table} VALUES ({places})", values)

    def run(self, sql: str) -> None:
        self._db.execute(sql)

    def one(self, sql: str) -> Any:
        return self._db.execute(sql).fetchone()

    def all(self, sql: str) -> list[Any]:
        return self._db.execute(sql).fetchall()

    def tables(self) -> dict[str, list[str]]:
        names = [row[0] for row in self.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {n: [c[1] for c in self.all(f"PRAGMA table_info({n})")] for n in names}
        return {name: found for name, found in columns.items() if "bank_id" in found}

    def numbers(self, ids: range) -> str:
        return (
            f"WITH RECURSIVE n(id) AS (SELECT {ids[0]} UNION ALL SELECT id + 1 FROM n"
            f" WHERE id < {ids[-1]}) SELECT id FROM n"
        )


class Postgresql(_Sink):
    """The owner's connection: no triggers, no keys checked, one commit at the end."""

    def __init__(self, url: str):
        plain = normal_url(url).replace("postgresql+psycopg", "postgresql")
        self._db = psycopg.connect(plain)
        self._index = ""

    def guards_down(self) -> None:
        self._db.execute("SET session_replication_role = 'replica'")
        self._db.execute("SET LOCAL work_mem = '256MB'")
        self._db.execute("SET LOCAL maintenance_work_mem = '512MB'")
        found = self.one("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_leg_account'")
        self._index = found[0]
        self._db.execute("DROP INDEX ix_leg_account")

    def guards_up(self) -> None:
        self._db.execute(self._index)
        self._db.commit()

    def settle(self) -> None:
        self._db.commit()
        self._db.autocommit = True
        self._db.execute("VACUUM ANALYZE")

    def close(self) -> None:
        self._db.close()

    def write(self, rows: Rows) -> None:
        for table, values in rows.items():
            with self._db.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                copy.write("".join(map(_copied, values)))

    def run(self, sql: str) -> None:
        self._db.execute(sql)

    def one(self, sql: str) -> Any:
        return self._db.execute(sql).fetchone()

    def all(self, sql: str) -> list[Any]:
        return self._db.execute(sql).fetchall()

    def tables(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for table, column in self.all(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum"
        ):
            found.setdefault(table, []).append(column)
        return {name: columns for name, columns in found.items() if "bank_id" in columns}

    def numbers(self, ids: range) -> str:
        return f"SELECT generate_series({ids[0]}::bigint, {ids[-1]}) AS id"


def _copied(row: tuple[Any, ...]) -> str:
    cells = (
        "\\N" if cell is None else f"\\\\x{cell.hex()}" if isinstance(cell, bytes) else str(cell)
        for cell in row
    )
    return "\t".join(cells) + "\n"
