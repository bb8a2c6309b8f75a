"""A session on the phone: whose it is, and that none is recorded without."""

from datetime import timedelta
from typing import Any

from playwright.sync_api import BrowserContext, Page

from banksampah import clock
from banksampah.catalog.models import Material
from banksampah.db import transaction
from tests.desk.journey import STATE, tap
from tests.desk.stall import Stall, choose, keys, online, put, reload, sent, weigh
from tests.desk.test_drafts import typing
from tests.desk.test_slips import until
from tests.engines import in_the_browser
from tests.factories import set_price

pytestmark = in_the_browser

PAUSE_MS = 300_001
DAYS_MS = 86_400_000
FETCH_AFTER_DAYS = f"""import{STATE}.then(async ({{ store }}) => {{
  const session = await store.get("sesi");
  await store.set("sesi", {{ ...session, openedAt: session.openedAt - 2 * {DAYS_MS} }});
  await store.set("bekal", {{ ...(await store.get("bekal")), etag: null }});
  await (await import("/static/desk/desk.js")).fetchProvisions();
}})"""
FULL = f"""import{STATE}.then(({{ store }}) => {{ for (const name of ["set", "update"]) {{
  store[name] = () => Promise.reject(new DOMException("", "QuotaExceededError")); }} }})"""
ROOM = f"import{STATE}.then(({{ store }}) => {{ delete store.set; delete store.update; }})"
SESSION = f"import{STATE}.then(({{ session }}) => session)"


def test_a_session_in_use_outlives_a_clock_that_is_put_right(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        page.evaluate(FETCH_AFTER_DAYS)
        weigh(page, "7", ("Kardus", "2"))
        sent(page, lambda: online(page))

    stall.use(work)
    [taken] = stall.taken()
    assert taken.state == "accepted" and taken.notes == []
    assert taken.session_code.endswith("-A")
    assert stall.saved(6) == 3_600


def test_what_is_saved_without_a_session_asks_who_weighs(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        choose(page, "7")
        put(page, "Kardus", "2")
        page.evaluate(f"import{STATE}.then((state) => {{ state.session = null; }})")
        page.locator("#simpan").click()
        page.locator("button.line").first.click()
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page, lambda: online(page))

    stall.use(work)
    [taken] = stall.taken()
    assert taken.state == "accepted" and taken.session_code.startswith("S-")


def test_after_a_pause_nobody_weighs_without_saying_who(stall: Stall) -> None:
    """Neither the way back nor a page that is loaded anew leads past the question; the session goes on."""

    def asked(page: Page) -> None:
        page.get_by_role("heading", name="Siapa yang menimbang?").wait_for()

    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.clock.install()
        stall.open_desk(context, page)
        before = page.evaluate(SESSION)
        page.clock.fast_forward(PAUSE_MS)
        asked(page)
        page.locator(".back").click()
        tap(page, "Lanjutkan sesi")
        asked(page)
        page.reload()
        tap(page, "Lanjutkan sesi")
        asked(page)
        page.locator("button.line").first.click()
        page.locator("#nomor").wait_for()
        assert page.evaluate(SESSION) == before

    stall.use(work)


PAUSE = """(ms) => { const now = performance.now.bind(performance);
  performance.now = () => now() + ms; }"""


def test_a_pause_is_one_without_a_key_and_no_tap_goes_past_its_question(stall: Stall) -> None:
    """Nor need a timer have told of it: a phone that slept has stopped them."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        for _key in range(3):
            page.evaluate(PAUSE, PAUSE_MS // 2)
            page.locator("#nomor").press("1")
        assert page.locator("#nomor").input_value() == "111"
        for _tap in range(3):
            page.evaluate(PAUSE, PAUSE_MS // 2)
            page.locator(".key.soft").click()
        assert page.locator("#nomor").input_value() == ""
        page.evaluate(PAUSE, PAUSE_MS)
        tap(page, "Riwayat sesi")
        page.get_by_role("heading", name="Siapa yang menimbang?").wait_for()

    stall.use(work)


MEANWHILE = f"""async () => {{ const {{ load }} = await import("/static/desk/state.js");
  const store = await import{STATE}.then((state) => state.store);
  const set = store.set.bind(store);
  store.set = async (...given) => {{ await load(); return set(...given); }}; }}"""
"""Newer provisions are taken up whenever something is kept."""


def test_a_session_that_ends_is_not_taken_up_again(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "7", ("Kardus", "2"))
        sent(page)
        page.locator(".back").click()
        tap(page, "Tutup sesi")
        tap(page, "Bandingkan")
        page.get_by_role("button", name="Selesai").wait_for()
        page.evaluate(MEANWHILE)
        tap(page, "Selesai")
        page.locator("h1", has_text="Siapkan HP").wait_for()
        assert page.locator("#dok button").inner_text() == "Mulai sesi"
        reload(page)
        page.get_by_role("button", name="Mulai sesi").wait_for()

    stall.use(work)


def test_after_a_pause_what_is_in_hand_is_there_again(stall: Stall) -> None:
    """A household that was chosen is no reason to leave names and prices to whoever comes by."""

    def pause(page: Page) -> None:
        page.clock.fast_forward(PAUSE_MS)
        page.get_by_role("heading", name="Siapa yang menimbang?").wait_for()

    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.clock.install()
        stall.open_desk(context, page)
        choose(page, "7")
        page.locator("#simpan").wait_for()
        pause(page)
        page.locator("button.line").first.click()
        page.locator("#simpan").wait_for()
        assert page.locator("header p").inner_text() == "0007 · RT 03"
        put(page, "Kardus", "2")
        page.locator(".tile", has_text="Besi").click()
        keys(page, "10")
        before = typing(page)
        for way in ("at once", "by a page that is loaded anew"):
            pause(page)
            if way != "at once":
                page.reload()
                tap(page, "Lanjutkan sesi")
            page.locator("button.line").first.click()
            assert typing(page) == before
            page.locator("#nilai b").wait_for()
        page.locator("#lanjut").click()
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()

    stall.use(work)


def test_a_clock_ahead_takes_no_price_to_come(stall: Stall, act: Any) -> None:
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        kardus = session.query(Material).filter_by(bank_id=stall.bank.bank_id, code="K1").one()
        today = clock.day_in(stall.bank.zone, clock.now_utc())
        set_price(session, act(), kardus, 2_500, today + timedelta(days=10))

    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.add_init_script(f"""{{ const [Real, now] = [Date, Date.now];
          globalThis.Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(now() + 12 * {DAYS_MS}); }}
            static now() {{ return now() + 12 * {DAYS_MS}; }} }}; }}""")
        stall.open_desk(context, page)
        page.locator("#pita", has_text="Jam HP salah").wait_for()
        weigh(page, "7", ("Kardus", "1"))
        until(page, f"import{STATE}.then((state) => state.rows[0].sentAt > 0)")

    stall.use(work)
    [taken] = stall.taken()
    assert taken.value_idr == 1_800 and "price_unknown" not in taken.notes


def test_a_full_phone_says_so_and_loses_nothing(stall: Stall) -> None:
    """At the session's begin, at a new household, and where a receipt is cancelled."""

    def full(page: Page) -> None:
        page.locator("#isi .band.bad", has_text="HP penuh").wait_for()
        page.evaluate(ROOM)
        tap(page, "Coba lagi")

    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        tap(page, "Mulai sesi")
        page.locator("button.line").first.wait_for()
        page.evaluate(FULL)
        page.locator("button.line").first.click()
        full(page)
        tap(page, "Warga baru")
        page.locator("#nama-baru").fill("Bu Sri")
        page.locator("#rt-baru").fill("05")
        page.evaluate(FULL)
        tap(page, "Simpan dan timbang")
        full(page)
        put(page, "Kardus", "2")
        told = [page.locator(f"header {part}").inner_text() for part in ("h1", "p")]
        assert told == ["Bu Sri", "T-01 · RT 05"]
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        tap(page, "Batalkan setoran")
        page.evaluate(FULL)
        tap(page, "Dobel")
        full(page)
        page.locator(".hist s").first.wait_for()
        sent(page, lambda: online(page))

    stall.use(work)
    [taken] = stall.taken()
    assert taken.cancelled


def test_where_somebody_stands_in_the_list_outlives_the_sending(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        context.set_offline(True)
        for member in ("7", "8"):
            weigh(page, member, ("Kardus", "2"))
            tap(page, "Nasabah berikutnya")
        tap(page, "Riwayat sesi")
        page.locator("button.hist").nth(1).focus()
        context.set_offline(False)
        sent(page, lambda: online(page))
        page.locator(".chip.sent").nth(1).wait_for()
        assert "0001 ·" in page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Enter")
        page.locator("table.foldy").wait_for()

    stall.use(work)


def test_who_is_about_to_begin_keeps_the_button_when_newer_data_come(stall: Stall) -> None:
    """What the books answer is drawn while somebody goes by keys: the focus was lost with it."""

    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        begin = page.get_by_role("button", name="Mulai sesi")
        begin.focus()
        page.evaluate("import('/static/desk/desk.js').then((desk) => desk.fetchProvisions())")
        assert page.evaluate("document.activeElement.textContent") == "Mulai sesi"
        page.keyboard.press("Enter")
        page.locator("button.line").first.wait_for()

    stall.use(work)
