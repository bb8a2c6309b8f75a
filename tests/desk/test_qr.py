"""The slip's QR code by the phone's own printing: dot for dot as another maker draws it, and read."""

import segno
from playwright.sync_api import BrowserContext

from tests.desk.stall import Stall, open_desk, weigh
from tests.desk.test_slips import LINES, until
from tests.engines import in_the_browser

pytestmark = in_the_browser

MAKE = "(text) => import('/static/desk/qr.js').then((m) => m.matrix(text))"
FULL = (14, 26, 42, 62, 84, 106)
"""So many bytes fill each version: the other maker pads what is not full in a way of its own."""
ADDRESS = "https://banksampah.example.id/b/berkah-bersama/v/HP02-0037-3F2A91C0H"
READ = """async () => {
  const svg = document.querySelector("#struk .qr").cloneNode(true);
  svg.setAttribute("width", 168);  // 21 mm at 203 dpi
  svg.setAttribute("height", 168);
  const picture = new Image();
  picture.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(svg));
  await picture.decode();
  const pen = Object.assign(document.createElement("canvas"), { width: 208, height: 208 }).getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, 208, 208);
  pen.drawImage(picture, 20, 20, 168, 168);
  await import("/static/desk/vendor/jsQR.js");
  return jsQR(pen.getImageData(0, 0, 208, 208).data, 208, 208)?.data;
}"""


def drawn(text: str) -> list[list[int]]:
    code = segno.make_qr(text, error="m", mode="byte", mask=2, boost_error=False)
    return [list(row) for row in code.matrix]


def test_each_version_as_another_maker_draws_it(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = open_desk(context, stall.bank)
        for length in FULL:
            text = (ADDRESS * 4)[:length]
            assert page.evaluate(MAKE, text) == drawn(text), length
        assert page.evaluate(MAKE, "x" * 107) is None

    stall.use(work)


def test_the_printed_slip_leads_to_its_check_page(stall: Stall) -> None:
    """By what a roll printer of 203 dpi makes of it."""

    def work(context: BrowserContext) -> tuple[str, str]:
        context.add_init_script("window.print = () => { window.printed = true; };")
        page = open_desk(context, stall.bank)
        weigh(page, "123", ("Kardus", "2,35"))
        page.get_by_role("button", name="Cetak").click()
        page.get_by_role("button", name="Printer lain").click()
        until(page, "window.printed === true")
        (asked,) = [line["qr"] for line in page.evaluate(LINES) if line.get("qr")]
        return asked, page.evaluate(READ)

    asked, read = stall.use(work)
    assert read == asked
    assert f"/b/{stall.bank.slug}/v/{stall.phone.name}-0001-" in read
