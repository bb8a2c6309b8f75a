"""A morning at the scale, as a volunteer's phone shows it: with scripts, and without any."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.engines import in_the_browser
from tests.screens.conftest import Site

pytestmark = in_the_browser


def choose(context: BrowserContext, home: str, number: str) -> Page:
    """The weighing page of the household with *number*, from the first page on."""
    page = context.new_page()
    page.goto(home)
    page.get_by_role("link", name="Timbang").first.click()
    page.get_by_label("Nomor nasabah").fill(number)
    page.get_by_role("button", name="Timbang").click()
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_deposit_from_number_to_receipt(site: Site, scripts: bool) -> None:
    def weigh(context: BrowserContext) -> None:
        page = choose(context, site.home, "0001")
        expect(page.get_by_role("heading", level=1)).to_have_text("Siti Aminah")
        page.get_by_label("Kardus").fill("2,35")
        page.get_by_label("Botol kecap").fill("4")
        if scripts:
            expect(page.locator("#jumlah")).to_contain_text("Rp5.913")
        page.get_by_role("button", name="Periksa").click()
        expect(page.locator("tfoot")).to_contain_text("Rp5.913")
        page.get_by_role("button", name="Ubah").click()
        expect(page.get_by_label("Kardus")).to_have_value("2,35")
        page.get_by_role("button", name="Periksa").click()
        page.get_by_role("button", name="Simpan Rp5.913").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Bukti setoran")
        expect(page).to_have_url(re.compile(r"/setoran/\d+"))
        page.get_by_role("link", name="Nasabah berikutnya").click()
        expect(page.get_by_label("Nomor nasabah")).to_be_focused()

    site.look(weigh, "operator", scripts=scripts)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_weight_with_two_readings_is_asked_about(site: Site, scripts: bool) -> None:
    def weigh(context: BrowserContext) -> None:
        page = choose(context, site.home, "0001")
        page.get_by_label("Kardus").fill("2.350")
        page.get_by_label("Botol PET").fill("1,2")
        page.get_by_role("button", name="Periksa").click()
        expect(page).to_have_title(re.compile("^Kesalahan: "))
        expect(page.locator(".errors")).to_be_focused()
        expect(page.get_by_label("Kardus")).to_have_value("2.350")
        expect(page.get_by_label("Botol PET")).to_have_value("1,2")
        page.get_by_label("Botol PET").press("Enter")  # chooses no reading
        expect(page).to_have_title(re.compile("^Kesalahan: "))
        page.get_by_role("button", name="2,35 kg", exact=True).click()
        expect(page.get_by_role("button", name=re.compile("^Simpan Rp8.109"))).to_be_visible()

    site.look(weigh, "operator", scripts=scripts)


def test_a_number_nobody_has_keeps_what_was_typed(site: Site) -> None:
    def search(context: BrowserContext) -> None:
        page = choose(context, site.home, "451")
        expect(page.get_by_text("Nomor 451 tidak ada.")).to_be_visible()
        expect(page.get_by_label("Nomor nasabah")).to_have_value("451")
        page.get_by_label("Cari nama").fill("budi")
        page.get_by_role("button", name="Cari").click()
        page.get_by_role("link", name="Budi Santoso").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Budi Santoso")

    site.look(search, "operator", scripts=False)
