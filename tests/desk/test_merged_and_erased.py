"""A household that had two accounts: what the merged one held is handed over and erased with it."""

import json

import pytest

from banksampah.db import db, transaction, use_bank
from banksampah.deposits.service import reverse_deposit
from banksampah.desk.models import DeskIntake
from banksampah.members.queries import find_member_by_number
from banksampah.members.service import close_member, merge_members, set_pin
from banksampah.reports.queries import documents
from tests.desk.test_deciding import BARU, decide, treasurer  # noqa: F401
from tests.desk.test_forgetting import run
from tests.factories import make_member
from tests.privacy.test_privacy import everything

NAME, PHONE, HOUSE, PERSON = "Sulastri Ningrum", "081298765432", "Gg. Melati 7B", "Agung Pratomo"
TOLD, REASON = "Warni Rahasia", "Bu Ningrum punya dua buku"
WORDS = (NAME, PHONE, HOUSE, PERSON, TOLD, REASON)
MERGED, KEPT = "0002", "0003"


@pytest.fixture
def merged(app, bank, phone, kardus, act, treasurer):  # noqa: F811
    """0002, of whom a phone told first, is merged into 0003."""
    with app.app_context(), transaction(bank.bank_id) as session:
        old = make_member(
            session, act(), NAME, phone=PHONE, rt="3", house_no=HOUSE, people=[PERSON]
        )
        new = make_member(session, act(), "Bu S.", people=["Putri"])
        from_id, into_id = old.id, new.id
        set_pin(session, act(), member_id=from_id, pin="493817")
    phone.send(phone.record(BARU | {"name": TOLD}, (kardus, 1_000, 1_800)))
    assert decide(treasurer, "assign", number=MERGED).status_code == 303
    with app.app_context(), transaction(bank.bank_id) as session:
        merge_members(session, act(), from_id=from_id, into_id=into_id, reason=REASON)


@pytest.fixture
def left(app, bank, merged, act):
    """And 0003 is closed."""
    with app.app_context(), transaction(bank.bank_id) as session:
        seq = session.query(DeskIntake).one().deposit_seq
        reverse_deposit(session, act(), seq=seq, reason="other", as_treasurer=True)
        kept = find_member_by_number(session, bank.bank_id, KEPT)
        close_member(session, act(), member_id=kept.id)


@pytest.mark.parametrize("number", [MERGED, KEPT])
def test_all_of_both_is_handed_over(app, bank, merged, database_url, tmp_path, number):
    done = run(database_url, "export-data", number, "-o", str(tmp_path))
    assert done.exit_code == 0, done.output
    text = (tmp_path / "data.json").read_text()
    assert [word for word in (*WORDS, "Bu S.", "Putri") if word not in text] == []
    data = json.loads(text)
    assert data["member"]["number"] == KEPT
    [old] = data["merged"]
    assert old["member"]["number"] == MERGED
    moved = [row["amount_idr"] for row in old["savings_book"]]
    assert moved == [1_800, -1_800]
    assert [row["amount_idr"] for row in data["savings_book"]] == [1_800]
    assert [deposit["value_idr"] for deposit in data["deposits"]] == [1_800], "by way of Titipan"


@pytest.mark.parametrize("number", [MERGED, KEPT])
def test_all_of_both_is_erased(app, bank, left, database_url, number):
    done = run(database_url, "erase", number)
    assert done.exit_code == 0 and "Erased" in done.output, done.output
    for table, rows in everything(database_url).items():
        for word in (*WORDS, "Bu S.", "Putri"):
            assert word not in rows, table
    assert "Nothing is held" in run(database_url, "erase", number).output
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        for one in (MERGED, KEPT):
            assert find_member_by_number(db.session, bank.bank_id, one).erased_on is not None
        assert documents.faults(db.session, bank.bank_id) == []


@pytest.mark.parametrize("number", [MERGED, KEPT])
def test_none_of_it_while_the_one_that_remains_is_open(merged, database_url, number):
    refused = run(database_url, "erase", number)
    assert refused.exit_code == 1 and f"Nasabah {KEPT} masih terbuka" in refused.output
