"""Sheets of paper that came after their day wait to be looked at.

Revision ID: 0015
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big
from migrations.guards import changeable, narrow, tenant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "late_sheet",
        sa.Column("bank_id", Big, nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("decided_seq", Big, nullable=True),
        sa.Column("decided_by_id", Big, nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "decided_seq"], ["entry.bank_id", "entry.seq"]),
        sa.CheckConstraint("code IN ('late', 'period_closed')", name="known_code"),
    )
    op.create_index("ix_late_sheet_open", "late_sheet", ["bank_id", "decided_seq"])
    tenant("late_sheet")
    changeable("late_sheet")
    narrow("late_sheet", update=("decided_seq", "decided_by_id"))


def downgrade() -> None:
    raise NotImplementedError("what was decided is never dropped; restore a backup instead")
