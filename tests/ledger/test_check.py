"""The proof finds what was changed behind the triggers' back, and nothing in true books."""

import sys

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import Proof
from tests.ledger.conftest import Books, guards_down

EDITS = {
    "a leg's amount": "UPDATE leg SET amount = amount + 100 WHERE seq = 2 AND line = 1",
    "both legs, balanced": "UPDATE leg SET amount = amount * 2 WHERE seq = 2 AND unit = 'IDR'",
    "a leg's account": "UPDATE leg SET account_id = 100001 WHERE seq = 2 AND line = 2",
    "a leg's date": "UPDATE leg SET effective_on = '2026-11-20' WHERE seq = 2 AND line = 1",
    "a leg's hold": "UPDATE leg SET held = held + 1 WHERE seq = 3",
    "a leg gone": "DELETE FROM leg WHERE seq = 2 AND line = 4",
    "an entry's kind": "UPDATE entry SET kind = 'sale' WHERE seq = 2",
    "an entry's date": "UPDATE entry SET effective_on = '2026-11-20' WHERE seq = 3",
    "an entry's paper date": "UPDATE entry SET occurred_on = '2026-11-20' WHERE seq = 2",
    "an entry's time": "UPDATE entry SET recorded_ms = recorded_ms + 1 WHERE seq = 2",
    "an entry's key": "UPDATE entry SET idem_key = 'other' WHERE seq = 2",
    "an entry's actor": "UPDATE entry SET actor_id = 8 WHERE seq = 2",
    "an entry's approver": "UPDATE entry SET approver_id = 8 WHERE seq = 2",
    "an entry's fingerprint": "UPDATE entry SET request_hash = substr(request_hash, 2) || '0' WHERE seq = 2",
    "an entry's body": "UPDATE entry SET body = '{\"x\":1}' WHERE seq = 2",
    "a balance": "UPDATE balance SET posted = posted + 1 WHERE account_id = 100000",
    "a balance's hold": "UPDATE balance SET held = held + 1 WHERE account_id = 100000",
    "a day's sum": "UPDATE balance_day SET delta = delta + 1 WHERE account_id = 100000",
    "a day gone": "DELETE FROM balance_day WHERE account_id = 100000",
    "a frozen balance": "UPDATE period_balance SET posted = posted + 1 WHERE account_id = 100000",
    "a closing date": "UPDATE bank_head SET closed_through = '2026-08-31'",
    "the head's number": "UPDATE bank_head SET head_seq = head_seq + 1",
    "the head's time": "UPDATE bank_head SET last_recorded_ms = last_recorded_ms + 1",
}


def test_true_books_have_no_fault(kept_books: Books) -> None:
    proof = ledger.check(kept_books.session, 1)
    assert (proof.entries_count, proof.faults) == (4, [])


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found(kept_books: Books, vandal: Engine, edit: str) -> None:
    with Session(vandal) as session:
        guards_down(session)
        session.connection().exec_driver_sql(EDITS[edit])
        proof = ledger.check(session, 1)
        assert proof.faults, edit
        session.rollback()


def test_a_tail_cut_off_is_found(kept_books: Books, vandal: Engine) -> None:
    with Session(vandal) as session:
        guards_down(session)
        run = session.connection().exec_driver_sql
        run("DELETE FROM period_balance")
        run("DELETE FROM period")
        run("DELETE FROM seal WHERE seq = 4")
        run("DELETE FROM entry WHERE seq = 4")
        assert any("kepala rantai" in fault.fact for fault in ledger.check(session, 1).faults)
        session.rollback()


TAIL_EDITS = {
    "an entry's body": (2, "UPDATE entry SET body = '{\"x\":1}' WHERE seq = 2"),
    "the first entry's": (1, "UPDATE entry SET actor_id = 8 WHERE seq = 1"),
    "a leg's amount": (3, "UPDATE leg SET held = held + 1 WHERE seq = 3"),
    "a link": (
        4,
        "UPDATE seal SET prev_hash = (SELECT hash FROM seal WHERE seq = 1) WHERE seq = 4",
    ),
    "a seal": (2, "UPDATE seal SET hash = prev_hash WHERE seq = 2"),
    "a seal gone": (4, "DELETE FROM seal WHERE seq = 4"),
    "the head's hash": (
        None,
        "UPDATE bank_head SET head_hash = (SELECT hash FROM seal WHERE seq = 1)",
    ),
}


@pytest.mark.parametrize("entries_count", [0, 1, 3, 4, 100])
def test_the_tail_of_true_books_has_no_fault(kept_books: Books, entries_count: int) -> None:
    assert ledger.check_tail(kept_books.session, 1, entries_count) == []


@pytest.mark.parametrize("edit", TAIL_EDITS)
def test_an_edit_in_the_tail_is_found_at_its_entry(
    kept_books: Books, vandal: Engine, edit: str
) -> None:
    seq, sql = TAIL_EDITS[edit]
    with Session(vandal) as session:
        guards_down(session)
        session.connection().exec_driver_sql(sql)
        for entries_count in (100, 4 if seq is None else 5 - seq):
            faults = ledger.check_tail(session, 1, entries_count)
            assert faults and faults[0].seq == seq, entries_count
            assert faults[0].fact == (
                "sidik kepala rantai tidak cocok" if seq is None
                else "segel tidak cocok dengan isi catatan"
            )  # fmt: skip
        session.rollback()


def test_what_lies_before_the_tail_costs_nothing_and_is_not_looked_at(
    kept_books: Books, vandal: Engine
) -> None:
    with Session(vandal) as session:
        guards_down(session)
        session.connection().exec_driver_sql(TAIL_EDITS["the first entry's"][1])
        assert ledger.check_tail(session, 1, 3) == []
        assert ledger.check(session, 1).faults
        session.rollback()


def test_a_long_proof_tells_how_far_it_is(
    kept_books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[Proof.__module__], "PROGRESS_ENTRIES", 2)
    told: list[int] = []
    ledger.check(kept_books.session, 1, told.append)
    assert told == [2, 4]
