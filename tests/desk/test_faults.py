"""Exactly once, whatever the line does: a browser behind a line that fails in seven ways."""

import os
from collections.abc import Iterator
from random import Random

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.desk.faults import MODES, Line
from tests.desk.stall import Stall, open_desk, sent, weigh

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCHEDULES = int(os.environ.get("BANKSAMPAH_DESK_SCHEDULES", "2"))


@pytest.fixture
def line(stall: Stall) -> Iterator[Line]:
    """The stall's phone reaches the books by this line only."""
    opened = Line(int(stall.address.rsplit(":", 1)[1]))
    stall.address = f"http://127.0.0.1:{opened.port}"
    yield opened
    opened.close()


def again(page: Page) -> None:
    """As when the phone comes back on line: try at once."""
    page.evaluate("dispatchEvent(new Event('online'))")


@pytest.mark.parametrize("mode", MODES)
def test_a_deposit_is_booked_once_however_the_line_fails(
    stall: Stall, line: Line, mode: str
) -> None:
    def work(context: BrowserContext) -> None:
        page = open_desk(context, stall.bank)
        line.mode = mode
        weigh(page, "1", ("Besi", "1"))
        page.wait_for_timeout(700)
        again(page)
        page.wait_for_timeout(700)
        line.mode = "pass"
        again(page)
        sent(page, lambda: again(page))

    stall.use(work)
    assert [row.number for row in stall.taken()] == [1]
    assert stall.saved(0) == 3_800


def test_an_answer_lost_after_the_commit_books_nothing_twice(stall: Stall, line: Line) -> None:
    def work(context: BrowserContext) -> None:
        page = open_desk(context, stall.bank)
        context.set_offline(True)
        for number in range(1, 6):
            weigh(page, str(number), ("Besi", "1"))
            page.get_by_role("button", name="Nasabah berikutnya").click()
        line.mode = "pass_then_cut"
        context.set_offline(False)
        for _ in range(3):
            again(page)
            page.wait_for_timeout(500)
        line.mode = "pass"
        again(page)
        sent(page, lambda: again(page))

    stall.use(work)
    assert line.lost_count > 0
    assert [row.number for row in stall.taken()] == [1, 2, 3, 4, 5]
    assert [stall.saved(n) for n in range(5)] == [3_800] * 5


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_a_random_day_ends_with_every_deposit_once(stall: Stall, line: Line, seed: int) -> None:
    """Saves, cancellations, reloads and faults in an order drawn by the seed."""
    chance = Random(seed)
    kept: dict[int, int] = {}

    def work(context: BrowserContext) -> None:
        page = open_desk(context, stall.bank)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        for number in range(1, chance.randint(4, 7)):
            line.mode = chance.choice(("pass", *MODES, "pass_then_cut"))
            weigh(page, str(number), ("Besi", str(number)))
            kept[number] = number
            if chance.random() < 0.3:
                page.get_by_role("button", name="Batalkan setoran").click()
                page.get_by_role("button", name="Dobel").click()
                kept[number] = 0
                page.get_by_role("button", name="Kembali").click()
            elif chance.random() < 0.4:
                page.reload()
            else:
                page.get_by_role("button", name="Nasabah berikutnya").click()
            page.locator("#nomor").wait_for()
            again(page)
        line.mode = "pass"
        sent(page, lambda: again(page))

    stall.use(work)
    assert [row.number for row in stall.taken()] == sorted(kept)
    assert {n: stall.saved(n - 1) for n in kept} == {n: kg * 3_800 for n, kg in kept.items()}
