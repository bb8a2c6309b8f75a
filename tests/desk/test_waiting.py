"""What ends a wait: a wake-up by the browser, an answer that is not understood, a black hole; and what
a session begins with."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page

from banksampah import clock
from tests.desk.journey import STATE, home, tap
from tests.desk.stall import Stall, choose, online, reload, sent, weigh, weigh_each
from tests.engines import in_the_browser
from tests.screens.conftest import until

pytestmark = in_the_browser

DAY_MS = 86_400_000
MARKER = {"service": "bank-sampah"}
LATER = f"""import{STATE}.then(async ({{ sender }}) => {{ sender.wait = 300000; await sender.now(); }})"""
REGISTERED = """window.tags = [];
SyncManager.prototype.register = async (tag) => { window.tags.push(tag); };"""
IMPATIENT = (
    """const later = setTimeout; globalThis.setTimeout = (work, ms) => later(work, ms / 20);"""
)
HALF_MINUTES = """window.halves = 0;
const every = setInterval;
setInterval = (work, ms) => every(() => { window.halves++; work(); }, ms / 100);"""
PERSISTED = """navigator.storage.persist = async () => { (window.asked ??= []).push(document.querySelector("h1").textContent); return true; };"""
SHIFTED = """const RealDate = Date;
const shift = () => Number(localStorage.getItem("geser") ?? 0);
globalThis.Date = class extends RealDate {
  constructor(...given) { given.length ? super(...given) : super(RealDate.now() + shift()); }
  static now() { return RealDate.now() + shift(); }
};"""


OFFSETS = f"import{STATE}.then((s) => s.rows.map((r) => r.record.clock_offset_s))"
"""By how much the phone's clock was off at each deposit, the newest first."""


def wake(context: BrowserContext, page: Page) -> None:
    """The browser says that there is a signal, to whatever worker asked for it."""
    wire = context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    wire.on(
        "ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"])
    )
    wire.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(50)
    wire.send("ServiceWorker.dispatchSyncEvent", {
        "origin": page.evaluate("location.origin"), "registrationId": found[0]["registrationId"],
        "tag": "kirim", "lastChance": False,
    })  # fmt: skip


def test_the_browser_wakes_a_page_that_waits(stall: Stall) -> None:
    """Asked to once for each deposit: where the books are out of reach it would else never rest."""

    def work(context: BrowserContext) -> Any:
        context.add_init_script(REGISTERED)
        page = stall.open_desk(context)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        sent(page)
        context.route("**/timbang/kabar*", lambda route: route.abort())
        weigh(page, "1", ("Besi", "1"))
        page.evaluate(LATER)
        page.wait_for_timeout(500)
        context.unroute("**/timbang/kabar*")
        wake(context, page)
        sent(page)
        return page.evaluate("window.tags")

    assert stall.use(work) == ["kirim"]
    assert stall.saved(0) == 3_800


def test_an_answer_that_is_not_understood_is_waited_after(stall: Stall) -> None:
    """Books of a later version may say what this page does not know: it asks again, not at once."""

    def work(context: BrowserContext) -> int:
        page = stall.open_desk(context)
        sent(page)
        asked: list[str] = []

        def strange(route: Any) -> None:
            records = route.request.post_data_json["records"]
            asked.append(route.request.url)
            answers = [
                {"id": one["id"], "state": "later_word", "notes": [], "deposit_seq": None}
                for one in records
            ]
            route.fulfill(json=MARKER | {"answers": answers})

        context.route("**/timbang/kirim", strange)
        weigh(page, "1", ("Besi", "1"))
        page.wait_for_timeout(1_500)
        context.unroute("**/timbang/kirim")
        sent(page, lambda: online(page))
        return len(asked)

    assert stall.use(work, service_workers="block") <= 2
    assert stall.saved(0) == 3_800


def test_a_black_hole_does_not_hold_the_end_of_a_session(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(IMPATIENT)
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page, lambda: online(page))
        page.locator(".back").click()
        tap(page, "Tutup sesi")
        context.route("**/timbang/tutup", lambda _route: None)
        tap(page, "Bandingkan dengan buku")
        page.get_by_text("Belum bisa dibandingkan").wait_for()

    stall.use(work, service_workers="block")


def test_lasting_storage_is_asked_for_when_a_session_begins(stall: Stall) -> None:
    """By a tap of the person who weighs, as browsers want it."""

    def work(context: BrowserContext) -> tuple[Any, Any]:
        context.add_init_script(PERSISTED)
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        page.get_by_role("button", name="Mulai sesi").wait_for()
        before = page.evaluate("window.asked ?? []")
        stall.open_desk(context, page)
        asked = page.evaluate("window.asked")
        page.locator(".back").click()
        page.get_by_text("tetap ✓").wait_for()
        return before, asked

    assert stall.use(work) == ([], ["Siapa yang menimbang?"])


def test_a_clock_that_is_put_right_takes_its_offset_with_it(stall: Stall) -> None:
    """Two days ahead when the books told, right when it was weighed: weighed today."""

    def work(context: BrowserContext) -> list[int]:
        context.add_init_script(SHIFTED)
        page = context.new_page()
        page.goto("/static/mark.svg")
        page.evaluate("localStorage.setItem('geser', 172800000)")
        stall.open_desk(context, page)
        weigh(page, "1", ("Besi", "1"))
        page.locator(".band.done", has_text="Terkirim").wait_for()
        context.set_offline(True)
        page.evaluate("localStorage.removeItem('geser')")
        home(page)
        choose(page, "2")
        weigh_each(page, ("Besi", "1"))
        context.set_offline(False)
        context.route("**/timbang/kabar*", lambda route: route.abort())
        page.reload()  # what it was told before is all that it knows of its clock
        page.locator("#nomor").wait_for()
        weigh(page, "3", ("Besi", "1"))
        offsets = page.evaluate(OFFSETS)
        context.unroute("**/timbang/kabar*")
        sent(page, lambda: online(page))
        return list(offsets)

    anew, now, before = stall.use(work, service_workers="block")
    assert abs(anew) < 600 and abs(now) < 600 < abs(before)
    first, *others = stall.taken()
    for other in others:
        assert abs((first.weighed_at - other.weighed_at).total_seconds()) < 600


def test_a_clock_set_back_since_the_books_told_is_not_believed(stall: Stall) -> None:
    """It says the day before yesterday, or 1970: nobody knows when it was weighed."""

    def work(context: BrowserContext) -> list[int | None]:
        context.add_init_script(SHIFTED)
        page = stall.open_desk(context)
        sent(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        context.set_offline(True)
        for number, back_ms in (("1", 2 * DAY_MS), ("2", 56 * 365 * DAY_MS)):
            page.evaluate("(ms) => localStorage.setItem('geser', -ms)", back_ms)
            reload(page)
            page.locator("#nomor").wait_for()
            choose(page, number)
            weigh_each(page, ("Besi", "1"))
        told = f"import{STATE}.then((s) => s.rows.map((r) => r.record.clock_offset_s))"
        offsets = page.evaluate(told)
        page.evaluate("localStorage.removeItem('geser')")
        context.set_offline(False)
        sent(page, lambda: online(page))
        return list(offsets)

    assert stall.use(work) == [None, None]
    now = clock.now_utc()
    for row in stall.taken():
        assert row.notes == ["clock_wrong"]
        assert abs(row.weighed_at - now) < timedelta(minutes=5)


SEEN = """(hidden) => { Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange")); }"""


def test_a_clock_put_forward_without_a_signal_is_noticed_and_sleep_is_not(stall: Stall) -> None:
    """Two hours pass unseen: a phone sleeps so. Two days pass while it is looked at: that is no time,
    nor is a day less than before, seen or not."""

    def work(context: BrowserContext) -> list[int]:
        context.add_init_script(SHIFTED)
        page = stall.open_desk(context)
        sent(page)
        context.set_offline(True)
        weigh(page, "1", ("Besi", "1"))
        page.evaluate(SEEN, True)
        page.evaluate("localStorage.setItem('geser', 7200000)")
        page.evaluate(SEEN, False)
        home(page)
        weigh(page, "2", ("Besi", "1"))
        page.evaluate("localStorage.setItem('geser', 7200000 + 172800000)")
        home(page)
        weigh(page, "3", ("Besi", "1"))
        page.evaluate(SEEN, True)
        page.evaluate("localStorage.setItem('geser', 7200000 + 86400000)")
        page.evaluate(SEEN, False)
        home(page)
        weigh(page, "4", ("Besi", "1"))
        context.set_offline(False)
        online(page)
        page.locator("#pita", has_text="Jam HP salah").wait_for()  # nothing waits, and it was told
        home(page)
        weigh(page, "5", ("Besi", "1"))
        return list(page.evaluate(OFFSETS))

    told, back, ahead, slept, before = stall.use(work)
    assert abs(before) < 5 and abs(slept) < 5
    assert abs(ahead + 172_800) < 5
    assert abs(back + 86_400) < 5
    assert abs(told + 7_200 + 86_400) < 5  # the books know of the two hours too


def test_a_browser_that_asks_about_storage_holds_nobody_up(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script("navigator.storage.persist = () => new Promise(() => {});")
        page = stall.open_desk(context)
        page.locator("#nomor").wait_for()

    stall.use(work)


def test_the_next_try_is_when_it_was_told(stall: Stall) -> None:
    """The half-minute that looks after what no timer waits for leaves a longer wait alone."""

    def work(context: BrowserContext) -> tuple[int, int]:
        context.add_init_script(HALF_MINUTES)
        page = stall.open_desk(context)
        sent(page)
        asked: list[str] = []

        def nobody(route: Any) -> None:
            asked.append(route.request.url)
            route.abort()

        context.route("**/timbang/kabar*", nobody)
        weigh(page, "1", ("Besi", "1"))
        page.evaluate(LATER)
        page.locator("#pita", has_text="Dicoba lagi pukul").wait_for()
        before = len(asked)
        until(page, "window.halves > 5")
        during = len(asked)
        page.evaluate(f"import{STATE}.then((s) => {{ s.net.nextAt = null; }})")
        for _second in range(100):
            page.wait_for_timeout(100)
            if len(asked) > during:
                break
        return during - before, len(asked) - during

    tries, then = stall.use(work, service_workers="block")
    assert tries == 0 and then > 0
