"""The deposit in hand at every step: what is typed is there again, to the last key."""

from pathlib import Path

from flask import Flask
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.desk.faults import Line
from tests.desk.killing import Battery, Pocket, by_itself
from tests.desk.market import open_market
from tests.desk.stall import Stall, choose, keys, online, put, reload, sent
from tests.desk.test_slips import until
from tests.engines import in_the_browser

pytestmark = in_the_browser

SOON_MS = 100


def typing(page: Page) -> tuple[str, str, str, str, bool]:
    """What the keypad's screen shows: whose goods, how typed, worth what, and the sack."""
    page.locator("#berat").wait_for()
    return (
        page.locator("h1").inner_text(), page.locator("#berat").input_value(),
        page.locator("#nilai").inner_text().replace("\n", " "),
        page.locator("#lanjut").inner_text(), page.locator(".toggle input").is_checked(),
    )  # fmt: skip


def at_the_second_weight(stall: Stall, context: BrowserContext) -> Page:
    """Two kilograms of cardboard are taken, and 10 is typed of iron."""
    page = stall.open_desk(context)
    choose(page, "7")
    put(page, "Kardus", "2")
    page.locator(".tile", has_text="Besi").click()
    keys(page, "10")
    return page


def test_a_weight_that_is_being_typed_outlives_the_page(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = at_the_second_weight(stall, context)
        page.get_by_role("button", name="Timbang lagi").click()
        keys(page, "2,3")
        page.locator(".toggle").click()
        before = typing(page)
        assert before[:2] == ("Besi", "2,3") and before[4]
        reload(page)
        assert typing(page) == before
        keys(page, "5")
        before = typing(page)
        page.wait_for_timeout(SOON_MS)
        page.close(run_before_unload=False)
        page = context.new_page()
        page.goto(f"/b/{stall.bank.slug}/timbang")
        assert typing(page) == before
        page.locator("#berat").fill("2,36")  # a keyboard's keys are keys too
        reload(page)
        assert typing(page)[1] == "2,36"
        page.locator("#lanjut").click()
        page.locator("#simpan").wait_for()
        reload(page)
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)

    stall.use(work)
    [taken] = stall.taken()
    assert taken.weight_g == 2_000 + 10_000 + 2_360 - 200
    assert stall.saved(6) == taken.value_idr == 3_600 + 46_208


def test_a_weight_that_was_left_is_not_come_back_to(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = at_the_second_weight(stall, context)
        page.locator(".back").click()
        reload(page)
        page.locator("#simpan").wait_for()
        assert page.locator(".tile.on").count() == 1

    stall.use(work)


def test_a_household_that_was_left_is_gone_on_with(stall: Stall) -> None:
    """Back by mistake costs nothing, in a page that was loaded anew neither."""

    def work(context: BrowserContext) -> None:
        page = at_the_second_weight(stall, context)
        page.locator("#lanjut").click()
        page.locator("#simpan").wait_for()
        for _time in range(2):
            page.locator(".back").click()
            choose(page, "7")
            page.locator("#simpan").wait_for()
            assert page.locator(".tile.on").count() == 2
            reload(page)
            page.locator("#simpan").wait_for()

    stall.use(work)


def test_goods_on_the_table_are_not_swept_away_unasked(stall: Stall) -> None:
    """Another household is chosen: whose goods lie there is said, and two buttons say what becomes of them."""

    def other(page: Page) -> None:
        page.locator(".back").click()
        choose(page, "8")
        page.locator("h1", has_text="Barang belum disimpan").wait_for()

    def work(context: BrowserContext) -> None:
        page = at_the_second_weight(stall, context)
        page.locator("#lanjut").click()
        page.locator("#simpan").wait_for()
        other(page)
        said = page.locator("#isi p").inner_text()
        assert said == "Warga 0. 0007: 2 jenis, Rp41.600. Belum disimpan."
        page.get_by_role("button", name="Lanjutkan Warga 0. 0007").click()
        page.locator("#simpan").wait_for()
        assert page.locator(".tile.on").count() == 2
        other(page)
        reload(page)
        page.locator("#lanjut", has_text="Timbang Warga 0.").click()
        page.locator("h1", has_text="Barang belum disimpan").wait_for()
        page.get_by_role("button", name="Hapus, lalu timbang Warga 0. 0008").click()
        page.locator("#simpan").wait_for()
        assert page.locator(".tile.on").count() == 0
        assert page.locator("header p").inner_text() == "0008 · RT 03"

    stall.use(work)


def two_pages(stall: Stall, context: BrowserContext) -> tuple[Page, Page]:
    """One has weighed something; the other was opened afterwards and has found it."""
    first = stall.open_desk(context)
    choose(first, "7")
    put(first, "Kardus", "2")
    first.locator("#simpan").wait_for()
    second = context.new_page()
    second.goto(first.url)
    second.locator(".tile.on").wait_for()
    return first, second


def again(page: Page, on: int) -> None:
    """The same household, chosen anew in this page: so many goods lie there; another one comes."""
    page.locator(".back").click()
    choose(page, "7")
    page.locator("#simpan").wait_for()
    assert page.locator(".tile.on").count() == on
    put(page, "Besi", "10")


def save(page: Page) -> None:
    page.locator("#simpan").click()
    page.locator(".band.done").wait_for()


def test_two_pages_weigh_one_household(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        first, second = two_pages(stall, context)
        again(second, 1)
        save(second)
        save(first)
        sent(first, lambda: online(first))

    stall.use(work)
    assert [taken.weight_g for taken in stall.taken()] == [12_000, 2_000]


def test_a_household_chosen_anew_in_another_page_has_brought_as_much_again(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        first, second = two_pages(stall, context)
        second.locator(".back").click()
        choose(second, "7")
        put(second, "Kardus", "2")
        save(second)
        save(first)
        sent(first, lambda: online(first))

    stall.use(work)
    assert [taken.weight_g for taken in stall.taken()] == [2_000, 2_000]


def test_what_two_pages_add_to_the_same_goods_is_not_lost(stall: Stall) -> None:
    """Neither page has left the deposit: the second to save finds that its id has other goods."""

    def work(context: BrowserContext) -> None:
        first, second = two_pages(stall, context)
        put(second, "Besi", "10")
        save(second)
        put(first, "Kaleng", "3")
        save(first)
        assert "Kaleng" in first.locator("table").inner_text()
        sent(first, lambda: online(first))

    stall.use(work)
    assert [taken.weight_g for taken in stall.taken()] == [12_000, 5_000]


def test_one_page_that_saves_leaves_the_goods_of_the_other_on_the_phone(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        first = stall.open_desk(context)
        second = context.new_page()
        second.goto(first.url)
        second.locator("#nomor").wait_for()
        for page, member in ((first, "7"), (second, "8")):
            choose(page, member)
            put(page, "Kardus", member)
        save(first)
        reload(second)
        second.locator(".tile.on").wait_for()
        assert second.locator("header p").inner_text() == "0008 · RT 03"

    stall.use(work)


def test_what_another_page_has_saved_is_not_gone_on_with(stall: Stall) -> None:
    """What comes afterwards would be lost: the phone keeps a deposit as it was saved first."""

    def work(context: BrowserContext) -> None:
        first, second = two_pages(stall, context)
        save(second)
        first.bring_to_front()
        first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        until(first, "import('/static/desk/state.js').then((m) => m.state.rows.length === 1)")
        again(first, 0)
        save(first)
        sent(first, lambda: online(first))

    stall.use(work)
    assert [taken.weight_g for taken in stall.taken()] == [2_000, 10_000]


def test_whose_goods_are_coming_outlives_the_page(stall: Stall) -> None:
    """A number that is half typed, and a household that the phone does not know."""
    fields = {"#nama-baru": "Bu Sri <b>", "#rt-baru": "05", "#rumah-baru": "12A"}

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        keys(page, "12")
        reload(page)
        assert page.locator("#nomor").input_value() == "12"
        page.locator("#lanjut:enabled").wait_for()
        page.get_by_role("button", name="Warga baru").click()
        for field, text in fields.items():
            page.locator(field).fill(text)
        reload(page)
        page.locator("#nama-baru").wait_for()
        assert {field: page.locator(field).input_value() for field in fields} == fields
        page.locator("#dok button").click()
        put(page, "Kardus", "2")
        reload(page)
        page.locator("#simpan").wait_for()  # a page just opened has a heading of its own
        assert page.locator("h1").inner_text() == "Bu Sri <b>"
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        page.get_by_role("button", name="Berikutnya").click()
        reload(page)
        assert not page.locator("#nomor").input_value()
        page.get_by_role("button", name="Warga baru").click()
        assert not page.locator("#nama-baru").input_value()
        page.locator("#nama-baru").fill("Bu S")
        page.locator(".back").click()
        page.locator("#nomor").wait_for()
        reload(page)
        page.locator("#nomor").wait_for()
        sent(page)

    stall.use(work)
    [taken] = stall.taken()
    assert taken.weight_g == 2_000


def test_a_weight_that_is_being_typed_outlives_a_dead_battery(
    app: Flask, port: int, tmp_path: Path
) -> None:
    def work(playwright: Playwright) -> tuple[str, str]:
        line, battery = Line(port), Battery(playwright, tmp_path)
        try:
            pocket = Pocket(app, open_market(app), line, battery)
            page = pocket.phone.page()
            choose(page, "1")
            page.locator(".tile", has_text="Besi").click()
            keys(page, "12,35")
            page.wait_for_timeout(SOON_MS)
            battery.die()
            return typing(pocket.open().page())[:2]
        finally:
            battery.die()
            line.close()

    assert by_itself(work) == ("Besi", "12,35")
