"""A browser of one's own, that can be ended as an empty battery ends it: all of it, at once."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from playwright.sync_api import BrowserContext, Playwright, sync_playwright
from playwright.sync_api import Error as Gone

from banksampah.banks.models import Bank
from tests.desk.faults import Line
from tests.desk.market import (
    HOUSEHOLDS,
    Handset,
    address_of,
    dress,
    enrol,
    home_of,
    open_market,
)
from tests.desk.tally import differences
from tests.screens.conftest import QUIET

READY_S = 30.0
SOON_MS = 50.0
MOST = 4
"""So many kills for each that is to be soon enough, at most."""
LAST_WORDS = """([n, kg]) => thumb.weigh(n, [["Besi", kg]]).then(({ receipt, value }) => {
  const at = performance.timeOrigin + performance.now();
  new WebSocket(`ws://${location.host}/mati?${new URLSearchParams({ receipt, value, at })}`);
  return new Promise(() => null);
})"""
"""Weigh; at the tick say so to the line, past the worker, and do nothing more."""
T = TypeVar("T")


class Battery:
    """Chromium over a folder that stays, started and killed as often as wished."""

    def __init__(self, playwright: Playwright, folder: Path):
        self._playwright, self.folder = playwright, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> BrowserContext:
        """A browser with what was kept in the folder."""
        told = self.folder / "DevToolsActivePort"
        told.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [self._program(), "--headless=new", "--remote-debugging-port=0",
             f"--user-data-dir={self.folder}", *QUIET, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        give_up_at = time.monotonic() + READY_S
        while not (told.exists() and told.read_text().count("\n")):
            if time.monotonic() > give_up_at:
                raise AssertionError("the browser does not start")
            time.sleep(0.01)
        port = told.read_text().split("\n")[0]
        browser = self._playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}")
        return browser.contexts[0]

    def _program(self) -> str:
        known = os.environ.get("BANKSAMPAH_CHROMIUM") or shutil.which("chromium")
        return known or self._playwright.chromium.executable_path

    def end(self) -> None:
        """Close it in order: it writes what it has in mind."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(READY_S)
            self._process = None

    def die(self) -> float:
        """kill -9 of every process of it; when that was, in ms."""
        at_ms = time.time() * 1000
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            at_ms = time.time() * 1000
            self._process.wait()
            self._process = None
        return at_ms


class Pocket:
    """A phone of the bank whose whole browser can be killed, and opened again with what it kept."""

    def __init__(self, app: Flask, bank: Bank, line: Line, battery: Battery):
        self.battery, self.line, self.home = battery, line, home_of(bank, line)
        self.name, self.device_id, self._cookies = enrol(app, bank, address_of(line))
        self.phone = self.open()
        self.phone.ask("thumb.home()")
        self.phone.ask("thumb.ruled()")

    def open(self) -> Handset:
        """The phone switched on: its page, with a signal or without. What was promised stays so."""
        promised = self.phone if hasattr(self, "phone") else None
        context = dress(self.battery.start(), self._cookies)
        self.phone = Handset({self.name: self.device_id}, self.line, self.home, context)
        if promised is not None:
            self.phone.ticked, self.phone.cancelled = promised.ticked, promised.cancelled
        return self.phone

    def weigh_and_die(self, member: int, kg: int) -> float:
        """A deposit; the browser is killed as its tick is seen. How many ms the tick stood.

        The page calls for its death itself, by the shortest way there is: the line.
        """
        told: SimpleQueue[tuple[float, dict[str, str]]] = SimpleQueue()

        def strike(asked: bytes) -> None:
            if asked.startswith(b"GET /mati?"):
                died_ms = self.battery.die()
                path = urlsplit(asked.split()[1].decode())
                told.put((died_ms, {k: v for k, [v] in parse_qs(path.query).items()}))

        page = self.phone.page()
        self.line.listener = strike
        self.line.mode = "cut_before"
        with suppress(Gone):  # the page is gone in the midst of the answer
            page.evaluate(LAST_WORDS, [member, str(kg)])
        died_ms, last = told.get(timeout=READY_S)
        self.phone.ticked[last["receipt"]] = (member, int(last["value"]))
        return died_ms - float(last["at"])


def by_itself(do: Callable[[Playwright], T]) -> T:
    """Run *do* with a Playwright of its own, away from any other event loop."""

    def work() -> T:
        with sync_playwright() as playwright:
            return do(playwright)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def kill_at_ticks(app: Flask, port: int, folder: Path, count: int) -> tuple[list[float], list[str]]:
    """Deposits without a signal, each tick followed by a kill, and a look at what is left.

    Goes on until *count* kills came within 50 ms of their ticks: a busy machine may be late.
    Answers how long each tick stood, in ms, and everything that was lost or doubled.
    """

    def work(playwright: Playwright) -> tuple[list[float], list[str]]:
        line, battery, bank = Line(port), Battery(playwright, folder), open_market(app)
        stood, wrong = [], []
        try:
            pocket = Pocket(app, bank, line, battery)
            pocket.phone.close()  # once in order, so that the page itself is kept
            battery.end()
            while sum(ms <= SOON_MS for ms in stood) < count and len(stood) < MOST * count:
                number = len(stood)
                line.mode = "refuse"
                phone = pocket.open()
                wrong += phone.broken_promises(phone.ask("thumb.rows()"))
                stood.append(pocket.weigh_and_die(number % HOUSEHOLDS + 1, number % 9 + 1))
            phone = pocket.open()
            rows = phone.emptied()
            wrong += phone.broken_promises(rows)
            wrong += differences(app, bank.bank_id, {pocket.device_id: rows})
            wrong += [f"{len(rows)} rows, {len(stood)} ticks"] * (len(rows) != len(stood))
        finally:
            battery.die()
            line.close()
        return stood, wrong

    return by_itself(work)
