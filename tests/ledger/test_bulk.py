"""Many entries at once: what `post` writes one by one, `post_many` writes in one journey."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from banksampah import ledger
from banksampah.db import array_literal, db, transaction
from banksampah.ledger import Posting, chart, credit, debit, hold, release
from tests.conftest import NOW, TODAY
from tests.ledger.conftest import Books


def winter(bank_id: int, accounts: dict[str, int]) -> list[Posting]:
    """A story with every kind of entry, for a bank with these accounts."""
    household, stock = accounts["household"], accounts["stock"]
    early = TODAY - timedelta(days=9)

    def posting(n: int, kind: str, *legs: ledger.Leg, **more: Any) -> Posting:
        at = NOW - timedelta(hours=n % 3)  # a clock that goes back and forth
        act = ledger.Act(bank_id, f"w{n}", 7, at, TODAY)
        return Posting(act, kind, {"n": n}, legs, **more)

    return [
        posting(1, "deposit", debit(stock, 900), credit(household, 900), effective_on=early,
                body={"bahan": 'kardus "tebal" \\ {a,b}', "é": None}),
        posting(2, "grant", debit(chart.CASH, 500), credit(chart.ENVIRONMENT, 500), credit(1110, 0)),
        posting(3, "setting"),
        posting(4, "withdrawal.request", hold(household, 400), occurred_on=early),
        posting(5, "withdrawal.pay", ledger.Leg(household, "IDR", 400, -400),
                credit(chart.CASH, 400), resolves_seq=4, approver_id=8),
        posting(6, "reversal", debit(household, 500), credit(stock, 500)),
        posting(7, "deposit", debit(stock, 70), credit(household, 70)),
        posting(8, "reversal", credit(stock, 70), debit(household, 70), reverses_seq=7),
    ]  # fmt: skip


def accounts_of(bank_id: int) -> dict[str, int]:
    with transaction(bank_id) as session:
        ids = ledger.open_accounts(
            session,
            bank_id,
            [("2100.1", "IDR", "credit", True), ("1300.9.B", "IDR", "debit", True)],
        )
    return dict(zip(("household", "stock"), ids, strict=True))


def test_at_once_is_as_one_by_one(books: Books) -> None:
    """Two fresh banks live the same days; all but the bank's number in the seals is the same."""
    for bank_id in (3, 4):
        with transaction(bank_id) as session:
            ledger.open_bank(session, bank_id)
    together = winter(3, accounts_of(3))
    with transaction(3) as session:
        at_once = ledger.post_many(session, together)
    single = winter(4, accounts_of(4))
    one_by_one = []
    for posting in single:
        with transaction(4) as session:
            one_by_one += ledger.post_many(session, [posting])
    assert at_once == one_by_one == list(range(1, 9))
    for table in ("entry", "leg", "balance", "balance_day"):
        first, second = rows_of(table, 3), rows_of(table, 4)
        assert first == second, table
    for bank_id in (3, 4):
        with transaction(bank_id) as session:
            assert ledger.check(session, bank_id).faults == []


def rows_of(table: str, bank_id: int) -> list[tuple[Any, ...]]:
    with transaction(bank_id) as session:
        rows = session.execute(
            text(f"SELECT * FROM {table} WHERE bank_id = :b ORDER BY 2, 3"), {"b": bank_id}
        )
        return [tuple(row)[1:] for row in rows]


@pytest.mark.parametrize("spoiled", range(5))
def test_one_bad_entry_spoils_all(books: Books, spoiled: int) -> None:
    books.deposit()
    with transaction(1) as session:
        ledger.close_period(session, books.act(), date(2026, 10, 31))
    before = ledger.check(books.session, 1).head_hash
    books.session.rollback()
    bad: tuple[tuple[type[Exception], dict[str, Any]], ...] = (
        (ledger.BalanceTooLow, {"legs": (debit(books.household, 40_000), credit(books.stock, 40_000))}),
        (ledger.PeriodClosed, {"effective_on": date(2026, 10, 31)}),
        (ledger.BooksError, {"legs": (release(books.household, 5),)}),
        (ledger.BooksError, {"legs": (debit(books.household, 5), credit(books.stock, 5)), "reverses_seq": 1}),
        (ledger.BooksError, {"resolves_seq": 1}),
    )  # fmt: skip
    error, wrong = bad[spoiled]
    legs = books.deposit_legs(10, 10)
    postings = [
        Posting(books.act(), "deposit", {}, legs),
        Posting(books.act(), "x", {}, **wrong),
        Posting(books.act(), "deposit", {}, legs),
    ]
    with pytest.raises(error), transaction(1) as session:
        ledger.post_many(session, postings)
    assert ledger.check(books.session, 1).head_hash == before


def test_an_account_may_not_dip_below_its_floor_on_the_way(books: Books) -> None:
    """Taken before it was brought: at the end all is well, in between it was not."""
    out = (debit(books.household, 500), credit(books.stock, 500))
    back = (debit(books.stock, 500), credit(books.household, 500))
    with transaction(1) as session:
        ledger.post_many(session, [Posting(books.act(), "x", {}, legs) for legs in (back, out)])
    for legs in ((out, back), (back, out, out, back)):
        with pytest.raises(ledger.BalanceTooLow), transaction(1) as session:
            ledger.post_many(session, [Posting(books.act(), "x", {}, moved) for moved in legs])


def test_many_go_in_one_call_and_none_is_none(books: Books) -> None:
    legs = books.deposit_legs(3, 2)
    with transaction(1) as session:
        assert ledger.post_many(session, []) == []
        seqs = ledger.post_many(
            session,
            [
                Posting(
                    books.act(), "deposit", {}, legs, effective_on=TODAY - timedelta(days=n % 7)
                )
                for n in range(1_500)
            ],
        )
    assert seqs == list(range(1, 1_501))
    assert books.posted(books.household) == 4_500
    assert ledger.balance_on(books.session, 1, books.grams, TODAY - timedelta(days=1)) == 2_570


def test_a_key_twice_in_one_call_is_refused(books: Books) -> None:
    twice = [Posting(books.act("same"), "x", {})] * 2
    with pytest.raises((DBAPIError, ledger.BooksError)), transaction(1) as session:
        ledger.post_many(session, twice)
    assert ledger.head_seq(books.session, 1) == 0


def test_one_call_is_for_one_bank(books: Books) -> None:
    acts = (books.act(), books.act(bank_id=2))
    with pytest.raises(ledger.BooksError, match="one bank"), transaction(1) as session:
        ledger.post_many(session, [Posting(act, "x", {}) for act in acts])


CALL = (
    "SELECT post_entries(1, '{{x}}', '{{2026-11-21}}', '{{2026-11-21}}', '{{1}}', '{{sql}}',"
    " '{{" + "0" * 64 + "}}', '{{7}}', '{{NULL}}', '{{NULL}}', '{{NULL}}', '{{\"{{}}\"}}',"
    " '{of}', '{lines}', '{accounts}', '{units}', '{amounts}', '{helds}')"
)
LEGS = {
    "of": "{1,1}", "lines": "{1,2}", "accounts": "{1100,3100}", "units": "{IDR,IDR}",
    "amounts": "{5,-5}", "helds": "{0,0}",
}  # fmt: skip


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no function
@pytest.mark.parametrize(
    "wrong",
    [
        {"of": "{0,0}"}, {"of": "{2,2}"}, {"of": "{1}"}, {"lines": "{1,3}"}, {"lines": "{2,3}"},
        {"lines": "{1}"}, {"units": "{IDR}"}, {"amounts": "{5,-5,0}"}, {"helds": "{0}"},
        {"accounts": "{1100}"}, {"amounts": "{5,-4}"}, {"lines": "{1,1}"}, {"of": "{1,NULL}"},
    ],
    ids=str,
)  # fmt: skip
def test_the_function_takes_no_crooked_legs(books: Books, wrong: dict[str, str]) -> None:
    """Called by the service's own role, past Python: legs of old entries, holes, loose ends."""
    books.deposit()
    before = ledger.check(books.session, 1).head_hash
    books.session.rollback()
    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.exec_driver_sql(CALL.format(**LEGS | wrong))
    assert ledger.check(books.session, 1).head_hash == before
    with db.engine.begin() as connection:  # and the straight ones pass
        connection.exec_driver_sql(CALL.format(**LEGS))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_array_literals_are_read_back(books: Books) -> None:
    texts = ["a", 'q"uote', "back\\slash", "com,ma", "{curly}", " space ", "NULL", "", None, "é\n"]
    read = books.session.connection().exec_driver_sql(
        "SELECT %s::text[], %s::bigint[], %s::text[]",
        (array_literal(texts), array_literal([1, None, -(2**62)]), array_literal([])),
    )
    assert tuple(read.one()) == (texts, [1, None, -(2**62)], [])
