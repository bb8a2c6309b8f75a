"""Entries, holds, reversals, keys and closed periods, as a bookkeeper would try them."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from banksampah import ledger
from banksampah.db import transaction
from banksampah.errors import NotFound
from banksampah.ledger import chart, credit, debit, hold, release
from tests.conftest import NOW, TODAY
from tests.ledger.conftest import Books


def test_a_deposit_moves_rupiah_and_grams(books: Books) -> None:
    seq = books.deposit()
    entry = ledger.entry(books.session, 1, seq)
    assert [(leg.unit, leg.amount) for leg in entry.legs] == [
        ("IDR", 37_500), ("IDR", -37_500), ("G", 12_500), ("G", -12_500),
    ]  # fmt: skip
    assert ledger.balance(books.session, 1, books.household) == (37_500, 0)
    assert ledger.balance(books.session, 1, books.grams) == (12_500, 0)


@pytest.mark.parametrize(
    "legs",
    [
        (debit(1100, 5),),
        (debit(1100, 5), credit(3100, 4)),
        (debit(1100, 100), credit(chart.flow("sold", "G"), 100, "G")),
    ],
    ids=["one-sided", "a rupiah short", "rupiah against grams"],
)
def test_an_unbalanced_entry_is_our_bug(books: Books, legs: tuple[ledger.Leg, ...]) -> None:
    with pytest.raises(ledger.BooksError, match="unbalanced"):
        books.post("x", *legs)
    assert ledger.head_seq(books.session, 1) == 0


@pytest.mark.parametrize("side", [debit, credit, hold, release])
def test_a_negative_amount_is_our_bug(side: Callable[[int, int], ledger.Leg]) -> None:
    with pytest.raises(ledger.BooksError, match="negative amount: -1"):
        side(1100, -1)


def test_what_balances_by_itself_in_two_parts_does_not_balance_as_one(books: Books) -> None:
    """Debit and credit cancel each other out: two debits do not."""
    with pytest.raises(ledger.BooksError, match="unbalanced"):
        books.post("x", debit(1100, 5), debit(3100, 5))


def test_a_leg_in_the_wrong_unit_is_refused(books: Books) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        books.post("x", debit(books.grams, 5), credit(books.household, 5))


def test_savings_cannot_go_below_zero(books: Books) -> None:
    books.deposit()
    books.fund_cash()
    with pytest.raises(ledger.BalanceTooLow):
        books.post("withdrawal", debit(books.household, 37_501), credit(chart.CASH, 37_501))
    books.post("withdrawal", debit(books.household, 37_500), credit(chart.CASH, 37_500))
    assert books.posted(books.household) == 0


def test_a_hold_is_not_available_but_still_there(books: Books) -> None:
    books.deposit()
    books.post("withdrawal.request", hold(books.household, 30_000))
    balance = ledger.balance(books.session, 1, books.household)
    assert (balance.posted, balance.held, balance.available) == (37_500, 30_000, 7_500)
    with pytest.raises(ledger.BalanceTooLow):
        books.post("withdrawal.request", hold(books.household, 7_501))


def test_a_hold_is_resolved_once_and_whole(books: Books) -> None:
    books.deposit()
    books.fund_cash()
    seq = books.post("withdrawal.request", hold(books.household, 30_000))
    with pytest.raises(ledger.BooksError, match="hold not fully released"):
        books.post("withdrawal.refuse", release(books.household, 29_999), resolves_seq=seq)
    with pytest.raises(ledger.BooksError, match="release without hold"):
        books.post("withdrawal.refuse", release(books.household, 30_000))
    books.post(  # pays less than was held
        "withdrawal.pay",
        ledger.Leg(books.household, "IDR", 20_000, -30_000),
        credit(chart.CASH, 20_000),
        resolves_seq=seq,
    )
    assert ledger.balance(books.session, 1, books.household) == (17_500, 0)
    with pytest.raises(ledger.AlreadyResolved):
        books.post("withdrawal.refuse", release(books.household, 30_000), resolves_seq=seq)
    assert ledger.find_resolution(books.session, 1, seq).kind == "withdrawal.pay"  # type: ignore[union-attr]


def test_only_a_hold_can_be_resolved(books: Books) -> None:
    seq = books.deposit()
    with pytest.raises(ledger.BooksError, match="hold not fully released"):
        books.post("withdrawal.refuse", resolves_seq=seq)


def test_a_reversal_is_the_mirror_today_and_once(books: Books) -> None:
    seq = books.deposit(effective_on=date(2026, 11, 3))
    reversal = books.reverse(seq)
    entry = ledger.entry(books.session, 1, reversal)
    assert entry.effective_on == TODAY
    assert entry.reverses_seq == seq
    assert ledger.find_reversal(books.session, 1, seq) == reversal
    assert ledger.note_of(books.session, 1, reversal) == "salah timbang"
    assert books.posted(books.household) == books.posted(books.grams) == 0
    with pytest.raises(ledger.AlreadyReversed):
        books.reverse(seq)
    with pytest.raises(ledger.NotReversible):
        books.reverse(reversal)


def test_holds_and_settings_have_no_mirror(books: Books) -> None:
    books.deposit()
    for seq in (books.post("withdrawal.request", hold(books.household, 5)), books.post("setting")):
        with pytest.raises(ledger.NotReversible):
            books.reverse(seq)


def test_a_reversal_needs_the_money_to_be_there(books: Books) -> None:
    seq = books.deposit()
    books.fund_cash()
    books.post("withdrawal", debit(books.household, 1), credit(chart.CASH, 1))
    with pytest.raises(ledger.BalanceTooLow):
        books.reverse(seq)


def test_the_same_key_with_the_same_facts_is_the_same_entry(books: Books) -> None:
    act, facts = books.act("phone-1"), {"member_id": 17}
    with transaction(1) as session:
        assert ledger.replay(session, act, "deposit", facts) is None
        seq = ledger.post(session, act, "deposit", facts, books.deposit_legs())
    with transaction(1) as session:
        assert ledger.replay(session, act, "deposit", facts) == seq
    for kind, other in (("deposit", {"member_id": 18}), ("sale", facts)):
        with transaction(1) as session, pytest.raises(ledger.KeyReused):
            ledger.replay(session, act, kind, other)


def test_a_key_of_other_content_names_the_entry_it_was_used_for(books: Books) -> None:
    seq = books.deposit(act=books.act("phone-1"))
    with transaction(1) as session, pytest.raises(ledger.KeyReused, match=f"catatan {seq} "):
        ledger.replay(session, books.act("phone-1"), "sale", {})


def test_keys_asked_for_as_a_transaction_begins_are_told_as_they_are_by_then(books: Books) -> None:
    old, other = books.deposit(act=books.act("k-1")), books.deposit(act=books.act("k-3"))
    with transaction(1, "k-1", "k-2") as session:
        new = books.act("k-2")
        assert ledger.replay(session, books.act("k-1"), "deposit", {}) == old
        assert ledger.replay(session, books.act("k-3"), "deposit", {}) == other  # not asked for
        assert ledger.replay(session, new, "deposit", {}) is None
        seq = ledger.post(session, new, "deposit", {}, books.deposit_legs())
        assert ledger.replay(session, new, "deposit", {}) == seq
        assert ledger.replay(session, books.act("k-1", bank_id=2), "deposit", {}) is None


def test_keys_belong_to_a_bank(books: Books) -> None:
    books.deposit(act=books.act("k-same"))
    with transaction(2) as session:
        other = books.act("k-same", bank_id=2)
        assert ledger.replay(session, other, "x", {}) is None
        assert ledger.post(session, other, "x", {}) == 1


def test_back_dated_entries_change_the_day_they_belong_to(books: Books) -> None:
    books.deposit(10_000, 1_000, effective_on=date(2026, 11, 10))
    books.deposit(5_000, 1_000, effective_on=date(2026, 11, 3))
    on = [
        ledger.balance_on(books.session, 1, books.household, date(2026, 11, day))
        for day in (2, 3, 9, 10, 21)
    ]
    assert on == [0, 5_000, 5_000, 15_000, 15_000]
    lines = ledger.lines(books.session, 1, books.household, date(2026, 11, 1), TODAY)
    assert [(line.effective_on.day, line.amount) for line in lines] == [(3, 5_000), (10, 10_000)]
    newest = ledger.last_lines(books.session, 1, books.household, 1)[0]
    assert newest.amount == 10_000
    rest = ledger.last_lines(
        books.session, 1, books.household, 5, before=(newest.effective_on, newest.seq)
    )
    assert [line.amount for line in rest] == [5_000]


def test_a_closed_month_stays_closed(books: Books) -> None:
    books.deposit(effective_on=date(2026, 10, 31))
    with transaction(1) as session:
        ledger.close_period(session, books.act(), date(2026, 10, 31))
    assert ledger.closed_through(books.session, 1) == date(2026, 10, 31)
    with pytest.raises(ledger.PeriodClosed):
        books.deposit(effective_on=date(2026, 10, 31))
    books.deposit(effective_on=date(2026, 11, 1), occurred_on=date(2026, 10, 31))
    assert ledger.balance_on(books.session, 1, books.household, date(2026, 10, 31)) == 37_500
    assert ledger.balance_on(books.session, 1, books.household, TODAY) == 75_000


@pytest.mark.parametrize("through", [date(2026, 10, 30), date(2026, 11, 30), date(2026, 12, 31)])
def test_only_months_gone_by_are_closed(books: Books, through: date) -> None:
    with transaction(1) as session, pytest.raises(Exception, match="bulan yang sudah lewat"):
        ledger.close_period(session, books.act(), through)


def test_a_month_is_closed_once_however_often_it_is_asked_under_one_key(books: Books) -> None:
    act, seqs = books.act("tutup"), []
    for _time in range(2):
        with transaction(1) as session:
            seqs.append(ledger.close_period(session, act, date(2026, 10, 31)))
    assert seqs == [1, 1]


def test_an_entry_that_is_not_there(books: Books) -> None:
    with pytest.raises(NotFound, match=r"^Catatan 1 tidak ada\.$"):
        ledger.entry(books.session, 1, 1)


def test_months_are_closed_in_order(books: Books) -> None:
    books.deposit(effective_on=date(2026, 9, 5))
    books.deposit(effective_on=date(2026, 10, 5))
    for through in (date(2026, 9, 30), date(2026, 10, 31)):
        with transaction(1) as session:
            ledger.close_period(session, books.act(), through)
    on = [
        ledger.balance_on(books.session, 1, books.household, day)
        for day in (date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 4), date(2026, 10, 31))
    ]
    assert on == [0, 37_500, 37_500, 75_000]
    with transaction(1) as session, pytest.raises(Exception, match="belum ditutup"):
        ledger.close_period(session, books.act(), date(2026, 9, 30))


def test_a_clock_set_back_keeps_the_order(books: Books) -> None:
    books.deposit()
    act = books.act()
    late = ledger.Act(1, act.key, 7, NOW - timedelta(hours=2), TODAY)
    seq = books.deposit(act=late)
    assert ledger.entry(books.session, 1, seq).recorded_at == NOW


def test_the_same_acts_give_the_same_head_on_both_engines(books: Books) -> None:
    books.deposit(effective_on=date(2026, 11, 3), body={"bahan": [1, 2], "catatan": "é"})
    books.post("withdrawal.request", hold(books.household, 5))
    proof = ledger.check(books.session, 1)
    assert proof.head_hash.hex() == GOLDEN_HEAD


GOLDEN_HEAD = "5ab83021096865560aa53226bf49b5b1e9c6346e6eb4224c6b1749fbeea15d40"
