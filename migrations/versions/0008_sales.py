"""Buyers, sales with their lines and costs, and what happened to them later.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big, UtcDateTime
from migrations.guards import append_only, tenant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _buyer()
    _sale()
    _sale_line()
    _sale_cost()
    _sale_step()
    for table in ("buyer", "sale", "sale_line", "sale_cost", "sale_step"):
        tenant(table)
        append_only(table)


def downgrade() -> None:
    raise NotImplementedError("sales are never dropped; restore a backup instead")


def _whole(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=nullable)


def _entry_key(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["bank_id", column], ["entry.bank_id", "entry.seq"])


def _sale_key(column: str = "seq") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["bank_id", column], ["sale.bank_id", "sale.seq"])


def _buyer() -> None:
    op.create_table(
        "buyer",
        _whole("bank_id"),
        _whole("id"),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("phone", sa.String(24), nullable=False),
        _whole("added_seq"),
        sa.PrimaryKeyConstraint("bank_id", "id"),
        sa.UniqueConstraint("bank_id", "name"),
        _entry_key("added_seq"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        sa.CheckConstraint(
            "kind IN ('collector', 'parent_bank', 'industry', 'other')", name="kind_known"
        ),
    )


def _sale() -> None:
    op.create_table(
        "sale",
        _whole("bank_id"),
        _whole("seq"),
        _whole("buyer_id"),
        sa.Column("sold_on", sa.Date, nullable=False),
        sa.Column("paid_with", sa.String(16), nullable=False),
        sa.Column("note_number", sa.String(40), nullable=False),
        *(_whole(name) for name in _SALE_FIGURES),
        _whole("recorded_by_id"),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        _entry_key("seq"),
        sa.ForeignKeyConstraint(["bank_id", "buyer_id"], ["buyer.bank_id", "buyer.id"]),
        sa.CheckConstraint("paid_with IN ('cash', 'bank', 'receivable')", name="paid_with_known"),
        sa.CheckConstraint(
            "deduction_idr >= 0 AND deduction_idr <= gross_idr", name="deduction_within"
        ),
        sa.CheckConstraint("cost_idr >= 0", name="cost_not_negative"),
    )
    op.create_index("ix_sale_sold_on", "sale", ["bank_id", "sold_on", "seq"])


_SALE_FIGURES = (
    "gross_idr",
    "deduction_idr",
    "cost_idr",
    "goods_cost_idr",
    "bought_margin_idr",
    "donated_margin_idr",
)
_LINE_FIGURES = (
    "our_quantity",
    "buyer_quantity",
    "price_idr",
    "amount_idr",
    "deduction_idr",
    "cost_idr",
    "bought_before",
    "donated_before",
    "value_before_idr",
    "unpriced_before",
    "bought_quantity",
    "donated_quantity",
    "bought_sold",
    "donated_sold",
    "bought_idr",
    "donated_idr",
    "bought_cost_idr",
    "donated_cost_idr",
    "goods_cost_idr",
    "shrink_idr",
    "surplus_idr",
)


def _sale_line() -> None:
    op.create_table(
        "sale_line",
        _whole("bank_id"),
        _whole("seq"),
        _whole("line"),
        _whole("material_id"),
        sa.Column("unit", sa.String(3), nullable=False),
        *(_whole(name) for name in _LINE_FIGURES),
        sa.Column("is_told", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq", "line"),
        _sale_key(),
        sa.ForeignKeyConstraint(["bank_id", "material_id"], ["material.bank_id", "material.id"]),
        sa.CheckConstraint("unit IN ('G', 'PCS', 'ML')", name="unit_known"),
        sa.CheckConstraint("our_quantity > 0 AND buyer_quantity > 0", name="quantities_positive"),
        sa.CheckConstraint(
            "bought_quantity >= 0 AND donated_quantity >= 0"
            " AND bought_quantity + donated_quantity = our_quantity",
            name="origins_add_up",
        ),
        sa.CheckConstraint(
            "bought_sold >= 0 AND donated_sold >= 0"
            " AND bought_sold + donated_sold = buyer_quantity",
            name="sold_adds_up",
        ),
        sa.CheckConstraint(
            "bought_idr >= 0 AND donated_idr >= 0"
            " AND bought_idr + donated_idr = amount_idr - deduction_idr",
            name="proceeds_add_up",
        ),
        sa.CheckConstraint(
            "bought_cost_idr >= 0 AND donated_cost_idr >= 0"
            " AND bought_cost_idr + donated_cost_idr = cost_idr",
            name="costs_add_up",
        ),
        sa.CheckConstraint("shrink_idr = 0 OR surplus_idr = 0", name="less_or_more"),
    )
    op.create_index("ix_sale_line_material", "sale_line", ["bank_id", "material_id", "seq"])


def _sale_cost() -> None:
    op.create_table(
        "sale_cost",
        _whole("bank_id"),
        _whole("seq"),
        _whole("line"),
        sa.Column("kind", sa.String(16), nullable=False),
        _whole("amount_idr"),
        sa.Column("paid_with", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq", "line"),
        _sale_key(),
        sa.CheckConstraint(
            "kind IN ('transport', 'loading', 'packing', 'other')", name="kind_known"
        ),
        sa.CheckConstraint("paid_with IN ('cash', 'bank')", name="paid_with_known"),
        sa.CheckConstraint("amount_idr > 0", name="amount_positive"),
    )


def _sale_step() -> None:
    op.create_table(
        "sale_step",
        _whole("bank_id"),
        _whole("seq"),
        _whole("sale_seq"),
        sa.Column("kind", sa.String(8), nullable=False),
        _whole("amount_idr"),
        sa.Column("paid_with", sa.String(16), nullable=True),
        _whole("undoes_seq", nullable=True),
        _whole("by_id"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.UniqueConstraint("bank_id", "undoes_seq"),
        _entry_key("seq"),
        _sale_key("sale_seq"),
        _entry_key("undoes_seq"),
        sa.CheckConstraint("kind IN ('paid', 'unpaid', 'reversed')", name="kind_known"),
        sa.CheckConstraint("(kind = 'paid') = (undoes_seq IS NULL)", name="undoes_something"),
        sa.CheckConstraint("(kind = 'reversed') = (paid_with IS NULL)", name="payment_has_a_way"),
        sa.CheckConstraint("amount_idr >= 0", name="amount_not_negative"),
    )
    op.create_index("ix_sale_step_sale", "sale_step", ["bank_id", "sale_seq", "seq"])
