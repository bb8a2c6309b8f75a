"""What was not to be recorded is opened again: by an entry, once, and the phone hears of it."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah.db import db, transaction, use_bank
from banksampah.deposits.service import reverse_deposit
from banksampah.desk import queries, service
from banksampah.reports.queries import documents
from tests.desk.phones import saved
from tests.desk.stall import Stall, online
from tests.desk.test_became import Hearing
from tests.desk.test_decided import LIST, dismissed, faults, told, way_back  # noqa: F401
from tests.desk.test_deciding import BARU, decide, treasurer, waiting  # noqa: F401
from tests.desk.test_told import decide as decide_all
from tests.desk.test_told import weigh_at_other_prices
from tests.engines import in_the_browser
from tests.owner import ask_owner
from tests.reports.conftest import guards_down, vandal  # noqa: F401
from tests.screens.test_every_page import AXE, faults_of


def state_of(app: Any, bank: Any, record: Any) -> str:
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return str(queries.intake(db.session, bank.bank_id, record["id"]).state)


# ── the way back ─────────────────────────────────────────────────────────────


def test_what_was_not_recorded_waits_again_and_is_booked(
    app, bank, phone, siti, dismissed, treasurer  # noqa: F811
):  # fmt: skip
    hearing = Hearing(phone)
    assert (state_of(app, bank, dismissed), waiting(app, bank)) == ("dismissed", [])
    path = way_back(treasurer)
    for _click in range(2):
        asked = {"request_id": "buka-sekali"}
        assert treasurer.post(path, asked).status_code == 303
    assert (state_of(app, bank, dismissed), waiting(app, bank)) == ("held", ["price_unknown"])
    page = treasurer.get("/perlu-dilihat").text
    assert "Dibuka lagi. Setoran itu menunggu" in page and "1 menunggu keputusan." in page
    assert "1 setoran dari HP perlu dilihat" in treasurer.get("/").text
    [line] = told(treasurer)
    assert "Jangan dicatat" in line and line.count("oleh Bu Wati.") == 2
    assert hearing.news() == [dismissed["id"]]
    answer = phone.send(dismissed)[dismissed["id"]]
    assert (answer["state"], answer["look"]) == ("held", True)
    assert faults(app, bank) == []
    assert decide(treasurer, "keep").status_code == 303
    assert (saved(app, bank, siti), waiting(app, bank)) == (1_801, [])
    assert hearing.news() == [dismissed["id"]]
    assert [
        words in line
        for line, words in zip(
            told(treasurer), ("Pakai harga di HP", "Jangan dicatat"), strict=True
        )
    ] == [True, True]
    assert faults(app, bank) == []


def test_it_may_be_dismissed_and_opened_more_than_once(app, bank, dismissed, treasurer):  # noqa: F811
    for times in (1, 2):
        assert treasurer.post(way_back(treasurer)).status_code == 303
        assert decide(treasurer, "dismiss").status_code == 303
        assert len(told(treasurer)) == times + 1
        assert treasurer.get(LIST).text.count("/buka-lagi") == 1
    assert (state_of(app, bank, dismissed), faults(app, bank)) == ("dismissed", [])


@pytest.mark.parametrize("has_own_id", [True, False])
def test_the_second_of_one_number_or_id_is_opened_again_too(
    app, bank, phone, kardus, siti, treasurer, has_own_id  # noqa: F811
):  # fmt: skip
    first, second = (phone.record(siti, (kardus, grams, 1_800)) for grams in (1_000, 2_000))
    second |= {"number": first["number"]} if has_own_id else {"number": 1, "id": first["id"]}
    phone.send(first)
    phone.send(second)
    assert decide(treasurer, "keep").status_code == 303
    [line] = told(treasurer)
    assert "Yang pertama saja" in line and "Rp3.600" in line
    assert treasurer.post(way_back(treasurer)).status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == (["other_content"], 1_800)
    assert faults(app, bank) == []
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 5_400)
    assert "Catat keduanya" in told(treasurer)[0] and "/setoran/" in treasurer.get(LIST).text
    assert faults(app, bank) == []


def test_what_cannot_be_opened_again_says_why(
    app, bank, phone, kardus, siti, dismissed, treasurer  # noqa: F811
):  # fmt: skip
    def refused(flag_id: int | str) -> str:
        answer = treasurer.post(f"/perlu-dilihat/{flag_id}/buka-lagi")
        assert answer.status_code == 422
        return str(answer.text)

    path = way_back(treasurer)
    assert "Catatan ini tidak ada" in refused(99)
    phone.send(phone.record(siti, (kardus, 2_000, 1_801)))
    assert "masih terbuka" in refused(2)
    decide(treasurer, "keep")
    assert "tidak bisa dibuka lagi" in refused(2)
    assert treasurer.post(path).status_code == 303
    assert "sudah dibuka lagi. Muat ulang" in refused(1)
    assert "masih terbuka" in refused(3)
    decide(treasurer, "keep")
    assert "lalu dicatat" in refused(1)
    assert saved(app, bank, siti) == 3_602 + 1_801


def test_what_the_phone_took_back_stays_left_out(
    app, bank, phone, dismissed, treasurer  # noqa: F811
):  # fmt: skip
    path = way_back(treasurer)
    phone.send(dismissed | {"cancelled": {"reason": "double"}})
    assert "/buka-lagi" not in treasurer.get(LIST).text
    refused = treasurer.post(path)
    assert refused.status_code == 422 and "sudah dibatalkan di HP" in refused.text
    assert (state_of(app, bank, dismissed), waiting(app, bank)) == ("dismissed", [])


# ── what holds it ────────────────────────────────────────────────────────────


def test_the_database_keeps_what_was_decided(app, bank, phone, siti, kardus, dismissed, treasurer):  # noqa: F811
    treasurer.post(way_back(treasurer))
    decide(treasurer, "dismiss")
    phone.send(phone.record(siti, (kardus, 3_000, 1_800)))
    for table, edit in (
        ("desk_flag", "decision = 'keep' WHERE id = 1"),
        ("desk_flag", "decision = NULL, decided_seq = NULL WHERE id = 1"),
        ("desk_flag", "decided_seq = 1 WHERE id = 1"),
        ("desk_flag", "decided_by_id = 99 WHERE id = 1"),
        ("desk_flag", "reopened_seq = NULL WHERE id = 1"),
        ("desk_flag", "reopened_seq = decided_seq WHERE id = 2"),
        ("desk_intake", "state = 'accepted' WHERE state = 'dismissed'"),
        ("desk_intake", "state = 'held', deposit_seq = NULL WHERE state = 'accepted'"),
    ):
        with pytest.raises(DBAPIError, match=r"immutable|CHECK|check"):
            ask_owner(app, f"UPDATE {table} SET {edit}", rows=False)
    assert faults(app, bank) == []


EDITS = {
    "another decision": "UPDATE desk_flag SET decision = 'keep' WHERE id = 1",
    "another entry": "UPDATE desk_flag SET decided_seq = 1, reopened_seq = NULL WHERE id = 2",
    "another person": "UPDATE desk_flag SET decided_by_id = 99 WHERE id = 2",
    "decided, by nobody": "UPDATE desk_flag SET decision = 'release', decided_seq = 1,"
    " decided_by_id = 1 WHERE id = 3",
    "as if never decided": "UPDATE desk_flag SET decision = NULL, decided_seq = NULL,"
    " decided_by_id = NULL WHERE id = 2",
    "as if never opened again": "UPDATE desk_flag SET reopened_seq = NULL WHERE id = 1",
    "the row of the decision": "DELETE FROM desk_flag WHERE id = 1",
    "left out by nobody": "UPDATE desk_intake SET state = 'dismissed' WHERE state = 'held'",
    "not left out": "UPDATE desk_intake SET state = 'held' WHERE state = 'dismissed'",
}


def test_verify_works_each_decision_out_again(
    bank, phone, siti, kardus, dismissed, treasurer, vandal  # noqa: F811
):  # fmt: skip
    treasurer.post(way_back(treasurer))
    decide(treasurer, "dismiss")
    phone.send(phone.record(siti, (kardus, 2_000, 1_801)))
    with Session(vandal) as session:
        use_bank(session, bank.bank_id)
        assert documents.faults(session, bank.bank_id) == []
        for name, edit in EDITS.items():
            session.rollback()
            guards_down(session)
            session.execute(text(edit))
            use_bank(session, bank.bank_id)
            found = [fact for _seq, fact in documents.faults(session, bank.bank_id)]
            assert [fact for fact in found if "keputusan" in fact], name
        session.rollback()


def test_verify_finds_what_was_left_out_by_the_entry_of_another_household(
    bank, phone, siti, kardus, treasurer, vandal  # noqa: F811
):  # fmt: skip
    """No guard stands in the way: nobody has decided about that one yet."""
    phone.send(*(phone.record(BARU, (kardus, grams, 1_800)) for grams in (1_000, 2_000)))
    decide(treasurer, "assign", number=siti.number)
    phone.send(phone.record(siti, (kardus, 2_000, 1_801)))
    of_another = "decided_seq = (SELECT decided_seq FROM desk_flag WHERE id = 2), decided_by_id = 1"
    with Session(vandal) as session:
        use_bank(session, bank.bank_id)
        assert documents.faults(session, bank.bank_id) == []
        for decision in ("dismiss", "assign"):
            session.rollback()
            use_bank(session, bank.bank_id)
            edit = f"decision = '{decision}', {of_another} WHERE id = 3"
            session.execute(text(f"UPDATE desk_flag SET {edit}"))
            session.execute(text("UPDATE desk_intake SET state = 'dismissed' WHERE state = 'held'"))
            found = [fact for _seq, fact in documents.faults(session, bank.bank_id)]
            assert "keputusan 3 berbeda dari catatannya" in found
        session.rollback()


@pytest.mark.parametrize(
    ("edit", "fact"),
    [
        ("desk_flag SET decision = 'assign', decided_seq = (SELECT deposit_seq FROM desk_suspense),"
         " decided_by_id = 1", "keputusan 1 berbeda dari catatannya"),
        ("desk_suspense SET settled_seq = deposit_seq", "titipan berbeda dari catatannya"),
    ],
)  # fmt: skip
def test_verify_finds_whose_card_was_hidden_while_its_money_lies_there(
    app, bank, phone, kardus, act, vandal, edit, fact  # noqa: F811
):  # fmt: skip
    record = phone.record(BARU, (kardus, 1_000, 1_800))
    seq = phone.send(record)[record["id"]]["deposit_seq"]
    with Session(vandal) as session:
        use_bank(session, bank.bank_id)
        assert documents.faults(session, bank.bank_id) == []
        session.execute(text(f"UPDATE {edit}"))
        assert fact in [fact for _seq, fact in documents.faults(session, bank.bank_id)]
        session.rollback()
    with app.app_context(), transaction(bank.bank_id) as inner:  # nothing lies there any more
        reverse_deposit(inner, act(), seq=seq, reason="double", as_treasurer=True)
        inner.execute(text(f"UPDATE {edit}"))
        assert documents.faults(inner, bank.bank_id) == []


# ── in a browser ─────────────────────────────────────────────────────────────


@in_the_browser
def test_the_list_stands_on_a_phone_and_a_desk_and_needs_no_script(
    app, bank, phone, kardus, siti, dismissed, treasurer, eyes, port  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(BARU | {"name": "Raden Ajeng Kartini Djojoadhiningrat"},
                            (kardus, 999_000, 1_801)))  # fmt: skip
    decide(treasurer, "dismiss")
    treasurer.post(way_back(treasurer))
    address = f"http://127.0.0.1:{port}"

    def look(context: BrowserContext) -> list[str]:
        page = context.new_page()
        page.goto(f"/b/{bank.slug}{LIST}")
        assert page.locator("li.sheet").count() == 2
        page.evaluate(AXE)
        return faults_of(page, "diputuskan")

    def open_again(context: BrowserContext) -> None:
        page = context.new_page()
        page.goto(f"/b/{bank.slug}/perlu-dilihat")
        page.get_by_role("link", name="Sudah diputuskan").click()
        button = page.get_by_role("button", name="Buka lagi HP01-0001")
        button.focus()
        page.keyboard.press("Enter")
        page.get_by_text("2 menunggu keputusan.").wait_for()

    assert eyes.look(look, treasurer.key, address, bypass_csp=True) == []
    eyes.look(open_again, treasurer.key, address, java_script_enabled=False)
    assert state_of(app, bank, dismissed) == "held"


@in_the_browser
def test_the_phone_shows_that_it_is_looked_at_again(stall: Stall, act: Any) -> None:
    def work(context: BrowserContext) -> None:
        page = stall.open_desk(context)
        weigh_at_other_prices(page)
        page.locator(".back").click()
        decide_all(stall, act, "dismiss")
        online(page)
        page.locator(".chip.void").wait_for()
        with stall.app.app_context(), transaction(stall.bank.bank_id) as session:
            service.reopen_flag(session, act(), flag_id=1)
        online(page)
        page.locator(".chip.look").wait_for()
        assert "Nilai diperiksa bendahara" in page.locator("dl.facts").inner_text()
        decide_all(stall, act, "keep")
        online(page)
        page.locator(".chip.sent").wait_for()

    stall.use(work)
    assert stall.saved(6) == 3_614
