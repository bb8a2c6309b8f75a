"""Requests for money and what became of them. Rows are only ever added."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from banksampah.db import BankKey, Model, RowKey

CASH = "cash"
TRANSFER = "transfer"
METHODS = (CASH, TRANSFER)

PAID = "paid"
REFUSED = "refused"
LAPSED = "lapsed"
REVERSED = "reversed"
WAITING = "waiting"


class Withdrawal(Model):
    """A request: *seq* is the entry that holds the money on the household's savings."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        CheckConstraint("amount_idr > 0", name="positive_amount"),
        CheckConstraint("method IN ('cash', 'transfer')", name="known_method"),
        Index("ix_withdrawal_member", "bank_id", "member_id", "seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    member_id: Mapped[int]
    amount_idr: Mapped[int]
    method: Mapped[str] = mapped_column(String(16))
    requested_by_id: Mapped[int]
    requested_at: Mapped[datetime]


class WithdrawalOutcome(Model):
    """What a later entry made of a request: paid, refused, lapsed; or a payment taken back."""

    __tablename__ = "withdrawal_outcome"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(
            ["bank_id", "withdrawal_seq"], ["withdrawal.bank_id", "withdrawal.seq"]
        ),
        UniqueConstraint("bank_id", "withdrawal_seq", "kind"),
        CheckConstraint("kind IN ('paid', 'refused', 'lapsed', 'reversed')", name="known_kind"),
        CheckConstraint(
            "(kind IN ('paid', 'reversed')) = (amount_idr > 0)", name="amount_when_paid"
        ),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    withdrawal_seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    amount_idr: Mapped[int]
    decided_by_id: Mapped[int]
    decided_at: Mapped[datetime]
