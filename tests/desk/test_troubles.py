"""What befalls a phone on an opening day, each by itself: nothing weighed is lost, and the words on
the screen say what to do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext

from banksampah.db import db, transaction, use_bank
from banksampah.desk import queries, service
from banksampah.desk.auth import cookie_name
from banksampah.desk.models import DeskIntake
from banksampah.staff.auth import COOKIE
from tests.desk.market import Day, Handset, Market, act_of
from tests.engines import in_the_browser
from tests.screens.conftest import Eyes

pytestmark = in_the_browser
Lived = Callable[[Callable[[Day], Any]], Any]
YEAR_MS = 365 * 86_400_000


@pytest.fixture
def lived(app: Flask, port: int, eyes: Eyes) -> Iterator[Lived]:
    """Lives a day with one phone, in the browser's own thread."""

    def run(do: Callable[[Day], Any], phones_count: int = 1) -> Any:
        def work(context: BrowserContext) -> Any:
            market = Market(app, port, context.browser)
            try:
                with market.day(phones_count) as day:
                    return do(day)
            finally:
                market.close()

        return eyes.look(work, "", f"http://127.0.0.1:{port}")

    yield run


def weigh(phone: Handset, member: int, kg: int = 1, tab: int = 0) -> str:
    told = phone.ask("([n, kg]) => thumb.weigh(n, [['Besi', kg]])", [member, str(kg)], tab)
    phone.ticked[told["receipt"]] = (member, told["value"])
    return str(told["receipt"])


def greet(phone: Handset) -> None:
    """The phone asks the books for news; what it did before that is done by then."""
    heard_count = phone.line.heard_count
    for _ in range(50):
        phone.ask("thumb.nudge()")
        if phone.line.wait_for(heard_count + 1, 0.2):
            return
    raise AssertionError("the phone does not greet")


def band(phone: Handset, words: str) -> str:
    """What the line over the screen says, once it has *words* in it."""
    found = phone.page().locator("#pita", has_text=words)
    found.wait_for()
    return found.inner_text()


def notes(day: Day) -> list[list[str]]:
    with day.app.app_context():
        use_bank(db.session, day.bank.bank_id)
        rows = db.session.query(DeskIntake).filter_by(bank_id=day.bank.bank_id)
        return [row.notes for row in rows.order_by(DeskIntake.number)]


def test_two_pages_and_two_phones_at_once(lived: Lived) -> None:
    def work(day: Day) -> list[str]:
        for phone in day.phones:
            phone.line.mode = "refuse"
            for tab in (0, 1):
                phone.ask("(n) => thumb.fill(n, [['Besi', '2']])", tab + 1, tab)
        for phone in day.phones:
            for tab in (0, 1):
                phone.ask("globalThis.saved = thumb.save(); saved.catch(() => null); 0", None, tab)
        for phone in day.phones:
            for tab in (0, 1):
                told = phone.ask("saved", None, tab)
                assert told["receipt"] not in phone.ticked
                phone.ticked[told["receipt"]] = (tab + 1, told["value"])
        for phone in day.phones:
            phone.line.mode = "pass"
        for phone in day.phones:
            for tab in (0, 1):
                phone.ask("thumb.nudge()", None, tab)
        return day.settle()

    assert lived(work, 2) == []


def test_one_deposit_saved_from_two_pages_is_one(lived: Lived) -> None:
    def work(day: Day) -> tuple[Any, Any, list[str]]:
        [phone] = day.phones
        phone.ask("thumb.fill(1, [['Besi', '2']])")
        phone.ask("thumb.until(() => document.querySelector('#simpan'), 'draft')", None, 1)
        first, second = (phone.ask("thumb.save()", None, tab) for tab in (0, 1))
        return first, second, day.settle()

    first, second, wrong = lived(work)
    assert first == second
    assert wrong == []


def test_an_expired_sign_in_keeps_everything_and_says_so(lived: Lived) -> None:
    def work(day: Day) -> tuple[str, list[str]]:
        [phone] = day.phones
        context = phone.page().context
        key = next(c["value"] for c in context.cookies() if c["name"] == COOKIE)
        context.add_cookies([{"name": COOKIE, "value": "gone", "url": phone.home}])
        weigh(phone, 1)
        said = band(phone, "Masuk lagi")
        context.add_cookies([{"name": COOKIE, "value": key, "url": phone.home}])
        return said, day.settle()

    said, wrong = lived(work)
    assert "Masuk lagi untuk mengirim 1 setoran" in said
    assert wrong == []


def test_a_phone_that_lost_its_key_sends_when_it_is_paired_again(lived: Lived) -> None:
    def work(day: Day) -> tuple[str, list[str]]:
        [phone] = day.phones
        context, name = phone.page().context, cookie_name(day.bank.bank_id)
        weigh(phone, 1)
        phone.emptied()
        context.add_cookies([{"name": name, "value": "gone", "url": phone.home}])
        weigh(phone, 2)
        said = band(phone, "belum terdaftar")
        with day.app.app_context(), transaction(day.bank.bank_id) as session:
            device = queries.get_device(session, day.bank.bank_id, phone.device_id)
            code = service.invite_again(session, act_of(day.bank), device)
            _device, key = service.pair(session, act_of(day.bank), code)
        context.add_cookies([{"name": name, "value": key, "url": phone.home}])
        phone.emptied()
        phone.kill()
        weigh(phone, 3)
        return said, day.settle()

    said, wrong = lived(work)
    assert "Minta kode ke bendahara" in said
    assert wrong == []


def test_a_revoked_phone_hands_over_what_it_has(lived: Lived) -> None:
    def work(day: Day) -> tuple[str, list[list[str]], str]:
        [phone] = day.phones
        phone.line.mode = "refuse"
        weigh(phone, 1)
        with day.app.app_context(), transaction(day.bank.bank_id) as session:
            service.revoke_device(session, act_of(day.bank), device_id=phone.device_id)
        [row] = phone.emptied()
        return band(phone, "dinonaktifkan"), notes(day), row["state"]

    said, told, state = lived(work)
    assert "diserahkan" in said
    assert told == [["phone_revoked"]]
    assert state == "ditahan"


def test_a_phone_revoked_after_it_greeted_learns_so_from_the_answer(lived: Lived) -> None:
    def work(day: Day) -> str:
        [phone] = day.phones

        def revoke_as_it_sends(asked: bytes) -> None:
            if asked.startswith(b"POST") and b"/kirim " in asked.partition(b"\r\n")[0]:
                with day.app.app_context(), transaction(day.bank.bank_id) as session:
                    service.revoke_device(session, act_of(day.bank), device_id=phone.device_id)

        phone.line.listener = revoke_as_it_sends
        weigh(phone, 1)
        phone.emptied()
        return band(phone, "dinonaktifkan")

    assert "diserahkan" in lived(work)


@pytest.mark.parametrize("shift_ms", [-50 * YEAR_MS, 9 * YEAR_MS])
def test_a_clock_years_off_is_told_and_takes_nothing(lived: Lived, shift_ms: int) -> None:
    def work(day: Day) -> tuple[str, list[list[str]], list[str]]:
        [phone] = day.phones
        phone.line.mode = "refuse"
        phone.ask("(shift) => { thumb.shift = shift; }", shift_ms)
        phone.reload()
        weigh(phone, 1)
        phone.line.mode = "pass"
        phone.ask("thumb.nudge()")
        said = band(phone, "Jam HP salah")
        weigh(phone, 2)
        wrong = day.settle()
        return said, notes(day), wrong

    said, told, wrong = lived(work)
    assert "Betulkan di setelan HP" in said
    assert all("clock_wrong" in each for each in told) and len(told) == 2
    assert wrong == []


def test_a_clock_set_years_on_makes_the_phone_forget_nothing(lived: Lived) -> None:
    def work(day: Day) -> tuple[int, list[str]]:
        [phone] = day.phones
        weigh(phone, 1)
        phone.emptied()
        phone.ask("(shift) => { thumb.shift = shift; }", 9 * YEAR_MS)
        for _ in range(2):  # with nothing to send, greeting the books is when old rows are let go
            greet(phone)
        weigh(phone, 2)
        wrong = day.settle()
        return len(phone.emptied()), wrong

    assert lived(work) == (2, [])


def test_an_older_version_s_outbox_is_sent_by_this_one(lived: Lived) -> None:
    def work(day: Day) -> tuple[list[Any], list[str]]:
        [phone] = day.phones
        phone.line.mode = "refuse"
        for member in (1, 2, 3):
            weigh(phone, member)
        phone.ask(AS_VERSION_1)
        phone.kill()
        rows = phone.emptied()
        return [("shown" in row, "shown" in row["record"]) for row in rows], day.settle()

    shapes, wrong = lived(work)
    assert shapes == [(True, False)] * 3
    assert wrong == []


AS_VERSION_1 = """async () => {
  const name = `timbang-${document.body.dataset.slug}`;
  const open = (version, make) => new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, version);
    asked.onupgradeneeded = () => make(asked.result);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const all = (db, store, keys) => new Promise((resolve) => {
    const asked = db.transaction(store).objectStore(store)[keys ? "getAllKeys" : "getAll"]();
    asked.onsuccess = () => resolve(asked.result);
  });
  const now = await open();
  const [rows, keys, values] = [await all(now, "kotak_kirim"), await all(now, "ingatan", true), await all(now, "ingatan")];
  now.close();
  await new Promise((resolve) => { indexedDB.deleteDatabase(name).onsuccess = resolve; });
  const old = await open(1, (db) => { db.createObjectStore("ingatan"); db.createObjectStore("kotak_kirim", { keyPath: "id" }); });
  const tx = old.transaction(["ingatan", "kotak_kirim"], "readwrite");
  keys.forEach((key, place) => tx.objectStore("ingatan").put(values[place], key));
  for (const { shown, ...row } of rows) tx.objectStore("kotak_kirim").put({ ...row, record: { ...row.record, shown } });
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  old.close();
}"""
"""The phone's database as its first version kept it: what the screen shows lay within the record."""


def test_a_phone_whose_storage_was_cleared_numbers_in_a_new_epoch(lived: Lived) -> None:
    def work(day: Day) -> tuple[str, list[int]]:
        [phone] = day.phones
        weigh(phone, 1)
        phone.emptied()
        phone.line.mode = "pass_then_cut"  # the books hear, the phone does not know it
        weigh(phone, 2)
        weigh(phone, 3)
        phone.ask("thumb.nudge()")
        assert phone.line.wait_until(lambda: len(notes(day)) == 3, 20)
        phone.line.mode = "pass"
        page = phone.page()
        wire = page.context.new_cdp_session(page)
        origin = phone.home.split("/b/")[0]
        what = "indexeddb,local_storage,cache_storage,service_workers"
        wire.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": what})
        phone.kill()
        receipt = weigh(phone, 4)
        phone.emptied()
        return receipt, [len(each) for each in notes(day)]

    receipt, came = lived(work)
    assert receipt == "HP01-2-0001"
    assert came == [0] * 4  # what the books have heard of stays theirs
