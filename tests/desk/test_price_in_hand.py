"""What the button says is what is saved: a price that was told stands until its deposit is saved."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

from banksampah import clock
from banksampah.catalog.queries import materials
from banksampah.db import transaction
from tests.conftest import TODAY as OPENING_DAY
from tests.desk.journey import STATE, home, tap
from tests.desk.stall import Stall, choose, online, put, sent
from tests.desk.test_slips import until
from tests.engines import in_the_browser
from tests.factories import set_price

pytestmark = in_the_browser

NEWER = f"import{STATE}.then((s) => s.newer === true)"
NEXT_DAY = f"import{STATE}.then((s) => {{ s.sender.heard.offset += 86400; }})"


def iron_costs(stall: Stall, act: Any, price: int, day: Any) -> None:
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        [iron] = [m for m in materials(session, stall.bank.bank_id) if m.code == "B1"]
        set_price(session, act(), iron, price, day)


def told(page: Page) -> tuple[str, str]:
    """What the table says of iron, and its button."""
    return page.locator(".line", has_text="Besi").inner_text().split("\n")[2], page.locator(
        "#simpan"
    ).inner_text()


def test_provisions_that_come_meanwhile_wait_for_the_next_household(stall: Stall, act: Any) -> None:
    """A line so slow that the new list arrives when the goods lie on the table."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        iron_costs(stall, act, 2_000, OPENING_DAY)
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            waiting.append(route)

        context.route("**/timbang/bekal", hold)
        page.evaluate(f"import{STATE}.then((s) => {{ s.asked = false; s.sender.now(); }})")
        while not waiting:
            page.wait_for_timeout(50)
        choose(page, "1")
        put(page, "Besi", "1")
        waiting[0].continue_()
        context.unroute("**/timbang/bekal")
        until(page, NEWER)
        put(page, "Kardus", "1")
        assert told(page) == ("1 kg × Rp3.800", "Simpan Rp5.600")
        home(page)
        page.locator(".back").click()
        page.get_by_text("Data baru dipakai mulai nasabah berikutnya.").wait_for()
        tap(page, "Ambil data terbaru")
        tap(page, "Lanjutkan sesi")
        choose(page, "1")
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        assert page.locator("tfoot .sum").inner_text() == "Rp5.600"
        tap(page, "Nasabah berikutnya")
        choose(page, "2")
        assert "Rp2.000" in page.locator(".tile", has_text="Besi").inner_text()
        page.locator(".back").click()  # nothing lies there: it is no deposit in hand
        page.locator(".back").click()
        assert page.get_by_text("Data baru").count() == 0
        tap(page, "Lanjutkan sesi")
        sent(page)

    stall.use(work)
    assert [(row.value_idr, row.price_version) for row in stall.taken()] == [(5_600, 8)]
    assert stall.saved(0) == 5_600


def test_a_list_that_begins_at_midnight_leaves_what_was_told(stall: Stall, act: Any) -> None:
    today = clock.day_in(stall.bank.zone, clock.now_utc())
    iron_costs(stall, act, 2_000, today + timedelta(days=1))

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        context.set_offline(True)
        choose(page, "1")
        put(page, "Besi", "1")
        before = told(page)
        page.evaluate(NEXT_DAY)
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        assert page.locator("tfoot .sum").inner_text() == before[1].removeprefix("Simpan ")
        tap(page, "Nasabah berikutnya")
        choose(page, "2")
        assert "Rp2.000" in page.locator(".tile", has_text="Besi").inner_text()
        context.set_offline(False)
        sent(page, lambda: online(page))

    stall.use(work)
    assert [(row.value_idr, row.price_version) for row in stall.taken()] == [(3_800, 8)]
