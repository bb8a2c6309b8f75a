"""Which price list and which desk a deposit was weighed by: told, kept, and shown."""

import json
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from banksampah import clock
from banksampah.catalog import queries as catalog
from banksampah.db import db, transaction, use_bank
from banksampah.desk.models import DeskIntake, DeskRecord
from tests.conftest import TODAY as OPENING_DAY
from tests.desk.journey import STATE, home
from tests.desk.stall import Stall, sent, weigh
from tests.desk.test_deciding import treasurer  # noqa: F401
from tests.engines import in_the_browser
from tests.factories import make_material, set_price

TODAY = clock.day_in("Asia/Jakarta", clock.now_utc())
APP = "0.1.0-3f2a91c"


def taken(app, bank, record):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return db.session.get_one(DeskIntake, (bank.bank_id, record["id"]))


@pytest.fixture
def newer(app, bank, phone, kardus, act):
    """A second list, in force on the opening day, and a third for tomorrow."""
    with app.app_context(), transaction(bank.bank_id) as session:
        set_price(session, act(), kardus, 2_000, OPENING_DAY)
        set_price(session, act(), kardus, 2_200, TODAY + timedelta(days=1))


def test_a_list_keeps_its_number_whenever_it_comes_into_force(session, act):
    def now(day):
        found = catalog.price_version(session, 1, day)
        return found and found.number

    with transaction(1):
        kardus = make_material(session, act())
        assert now(TODAY) is None
        for price, day in ((1_000, 0), (1_300, 9), (1_100, 1), (1_200, 1)):
            set_price(session, act(), kardus, price, TODAY + timedelta(days=day))
    assert [now(TODAY + timedelta(days=n)) for n in (-1, 0, 1, 8, 9)] == [None, 1, 4, 4, 2]
    ahead = catalog.price_versions(session, 1, TODAY, TODAY + timedelta(days=9))
    assert [version.number for version in ahead] == [1, 3, 4, 2]
    assert catalog.lists_count(session, 1) == 4


@pytest.mark.usefixtures("newer")
def test_the_provisions_name_the_list_in_force_and_those_to_come(phone):
    told = phone.browser.get("/timbang/bekal").json["price_versions"]
    assert [number for _since, number in told] == [2, 3]


def test_what_the_phone_stamps_is_kept_with_the_record(app, bank, phone, siti, kardus):
    stamped = phone.record(siti, (kardus, 1_000, 1_800), app=APP, price_version=1)
    of_old = phone.record(siti, (kardus, 2_000, 1_800))
    unknown = phone.record(siti, (kardus, 3_000, 1_800), app=None, price_version=None)
    states = [answer["state"] for answer in phone.send(stamped, of_old, unknown).values()]
    assert states == ["accepted"] * 3
    kept = [taken(app, bank, one) for one in (stamped, of_old, unknown)]
    assert [(row.app, row.price_version) for row in kept] == [(APP, 1), (None, None), (None, None)]
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        raw = db.session.query(DeskRecord).filter_by(record_id=stamped["id"]).one().raw
    assert (json.loads(raw)["app"], json.loads(raw)["price_version"]) == (APP, 1)


def test_a_stamp_is_no_fact_of_the_deposit(phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800), app=APP, price_version=1)
    phone.send(record)
    assert phone.send(record | {"app": "0.2.0-aaaaaaa"})[record["id"]]["state"] == "already_there"


@pytest.mark.parametrize(
    "wrong",
    [{"price_version": n} for n in (0, -1, 1.5, "1", True)]
    + [{"app": text} for text in ("", "x y", "a" * 41, 1, "1.0\n", "<b>")],
)
def test_a_stamp_that_is_none_is_held(phone, siti, kardus, wrong):
    record = phone.record(siti, (kardus, 1_000, 1_800), **wrong)
    told = phone.send(record)[record["id"]]
    assert (told["state"], told["notes"]) == ("held", ["unreadable"])


def test_a_list_that_never_was_is_held(phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800), price_version=2)
    told = phone.send(record)[record["id"]]
    assert (told["state"], told["notes"]) == ("held", ["price_unknown"])


@pytest.mark.usefixtures("newer")
def test_an_old_price_names_the_list_told_and_the_one_in_force(
    phone, siti, kardus, treasurer  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(siti, (kardus, 1_000, 1_800), app=APP, price_version=1))
    page = treasurer.get("/perlu-dilihat").text
    told, listed = page.index("<b>v1</b>"), page.index("<b>v2</b>")
    assert told < page.index("Menurut daftar harga") < listed
    assert "<b>v3</b>" not in page


def test_the_list_of_phones_tells_which_desk_each_runs(phone, treasurer):  # noqa: F811
    page = phone.browser.get("/timbang").text
    now = page.partition('data-app="')[2].partition('"')[0]
    assert "–" in treasurer.get("/perangkat").text
    phone.hello(app=APP)
    assert f"{APP}, versi lama" in treasurer.get("/perangkat").text
    phone.hello(app=now)
    assert f"{now}, terbaru ✓" in treasurer.get("/perangkat").text
    phone.hello()  # says nothing of it
    assert f"{now}, terbaru ✓" in treasurer.get("/perangkat").text
    assert phone.hello(app="x y").status_code == 400
    for told, is_new in ((now, False), (APP, True)):  # a phone that updated says so when it greets
        news = phone.browser.get("/timbang/kabar", epoch=1, last=0, unsent=0, app=told).json
        assert news["untold"] is is_new


TWO_DAYS_LATER = f"""(today) => import{STATE}.then(({{ book }}) => {{
  for (const row of [...book.prices, ...book.versions]) {{
    const at = row.length === 2 ? 0 : 2;
    if (row[at] > today) row[at] = today;
  }} }})"""


@in_the_browser
def test_the_phone_stamps_the_list_of_the_day_it_weighs(stall: Stall, act: Any) -> None:
    """Prices that are to come lie on the phone already, each list under its number."""
    with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
        first = catalog.materials(session, stall.bank.bank_id)[0]
        set_price(session, act(), first, 1_900, TODAY + timedelta(days=2))

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        app = page.locator("body").get_attribute("data-app")
        sent(page)
        weigh(page, "1", ("Kardus", "1"))
        home(page)
        page.evaluate(TWO_DAYS_LATER, TODAY.isoformat())
        weigh(page, "2", ("Kardus", "1"))
        rows = page.evaluate(
            f"import{STATE}.then((s) => s.rows.map(({{ record: r }}) =>"
            " [r.app, r.price_version, r.total_idr]))"
        )
        assert rows == [[app, 9, 1_900], [app, 8, 1_800]]
        home(page)
        page.locator(".back").click()
        assert "harga v9, 123 nasabah" in page.locator("#isi").inner_text()

    stall.use(work)
    first = stall.taken()[0]
    assert first.price_version == 8
    assert first.app is not None
