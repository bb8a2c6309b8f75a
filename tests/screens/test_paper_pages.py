"""Pages about papers as they look when something is wrong, and without a script; a QR code read back."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page

import banksampah
from banksampah import clock, codes, ledger
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.models import Deposit
from banksampah.desk.sheets import blank_sheet, read_sheet_number
from banksampah.ledger import Act
from banksampah.members.models import Member
from banksampah.members.service import set_pin
from banksampah.statements import papers
from tests.engines import in_the_browser
from tests.screens.conftest import Eyes, Site
from tests.screens.test_every_page import AXE, faults_of
from tests.statements.samples import CHECK_AT, deposit_doc

READER = Path(banksampah.__file__).parent / "static" / "desk" / "vendor" / "jsQR.js"
DOTS = 168  # 21 mm on a printer of 203 dots an inch
ALL_BUT_THREE = (
    "document.querySelectorAll('.grid tbody tr:nth-child(n+4)').forEach((r) => r.remove())"
)
DECODE = """async ([svg, size]) => {
  const picture = new Image();
  picture.src = "data:image/svg+xml," + encodeURIComponent(svg.replace("<svg ", `<svg width="${size}" height="${size}" shape-rendering="crispEdges" `));
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: size + 40, height: size + 40 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; pen.fillRect(0, 0, size + 40, size + 40); pen.drawImage(picture, 20, 20);
  return jsQR(pen.getImageData(0, 0, size + 40, size + 40).data, size + 40, size + 40)?.data;
}"""


def looked_at(page: Page, who: str) -> list[str]:
    page.evaluate(AXE)
    return faults_of(page, who)


def genuine(site: Site) -> str:
    """The code on the first receipt of the winter."""
    with site._app.app_context():
        use_bank(db.session, site.bank.bank_id)
        seq = db.session.query(Deposit).order_by(Deposit.seq).first().seq
        digits = ledger.find_seal(db.session, site.bank.bank_id, seq)
    return codes.address_code(f"S-{seq:05}", digits[:8])


def open_first_sheet(site: Site, page: Page) -> None:
    """The grid of the first sheet of today's list, with the layout code of its paper."""
    page.goto(f"{site.home}setoran/lembar")
    page.locator("ul.lines a").first.click()
    typed = parse_qs(urlsplit(page.url).query)["nomor"][0]
    with site._app.app_context():
        use_bank(db.session, site.bank.bank_id)
        number = read_sheet_number(typed)
        assert number is not None
        layout = blank_sheet(db.session, site.bank.bank_id, number).layout
    page.locator("#f-layout").fill(layout)


@in_the_browser
def test_what_a_paper_turns_out_to_be(site: Site) -> None:
    code = genuine(site)
    forged = codes.address_code(code[:7], "00000000")
    seq, tag = codes.read_code(code)
    sealed = f"{int(seq[1:])}-{codes.printed_seal(int(seq[1:]), tag)}".replace(" ", "-")

    def work(context: BrowserContext) -> list[str]:
        page, faults = context.new_page(), []
        for asked, said in (
            (code, "Asli"),
            (forged, "Tidak ditemukan"),
            (sealed, "Segel cocok"),
            (sealed[:-2].replace(tag[:4], "0000"), "Tidak ditemukan"),
            (code[:-1] + ("7" if code[-1] != "7" else "8"), "salah ketik"),
        ):
            page.goto(f"{site.home}v/{asked}")
            page.get_by_role("heading", name=said).wait_for()
            faults += looked_at(page, "warga")
        return faults

    assert site.look(work, watched=True) == []


@in_the_browser
def test_a_sheet_is_typed_in_without_a_script(site: Site) -> None:
    def work(context: BrowserContext) -> str:
        page = context.new_page()
        open_first_sheet(site, page)
        page.keyboard.press("Tab")
        page.locator("#f-quantity-1-0").focus()
        page.keyboard.type("2,35")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "f-quantity-1-1"  # along the row
        page.locator("#f-total-0").fill("3")
        page.locator("#f-households_count").fill("1")
        page.get_by_role("button", name="Simpan lembar").click()
        page.get_by_text("Di kertas 3 kg, dari isian 2,35 kg").wait_for()
        assert page.locator("#f-quantity-1-0").input_value() == "2,35"
        page.locator("#f-total-0").fill("2,35")
        page.get_by_role("button", name="Simpan lembar").click()
        return page.locator(".band").first.inner_text()

    assert "tercatat: 1 setoran" in site.look(work, "operator", scripts=False)


@in_the_browser
def test_a_sheet_with_something_to_mend(site: Site) -> None:
    """Three of its rows: two hundred fields would take a minute to look at."""

    def work(context: BrowserContext) -> list[str]:
        page = context.new_page()
        open_first_sheet(site, page)
        page.locator("#f-quantity-1-0").fill("dua")
        page.locator("#f-number-2").fill("9999")
        page.locator("#f-quantity-2-0").fill("1")
        page.locator("#f-households_count").fill("2")
        page.get_by_role("button", name="Simpan lembar").click()
        page.locator(".errors").wait_for()
        assert page.locator("[aria-invalid]").count() == 2
        page.evaluate(ALL_BUT_THREE)
        return looked_at(page, "operator")

    assert site.look(work, "operator", watched=True) == []


def test_the_code_on_a_slip_is_read_by_a_phone(eyes: Eyes) -> None:
    """At the size and sharpness of a cheap printer."""
    doc = deposit_doc(2)
    proof = papers.proof_of(doc, CHECK_AT)
    assert proof is not None

    def work(context: BrowserContext) -> object:
        page = context.new_page()
        page.add_script_tag(path=READER)
        return page.evaluate(DECODE, [str(proof.picture), DOTS])

    found = eyes.look(work, "", "http://localhost")
    assert found == f"{CHECK_AT}/S-02451-{proof.code.replace(' ', '')}"


@in_the_browser
def test_a_row_that_goes_to_titipan_is_told_first(site: Site) -> None:
    def weigh(context: BrowserContext) -> list[str]:
        page = context.new_page()
        open_first_sheet(site, page)
        page.locator("#f-number-2").fill("9999")
        page.locator("#f-quantity-2-0").fill("1")
        page.locator("#f-total-0").fill("1")
        page.locator("#f-households_count").fill("1")
        page.get_by_role("button", name="Simpan lembar").click()
        page.locator("#f-name-2").fill("Warni")
        page.get_by_role("button", name="Simpan lembar").click()
        page.get_by_text("masuk Titipan atas nama Warni").wait_for()
        page.evaluate(ALL_BUT_THREE)
        faults = looked_at(page, "operator")
        page.get_by_role("button", name="Simpan, 1 baris ke Titipan").click()
        page.get_by_text("1 di antaranya masuk Titipan.").wait_for()
        return faults

    def look(context: BrowserContext) -> list[str]:
        page = context.new_page()
        page.goto(f"{site.home}perlu-dilihat")
        page.get_by_text("nomor di kertas 9999").wait_for()
        return looked_at(page, "treasurer")

    assert site.look(weigh, "operator", watched=True) == []
    assert site.look(look, "treasurer", watched=True) == []


@in_the_browser
def test_a_household_is_led_to_its_slip(site: Site) -> None:
    with site._app.app_context(), transaction(site.bank.bank_id) as session:
        saver = session.query(Deposit).filter(Deposit.credited_idr > 0).first()
        member = session.get_one(Member, (site.bank.bank_id, saver.member_id))
        at = clock.now_utc()
        act = Act(site.bank.bank_id, "pin-of-a-test", 0, at, at.date())
        set_pin(session, act, member_id=member.id, pin="482913")
        number = member.number

    def work(context: BrowserContext) -> list[str]:
        page = context.new_page()
        page.goto(f"{site.home}saldo-saya/masuk")
        page.locator("[name=number]").fill(number)
        page.locator("[name=pin]").fill("482913")
        page.keyboard.press("Enter")
        link = page.get_by_role("link", name="Periksa S-").first
        link.wait_for()
        faults = looked_at(page, "warga")
        assert link.bounding_box()["height"] >= 48
        link.click()
        page.get_by_role("heading", name="Asli").wait_for()
        return faults

    assert site.look(work, watched=True) == []
