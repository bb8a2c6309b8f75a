"""A limit for what one phone brings in on one day unseen, and three notes more to look at.

Revision ID: 0019
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big
from migrations.guards import changeable, narrow, recheck, tenant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NOTES = (
    "price_old", "member_closed", "member_merged", "provisional", "maybe_double", "late",
    "period_closed", "clock_wrong", "cancelled", "cancel_refused", "price_unknown",
    "material_unknown", "sum_differs", "other_content", "phone_revoked", "unreadable", "over_cap",
    "weight_unusual", "often_that_day",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "desk_phone_day",
        _whole("bank_id"),
        _whole("device_id"),
        sa.Column("day", sa.Date, nullable=False),
        _whole("unseen_idr"),
        _whole("cap_idr"),
        sa.PrimaryKeyConstraint("bank_id", "device_id", "day"),
        sa.ForeignKeyConstraint(
            ["bank_id", "device_id"], ["desk_device.bank_id", "desk_device.id"]
        ),
        sa.CheckConstraint("unseen_idr BETWEEN 0 AND cap_idr", name="unseen_within_cap"),
    )
    tenant("desk_phone_day")
    changeable("desk_phone_day")
    narrow("desk_phone_day", update=("unseen_idr", "cap_idr"))
    recheck("desk_flag", "code_known", f"code IN {NOTES}")


def downgrade() -> None:
    raise NotImplementedError("what was noted is never dropped; restore a backup instead")


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=False)
