"""Which phone a browser was before it became this one.

Revision ID: 0022
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big
from migrations.guards import narrow

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MAY_UPDATE = (
    "invite_hash", "invite_expires_at", "key_hash", "epoch", "revoked_at", "contact_at",
    "unsent_count", "app", "was_id",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("desk_device", sa.Column("was_id", Big, nullable=True))
    narrow("desk_device", update=MAY_UPDATE)


def downgrade() -> None:
    raise NotImplementedError("what phones told is never dropped; restore a backup instead")
