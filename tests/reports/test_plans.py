"""What the reads ask is found by key on both engines: never through a bank's whole history.

On PostgreSQL the planner may not scan or hash here, however small the tables: what it does then it
does at ten million legs too (`python -m bench reads`).
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import READER_ROLE, db, normal_url, use_bank
from banksampah.deposits.queries import get_deposit
from banksampah.ledger.balances import _BALANCE
from banksampah.members.models import Member
from banksampah.reports.queries.month import month_report
from banksampah.reports.queries.proof import prove
from banksampah.reports.queries.region import Region, region_month
from banksampah.reports.queries.trial import trial_balance_on
from banksampah.sales.queries import get_sale, sales
from banksampah.splits.queries import get_split, splits
from banksampah.statements.queries import statement
from tests.quarter import Winter

LONG = {
    "entry", "leg", "seal", "deposit", "deposit_line", "deposit_change", "deposit_line_change",
    "balance_day", "period_balance", "withdrawal", "withdrawal_outcome", "sale_line", "sale_cost",
    "sale_step", "split_line",
}  # fmt: skip
SINCE, UNTIL, TODAY = date(2026, 12, 1), date(2026, 12, 31), date(2027, 2, 14)
HERE = Region("Kota Probolinggo", "Kanigaran", "Kebonsari Kulon")
Read = Callable[[Session, Winter], object]

READS: dict[str, Read] = {
    "balance as of a date": lambda s, w: ledger.balance_on(s, 1, account(s, w), UNTIL),
    "statement of a month": lambda s, w: statement(
        s, 1, w.siti.id, since=SINCE, until=UNTIL, today=TODAY
    ),
    "month report": lambda s, w: month_report(s, 1, SINCE),
    "trial balance of a date": lambda s, w: trial_balance_on(s, 1, UNTIL),
    "a kelurahan's month": lambda s, w: region_month(s, HERE, SINCE),
    "a deposit": lambda s, w: get_deposit(s, 1, first_deposit(s)),
    "a sale": lambda s, w: get_sale(s, 1, sales(s, 1, limit=1)[0].seq),
    "a split": lambda s, w: get_split(s, 1, splits(s, 1, limit=1)[0].seq),
}


def account(session: Session, winter: Winter) -> int:
    member = session.get(Member, (1, winter.siti.id))
    assert member is not None
    return member.savings_account_id


@contextmanager
def listening() -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, sql: str, values: object, *_: object) -> None:
        asked.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def owner(winter: Winter, database_url: str) -> Iterator[Connection]:
    """The owner, who has told PostgreSQL that the long tables hold ten million rows."""
    engine = create_engine(normal_url(database_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            for table in sorted(LONG):  # it may have counted the few rows, or be about to
                connection.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
            connection.exec_driver_sql("DELETE FROM pg_statistic WHERE starelid >= 16384")
            connection.execute(
                text(
                    "UPDATE pg_class SET reltuples = 1e7, relpages = 1 WHERE relname = ANY (:long)"
                ),
                {"long": sorted(LONG)},
            )
            connection.exec_driver_sql("SELECT set_config('app.bank_id', '1', false)")
            connection.exec_driver_sql(f"SET ROLE {READER_ROLE}")
        yield connection
    engine.dispose()


@pytest.mark.parametrize("name", READS)
def test_a_read_searches_by_key(
    session: Session, winter: Winter, owner: Connection, name: str
) -> None:
    use_bank(session, 1)
    with listening() as asked:
        READS[name](session, winter)
    told = [(sql, values) for sql, values in asked if sql.lstrip().startswith(("SELECT", "WITH"))]
    assert told
    for sql, values in told:
        assert_by_key(owner, sql, values)


def test_one_balance_searches_by_key(session: Session, winter: Winter, owner: Connection) -> None:
    """It is asked of the driver itself, past what listens above."""
    mark = "%s" if owner.dialect.name == "postgresql" else "?"
    use_bank(session, 1)
    assert_by_key(owner, _BALANCE.format(mark=mark), (1, account(session, winter)))


def test_the_proof_of_a_long_book_reads_its_tail(session: Session, winter: Winter) -> None:
    use_bank(session, 1)
    assert prove(session, 1).failed_count == 0
    with listening() as asked:
        ledger.check_tail(session, 1, 5)
    assert all("seq" in sql for sql, _values in asked)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(amount) FROM leg WHERE amount > 0",
        "SELECT count(body) FROM entry AS e WHERE bank_id = 1 AND kind = 'reversal'",
    ],
)
def test_a_scan_would_be_seen(owner: Connection, sql: str) -> None:
    with pytest.raises(AssertionError):
        assert_by_key(owner, sql, {})


def first_deposit(session: Session) -> int:
    flows = [ledger.chart.flow("in_savings", "G")]
    return ledger.touching(session, 1, flows, date(2026, 11, 1), TODAY)[0].seq


def assert_by_key(connection: Connection, sql: str, values: Any) -> None:
    if connection.dialect.name == "sqlite":
        return _assert_sqlite(connection, sql, values)
    if "region_month(" in sql:
        made = Path("migrations/sql/0024_region_postgresql.sql").read_text().split("$$")[1]
        sql = re.sub(r"\bp_(\w+)", r"%(p_\1)s", made)
        sql = re.sub(r"(%\(p_(?:since|until)\)s)", r"\1::date", sql)
    for way in ("seqscan", "hashjoin", "mergejoin", "bitmapscan"):
        connection.exec_driver_sql(f"SET enable_{way} = off")
    [[plan]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", values).all()
    plans = plan if isinstance(plan, list) else json.loads(plan)
    for node in _nodes(plans[0]["Plan"]):
        table = node.get("Relation Name", "")
        if table in LONG and connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first():
            key = node.get("Index Cond", "")
            assert node["Node Type"].startswith("Index"), (node["Node Type"], sql)
            assert " AND " in key or "seq = " in key, (key, sql)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _assert_sqlite(connection: Connection, sql: str, values: Any) -> None:
    names = {alias: table for table, alias in re.findall(r"(?:FROM|JOIN) (\w+) (?:AS )?(\w+)", sql)}
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values):
        words = row[3].split()
        table = names.get(words[1], words[1]) if len(words) > 1 else ""
        if words[0] in {"SCAN", "SEARCH"} and table in LONG:
            assert words[0] == "SEARCH" and not row[3].endswith("(bank_id=?)"), (row[3], sql)
