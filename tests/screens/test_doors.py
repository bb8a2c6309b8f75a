"""Signing in, a new password and a second code, as a person does it in a real browser."""

from typing import Any

import pyotp
from playwright.sync_api import BrowserContext, Page, expect

from banksampah import clock
from banksampah.db import transaction
from tests.engines import in_the_browser
from tests.people import PASSWORD, make_person
from tests.screens.conftest import Site

pytestmark = in_the_browser
NEW = "empat-ember-baru"


def sign_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/masuk")
    page.get_by_label("Nama masuk").fill("bu.wati")
    page.get_by_label("Kata sandi", exact=True).fill(password)
    page.get_by_role("button", name="Masuk").click()


def test_a_new_password_and_a_second_code(site: Site) -> None:
    with site._app.app_context(), transaction(site.bank.bank_id) as session:
        make_person(session, site.bank, "treasurer", login="bu.wati")

    def do(context: BrowserContext) -> None:
        page = context.new_page()
        sign_in(page, site.address, PASSWORD)
        page.goto(f"{site.address}/akun")
        page.get_by_label("Kata sandi lama").fill(PASSWORD)
        page.get_by_label("Kata sandi baru").fill(NEW)
        page.get_by_role("button", name="Ganti kata sandi").click()
        page.wait_for_url("**/masuk")  # loaded: a page asked for while it still loads is given up
        sign_in(page, site.address, NEW)
        page.goto(f"{site.address}/akun/kode")
        page.get_by_label("Kata sandi", exact=True).fill(NEW)
        page.get_by_role("button", name="Mulai pasang").click()
        key = page.locator("code.secret").inner_text()
        assert page.get_by_role("img").evaluate("image => image.naturalWidth") > 100
        page.get_by_label("Kode dari aplikasi").fill(pyotp.TOTP(key).at(clock.now_utc()))
        page.get_by_role("button", name="Pasang", exact=True).click()
        codes = page.locator("code.secret").all_inner_texts()
        assert len(codes) == 8
        page.goto(f"{site.address}/akun")
        page.get_by_role("button", name="Keluar", exact=True).click()
        page.wait_for_url("**/masuk*")
        sign_in(page, site.address, NEW)
        page.get_by_label("Kode", exact=True).fill(codes[0])
        page.get_by_role("button", name="Masuk").click()
        page.goto(f"{site.address}/akun")
        assert "kode cadangan" in page.locator("main").inner_text()

    site.look(do)


def test_a_phone_s_code_is_in_no_address_that_a_server_is_told(site: Site) -> None:
    """Scanned before signing in, too: it is filled in after it, and pairs."""
    with site._app.app_context(), transaction(site.bank.bank_id) as session:
        make_person(session, site.bank, "treasurer", login="bu.wati")
    asked: list[str] = []
    behind = site._app.wsgi_app

    def listening(environ: dict[str, Any], start: Any) -> Any:
        asked.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        asked.append(environ.get("HTTP_REFERER", ""))
        return behind(environ, start)

    site._app.wsgi_app = listening  # type: ignore[method-assign]

    def do(context: BrowserContext) -> None:
        page = context.new_page()
        sign_in(page, site.address, PASSWORD)
        page.goto(f"{site.address}/b/{site.bank.slug}/perangkat")
        page.get_by_role("button", name="Tambah HP").click()
        link = page.get_by_role("link", name="Pasang di HP ini").get_attribute("href") or ""
        code = link.partition("#kode=")[2]
        assert len(code) > 40
        context.clear_cookies()
        page.goto(link)
        page.get_by_label("Nama masuk").fill("bu.wati")
        page.get_by_label("Kata sandi", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Masuk").click()
        expect(page.get_by_label("Kode")).to_have_value(code)  # a script fills it in
        page.get_by_role("button", name="Pakai HP ini").click()
        page.wait_for_url("**/timbang*")
        assert [address for address in asked if code in address] == []

    site.look(do)
