"""The desk in a real browser: the signal lost, the page loaded anew, nothing lost or doubled."""

from playwright.sync_api import BrowserContext

from tests.desk.stall import Stall, choose, keep_desk, online, put, reload, sent, weigh
from tests.engines import in_the_browser

pytestmark = in_the_browser


def test_a_morning_without_a_signal_is_all_there_afterwards(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        keep_desk(page)
        context.set_offline(True)
        for number in (1, 2, 3):
            weigh(page, str(number), ("Besi", "2"), ("Koran", "1,5"))
            if number == 2:
                page.reload()
                page.locator("#nomor").wait_for()
            else:
                page.get_by_role("button", name="Nasabah berikutnya").click()
        assert "3 setoran belum" in page.locator("#pita").inner_text()
        context.set_offline(False)
        sent(page, lambda: online(page))

    stall.use(work)
    assert [row.number for row in stall.taken()] == [1, 2, 3]
    assert [stall.saved(n) for n in range(3)] == [7_600 + 3_600] * 3


def test_what_was_begun_is_there_after_a_reload(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        choose(page, "5")
        put(page, "Besi", "2")
        page.locator(".tile.on").wait_for()
        reload(page)
        page.locator(".tile.on", has_text="Besi").wait_for()
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)

    stall.use(work)
    assert stall.saved(4) == 7_600


def test_two_pages_of_one_phone_number_and_send_once(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        first = stall.open_desk(context)
        context.set_offline(True)
        weigh(first, "1", ("Besi", "1"))
        context.set_offline(False)
        second = context.new_page()
        second.goto(f"/b/{stall.bank.slug}/timbang")
        second.locator("#nomor").wait_for()
        weigh(second, "2", ("Besi", "1"))
        online(first)
        sent(second)

    stall.use(work)
    assert [row.number for row in stall.taken()] == [1, 2]
    assert stall.saved(0) == stall.saved(1) == 3_800


def test_an_odd_weight_asks_with_two_buttons(stall: Stall) -> None:
    def work(context: BrowserContext) -> str:
        page = stall.open_desk(context)
        choose(page, "1")
        put(page, "Besi", "999")
        asked = page.locator("#tanya").inner_text()
        page.locator("#tanya .btn").first.click()
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)
        return str(asked)

    asked = stall.use(work)
    assert "9,99 kg" in asked and "Ya, 999 kg" in asked
    assert stall.saved(0) == 37_962


def test_a_cancelled_deposit_stays_struck_through(stall: Stall) -> None:
    def work(context: BrowserContext) -> str:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        page.get_by_role("button", name="Batalkan setoran").click()
        page.get_by_role("button", name="Dobel").click()
        page.locator("s").first.wait_for()
        page.locator(".why").first.wait_for()
        return str(page.locator(".hist").first.inner_text())

    assert "Dibatalkan" in stall.use(work)
    assert stall.saved(0) == 0
    assert [row.cancelled for row in stall.taken()] == [True]


def test_the_day_ends_when_both_agree(stall: Stall) -> None:
    def work(context: BrowserContext) -> str:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        page.get_by_role("button", name="Kembali").click()
        page.get_by_role("button", name="Tutup sesi").click()
        page.get_by_role("button", name="Bandingkan dengan buku").click()
        page.get_by_role("button", name="Selesai").wait_for()
        return str(page.locator("#isi").inner_text())

    assert "Cocok" in stall.use(work)


OLD = """async () => {
  const { state } = await import("/static/desk/state.js");
  const kept = await state.store.get("bekal");
  await state.store.set("bekal", { ...kept, at: Date.now() - 31 * 24 * 3600 * 1000 });
}"""


def test_names_go_from_a_phone_that_nobody_used_for_a_month(stall: Stall) -> None:
    """Not while deposits wait on it; and at once where the bank took the phone out of use."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        context.set_offline(True)
        weigh(page, "1", ("Besi", "1"))
        page.evaluate(OLD)
        page.reload()
        page.locator("#nomor").wait_for()
        context.set_offline(False)
        sent(page, lambda: online(page))
        context.set_offline(True)
        page.evaluate(OLD)
        page.reload()
        page.get_by_text("Belum ada data di HP ini").wait_for()

    stall.use(work)
    assert stall.saved(0) == 3_800


def test_nothing_is_refused_by_the_policy_and_the_console_is_quiet(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[str]:
        heard: list[str] = []
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective))"
        )
        weigh(stall.open_desk(context, page), "1", ("Besi", "1"))
        sent(page)
        return heard

    assert stall.use(work) == []
