"""A scale by cable: a port that tells lines as an indicator does; what is read is taken by a tap."""

import json

from playwright.sync_api import BrowserContext, Page

from banksampah.db import db, use_bank
from banksampah.desk.models import DeskRecord
from banksampah.desk.newcomers import told_in_full
from tests.desk.journey import STATE
from tests.desk.stall import Stall, choose, sent
from tests.engines import in_the_browser

pytestmark = in_the_browser

PORT = """navigator.serial.getPorts = async () => [{
  opened: 0,
  async open({ baudRate }) { if (baudRate !== 9600) throw new Error("wrong speed"); window.opened = (window.opened ?? 0) + 1; },
  async close() { window.opened--; },
  readable: new ReadableStream({ start(line) { for (const part of window.lines) line.enqueue(new TextEncoder().encode(part)); } }),
}]"""


HASTE = """() => { const later = setTimeout; window.setTimeout = (work, ms) => later(work, ms / 20); }"""


def put_on(page: Page, *lines: str) -> str:
    """Ask the scale that tells *lines*; what the desk says."""
    clear = "document.querySelector('#tanya').replaceChildren()"
    page.evaluate(f"() => {{ {clear}; window.lines = {json.dumps(lines)}; {PORT} }}")
    page.get_by_role("button", name="Pakai timbangan").click()
    page.locator("#tanya .band").wait_for()
    return page.locator("#tanya .band").inner_text()


def test_a_still_weight_is_taken_by_a_tap(stall: Stall) -> None:
    def work(context: BrowserContext) -> tuple[str, str, int]:
        page = stall.open_desk(context)
        choose(page, "123")
        page.locator(".tile", has_text="Besi").click()
        moving = "US,GS,+  1.900kg\r\n"
        still = "ST,GS,+  2.350kg\r\n"
        said = put_on(page, moving, still[:7], still[7:] + moving, still, still, still)
        page.get_by_role("button", name="Pakai 2,35 kg").click()
        typed = page.locator("#berat").input_value()
        page.locator("#lanjut").click()
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)
        return said, typed, int(page.evaluate("window.opened"))

    said, typed, still_open = stall.use(work)
    assert (said, typed, still_open) == ("Timbangan menunjuk 2,35 kg.", "2,35", 0)
    assert stall.saved(122) == 8_930
    with stall.app.app_context():
        use_bank(db.session, stall.bank.bank_id)
        [raw] = db.session.query(DeskRecord).filter_by(bank_id=stall.bank.bank_id)
        assert told_in_full(db.session, raw)["lines"][0]["source"] == "scale"


def test_what_may_not_be_taken_is_told(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[str]:
        page = stall.open_desk(context)
        choose(page, "123")
        page.locator(".tile", has_text="Besi").click()
        page.evaluate(HASTE)
        return [
            put_on(page, *[line] * 3)
            for line in (
                "US,GS,+  1.9kg\r\n",
                "OL,GS,+9999kg\r\n",
                "ST,GS,-  0.2kg\r\n",
                "ST,GS,+  4.2lb\r\n",
                "ST,GS,+  0.0kg\r\n",
                "apa ini\r\n",
            )
        ]

    assert stall.use(work) == [
        "Timbangan belum diam. Tunggu sebentar, lalu coba lagi.",
        "Timbangan kelebihan beban. Kurangi, lalu coba lagi.",
        "Timbangan di bawah nol. Kosongkan, tekan nol, lalu coba lagi.",
        "Timbangan tidak memakai kg atau g. Ganti satuannya, lalu coba lagi.",
        "Timbangan kosong. Taruh barangnya, lalu coba lagi.",
        "Timbangan tidak terbaca. Periksa kabelnya, atau ketik beratnya.",
    ]


THREE = """() => {
  const port = (name, lines) => ({
    getInfo: () => ({ usbProductId: name }), async open() { (window.opened ??= []).push(name); }, async close() {},
    readable: new ReadableStream({ start(line) { for (const part of lines) line.enqueue(new TextEncoder().encode(part)); } }),
  });
  const scale = () => port(3, Array(3).fill("ST,GS,+  2.350kg\\r\\n"));
  navigator.serial.getPorts = async () => [port(1, []), port(2, []), scale()];
  navigator.serial.requestPort = async () => scale();
}"""


def test_a_port_that_tells_nothing_is_not_taken_again(stall: Stall) -> None:
    """The first one prints the slips, the second is something else."""

    def work(context: BrowserContext) -> list[int]:
        page = stall.open_desk(context)
        choose(page, "123")
        page.locator(".tile", has_text="Besi").click()
        page.evaluate(
            f"import{STATE}.then((s) => {{ s.printer = {{ port: JSON.stringify({{ usbProductId: 1 }}) }}; }})"
        )
        page.evaluate(HASTE)
        page.evaluate(THREE)
        page.get_by_role("button", name="Pakai timbangan").click()
        page.locator("#tanya", has_text="Timbangan tidak terbaca").wait_for()
        page.get_by_role("button", name="Coba lagi").click()
        page.get_by_role("button", name="Pakai 2,35 kg").click()
        page.get_by_role("button", name="Pakai timbangan").click()
        page.get_by_role("button", name="Pakai 2,35 kg").wait_for()
        return list(page.evaluate("window.opened"))

    assert stall.use(work) == [2, 3, 3]
