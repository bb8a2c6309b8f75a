"""What a receipt tells the household: what is known, and no balance that nobody promised."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page

from banksampah import clock
from banksampah.catalog.queries import materials
from banksampah.catalog.service import change_material
from banksampah.db import transaction
from banksampah.desk import queries, service
from banksampah.members.service import close_member
from tests.desk.journey import STATE, home, tap
from tests.desk.stall import Stall, choose, online, put, reload, sent, weigh
from tests.desk.test_waiting import SHIFTED
from tests.engines import in_the_browser
from tests.screens.conftest import until

pytestmark = in_the_browser

SLIP = """async () => { const { state } = await import("/static/desk/state.js");
  const { slipLines } = await import("/static/desk/slip.js");
  return slipLines(state.shown).map((line) => line.text ?? "").join("\\n"); }"""


DRAWN = 'import("/static/desk/draw.js")'


def again(page: Page, place: int) -> None:
    """A receipt of the session's list, the newest at 0."""
    home(page)
    tap(page, "Riwayat sesi")
    page.locator("button.hist").nth(place).click()
    page.locator("table.foldy").wait_for()


def balances(page: Page) -> list[str]:
    """What stands in the balance's three lines, if they are there."""
    return page.locator("#isi dl.facts dd").all_inner_texts()


def message(page: Page) -> str:
    """The text for WhatsApp."""
    link = page.get_by_role("link", name="WhatsApp").get_attribute("href")
    return parse_qs(urlsplit(link or "").query)["text"][0]


def test_a_slip_printed_again_tells_what_it_told_before(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        context.set_offline(True)
        weigh(page, "7", ("Kardus", "2"))
        home(page)
        weigh(page, "7", ("Kardus", "1"))
        told = ["Rp3.600", "Rp1.800", "Rp5.400"]
        assert balances(page) == told
        again(page, 0)
        assert balances(page) == told
        assert re.search(r"^Saldo sementara +Rp5\.400$", page.evaluate(SLIP), re.M)
        again(page, 1)
        assert balances(page) == ["Rp0", "Rp3.600", "Rp3.600"]

    stall.use(work)


def test_what_is_taken_back_promises_nothing(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "7", ("Kardus", "2"))
        sent(page)
        home(page)
        page.locator(".back").click()
        tap(page, "Ambil data terbaru")  # from here on the phone's balance has these two kilograms
        until(page, f"import{STATE}.then((s) => s.fetchedAt > s.rows[0].sentAt)")
        context.set_offline(True)
        tap(page, "Lanjutkan sesi")
        again(page, 0)
        tap(page, "Batalkan setoran")
        tap(page, "Dobel")
        again(page, 0)
        assert page.locator("#isi .band").inner_text().strip() == "Setoran ini dibatalkan."
        assert balances(page) == []
        assert page.get_by_role("link", name="WhatsApp").count() == 0
        slip = page.evaluate(SLIP)
        assert "DIBATALKAN" in slip and "Saldo" not in slip
        home(page)
        weigh(page, "7", ("Kardus", "1"))
        assert balances(page) == ["Rp0", "Rp1.800", "Rp1.800"]

    stall.use(work)


def decide(stall: Stall, act: Any, *decisions: str) -> None:
    """The treasurer's buttons, for each flag in its turn."""
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        flags = queries.open_flags(session, stall.bank.bank_id)
        for flag, decision in zip(flags, decisions, strict=True):
            service.decide(session, act(), flag_id=flag.id, decision=decision)


UNHEARD = """async () => { const { state, reload } = await import("/static/desk/state.js");
  await state.store.update([state.rows[0].id], () => ({ booked: null }));
  await reload(); }"""
"""As if the phone had not heard at which prices its newest deposit was booked."""

OTHER_PRICES = """async () => { const { state, load } = await import("/static/desk/state.js");
  const kept = await state.store.get("bekal");
  for (const row of kept.body.prices) row[3] += 7;
  await state.store.set("bekal", kept);
  await load(); }"""


def weigh_at_other_prices(page: Page) -> None:
    """Two kilograms at prices that the bank never had: held, and said to be."""
    sent(page)
    page.evaluate(OTHER_PRICES)
    weigh(page, "7", ("Kardus", "2"))
    page.locator("#isi .band.look", has_text="belum di buku").wait_for()


def test_what_is_held_says_so_until_the_treasurer_has_decided(stall: Stall, act: Any) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh_at_other_prices(page)
        assert balances(page) == []
        assert "Saldo" not in message(page) and "belum di buku" in message(page)
        slip = page.evaluate(SLIP)
        assert (
            "Diterima bank, belum di buku." in slip and "Saldo" not in slip and "di HP" not in slip
        )
        home(page)
        weigh(page, "8", ("Kardus", "1"))
        page.locator("#isi .band.look").wait_for()
        page.locator(".back").click()
        held = "Nilai terkirim\nRp0\nNilai diperiksa bendahara\nRp5.421\nNilai di HP\nRp0"
        assert held in page.locator("dl.facts").inner_text()

        decide(stall, act, "keep", "dismiss")
        online(page)
        page.locator(".chip.sent").wait_for()
        page.locator(".chip.void").wait_for()
        assert "Setoran berlaku\n1" in page.locator("dl.facts").inner_text()
        again(page, 0)
        assert "Bendahara tidak mencatat" in page.locator("#isi .band").inner_text()
        assert page.get_by_role("button", name="Batalkan setoran").count() == 0
        assert "TIDAK DICATAT DI BUKU" in page.evaluate(SLIP)
        again(page, 1)
        assert "Terkirim" in page.locator("#isi .band").inner_text()
        assert balances(page) == ["Rp0", "Rp3.614", "Rp3.614"]

    stall.use(work)
    assert (stall.saved(6), stall.saved(7)) == (3_614, 0)


def test_a_closed_household_is_promised_no_balance(stall: Stall, act: Any) -> None:
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        close_member(session, act(), member_id=stall.members[6].id)

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "7", ("Kardus", "2"))
        assert balances(page) == []
        assert "titipan" in page.locator("#isi").inner_text() and "titipan" in message(page)
        slip = page.evaluate(SLIP)
        assert "titipan" in slip and "Saldo" not in slip
        sent(page)

    stall.use(work)


def test_how_old_the_phones_knowledge_is(stall: Stall) -> None:
    """2.6 and 2.7 of the design: the day and the time, and a warning when it is of another week."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        weigh(page, "7", ("Kardus", "2"))
        sent(page)
        home(page)
        page.locator(".back").click()
        page.evaluate(
            f"import{STATE}.then((s) => {{ s.fetchedAt = Date.parse('2026-11-20T20:15+07:00'); }})"
        )

        def seen(now: str) -> str:
            page.clock.set_fixed_time(now)
            page.evaluate(f"{DRAWN}.then((m) => m.draw())")
            return page.locator("#isi").inner_text()

        saturday = seen("2026-11-21T08:00:00+07:00")
        assert (
            "harga v8, 123 nasabah, per Jumat 20.15" in saturday and "Harga di HP" not in saturday
        )
        later = seen("2026-11-28T08:00:00+07:00")
        assert "123 nasabah, per 20/11/2026 20.15" in later
        assert "Harga di HP ini per 20/11/2026 20.15. Ambil harga baru" in later
        assert "Jangan hapus" not in later
        page.evaluate(f"import{STATE}.then((s) => {{ s.net = {{ online: false }}; }})")
        seen("2026-11-21T08:00:00+07:00")
        band = page.locator("#pita .band")
        assert band.inner_text().endswith("Anda tetap bisa menimbang. Data per Jumat 20.15.")
        seen("2026-11-28T08:00:00+07:00")
        assert "Harga di HP ini per 20/11/2026" in band.inner_text()
        page.evaluate(f"import{STATE}.then((s) => {{ s.rows[0].state = 'di_hp'; }})")
        assert "Jangan hapus data Chrome. Ada 1 setoran di HP ini." in seen("2026-11-21T08:00:00Z")

    stall.use(work)


def test_a_material_that_is_retired_meanwhile_keeps_its_weight(stall: Stall, act: Any) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        context.set_offline(True)
        weigh(page, "7", ("Kardus", "2"))
        home(page)
        choose(page, "8")
        put(page, "Kardus", "1")
        put(page, "Besi", "3")
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            [kardus] = [m for m in materials(session, stall.bank.bank_id) if m.name == "Kardus"]
            today = clock.day_in(stall.bank.zone, clock.now_utc())
            change_material(session, act(), material_id=kardus.id, retired_on=today)
        context.set_offline(False)
        page.evaluate("import('/static/desk/desk.js').then((m) => m.fetchProvisions())")
        reload(page)  # only a page that is opened anew goes by them while goods lie there
        page.locator("#simpan").wait_for()
        assert page.locator(".tile", has_text="Kardus").count() == 0
        assert "Kardus" in page.locator("#isi").inner_text()
        page.get_by_role("button", name="Simpan Rp13.200").click()
        page.locator(".band.done").wait_for()
        assert "Kardus\n1 kg" in page.locator("table.foldy").inner_text()
        sent(page, lambda: online(page))
        page.locator(".back").click()
        page.locator("h1", has_text="Riwayat sesi").wait_for()
        assert "Berat\n6 kg" in page.locator("dl.facts").inner_text()
        tap(page, "Tutup sesi")
        tap(page, "Bandingkan")
        page.locator(".band.done", has_text="Cocok").wait_for()

    stall.use(work)
    assert (stall.saved(6), stall.saved(7)) == (3_600, 13_200)


def test_a_session_that_differs_names_what_differs(stall: Stall, act: Any) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        page.evaluate(OTHER_PRICES)
        weigh(page, "7", ("Kardus", "2"), ("Besi", "0,5"))
        page.locator("#isi .band.look").wait_for()
        home(page)
        weigh(page, "8", ("Kardus", "1,5"))
        page.locator("#isi .band.look").wait_for()
        decide(stall, act, "keep", "release")
        online(page)
        page.locator("#isi .band.done", has_text="Terkirim").wait_for()
        page.evaluate(UNHEARD)
        page.locator(".back").click()
        assert re.search(r"Terkirim terakhir \d\d\.\d\d", page.locator("aside").inner_text())
        tap(page, "Tutup sesi")
        assert page.locator("dl.facts").nth(1).inner_text() == "Kardus\n3,5 kg\nBesi\n0,5 kg"
        tap(page, "Bandingkan")

        page.get_by_role("button", name="Tutup walau berbeda").wait_for()
        name = f"{stall.phone.name}-0002"
        [line] = page.locator("ul.lines li").all_inner_texts()
        assert line == f"HP: {name}, 1,5 kg, Rp2.711\nBuku: {name}, 1,5 kg, Rp2.700"

    stall.use(work)


def test_a_list_of_names_that_is_too_long_says_so(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        page.locator("#nama").fill("warga")
        assert "Masih ada yang lain" in page.locator("#temuan li").last.inner_text()
        page.locator("#nama").fill("12")
        assert page.locator("#temuan li").all_inner_texts() == ["Warga 0.\n0012\nRT 03"]

    stall.use(work)


def test_papers_of_a_phone_with_a_wrong_clock_bear_the_day_of_the_books(stall: Stall) -> None:
    """Two days behind, and told so before it weighs."""
    today = clock.day_in(stall.bank.zone, clock.now_utc())

    def work(context: BrowserContext) -> str:
        context.add_init_script(SHIFTED + "localStorage.setItem('geser', -172800000);")
        page = stall.open_desk(context)
        page.locator("#pita", has_text="Jam HP salah").wait_for()
        weigh(page, "1", ("Besi", "1"))
        told = f"{today:%d/%m/%Y}"
        assert told in page.locator("#kepala p").inner_text()
        assert told in message(page)
        assert re.search(rf"^Waktu +\w+ {told} ", page.evaluate(SLIP), re.M)
        page.locator(".band.done", has_text="Terkirim").wait_for()
        return str(page.evaluate(f"import{STATE}.then((s) => s.session.code)"))

    assert str(today) in stall.use(work)
    assert stall.saved(0) == 3_800
