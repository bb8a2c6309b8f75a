"""What lay in Titipan stays as it was laid there, settled and looked at once.

Revision ID: 0023
"""

from migrations.guards import narrow, stays

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

GIVEN_ONCE = {
    "desk_suspense": ("amount_idr", "settled_seq", "settled_member_id"),
    "deposit_surplus": ("amount_idr", "settled_seq", "settled_as"),
    "late_sheet": ("decided_seq", "decided_by_id"),
}


def upgrade() -> None:
    narrow("desk_suspense", update=("settled_seq", "settled_member_id"))
    for table, columns in GIVEN_ONCE.items():
        for column in columns:
            stays(table, column)


def downgrade() -> None:
    raise NotImplementedError("what was settled is never dropped; restore a backup instead")
