"""Writes that are right but for one thing: one guard alone stands in the way of each (SQLite).

`tests.proofs.guard_bench` drops each guard in turn; one of these, or of `test_guards`, gets through.
"""

import pytest
from sqlalchemy import Engine

from tests.ledger.conftest import Books
from tests.ledger.test_guards import is_refused, kept_books, owner  # noqa: F401 – fixtures

TODAY = "2026-11-21"
MOVE = ((1, 1100, "IDR", 5, 0), (2, 3100, "IDR", -5, 0))
HOLD = ((1, 100_000, "IDR", 0, 5),)


def write(
    seq: int = 5, *, bank: int = 1, kind: str = "x", day: str = TODAY, paper: str = TODAY,
    ms: int = 99_999_999_999_999, key: str = "", digest: str = "0" * 64, body: str = "{{}}",
    reverses: str = "NULL", resolves: str = "NULL", legs: tuple[tuple[object, ...], ...] = MOVE,
    leg_day: str = "", count: int | None = None, seal: str = "zeroblob(32)",
) -> list[str]:  # fmt: skip
    """A whole entry with legs and seal, in plain SQL."""
    n = len(legs) if count is None else count
    return [
        f"INSERT INTO entry VALUES ({bank}, {seq}, '{kind}', '{day}', '{paper}', {ms},"
        f" '{key or f'w{seq}'}', '{digest}', 7, NULL, {reverses}, {resolves}, '{body.format()}')",
        *(
            f"INSERT INTO leg VALUES ({bank}, {seq}, {line}, {account}, '{unit}', '{leg_day or day}',"
            f" {amount}, {held})"
            for line, account, unit, amount, held in legs
        ),
        f"INSERT INTO seal SELECT {bank}, {seq}, {n}, head_hash, {seal} FROM bank_head"
        f" WHERE bank_id = {bank}",
    ]


BIG = 10**15 + 1
CLOSE = write(kind="period.close", legs=())
ALONE = {
    "an entry changed": ["UPDATE entry SET actor_id = 8 WHERE seq = 2"],
    "a leg changed": ["UPDATE leg SET amount = amount * 2 WHERE seq = 2"],
    "a seal changed": ["UPDATE seal SET legs_count = 9 WHERE seq = 2"],
    "a period changed": ["UPDATE period SET seq = 3"],
    "a frozen balance changed": ["UPDATE period_balance SET posted = posted + 1"],
    "an entry in a closed month": write(day="2026-09-30"),
    "an entry before the one before it": write(ms=1),
    "a leg after the seal": [
        f"INSERT INTO leg VALUES (1, 3, 9, 1100, 'IDR', '{TODAY}', 5, 0)"
    ],
    "a leg of another day": write(leg_day="2026-11-20"),
    "more legs sealed than there are": write(count=9),
    "a hold given free in part": [
        *write(legs=HOLD), *write(6, resolves="5", legs=((1, 100_000, "IDR", 0, -3),)),
    ],
    "a hold given free by nobody": [
        *write(legs=HOLD), *write(6, legs=((1, 100_000, "IDR", 0, -5),)),
    ],
    "a month opened again": [
        *CLOSE, "INSERT INTO period VALUES (1, '2026-10-31', 5)",
        "UPDATE bank_head SET closed_through = '2026-10-31' WHERE bank_id = 1",
        "UPDATE bank_head SET closed_through = '2026-09-30' WHERE bank_id = 1",
    ],
    "a month closed by another entry": ["INSERT INTO period VALUES (1, '2026-10-31', 3)"],
    "a month that ends on no day": [*CLOSE, "INSERT INTO period VALUES (1, '2026-10-99', 5)"],
    "a kind with a blank": write(kind="a b"),
    "a day far ahead": write(day="3001-01-01"),
    "a day on paper that is none": write(paper="2026-02-30"),
    "an instant before 1970": write(1, bank=2, ms=0),
    "a key with a blank": write(key="a b"),
    "a fingerprint that is none": write(digest="xyz"),
    "a body that is no JSON": write(body="nothing"),
    "a body of two lines": write(body='{{"a":\n1}}'),
    "a leg numbered 0": write(legs=((0, 1100, "IDR", 5, 0), (2, 3100, "IDR", -5, 0))),
    "a leg that moves nothing": write(legs=(*MOVE, (3, 1100, "IDR", 0, 0))),
    "an amount beyond belief": write(legs=((1, 3000, "IDR", BIG, 0), (2, 2200, "IDR", -BIG, 0))),
    "a hold beyond belief": write(legs=((1, 2200, "IDR", 0, BIG),)),
    "an account without a code": ["INSERT INTO account VALUES (1, 200000, '', 'IDR', 1, 0)"],
    "an account of another unit": ["INSERT INTO account VALUES (1, 200000, 'x', 'KG', 1, 0)"],
    "an account of no side": ["INSERT INTO account VALUES (1, 200000, 'x', 'IDR', 0, 0)"],
    "a floor that is none": ["INSERT INTO account VALUES (1, 200000, 'x', 'IDR', 1, 2)"],
    "an empty note": ["INSERT INTO entry_note VALUES (1, 1, '')"],
    "a note on no entry": ["INSERT INTO entry_note VALUES (1, 999, 'x')"],
    "a reversal of no entry": write(
        reverses="999", legs=((1, 1100, "IDR", 5, 0), (2, 1100, "IDR", -5, 0))
    ),
    "grams on an account of rupiah": write(legs=((1, 1100, "G", 5, 0), (2, 3100, "G", -5, 0))),
    "legs of no entry, in a bulk": [
        "INSERT INTO bulk (bank_id) VALUES (1)", *write(),
        f"INSERT INTO leg VALUES (1, 9, 1, 1100, 'IDR', '{TODAY}', 5, 0)",
        f"INSERT INTO leg VALUES (1, 9, 2, 3100, 'IDR', '{TODAY}', -5, 0)",
        "UPDATE bulk SET closing = 1 WHERE bank_id = 1",
    ],
    "a seal of no entry, in a bulk": [
        "INSERT INTO bulk (bank_id) VALUES (1)", *write(),
        "INSERT INTO seal VALUES (1, 9, 0, zeroblob(32), zeroblob(32))",
        "UPDATE bulk SET closing = 1 WHERE bank_id = 1",
    ],
    "an account of no bank": ["INSERT INTO account VALUES (77, 1, 'x', 'IDR', 1, 0)"],
    "a balance of no account": ["INSERT INTO balance VALUES (1, 999999, 0, 0, 0)"],
    "a frozen balance of no month": ["INSERT INTO period_balance VALUES (1, 1100, '2026-10-31', 5)"],
    "a frozen balance of no account": [
        *CLOSE, "INSERT INTO period VALUES (1, '2026-10-31', 5)",
        "INSERT INTO period_balance VALUES (1, 999999, '2026-10-31', 5)",
    ],
}  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_thing_wrong_is_refused(owner: Engine, kept_books: Books) -> None:  # noqa: F811
    for name, statements in ALONE.items():
        with owner.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            assert is_refused(connection, statements), name


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_with_nothing_wrong_it_is_written(owner: Engine, kept_books: Books) -> None:  # noqa: F811
    """Or the attempts above would be refused for how they are spelled."""
    right = [
        *write(), *write(6, legs=HOLD),
        *write(7, resolves="6", legs=((1, 100_000, "IDR", 0, -5),)),
        *write(8, kind="period.close", legs=()),
        "INSERT INTO period VALUES (1, '2026-10-31', 8)",
        "UPDATE bank_head SET closed_through = '2026-10-31' WHERE bank_id = 1",
        "INSERT INTO account VALUES (1, 200000, 'x', 'IDR', 1, 0)",
    ]  # fmt: skip
    with owner.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.exec_driver_sql("BEGIN")
        for statement in right:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("ROLLBACK")
