"""The same pages in English: the choice is kept, and no Indonesian sentence is left on them."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.engines import in_the_browser
from tests.screens.conftest import Site
from tests.screens.test_every_page import photograph

pytestmark = in_the_browser
PLACES = ("", "setoran", "nasabah", "harga", "penjualan", "pembagian", "pembukuan", "persediaan")
INDONESIAN = re.compile(
    r"\b(?:dan|yang|belum|tidak|untuk|dengan|dari|sudah|setoran|nasabah|jumlah|tanggal)\b", re.I
)
NAMES = re.compile(r"“[^”]*”|Bank sampah RW 17")


def test_the_choice_of_english_is_kept(site: Site) -> None:
    def read(context: BrowserContext) -> list[str]:
        page = context.new_page()
        page.goto(site.home)
        page.get_by_role("link", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        left = []
        for place in PLACES:
            page.goto(site.home + place)
            photograph(page, "english")
            words = NAMES.sub("", page.locator("body").inner_text())
            left += [f"{place}: {line}" for line in words.splitlines() if INDONESIAN.search(line)]
        return left

    assert site.look(read, "treasurer", "chair") == []
