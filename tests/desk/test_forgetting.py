"""A household that a phone or a sheet told of, and that never became a member: handed over, erased."""

import json
import stat
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from banksampah import ledger
from banksampah.cli import main
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.service import reverse_deposit
from banksampah.desk.models import Newcomer, Suspense
from banksampah.members.service import close_member
from banksampah.privacy.service import MoneyWaits, erase_member
from banksampah.reports.queries import documents
from tests.desk.test_deciding import BARU, decide, treasurer  # noqa: F401
from tests.desk.test_sheet_titipan import lines, record
from tests.desk.test_sheets import NUMBER, sheet
from tests.privacy.test_privacy import everything

CODE = "HP01-1-T-01"
REASON = "Bu Warni salah timbang"


def run(database_url: str, *words: str) -> Any:
    return CliRunner().invoke(
        main, ["members", *words, "--bank", "gerpesh-jitu", "--database", database_url]
    )


def names(app, bank):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        told = [who.name for who in db.session.scalars(select(Newcomer))]
        db.session.rollback()
        return sorted(told)


@pytest.fixture
def undone(app, bank, phone, kardus, act):
    """Warni's deposit was undone, another record of hers cancelled on the phone; Bu Yem's waits."""
    yem = BARU | {"provisional": "T-02", "name": "Bu Yem"}
    taken_back = phone.record(BARU, (kardus, 500, 1_800))
    taken_back["cancelled"] = {"at": taken_back["weighed_at"], "reason": "double"}
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)), taken_back)
    with app.app_context(), transaction(bank.bank_id) as inner:
        [lies] = inner.scalars(select(Suspense)).all()
        reverse_deposit(
            inner, act(), seq=lies.deposit_seq, reason="double", note=REASON, as_treasurer=True
        )
    phone.send(phone.record(yem, (kardus, 2_000, 1_800)))


@pytest.mark.parametrize("asked", [CODE, "warni "])
def test_the_name_goes_and_the_books_stay(app, bank, undone, database_url, asked):
    listed = run(database_url, "newcomers")
    assert listed.exit_code == 0, listed.output
    assert f"{CODE}\tWarni\tRT 04\t7\tsettled" in listed.output
    assert "HP01-1-T-02\tBu Yem\tRT 04\t7\twaits" in listed.output
    assert "Yem" not in run(database_url, "newcomers", "warni").output
    done = run(database_url, "erase", asked)
    assert done.exit_code == 0 and f"Erased: gerpesh-jitu {CODE}" in done.output, done.output
    assert names(app, bank) == ["(dihapus)", "(dihapus)", "Bu Yem"]
    for table, rows in everything(database_url).items():
        assert "Warni" not in rows and REASON not in rows, table
    again = run(database_url, "erase", CODE)
    assert again.exit_code == 0 and "Nothing is held" in again.output
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        kinds = [e.kind for e in ledger.entries(db.session, bank.bank_id)]
        assert kinds.count("desk.erase") == 1
        assert documents.faults(db.session, bank.bank_id) == []


def test_what_comes_later_is_erased_again(app, bank, undone, phone, kardus, database_url):
    assert run(database_url, "erase", CODE).exit_code == 0
    late = phone.record(BARU, (kardus, 700, 1_800))
    phone.send(late | {"cancelled": {"at": late["weighed_at"], "reason": "double"}})
    assert "Warni" in names(app, bank)
    assert run(database_url, "erase", CODE).exit_code == 0
    assert "Warni" not in names(app, bank)


def test_a_name_that_money_waits_for_stays(app, bank, undone, database_url):
    refused = run(database_url, "erase", "Bu Yem")
    assert refused.exit_code == 1 and "masih menunggu" in refused.output
    assert "Bu Yem" in names(app, bank)
    missing = run(database_url, "erase", "HP01-1-T-77")
    assert missing.exit_code == 1 and "tidak ada" in missing.output


def test_a_held_record_s_name_stays_until_it_is_decided(
    app, bank, phone, kardus, treasurer, database_url  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)) | {"total_idr": 7})
    assert run(database_url, "erase", CODE).exit_code == 1
    assert decide(treasurer, "dismiss").status_code == 303
    assert run(database_url, "erase", CODE).exit_code == 0
    assert names(app, bank) == ["(dihapus)"]


def test_a_held_record_that_its_phone_took_back_waits_for_nobody(
    app, bank, phone, kardus, database_url
):
    record = phone.record(BARU, (kardus, 1_000, 1_800)) | {"total_idr": 7}
    for told in ({}, {"cancelled": {"at": record["weighed_at"], "reason": "double"}}):
        phone.send(record | told)
    assert run(database_url, "erase", CODE).exit_code == 0
    assert names(app, bank) == ["(dihapus)"]


def test_a_second_content_s_name_stays_until_it_is_decided(
    app, bank, phone, kardus, siti, treasurer, database_url  # noqa: F811
):  # fmt: skip
    """The first content of the receipt was another household's, and is booked."""
    own = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(own)
    phone.send(own | {"member": BARU})
    assert "waits" in run(database_url, "newcomers").output
    assert run(database_url, "erase", CODE).exit_code == 1
    assert decide(treasurer, "keep").status_code == 303
    assert "settled" in run(database_url, "newcomers").output
    assert run(database_url, "erase", CODE).exit_code == 0
    assert names(app, bank) == ["(dihapus)"]


def test_who_became_a_member_is_erased_as_one(
    app, bank, phone, kardus, siti, treasurer, database_url  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    assert decide(treasurer, "assign", number=siti.number).status_code == 303
    refused = run(database_url, "erase", CODE)
    assert refused.exit_code == 1 and f"menjadi nasabah {siti.number}" in refused.output
    assert "Warni" not in run(database_url, "newcomers").output


def test_two_of_one_name_are_asked_apart(app, bank, phone, kardus, database_url):
    phone.send(
        *(
            phone.record(BARU | {"provisional": f"T-0{n}"}, (kardus, 1_000 * n, 1_800))
            for n in (1, 2)
        )
    )
    asked = run(database_url, "erase", "Warni")
    assert asked.exit_code == 1 and "HP01-1-T-01, HP01-1-T-02" in asked.output
    assert names(app, bank) == ["Warni", "Warni"]


def test_all_that_is_held_is_handed_over(app, bank, undone, database_url, tmp_path):
    done = run(database_url, "export-data", CODE, "-o", str(tmp_path / "warni"))
    assert done.exit_code == 0, done.output
    file = tmp_path / "warni" / "data.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    data = json.loads(file.read_text())
    assert data["newcomer"] == CODE
    assert {(who["name"], who["rt"], who["house_no"]) for who in data["told"]} == {
        ("Warni", "04", "7")
    }
    assert len(data["records"]) == 2 and "Bu Yem" not in file.read_text()
    [deposit] = data["deposits"]
    assert (deposit["value_idr"], deposit["undone"]) == (1_800, True)
    assert [told["note"] for told in data["notes"]] == [REASON]


def test_a_row_of_paper_is_found_and_erased(app, day, act, session, database_url):
    rows = lines(("", "Warni", {0: "1"}))
    record(day, act, sheet(totals={0: "1"}, lines=rows, households_count=1))
    assert run(database_url, "erase", "Warni").exit_code == 1
    session.rollback()
    with transaction(day.bank_id) as s:
        seq = s.scalar(text("SELECT max(seq) FROM deposit"))
        reverse_deposit(s, act(), seq=seq, reason="double", as_treasurer=True)
    done = run(database_url, "erase", f"{NUMBER}/1")
    assert done.exit_code == 0, done.output
    session.rollback()
    assert [who.name for who in session.scalars(select(Newcomer))] == ["(dihapus)"]


def test_a_closed_member_is_not_erased_while_money_waits(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        close_member(inner, act(), member_id=siti.id)
    phone.send(phone.record(siti, (kardus, 1_000, 1_800)))
    with app.app_context(), pytest.raises(MoneyWaits), transaction(bank.bank_id) as inner:
        erase_member(inner, act(), member_id=siti.id)
