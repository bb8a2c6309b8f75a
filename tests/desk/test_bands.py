"""The band above every screen: what waits on the phone is told before all else."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from banksampah.db import transaction
from banksampah.desk import queries, service
from tests.desk.stall import Stall, online, sent, weigh
from tests.desk.test_waiting import SHIFTED
from tests.engines import in_the_browser

pytestmark = in_the_browser

TWO_HOURS_BEHIND = SHIFTED + "localStorage.setItem('geser', -7200000);"


def band(page: Page, words: str) -> str:
    page.locator("#pita", has_text=words).wait_for()
    return page.locator("#pita").inner_text().replace("\n", " ")


def test_a_wrong_clock_hides_nothing_that_waits(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(TWO_HOURS_BEHIND)
        page = stall.open_desk(context)
        assert "Jam HP salah" in band(page, "Jam HP")
        context.set_offline(True)
        weigh(page, "1", ("Besi", "1"))
        assert band(page, "belum").startswith("1 setoran belum")
        page.get_by_role("button", name="Kirim sekarang").wait_for()
        context.set_offline(False)
        online(page)
        assert "setoran" not in band(page, "Jam HP")

    stall.use(work)
    assert stall.saved(0) == 3_800


def test_a_phone_that_is_registered_no_more_tells_what_it_holds(stall: Stall, act: Any) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        context.set_offline(True)
        weigh(page, "1", ("Besi", "1"))
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            device = queries.get_device(session, stall.bank.bank_id, stall.phone.device_id)
            service.pair(session, act(), service.invite_again(session, act(), device))
        context.set_offline(False)
        online(page)
        assert band(page, "terdaftar").startswith("1 setoran belum terkirim.")
        with page.expect_download() as file:
            page.get_by_role("button", name="Cadangkan setoran").click()
        assert file.value.suggested_filename.startswith("setoran-HP01")

    stall.use(work)
