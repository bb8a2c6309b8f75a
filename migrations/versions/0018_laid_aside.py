"""What waits in Titipan may be settled by opening its household again; a merged one is told of.

Revision ID: 0018
"""

from migrations.guards import recheck

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NOTES = (
    "price_old", "member_closed", "member_merged", "provisional", "maybe_double", "late",
    "period_closed", "clock_wrong", "cancelled", "cancel_refused", "price_unknown",
    "material_unknown", "sum_differs", "other_content", "phone_revoked", "unreadable",
)  # fmt: skip
DECISIONS = ("keep", "assign", "open_member", "pay", "cancel", "release", "dismiss", "reopen")


def upgrade() -> None:
    recheck("desk_flag", "code_known", f"code IN {NOTES}")
    recheck("desk_flag", "decision_known", f"decision IS NULL OR decision IN {DECISIONS}")


def downgrade() -> None:
    raise NotImplementedError("what was decided is never dropped; restore a backup instead")
