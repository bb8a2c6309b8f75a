""" "Perlu dilihat": a closed household is opened again with all that waits for it; a merged one told."""

import importlib
import re

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from banksampah.db import db, normal_url, transaction, use_bank
from banksampah.deposits.service import reverse_deposit
from banksampah.desk import queries
from banksampah.desk.models import Suspense
from banksampah.members.queries import get_member
from banksampah.members.service import (
    MemberNotEmpty,
    close_member,
    merge_members,
    reopen_member,
)
from banksampah.privacy.service import erase_member
from banksampah.reports.queries import documents
from tests.desk.phones import Phone, saved
from tests.desk.test_deciding import decide, in_suspense, treasurer, waiting  # noqa: F401
from tests.desk.test_sheet_titipan import closed, lines, record  # noqa: F401
from tests.desk.test_sheet_titipan import waiting as rows_waiting
from tests.desk.test_sheets import sheet
from tests.factories import give_money, make_member

migration = importlib.import_module("migrations.versions.0018_laid_aside")


@pytest.fixture
def gone(app, bank, siti, act):
    """Siti has left; 5,000 rupiah are in the till."""
    with app.app_context(), transaction(bank.bank_id) as inner:
        close_member(inner, act(), member_id=siti.id)
        give_money(inner, act(), 5_000)
    return siti


def is_open(app, bank, member):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return get_member(db.session, bank.bank_id, member.id).is_open


def true_books(app, bank):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return documents.faults(db.session, bank.bank_id) == []


def test_all_that_waits_goes_to_its_savings_at_once(app, bank, phone, kardus, gone, treasurer):  # noqa: F811
    phone.send(*(phone.record(gone, (kardus, 1_000 + 500 * n, 1_800)) for n in range(3)))
    page = treasurer.get("/perlu-dilihat").text
    assert page.count("Buka lagi nasabahnya") == 3
    assert (in_suspense(app, bank), waiting(app, bank)) == (8_100, ["member_closed"] * 3)
    path = re.search(r"/perlu-dilihat/(\d+)", page)[0]
    for _click in range(2):
        asked = {"decision": "reopen", "request_id": "buka-sekali"}
        assert treasurer.post(path, asked).status_code == 303
    assert is_open(app, bank, gone)
    assert (in_suspense(app, bank), waiting(app, bank)) == (0, [])
    assert saved(app, bank, gone) == 8_100
    with app.app_context(), transaction(bank.bank_id) as inner:
        assert set(inner.scalars(text("SELECT decision FROM desk_flag"))) == {"reopen"}
    assert true_books(app, bank)
    late = treasurer.post(path, {"decision": "reopen"})
    assert late.status_code == 422 and "sudah diputuskan" in late.text
    newest = phone.record(gone, (kardus, 500, 1_800))
    assert phone.send(newest)[newest["id"]]["state"] == "accepted"
    assert saved(app, bank, gone) == 9_000


def test_a_row_of_paper_opens_it_too_and_takes_the_phone_s_along(
    app, closed, act, session, sign_in, kardus  # noqa: F811
):  # fmt: skip
    typed = sheet(
        totals={0: "1"}, lines=lines((closed.siti.number, "", {0: "1"})), households_count=1
    )
    record(closed, act, typed)
    phone, boss = Phone(sign_in("operator"), act), sign_in("treasurer")
    phone.send(phone.record(closed.siti, (closed.kardus, 2_000, 1_800)))
    page = boss.get("/perlu-dilihat").text
    path = re.search(r"/perlu-dilihat/titipan/\d+", page)[0]
    assert page.count("Buka lagi nasabahnya") == 2
    for _click in range(2):
        asked = {"decision": "reopen", "request_id": "buka-sekali"}
        assert boss.post(path, asked).status_code == 303
    session.rollback()
    assert rows_waiting(session, closed) == []
    assert queries.open_flags(session, closed.bank_id) == []
    assert documents.faults(session, closed.bank_id) == []
    session.rollback()
    assert boss.post(path, {"decision": "reopen"}).status_code == 422


def test_one_opened_on_its_card_only_takes_what_is_its_own(
    app, bank, phone, kardus, gone, treasurer, act, session  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(gone, (kardus, 1_000, 1_800)))
    with app.app_context(), transaction(bank.bank_id) as inner:
        reopen_member(inner, act(), member_id=gone.id)
    session.expire_all()  # as it was read while closed
    page = treasurer.get("/perlu-dilihat").text
    assert "sudah dibuka lagi. Setorannya masih di titipan." in page
    assert "Pindahkan ke tabungannya" in page and "Buka lagi nasabahnya" not in page
    with app.app_context(), transaction(bank.bank_id) as inner, pytest.raises(MemberNotEmpty):
        close_member(inner, act(), member_id=gone.id)
    assert "masih di Titipan" in treasurer.get(f"/nasabah/{gone.id}/tutup").text
    assert decide(treasurer, "reopen").status_code == 303
    assert (saved(app, bank, gone), in_suspense(app, bank)) == (1_800, 0)
    assert true_books(app, bank)


def test_one_merged_since_takes_it_where_it_went(
    app, bank, phone, kardus, gone, treasurer, act  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(gone, (kardus, 1_000, 1_800)))
    with app.app_context(), transaction(bank.bank_id) as inner:
        reopen_member(inner, act(), member_id=gone.id)
        kept = make_member(inner, act(), "Siti A")
        merge_members(inner, act(), from_id=gone.id, into_id=kept.id)
        with pytest.raises(MemberNotEmpty, match="Titipan"):
            close_member(inner, act(), member_id=kept.id)
    assert decide(treasurer, "reopen").status_code == 303
    assert (saved(app, bank, kept), in_suspense(app, bank)) == (1_800, 0)
    assert true_books(app, bank)


def test_an_erased_one_is_not_opened_here_either(
    app, bank, phone, kardus, gone, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        erase_member(inner, act(), member_id=gone.id)
    phone.send(phone.record(gone, (kardus, 1_000, 1_800)))
    assert "Buka lagi nasabahnya" not in treasurer.get("/perlu-dilihat").text
    assert decide(treasurer, "reopen").status_code == 422
    assert (is_open(app, bank, gone), in_suspense(app, bank)) == (False, 1_800)
    assert decide(treasurer, "pay").status_code == 303


def test_what_was_undone_opens_nobody(app, bank, phone, kardus, gone, treasurer, act):  # noqa: F811
    phone.send(phone.record(gone, (kardus, 1_000, 1_800)))
    path = re.search(r"/perlu-dilihat/(\d+)", treasurer.get("/perlu-dilihat").text)[0]
    with app.app_context(), transaction(bank.bank_id) as inner:
        [lies] = inner.scalars(Suspense.__table__.select().with_only_columns(
            Suspense.deposit_seq
        )).all()  # fmt: skip
        reverse_deposit(inner, act(), seq=lies, reason="double", as_treasurer=True)
    assert treasurer.post(path, {"decision": "reopen"}).status_code == 422
    assert not is_open(app, bank, gone)


def test_enter_in_the_number_never_opens_a_household(app, bank, phone, kardus, gone, treasurer):  # noqa: F811
    phone.send(phone.record(gone, (kardus, 1_000, 1_800)))
    page = treasurer.get("/perlu-dilihat").text
    [form] = [f for f in re.findall(r"<form.*?</form>", page, re.S) if 'name="number"' in f]
    assert re.findall(r'name="decision" value="(\w+)"', form)[0] == "assign"
    both = decide(treasurer, "reopen", number=gone.number)
    assert both.status_code == 422 and not is_open(app, bank, gone)


def test_a_merged_household_s_deposit_is_told_and_ticked_off(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        kept = make_member(inner, act(), "Yanto Prasetyo", rt="05")
        merge_members(inner, act(), from_id=siti.id, into_id=kept.id)
        number = kept.number
    sent = phone.record(siti, (kardus, 1_000, 1_800))
    assert phone.send(sent)[sent["id"]]["notes"] == []
    assert phone.send(sent)[sent["id"]]["notes"] == []
    assert waiting(app, bank) == ["member_merged"]
    page = treasurer.get("/perlu-dilihat").text
    assert "Nasabah ini sudah digabungkan. Setoran masuk ke nasabah tujuannya." in page
    assert siti.name in page and siti.number in page
    assert "Digabungkan ke" in page and "Yanto Prasetyo" in page and number in page
    assert "note_member_merged" not in phone.browser.get("/timbang").text
    assert decide(treasurer, "pay").status_code == 422
    assert decide(treasurer, "keep").status_code == 303
    assert waiting(app, bank) == []
    assert saved(app, bank, kept) == 1_800
    phone.send(phone.record(siti, (kardus, 2_000, 1_800)))
    with app.app_context(), transaction(bank.bank_id) as inner:
        newest = inner.scalar(text("SELECT max(seq) FROM deposit"))
        reverse_deposit(inner, act(), seq=newest, reason="double", as_treasurer=True)
    assert waiting(app, bank) == []


def test_one_merged_into_a_closed_one_names_both(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        kept = make_member(inner, act(), "Yanto Prasetyo")
        merge_members(inner, act(), from_id=siti.id, into_id=kept.id)
        close_member(inner, act(), member_id=kept.id)
    phone.send(phone.record(siti, (kardus, 1_000, 1_800)))
    assert waiting(app, bank) == ["member_closed"]
    page = treasurer.get("/perlu-dilihat").text
    assert siti.name in page and "Digabungkan ke" in page and "Yanto Prasetyo" in page
    assert decide(treasurer, "reopen").status_code == 303
    assert is_open(app, bank, kept) and not is_open(app, bank, siti)
    assert saved(app, bank, kept) == 1_800


def test_flags_outlive_the_migration(app, bank, phone, kardus, gone, treasurer, database_url):  # noqa: F811
    phone.send(*(phone.record(gone, (kardus, 1_000 * n, 1_800)) for n in (1, 2)))
    assert decide(treasurer, "assign", number="77").status_code == 422
    assert decide(treasurer, "pay").status_code == 303
    engine = create_engine(normal_url(database_url))
    whole = text("SELECT * FROM desk_flag ORDER BY id")
    with engine.begin() as connection:
        before = connection.execute(whole).all()
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
        assert connection.execute(whole).all() == before and len(before) == 2
    for edit in ("code = 'x'", "decision = 'x', decided_seq = 1", "decision = 'keep'"):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(text(f"UPDATE desk_flag SET {edit} WHERE decided_seq IS NULL"))
    with pytest.raises(Exception, match="immutable"), engine.begin() as connection:
        connection.execute(text("DELETE FROM desk_flag"))
    engine.dispose()
