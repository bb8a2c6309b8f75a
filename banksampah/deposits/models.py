"""What was weighed, as it was weighed, and what was put right later. Rows are only ever added."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from banksampah.db import BankKey, Model, RowKey
from banksampah.wording import gettext_noop as _n

SAVINGS = "savings"
SEDEKAH = "sedekah"
KINDS = (SAVINGS, SEDEKAH)
DELIVERIES = ("brought", "fetched")

REVERSED = "reversed"
PRICED = "priced"
PRICE = "price"
MEMBER = "member"
WEIGHT = "weight"
CHANGES = (REVERSED, PRICED, PRICE, MEMBER, WEIGHT)

PAID, GIVEN, CORRECTED = "paid", "given", "corrected"
"""What became of a surplus: handed over in cash, moved to savings, or put right once more."""

SHEET_KEY: Final = "lembar/"
"""What the key of a deposit begins with that was typed in from a sheet of paper."""


REASONS = {
    "wrong_weight": _n("Salah berat"),
    "wrong_member": _n("Salah orang"),
    "wrong_material": _n("Salah jenis"),
    "wrong_price": _n("Salah harga"),
    "double": _n("Dobel"),
    "other": _n("Lainnya"),
}
"""Why a deposit is changed: the code that is stored, and its words."""


def _one_of(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Deposit(Model):
    """One weighing. *seq* is its entry in the journal.

    *value_idr* is what the goods are worth by the list, *credited_idr* what the household got.
    """

    __tablename__ = "deposit"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        CheckConstraint(_one_of("kind", KINDS), name="known_kind"),
        CheckConstraint(_one_of("delivery", DELIVERIES), name="known_delivery"),
        CheckConstraint("credited_idr BETWEEN 0 AND value_idr", name="credit_within_value"),
        CheckConstraint("kind = 'savings' OR credited_idr = 0", name="sedekah_credits_nothing"),
        Index("ix_deposit_member", "bank_id", "member_id", "seq"),
        Index("ix_deposit_weighed_on", "bank_id", "weighed_on", "seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    member_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    cause_fund_id: Mapped[int | None]
    delivery: Mapped[str] = mapped_column(String(16))
    weighed_on: Mapped[date]
    value_idr: Mapped[int]
    credited_idr: Mapped[int]
    recorded_by_id: Mapped[int]
    recorded_at: Mapped[datetime]

    lines: Mapped[list["DepositLine"]] = relationship(
        lazy="raise", order_by="DepositLine.line", viewonly=True
    )


class DepositLine(Model):
    """One material of a weighing. *price_idr* is NULL while the price is still to come."""

    __tablename__ = "deposit_line"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["deposit.bank_id", "deposit.seq"]),
        ForeignKeyConstraint(["bank_id", "material_id"], ["material.bank_id", "material.id"]),
        CheckConstraint(_one_of("unit", ("G", "PCS", "ML")), name="known_unit"),
        CheckConstraint("quantity > 0", name="positive_quantity"),
        CheckConstraint("price_idr >= 0", name="price_not_negative"),
        CheckConstraint("share_ppm BETWEEN 0 AND 1000000", name="share_within_whole"),
        CheckConstraint("credited_idr BETWEEN 0 AND value_idr", name="credit_within_value"),
        CheckConstraint("price_idr IS NOT NULL OR value_idr = 0", name="no_value_without_price"),
        Index("ix_deposit_line_material", "bank_id", "material_id", "seq"),
        Index(
            "ix_deposit_line_unpriced",
            "bank_id",
            "seq",
            sqlite_where=text("price_idr IS NULL"),
            postgresql_where=text("price_idr IS NULL"),
        ),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    line: Mapped[RowKey]
    material_id: Mapped[int]
    unit: Mapped[str] = mapped_column(String(3))
    quantity: Mapped[int]
    price_class: Mapped[str] = mapped_column(String(32))
    price_idr: Mapped[int | None]
    value_idr: Mapped[int]
    share_ppm: Mapped[int]
    credited_idr: Mapped[int]


class DepositChange(Model):
    """A later entry about a deposit: its reversal, its price at last, or a correction."""

    __tablename__ = "deposit_change"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "deposit_seq"], ["deposit.bank_id", "deposit.seq"]),
        ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        CheckConstraint(_one_of("kind", CHANGES), name="known_kind"),
        CheckConstraint(_one_of("reason", REASONS), name="known_reason"),
        CheckConstraint("(kind = 'member') = (member_id IS NOT NULL)", name="member_when_moved"),
        Index("ix_deposit_change_deposit", "bank_id", "deposit_seq", "seq"),
        Index(
            "ix_deposit_change_member",
            "bank_id",
            "member_id",
            "seq",
            sqlite_where=text("member_id IS NOT NULL"),
            postgresql_where=text("member_id IS NOT NULL"),
        ),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    deposit_seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    member_id: Mapped[int | None]
    recorded_by_id: Mapped[int]
    recorded_at: Mapped[datetime]


class DepositLineChange(Model):
    """How a line stands after a change: the newest row of a line is what counts."""

    __tablename__ = "deposit_line_change"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["deposit_change.bank_id", "deposit_change.seq"]),
        ForeignKeyConstraint(
            ["bank_id", "deposit_seq", "line"],
            ["deposit_line.bank_id", "deposit_line.seq", "deposit_line.line"],
        ),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("price_idr >= 0", name="price_not_negative"),
        CheckConstraint("credited_idr BETWEEN 0 AND value_idr", name="credit_within_value"),
        Index("ix_deposit_line_change_line", "bank_id", "deposit_seq", "line", "seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    line: Mapped[RowKey]
    deposit_seq: Mapped[int]
    quantity: Mapped[int]
    price_idr: Mapped[int | None]
    value_idr: Mapped[int]
    credited_idr: Mapped[int]


class DepositSurplus(Model):
    """What a correction credited to a household that was closed by then: it lies in Titipan.

    At most one of a deposit waits: a further correction settles it and lays down what is left.
    """

    __tablename__ = "deposit_surplus"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "deposit_seq"], ["deposit.bank_id", "deposit.seq"]),
        ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        ForeignKeyConstraint(["bank_id", "settled_seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint("amount_idr > 0", name="amount_positive"),
        CheckConstraint(
            f"settled_as IS NULL OR {_one_of('settled_as', (PAID, GIVEN, CORRECTED))}",
            name="settled_as_known",
        ),
        CheckConstraint("(settled_seq IS NULL) = (settled_as IS NULL)", name="settled_is_an_entry"),
        Index("ix_deposit_surplus_open", "bank_id", "settled_seq"),
        Index("ix_deposit_surplus_deposit", "bank_id", "deposit_seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    deposit_seq: Mapped[int]
    member_id: Mapped[int]
    amount_idr: Mapped[int]
    settled_seq: Mapped[int | None]
    settled_as: Mapped[str | None] = mapped_column(String(12))
