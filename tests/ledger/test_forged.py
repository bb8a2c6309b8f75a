"""A chain written anew after an edit is whole by its seals: each rule of the books still finds it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import hold, release
from banksampah.ledger.sealing import FIRST_HASH, seal_hash
from tests.ledger.conftest import Books, guards_down

FORGED = {
    "a time that goes back": (
        2, "waktu catat mundur",
        "UPDATE entry SET recorded_ms = recorded_ms - 1 WHERE seq = 2",
    ),
    "an unbalanced entry": (
        2, "debit dan kredit berselisih 1 IDR",
        "UPDATE leg SET amount = amount + 1 WHERE seq = 2 AND line = 1",
    ),
    "goods that are not balanced": (
        2, "debit dan kredit berselisih 1 G",
        "UPDATE leg SET amount = amount + 1 WHERE seq = 2 AND line = 3",
    ),
    "a leg of another day": (
        2, "tanggal baris berbeda dari tanggal catatan",
        "UPDATE leg SET effective_on = '2026-11-20' WHERE seq = 2 AND line = 1",
    ),
    "a seal over more legs than there are": (
        2, "baris 4, disegel 5", "UPDATE seal SET legs_count = 5 WHERE seq = 2",
    ),
    "a release that releases nothing held": (
        4, "dilepas {100000: 5}, ditahan {}",
        "UPDATE entry SET resolves_seq = NULL WHERE seq = 4",
    ),
    "a release of more than was held": (
        4, "dilepas {100000: 6}, ditahan {100000: 5}",
        "UPDATE leg SET held = -6 WHERE seq = 4",
    ),
    "a reversal of another entry": (
        5, "bukan cermin catatan 1", "UPDATE entry SET reverses_seq = 1 WHERE seq = 5",
    ),
}  # fmt: skip


@pytest.fixture
def chain(books: Books) -> Books:
    """A grant, a deposit, a hold and its release, the deposit's reversal."""
    books.fund_cash()
    deposit_seq = books.deposit()
    held_seq = books.post("withdrawal.request", hold(books.household, 5))
    books.post("withdrawal.reject", release(books.household, 5), resolves_seq=held_seq)
    books.reverse(deposit_seq)
    books.session.rollback()
    return books


def test_a_chain_written_anew_without_an_edit_is_true(chain: Books, vandal: Engine) -> None:
    with Session(vandal) as session:
        guards_down(session)
        _write_anew(session)
        assert ledger.check(session, 1).faults == []
        session.rollback()


@pytest.mark.parametrize("edit", FORGED)
def test_a_forged_entry_is_found_by_the_rule_it_breaks(
    chain: Books, vandal: Engine, edit: str
) -> None:
    seq, fact, sql = FORGED[edit]
    sql = sql.replace("100000", str(chain.household))
    fact = fact.replace("100000", str(chain.household))
    with Session(vandal) as session:
        guards_down(session)
        session.execute(text(sql))
        _write_anew(session)
        faults = ledger.check(session, 1).faults
        assert (seq, fact) in faults
        assert (seq, "segel tidak cocok dengan isi catatan") not in faults
        session.rollback()


def test_who_watches_a_proof_is_told_of_each_entry_and_of_what_was_there_before(
    chain: Books,
) -> None:
    told = [(row[1], len(lines), before) for row, lines, before in _watched(chain.session)]
    assert told == [(1, 2, 0), (2, 4, 0), (3, 1, -37_500), (4, 1, -37_500), (5, 4, -37_500)]


def _watched(session: Session, account_id: int = 100_000) -> list[tuple[Any, Sequence[Any], int]]:
    """Each entry as a proof passes it, its legs, and what the account held before it."""
    seen: list[tuple[Any, Sequence[Any], int]] = []

    def see(row: Any, lines: Sequence[Any], before: Mapping[int, int]) -> None:
        seen.append((row, lines, before.get(account_id, 0)))

    next(ledger.check_banks(session, [1], see))
    return seen


def _write_anew(session: Session) -> None:
    """Seal the whole chain again over what stands there now."""
    link, last_ms = FIRST_HASH, 0
    for row, lines, _before in _watched(session):
        sealed = seal_hash(link, row[:13], lines)
        values = {"seq": row[1], "link": link, "sealed": sealed}
        session.execute(
            text("UPDATE seal SET prev_hash = :link, hash = :sealed WHERE seq = :seq"), values
        )
        link, last_ms = sealed, row[5]
    session.execute(
        text("UPDATE bank_head SET head_hash = :link, last_recorded_ms = :ms"),
        {"link": link, "ms": last_ms},
    )
