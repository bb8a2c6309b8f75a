"""What was decided stays; a deposit that was not recorded is asked about again by an entry.

Revision ID: 0021
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big
from migrations.guards import moves_on, narrow, on_postgresql, readable, stays

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DECIDED = ("decision", "decided_seq", "decided_by_id", "reopened_seq")
NOT_RECORDED = (
    "reopened_seq IS NULL OR (decision IS NOT NULL AND decision IN ('dismiss', 'keep')"
    " AND reopened_seq > decided_seq)"
)


def upgrade() -> None:
    if on_postgresql():
        op.add_column("desk_flag", sa.Column("reopened_seq", Big, nullable=True))
        op.create_check_constraint("reopened_was_not_recorded", "desk_flag", NOT_RECORDED)
    else:
        op.execute(
            "ALTER TABLE desk_flag ADD COLUMN reopened_seq INTEGER"
            f" CONSTRAINT ck_desk_flag_reopened_was_not_recorded CHECK ({NOT_RECORDED})"
        )
    op.create_index("ix_desk_flag_reopened", "desk_flag", ["bank_id", "reopened_seq"])
    op.create_index("ix_desk_gap_settled", "desk_gap", ["bank_id", "settled_seq"])
    narrow("desk_flag", update=DECIDED)
    for column in DECIDED:
        stays("desk_flag", column)
    for table in ("desk_flag", "desk_intake"):  # by whom the books are proven
        readable(table)
    moves_on("desk_intake", "state", {"accepted": (), "dismissed": ("held",)})


def downgrade() -> None:
    raise NotImplementedError("what was decided is never dropped; restore a backup instead")
