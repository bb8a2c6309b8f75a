"""The checks of the proof: what they add up, and that a tampered figure is found and named."""

from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import use_bank
from banksampah.desk.service.suspense import titipan
from banksampah.members.service import open_member
from banksampah.reports.queries.home import weight_by_class
from banksampah.reports.queries.proof import Check, prove, prove_fully
from banksampah.reports.queries.trial import trial_balance_on
from tests.quarter import Winter
from tests.reports.conftest import guards_down


def check_of(session: Session, name: str) -> Check:
    return next(check for check in prove(session, 1).checks if check.name == name)


def terms(check: Check) -> dict[str, int]:
    return {term.name: term.amount for term in (*check.left, *check.right)}


def test_a_new_bank_is_proven(session: Session, bank: object) -> None:
    use_bank(session, 1)
    proof = prove_fully(session, 1)
    assert proof.failed_count == 0
    assert proof.entries_count == ledger.head_seq(session, 1)


def test_after_a_winter_everything_agrees(session: Session, winter: Winter) -> None:
    proof = prove_fully(session, 1)
    assert [check.name for check in proof.checks if not check.ok] == []
    assert proof.faults == ()
    assert [check.name for check in proof.checks] == [
        "debit_credit", "have_owe", "passbooks", "goods_g", "goods_pcs", "goods_ml", "splits",
        "held",
    ]  # fmt: skip


def test_what_came_in_is_sold_lost_or_still_there(session: Session, winter: Winter) -> None:
    goods = terms(check_of(session, "goods_g"))
    weighed_g = sum(
        2 * (2_350 + 111 * week) + 7 + 2_350 + 111 * week + 14 + 3 * 1_045 + 13 + 26
        for week in range(12)
    )
    assert goods == {
        "came": weighed_g,
        "sold": 70_000,
        "stock": weighed_g - 70_150,
        "shrink": 150,
    }
    assert terms(check_of(session, "goods_pcs"))["stock"] == sum(3 + week for week in range(12))


def test_held_money_is_what_waits(session: Session, winter: Winter) -> None:
    held = check_of(session, "held")
    assert terms(held)["withdrawals"] == 10_000
    assert terms(held)["splits"] > 0
    assert held.counted == 2


def test_passbooks_are_the_control_account(session: Session, winter: Winter) -> None:
    books = check_of(session, "passbooks")
    savings = sum(
        ledger.balance(session, 1, member.savings_account_id).posted
        for member in (winter.siti, winter.budi, winter.school)
    )
    assert (books.counted, terms(books)) == (3, {"passbooks": savings, "control": savings})


def test_kilograms_of_a_month_by_class(session: Session, winter: Winter) -> None:
    december = weight_by_class(session, 1, date(2026, 12, 1), date(2026, 12, 31))
    by_class = {row.reporting_class: row.weight_g for row in december}
    assert by_class["glass"] == (5 + 6 + 7 + 8) * 400
    assert by_class["paper"] > by_class["glass"]
    assert [row.weight_g for row in december] == sorted(by_class.values(), reverse=True)


def test_the_trial_balance_agrees_now_and_at_any_day(session: Session, winter: Winter) -> None:
    for day in (None, date(2026, 11, 30), date(2026, 12, 24)):
        sums = trial_balance_on(session, 1, day)["sums"]
        assert [row["debit"] for row in sums] == [row["credit"] for row in sums]
        assert [row["unit"] for row in sums] == ["G", "IDR", "ML", "PCS"]


EDITS = {
    # what is changed: (statement, the check that sees it without a replay, a word of the fact)
    "a savings balance": (
        "UPDATE balance SET posted = posted - 12500 WHERE account_id = {savings}",
        "passbooks",
        "saldo",
    ),
    "a day of a passbook": (
        "UPDATE balance_day SET delta = delta + 1 WHERE account_id = {savings}",
        "passbooks",
        "hari",
    ),
    "grams of a leg": (
        "UPDATE leg SET amount = amount + 1 WHERE seq = {deposit} AND unit = 'G' AND amount > 0",
        None,
        "segel",
    ),
    "the value of a deposit's line": (
        "UPDATE deposit_line SET value_idr = value_idr + 1 WHERE seq = {deposit} AND line = 1",
        None,
        "baris setoran",
    ),
    "whose deposit it is": (
        "UPDATE deposit SET member_id = {other} WHERE seq = {deposit}",
        None,
        "setoran berbeda",
    ),
    "a share of a split": (
        "UPDATE split_line SET amount_idr = amount_idr - 1 WHERE seq = {split} AND line = 1",
        "splits",
        "bagian",
    ),
    "a withdrawal asked for": (
        "UPDATE withdrawal SET amount_idr = amount_idr + 1",
        "held",
        "penarikan berbeda",
    ),
    "the price of a sale line": (
        "UPDATE sale_line SET price_idr = price_idr + 1 WHERE line = 1",
        None,
        "penjualan",
    ),
    "a balance that is not there": (
        "DELETE FROM balance WHERE account_id = 3600",
        None,
        "tidak punya saldo",
    ),
    "a seal gone": ("DELETE FROM seal WHERE seq = {deposit}", None, "segel"),
}


def test_every_edit_is_found_and_named(session: Session, winter: Winter, vandal: Engine) -> None:
    deposit_seq = next(
        entry.seq
        for entry in ledger.entries(session, 1)
        if entry.kind == "deposit.record" and len(entry.legs) > 2
    )
    session.rollback()
    for edit, (statement, cheap, word) in EDITS.items():
        with Session(vandal) as own:
            guards_down(own)
            changed = statement.format(
                savings=winter.siti.savings_account_id,
                deposit=deposit_seq,
                other=winter.budi.id,
                split=winter.approved_seq,
            )
            assert own.connection().exec_driver_sql(changed).rowcount > 0, edit
            looked = prove(own, 1)
            failed = [check.name for check in looked.checks if not check.ok]
            assert bool(looked.chain_faults) is (word == "segel"), edit
            assert failed == ([cheap] if cheap else []) or edit == "a savings balance", edit
            assert cheap is None or cheap in failed, edit
            proof = prove_fully(own, 1)
            facts = [found.fact for found in proof.faults]
            assert any(word in fact for fact in facts), (edit, facts)
            own.rollback()


def test_the_household_whose_book_differs_is_known(
    session: Session, winter: Winter, vandal: Engine
) -> None:
    with Session(vandal) as own:
        guards_down(own)
        account = winter.siti.savings_account_id
        change = f"UPDATE balance SET posted = posted - 12500 WHERE account_id = {account}"
        own.connection().exec_driver_sql(change)
        books = next(check for check in prove(own, 1).checks if check.name == "passbooks")
        [book] = books.differing
        assert book.code == f"2100.{winter.siti.number}"
        assert (book.difference_idr, books.difference) == (12_500, 12_500)
        own.rollback()


def test_who_holds_titipan_is_no_household(session: Session, bank: object, act: Any) -> None:
    use_bank(session, 1)
    titipan(session, act())
    assert check_of(session, "passbooks").counted == 0
    open_member(session, act(), name="Warga")
    assert check_of(session, "passbooks").counted == 1
