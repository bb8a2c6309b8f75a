"""Goods out of the ordinary: far too many, without a weight, and given away in part or whole."""

from playwright.sync_api import BrowserContext

from tests.desk.stall import Stall, choose, keys
from tests.engines import in_the_browser

pytestmark = in_the_browser


def test_too_much_is_not_called_missing(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[str]:
        page = stall.open_desk(context)
        choose(page, "1")
        page.locator(".tile", has_text="Besi").click()
        keys(page, "12000")
        page.locator("#lanjut").click()
        page.locator("#tanya .band").wait_for()
        return page.locator("#tanya").inner_text().split("\n")

    said = stall.use(work)
    assert [line for line in said if line] == [
        "12.000 kg terlalu banyak. Paling banyak 10.000 kg.", "Ketik lagi", "Tanpa Besi",
    ]  # fmt: skip
