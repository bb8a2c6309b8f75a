"""The slip at the table: its bytes for a printer, its words, the ways to print it, the text to send."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page

from banksampah.desk.island import LAZY
from tests.desk.stall import Stall, keep_desk, keys, online, open_desk, sent, weigh
from tests.desk.test_budget import sizes
from tests.engines import in_the_browser
from tests.people import Browser
from tests.screens.conftest import until
from tests.statements.reading import pages_of, sizes_mm

pytestmark = in_the_browser

CODES = json.loads((Path(__file__).parent / "codes.json").read_text())
START, END = "1b401c2e1b7400", "1b64041d564200"
AS_TEXT = """async (lines) => { const m = await import("/static/desk/slip.js");
  return [...m.bytes(lines)].map((b) => b.toString(16).padStart(2, "0")).join(""); }"""
LINES = """async () => { const [slip, state] = await Promise.all(
  [import("/static/desk/slip.js"), import("/static/desk/state.js")]);
  return slip.slipLines(state.state.shown); }"""


def style(align: str = "00", bold: str = "00", tall: str = "00") -> str:
    return f"1b61{align}1b45{bold}1d21{tall}"


def text(words: str) -> str:
    return words.encode("ascii").hex() + "0a"


def test_bytes_words_and_codes(stall: Stall) -> None:
    """Byte by byte, as the printer's manual has them; in little script that comes late."""
    assert "desk/slip.js" in LAZY
    [slip] = sizes(stall.app.test_client(), "desk/slip.js").values()
    assert slip <= 3_300  # the printer's letters and bytes among it

    def work(context: BrowserContext) -> None:
        page = open_desk(context, stall.bank)
        made = page.evaluate(AS_TEXT, [{"text": "Bukti", "center": True, "bold": True}])
        assert made == START + style("01", "01") + text("Bukti") + END
        made = page.evaluate(AS_TEXT, [{"text": "Café × 2 – ½ 日", "tall": True}])
        assert made == START + style(tall="01") + text("Cafe x 2 - 1/2 ?") + END
        address = "https://x.id/b/a/v/HP02-0037-3F2A91C0H"
        made = page.evaluate(AS_TEXT, [{"qr": address}])
        stored = (len(address) + 3).to_bytes(2, "little").hex()
        qr = [
            "0400314132" + "00",
            "030031430" + "5",
            "0300314531",
            stored + "315030" + address.encode().hex(),
            "0300315130",
        ]
        assert made == START + style("01") + "".join("1d286b" + part for part in qr) + END
        for number, tag, printed, in_address in CODES:
            asked = "([number, id]) => import('/static/desk/numbers.js').then((m) => [m.printedCode(number, id), m.addressCode(number, id)])"
            assert page.evaluate(asked, [number, f"0193-{tag}"]) == [printed, in_address]
        pairs = page.evaluate(
            "() => import('/static/desk/slip.js').then((m) => [m.pair('Nasabah', '0123 Raden Ajeng Kartini Djojo'), m.wrap('Bank Sampah ' + 'x'.repeat(40))])"
        )
        assert [line["text"] for line in pairs[0]] == [
            "Nasabah",
            "0123 Raden Ajeng Kartini Djojo".rjust(32),
        ]
        assert all(len(line["text"]) <= 32 for line in pairs[1])
        assert "".join(line["text"] for line in pairs[1]) == "Bank Sampah" + "x" * 40

    stall.use(work)


def weighed(context: BrowserContext, stall: Stall) -> Page:
    """The receipt of a deposit that was weighed without a signal."""
    page = open_desk(context, stall.bank)
    keep_desk(page)
    context.set_offline(True)
    weigh(page, "123", ("Kardus", "2,35"), ("Besi", "12"))
    return page


def test_without_a_signal_the_slip_says_what_is_known(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = weighed(context, stall)
        assert "2,35 kg × Rp1.800" in page.locator("table.foldy").inner_text()
        said = page.evaluate(LINES)
        words = [line.get("text", "") for line in said]
        assert all(len(line) <= 32 for line in words), words
        whole = "\n".join(words)
        number = f"{stall.phone.name}-0001"
        assert re.search(rf"^No\. bukti +{number}$", whole, re.M)
        assert re.search(r"^Kardus\n  2,35 kg x 1\.800 +4\.230$", whole, re.M)
        assert re.search(r"^Jumlah 14,35 kg +Rp49\.830$", whole, re.M)
        assert re.search(r"^Saldo sementara +Rp49\.830$", whole, re.M)
        assert "Dicatat di HP. Masuk buku" in whole
        (qr,) = [line["qr"] for line in said if line.get("qr")]
        record_id = page.evaluate(
            "import('/static/desk/state.js').then((m) => m.state.shown.row.id)"
        )
        assert f"/b/{stall.bank.slug}/v/{number}-{record_id[-8:].upper()}" in qr

        sent = page.locator("a[href^='https://wa.me/']").get_attribute("href")
        (message,) = parse_qs(urlsplit(sent or "").query)["text"]
        assert "Rp49.830" in message and qr in message
        assert record_id not in message
        assert "masuk" not in message and "saldo-saya" not in message

    stall.use(work)


ANDROID = (
    "Mozilla/5.0 (Linux; Android 13; K) AppleWebKit/537.36 Chrome/150.0.0.0 Mobile Safari/537.36"
)
PORT = """window.written = []; window.shut = 0;
  const port = { open: async (how) => { window.opened = how; }, close: async () => { window.shut++; },
    get writable() { return new WritableStream({ write(chunk) { window.written.push(...chunk); } }); } };
  Object.defineProperty(navigator, "serial", { value: { getPorts: async () => [], requestPort: async () => { if (window.refuse) throw new DOMException("none", "NotFoundError"); return port; } } });"""


def test_a_serial_printer_is_asked_for_once_and_remembered(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(PORT)
        page = weighed(context, stall)
        page.evaluate("window.refuse = true")
        page.get_by_role("button", name="Cetak").click()
        page.get_by_role("button", name="Printer struk").click()
        page.get_by_text("Struk belum tercetak").wait_for()
        page.evaluate("window.refuse = false")
        page.get_by_role("button", name="Coba lagi, atau pilih printer lain").click()
        page.get_by_role("button", name="Printer struk").click()
        until(page, "window.shut === 1")
        written = bytes(page.evaluate("window.written"))
        assert written.startswith(bytes.fromhex(START)) and written.endswith(bytes.fromhex(END))
        assert b"Kardus" in written
        assert page.evaluate("window.opened") == {"baudRate": 9600}
        page.get_by_role("button", name="Cetak").click()
        until(page, "window.shut === 2")  # one tap now: nothing was asked
        assert page.locator("#cara").count() == 0

    stall.use(work)


def test_the_question_by_which_printer_stays_when_the_books_have_the_deposit(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        context.add_init_script(PORT)
        page = weighed(context, stall)
        page.get_by_role("button", name="Cetak").click()
        page.locator("#cara button").first.wait_for()
        context.set_offline(False)
        sent(page, lambda: online(page))
        page.get_by_text("Terkirim ✓").wait_for()
        focused = page.evaluate("document.activeElement.closest('#cara') !== null")
        assert focused
        page.keyboard.press("Enter")
        until(page, "window.shut === 1")

    stall.use(work)


def test_rawbt_gets_the_same_bytes(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = weighed(context, stall)
        address = page.evaluate(
            f"({LINES})().then((lines) => import('/static/desk/slip.js').then((m) => m.rawbt(lines)))"
        )
        found = re.fullmatch(
            r"intent:base64,([\w+/=]+)#Intent;scheme=rawbt;package=ru\.a402d\.rawbtprinter;end;",
            address,
        )
        assert found and b"Kardus" in base64.b64decode(found[1])
        page.get_by_role("button", name="Cetak").click()
        page.get_by_role("button", name="RawBT").wait_for()

    stall.use(work, user_agent=ANDROID)


def test_the_phones_own_printing_is_58_mm_wide_and_holds_the_slip_only(stall: Stall) -> None:
    def work(context: BrowserContext) -> bytes:
        context.add_init_script(
            "window.print = () => { window.printed = (window.printed ?? 0) + 1; };"
            "addEventListener('securitypolicyviolation', (e) => { window.broken = e.violatedDirective; });"
        )
        page = weighed(context, stall)
        page.get_by_role("button", name="Cetak").click()
        page.get_by_role("button", name="Printer lain").click()
        until(page, "window.printed === 1")
        assert page.locator("#struk").is_hidden()
        page.emulate_media(media="print")
        assert page.locator("#struk").is_visible()
        assert page.locator("#kepala").is_hidden()
        box = page.locator("#struk").bounding_box()
        assert box and "Saldo sementara" in page.locator("#struk").inner_text()
        assert page.evaluate("window.broken") is None
        return page.pdf(prefer_css_page_size=True)

    pdf = stall.use(work)
    ((width, height),) = sizes_mm(pdf)
    assert width == 58
    assert 80 < height < 120
    assert "Terima kasih" in pages_of(pdf)[0]


def test_what_is_in_the_books_is_printed_from_the_history_too(
    stall: Stall, sign_in: Callable[[str], Browser]
) -> None:
    def work(context: BrowserContext) -> tuple[list[str], list[str]]:
        page = open_desk(context, stall.bank)
        weigh(page, "123", ("Kardus", "2,35"))
        sent(page)
        context.set_offline(True)
        page.get_by_role("button", name="Nasabah berikutnya").click()
        weigh(page, "122", ("Besi", "1"))
        page.locator(".back").click()
        page.locator("button.line").nth(1).wait_for()
        links = page.locator("a[href*='bukti.pdf']")
        during = [link.inner_text().strip() for link in links.all()]
        context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        sent(page)
        until(page, "document.querySelectorAll('a[href*=\"bukti.pdf\"]').length === 2")
        return during, [link.get_attribute("href") or "" for link in links.all()]

    during, after = stall.use(work)
    assert len(during) <= 1  # none that could not be fetched, and none that is not in the books
    browser = sign_in("treasurer")
    assert all(address.endswith("/bukti.pdf?kertas=58mm") for address in after)
    paths = [address.removeprefix(f"/b/{stall.bank.slug}").split("?")[0] for address in after]
    [newest, oldest] = [pages_of(browser.get(path, kertas="58mm").data)[0] for path in paths]
    assert "2,35 kg" in oldest and "1,00 kg" in newest
    [taken, _second] = stall.taken()
    card = browser.get(f"/nasabah/{taken.member_id}").text
    assert f"/setoran/{taken.deposit_seq}/bukti.pdf?kertas=58mm" in card


def test_practice_is_marked_and_leads_nowhere(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        page.get_by_role("button", name="Mulai sesi").wait_for()
        page.get_by_role("button", name="Latihan").click()
        keys(page, "123")
        page.locator("#lanjut").click()
        page.locator(".tile", has_text="Besi").click()
        keys(page, "2")
        page.locator("#lanjut").click()
        page.locator("#simpan").click()
        page.get_by_role("button", name="Cetak").wait_for()
        said = page.evaluate(LINES)
        assert any("LATIHAN" in line.get("text", "") for line in said)
        assert not any(line.get("qr") for line in said)
        assert page.locator("a[href^='https://wa.me/']").count() == 0

    stall.use(work)
