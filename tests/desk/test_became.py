"""What became of a deposit after its phone was told: the treasurer decided, another phone's came."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from banksampah import clock, codes
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.service import move_household, price_pending_lines, reverse_deposit
from banksampah.desk import changes, counts, queries
from banksampah.desk.service import revoke_device
from banksampah.desk.service.intake import flag
from tests.conftest import TODAY
from tests.desk.journey import STATE, home, tap
from tests.desk.phones import Phone
from tests.desk.stall import Stall, online, sent, weigh
from tests.desk.test_deciding import decide, treasurer  # noqa: F401
from tests.desk.test_told import SLIP, again, balances, message, weigh_at_other_prices
from tests.desk.test_told import decide as decide_all
from tests.desk.test_typing import odd  # noqa: F401
from tests.engines import in_the_browser
from tests.factories import make_deposit, make_member, priced_material, set_price
from tests.screens.conftest import until
from tests.statements.reading import pages_of


class Hearing:
    """A phone that asks what became of its deposits, from where it last heard."""

    def __init__(self, phone: Phone):
        self.phone, self.head = phone, 0
        self.news()

    def news(self) -> list[str]:
        told = self.phone.browser.get("/timbang/kabar", epoch=1, seen=self.head).json
        self.head = told["head"]
        return sorted(told["decided"])


def again_told(phone: Phone, record: Any) -> tuple[Any, ...]:
    told = phone.send(record)[record["id"]]
    return told["state"], told["notes"], told["look"]


@pytest.fixture
def twice(phone, siti, kardus, sign_in, act):
    """The same by two phones: each with its record, and up to date before it is sent."""
    other = Phone(sign_in("operator"), act)
    records = [one.record(siti, (kardus, 1_000, 1_800)) for one in (phone, other)]
    phone.send(records[0])
    hearing = [Hearing(phone), Hearing(other)]
    told = other.send(records[1])[records[1]["id"]]
    assert (told["notes"], told["look"]) == (["maybe_double"], True)
    return hearing, records


def test_the_chip_of_a_double_comes_to_both_phones_and_goes_from_both(twice, treasurer):  # noqa: F811
    (first, second), records = twice
    assert (first.news(), second.news()) == ([records[0]["id"]], [])
    assert again_told(first.phone, records[0]) == ("already_there", ["maybe_double"], True)
    assert (first.news(), second.news()) == ([], [])
    assert decide(treasurer, "keep").status_code == 303
    for hearing, record in zip((first, second), records, strict=True):
        assert hearing.news() == [record["id"]]
        assert again_told(hearing.phone, record) == ("already_there", [], False)
        assert hearing.news() == []


def test_one_of_a_double_is_cancelled(twice, treasurer):  # noqa: F811
    (first, second), records = twice
    first.news()
    decide(treasurer, "cancel")
    assert (first.news(), second.news()) == ([records[0]["id"]], [records[1]["id"]])
    assert again_told(first.phone, records[0]) == ("already_there", [], False)
    assert again_told(second.phone, records[1]) == ("dismissed", ["voided"], False)


def test_what_is_undone_on_another_page_is_told_to_both(app, bank, twice, act):
    (first, second), records = twice
    first.news()
    with app.app_context(), transaction(bank.bank_id) as session:
        seq = queries.intake(session, bank.bank_id, records[0]["id"]).deposit_seq
        reverse_deposit(session, act(), seq=seq, reason="double", as_treasurer=True)
    assert (first.news(), second.news()) == ([records[0]["id"]], [records[1]["id"]])
    assert again_told(first.phone, records[0]) == ("dismissed", ["voided"], False)
    assert again_told(second.phone, records[1]) == ("already_there", [], False)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        code = records[0]["session"]
        assert counts.counted(db.session, bank.bank_id, code) == (0, 0, 0)


def test_an_adjusted_price_is_told_with_its_figures_and_counted(
    app, bank, phone, siti, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as session:
        set_price(session, act(), kardus, 2_000, TODAY)
    hearing = Hearing(phone)
    kept, adjusted = (phone.record(siti, (kardus, 1_000 * n, 1_800)) for n in (1, 2))
    phone.send(kept, adjusted)
    for decision in ("keep", "release"):
        decide(treasurer, decision)
    assert hearing.news() == sorted([kept["id"], adjusted["id"]])
    assert phone.send(kept)[kept["id"]]["booked"] is None
    told = phone.send(adjusted)[adjusted["id"]]
    assert (told["notes"], told["look"]) == (["booked_otherwise"], False)
    line = {"material_id": kardus.id, "quantity": 2_000, "price_idr": 2_000, "value_idr": 4_000}
    assert told["booked"] == {"lines": [line], "total_idr": 4_000, "credited": 4_000}
    totals = {"deposits_count": 2, "weight_g": 3_000, "value_idr": 1_800 + 4_000, "last": 2}
    answer = phone.post("/timbang/tutup", totals | {"code": kept["session"]}).json
    assert answer["agrees"] is True
    assert [row[3] for row in answer["rows"]] == [1_800, 4_000]


def test_a_price_that_came_later_and_another_household_are_told(
    app, bank, phone, siti, kardus, act
):
    with app.app_context(), transaction(bank.bank_id) as session:
        tyres = priced_material(session, act(), "BN", "Ban bekas", None)
        joko = make_member(session, act(), "Joko")
    record = phone.record(siti, (tyres, 3_000, None))
    hearing = Hearing(phone)
    seq = phone.send(record)[record["id"]]["deposit_seq"]
    with app.app_context(), transaction(bank.bank_id) as session:
        set_price(session, act(), tyres, 500, TODAY)
        price_pending_lines(session, act())
        move_household(session, act(), seq=seq, member_id=joko.id, note="Salah orang")
    assert hearing.news() == [record["id"]]
    told = phone.send(record)[record["id"]]
    assert told["notes"] == ["booked_otherwise", "moved"]
    assert told["booked"]["total_idr"] == 1_500


def test_nothing_is_told_twice_and_of_restored_books_all_is_told_again(
    app, bank, twice, treasurer, act, monkeypatch  # noqa: F811
):  # fmt: skip
    (first, second), records = twice
    decide(treasurer, "keep")
    assert first.news() == [records[0]["id"]]
    assert first.news() == []
    first.head += 1_000  # the books were put back to an earlier day
    assert first.news() == [records[0]["id"]]
    monkeypatch.setattr(changes, "AT_ONCE_MAX", 0)
    before = first.head = 0
    assert (first.news(), first.head > before) == ([], True)  # the rest the next time
    with app.app_context(), transaction(bank.bank_id) as session:
        revoke_device(session, act(), device_id=second.phone.device_id)
    monkeypatch.undo()
    first.head = 0  # its browser may have been that one
    assert first.news() == sorted(record["id"] for record in records)


def test_what_was_weighed_long_ago_is_told_to_the_phone_that_waits_for_it(
    phone, siti, kardus, treasurer  # noqa: F811
):  # fmt: skip
    """It came after weeks without a signal; who hears for the first time is told of what is new."""
    hearing = Hearing(phone)
    before = clock.now_utc() - changes.KEPT - timedelta(days=1)
    old = phone.record(siti, (kardus, 1_000, 1_801), weighed_at=before.isoformat())
    assert phone.send(old)[old["id"]]["state"] == "held"
    decide(treasurer, "dismiss")
    assert hearing.news() == [old["id"]]
    assert hearing.news() == []
    hearing.head = 0
    assert hearing.news() == []


def test_a_desk_of_old_asks_by_what_it_holds(phone, siti, kardus, treasurer):  # noqa: F811
    held = phone.record(siti, (kardus, 1_000, 1_801))
    phone.send(held)
    asked = {"epoch": 1, "held": held["id"]}
    assert phone.browser.get("/timbang/kabar", **asked).json["decided"] == []
    decide(treasurer, "keep")
    told = phone.browser.get("/timbang/kabar", **asked).json
    assert (told["decided"], "head" in told) == ([held["id"]], False)


def test_papers_of_a_deposit_at_the_lists_price_say_what_the_phone_told(
    phone, siti, kardus, treasurer  # noqa: F811
):  # fmt: skip
    told, plain = (phone.record(siti, (kardus, 2_000, price)) for price in (1_801, 1_800))
    phone.send(told)
    decide(treasurer, "release")
    answers = phone.send(told, plain)
    told, plain = (answers[record["id"]] for record in (told, plain))
    assert told["booked"]["total_idr"] == 3_600
    for paper in ("A6", "58mm"):
        text = " ".join(pages_of(treasurer.get(
            f"/setoran/{told['deposit_seq']}/bukti.pdf", kertas=paper).data)[0].split())  # fmt: skip
        assert "HP menyebut Rp3.602. Di buku Rp3.600." in text
        other = treasurer.get(f"/setoran/{plain['deposit_seq']}/bukti.pdf", kertas=paper)
        assert "menyebut" not in pages_of(other.data)[0]
    tags = [one["id"][-8:] for one in (told, plain)]
    first, second = (
        treasurer.get(f"/v/{codes.address_code(f'HP01-000{n}', tag.upper())}").text
        for n, tag in enumerate(tags, 1)
    )
    assert "Asli, tetapi di buku angkanya lain" in first
    assert "HP menyebut nilai Rp3.602." in first
    assert '<span class="sum">Rp3.600</span>' in first
    assert "Asli dan masih berlaku" in second


def test_what_was_typed_in_by_hand_counts_with_its_weight(
    app, bank, phone, siti, kardus, odd, treasurer, act  # noqa: F811
):  # fmt: skip
    phone.send(odd)
    with app.app_context(), transaction(bank.bank_id) as session:
        other = priced_material(session, act(), "BSI", "Besi", 3_000)
        seq = make_deposit(
            session, act(), siti, (kardus, 1_350), (phone.bottle, 7), (other, 1_000)
        ).seq
    decide(treasurer, "assign", deposit_seq=str(seq))
    told = phone.send(odd)[odd["id"]]
    assert told["booked"]["total_idr"] == 2_430 + 3_500 + 3_000
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        books = counts.counted(db.session, bank.bank_id, odd["session"])
    assert books == (1, 2_350, 2_430 + 3_500 + 3_000)


def test_a_session_that_gains_deposits_says_so_and_agrees(phone, siti, kardus, treasurer):  # noqa: F811
    records = [phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(4)]
    phone.send(*records[:2])
    totals = {"code": records[0]["session"], "last": 2}
    phone.post(
        "/timbang/tutup",
        totals | {"deposits_count": 2, "weight_g": 2_001, "value_idr": 3_602},
    )
    page = treasurer.get("/hari-buka").text
    assert "Cocok ✓" in page and "bertambah" not in page
    phone.send(*records[2:])
    page = treasurer.get("/hari-buka").text
    assert "Sesi 21 Nov bertambah 2 setoran" in page
    assert "Datang setelah sesi ditutup: 2,005 kg, Rp3.609." in re.sub(r"\s+", " ", page)
    assert "4,006 kg" in page and "Cocok ✓" in page and "Selisih" not in page


def test_what_is_put_right_after_the_end_is_told_as_that(
    app, bank, phone, siti, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    record = phone.record(siti, (kardus, 1_000, 1_800))
    seq = phone.send(record)[record["id"]]["deposit_seq"]
    totals = {"deposits_count": 1, "weight_g": 1_000, "value_idr": 1_800, "last": 1}
    phone.post("/timbang/tutup", totals | {"code": record["session"]})
    with app.app_context(), transaction(bank.bank_id) as session:
        reverse_deposit(session, act(), seq=seq, reason="double", as_treasurer=True)
    page = treasurer.get("/hari-buka").text
    assert "Cocok saat sesi ditutup." in page and "Rp0" in page
    assert "Cocok ✓" not in page and "Selisih" not in page


@in_the_browser
def test_the_phones_own_row_learns_what_was_decided(stall: Stall, act: Any) -> None:
    """Released at the list's price, then undone: its figures, its chip, its balance."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh_at_other_prices(page)
        decide_all(stall, act, "release")
        online(page)
        page.locator("#isi .band.look", has_text="HP menyebut Rp3.614.").wait_for()
        assert balances(page) == ["Rp0", "Rp3.600", "Rp3.600"]
        assert "Rp3.600" in page.locator("table.foldy").inner_text()
        assert "Rp3.600" in message(page) and "Rp3.614" not in message(page)
        slip = page.evaluate(SLIP)
        assert "HP menyebut Rp3.614." in slip and "Rp3.600" in slip
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        online(page)
        page.wait_for_timeout(1_500)
        assert [name for name in asked if name == "kirim"] == []  # it has heard of it
        home(page)
        tap(page, "Riwayat sesi")
        row = page.locator("button.hist")
        assert "Rp3.600" in row.inner_text() and "Terkirim" in row.inner_text()
        assert "angkanya lain dari yang disebut HP" in row.inner_text()
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            seq = queries.intake(session, stall.bank.bank_id, stall.taken()[0].record_id)
            assert seq is not None and seq.deposit_seq is not None
            reverse_deposit(
                session, act(), seq=seq.deposit_seq, reason="double", as_treasurer=True
            )  # fmt: skip
        online(page)
        page.locator(".chip.void", has_text="Dibatalkan").wait_for()
        assert "Setoran berlaku\n0" in page.locator("aside").inner_text()
        again(page, 0)
        assert page.locator("#isi .band").inner_text().strip() == "Setoran ini dibatalkan."
        assert balances(page) == []
        home(page)
        page.locator(".back").click()
        page.evaluate(f"import{STATE}.then(({{ store }}) => store.set('bekal', null))")
        tap(page, "Ambil data terbaru")
        until(page, f"import{STATE}.then((s) => s.fetchedAt > s.rows[0].goneAt)")
        tap(page, "Lanjutkan sesi")
        weigh(page, "7", ("Kardus", "1"))
        assert balances(page) == ["Rp0", "Rp1.800", "Rp1.800"]

    stall.use(work)


@in_the_browser
def test_a_row_that_is_heard_of_again_keeps_its_place_in_the_balance(
    stall: Stall, act: Any
) -> None:
    """What the provisions have already is not added once more when it is offered again."""

    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh(page, "7", ("Kardus", "2"))
        sent(page)
        home(page)
        page.locator(".back").click()
        tap(page, "Ambil data terbaru")
        until(page, f"import{STATE}.then((s) => s.fetchedAt > s.rows[0].sentAt)")
        before = page.evaluate(f"import{STATE}.then((s) => s.rows[0].heardAt)")
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            flag(session, act(), stall.taken()[0], "maybe_double")
        decide_all(stall, act, "keep")
        online(page)
        until(page, f"import{STATE}.then((s) => s.rows[0].heardAt > {before})")
        tap(page, "Lanjutkan sesi")
        again(page, 0)
        home(page)
        weigh(page, "7", ("Kardus", "1"))
        assert balances(page) == ["Rp3.600", "Rp1.800", "Rp5.400"]

    stall.use(work)
