"""A printer that was chosen prints each slip once by itself; and the desk on the phone's own screen."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.desk.journey import OFFER, STATE, tap
from tests.desk.stall import Stall, choose, online, open_desk, put, reload, sent, weigh
from tests.desk.test_pages import second_page
from tests.desk.test_slips import ANDROID, until
from tests.engines import in_the_browser

pytestmark = in_the_browser

PORT = """window.slips = []; window.asked = 0; window.shut = 0; const kept = () => JSON.parse(localStorage.getItem("boleh") ?? "[]");
const port = (usbProductId) => ({ getInfo: () => ({ usbProductId }),
  close: async () => { await new Promise((later) => setTimeout(later, 300)); window.open = false; window.shut++; },
  open: async () => { if (localStorage.getItem("bisu")) await new Promise(() => {});
    if (localStorage.getItem("mati")) throw new DOMException("off", "NetworkError");
    if (window.open === true) throw new DOMException("in use", "InvalidStateError"); window.open = true; },
  get writable() { return new WritableStream({ write: (chunk) => { window.slips.push([usbProductId, new TextDecoder().decode(chunk)]); } }); } });
Object.defineProperty(navigator, "serial", { value: { getPorts: async () => kept().map(port),
  requestPort: async () => { window.asked++; localStorage.setItem("boleh", "[1, 2]"); return port(2); } } });"""
"""A scale (1) and a printer (2), both of them allowed once somebody was asked; each has one door."""
HURRY = """const later = setTimeout;
globalThis.setTimeout = (work, ms, ...given) => later(work, ms === 20000 ? 1000 : ms, ...given);"""
PRINTED = "window.print = () => { window.printed = (window.printed ?? 0) + 1; };"
STANDALONE = """const asks = matchMedia;
matchMedia = (of) => (of.includes("standalone") ? { matches: true } : asks(of));"""
SLIPS = "window.slips.map(([, text]) => text)"


def with_printer(stall: Stall, context: BrowserContext) -> Page:
    """The printer is chosen and tried before the queue comes."""
    context.add_init_script(PORT)
    page = context.new_page()
    page.goto(f"/b/{stall.bank.slug}/timbang")
    page.get_by_role("button", name="Mulai sesi").wait_for()
    assert printer_of(page) == "belum"
    tap(page, "Tes printer")
    tap(page, "Printer struk")
    page.locator(".facts", has_text="siap ✓").wait_for()
    assert page.locator("#cara").count() == 0
    [trial] = page.evaluate(SLIPS)
    assert "Tes printer" in trial and "No. bukti" not in trial
    return open_desk(context, stall.bank, page)


def printer_of(page: Page) -> str:
    """What Siapkan HP says of the printer."""
    row = page.locator(".facts > div", has=page.locator("dt", has_text="Printer"))
    return row.locator("dd").inner_text()


def test_a_slip_prints_by_itself_once(stall: Stall) -> None:
    """Neither a page loaded anew, nor the receipt looked at again, nor another page that saves the
    same prints it twice; who asks for it gets another one."""

    def work(context: BrowserContext) -> None:
        page = with_printer(stall, context)
        choose(page, "7")
        put(page, "Kardus", "2")
        page.locator("#simpan").wait_for()
        other = second_page(stall, context)
        other.locator(".tile.on").wait_for()
        page.locator("#simpan").click()
        until(page, "window.slips.length === 1 && window.shut === 1")
        assert [port for port, _text in page.evaluate("window.slips")] == [2]
        other.locator("#simpan").click()
        other.locator(".band.done").wait_for()
        page.locator(".back").click()
        page.locator("button.hist").first.click()
        page.locator("table.foldy").wait_for()
        page.wait_for_timeout(300)
        assert (page.evaluate("window.slips.length"), other.evaluate("window.slips.length")) == (
            1,
            0,
        )
        page.get_by_role("button", name="Cetak").evaluate(
            "(button) => { button.click(); button.click(); }"  # the second waits for the first
        )
        until(page, "window.slips.length === 3 && window.shut === 3")
        assert page.evaluate("window.asked") == 0
        reload(page)
        page.locator("#nomor").wait_for()
        weigh(page, "8", ("Besi", "1"))
        until(page, "window.slips.length === 1")
        assert "0008" in page.evaluate(SLIPS)[0]

    stall.use(work)


def test_it_can_be_told_not_to(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = with_printer(stall, context)
        page.locator(".back").click()
        tap(page, "Tes printer")
        page.get_by_text("Cetak sendiri setelah disimpan").click()
        tap(page, "Printer struk")  # whichever printer is chosen then
        until(page, "window.shut === 1")
        tap(page, "Lanjutkan sesi")
        reload(page)
        weigh(page, "7", ("Besi", "1"))
        page.wait_for_timeout(500)
        assert page.evaluate("window.slips") == []
        tap(page, "Cetak")
        until(page, "window.slips.length === 1")

    stall.use(work)


def test_practice_prints_nothing_by_itself(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = with_printer(stall, context)
        page.locator(".back").click()
        tap(page, "Latihan")
        choose(page, "7")
        put(page, "Besi", "1")
        page.locator("#simpan").click()
        page.locator("table.foldy").wait_for()
        page.wait_for_timeout(500)
        assert page.evaluate("window.slips") == []

    stall.use(work)


def test_a_printer_that_is_off_holds_nobody_up(stall: Stall) -> None:
    """It is said at the receipt, with whose slip it is, and never between a thumb and the keypad."""

    def work(context: BrowserContext) -> None:
        page = with_printer(stall, context)
        page.evaluate("localStorage.setItem('mati', 1)")
        weigh(page, "7", ("Besi", "1"))
        told = page.locator("#cara .band")
        told.wait_for()
        assert "0001: Struk belum tercetak" in told.inner_text()
        tap(page, "Nasabah berikutnya")
        page.locator("#nomor").wait_for()
        page.locator(".back").click()
        assert printer_of(page) == "belum siap"
        tap(page, "Lanjutkan sesi")
        page.locator("#nomor").wait_for()
        # the next slip's failure comes after its receipt was left
        page.evaluate(
            """void (navigator.serial.getPorts = () => new Promise((tell) => { window.late = () => tell([]); }))"""
        )
        weigh(page, "8", ("Besi", "1"))
        tap(page, "Nasabah berikutnya")
        page.evaluate("window.late()")
        page.wait_for_timeout(1_500)
        assert page.locator("#cara").count() == 0
        tap(page, "Riwayat sesi")
        told.wait_for()
        assert "0002: Struk belum tercetak" in told.inner_text()
        page.evaluate("localStorage.removeItem('mati')")
        tap(page, "Coba lagi, atau pilih printer lain")
        tap(page, "Printer struk")
        until(page, "window.slips.length === 1")
        assert "0008" in page.evaluate(SLIPS)[0]

    stall.use(work)


def test_what_is_asked_of_a_printer_outlives_what_is_drawn_meanwhile(stall: Stall) -> None:
    """A receipt is drawn anew when it is sent, and the first page when the books have answered."""

    def work(context: BrowserContext) -> None:
        page = with_printer(stall, context)
        page.evaluate("localStorage.setItem('mati', 1)")
        context.set_offline(True)
        weigh(page, "7", ("Besi", "1"))
        page.locator("#cara .band", has_text="0001: Struk belum tercetak").wait_for()
        context.set_offline(False)
        sent(page, lambda: online(page))
        page.locator("#isi .band.done", has_text="Terkirim").wait_for()
        assert page.locator("#cara .band").count() == 1
        tap(page, "Nasabah berikutnya")
        page.locator("#nomor").wait_for()
        assert page.locator("#cara").count() == 0
        page.locator(".back").click()
        tap(page, "Tes printer")
        page.locator("#cara .toggle").wait_for()
        with page.expect_response("**/bekal"):
            tap(page, "Ambil data terbaru")
        page.locator("dl.facts").wait_for()
        page.wait_for_timeout(300)
        assert page.locator("#cara .toggle").count() == 1

    stall.use(work)


def test_a_printer_that_never_answers_is_told(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(HURRY)
        page = with_printer(stall, context)
        page.evaluate("localStorage.setItem('bisu', 1)")
        weigh(page, "7", ("Besi", "1"))
        page.locator("#cara .band", has_text="0001: Struk belum tercetak").wait_for()

    stall.use(work)


def test_the_phones_own_printing_asks_and_so_never_begins_by_itself(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(PRINTED)
        page = stall.open_desk(context)
        weigh(page, "7", ("Besi", "1"))
        tap(page, "Cetak")
        tap(page, "Printer lain")
        until(page, "window.printed === 1")
        tap(page, "Nasabah berikutnya")
        weigh(page, "8", ("Besi", "1"))
        page.wait_for_timeout(500)
        assert page.evaluate("window.printed") == 1

    stall.use(work)


def test_a_printer_that_never_printed_is_not_chosen(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(PORT)
        page = stall.open_desk(context)
        page.evaluate("localStorage.setItem('mati', 1)")
        weigh(page, "7", ("Besi", "1"))
        tap(page, "Cetak")
        tap(page, "Printer struk")
        page.locator("#cara .band").wait_for()
        page.get_by_role("button", name="Nasabah berikutnya").click()
        weigh(page, "8", ("Besi", "1"))
        page.wait_for_timeout(500)
        assert page.locator("#cara").count() == 0
        assert page.evaluate("window.asked") == 1

    stall.use(work)


def test_the_rawbt_app_gets_it_by_itself_too(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[str]:
        page = stall.open_desk(context)
        gone: list[str] = []
        line: Any = context.new_cdp_session(page)
        line.send("Page.enable")
        line.on("Page.frameRequestedNavigation", lambda told: gone.append(told["url"]))
        page.evaluate(
            f"import{STATE}.then((state) => state.store.set('cetak',"
            " (state.printer = { way: 'rawbt', works: true })).then(() => null))"
        )
        weigh(page, "7", ("Besi", "1"))
        for _tenth in range(50):
            if any(url.startswith("intent:") for url in gone):
                break
            page.wait_for_timeout(100)
        return [url for url in gone if url.startswith("intent:")]

    [intent] = stall.use(work, user_agent=ANDROID)
    assert "package=ru.a402d.rawbtprinter" in intent


def test_the_desk_is_put_on_the_phones_screen_by_a_tap(stall: Stall) -> None:
    """Offered where the phone is made ready and nowhere else; the browser's own offer stays away."""

    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        page.get_by_role("button", name="Mulai sesi").wait_for()
        button = page.get_by_role("button", name="Pasang di layar HP")
        assert button.count() == 0 and page.get_by_text("Di layar HP").count() == 0
        stall.open_desk(context, page)
        page.locator("#nomor").focus()
        assert page.evaluate(OFFER) is False  # its own bar is held back
        assert button.count() == 0
        assert page.evaluate("document.activeElement.id") == "nomor"  # nobody is interrupted
        page.locator(".back").click()
        assert page.locator(".facts", has_text="Di layar HP").inner_text().endswith("belum")
        button.click()
        assert page.evaluate("window.prompted") == 1
        assert button.count() == 0  # an offer counts once
        page.evaluate("dispatchEvent(new Event('appinstalled'))")
        page.get_by_text("terpasang ✓").wait_for()
        context.add_init_script(STANDALONE)
        page.reload()  # as it is opened from there
        page.locator(".back").click()
        page.get_by_text("terpasang ✓").wait_for()

    stall.use(work)
