"""A new version of the desk in mid-day, and a phone that is full."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Playwright

from banksampah.desk import island
from tests.desk.faults import Line
from tests.desk.killing import Battery, Pocket, by_itself
from tests.desk.market import Market, open_market
from tests.desk.tally import differences
from tests.engines import in_the_browser
from tests.screens.conftest import Eyes

pytestmark = in_the_browser
WAITING = """async () => {
  globalThis.samePage = true;
  const known = await navigator.serviceWorker.getRegistration();
  await known.update();
  while (!known.waiting) await new Promise((resolve) => setTimeout(resolve, 20));
}"""

ONLY_NEW = """async () => {
  const name = `timbang-${document.body.dataset.home}-next-version`;
  while ((await caches.keys()).join() !== name) await new Promise((resolve) => setTimeout(resolve, 20));
}"""


def test_a_new_version_waits_until_the_session_is_closed(
    app: Flask, port: int, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(context: BrowserContext) -> Any:
        market = Market(app, port, context.browser)
        try:
            with market.day(1) as day:
                [phone] = day.phones
                phone.line.mode = "pass_then_cut"  # what is sent stays unsent for the phone
                phone.ask("thumb.weigh(1, [['Besi', '1']])")
                monkeypatch.setattr(island, "_build", lambda _home: "next-version")
                phone.ask(WAITING)
                phone.ask("thumb.weigh(2, [['Besi', '1']])")
                during = phone.ask("globalThis.samePage")
                phone.emptied()
                page = phone.page()
                phone.ask("thumb.home()")
                page.get_by_role("button", name="Riwayat sesi").click()
                page.get_by_text("Versi baru siap. Perbarui setelah sesi").wait_for()
                for name in ("Tutup sesi", "Bandingkan dengan buku"):
                    page.get_by_role("button", name=name).click()
                with page.expect_event("load"):
                    page.get_by_role("button", name="Selesai").click()
                phone.ask(ONLY_NEW)
                return during, day.settle()
        finally:
            market.close()

    during, wrong = eyes.look(work, "", f"http://127.0.0.1:{port}")
    assert during is True
    assert wrong == []


def test_a_full_phone_gives_no_tick_and_keeps_what_was_typed(
    app: Flask, port: int, tmp_path: Path
) -> None:
    def work(playwright: Playwright) -> Any:
        line, battery, bank = Line(port), Battery(playwright, tmp_path), open_market(app)
        try:
            pocket = Pocket(app, bank, line, battery)
            phone = pocket.phone
            phone.ask("thumb.weigh(1, [['Besi', '1']])")
            phone.emptied()
            phone.ask("thumb.fill(2, [['Besi', '2']])")
            origin = phone.home.split("/b/")[0]
            other = phone.page().context.new_page()
            other.goto(f"{origin}/static/mark.svg")
            phone.kill()
            other.wait_for_timeout(3_000)  # a database is open for two seconds after its last page
            wire = other.context.new_cdp_session(other)
            wire.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
            page = phone.page()
            page.locator(".tile.on").wait_for()
            page.locator("#simpan").click()
            told = page.locator("#isi .band", has_text="HP penuh")
            told.wait_for()
            typed = page.locator(".tile.on").inner_text()
            said, rows = told.inner_text(), len(phone.ask("thumb.rows()"))
            wire.send("Storage.overrideQuotaForOrigin", {"origin": origin})
            page.get_by_role("button", name="Coba lagi").click()
            page.locator("#isi .band.done").wait_for()
            return (
                said,
                typed,
                rows,
                differences(app, bank.bank_id, {pocket.device_id: phone.emptied()}),
            )
        finally:
            battery.die()
            line.close()

    said, typed, rows, wrong = by_itself(work)
    assert "Hapus foto" in said
    assert "2 kg" in typed
    assert rows == 1
    assert wrong == []
