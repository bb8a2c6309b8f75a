"""One browser that becomes another phone of the bank: each number, receipt and household stays that
of the phone that it was then. What a revoked phone is told to do is this."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from banksampah import ledger
from banksampah.db import db, transaction, use_bank
from banksampah.desk.models import Device, WeighingSession
from banksampah.desk.queries import devices
from banksampah.desk.service import invite_again, revoke_device
from banksampah.desk.service.devices import been
from tests.desk.journey import STATE, tap
from tests.desk.phones import Phone, saved
from tests.desk.stall import Stall, online, sent, weigh
from tests.desk.test_deciding import waiting
from tests.desk.test_gaps import missing
from tests.engines import in_the_browser

WARNI = {"provisional": "T-01", "name": "Warni", "rt": "04", "house_no": "7"}


@pytest.fixture
def moved(phone, kardus, siti, act):
    """Three deposits sent as HP01; one newcomer's still on the phone when it becomes HP02."""
    phone.send(*[phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(3)])
    phone.unsent = phone.record(WARNI, (kardus, 5_000, 1_800))
    other = Phone(phone.browser, act)
    assert (other.name, other.epoch) == ("HP02", 1)
    return other


def renewed(moved, **told):
    return moved.post("/timbang/epok", told).json["epoch"]


def told_of_phones(app, bank):
    """What the bank's journal tells of phones: kind, actor and facts."""
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        found = ledger.entries(db.session, bank.bank_id)
        db.session.rollback()
    return [(one.kind, one.actor_id, one.body) for one in found if one.kind.startswith("desk.")]


def test_a_phone_taken_over_by_a_new_code_is_told(app, bank, phone, sign_in):
    treasurer, operator = sign_in("treasurer"), sign_in("operator")
    before = told_of_phones(app, bank)
    page = treasurer.post(f"/perangkat/{phone.device_id}/kode", {})
    code = re.search(r"#kode=([\w-]+)", page.text)[1]
    assert operator.post("/perangkat/pasang", {"kode": code}).status_code == 303
    assert told_of_phones(app, bank)[len(before) :] == [
        ("desk.code", treasurer.user.user_id, {"device_id": phone.device_id}),
        ("desk.pair", operator.user.user_id, {"device_id": phone.device_id, "epoch": 2}),
    ]


def revoke(app, bank, act, phone):
    with app.app_context(), transaction(bank.bank_id) as session:
        revoke_device(session, act(), device_id=phone.device_id)


def test_numbers_of_the_phone_it_was_are_not_missed_of_the_one_it_is(app, bank, phone, moved):
    news = moved.hello(device="HP01", epoch=1, last=4, unsent=1).json
    assert (news["device"]["name"], news["missing"], news["before"]) == ("HP02", [], [])
    assert renewed(moved, device="HP01", epoch=1) == 1
    assert missing(app, bank) == []
    moved.hello(device="HP02", epoch=1, last=2, unsent=0)
    assert missing(app, bank) == ["HP02-0001", "HP02-0002"]


def test_what_it_held_is_not_awaited_of_the_phone_it_was(app, bank, phone, moved):
    def held() -> list[int | None]:
        with app.app_context():
            use_bank(db.session, bank.bank_id)
            phones = devices(db.session, bank.bank_id)
            return [one.unsent_count for one in reversed(phones)]

    with app.app_context(), transaction(bank.bank_id) as session:
        session.get_one(Device, (bank.bank_id, phone.device_id)).unsent_count = 1
    for name in ("HP01", "HP02"):
        moved.hello(device=name, epoch=1, last=0, unsent=1)
    assert held() == [0, 1]


def test_what_it_held_is_booked_as_the_phone_s_it_was(app, bank, phone, moved, sign_in, siti):
    moved.send(phone.unsent)
    assert missing(app, bank) == []
    page = sign_in("treasurer").get("/perlu-dilihat").text
    assert "HP01-0004" in page and "Warni" in page


def test_what_it_held_waits_where_that_phone_was_revoked(app, bank, phone, moved, act):
    revoke(app, bank, act, phone)
    told = moved.send(phone.unsent)[phone.unsent["id"]]
    assert (told["state"], told["notes"]) == ("held", ["phone_revoked"])


def test_a_revoked_phone_sends_nothing_by_another_s_name(
    app, bank, phone, moved, kardus, siti, act
):
    revoke(app, bank, act, moved)
    before = saved(app, bank, siti)
    moved.send(phone.record(siti, (kardus, 1_000, 1_800)))
    assert waiting(app, bank) == ["phone_revoked"]
    assert saved(app, bank, siti) == before


@pytest.fixture
def honest(phone, sign_in, act):
    """A phone of another browser."""
    return Phone(sign_in("operator"), act)


def test_nobody_takes_the_numbers_of_a_phone_in_other_hands(app, bank, phone, honest, kardus, siti):
    own, named = (phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(2))
    phone.send(own, named | {"device": "HP02", "number": 1})
    assert waiting(app, bank) == ["other_content"]  # a number of the phone that sent it
    record = honest.record(siti, (kardus, 3_000, 1_800))
    assert honest.send(record)[record["id"]]["state"] == "accepted"


def test_nobody_opens_the_session_of_a_phone_in_other_hands(phone, honest, kardus, siti):
    totals = {"deposits_count": 1, "weight_g": 2_000, "value_idr": 3_600, "last": 1}
    record = honest.record(siti, (kardus, 2_000, 1_800))
    told = totals | {"code": record["session"]}
    phone.post("/timbang/tutup", told)
    honest.send(record)
    assert honest.post("/timbang/tutup", told).json["agrees"] is True


@pytest.mark.parametrize("opens", ["sends", "ends"])
def test_a_session_is_of_the_phone_that_it_names(app, bank, phone, honest, kardus, siti, opens):
    record = phone.record(siti, (kardus, 2_000, 1_800), session="S-2026-11-21-HP02-1-A")
    told = {"code": record["session"], "last": 1}
    none = {"deposits_count": 0, "weight_g": 0, "value_idr": 0}
    if opens == "sends":
        phone.send(record)
    else:
        phone.post("/timbang/tutup", told | none)
    for sender, is_closed in ((phone, False), (honest, True)):
        sender.post("/timbang/tutup", told | none)
        with app.app_context():
            use_bank(db.session, bank.bank_id)
            part = db.session.get_one(WeighingSession, (bank.bank_id, record["session"]))
            assert (part.device_id, part.closed_at is not None) == (honest.device_id, is_closed)


def test_nobody_speaks_for_a_phone_in_other_hands(app, bank, phone, honest):
    honest.hello(device=honest.name, epoch=1, last=5, unsent=5)
    phone.hello(device=honest.name, epoch=1, last=0, unsent=0)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        held = db.session.get_one(Device, (bank.bank_id, honest.device_id)).unsent_count
    assert held == 5


def test_a_browser_that_became_another_phone_and_back_was_both(app, bank, phone, moved, act):
    """By the page: what it shows there is the key of the phone that it is until then."""
    code = invited(phone, act)
    assert phone.browser.post("/perangkat/pasang", {"kode": code}).status_code == 303
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        now = db.session.get_one(Device, (bank.bank_id, phone.device_id))
        assert [one.name for one in been(db.session, now)] == ["HP01", "HP02"]


def invited(phone, act):
    browser = phone.browser
    with browser.app.app_context(), transaction(browser.bank.bank_id) as session:
        device = session.get_one(Device, (browser.bank.bank_id, phone.device_id))
        return invite_again(session, act(), device)


@in_the_browser
def test_receipts_of_both_on_one_phone(stall: Stall, app: Any, bank: Any, act: Any) -> None:
    def receipts(page: Page) -> list[str]:
        drawn = "Promise.all([import('/static/desk/state.js')]).then(([s]) => s.state.rows.map(s.receipt))"
        return list(page.evaluate(drawn))

    def work(context: BrowserContext) -> tuple[list[str], str, list[str]]:
        page = stall.open_desk(context)
        weigh(page, "7", ("Kardus", "2"))
        sent(page)
        context.set_offline(True)
        tap(page, "Nasabah berikutnya")
        weigh(page, "8", ("Kardus", "3"))
        with app.app_context(), transaction(bank.bank_id) as session:
            revoke_device(session, act(), device_id=stall.phone.device_id)
        Phone(stall.phone.browser, act)
        stall._paired(context)
        context.set_offline(False)
        heard: list[str] = []
        page.on("request", lambda asked: heard.append(asked.url.rpartition("/")[2]))
        sent(page, lambda: online(page))
        assert page.evaluate(f"import{STATE}.then((s) => Boolean(s.book))")  # it is in use
        tap(page, "Nasabah berikutnya")
        promised = page.locator("#kepala p").inner_text()
        weigh(page, "9", ("Kardus", "4"))
        sent(page)
        heard.clear()
        for _twice in range(2):
            online(page)
            page.wait_for_timeout(500)
        return receipts(page), promised, [name for name in heard if name == "kirim"]

    shown, promised, sent_again = stall.use(work)
    assert sorted(shown) == ["HP01-0001", "HP01-0002", "HP02-0001"]
    assert promised == "Setoran HP02-0001"
    assert sent_again == []
    assert missing(app, bank) == []
    assert [stall.saved(n) for n in (6, 7, 8)] == [3_600, 0, 7_200]
    assert waiting(app, bank) == ["phone_revoked"]


CLEARED = """async () => {
  const { state } = await import("/static/desk/state.js");
  state.store.db.close();
  await new Promise((done) => { indexedDB.deleteDatabase(`timbang-${state.store.slug}`).onsuccess = done; });
}"""


@in_the_browser
def test_a_cleared_phone_weighs_once_the_books_said_where_numbers_go_on(stall: Stall) -> None:
    """Its list of households may come through where the greeting, with less patience, does not."""

    def work(context: BrowserContext) -> tuple[str, str]:
        page = stall.open_desk(context)
        weigh(page, "7", ("Kardus", "2"))
        sent(page)
        page.evaluate(CLEARED)
        context.route("**/timbang/kabar*", lambda route: route.abort())
        page.reload()
        tap(page, "Ambil data terbaru")
        said = page.locator("#isi .band").inner_text()
        context.unroute("**/timbang/kabar*")
        stall.open_desk(context, page)
        weigh(page, "8", ("Kardus", "1"))
        sent(page)
        return said, page.locator("#kepala p").inner_text()

    said, receipt = stall.use(work, service_workers="block")
    assert "Cari sinyal" in said
    assert receipt.startswith("HP01-2-0001")
    assert [(row.epoch, row.number) for row in stall.taken()] == [(1, 1), (2, 1)]
