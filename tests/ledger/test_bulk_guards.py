"""SQLite's bulk: what is asked of many entries together is no less than what is asked of each."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from banksampah import ledger
from banksampah.db import transaction
from banksampah.ledger import Posting, posting
from tests.ledger.conftest import Books

Script = list[str]
HOUSEHOLD, STOCK, CASH, ENVIRONMENT = 100_000, 100_002, 1100, 3100
START = "INSERT INTO bulk (bank_id) VALUES (1)"
CLOSE = "UPDATE bulk SET closing = 1 WHERE bank_id = 1"


def entry(
    seq: int, day: str = "2026-11-21", ms: int = 99_999_999_999_999, reverses: str = "NULL"
) -> str:
    return (
        f"INSERT INTO entry VALUES (1, {seq}, 'x', '{day}', '2026-11-21', {ms}, 'sql-{seq}',"
        f" '{'0' * 64}', 7, NULL, {reverses}, NULL, '{{}}')"
    )


def leg(
    seq: int, line: int, amount: int, account: int = CASH, day: str = "2026-11-21", held: int = 0
) -> str:
    return f"INSERT INTO leg VALUES (1, {seq}, {line}, {account}, 'IDR', '{day}', {amount}, {held})"


def legs(seq: int) -> Script:
    return [leg(seq, 1, 5), leg(seq, 2, -5, ENVIRONMENT)]


def seal(seq: int, count: int = 2, link: str = "") -> str:
    """The seal of an entry; its link is the head's (entry 3) or that of the seal before it."""
    head = "(SELECT head_hash FROM bank_head WHERE bank_id = 1)"
    link = link or (head if seq == 3 else f"x'{seq - 1:064x}'")
    return f"INSERT INTO seal VALUES (1, {seq}, {count}, {link}, x'{seq:064x}')"


def whole(seq: int) -> Script:
    return [entry(seq), *legs(seq), seal(seq)]


TWO = [*whole(3), *whole(4)]

ATTEMPTS: dict[str, tuple[Script, str]] = {
    "no closing before the commit": ([START, *TWO, "COMMIT"], "FOREIGN KEY"),
    "a bulk of no commit": ([START, "COMMIT"], "FOREIGN KEY"),
    "a bulk taken away": ([START, *TWO, "DELETE FROM bulk"], "a bulk is open"),
    "a bulk closed without its questions": (
        ["INSERT INTO bulk (bank_id, closing) VALUES (1, 1)"], "a bulk is open",
    ),
    "a bulk handed to another bank": ([START, "UPDATE bulk SET bank_id = 2"], "a bulk is open"),
    "a reference that leads somewhere": (
        ["INSERT INTO bulk (bank_id, until_closed) VALUES (1, 1)"], "CHECK",
    ),
    "a bulk replaced": ([START, "INSERT OR REPLACE INTO bulk (bank_id) VALUES (1)"], "a bulk is open"),
    "a gap": ([START, *whole(3), entry(5), *legs(5), seal(5, link=f"x'{3:064x}'"), CLOSE], "seq gap"),
    "an entry before all others": ([START, entry(-1)], "seq gap"),
    "a closed month": ([START, entry(3, day="2026-09-30")], "period closed"),
    "a clock before the head's": ([START, entry(3, ms=1)], "clock went back"),
    "a clock that goes back": (
        [START, *whole(3), entry(4, ms=99_999_999_999_998), *legs(4), seal(4), CLOSE], "clock went back",
    ),
    "an entry without a seal": ([START, *whole(3), entry(4), *legs(4), CLOSE], "chain broken"),
    "a chain not from the head": (
        [START, entry(3), *legs(3), seal(3, link="zeroblob(32)"), CLOSE], "chain broken",
    ),
    "a chain broken inside": (
        [START, *whole(3), entry(4), *legs(4), seal(4, link="zeroblob(32)"), CLOSE], "chain broken",
    ),
    "a leg less than sealed": ([START, *whole(3), entry(4), *legs(4), seal(4, 3), CLOSE], "legs missing"),
    "a leg after the seal": ([START, *whole(3), leg(3, 3, 5), leg(3, 4, -5), CLOSE], "legs missing"),
    "legs that do not balance": (
        [START, *whole(3), entry(4), leg(4, 1, 5), leg(4, 2, -4, ENVIRONMENT), seal(4), CLOSE], "unbalanced",
    ),
    "two that balance together only": (
        [START, entry(3), leg(3, 1, 5), seal(3, 1), entry(4), leg(4, 1, -5, ENVIRONMENT), seal(4, 1), CLOSE],
        "unbalanced",
    ),
    "a leg of another day": (
        [START, entry(3), leg(3, 1, 5, day="2026-11-20"), leg(3, 2, -5, ENVIRONMENT), seal(3), CLOSE],
        "date mismatch",
    ),
    "what lowers a floor": (
        [START, entry(3), leg(3, 1, 5, ENVIRONMENT), leg(3, 2, -5), seal(3), CLOSE], "one by one",
    ),
    "a hold": ([START, entry(3), leg(3, 1, 0, HOUSEHOLD, held=5), seal(3, 1), CLOSE], "one by one"),
    "a reversal": ([START, entry(3, reverses="1"), *legs(3), seal(3), CLOSE], "one by one"),
    "a sealed leg replaced": (
        [START, leg(1, 1, 6).replace("INSERT", "INSERT OR REPLACE")], "entry sealed",
    ),
    "a seal replaced": ([START, seal(1, link="zeroblob(32)").replace("INSERT", "INSERT OR REPLACE")], "seal exists"),
    "an entry replaced": ([START, entry(1).replace("INSERT", "INSERT OR REPLACE")], "entry exists"),
    "a balance by hand": (
        [START, *whole(3), "UPDATE balance SET posted = 9, last_seq = 3 WHERE account_id = 1100"],
        "balance is derived",
    ),
    "a day's sum by hand": (
        [START, *whole(3), "UPDATE balance_day SET delta = 9 WHERE account_id = 100000"], "balance is derived",
    ),
    "a day of one's own": (
        [START, *whole(3), "INSERT INTO balance_day VALUES (1, 1100, '2026-01-01', 9)"], "balance is derived",
    ),
    "a head by hand": (
        [START, *whole(3),
         f"UPDATE bank_head SET head_seq = 3, head_hash = x'{3:064x}', last_recorded_ms = 99999999999999"],
        "head only moves",
    ),
    "foreign keys off": (["COMMIT", "PRAGMA foreign_keys = OFF", "BEGIN", START], "foreign keys are off"),
}  # fmt: skip


@pytest.fixture
def run(books: Books, database_url: str) -> Iterator[Callable[[Script], None]]:
    """Runs a script in one transaction of a bare connection, on a bank of two entries."""
    if not database_url.startswith("sqlite"):
        yield lambda _script: None  # PostgreSQL asks it all in one function
        return
    books.deposit()
    with transaction(1) as session:
        ledger.close_period(session, books.act(), books.act().today.replace(month=9, day=30))
    with closing(
        sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    ) as c:

        def run(script: Script) -> None:
            c.execute("PRAGMA foreign_keys = ON")
            c.execute("BEGIN IMMEDIATE")
            try:
                for statement in script:
                    c.execute(statement)
            finally:
                if c.in_transaction:
                    c.execute("ROLLBACK")

        yield run


def test_what_a_bulk_refuses(
    run: Callable[[Script], None], database_url: str, subtests: pytest.Subtests
) -> None:
    if not database_url.startswith("sqlite"):
        return
    for name, (script, refusal) in ATTEMPTS.items():
        with subtests.test(name), pytest.raises(sqlite3.IntegrityError, match=refusal):
            run(script)
    run([START, *TWO, CLOSE])  # and what is whole is taken


def test_a_bulk_leaves_what_one_by_one_leaves(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposits = [
        Posting(books.act(f"d{n}"), "deposit", {"n": n}, books.deposit_legs(n, n))
        for n in range(1, 120)
    ]
    found = []
    for at_once in (posting.BULK_FROM, 10_000):
        monkeypatch.setattr(posting, "BULK_FROM", at_once)
        with pytest.raises(InterruptedError), transaction(1) as session:
            ledger.post_many(session, deposits)
            found.append(
                (
                    ledger.find_seal(session, 1, ledger.head_seq(session, 1)),
                    session.execute(text("SELECT * FROM balance ORDER BY 1, 2")).all(),
                    session.execute(text("SELECT * FROM balance_day ORDER BY 1, 2, 3")).all(),
                )
            )
            raise InterruptedError
    assert found[0] == found[1]
    assert ledger.head_seq(books.session, 1) == 0


def test_a_refusal_in_a_bulk_is_the_one_of_one_by_one(books: Books) -> None:
    many = [Posting(books.act(), "deposit", {}, books.deposit_legs(5, 5)) for _ in range(120)]
    pay = (ledger.debit(books.household, 10**9), ledger.credit(CASH, 10**9))
    with pytest.raises(ledger.BalanceTooLow), transaction(1) as session:
        ledger.post_many(session, [*many, Posting(books.act(), "pay", {}, pay)])
    back = (ledger.debit(books.household, 5), ledger.credit(books.stock, 5))
    with transaction(1) as session:  # lowers what has a floor, and may: it goes one by one
        seqs = ledger.post_many(session, [*many, Posting(books.act(), "back", {}, back)])
    assert len(seqs) == 121 and books.posted(books.household) == 119 * 5
