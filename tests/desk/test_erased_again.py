"""What phones tell of a household that was erased: no name returns by itself, and what comes later
is found and erased again."""

import pytest
from sqlalchemy import select

from banksampah import ledger
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.models import Deposit
from banksampah.deposits.service import reverse_deposit
from banksampah.members.queries import find_member_by_number
from banksampah.members.service import close_member
from banksampah.reports.queries import documents
from tests.desk.test_deciding import BARU, decide, treasurer  # noqa: F401
from tests.desk.test_forgetting import CODE, names, run

NUMBER = "0002"
GONE = "(dihapus)"
BACK = {"cancelled": {"at": "2026-11-21T08:50:00+07:00", "reason": "wrong_weight"}}


@pytest.fixture
def told(phone, kardus, treasurer):  # noqa: F811
    """Two contents of one receipt of Warni, who became a member by the first."""
    record = phone.record(BARU, (kardus, 2_000, 1_800))
    heavier = {**record["lines"][0], "quantity": 3_000, "value_idr": 5_400}
    other = record | {"lines": [heavier], "total_idr": 5_400}
    phone.send(record)
    phone.send(other)
    for decision in ("open_member", "keep"):
        assert decide(treasurer, decision).status_code == 303
    return record, other


@pytest.fixture
def erased(app, bank, told, act, database_url):
    """Her deposit was undone, her account closed, her data erased."""
    with app.app_context(), transaction(bank.bank_id) as session:
        warni = find_member_by_number(session, bank.bank_id, NUMBER)
        seq = session.scalars(select(Deposit.seq)).one()
        reverse_deposit(session, act(), seq=seq, reason="other", as_treasurer=True)
        close_member(session, act(), member_id=warni.id)
    done = run(database_url, "erase", NUMBER)
    assert done.exit_code == 0 and "Erased" in done.output, done.output
    assert set(names(app, bank)) == {GONE}


def test_the_same_told_again_brings_no_name_back(app, bank, phone, told, erased):
    for content in told:
        phone.send(content)
        phone.send(content | BACK)
    assert set(names(app, bank)) == {GONE}


@pytest.mark.parametrize(("asked", "kind"), [(NUMBER, "member.erase"), (CODE, "desk.erase")])
def test_what_is_told_later_is_found_and_erased_again(
    app, bank, phone, kardus, erased, database_url, asked, kind
):
    assert CODE not in run(database_url, "newcomers").output
    phone.send(phone.record(BARU, (kardus, 500, 1_800)) | BACK)
    assert f"{CODE}\tWarni\tRT 04\t7\tsettled" in run(database_url, "newcomers", "warni").output
    again = run(database_url, "erase", asked)
    assert again.exit_code == 0 and "Erased" in again.output, again.output
    assert set(names(app, bank)) == {GONE}
    for _twice in range(2):
        nothing = run(database_url, "erase", asked)
        assert nothing.exit_code == 0 and "Nothing is held" in nothing.output
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        kinds = [e.kind for e in ledger.entries(db.session, bank.bank_id)]
        assert [one for one in kinds if "erase" in one] == ["member.erase", kind]
        assert documents.faults(db.session, bank.bank_id) == []


def test_a_reason_written_later_is_erased_again(app, bank, erased, act, database_url):
    with app.app_context(), transaction(bank.bank_id) as session:
        seq = session.scalars(select(Deposit.seq)).one()
        ledger.add_note(session, act(), seq, "Bu Warni pindah")
    assert "Erased" in run(database_url, "erase", NUMBER).output
    assert "Nothing is held" in run(database_url, "erase", NUMBER).output
