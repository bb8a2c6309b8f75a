"""Requests for money and what became of them.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big, UtcDateTime
from migrations.guards import append_only, tenant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _withdrawal()
    _withdrawal_outcome()
    for table in ("withdrawal", "withdrawal_outcome"):
        tenant(table)
        append_only(table)


def downgrade() -> None:
    raise NotImplementedError("withdrawals are never dropped; restore a backup instead")


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=False)


def _withdrawal() -> None:
    op.create_table(
        "withdrawal",
        _whole("bank_id"),
        _whole("seq"),
        _whole("member_id"),
        _whole("amount_idr"),
        sa.Column("method", sa.String(16), nullable=False),
        _whole("requested_by_id"),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        sa.CheckConstraint("amount_idr > 0", name="positive_amount"),
        sa.CheckConstraint("method IN ('cash', 'transfer')", name="known_method"),
    )
    op.create_index("ix_withdrawal_member", "withdrawal", ["bank_id", "member_id", "seq"])


def _withdrawal_outcome() -> None:
    op.create_table(
        "withdrawal_outcome",
        _whole("bank_id"),
        _whole("seq"),
        _whole("withdrawal_seq"),
        sa.Column("kind", sa.String(16), nullable=False),
        _whole("amount_idr"),
        _whole("decided_by_id"),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.UniqueConstraint("bank_id", "withdrawal_seq", "kind"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        sa.ForeignKeyConstraint(
            ["bank_id", "withdrawal_seq"], ["withdrawal.bank_id", "withdrawal.seq"]
        ),
        sa.CheckConstraint("kind IN ('paid', 'refused', 'lapsed', 'reversed')", name="known_kind"),
        sa.CheckConstraint(
            "(kind IN ('paid', 'reversed')) = (amount_idr > 0)", name="amount_when_paid"
        ),
    )
