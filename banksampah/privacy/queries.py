"""What the bank holds about one household: profile, people, goods, money, reasons in words."""

import csv
import io
import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.deposits.models import Deposit, DepositChange, DepositLine
from banksampah.desk.newcomers import newcomers_of
from banksampah.members.models import Member, MemberPerson
from banksampah.members.queries import standing
from banksampah.withdrawals.models import Withdrawal, WithdrawalOutcome

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
KEPT_BACK = {"pin_hash", "token_hash"}
"""Secrets are told to nobody, their owner neither: they prove nothing about a person."""


def entries_of(session: Session, member: Member) -> list[int]:
    """The seqs of every entry that concerns the member: documents, movements, changes."""
    key = {"bank_id": member.bank_id}
    deposits = select(Deposit.seq).filter_by(**key, member_id=member.id)
    moved = select(DepositChange.deposit_seq).filter_by(**key, member_id=member.id)
    requests = select(Withdrawal.seq).filter_by(**key, member_id=member.id)
    found = {
        *session.scalars(deposits),
        *session.scalars(moved),
        *session.scalars(
            select(DepositChange.seq).filter_by(**key).where(
                or_(DepositChange.deposit_seq.in_(deposits), DepositChange.member_id == member.id)
            )
        ),
        *session.scalars(requests),
        *session.scalars(
            select(WithdrawalOutcome.seq)
            .filter_by(**key)
            .where(WithdrawalOutcome.withdrawal_seq.in_(requests))
        ),
        *(line.seq for line in _lines(session, member, member.savings_account_id)),
        *(line.seq for line in _lines(session, member, member.debt_account_id)),
        *(seq for seq, body in ledger.noted(session, member.bank_id, "member.")
          if member.id in _members_in(body)),
    }  # fmt: skip
    return sorted(found)


def personal_data(session: Session, bank: Bank, member: Member, at: datetime) -> dict[str, Any]:
    """Everything about the household as plain values, for JSON."""
    key, now = {"bank_id": bank.bank_id, "member_id": member.id}, standing(session, member)
    deposits = session.scalars(select(Deposit).filter_by(**key).order_by(Deposit.seq)).all()
    lines = session.scalars(
        select(DepositLine)
        .filter_by(bank_id=bank.bank_id)
        .where(DepositLine.seq.in_([deposit.seq for deposit in deposits]))
        .order_by(DepositLine.seq, DepositLine.line)
    ).all()
    people = session.scalars(select(MemberPerson).filter_by(**key).order_by(MemberPerson.line))
    requests = session.scalars(select(Withdrawal).filter_by(**key).order_by(Withdrawal.seq))
    notes = ledger.notes_of(session, bank.bank_id, entries_of(session, member))
    return {
        "exported_at": at.isoformat(),
        "bank": {"slug": bank.slug, "name": bank.name, "address": bank.address},
        "member": _row(member),
        "has_pin": member.pin_hash is not None,
        "people": [_row(person) for person in people],
        "balance": now._asdict(),
        "savings_book": [
            _movement(line) for line in _lines(session, member, member.savings_account_id)
        ],
        "debt_book": [_movement(line) for line in _lines(session, member, member.debt_account_id)],
        "deposits": [
            {**_row(deposit), "lines": [_row(line) for line in lines if line.seq == deposit.seq]}
            for deposit in deposits
        ],
        "withdrawals": [_row(request) for request in requests],
        "told_by_phones": [_row(who) for who in newcomers_of(session, bank.bank_id, member.id)],
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


def _lines(session: Session, member: Member, account_id: int | None) -> list[ledger.Line]:
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
