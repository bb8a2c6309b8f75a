"""The last number of each epoch of a phone, and what became of numbers that never came.

Revision ID: 0014
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big
from migrations.guards import append_only, changeable, narrow, only_rises, tenant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _desk_epoch()
    tenant("desk_epoch")
    changeable("desk_epoch")
    narrow("desk_epoch", update=("last_number",))
    only_rises("desk_epoch", "last_number")
    _desk_gap()
    tenant("desk_gap")
    append_only("desk_gap")


def downgrade() -> None:
    raise NotImplementedError("what phones told is never dropped; restore a backup instead")


def _whole(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=nullable)


def _to(table: str, column: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["bank_id", column], [f"{table}.bank_id", f"{table}.{key}"])


def _desk_epoch() -> None:
    op.create_table(
        "desk_epoch",
        _whole("bank_id"),
        _whole("device_id"),
        _whole("epoch"),
        _whole("last_number"),
        sa.PrimaryKeyConstraint("bank_id", "device_id", "epoch"),
        _to("desk_device", "device_id", "id"),
        sa.CheckConstraint("epoch > 0", name="epoch_positive"),
        sa.CheckConstraint("last_number > 0", name="last_number_positive"),
    )


def _desk_gap() -> None:
    op.create_table(
        "desk_gap",
        _whole("bank_id"),
        _whole("device_id"),
        _whole("epoch"),
        _whole("number"),
        _whole("deposit_seq", nullable=True),
        _whole("settled_seq"),
        _whole("settled_by_id"),
        sa.PrimaryKeyConstraint("bank_id", "device_id", "epoch", "number"),
        sa.UniqueConstraint("bank_id", "deposit_seq"),
        _to("desk_device", "device_id", "id"),
        _to("deposit", "deposit_seq", "seq"),
        _to("entry", "settled_seq", "seq"),
    )
