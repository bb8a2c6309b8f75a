"""What direct SQL cannot do: a table of attempts, all refused by the database itself.

On PostgreSQL each attempt is made twice: by the application's role and by the owner.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError

from banksampah import ledger
from banksampah.db import db, normal_url, transaction
from tests.ledger.conftest import Books

TABLES = (
    "bank_head", "account", "entry", "leg", "seal", "balance", "balance_day", "period",
    "period_balance",
)  # fmt: skip

ENTRY = (
    "INSERT INTO entry VALUES (1, {seq}, 'x', '{day}', '2026-11-21', 99999999999999, '{key}',"
    " '" + "0" * 64 + "', 7, NULL, {reverses}, NULL, '{{}}')"
)


def entry(seq: int = 5, day: str = "2026-11-21", key: str = "sql", reverses: str = "NULL") -> str:
    return ENTRY.format(seq=seq, day=day, key=key, reverses=reverses)


def leg(seq: int, line: int, amount: int, account: str = "1100") -> str:
    return f"INSERT INTO leg VALUES (1, {seq}, {line}, {account}, 'IDR', '2026-11-21', {amount}, 0)"


EDITS = [f"UPDATE {table} SET bank_id = bank_id + 5" for table in TABLES] + [
    f"DELETE FROM {table}" for table in TABLES
]

ATTEMPTS = {
    "a leg after the seal": [leg(1, 9, 5)],
    "an entry without a seal": [entry()],
    "an entry with a gap": [entry(seq=77)],
    "an entry in a closed month": [entry(day="2026-09-30")],
    "a key used before": [entry(key="k1")],
    "an unbalanced entry": [
        entry(), leg(5, 1, 5),
        "INSERT INTO seal SELECT 1, 5, 1, head_hash, head_hash FROM bank_head WHERE bank_id = 1",
    ],
    "an overdraft": [
        entry(), leg(5, 1, 10**9, "100000"), leg(5, 2, -(10**9), "1100"),
        "INSERT INTO seal SELECT 1, 5, 2, head_hash, head_hash FROM bank_head WHERE bank_id = 1",
    ],
    "a seal that breaks the chain": [
        entry(), leg(5, 1, 5), leg(5, 2, -5, "3100"),
        "INSERT INTO seal SELECT 1, 5, 2, {zero}, {zero}",
    ],
    "a reversal that is no mirror": [
        entry(reverses="1"), leg(5, 1, 5), leg(5, 2, -5, "3100"),
        "INSERT INTO seal SELECT 1, 5, 2, head_hash, head_hash FROM bank_head WHERE bank_id = 1",
    ],
    "a balance written by hand": ["UPDATE balance SET posted = posted + 1"],
    "a day's sum written by hand": ["UPDATE balance_day SET delta = delta + 1"],
    "a head moved by hand": ["UPDATE bank_head SET head_seq = head_seq + 1"],
    "a month opened again": ["UPDATE bank_head SET closed_through = '2026-01-31'"],
    "a month closed without its entry": ["UPDATE bank_head SET closed_through = '2026-10-31'"],
    "a balance of a closed month": [
        "INSERT INTO period_balance VALUES (1, 1110, '2026-09-30', 5)"
    ],
    "a floor taken away": ["UPDATE account SET floor_zero = {false}"],
    "a bank that starts in the middle": [
        "INSERT INTO bank_head (bank_id, head_seq) VALUES (9, 5)"
    ],
    "an account of another bank": [
        "INSERT INTO leg VALUES (2, 1, 1, 100000, 'IDR', '2026-11-21', 5, 0)"
    ],
}  # fmt: skip

ON_SQLITE = {
    "REPLACE of a leg": ["INSERT OR REPLACE INTO leg VALUES (1, 1, 1, 1100, 'IDR', '2026-11-21', 9, 0)"],
    "REPLACE of an entry": [entry(seq=1).replace("INSERT", "INSERT OR REPLACE", 1)],
    "REPLACE of a seal": ["INSERT OR REPLACE INTO seal VALUES (1, 1, 4, zeroblob(32), zeroblob(32))"],
    "REPLACE of a balance": ["INSERT OR REPLACE INTO balance VALUES (1, 1100, 5, 0, 0)"],
    "REPLACE of the head": ["INSERT OR REPLACE INTO bank_head (bank_id) VALUES (1)"],
    "REPLACE of an account": ["INSERT OR REPLACE INTO account VALUES (1, 1100, '1100', 'IDR', 1, 0)"],
    "REPLACE of a day": ["INSERT OR REPLACE INTO balance_day VALUES (1, 1100, '2026-11-21', 5)"],
    "half a gram": ["UPDATE leg SET amount = 0.5"],
    "an entry with the foreign keys off": ["PRAGMA foreign_keys = OFF", entry()],
    "an edit with recursive triggers off": ["PRAGMA recursive_triggers = OFF", "INSERT OR REPLACE INTO leg VALUES (1, 1, 1, 1100, 'IDR', '2026-11-21', 9, 0)"],
}  # fmt: skip

POSTING = "SET LOCAL ledger.posting = 'on'"
"""What the function sets: with it the owner, whom no right holds back, meets the keys alone."""


def _entries(*tails: str, bank: int = 1) -> list[str]:
    """Entries with seals around the function; a tail is what one reverses and resolves."""
    first = 1 if bank != 1 else 5
    return [POSTING] + [
        statement
        for seq, tail in enumerate(tails, first)
        for statement in (
            f"INSERT INTO entry VALUES ({bank}, {seq}, 'x', '2026-11-21', '2026-11-21', 1, 'own-{seq}',"
            f" repeat('0', 64), 7, NULL, {tail}, '{{}}')",
            f"INSERT INTO seal VALUES ({bank}, {seq}, 0, sha256('a'), sha256('b'))",
        )
    ]


ON_POSTGRESQL = {
    "a note on no entry": ["INSERT INTO entry_note VALUES (1, 999, 'x')"],
    "an entry of no bank": _entries("NULL, NULL", bank=77),
    "a reversal of no entry": _entries("999, NULL"),
    "a release of no entry": _entries("NULL, 999"),
    "two reversals of one entry": _entries("1, NULL", "1, NULL"),
    "two releases of one hold": _entries("NULL, 1", "NULL, 1"),
    "a leg of no entry": [POSTING, leg(999, 1, 5)],
    "a leg of another unit": [
        *_entries("NULL, NULL"),
        "INSERT INTO leg VALUES (1, 5, 1, 1100, 'G', '2026-11-21', 5, 0)",
    ],
    "a seal of no entry": [POSTING, "INSERT INTO seal VALUES (1, 999, 0, sha256('a'), sha256('b'))"],
    "an account of no bank": [POSTING, "INSERT INTO account VALUES (77, 1, 'x', 'IDR', 1, false)"],
    "a balance of no account": [POSTING, "INSERT INTO balance VALUES (1, 999999, 0, 0, 0)"],
    "a day's sum of no account": [
        POSTING, "INSERT INTO balance_day VALUES (1, 999999, '2026-11-21', 5)",
    ],
    "a month closed by no entry": [POSTING, "INSERT INTO period VALUES (1, '2026-10-31', 999)"],
    "a frozen balance of no month": [
        POSTING, "INSERT INTO period_balance VALUES (1, 1100, '2026-10-31', 5)",
    ],
    "a frozen balance of no account": [
        POSTING, "INSERT INTO period_balance VALUES (1, 999999, '2026-09-30', 5)",
    ],
} | {
    f"TRUNCATE {table}": [f"TRUNCATE {table} CASCADE"] for table in TABLES
} | {
    "an entry around the function, unsealed": ["SET ledger.posting = 'on'", entry()],
}  # fmt: skip


@pytest.fixture
def kept_books(books: Books) -> Books:
    """Three entries and a closed month."""
    books.deposit(effective_on=date(2026, 9, 5))
    books.deposit()
    books.fund_cash()
    with transaction(1) as session:
        ledger.close_period(session, books.act(), date(2026, 9, 30))
    books.session.rollback()
    return books


@pytest.fixture
def owner(database_url: str, kept_books: Books) -> Iterator[Engine]:
    """A connection of the database's owner, without this service's settings or role."""
    engine = create_engine(normal_url(database_url), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def attempts(engine: str) -> dict[str, list[str]]:
    own = ON_SQLITE if engine == "sqlite" else ON_POSTGRESQL
    zero = "zeroblob(32)" if engine == "sqlite" else "decode(repeat('00', 32), 'hex')"
    words = {"{zero}": zero, "{false}": "0" if engine == "sqlite" else "false"}
    table = {sql: [sql] for sql in EDITS} | ATTEMPTS | own
    for word, value in words.items():
        for name, statements in table.items():
            table[name] = [statement.replace(word, value) for statement in statements]
    return table


def is_refused(connection: Connection, statements: list[str]) -> bool:
    """True when the database refuses the statements (each run as it stands) or their commit."""
    pragmas = [s for s in statements if s.startswith("PRAGMA")]
    try:
        for pragma in pragmas:
            connection.exec_driver_sql(pragma)
        connection.exec_driver_sql("BEGIN")
        for statement in statements[len(pragmas) :]:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("COMMIT")
    except DBAPIError as error:
        connection.exec_driver_sql("ROLLBACK")
        told = str(error.orig).lower()  # refused for what it is, not for how it is spelled
        return not any(word in told for word in ("syntax", "no such", "does not exist"))
    return False


def test_direct_sql_is_refused_to_the_owner(owner: Engine, kept_books: Books) -> None:
    before = ledger.check(kept_books.session, 1).head_hash
    kept_books.session.rollback()
    for name, statements in attempts(owner.dialect.name).items():
        with owner.connect() as connection:
            if owner.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            assert is_refused(connection, statements), name
    proof = ledger.check(kept_books.session, 1)
    assert (proof.faults, proof.head_hash) == ([], before)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no roles
def test_direct_sql_is_refused_to_the_service(app: object, kept_books: Books) -> None:
    for name, statements in attempts("postgresql").items():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SELECT set_config('app.bank_id', '1', false)")
            assert is_refused(connection, statements), name


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_bank_sees_its_own_rows_only(owner: Engine, kept_books: Books) -> None:
    """Row-level security on PostgreSQL: another bank's rows, or no bank chosen, gives none."""
    counts = {}
    for chosen in ("1", "2", ""):
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT set_config('app.bank_id', %s, true)", (chosen,))
            counts[chosen] = connection.exec_driver_sql("SELECT count(*) FROM entry").scalar_one()
    assert counts == {"1": 4, "2": 0, "": 0}
