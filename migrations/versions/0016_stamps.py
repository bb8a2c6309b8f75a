"""Which prices and which desk a phone weighed by; a session's count by the books at its end.

Revision ID: 0016
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big
from migrations.guards import narrow

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ADDED: dict[str, tuple[sa.Column[object], ...]] = {
    "desk_device": (sa.Column("app", sa.String(40), nullable=True),),
    "weighing_session": (
        sa.Column("books_count", Big, nullable=True),
        sa.Column("books_weight_g", Big, nullable=True),
        sa.Column("books_value_idr", Big, nullable=True),
    ),
    "desk_intake": (
        sa.Column("price_version", Big, nullable=True),
        sa.Column("app", sa.String(40), nullable=True),
    ),
}
MAY_UPDATE = {
    "desk_device": (
        "invite_hash", "invite_expires_at", "key_hash", "epoch", "revoked_at", "contact_at",
        "unsent_count", "app",
    ),
    "weighing_session": (
        "closed_at", "phone_count", "phone_weight_g", "phone_value_idr",
        "books_count", "books_weight_g", "books_value_idr",
    ),
    "desk_intake": (
        "member_id", "weight_g", "value_idr", "state", "notes", "deposit_seq", "cancelled",
    ),
}  # fmt: skip
"""What a phone was stamped with stays; a record that somebody typed in weighs what was typed."""


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
        narrow(table, update=MAY_UPDATE[table])


def downgrade() -> None:
    raise NotImplementedError("what phones told is never dropped; restore a backup instead")
