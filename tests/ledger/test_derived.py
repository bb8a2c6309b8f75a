"""What is derived from the legs, and what holds the chain together, edited with the guards down: the
proof names the very thing."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from banksampah import ledger
from tests.ledger.conftest import Books, guards_down

CODE = "SELECT code FROM account WHERE bank_id = 1 AND account_id = 100000"
EDITS = {
    "a seal gone": (2, "catatan tanpa segel", ["DELETE FROM seal WHERE seq = 2"]),
    "an entry gone": (
        3, "nomor melompat: sesudah 1 datang 3",
        [f"DELETE FROM {table} WHERE seq = 2" for table in ("leg", "seal", "entry")],
    ),
    "the head gone": (None, "kepala rantai tidak ada", ["DELETE FROM bank_head"]),
    "the head's hash": (
        None, "sidik kepala rantai tidak cocok",
        ["UPDATE bank_head SET head_hash = (SELECT hash FROM seal WHERE seq = 1)"],
    ),
    "a balance": (
        None, "akun {code}: saldo -74999, menurut baris -75000",
        ["UPDATE balance SET posted = posted + 1 WHERE account_id = 100000"],
    ),
    "a balance's entry": (
        None, "akun {code}: catatan terakhir 2, menurut baris 3",
        ["UPDATE balance SET last_seq = 2 WHERE account_id = 100000"],
    ),
    "a balance gone": (
        None, "akun 100000: saldo hilang", ["DELETE FROM balance WHERE account_id = 100000"],
    ),
    "an account below nothing": (
        None, "akun {code}: di bawah nol",
        ["UPDATE leg SET amount = -amount WHERE account_id = 100000"],
    ),
    "an account below what is held": (
        None, "akun {code}: di bawah nol",
        ["UPDATE leg SET held = 75001 WHERE account_id = 100000 AND held > 0"],
    ),
    "a frozen balance": (
        4, "saldo tutup buku 2026-09-30 tidak cocok",
        ["UPDATE period_balance SET posted = posted + 1 WHERE account_id = 100000"],
    ),
    "a frozen balance, by its seal": (
        4, "sidik tutup buku 2026-09-30 tidak cocok",
        ["UPDATE period_balance SET posted = posted + 1 WHERE account_id = 100000"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_what_was_edited_is_named(kept_books: Books, vandal: Engine, edit: str) -> None:
    seq, fact, statements = EDITS[edit]
    with Session(vandal) as session:
        code = session.scalar(text(CODE))
        guards_down(session)
        for sql in statements:
            session.execute(text(sql))
        assert (seq, fact.format(code=code)) in ledger.check(session, 1).faults
        session.rollback()


def test_one_edit_is_not_told_as_others(kept_books: Books, vandal: Engine) -> None:
    with Session(vandal) as session:
        code = session.scalar(text(CODE))
        guards_down(session)
        session.execute(text("UPDATE balance SET held = held + 1 WHERE account_id = 100000"))
        told = f"akun {code}: tahanan 6, menurut baris 5"
        assert ledger.check(session, 1).faults == [(None, told)]
        session.rollback()


def test_a_proof_tells_the_accounts_that_moved_with_their_balances(kept_books: Books) -> None:
    found = {row.account_id: row for row in ledger.check(kept_books.session, 1).accounts}
    moved = [row for row in ledger.accounts(kept_books.session, 1) if row.posted or row.held]
    assert found == {row.account_id: row for row in moved}
    assert (found[kept_books.household].posted, found[kept_books.household].held) == (75_000, 5)
    assert found[kept_books.stock].normal == "debit"
