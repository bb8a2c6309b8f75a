"""Deposits, their lines, and what was put right later.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big, UtcDateTime
from migrations.guards import append_only, tenant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _deposit()
    _deposit_line()
    _deposit_change()
    _deposit_line_change()
    for table in ("deposit", "deposit_line", "deposit_change", "deposit_line_change"):
        tenant(table)
        append_only(table)


def downgrade() -> None:
    raise NotImplementedError("deposits are never dropped; restore a backup instead")


def _whole(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=nullable)


def _deposit() -> None:
    op.create_table(
        "deposit",
        _whole("bank_id"),
        _whole("seq"),
        _whole("member_id"),
        sa.Column("kind", sa.String(16), nullable=False),
        _whole("cause_fund_id", nullable=True),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("weighed_on", sa.Date, nullable=False),
        _whole("value_idr"),
        _whole("credited_idr"),
        _whole("recorded_by_id"),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        sa.CheckConstraint("kind IN ('savings', 'sedekah')", name="known_kind"),
        sa.CheckConstraint("delivery IN ('brought', 'fetched')", name="known_delivery"),
        sa.CheckConstraint("credited_idr BETWEEN 0 AND value_idr", name="credit_within_value"),
        sa.CheckConstraint("kind = 'savings' OR credited_idr = 0", name="sedekah_credits_nothing"),
    )
    op.create_index("ix_deposit_member", "deposit", ["bank_id", "member_id", "seq"])
    op.create_index("ix_deposit_weighed_on", "deposit", ["bank_id", "weighed_on", "seq"])


def _deposit_line() -> None:
    op.create_table(
        "deposit_line",
        _whole("bank_id"),
        _whole("seq"),
        _whole("line"),
        _whole("material_id"),
        sa.Column("unit", sa.String(3), nullable=False),
        _whole("quantity"),
        sa.Column("price_class", sa.String(32), nullable=False),
        _whole("price_idr", nullable=True),
        _whole("value_idr"),
        _whole("share_ppm"),
        _whole("credited_idr"),
        sa.PrimaryKeyConstraint("bank_id", "seq", "line"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["deposit.bank_id", "deposit.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "material_id"], ["material.bank_id", "material.id"]),
        sa.CheckConstraint("unit IN ('G', 'PCS', 'ML')", name="known_unit"),
        sa.CheckConstraint("quantity > 0", name="positive_quantity"),
        sa.CheckConstraint("price_idr >= 0", name="price_not_negative"),
        sa.CheckConstraint("share_ppm BETWEEN 0 AND 1000000", name="share_within_whole"),
        sa.CheckConstraint("credited_idr BETWEEN 0 AND value_idr", name="credit_within_value"),
        sa.CheckConstraint("price_idr IS NOT NULL OR value_idr = 0", name="no_value_without_price"),
    )
    op.create_index("ix_deposit_line_material", "deposit_line", ["bank_id", "material_id", "seq"])
    op.create_index(
        "ix_deposit_line_unpriced",
        "deposit_line",
        ["bank_id", "seq"],
        sqlite_where=sa.text("price_idr IS NULL"),
        postgresql_where=sa.text("price_idr IS NULL"),
    )


def _deposit_change() -> None:
    op.create_table(
        "deposit_change",
        _whole("bank_id"),
        _whole("seq"),
        _whole("deposit_seq"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        _whole("member_id", nullable=True),
        _whole("recorded_by_id"),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "deposit_seq"], ["deposit.bank_id", "deposit.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        sa.CheckConstraint(
            "kind IN ('reversed', 'priced', 'price', 'member', 'weight')", name="known_kind"
        ),
        sa.CheckConstraint(
            "reason IN ('wrong_member', 'wrong_weight', 'double',"
            " 'wrong_price', 'wrong_material', 'other')",
            name="known_reason",
        ),
        sa.CheckConstraint("(kind = 'member') = (member_id IS NOT NULL)", name="member_when_moved"),
    )
    op.create_index(
        "ix_deposit_change_deposit", "deposit_change", ["bank_id", "deposit_seq", "seq"]
    )


def _deposit_line_change() -> None:
    op.create_table(
        "deposit_line_change",
        _whole("bank_id"),
        _whole("seq"),
        _whole("line"),
        _whole("deposit_seq"),
        _whole("quantity"),
        _whole("price_idr", nullable=True),
        _whole("value_idr"),
        _whole("credited_idr"),
        sa.PrimaryKeyConstraint("bank_id", "seq", "line"),
        sa.ForeignKeyConstraint(
            ["bank_id", "seq"], ["deposit_change.bank_id", "deposit_change.seq"]
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "deposit_seq", "line"],
            ["deposit_line.bank_id", "deposit_line.seq", "deposit_line.line"],
        ),
        sa.CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        sa.CheckConstraint("price_idr >= 0", name="price_not_negative"),
        sa.CheckConstraint("credited_idr BETWEEN 0 AND value_idr", name="credit_within_value"),
    )
    op.create_index(
        "ix_deposit_line_change_line",
        "deposit_line_change",
        ["bank_id", "deposit_seq", "line", "seq"],
    )
