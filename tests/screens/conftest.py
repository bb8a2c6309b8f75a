"""A bank after a winter, served to a real browser."""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.staff.auth import COOKIE
from tests.conftest import NOW
from tests.people import Browser
from tests.quarter import Acts, Winter, live_a_winter

QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


T = TypeVar("T")


class Eyes:
    """Chromium in a thread of its own: its event loop and the application's cannot share one."""

    def __init__(self, *flags: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(self._open, flags).result()

    def _open(self, flags: tuple[str, ...]) -> None:
        path = os.environ.get("BANKSAMPAH_CHROMIUM") or shutil.which("chromium-headless-shell")
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(
            executable_path=path, args=[*QUIET, *flags]
        )

    def look(self, do: Callable[[BrowserContext], T], key: str, address: str, **options: Any) -> T:
        """What *do* sees in a fresh browser of the person signed in with *key* ("" = nobody)."""

        def work() -> T:
            context = self._chromium.new_context(base_url=address, **options)
            context.set_default_timeout(10_000)
            if key:
                context.add_cookies([{"name": COOKIE, "value": key, "url": address}])
            try:
                return do(context)
            finally:
                context.close()

        return self._thread.submit(work).result()

    def close(self) -> None:
        """Shut the browser, in its own thread."""
        self._thread.submit(self._chromium.close).result()
        self._thread.submit(self._playwright.stop).result()
        self._thread.shutdown()


def until(page: Page, true: str) -> None:
    """Wait until the page says that *true* is.

    `wait_for_function` asks a second time by `eval`, which a page under its own policy refuses.
    """
    for _tenth in range(300):
        if page.evaluate(true):
            return
        page.wait_for_timeout(100)
    raise AssertionError(true)


@dataclass
class Site:
    """The running service and who may be let in."""

    address: str
    bank: Bank
    winter: Winter
    _app: Flask
    _eyes: Eyes

    @property
    def home(self) -> str:
        """The bank's first page."""
        return f"/b/{self.bank.slug}/"

    def look(
        self, do: Callable[[BrowserContext], T], *roles: str, scripts: bool = True,
        watched: bool = False,
    ) -> T:  # fmt: skip
        """What *do* sees as a person with *roles*; *watched* lets checks be put into pages."""
        key = Browser(self._app, self.bank, *roles).key if roles else ""
        small = {"width": 360, "height": 640}
        return self._eyes.look(
            do, key, self.address, viewport=small, java_script_enabled=scripts, bypass_csp=watched
        )


@pytest.fixture(scope="session")
def eyes() -> Iterator[Eyes]:
    """The system's headless shell, or the one Playwright brought where the system has none."""
    opened = Eyes()
    yield opened
    opened.close()


@pytest.fixture
def site(
    app: Flask, bank: Bank, act: Acts, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """The service on a port of its own, the morning after the winter."""
    with app.app_context():
        winter = live_a_winter(act)
    after: Callable[[], object] = lambda: NOW + timedelta(days=86)  # noqa: E731 – read as a value
    monkeypatch.setattr(clock, "now_utc", after)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request hides faults
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", bank, winter, app, eyes)
    server.shutdown()
    thread.join()
