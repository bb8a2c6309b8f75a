"""Every state of the desk, one after the other, as a thumb comes to it."""

import re
from collections.abc import Callable, Iterator

from playwright.sync_api import Page

from tests.desk.stall import keys, sent, weigh

STATE = '("/static/desk/state.js").then(({ state }) => state)'


def tap(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def home(page: Page) -> None:
    """Back to the choice of a household."""
    while page.locator("#nomor").count() == 0:
        page.locator(".back").click()


def signal(page: Page, news: str) -> None:
    """What the sender would tell: bands are drawn from it alone."""
    page.evaluate(f"""Promise.all([import("/static/desk/state.js"), import("/static/desk/draw.js")])
      .then(([{{ state }}, {{ drawSignal }}]) => {{ state.net = {news}; drawSignal(); }})""")


NO_PRINTER = """void (navigator.serial.requestPort = () =>
  Promise.reject(new DOMException("off", "NetworkError")))"""


def printer_is_off(page: Page) -> None:
    """The printer that is chosen does not answer, and the desk says so."""
    page.evaluate(NO_PRINTER)
    tap(page, "Printer struk")
    page.locator("#cara .band").wait_for()


def before_the_queue(page: Page) -> Iterator[str]:
    tap(page, "Mulai sesi")
    yield "petugas"
    page.locator("button.line", has_text="Bu Wati").click()
    yield "pin"
    keys(page, "9999")
    page.locator("#isi .band.look").wait_for()
    yield "pin-salah"
    page.locator(".back").click()
    page.locator("button.line", has_text="Bu Tini").click()
    page.locator("#nomor").wait_for()
    yield "nasabah"


def choosing(page: Page) -> Iterator[str]:
    keys(page, "12")
    yield "nasabah-ada"
    keys(page, "9")
    yield "nasabah-tidak-ada"
    page.locator("#nama").fill("warga")
    yield "nasabah-nama"
    page.locator("#nama").fill("tiada")
    yield "nasabah-nama-tidak-ada"
    tap(page, "Warga baru")
    yield "warga-baru"
    tap(page, "Simpan dan timbang")
    yield "warga-baru-kosong"
    page.locator(".back").click()


def weighing(page: Page) -> Iterator[str]:
    keys(page, "123")
    page.locator("#lanjut").click()
    yield "bahan"
    page.locator(".tile", has_text="Besi").click()
    yield "berat"
    page.locator("#lanjut").click()
    yield "berat-kosong"
    keys(page, "2,35")
    yield "berat-diketik"
    tap(page, "Timbang lagi, jumlahkan")
    keys(page, "1")
    page.locator(".toggle").click()
    yield "berat-dijumlah"
    page.locator("#lanjut").click()
    page.locator(".tile", has_text="Kaleng").click()
    keys(page, "999")
    page.locator("#lanjut").click()
    yield "berat-ditanya"
    page.locator("#tanya .btn").first.click()
    page.locator(".tile", has_text="Koran").click()
    page.locator("#berat").fill("2.350")
    page.locator("#lanjut").click()
    yield "berat-titik"
    page.locator("#tanya .btn").first.click()
    yield "bahan-terisi"
    page.locator(".tile.on").first.click()
    yield "berat-diubah"
    page.locator(".back").click()
    page.locator(".back").click()
    keys(page, "7")
    page.locator("#lanjut").click()
    yield "barang-belum-disimpan"
    tap(page, "Lanjutkan")
    page.locator("#simpan").wait_for()


def proving(page: Page) -> Iterator[str]:
    page.evaluate(f"""import{STATE}.then((state) => {{ window.kept = state.store.save;
      state.store.save = () => Promise.reject(new DOMException("", "QuotaExceededError")); }})""")
    page.locator("#simpan").click()
    page.locator(".band.bad").wait_for()
    yield "hp-penuh"
    page.evaluate(f"import{STATE}.then((state) => {{ state.store.save = window.kept; }})")
    page.context.set_offline(True)
    tap(page, "Coba lagi")
    page.locator(".band.done").wait_for()
    yield "bukti"
    tap(page, "Cetak")
    page.locator("#cara").wait_for()
    yield "bukti-cara-cetak"
    printer_is_off(page)
    yield "bukti-tidak-tercetak"
    tap(page, "Batalkan setoran")
    yield "batal"
    tap(page, "Salah orang")
    page.locator(".keys").wait_for(state="detached")
    yield "ganti-nasabah"
    page.locator("#nama").fill("warga")
    page.locator("#temuan button.line").first.click()
    page.locator("#simpan").click()
    page.locator(".band.done").wait_for()
    home(page)
    yield "nasabah-tanpa-internet"


def change(page: Page, what: str) -> None:
    """Something else in the state *s*, and its screen drawn anew."""
    page.evaluate(f"""Promise.all([import("/static/desk/state.js"), import("/static/desk/draw.js")])
      .then(([{{ state: s }}, {{ draw }}]) => {{ {what} draw(); }})""")


BOOKED_OTHERWISE = """const [{ record }] = s.rows;
  const booked = { lines: record.lines.map((line) => ({ ...line, value_idr: 987654321 })), total_idr: 987654321, credited: 987654321 };
  Object.assign(s.rows[0], { notes: ["booked_otherwise"], booked });"""


def told(page: Page) -> Iterator[str]:
    """From the list and back: what was taken back, and what the books hold."""
    page.locator("button.hist", has=page.locator("s")).first.click()
    page.locator("table.foldy").wait_for()
    yield "bukti-dibatalkan"
    page.locator(".back").click()
    change(page, "Object.assign(s.rows[0], { state: 'ditahan', notes: ['price_unknown'] });")
    yield "riwayat-ditahan"
    page.locator("button.hist").first.click()
    page.locator("table.foldy").wait_for()
    yield "bukti-ditahan"
    page.locator(".back").click()
    change(
        page,
        "Object.assign(s.rows[0], { state: 'perlu_dilihat', notes: ['maybe_double', 'price_old'] });",
    )
    yield "riwayat-dobel"
    change(page, BOOKED_OTHERWISE)
    yield "riwayat-lain-di-buku"
    page.locator("button.hist").first.click()
    page.locator("table.foldy").wait_for()
    yield "bukti-lain-di-buku"
    page.locator(".back").click()
    page.evaluate("import('/static/desk/state.js').then(({ reload }) => reload())")


def ending(page: Page) -> Iterator[str]:
    tap(page, "Riwayat sesi")
    yield "riwayat-tanpa-internet"
    tap(page, "Tutup sesi")
    yield "tutup"
    tap(page, "Bandingkan")
    page.locator("#isi .band.look").wait_for()
    yield "tutup-tanpa-internet"
    page.context.set_offline(False)
    home(page)
    page.evaluate("dispatchEvent(new Event('online'))")
    sent(page)
    weigh(page, "7", ("Kardus", "12"))
    sent(page)
    yield "bukti-terkirim"
    page.locator(".back").click()
    yield "riwayat"
    yield from told(page)
    tap(page, "Tutup sesi")
    change(page, "s.compared = { agrees: false, missing: [], missing_before: [], rows: [] };")
    yield "tutup-berbeda"
    tap(page, "Bandingkan")
    page.get_by_role("button", name="Selesai").wait_for()
    yield "tutup-cocok"
    tap(page, "Selesai")
    yield "siapkan"


OFFER = """(() => { const event = new Event("beforeinstallprompt", { cancelable: true });
  event.prompt = () => { window.prompted = (window.prompted ?? 0) + 1; };
  return dispatchEvent(event); })()"""
"""The browser offers to put the desk on the phone's screen."""


def readying(page: Page) -> Iterator[str]:
    tap(page, "Tes printer")
    page.locator("#cara").wait_for()
    yield "siapkan-cara-cetak"
    printer_is_off(page)
    yield "siapkan-tidak-tercetak"
    page.evaluate(OFFER)
    page.get_by_role("button", name="Pasang di layar HP").wait_for()
    yield "siapkan-pasang"
    page.evaluate("dispatchEvent(new Event('appinstalled'))")
    page.get_by_text("terpasang ✓").wait_for()
    yield "siapkan-terpasang"


BANDS = {
    "ditolak": "{refused: 400}",
    "dinonaktifkan": "{revoked: true}",
    "masuk-lagi": "{signedIn: false}",
    "belum-terdaftar": "{registered: false}",
    "jam-salah": "{offset: 4000}",
    "mengirim": "{sending: {left: 12}}",
    "tanpa-internet": "{online: false}",
}


def bands(page: Page) -> Iterator[str]:
    for name, news in BANDS.items():
        signal(page, news)
        yield f"pita-{name}"
    signal(page, "{}")
    change(page, "s.fetchedAt -= 9 * 86400000; s.rows[0].state = 'di_hp';")
    yield "siapkan-data-lama"
    change(page, "s.fetchedAt += 9 * 86400000; s.rows[0].state = 'terkirim';")


def practice(page: Page) -> Iterator[str]:
    tap(page, "Huruf besar")
    yield "siapkan-huruf-besar"
    tap(page, "Latihan")
    yield "latihan-nasabah-huruf-besar"
    keys(page, "5")
    page.locator("#lanjut").click()
    page.locator(".tile", has_text="Aluminium").click()
    keys(page, "1")
    yield "latihan-berat-huruf-besar"
    page.locator("#lanjut").click()
    yield "latihan-bahan-huruf-besar"
    page.locator("#simpan").click()
    page.locator("table").wait_for()
    yield "latihan-bukti-huruf-besar"


PARTS: tuple[Callable[[Page], Iterator[str]], ...] = (
    before_the_queue, choosing, weighing, proving, ending, readying, bands, practice,
)  # fmt: skip


def whole(page: Page, address: str) -> Iterator[str]:
    """The names of all states, each while it is on the screen."""
    page.goto(address)
    page.get_by_role("button", name=re.compile("Mulai sesi")).wait_for()
    yield "siapkan-pertama"
    for part in PARTS:
        yield from part(page)
