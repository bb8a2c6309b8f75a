"""Exactly once, whatever the line does: each way to fail by itself, then drawn opening days.

The long form of the drawn days: `python -m tests.proofs desk`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext

from banksampah import ledger
from banksampah.db import db, use_bank
from banksampah.ledger import chart
from tests.desk.faults import MODES
from tests.desk.market import Day, Market
from tests.desk.schedules import Become, Cancel, Close, Reopen, prove
from tests.engines import in_the_browser
from tests.screens.conftest import Eyes

SCHEDULES = 60
At = Callable[[Callable[[Market], Any]], Any]


@pytest.fixture
def at_the_market(app: Flask, port: int, eyes: Eyes) -> Iterator[At]:
    """Runs what it is given at a market, in the browser's own thread."""

    def run(do: Callable[[Market], Any]) -> Any:
        def work(context: BrowserContext) -> Any:
            market = Market(app, port, context.browser)
            try:
                return do(market)
            finally:
                market.close()

        return eyes.look(work, "", f"http://127.0.0.1:{port}")

    yield run


def weigh(day: Day, member: int, kg: int = 1) -> None:
    phone = day.phones[0]
    told = phone.ask("([n, kg]) => thumb.weigh(n, [['Besi', kg]])", [member, str(kg)])
    phone.ticked[told["receipt"]] = (member, told["value"])


@in_the_browser
@pytest.mark.parametrize("mode", [*MODES, "slow"])
def test_a_deposit_is_booked_once_however_the_line_fails(at_the_market: At, mode: str) -> None:
    def work(market: Market) -> list[str]:
        with market.day(1) as day:
            [phone] = day.phones
            phone.line.mode = mode
            count = phone.line.heard_count
            weigh(day, 1)
            assert phone.line.wait_for(count + 1, 10)
            assert phone.ask("thumb.rows()")[0]["state"] in {"di_hp", "mengirim"}
            phone.ask("thumb.nudge()")
            return day.settle()

    assert at_the_market(work) == []


def test_an_answer_lost_after_the_commit_books_nothing_twice(at_the_market: At) -> None:
    def work(market: Market) -> tuple[int, list[str]]:
        with market.day(1) as day:
            [phone] = day.phones
            phone.line.mode = "refuse"
            for member in (1, 2, 3, 4):
                weigh(day, member)
            phone.line.mode = "pass_then_cut"
            for _ in range(3):
                lost = phone.line.lost_count
                phone.ask("thumb.nudge()")
                assert phone.line.wait_until(lambda lost=lost: phone.line.lost_count > lost, 10)
            return phone.line.lost_count, day.settle()

    lost_count, wrong = at_the_market(work)
    assert wrong == []
    assert lost_count >= 3


@in_the_browser
def test_a_phone_that_becomes_another_with_unsent_deposits_loses_and_doubles_none(
    at_the_market: At,
) -> None:
    def work(market: Market) -> tuple[list[str], list[str]]:
        with market.day(1) as day:
            [phone] = day.phones
            weigh(day, 1)
            phone.line.mode = "refuse"
            weigh(day, 2)
            Become(0).do(day)
            weigh(day, 3)  # it has not heard of it
            phone.reload()
            Cancel(0, 0, 1, "Salah berat").do(day)
            phone.line.mode = "pass"
            phone.ask("thumb.drained()")
            weigh(day, 4)
            Become(0).do(day)
            return sorted(phone.ticked), day.settle()

    receipts, wrong = at_the_market(work)
    assert wrong == []
    assert receipts == ["HP01-0001", "HP01-0002", "HP01-0003", "HP01-0004", "HP02-0001"]


@in_the_browser
def test_a_household_that_is_opened_again_has_what_waited(at_the_market: At) -> None:
    def work(market: Market) -> tuple[list[int], list[str]]:
        with market.day(1) as day:
            [phone] = day.phones
            waited = []
            Close(2).do(day)
            weigh(day, 2)  # the phone has not heard of it
            for step in (None, Reopen(2)):
                if step is not None:
                    step.do(day)
                phone.ask("thumb.drained()")
                with day.app.app_context():
                    use_bank(db.session, day.bank.bank_id)
                    lies = ledger.balance(db.session, day.bank.bank_id, chart.SUSPENSE)
                    waited.append(lies.posted)
                    db.session.rollback()
            weigh(day, 2)
            return waited, day.settle()

    (before, after), wrong = at_the_market(work)
    assert before > 0
    assert (after, wrong) == (0, [])


@in_the_browser
def test_every_drawn_day_ends_with_every_deposit_once(at_the_market: At) -> None:
    at_the_market(lambda market: prove(market, SCHEDULES))
