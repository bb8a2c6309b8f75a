"""Titipan: what lies there is paid once, to whom it belongs, and `verify` works each row out again."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.service import set_setting
from banksampah.catalog.service import set_share_rule
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.queries import recent_members
from banksampah.deposits.queries.lookup import lookup
from banksampah.deposits.service import (
    PaidInCash,
    correct_price,
    move_household,
    price_pending_lines,
    record_deposit,
    reverse_deposit,
)
from banksampah.deposits.service.refusals import MemberUnknown
from banksampah.desk import queries
from banksampah.members.queries import (
    MemberNotFound,
    count_members,
    find_member_by_number,
    search_members,
)
from banksampah.members.service import close_member, merge_members
from banksampah.reports.queries import documents
from banksampah.statements.queries import deposit_receipt, households_of
from banksampah.withdrawals import service as withdrawals
from tests.desk.phones import Phone, saved
from tests.desk.test_deciding import BARU, decide, in_suspense, treasurer, waiting  # noqa: F401
from tests.factories import give_money, make_deposit, make_member, priced_material, set_price
from tests.owner import ask_owner
from tests.reports.conftest import guards_down, vandal  # noqa: F401

EDITS = {
    "the sum": "UPDATE desk_suspense SET amount_idr = amount_idr + 1 WHERE deposit_seq = {paid}",
    "settled, which it is not": "UPDATE desk_suspense SET settled_seq = 1 WHERE deposit_seq = {open}",
    "not settled, which it is": "UPDATE desk_suspense SET settled_seq = NULL WHERE deposit_seq = {paid}",
    "another's settlement": "UPDATE desk_suspense SET settled_seq = (SELECT max(settled_seq)"
    " FROM desk_suspense) WHERE deposit_seq = {paid}",
    "another member": "UPDATE desk_suspense SET settled_member_id = 9 WHERE deposit_seq = {given}",
    "the row of what was paid": "DELETE FROM desk_suspense WHERE deposit_seq = {paid}",
}


@pytest.fixture
def laid_aside(app, bank, phone, kardus, siti, treasurer, act):  # noqa: F811
    """Three deposits of nobody's: paid out, given to a member, and waiting still."""
    with app.app_context(), transaction(bank.bank_id) as inner:
        budi = make_member(inner, act(), "Budi")
        close_member(inner, act(), member_id=siti.id)
        give_money(inner, act(), 5_000)
        number = budi.number
    seqs = {}
    for name, who in (("paid", siti), ("given", BARU), ("open", BARU | {"provisional": "T-02"})):
        phone.send(phone.record(who, (kardus, 1_000, 1_800)))
        with app.app_context():
            use_bank(db.session, bank.bank_id)
            newest = db.session.execute(text("SELECT max(deposit_seq) FROM desk_suspense"))
            seqs[name] = newest.scalar()
            db.session.rollback()
        if name == "paid":
            assert decide(treasurer, "pay").status_code == 303
        if name == "given":
            assert decide(treasurer, "assign", number=number).status_code == 303
    return seqs


@pytest.mark.parametrize(
    "edit",
    [
        "amount_idr = amount_idr + 1 WHERE deposit_seq = {open}",
        "settled_seq = NULL WHERE deposit_seq = {paid}",
        "settled_seq = NULL, settled_member_id = NULL WHERE deposit_seq = {given}",
        "settled_seq = 1 WHERE deposit_seq = {given}",
        "settled_member_id = 9 WHERE deposit_seq = {given}",
    ],
)
def test_the_database_keeps_what_was_laid_there_and_settled(app, laid_aside, edit):
    with pytest.raises(DBAPIError, match="immutable"):
        ask_owner(app, f"UPDATE desk_suspense SET {edit.format(**laid_aside)}", rows=False)


def test_its_receipt_tells_whose_it_is_and_no_balance(app, bank, laid_aside, session, treasurer):  # noqa: F811
    """What lies in Titipan is many households': the paper of one names no sum of another."""
    use_bank(session, bank.bank_id)
    docs = {name: deposit_receipt(session, bank.bank_id, seq) for name, seq in laid_aside.items()}
    names = {name: doc.member and doc.member.name for name, doc in docs.items()}
    assert names == {"paid": "Siti Aminah", "given": "Budi", "open": None}
    assert [name for name, doc in docs.items() if doc.paid_in_cash] == ["paid"]
    assert {(doc.before_idr, doc.after_idr) for doc in docs.values()} == {(None, None)}
    for name, whose in (("paid", "Siti"), ("given", "Budi"), ("open", "Warga baru")):
        page = treasurer.get(f"/setoran/{laid_aside[name]}").text
        assert whose in page and "Disimpan di Titipan" in page
        assert "Saldo ses" not in page and "TITIPAN" not in page
        for task in ("pembatalan", "koreksi"):
            assert treasurer.get(f"/setoran/{laid_aside[name]}/{task}").status_code == 200


def test_its_holder_is_no_household(bank, laid_aside, session):
    """It stands in no list of members, is not counted, and no statement is printed for it."""
    use_bank(session, bank.bank_id)
    both = ["Siti Aminah", "Budi"]
    assert [m.name for m in search_members(session, bank.bank_id, state="all").members] == both
    assert [m.name for m in households_of(session, bank.bank_id, date(2026, 11, 1))] == both
    assert count_members(session, bank.bank_id) == 1


def found(session, bank):
    use_bank(session, bank.bank_id)
    return documents.faults(session, bank.bank_id)


def test_verify_works_each_row_out_again(bank, laid_aside, vandal):  # noqa: F811
    with Session(vandal) as session:
        assert found(session, bank) == []
        for name, edit in EDITS.items():
            session.rollback()
            guards_down(session)
            session.execute(text(edit.format(**laid_aside)))
            assert [fact for _seq, fact in found(session, bank) if "titipan" in fact], name
        session.rollback()


def test_what_was_undone_elsewhere_is_not_paid_from_anothers(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        close_member(inner, act(), member_id=siti.id)
        give_money(inner, act(), 5_000)
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    phone.send(phone.record(siti, (kardus, 1_000, 1_800)))
    with app.app_context(), transaction(bank.bank_id) as inner:
        newest = inner.execute(text("SELECT max(deposit_seq) FROM desk_suspense")).scalar()
        flags = {flag.code: flag.id for flag in queries.open_flags(inner, bank.bank_id)}
        reverse_deposit(inner, act(), seq=newest, reason="double", as_treasurer=True)
    assert (in_suspense(app, bank), waiting(app, bank)) == (1_800, ["provisional"])
    refused = treasurer.post(f"/perlu-dilihat/{flags['member_closed']}", {"decision": "pay"})
    assert "sudah diputuskan" in refused.text
    assert in_suspense(app, bank) == 1_800


def test_what_was_paid_in_cash_is_not_taken_back_from_anothers(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        budi = make_member(inner, act(), "Budi")
        close_member(inner, act(), member_id=siti.id)
        give_money(inner, act(), 5_000)
        budi_id = budi.id
    paid = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(paid)
    assert decide(treasurer, "pay").status_code == 303
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    taken_back = paid | {"cancelled": {"at": "x", "reason": "double"}}
    assert phone.send(taken_back)[paid["id"]]["state"] == "already_there"
    assert in_suspense(app, bank) == 1_800
    assert waiting(app, bank) == ["provisional", "cancel_refused"]
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        seq = queries.intake(db.session, bank.bank_id, paid["id"]).deposit_seq
        db.session.rollback()
    ways = (
        lambda s: reverse_deposit(s, act(), seq=seq, reason="double", as_treasurer=True),
        lambda s: move_household(s, act(), seq=seq, member_id=budi_id, note="Salah"),
        lambda s: correct_price(s, act(), seq=seq, line=1, price_idr=100, note="Salah"),
    )
    for way in ways:
        with app.app_context(), pytest.raises(PaidInCash), transaction(bank.bank_id) as inner:
            way(inner)
    assert in_suspense(app, bank) == 1_800


def test_what_waits_is_shared_as_its_household_s_own(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        school = make_member(inner, act(), "SDN 2", kind="school")
        tyres = priced_material(inner, act(), "BN", "Ban", None)
        for kind, share_ppm in (("household", 850_000), ("school", 600_000), ("group", 1_000)):
            day = date(2026, 1, 1)
            set_share_rule(inner, act(), share_ppm=share_ppm, valid_from=day, account_kind=kind)
        close_member(inner, act(), member_id=school.id)
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    assert in_suspense(app, bank) == 1_530
    phone.send(phone.record(school, (kardus, 1_000, 1_800), (tyres, 1_000, None)))
    assert in_suspense(app, bank) == 1_530 + 1_080
    with app.app_context():
        assert found(db.session, bank) == []
    assert decide(treasurer, "assign", number=siti.number).status_code == 303
    assert saved(app, bank, siti) == 1_530


def test_nobody_brings_as_titipan_itself(app, bank, phone, kardus, siti, act, session):
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    holder = find_member_by_number(session, bank.bank_id, "TITIPAN")
    asked = phone.browser.get("/setoran/baru", nomor="TITIPAN")
    assert asked.status_code == 200 and f"nasabah={holder.id}" not in asked.text
    assert phone.browser.get("/setoran/baru", nasabah=str(holder.id)).status_code == 422
    assert lookup(session, bank.bank_id).households.keys() == {siti.number}
    assert holder not in recent_members(session, bank.bank_id)
    seq = queries.suspense_of(session, bank.bank_id, "HP01-1-T-01")[0].deposit_seq
    session.rollback()
    with transaction(bank.bank_id) as s:
        own = make_deposit(s, act(), siti, (kardus, 1_000)).seq
    line = {"material_id": kardus.id, "quantity": 1_000}
    ways = {
        MemberUnknown: (
            lambda s: record_deposit(s, act(), member_id=holder.id, lines=[line]),
            lambda s: move_household(s, act(), seq=own, member_id=holder.id, note="Salah"),
            lambda s: move_household(s, act(), seq=seq, member_id=holder.id, note="Salah"),
        ),
        withdrawals.MemberUnknown: (
            lambda s: withdrawals.request_withdrawal(
                s, act(), member_id=holder.id, amount_idr=1_000, method="cash"
            ),
        ),
        MemberNotFound: (
            lambda s: close_member(s, act(), member_id=holder.id),
            lambda s: merge_members(s, act(), from_id=holder.id, into_id=siti.id),
            lambda s: merge_members(s, act(), from_id=siti.id, into_id=holder.id),
        ),
    }
    for refusal, tries in ways.items():
        for way in tries:
            with pytest.raises(refusal), transaction(bank.bank_id) as s:
                way(s)
    assert in_suspense(app, bank) == 1_800
    as_holder = phone.record(holder, (kardus, 1_000, 1_800))
    assert phone.send(as_holder)[as_holder["id"]]["notes"] == ["unreadable"]


def test_cash_waits_for_a_price_that_is_to_come(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        tyres = priced_material(inner, act(), "BN", "Ban", None)
        close_member(inner, act(), member_id=siti.id)
        give_money(inner, act(), 5_000)
    for lines in ([(tyres, 1_000, None)], [(kardus, 1_000, 1_800), (tyres, 2_000, None)]):
        phone.send(phone.record(siti, *lines))
        refused = decide(treasurer, "pay")
        assert refused.status_code == 422 and "masih menyusul" in refused.text
    with app.app_context(), transaction(bank.bank_id) as inner:
        set_price(inner, act(), tyres, 900, date(2026, 11, 21))
        price_pending_lines(inner, act())
    for _twice in range(2):
        assert decide(treasurer, "pay").status_code == 303
    assert (in_suspense(app, bank), waiting(app, bank)) == (0, [])


@pytest.fixture
def closed(app, bank, phone, siti, act):
    """Siti's account is closed, and the till is full."""
    with app.app_context(), transaction(bank.bank_id) as inner:
        close_member(inner, act(), member_id=siti.id)
        give_money(inner, act(), 5_000_000)
    return siti


def test_much_is_not_paid_by_whoever_sent_it(
    app, bank, closed, kardus, phone, treasurer, sign_in, act  # noqa: F811
):  # fmt: skip
    mine = Phone(treasurer, act)
    mine.send(
        mine.record(closed, (kardus, 1_000_000, 1_800), operator_id=phone.browser.user.user_id)
    )
    refused = decide(treasurer, "pay")
    assert refused.status_code == 422
    assert "Di atas Rp500.000, pencatat dan pembayar harus dua orang" in refused.text
    assert in_suspense(app, bank) == 1_800_000
    assert decide(sign_in("chair"), "pay").status_code == 303
    assert in_suspense(app, bank) == 0
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        entries = ledger.entries(db.session, bank.bank_id, limit=1000)
        [paid] = [entry for entry in entries if entry.kind == "desk.pay"]
        assert paid.approver_id == paid.actor_id is not None


def test_nor_by_whoever_weighed_it(app, bank, closed, kardus, phone, treasurer):  # noqa: F811
    me = treasurer.user.user_id
    phone.send(phone.record(closed, (kardus, 1_000_000, 1_800), operator_id=me))
    assert decide(treasurer, "pay").status_code == 422
    assert in_suspense(app, bank) == 1_800_000


def test_what_the_bank_allows_one_person_is_paid_by_one(
    app, bank, closed, kardus, phone, treasurer, act  # noqa: F811
):  # fmt: skip
    mine = Phone(treasurer, act)
    mine.send(mine.record(closed, (kardus, 200_000, 1_800)))
    assert decide(treasurer, "pay").status_code == 303
    mine.send(mine.record(closed, (kardus, 1_000_000, 1_800)))
    assert decide(treasurer, "pay").status_code == 422
    with app.app_context(), transaction(bank.bank_id) as inner:
        set_setting(inner, act(), "one_person_only", True)
    assert decide(treasurer, "pay").status_code == 303
    assert in_suspense(app, bank) == 0
