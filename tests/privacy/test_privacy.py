"""A household's own data: nowhere in the journal, handed over whole, erased with the books intact."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from banksampah import clock, ledger
from banksampah.banks.models import Bank
from banksampah.banks.queries import get_bank
from banksampah.cli import main
from banksampah.db import db, normal_url, transaction, use_bank
from banksampah.deposits.service import (
    Weighed,
    move_household,
    record_deposit,
    reverse_deposit,
)
from banksampah.members import service
from banksampah.members.queries import find_member_by_number, get_member, standing
from banksampah.privacy.queries import personal_data
from banksampah.privacy.service import ERASED, MemberStillOpen, erase_member
from banksampah.staff import journal
from tests.quarter import live_a_winter

NAME, PHONE, HOUSE, PERSON = "Sulastri Ningrum", "081298765432", "Gg. Melati 7B", "Agung Pratomo"
REASON = "Bu Sulastri Ningrum salah timbang, telepon 081298765432"


ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SPRING = datetime(2027, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def spring_act(act, monkeypatch):
    """Acts of spring, after the winter's months were closed; it is spring for commands too."""
    monkeypatch.setattr(clock, "now_utc", lambda: SPRING)
    return lambda key=None: act(key, at=SPRING, today=SPRING.date())


@pytest.fixture
def saver(app: Flask, bank: Bank, act, spring_act) -> str:
    """The number of a household that saved, took its money out, and closed."""
    with app.app_context():
        live_a_winter(act)
        with transaction(bank.bank_id) as session:
            member = service.open_member(
                session,
                spring_act(),
                name=NAME,
                phone=PHONE,
                house_no=HOUSE,
                rt="3",
                people=[PERSON, NAME],
            )
            material = session.execute(
                text("SELECT id FROM material WHERE bank_id = 1 ORDER BY id LIMIT 1")
            ).scalar_one()
        number, member_id = member.number, member.id
        _save_and_undo(spring_act, member_id, material)
    return number


def _save_and_undo(act, member_id: int, material_id: int) -> None:
    lines = [Weighed(material_id=material_id, quantity=2_000)]
    with transaction(1) as session:
        seq = record_deposit(session, act(), member_id=member_id, lines=lines).seq
    with transaction(1) as session:
        reverse_deposit(session, act(), seq=seq, reason="wrong_weight", note=REASON)


def everything(url: str) -> dict[str, str]:
    """All rows of all tables as text, by table."""
    engine = create_engine(normal_url(url))
    with engine.connect() as connection:
        found = {
            table: "\n".join(
                " ".join(map(str, row))
                for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')
            )
            for table in inspect(engine).get_table_names()
        }
    engine.dispose()
    return found


def names_and_phones(url: str) -> set[str]:
    """Every name, phone and address of people that the tables of people hold."""
    engine = create_engine(normal_url(url))
    asked = (
        "SELECT name FROM member UNION SELECT phone FROM member UNION SELECT house_no FROM member"
        ' UNION SELECT name FROM member_person UNION SELECT name FROM "user"'
        ' UNION SELECT login FROM "user" UNION SELECT note FROM entry_note'
        " UNION SELECT name FROM buyer UNION SELECT phone FROM buyer"
    )
    with engine.connect() as connection:
        found = {row[0] for row in connection.execute(text(asked))}
    engine.dispose()
    return {word for word in found if len(word) > 3}


JOURNAL = ("entry", "leg", "seal", "account", "bank_head", "balance", "balance_day", "period",
           "period_balance", "security_event")  # fmt: skip


def test_no_name_and_no_phone_is_in_the_journal(app, saver, database_url):
    words, tables = names_and_phones(database_url), everything(database_url)
    assert {NAME, PHONE, PERSON, REASON} <= words
    assert len(words) > 10
    found = [(table, word) for table in JOURNAL for word in words if word in tables[table]]
    assert found == []


def run(database_url: str, *words: str):
    return CliRunner().invoke(main, [*words, "--database", database_url])


@ONE_ENGINE
def test_all_that_is_held_is_handed_over(app, saver, database_url, tmp_path: Path):
    folder = tmp_path / "data"
    done = run(database_url, "members", "export-data", saver, "--bank", "gerpesh-jitu",
               "-o", str(folder))  # fmt: skip
    assert done.exit_code == 0, done.output
    data = json.loads((folder / "data.json").read_text())
    assert data["member"]["name"] == NAME
    assert data["member"]["phone"] == PHONE
    assert [person["name"] for person in data["people"]] == [PERSON, NAME]
    assert [note["note"] for note in data["notes"]] == [REASON]
    assert sum(row["amount_idr"] for row in data["savings_book"]) == data["balance"]["balance_idr"]
    assert len(data["savings_book"]) == 2
    assert data["deposits"][0]["lines"][0]["quantity"] == 2_000
    assert "pin_hash" not in (folder / "data.json").read_text()
    assert (folder / "savings-book.pdf").read_bytes().startswith(b"%PDF")
    assert len((folder / "savings-book.csv").read_text().splitlines()) == 3
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {0o700, 0o600}
    with app.app_context():
        [event] = [e for e in journal.events(db.session, limit=9) if e.kind == "privacy.exported"]
        assert event.bank_id == 1
        db.session.rollback()


@ONE_ENGINE
def test_no_entry_tells_of_files_that_could_not_be_written(
    app, saver, database_url, tmp_path: Path
):
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "savings-book.pdf").mkdir(parents=True)
    for folder in (tmp_path / "file" / "data", tmp_path / "taken"):
        done = run(database_url, "members", "export-data", saver, "--bank", "gerpesh-jitu",
                   "-o", str(folder))  # fmt: skip
        assert done.exit_code == 1, done.output
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["savings-book.pdf"]
    with app.app_context():
        events = journal.events(db.session, limit=9)
        assert "privacy.exported" not in {event.kind for event in events}
        db.session.rollback()


@ONE_ENGINE
def test_an_open_account_is_not_erased(app, saver, database_url, session, spring_act):
    refused = run(database_url, "members", "erase", saver, "--bank", "gerpesh-jitu")
    assert refused.exit_code == 1
    assert "masih terbuka" in refused.output
    member = find_member_by_number(session, 1, saver)
    with pytest.raises(MemberStillOpen), transaction(1) as writing:
        erase_member(writing, spring_act(), member_id=member.id)


def test_erased_is_gone_and_the_books_still_prove(app, saver, database_url, spring_act):
    with app.app_context():
        use_bank(db.session, 1)
        member_id = find_member_by_number(db.session, 1, saver).id
        with transaction(1) as session:
            service.set_pin(session, spring_act(), member_id=member_id, pin="493817")
            secret = service.open_session(
                session, get_member(session, 1, member_id), spring_act().at
            )
        with transaction(1) as session:
            service.close_member(session, spring_act(), member_id=member_id)
        before = ledger.check(db.session, 1).entries_count
        db.session.rollback()
    for _twice in range(2):
        done = run(database_url, "members", "erase", saver, "--bank", "gerpesh-jitu")
        assert done.exit_code == 0, done.output
    tables = everything(database_url)
    for table, rows in tables.items():
        for word in (NAME, PHONE, HOUSE, PERSON, REASON, secret):
            assert word not in rows, table
    with app.app_context():
        use_bank(db.session, 1)
        member = get_member(db.session, 1, member_id)
        assert (member.name, member.number, member.pin_hash) == (ERASED, saver, None)
        assert standing(db.session, member).balance_idr == 0
        proof = ledger.check(db.session, 1)
        assert proof.faults == []
        assert proof.entries_count == before + 1, "the erasure is an entry, made once"
        db.session.rollback()
    proven = run(database_url, "verify")
    assert proven.exit_code == 0, proven.output


@ONE_ENGINE
def test_notes_about_others_stay(app, saver, database_url, spring_act):
    with app.app_context(), transaction(1) as session:
        others = session.execute(text("SELECT note FROM entry_note")).scalars().all()
        member = find_member_by_number(session, 1, saver)
        service.close_member(session, spring_act(), member_id=member.id)
    run(database_url, "members", "erase", saver, "--bank", "gerpesh-jitu")
    kept = everything(database_url)["entry_note"]
    assert len(others) > 1
    for note in others:
        assert (note in kept) == (note != REASON)


def test_a_deposit_is_handed_to_whose_it_is_now(app, saver, spring_act):
    with app.app_context():
        with transaction(1) as session:
            first = find_member_by_number(session, 1, saver)
            last = service.open_member(session, spring_act(), name="Joko")
            material_id = session.scalar(text("SELECT min(id) FROM material WHERE bank_id = 1"))
            lines = [Weighed(material_id=material_id, quantity=3_000)]
            seq = record_deposit(session, spring_act(), member_id=first.id, lines=lines).seq
            for owner, note in ((last, "Joko"), (first, "bukan"), (last, "Joko juga")):
                move_household(session, spring_act(), seq=seq, member_id=owner.id, note=note)
        bank = get_bank(db.session, 1)
        theirs = {
            who.id: personal_data(db.session, bank, who, SPRING)["deposits"]
            for who in (first, last)
        }
        assert seq not in [deposit["seq"] for deposit in theirs[first.id]]
        [moved] = theirs[last.id]
        assert (moved["seq"], moved["member_id"]) == (seq, last.id)
        assert [line["quantity"] for line in moved["lines"]] == [3_000]
        db.session.rollback()
