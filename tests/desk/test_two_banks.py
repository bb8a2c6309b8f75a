"""One phone serves two banks: neither takes the other's desk away."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from tests.desk.faults import Line
from tests.desk.market import enrol, home_of, open_market
from tests.desk.stall import keep_desk, open_desk
from tests.engines import in_the_browser
from tests.screens.conftest import Eyes

pytestmark = in_the_browser


@pytest.fixture
def line(port: int) -> Iterator[Line]:
    line = Line(port)
    yield line
    line.close()


def begun(app: Flask, context: BrowserContext, line: Line) -> Any:
    """A bank whose desk this phone has, with its session begun."""
    bank = open_market(app)
    context.add_cookies(enrol(app, bank, f"http://127.0.0.1:{line.port}")[-1])
    page = open_desk(context, bank)
    keep_desk(page)
    page.close()
    return bank


def opened(context: BrowserContext, home: str) -> Page:
    page = context.new_page()
    page.goto(home)
    page.locator("#nomor").wait_for()
    return page


def test_each_bank_weighs_without_a_signal(app: Flask, line: Line, eyes: Eyes) -> None:
    def work(context: BrowserContext) -> None:
        homes = [home_of(begun(app, context, line), line) for _bank in range(2)]
        line.mode = "refuse"
        for home in homes:
            opened(context, home).close()
        line.mode = "pass"
        page = opened(context, homes[0])
        page.locator(".back").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Perbaiki aplikasi").click()
        keep_desk(page)
        line.mode = "refuse"
        opened(context, homes[1])
        line.mode = "pass"

    eyes.look(work, "", f"http://127.0.0.1:{line.port}")


def test_a_desk_that_the_browser_dropped_is_kept_again(app: Flask, line: Line, eyes: Eyes) -> None:
    def work(context: BrowserContext) -> None:
        home = home_of(begun(app, context, line), line)
        page = opened(context, home)
        page.evaluate(
            "caches.keys().then((names) => Promise.all(names.map((n) => caches.delete(n))))"
        )
        page.reload()
        keep_desk(page)
        line.mode = "refuse"
        page.reload()
        page.locator("#nomor").wait_for()
        line.mode = "pass"

    eyes.look(work, "", f"http://127.0.0.1:{line.port}")
