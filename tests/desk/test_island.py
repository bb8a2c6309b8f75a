"""The desk in a real browser: taps counted, the signal lost, the page killed, nothing lost or doubled."""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from banksampah import ledger
from banksampah.db import db, transaction, use_bank
from banksampah.desk.auth import cookie_name
from banksampah.desk.models import DeskIntake
from tests.desk.phones import Phone
from tests.factories import make_member, priced_material
from tests.screens.conftest import Eyes, eyes  # noqa: F401 – the browser of the screens' tests

GOODS = [("K1", "Kardus", 1_800, "paper"), ("P1", "Botol PET", 3_500, "plastic"), ("L1", "Kaleng", 2_000, "metal"),
         ("K2", "Koran", 2_400, "paper"), ("B1", "Besi", 3_800, "metal"), ("G1", "Botol kaca", 400, "glass"),
         ("A1", "Aluminium", 14_000, "metal"), ("P4", "Kresek", 500, "plastic")]  # fmt: skip


@dataclass
class Stall:
    """A bank on its opening day, with one phone."""

    app: Flask
    bank: Any
    phone: Phone
    address: str
    members: list[Any]
    _eyes: Eyes

    def use(self, do: Callable[[BrowserContext], Any], **options: Any) -> Any:
        """What *do* sees with the phone in hand."""
        return self._eyes.look(
            lambda context: do(self._paired(context)), self.phone.browser.key, self.address,
            viewport={"width": 360, "height": 640}, **options,
        )  # fmt: skip

    def _paired(self, context: BrowserContext) -> BrowserContext:
        name = cookie_name(self.bank.bank_id)
        key = self.phone.browser.client.get_cookie(name, path="/b/")
        context.add_cookies([{"name": name, "value": key.value, "url": self.address}])
        return context

    def saved(self, place: int) -> int:
        """The savings of a household."""
        with self.app.app_context():
            use_bank(db.session, self.bank.bank_id)
            account_id = self.members[place].savings_account_id
            return ledger.balance(db.session, self.bank.bank_id, account_id).posted

    def taken(self) -> list[DeskIntake]:
        """What the books have of the phone, in the order of its numbers."""
        with self.app.app_context():
            use_bank(db.session, self.bank.bank_id)
            rows = db.session.query(DeskIntake).filter_by(bank_id=self.bank.bank_id)
            return sorted(rows, key=lambda row: row.number)


@pytest.fixture
def stall(app: Flask, bank: Any, act: Any, sign_in: Any, eyes: Eyes) -> Iterator[Stall]:  # noqa: F811
    with app.app_context(), transaction(bank.bank_id) as session:
        members = [make_member(session, act(), f"Warga {n:03d}", rt="03") for n in range(1, 124)]
        for code, name, price, family in GOODS:
            priced_material(session, act(), code, name, price, family=family)
    phone = Phone(sign_in("operator"), act)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Stall(app, bank, phone, f"http://127.0.0.1:{server.server_port}", members, eyes)
    server.shutdown()
    thread.join()


def open_desk(context: BrowserContext, bank: Any) -> Page:
    """The desk with its session begun."""
    page = context.new_page()
    page.goto(f"/b/{bank.slug}/timbang")
    page.get_by_role("button", name="Mulai sesi").click()
    page.locator("button.line").first.click()
    page.locator("#nomor").wait_for()
    return page


def keys(page: Page, text: str) -> None:
    for key in text:
        page.locator(".key", has_text="koma" if key == "," else key).first.click()


def weigh(page: Page, number: str, *goods: tuple[str, str]) -> None:
    """One deposit by taps alone, up to its receipt."""
    keys(page, number)
    page.locator("#lanjut").click()
    for name, weight in goods:
        page.locator(".tile", has_text=name).click()
        keys(page, weight)
        page.locator("#lanjut").click()
    page.locator("#simpan").click()
    page.locator(".band.done").wait_for()


def sent(page: Page) -> None:
    """Wait until nothing on the phone waits."""
    expect(page.locator("#pita")).to_be_empty(timeout=15_000)


def test_three_materials_take_no_more_than_24_taps(stall: Stall) -> None:
    def work(context: BrowserContext) -> int:
        page = open_desk(context, stall.bank)
        page.evaluate("window.taps = 0; addEventListener('pointerdown', () => window.taps++)")
        weigh(page, "123", ("Kardus", "2,35"), ("Botol PET", "1,20"), ("Kaleng", "0,75"))
        page.get_by_role("button", name="Nasabah berikutnya").click()
        page.wait_for_timeout(500)
        return int(page.evaluate("window.taps"))

    assert stall.use(work) <= 24
    assert stall.saved(122) == 4_230 + 4_200 + 1_500


def test_a_morning_without_a_signal_is_all_there_afterwards(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = open_desk(context, stall.bank)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(500)
        context.set_offline(True)
        for number in (1, 2, 3):
            weigh(page, str(number), ("Besi", "2"), ("Koran", "1,5"))
            if number == 2:
                page.reload()
                page.locator("#nomor").wait_for()
            else:
                page.get_by_role("button", name="Nasabah berikutnya").click()
        assert "3 setoran belum" in page.locator("#pita").inner_text()
        context.set_offline(False)
        page.locator("#pita button").click()
        sent(page)

    stall.use(work)
    assert [row.number for row in stall.taken()] == [1, 2, 3]
    assert [stall.saved(n) for n in range(3)] == [7_600 + 3_600] * 3


def test_what_was_begun_is_there_after_a_reload(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = open_desk(context, stall.bank)
        keys(page, "5")
        page.locator("#lanjut").click()
        page.locator(".tile", has_text="Besi").click()
        keys(page, "2")
        page.locator("#lanjut").click()
        page.locator(".tile.on").wait_for()
        page.reload()
        page.locator(".tile.on", has_text="Besi").wait_for()
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)

    stall.use(work)
    assert stall.saved(4) == 7_600


def test_two_pages_of_one_phone_number_and_send_once(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        first = open_desk(context, stall.bank)
        context.set_offline(True)
        weigh(first, "1", ("Besi", "1"))
        context.set_offline(False)
        second = context.new_page()
        second.goto(f"/b/{stall.bank.slug}/timbang")
        second.locator("#nomor").wait_for()
        weigh(second, "2", ("Besi", "1"))
        first.evaluate("dispatchEvent(new Event('online'))")
        sent(second)

    stall.use(work)
    assert [row.number for row in stall.taken()] == [1, 2]
    assert stall.saved(0) == stall.saved(1) == 3_800


def test_an_odd_weight_asks_with_two_buttons(stall: Stall) -> None:
    def work(context: BrowserContext) -> str:
        page = open_desk(context, stall.bank)
        keys(page, "1")
        page.locator("#lanjut").click()
        page.locator(".tile", has_text="Besi").click()
        keys(page, "999")
        page.locator("#lanjut").click()
        asked = page.locator("#tanya").inner_text()
        page.locator("#tanya .btn").first.click()
        page.locator("#simpan").click()
        page.locator(".band.done").wait_for()
        sent(page)
        return str(asked)

    asked = stall.use(work)
    assert "9,99 kg" in asked and "Ya, 999 kg" in asked
    assert stall.saved(0) == 37_962


def test_a_cancelled_deposit_stays_struck_through(stall: Stall) -> None:
    def work(context: BrowserContext) -> str:
        page = open_desk(context, stall.bank)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        page.get_by_role("button", name="Batalkan setoran").click()
        page.get_by_role("button", name="Dobel").click()
        page.locator("s").first.wait_for()
        page.locator(".why").first.wait_for()
        return str(page.locator(".hist").first.inner_text())

    assert "Dibatalkan" in stall.use(work)
    assert stall.saved(0) == 0
    assert [row.cancelled for row in stall.taken()] == [True]


def test_the_day_ends_when_both_agree(stall: Stall) -> None:
    def work(context: BrowserContext) -> str:
        page = open_desk(context, stall.bank)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        page.get_by_role("button", name="Kembali").click()
        page.get_by_role("button", name="Tutup sesi").click()
        page.get_by_role("button", name="Bandingkan dengan buku").click()
        page.get_by_role("button", name="Selesai").wait_for()
        return str(page.locator("#isi").inner_text())

    assert "Cocok" in stall.use(work)


def test_nothing_is_refused_by_the_policy_and_the_console_is_quiet(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[str]:
        heard: list[str] = []
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective))"
        )
        page.goto(f"/b/{stall.bank.slug}/timbang")
        page.get_by_role("button", name="Mulai sesi").click()
        page.locator("button.line").first.click()
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        return heard

    assert stall.use(work) == []
