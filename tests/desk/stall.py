"""A bank on its opening day and what a thumb does on its phone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from playwright.sync_api import BrowserContext, Page

from banksampah import ledger
from banksampah.db import db, use_bank
from banksampah.desk.auth import cookie_name
from banksampah.desk.island import FILES
from banksampah.desk.models import DeskIntake
from tests.desk.phones import Phone
from tests.screens.conftest import Eyes

GOODS = [("K1", "Kardus", 1_800, "paper"), ("P1", "Botol PET", 3_500, "plastic"), ("L1", "Kaleng", 2_000, "metal"),
         ("K2", "Koran", 2_400, "paper"), ("B1", "Besi", 3_800, "metal"), ("G1", "Botol kaca", 400, "glass"),
         ("A1", "Aluminium", 14_000, "metal"), ("P4", "Kresek", 500, "plastic")]  # fmt: skip

KEPT = """async () => {
  const { active } = await navigator.serviceWorker.ready;
  while (active.state !== "activated") await new Promise((resolve) => setTimeout(resolve, 20));
  for (;;) {
    const [mine] = (await caches.keys()).filter((name) => name.includes(document.body.dataset.home));
    if (mine && (await (await caches.open(mine)).keys()).length > FILES) return mine;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}""".replace("FILES", str(len(FILES)))
"""All files and the page are kept."""


@dataclass
class Stall:
    """A bank on its opening day, with one phone."""

    app: Flask
    bank: Any
    phone: Phone
    address: str
    members: list[Any]
    _eyes: Eyes

    def use(
        self, do: Callable[[BrowserContext], Any], *, is_paired: bool = True,
        is_signed_in: bool = True, **options: Any,
    ) -> Any:  # fmt: skip
        """What *do* sees with the phone in hand."""
        return self._eyes.look(
            lambda context: do(self._paired(context) if is_paired else context),
            self.phone.browser.key if is_signed_in else "", self.address,
            viewport={"width": 360, "height": 640}, **options,
        )  # fmt: skip

    def _paired(self, context: BrowserContext) -> BrowserContext:
        context.set_default_timeout(30_000)  # a busy machine is no lost deposit
        name = cookie_name(self.bank.bank_id)
        key = self.phone.browser.client.get_cookie(name, path="/b/")
        context.add_cookies([{"name": name, "value": key.value, "url": self.address}])
        return context

    def open_desk(self, context: BrowserContext, page: Page | None = None) -> Page:
        """The desk with its session begun."""
        return open_desk(context, self.bank, page)

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


def open_desk(context: BrowserContext, bank: Any, page: Page | None = None) -> Page:
    """The desk with its session begun: by a key, since a tap during which news are drawn is lost."""
    page = page or context.new_page()
    page.goto(f"/b/{bank.slug}/timbang")
    page.get_by_role("button", name="Mulai sesi").press("Enter")
    page.locator("button.line").first.click()
    page.locator("#nomor").wait_for()
    return page


def keep_desk(page: Page) -> None:
    """Wait until the phone opens the desk without a signal."""
    page.evaluate(KEPT)


def keys(page: Page, text: str) -> None:
    """Tap the keypad of the page that is seen: one behind it is drawn once a second."""
    page.bring_to_front()
    for key in text:
        page.locator(".key", has_text="koma" if key == "," else key).first.click()


def reload(page: Page) -> None:
    """Load the page anew once the phone keeps the last key: reading comes after what is written."""
    page.evaluate("import('/static/desk/state.js').then(({ state }) => state.store.get('draf'))")
    page.reload()


def take(page: Page, button: str) -> None:
    """The dock's button by a key: taps wait there until a screen has stood for 0.4 seconds."""
    page.locator(f"{button}:enabled").press("Enter")


def put(page: Page, name: str, weight: str) -> None:
    """One material and its weight, by taps."""
    page.locator(".tile", has_text=name).click()
    keys(page, weight)
    take(page, "#lanjut")


def choose(page: Page, number: str) -> None:
    """A household by its number, by taps."""
    keys(page, number)
    take(page, "#lanjut")


def weigh_each(page: Page, *goods: tuple[str, str]) -> None:
    """What a chosen household brings, up to its receipt."""
    for name, weight in goods:
        put(page, name, weight)
    take(page, "#simpan")
    page.locator(".band.done").wait_for()


def weigh(page: Page, number: str, *goods: tuple[str, str]) -> None:
    """One deposit by taps alone, up to its receipt."""
    choose(page, number)
    weigh_each(page, *goods)


def online(page: Page) -> None:
    """The browser says that the signal is back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def sent(page: Page, nudge: Callable[[], object] = lambda: None) -> None:
    """Wait until nothing on the phone waits; *nudge* it every second."""
    for _second in range(25):
        page.wait_for_timeout(1_000)
        if not page.locator("#pita").inner_text().strip():
            return
        nudge()
    raise AssertionError(page.locator("#pita").inner_text())
