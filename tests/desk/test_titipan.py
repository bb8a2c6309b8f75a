"""Titipan: what lies there is paid once, to whom it belongs, and `verify` works each row out again."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from banksampah.db import db, transaction, use_bank
from banksampah.deposits.service import (
    PaidInCash,
    correct_price,
    move_household,
    reverse_deposit,
)
from banksampah.desk import queries
from banksampah.members.service import close_member
from banksampah.reports.queries import documents
from tests.desk.test_deciding import BARU, decide, in_suspense, treasurer, waiting  # noqa: F401
from tests.factories import give_money, make_member
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
        reverse_deposit(inner, act(), seq=newest, reason="double", as_treasurer=True)
        flags = {flag.code: flag.id for flag in queries.open_flags(inner, bank.bank_id)}
    assert in_suspense(app, bank) == 1_800
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
