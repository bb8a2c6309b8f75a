"""Goods out of the ordinary: far too many, without a weight, and given away in part or whole."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from banksampah.catalog.service import set_share_rule
from banksampah.db import transaction
from tests.conftest import TODAY as OPENING_DAY
from tests.desk.journey import tap
from tests.desk.stall import Stall, choose, keys, sent, weigh
from tests.desk.test_told import SLIP, balances, message
from tests.engines import in_the_browser
from tests.factories import priced_material

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


def test_goods_by_the_piece_are_no_kilograms(stall: Stall, act: Any) -> None:
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        priced_material(session, act(), "BT", "Botol kecap", 500, unit="pcs")

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        for member, goods, said in (
            ("1", [("Botol kecap", "3")], "3 buah"),
            ("2", [("Botol kecap", "3"), ("Besi", "1,5")], "1,5 kg, 3 buah"),
        ):
            weigh(page, member, *goods)
            assert page.locator("tfoot td").first.inner_text() == said
            assert f", {said}, Rp" in message(page)
            tap(page, "Nasabah berikutnya")
        tap(page, "Riwayat sesi")
        told = page.locator(".hist small").all_inner_texts()
        assert told[0].endswith(" · 1,5 kg, 3 buah") and told[1].endswith(" · 3 buah")
        sent(page)

    stall.use(work)


@pytest.mark.parametrize(("share_ppm", "told", "label"), [
    (1_000_000, ["Rp0", "Rp3.800", "Rp3.800"], "Setoran ini"),
    (850_000, ["Rp0", "Rp3.230", "Rp3.230"], "Bagian nasabah"),
    (0, [], "Sedekah. Tabungan tidak bertambah."),
])  # fmt: skip
def test_the_share_is_named_as_the_books_name_it(
    stall: Stall, act: Any, share_ppm: int, told: list[str], label: str
) -> None:
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        set_share_rule(session, act(), valid_from=OPENING_DAY, share_ppm=share_ppm)

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        sent(page)
        weigh(page, "1", ("Besi", "1"))
        assert balances(page) == told
        said = page.locator("#isi").inner_text()
        assert label in said and ("Setoran ini" in said) is (label == "Setoran ini")
        assert label in " ".join(page.evaluate(SLIP).split())
        assert ("Sedekah." in message(page)) is (share_ppm == 0)
        sent(page)

    stall.use(work)
    assert stall.saved(0) == 3_800 * share_ppm // 1_000_000
