"""What a correction credits to a closed household lies in Titipan with a row of its own.

Revision ID: 0020
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big
from migrations.guards import changeable, narrow, readable, tenant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deposit_surplus",
        sa.Column("bank_id", Big, nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.Column("deposit_seq", Big, nullable=False),
        sa.Column("member_id", Big, nullable=False),
        sa.Column("amount_idr", Big, nullable=False),
        sa.Column("settled_seq", Big, nullable=True),
        sa.Column("settled_as", sa.String(12), nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "deposit_seq"], ["deposit.bank_id", "deposit.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        sa.ForeignKeyConstraint(["bank_id", "settled_seq"], ["entry.bank_id", "entry.seq"]),
        sa.CheckConstraint("amount_idr > 0", name="amount_positive"),
        sa.CheckConstraint(
            "settled_as IS NULL OR settled_as IN ('paid', 'given', 'corrected')",
            name="settled_as_known",
        ),
        sa.CheckConstraint(
            "(settled_seq IS NULL) = (settled_as IS NULL)", name="settled_is_an_entry"
        ),
    )
    op.create_index("ix_deposit_surplus_open", "deposit_surplus", ["bank_id", "settled_seq"])
    op.create_index("ix_deposit_surplus_deposit", "deposit_surplus", ["bank_id", "deposit_seq"])
    tenant("deposit_surplus")
    changeable("deposit_surplus")
    narrow("deposit_surplus", update=("settled_seq", "settled_as"))
    readable("deposit_surplus")


def downgrade() -> None:
    raise NotImplementedError("what waits is never dropped; restore a backup instead")
