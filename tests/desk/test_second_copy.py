"""The second copy of what was weighed: what it brings back, what it does not, what is done where the
phone's database cannot be read at all, and when it goes with every name."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from banksampah.db import transaction
from banksampah.desk.service import revoke_device
from tests.desk.journey import STATE, home, tap
from tests.desk.stall import Stall, choose, keep_desk, online, put, sent, weigh, weigh_each
from tests.desk.test_slips import until
from tests.desk.test_states import faults_of
from tests.engines import in_the_browser
from tests.screens.test_every_page import AXE

pytestmark = in_the_browser

LOSE = f"""(ids) => import{STATE}.then((state) => new Promise((done) => {{
  const tx = state.store.db.transaction("kotak_kirim", "readwrite");
  ids.forEach((id) => tx.objectStore("kotak_kirim").delete(id));
  tx.oncomplete = done;
}}))"""
"""The database has lost these rows."""
ROWS = f"""import{STATE}.then((state) => state.store.outbox()).then((rows) =>
  rows.map((row) => [row.number, row.state, row.record.cancelled?.reason ?? ""]))"""
IDS = (
    f"import{STATE}.then((state) => state.store.outbox()).then((rows) => rows.map((row) => row.id))"
)
AGE = f"""import{STATE}.then((state) => state.store.update(state.rows.map((row) => row.id),
  (row) => ({{ heardAt: row.heardAt - 31 * 86400000 }})))"""
LEFT = """(async () => {
  const { state, slug } = await import("/static/desk/state.js");
  const kept = await Promise.all(["bekal", "draf", "sesi", "pemakaian"].map((name) => state.store.get(name)));
  return JSON.stringify([Object.entries(localStorage), kept, await state.store.outbox(), state.draft]);
})()"""
DAMAGED = """if (!localStorage.getItem("sehat")) IDBFactory.prototype.open = () => {
  const asked = {};
  setTimeout(() => { asked.error = new DOMException("Internal error opening backing store", "UnknownError"); asked.onerror(); });
  return asked;
};"""


def repair(page: Page) -> None:
    """Perbaiki aplikasi, from wherever the desk stands."""
    while page.get_by_role("button", name="Perbaiki aplikasi").count() == 0:
        page.locator(".back").click()
    with page.expect_event("load"):
        tap(page, "Perbaiki aplikasi")
    page.locator("#dok .btn").wait_for()


def cancel(page: Page) -> None:
    tap(page, "Batalkan setoran")
    tap(page, "Dobel")
    page.locator("s").first.wait_for()


def test_what_was_lost_comes_back_once_and_as_it_was(stall: Stall) -> None:
    def work(context: BrowserContext) -> list[Any]:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        cancel(page)
        sent(page)
        context.set_offline(True)
        for number in ("2", "3"):
            home(page)
            weigh(page, number, ("Besi", "2"))
        cancel(page)
        page.evaluate(LOSE, page.evaluate(IDS))
        context.set_offline(False)
        repair(page)
        sent(page, lambda: online(page))
        repair(page)
        sent(page, lambda: online(page))
        return list(page.evaluate(ROWS))

    assert stall.use(work) == [
        [3, "terkirim", "double"],
        [2, "terkirim", ""],
        [1, "terkirim", "double"],
    ]
    assert [(row.number, row.cancelled) for row in stall.taken()] == [
        (1, True),
        (2, False),
        (3, True),
    ]
    assert [stall.saved(n) for n in range(3)] == [0, 7_600, 0]


def test_what_was_let_go_after_thirty_days_stays_away(stall: Stall) -> None:
    """Whatever the books said of it: what they hold, too."""

    def work(context: BrowserContext) -> tuple[Any, Any]:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        tap(page, "Nasabah berikutnya")
        tap(page, "Warga baru")
        page.locator("#nama-baru").fill("Warni")
        tap(page, "Simpan dan timbang")
        weigh_each(page, ("Besi", "2"))
        sent(page)
        states = page.evaluate(ROWS)
        page.evaluate(AGE)
        until(page, f"(dispatchEvent(new Event('online')), {ROWS}.then((rows) => !rows.length))")
        repair(page)
        return states, page.evaluate(ROWS)

    states, after = stall.use(work)
    assert [state for _number, state, _why in states] == ["perlu_dilihat", "terkirim"]
    assert after == []


def test_a_repair_without_a_signal_leaves_the_page_on_the_phone(stall: Stall) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        keep_desk(page)
        context.set_offline(True)
        weigh(page, "1", ("Besi", "1"))
        page.evaluate(LOSE, page.evaluate(IDS))
        repair(page)
        context.set_offline(False)
        sent(page, lambda: online(page))

    stall.use(work)
    assert stall.saved(0) == 3_800


def test_a_database_that_cannot_be_opened_is_told_and_handed_over(
    stall: Stall, sign_in: Any
) -> None:
    treasurer = sign_in("treasurer")

    def work(context: BrowserContext) -> bytes:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        context.set_offline(True)
        home(page)
        weigh(page, "2", ("Besi", "2"))
        context.set_offline(False)
        context.add_init_script(DAMAGED)
        page.reload()
        page.locator("#isi .band.bad", has_text="Simpanan HP tidak bisa dibuka").wait_for()
        page.evaluate(AXE)
        assert faults_of(page, "simpanan-rusak") == []
        with page.expect_download() as asked:
            tap(page, "Cadangkan setoran")
        page.evaluate("localStorage.setItem('sehat', 1)")
        repair(page)
        sent(page, lambda: online(page))
        return Path(asked.value.path()).read_bytes()

    file = stall.use(work, accept_downloads=True)
    assert [record["number"] for record in json.loads(file)["records"]] == [1, 2]
    answer = treasurer.post("/perangkat/berkas", {"file": (io.BytesIO(file), "setoran.json")})
    assert answer.status_code == 200
    assert [stall.saved(n) for n in range(2)] == [3_800, 7_600]


@pytest.mark.parametrize("in_hand", [False, True])
def test_no_name_stays_on_a_phone_out_of_use(stall: Stall, act: Any, in_hand: bool) -> None:
    """But for the deposit in hand: that is weighed to its end and handed over first."""

    def work(context: BrowserContext) -> tuple[str, str]:
        page = stall.open_desk(context)
        weigh(page, "1", ("Besi", "1"))
        sent(page)
        if in_hand:
            tap(page, "Nasabah berikutnya")
            choose(page, "2")
            put(page, "Besi", "2")
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            revoke_device(session, act(), device_id=stall.phone.device_id)
        online(page)
        page.locator("#pita", has_text="dinonaktifkan").wait_for()
        before = str(page.evaluate(LEFT)) if in_hand else ""
        if in_hand:
            page.locator("#simpan").click()
        page.get_by_text("Belum ada data di HP ini").wait_for()
        return before, str(page.evaluate(LEFT))

    before, left = stall.use(work)
    assert ("Warga" in before) is in_hand
    assert "Warga" not in left
    assert len(stall.taken()) == 1 + in_hand
