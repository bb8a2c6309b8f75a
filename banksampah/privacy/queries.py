"""What the bank holds about one household: profile, people, goods, money, reasons in words."""

import csv
import io
import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.deposits.models import MEMBER, Deposit, DepositChange, DepositLine
from banksampah.desk.newcomers import newcomers_of
from banksampah.members.models import Member, MemberPerson
from banksampah.members.queries import all_merged, members_by_id, standing, survivor
from banksampah.withdrawals.models import Withdrawal, WithdrawalOutcome

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
KEPT_BACK = {"pin_hash", "token_hash"}
"""Secrets are told to nobody, their owner neither: they prove nothing about a person."""


def accounts_of(session: Session, member: Member) -> list[Member]:
    """The accounts of the member's household: the one that remains, then those merged into it."""
    ids = all_merged(session, survivor(session, member.bank_id, member.id))
    found = members_by_id(session, member.bank_id, ids)
    return [found[member_id] for member_id in ids]


def entries_of(session: Session, accounts: Sequence[Member]) -> list[int]:
    """The seqs of every entry that concerns the household: documents, movements, changes."""
    bank_id, ids = accounts[0].bank_id, {account.id for account in accounts}
    key = {"bank_id": bank_id}
    deposits = select(Deposit.seq).filter_by(**key).where(Deposit.member_id.in_(ids))
    moved = (
        select(DepositChange.deposit_seq).filter_by(**key).where(DepositChange.member_id.in_(ids))
    )
    requests = select(Withdrawal.seq).filter_by(**key).where(Withdrawal.member_id.in_(ids))
    found = {
        *session.scalars(deposits),
        *session.scalars(moved),
        *session.scalars(
            select(DepositChange.seq).filter_by(**key).where(
                or_(DepositChange.deposit_seq.in_(deposits), DepositChange.member_id.in_(ids))
            )
        ),
        *session.scalars(requests),
        *session.scalars(
            select(WithdrawalOutcome.seq)
            .filter_by(**key)
            .where(WithdrawalOutcome.withdrawal_seq.in_(requests))
        ),
        *(line.seq for account in accounts for line in _savings(session, account)),
        *(line.seq for account in accounts for line in _debts(session, account)),
        *(seq for seq, body in ledger.noted(session, bank_id, "member.")
          if ids & _members_in(body)),
    }  # fmt: skip
    return sorted(found)


def personal_data(session: Session, bank: Bank, member: Member, at: datetime) -> dict[str, Any]:
    """Everything about the household as plain values, for JSON; of all its accounts."""
    accounts = kept, *merged = accounts_of(session, member)
    ids = [account.id for account in accounts]
    notes = ledger.notes_of(session, bank.bank_id, entries_of(session, accounts))
    return {
        "exported_at": at.isoformat(),
        "bank": {"slug": bank.slug, "name": bank.name, "address": bank.address},
        **_account(session, kept),
        "merged": [_account(session, account) for account in merged],
        "has_pin": kept.pin_hash is not None,
        "people": [_row(person) for person in _rows_of(session, bank.bank_id, MemberPerson, ids)],
        "balance": standing(session, kept)._asdict(),
        "deposits": _deposits(session, bank.bank_id, ids),
        "withdrawals": [
            _row(request) for request in _rows_of(session, bank.bank_id, Withdrawal, ids)
        ],
        "told_by_phones": [_row(who) for who in newcomers_of(session, bank.bank_id, ids)],
        "notes": [{"entry": seq, "note": note} for seq, note in sorted(notes.items())],
    }


def savings_book_csv(data: dict[str, Any]) -> str:
    """The savings book for a spreadsheet; every cell is a number, a date or a word of ours."""
    text, balance_idr = io.StringIO(), 0
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["tanggal", "catatan", "jenis", "jumlah", "saldo"])
    for row in data["savings_book"]:
        balance_idr += row["amount_idr"]
        writer.writerow(
            [row["effective_on"], row["entry"], row["kind"], row["amount_idr"], balance_idr]
        )
    return "\ufeff" + text.getvalue()


def _account(session: Session, account: Member) -> dict[str, Any]:
    return {
        "member": _row(account),
        "savings_book": [_movement(line) for line in _savings(session, account)],
        "debt_book": [_movement(line) for line in _debts(session, account)],
    }


def _deposits(session: Session, bank_id: int, member_ids: Collection[int]) -> list[dict[str, Any]]:
    """As they were weighed, of those that are these members' now, whosever they were first."""
    moved = select(DepositChange.deposit_seq).where(
        DepositChange.bank_id == bank_id, DepositChange.member_id.in_(member_ids)
    )
    ever = or_(Deposit.member_id.in_(member_ids), Deposit.seq.in_(moved))
    own = session.execute(
        select(Deposit, _OWNER_ID)
        .where(Deposit.bank_id == bank_id, ever, _OWNER_ID.in_(member_ids))
        .order_by(Deposit.seq)
    ).all()
    lines = session.scalars(
        select(DepositLine)
        .filter_by(bank_id=bank_id)
        .where(DepositLine.seq.in_([deposit.seq for deposit, _owner_id in own]))
        .order_by(DepositLine.seq, DepositLine.line)
    ).all()
    return [
        {
            **_row(deposit),
            "member_id": owner_id,
            "lines": [_row(line) for line in lines if line.seq == deposit.seq],
        }
        for deposit, owner_id in own
    ]


_OWNER_ID = func.coalesce(
    select(DepositChange.member_id)
    .where(
        DepositChange.bank_id == Deposit.bank_id,
        DepositChange.deposit_seq == Deposit.seq,
        DepositChange.kind == MEMBER,
    )
    .order_by(DepositChange.seq.desc())
    .limit(1)
    .scalar_subquery(),
    Deposit.member_id,
)


def _rows_of(
    session: Session, bank_id: int, model: Any, member_ids: Collection[int]
) -> Sequence[Any]:
    """What a table holds of these members, in the order of its key."""
    of_bank = select(model).filter_by(bank_id=bank_id).where(model.member_id.in_(member_ids))
    return session.scalars(of_bank.order_by(*model.__table__.primary_key)).all()


def _savings(session: Session, member: Member) -> list[ledger.Line]:
    account_id = member.savings_account_id
    return ledger.lines(session, member.bank_id, account_id, FIRST_DAY, LAST_DAY)


def _debts(session: Session, member: Member) -> list[ledger.Line]:
    account_id = member.debt_account_id
    if account_id is None:
        return []
    return ledger.lines(session, member.bank_id, account_id, FIRST_DAY, LAST_DAY)


def _movement(line: ledger.Line) -> dict[str, Any]:
    return {
        "entry": line.seq,
        "kind": line.kind,
        "effective_on": line.effective_on.isoformat(),
        "occurred_on": line.occurred_on.isoformat(),
        "recorded_at": line.recorded_at.isoformat(),
        "amount_idr": line.amount,
    }


def _row(row: Any) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if name not in KEPT_BACK
    }


def _members_in(body: str) -> set[int]:
    """The members an entry about members is about."""
    held = json.loads(body)
    return {held[name] for name in ("member_id", "from_id", "into_id") if name in held}
