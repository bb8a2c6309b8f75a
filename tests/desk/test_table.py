"""What lies on the table stays there: through practice, a pause, a cancelled receipt, a lost phone."""

from typing import Any

from playwright.sync_api import BrowserContext, Page

from banksampah.db import transaction
from banksampah.desk import service
from tests.desk.journey import STATE, home, tap
from tests.desk.stall import Stall, choose, keys, online, put, sent, weigh
from tests.engines import in_the_browser

pytestmark = in_the_browser

YESTERDAY = f"""import{STATE}.then(async ({{ store }}) => {{ const session = await store.get("sesi");
  await store.set("sesi", {{ ...session, openedAt: session.openedAt - 20 * 3600 * 1000 }}); }})"""


def with_goods(stall: Stall, context: BrowserContext) -> Page:
    """Two kilograms of cardboard of household 7 are on the table."""
    page = stall.open_desk(context)
    choose(page, "7")
    put(page, "Kardus", "2")
    page.locator("#simpan").wait_for()
    return page


def whose(page: Page) -> tuple[str, int]:
    """The household's number, and how many materials lie there."""
    page.locator("#simpan").wait_for()
    return page.locator("header p").inner_text()[:4], page.locator(".tile.on").count()


def test_practice_takes_nothing_off_the_table_and_no_number(stall: Stall) -> None:
    """Nor does it show what is true, or end it; a page that is loaded anew goes on with it."""

    def newcomer(page: Page) -> str:
        tap(page, "Warga baru")
        page.locator("#nama-baru").fill("Bu Sri")
        tap(page, "Simpan dan timbang")
        return whose(page)[0]

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "5", ("Besi", "1"))
        sent(page)
        tap(page, "Nasabah berikutnya")
        choose(page, "7")
        put(page, "Kardus", "2")
        home(page)
        page.locator(".back").click()
        tap(page, "Latihan")
        for _time in range(2):
            page.locator(".band.practice").wait_for()
            page.locator("#nomor").wait_for()
            assert newcomer(page) == "T-01"
            put(page, "Besi", "9")
            page.reload()
        tap(page, "Riwayat sesi")
        page.get_by_text("Belum ada setoran di sesi ini.").wait_for()
        assert page.get_by_role("button", name="Tutup sesi").count() == 0
        page.locator(".back").click()
        page.locator(".back").click()
        tap(page, "Latihan")
        tap(page, "Lanjutkan sesi")
        page.locator("#nomor").wait_for()
        assert page.locator(".band.practice").count() == 0
        choose(page, "7")
        assert whose(page) == ("0007", 1)
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        tap(page, "Nasabah berikutnya")
        assert newcomer(page) == "T-01"

    stall.use(work)


def test_weighings_that_were_added_up_stand_when_the_last_is_left(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = with_goods(stall, context)
        page.locator(".tile", has_text="Kaleng").click()
        for weight in ("3", "4"):
            keys(page, weight)
            tap(page, "Timbang lagi, jumlahkan")
        keys(page, "5")
        page.locator(".back").click()
        page.locator("#simpan").wait_for()
        assert "7 kg" in page.locator(".tile", has_text="Kaleng").inner_text()
        assert page.locator("#simpan").inner_text() == "Simpan Rp17.600"

    stall.use(work)


def test_goods_outlive_the_session_they_were_weighed_in(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = with_goods(stall, context)
        page.evaluate(YESTERDAY)
        page.reload()
        tap(page, "Mulai sesi")
        page.locator("button.line").first.click()
        assert whose(page) == ("0007", 1)
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page, lambda: online(page))

    stall.use(work)
    [taken] = stall.taken()
    assert taken.weight_g == 2_000 and taken.session_code.endswith("-B")


def test_a_receipt_is_cancelled_while_other_goods_lie_there(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "5", ("Besi", "1"))
        tap(page, "Nasabah berikutnya")
        choose(page, "7")
        put(page, "Kardus", "2")
        home(page)
        tap(page, "Riwayat sesi")
        page.locator("button.hist").click()
        tap(page, "Batalkan setoran")
        tap(page, "Salah berat")
        page.locator(".hist s").first.wait_for()
        said = page.locator("#isi .band").inner_text()
        assert said == "Sudah dibatalkan. Simpan dulu barang Warga 0. 0007, lalu timbang ulang."
        home(page)
        choose(page, "7")
        assert whose(page) == ("0007", 1)

    stall.use(work)


def test_a_phone_that_is_revoked_keeps_the_goods_until_they_are_saved(
    stall: Stall, act: Any
) -> None:
    def work(context: BrowserContext) -> None:
        page = with_goods(stall, context)
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            service.revoke_device(session, act(), device_id=stall.phone.device_id)
        online(page)
        page.locator("#pita", has_text="dinonaktifkan").wait_for()
        assert whose(page) == ("0007", 1)
        page.locator("#simpan").click()
        page.get_by_text("Belum ada data di HP ini.").wait_for()
        assert page.evaluate(f"import{STATE}.then((state) => state.rows[0].state)") == "ditahan"

    stall.use(work)
    [taken] = stall.taken()
    assert taken.state == "held"
