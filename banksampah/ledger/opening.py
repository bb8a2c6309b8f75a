"""Opening the books of a bank, and accounts in them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from banksampah.db import use_bank
from banksampah.ledger.chart import CHART, FIRST_OPENED_ID


class NewAccount(NamedTuple):
    """An account to be opened: *normal* side "debit" or "credit", *floor*: never below zero."""

    code: str
    unit: str
    normal: str
    floor: bool


def open_bank(session: Session, bank_id: int) -> None:
    """Start an empty journal with the chart of accounts."""
    use_bank(session, bank_id)
    if _on_postgresql(session):
        session.execute(text("SELECT open_head(:bank_id)"), {"bank_id": bank_id})
    else:
        session.execute(text("INSERT INTO bank_head (bank_id) VALUES (:bank_id)"),
                        {"bank_id": bank_id})  # fmt: skip
    fixed = [NewAccount(f.code, f.unit, f.normal, f.floor) for f in CHART]
    _insert(session, bank_id, [f.account_id for f in CHART], fixed)


def open_account(
    session: Session, bank_id: int, *, code: str, unit: str, normal: str, floor: bool
) -> int:
    """Open one account and return its id. Under the bank's lock only (`replay` takes it)."""
    return open_accounts(session, bank_id, [NewAccount(code, unit, normal, floor)])[0]


def open_accounts(
    session: Session, bank_id: int, accounts: Sequence[NewAccount | tuple[str, str, str, bool]]
) -> list[int]:
    """Open several accounts at once and return their ids, in order."""
    newest = session.execute(_NEWEST, {"bank_id": bank_id}).scalar() or 0
    first = max(newest + 1, FIRST_OPENED_ID)
    ids = list(range(first, first + len(accounts)))
    _insert(session, bank_id, ids, [NewAccount(*account) for account in accounts])
    return ids


def _insert(
    session: Session, bank_id: int, ids: Sequence[int], accounts: Sequence[NewAccount]
) -> None:
    signs = [1 if account.normal == "debit" else -1 for account in accounts]
    connection = session.connection()
    if _on_postgresql(session):
        connection.exec_driver_sql(
            "SELECT open_accounts(%s, %s::bigint[], %s, %s, %s::int[], %s)",
            (
                bank_id,
                list(ids),
                [a.code for a in accounts],
                [a.unit for a in accounts],
                signs,
                [a.floor for a in accounts],
            ),
        )
        return
    connection.exec_driver_sql(
        "INSERT INTO account (bank_id, account_id, code, unit, sign, floor_zero)"
        " VALUES (?,?,?,?,?,?)",
        [
            (bank_id, account_id, a.code, a.unit, sign, int(a.floor))
            for account_id, a, sign in zip(ids, accounts, signs, strict=True)
        ],
    )


def _on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


_NEWEST = text("SELECT max(account_id) FROM account WHERE bank_id = :bank_id")
