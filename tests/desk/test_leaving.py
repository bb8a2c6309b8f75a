"""Signing out of a phone on which deposits wait: they are sent first, and nothing of them is touched."""

from playwright.sync_api import BrowserContext, Page

from tests.desk.stall import Stall, sent, weigh
from tests.engines import in_the_browser
from tests.screens.test_every_page import AXE, faults_of

pytestmark = in_the_browser


def on_a_page(stall: Stall, context: BrowserContext) -> Page:
    """An ordinary page, on a phone with a deposit that was weighed without a signal."""
    page = stall.open_desk(context)
    sent(page)
    context.set_offline(True)
    weigh(page, "7", ("Besi", "1"))
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"/b/{stall.bank.slug}/setoran")
    return page


def leave(page: Page) -> None:
    page.locator("footer").get_by_role("button", name="Keluar").click()


def test_what_waits_is_sent_before_one_leaves(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = on_a_page(stall, context)
        leave(page)
        band = page.locator(
            "#isi [role=alert]", has_text="Belum bisa keluar. Kirim 1 setoran dulu."
        )
        band.wait_for()
        assert stall.taken() == []
        assert [one.inner_text() for one in band.locator("button").all()] == ["Kirim sekarang"]
        leave(page)  # a second tap is no way round
        band.wait_for()
        band.get_by_role("button", name="Kirim sekarang").click()
        page.wait_for_url("**/masuk**")

    stall.use(work)
    assert [taken.weight_g for taken in stall.taken()] == [1_000]


def test_who_has_tried_may_go_all_the_same(stall: Stall) -> None:
    """The books do not answer: what waits stays on the phone, and the next one sends it."""

    def work(context: BrowserContext) -> None:
        page = on_a_page(stall, context)
        context.route("**/timbang/kabar**", lambda route: route.fulfill(status=503))
        leave(page)
        page.get_by_role("button", name="Kirim sekarang").click()
        page.get_by_text("1 setoran belum bisa terkirim. Data aman di HP.").wait_for()
        page.get_by_role("button", name="Tetap keluar").click()
        page.wait_for_url("**/masuk**")
        page.goto(f"/b/{stall.bank.slug}/timbang")
        page.locator("#pita", has_text="1 setoran").wait_for()

    stall.use(work)
    assert stall.taken() == []


def test_what_is_asked_fits_every_screen(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[str]:
        page = on_a_page(stall, context)
        context.route("**/timbang/kabar**", lambda route: route.fulfill(status=503))
        page.evaluate(AXE)
        leave(page)
        page.locator("#belum-terkirim").wait_for()
        found = faults_of(page, "keluar")
        page.get_by_role("button", name="Kirim sekarang").click()
        page.get_by_role("button", name="Tetap keluar").wait_for()
        return found + faults_of(page, "tetap-keluar")

    assert stall.use(work, bypass_csp=True) == []


def test_without_anything_that_waits_one_leaves_at_once(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "7", ("Besi", "1"))
        sent(page)
        page.goto(f"/b/{stall.bank.slug}/setoran")
        leave(page)
        page.wait_for_url("**/masuk**")

    stall.use(work)


def test_a_store_that_cannot_be_read_keeps_nobody(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script("indexedDB.databases = () => Promise.reject(new Error('broken'));")
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/setoran")
        leave(page)
        page.wait_for_url("**/masuk**")

    stall.use(work)


def test_without_javascript_one_leaves_as_ever(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/setoran")
        leave(page)
        page.wait_for_url("**/masuk**")

    stall.use(work, java_script_enabled=False)
