"""An opening day that can be held again and again in one browser: a bank, phones, a failing line."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as PageGone

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.service import open_bank
from banksampah.codes import phone_number
from banksampah.db import db, transaction
from banksampah.desk import service
from banksampah.desk.auth import cookie_name
from banksampah.desk.queries import get_device
from banksampah.ledger import Act
from banksampah.staff.auth import COOKIE
from tests.desk.faults import Line
from tests.desk.tally import Row, differences
from tests.factories import make_member, priced_material
from tests.people import Browser

THUMB = Path(__file__).with_name("thumb.js")
HOUSEHOLDS = 4
GOODS = {"Besi": 3_800, "Kardus": 1_800}
PAGE_MS = 30_000
SMALL: Any = {"width": 360, "height": 640}
_numbers = itertools.count(1)


def act_of(bank: Bank) -> Act:
    """An act of nobody in particular, now."""
    at = clock.now_utc()
    return Act(bank.bank_id, uuid.uuid4().hex, 1, at, clock.day_in(bank.zone, at))


@dataclass
class Handset:
    """A phone of the bank: its line, its storage, its pages, and what it promised."""

    names: dict[str, int]
    """The phones of the bank that this browser was, the last one it is: the device of each."""
    line: Line
    home: str
    _context: BrowserContext
    _pages: dict[int, Page] = field(default_factory=dict)
    ticked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Receipt numbers seen on the screen under a tick: household and rupiah."""
    cancelled: set[str] = field(default_factory=set)
    """Receipts that were seen struck through."""

    @property
    def address(self) -> str:
        return address_of(self.line)

    def page(self, tab: int = 0) -> Page:
        """The page of this tab, opened where it is not: the worker serves it, signal or not."""
        if tab not in self._pages:
            page = self._context.new_page()
            page.set_default_timeout(PAGE_MS)
            page.goto(self.home)
            self._pages[tab] = page
        return self._pages[tab]

    def ask(self, script: str, given: Any = None, tab: int = 0) -> Any:
        return self.page(tab).evaluate(script, given)

    def kill(self, tab: int = 0) -> None:
        """The page is gone between one instruction and the next; its storage is not."""
        page = self._pages.pop(tab, None)
        if page is not None:
            page.close(run_before_unload=False)

    def reload(self, tab: int = 0) -> None:
        self.page(tab).reload()

    @property
    def device_id(self) -> int:
        """The phone of the bank that it is now."""
        return list(self.names.values())[-1]

    def become(self, name: str, device_id: int, cookies: list[Any]) -> None:
        """From now on the browser is another phone of the bank; its pages hear of it as they ask."""
        self.names[name] = device_id
        self._context.add_cookies(cookies)

    def boxes(self) -> dict[int, list[Row]]:
        """The outbox as it is when everything is sent, parted by the phone that numbered it."""
        rows = self.emptied()
        return {
            device_id: [row for row in rows if row["record"]["device"] == name]
            for name, device_id in self.names.items()
        }

    def emptied(self) -> list[Row]:
        """Everything sent, over a line that works; the outbox as it is then."""
        self.line.mode = "pass"
        return list(self.ask("thumb.drained()"))

    def broken_promises(self, rows: list[Row]) -> list[str]:
        """Receipts that were ticked or struck through on the screen and are not so on the phone."""
        have = {
            phone_number(row["record"]["device"], row["epoch"], row["number"]): row for row in rows
        }
        said = []
        for receipt, (_member, value) in self.ticked.items():
            row = have.get(receipt)
            if row is None or row["record"]["total_idr"] != value:
                said.append(f"{receipt} was ticked for {value}; the phone has {row}")
            elif receipt in self.cancelled and not row["record"].get("cancelled"):
                said.append(f"{receipt} was cancelled; the phone has forgotten that")
        return said

    def close(self) -> None:
        with suppress(PageGone):
            self._context.close()


class Market:
    """One service, one browser and two lines for any number of opening days."""

    def __init__(self, app: Flask, port: int, chromium: Chromium):
        self.app, self.chromium = app, chromium
        self.lines = [Line(port), Line(port)]

    def close(self) -> None:
        for line in self.lines:
            line.close()

    @contextmanager
    def day(self, phones_count: int) -> Iterator["Day"]:
        """A new bank with four households, and *phones_count* phones that have its provisions."""
        day = Day(self.app, open_market(self.app))
        try:
            for line in self.lines[:phones_count]:
                line.mode = "pass"
                day.phones.append(self._phone(day.bank, line))
            yield day
        finally:
            for phone in day.phones:
                phone.line.mode = "refuse"  # whoever waits for an answer gives up
                phone.close()

    def _phone(self, bank: Bank, line: Line) -> Handset:
        name, device_id, cookies = enrol(self.app, bank, address_of(line))
        context = dress(self.chromium.new_context(viewport=SMALL), cookies)
        phone = Handset({name: device_id}, line, home_of(bank, line), context)
        phone.ask("thumb.home()")
        phone.ask("thumb.ruled()")
        return phone


def enrol(
    app: Flask, bank: Bank, address: str, was_id: int | None = None
) -> tuple[str, int, list[Any]]:
    """A new phone of the bank in an operator's hand: its name and device, and the cookies that say
    so. *was_id*: the phone that its browser was."""
    person = Browser(app, bank, "operator")
    with app.app_context(), transaction(bank.bank_id) as session:
        device, code = service.register_device(session, act_of(bank))
        before = None if was_id is None else get_device(session, bank.bank_id, was_id)
        device, key = service.pair(session, act_of(bank), code, before)
        name, device_id = device.name, device.id
    return (
        name,
        device_id,
        [
            {"name": COOKIE, "value": person.key, "url": address},
            {"name": cookie_name(bank.bank_id), "value": key, "url": address},
        ],
    )


def address_of(line: Line) -> str:
    return f"http://127.0.0.1:{line.port}"


def home_of(bank: Bank, line: Line) -> str:
    return f"{address_of(line)}/b/{bank.slug}/timbang"


def dress(context: BrowserContext, cookies: list[Any]) -> BrowserContext:
    """Give a browser the phone's cookies and the test's thumb."""
    context.add_cookies(cookies)
    context.add_init_script(path=THUMB)
    return context


@dataclass
class Day:
    """One bank's opening day."""

    app: Flask
    bank: Bank
    phones: list[Handset] = field(default_factory=list)

    def settle(self) -> list[str]:
        """Send everything; then every difference between promises, phones and books."""
        boxes: dict[int, list[Row]] = {}
        broken: list[str] = []
        for phone in self.phones:
            own = phone.boxes()
            broken += phone.broken_promises([row for rows in own.values() for row in rows])
            boxes |= own
        return broken + differences(self.app, self.bank.bank_id, boxes)


def open_market(app: Flask, households: int = HOUSEHOLDS, goods: dict[str, int] = GOODS) -> Bank:
    """A new bank with so many households, and prices since the first of January."""
    name = f"hari-{next(_numbers)}"
    with app.app_context(), transaction() as session:
        bank = open_bank(
            session, at=clock.now_utc(), slug=name, name=f"Bank {name}", rw="17",
            kelurahan="Kebonsari Kulon", kecamatan="Kanigaran", city="Kota Probolinggo",
        )  # fmt: skip
        session.flush()
        session.expunge(bank)
    with app.app_context(), transaction(bank.bank_id) as session:
        for number in range(1, households + 1):
            make_member(session, act_of(bank), f"Warga {number}", rt="03")
        for name, price in goods.items():
            priced_material(session, act_of(bank), name.upper()[:6], name, price, family="metal")
        db.session.flush()
    return bank
