"""A household that the phone alone knows: found again as long as the treasurer has not matched it."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from banksampah.db import transaction
from banksampah.desk.auth import cookie_name
from banksampah.desk.queries import get_device
from banksampah.desk.service import invite_again, pair
from tests.desk.journey import STATE, tap
from tests.desk.stall import Stall, choose, online, put, reload, sent, weigh
from tests.desk.test_deciding import decide
from tests.desk.test_slips import until
from tests.engines import in_the_browser

pytestmark = in_the_browser

FETCHED = f"""import{STATE}.then(({{ rows, fetchedAt }}) => rows.every((row) => row.sentAt < fetchedAt))"""
"""The provisions are younger than all that was sent."""
AS_BEFORE = f"""import{STATE}.then(({{ store, rows }}) => store.update(rows.map(({{ id }}) => id), ({{ shown, record }}) => ({{
  shown: {{ ...shown, id: "T-01", provisional: "T-01" }},
  record: {{ ...record, member: {{ ...record.member, provisional: "T-01" }} }},
}})))"""
"""What is in the outbox is as desks of before told it."""
REPLACES = f"""import{STATE}.then(({{ rows }}) => rows[0].record.replaces === rows[1].id)"""


def weigh_again(page: Page) -> str:
    """One more deposit of the household on the screen; its three balances."""
    put(page, "Kardus", "2")
    page.locator("#simpan").click()
    page.locator(".band.done").wait_for()
    told = page.locator("#isi dl.facts").inner_text().replace("\n", " ")
    tap(page, "Nasabah berikutnya")
    return told


def become_a_member(page: Page, sign_in: Any) -> None:
    """The treasurer opens the account; the phone has heard it and weighs on."""
    assert decide(sign_in("treasurer"), "open_member").status_code == 303
    page.locator(".back").click()
    tap(page, "Ambil data terbaru")
    page.locator("dl.facts", has_text="124 nasabah").wait_for()
    tap(page, "Lanjutkan sesi")


def test_a_new_household_is_one_as_often_as_it_comes(stall: Stall, sign_in: Any) -> None:
    def found(page: Page, words: str) -> None:
        page.locator("#nama").fill(words)

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        context.set_offline(True)
        tap(page, "Warga baru")
        page.locator("#nama-baru").fill("Warni O'Brien")
        page.locator("#rt-baru").fill("05")
        tap(page, "Simpan dan timbang")
        assert "Rp0" in weigh_again(page)
        for words in ("warni", "t-01"):
            found(page, words)
            page.locator("#temuan .line", has_text="T-01").click()
            told = weigh_again(page)
        assert told.endswith("Saldo sebelum Rp7.200 Setoran ini Rp3.600 Saldo sementara Rp10.800")
        page.locator("h2", has_text="Baru saja").wait_for()
        assert page.locator(".line", has_text="T-01").count() == 1
        context.set_offline(False)
        sent(page)
        page.locator(".back").click()
        tap(page, "Ambil data terbaru")
        until(page, FETCHED)
        tap(page, "Lanjutkan sesi")
        found(page, "T-01")
        page.locator("#temuan .line").click()
        assert "Saldo sebelum Rp10.800" in weigh_again(page)
        sent(page)
        become_a_member(page, sign_in)
        found(page, "warni")
        assert page.locator("#temuan .line").count() == 1
        assert page.locator("#temuan .line", has_text="0124").count() == 1
        found(page, "T-01")
        page.locator("#temuan", has_text="Nama itu tidak ada").wait_for()

    stall.use(work)
    assert len({taken.member_id for taken in stall.taken()}) == 1


@pytest.mark.parametrize("of_before", [False, True], ids=["this desk", "a desk of before"])
def test_a_new_household_is_the_same_after_a_new_pairing(
    stall: Stall, sign_in: Any, act: Any, of_before: bool
) -> None:
    """Also where the desk that gave it its number told no epoch, and was renewed with that record
    still unsent."""

    def pair_anew(context: BrowserContext) -> None:
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            device = get_device(session, stall.bank.bank_id, stall.phone.device_id)
            code = invite_again(session, act(), device)
            device, key = pair(session, act(), code)
            assert device.epoch == 2
        name = cookie_name(stall.bank.bank_id)
        stall.phone.browser.client.set_cookie(name, key, path="/b/")
        stall._paired(context)

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        context.set_offline(True)
        tap(page, "Warga baru")
        page.locator("#nama-baru").fill("Warni")
        tap(page, "Simpan dan timbang")
        weigh_again(page)
        if of_before:
            page.evaluate(AS_BEFORE)
        pair_anew(context)
        context.set_offline(False)
        sent(page, lambda: online(page))
        page.locator("#nama").fill("warni")
        page.locator("#temuan .line", has_text="T-01").click()
        assert "Saldo sebelum Rp3.600" in weigh_again(page)
        sent(page)
        become_a_member(page, sign_in)
        page.locator("#nama").fill("warni")
        page.locator("#temuan .line", has_text="0124").wait_for()
        assert page.locator("#temuan .line").count() == 1

    stall.use(work)
    came = stall.taken()
    assert sorted((row.epoch, row.number) for row in came) == [(1, 1), (2, 1)]
    assert len({row.member_id for row in came}) == 1


def test_goods_weighed_for_the_wrong_household_are_a_newcomers(stall: Stall) -> None:
    """Also where the page is loaded anew while the name is typed."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"), ("Koran", "2"))
        tap(page, "Batalkan setoran")
        tap(page, "Salah orang")
        page.locator("#nama").fill("tiada")
        page.locator("#temuan", has_text="Pakai Warga baru").wait_for()
        tap(page, "Warga baru")
        page.locator(".back").click()
        page.locator("#temuan").wait_for(state="attached")
        tap(page, "Warga baru")
        page.locator("#nama-baru").fill("Warni")
        reload(page)
        field = page.locator("#nama-baru")
        field.press("Enter")
        page.keyboard.type("5")
        page.keyboard.press("Enter")
        page.keyboard.type("12")
        page.keyboard.press("Enter")
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        assert "T-01 · RT 5" in page.locator("caption").inner_text()
        assert page.locator("tbody tr").count() == 2
        sent(page)
        assert page.evaluate(REPLACES)

    stall.use(work)
    assert stall.saved(0) == 0
    assert [(row.value_idr, row.cancelled) for row in stall.taken()] == [
        (8_600, True), (8_600, False),
    ]  # fmt: skip


def test_goods_of_another_household_are_given_to_the_one_that_is_chosen(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        choose(page, "1")
        put(page, "Besi", "1")
        page.locator(".back").click()
        choose(page, "2")
        tap(page, "Barang ini milik Warga 0. 0002")
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)

    stall.use(work)
    assert (stall.saved(0), stall.saved(1)) == (0, 3_800)
