"""Phones of the weighing desk, what they sent, and what waits to be looked at.

Revision ID: 0012
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big, UtcDateTime
from migrations.guards import append_only, changeable, narrow, tenant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MAY_UPDATE = {
    "desk_device": (
        "invite_hash", "invite_expires_at", "key_hash", "epoch", "revoked_at", "contact_at",
        "unsent_count",
    ),
    "weighing_session": ("closed_at", "phone_count", "phone_weight_g", "phone_value_idr"),
    "desk_intake": ("member_id", "value_idr", "state", "notes", "deposit_seq", "cancelled"),
    "desk_flag": ("decision", "decided_seq", "decided_by_id"),
    "desk_suspense": ("amount_idr", "settled_seq", "settled_member_id"),
    "desk_newcomer": ("name", "rt", "house_no"),
    "desk_pin": ("salt", "pin_hash"),
}  # fmt: skip
NOTES = (
    "price_old", "member_closed", "provisional", "maybe_double", "late", "period_closed",
    "clock_wrong", "cancelled", "cancel_refused", "price_unknown", "material_unknown",
    "sum_differs", "other_content", "phone_revoked", "unreadable",
)  # fmt: skip
DECISIONS = ("keep", "assign", "open_member", "pay", "cancel", "release", "dismiss")


def upgrade() -> None:
    _desk_device()
    _weighing_session()
    _desk_record()
    _desk_intake()
    _desk_flag()
    _desk_suspense()
    _desk_newcomer()
    _desk_pin()
    for table, columns in MAY_UPDATE.items():
        tenant(table)
        changeable(table)
        narrow(table, update=columns)
    tenant("desk_record")
    append_only("desk_record")


def downgrade() -> None:
    raise NotImplementedError("what phones sent is never dropped; restore a backup instead")


def _whole(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=nullable)


def _words(name: str, length: int, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _instant(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime, nullable=nullable)


def _to(table: str, *columns: str, key: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["bank_id", *columns], [f"{table}.bank_id", f"{table}.{key}"])


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _desk_device() -> None:
    op.create_table(
        "desk_device",
        _whole("bank_id"),
        _whole("id"),
        _words("name", 8),
        _whole("registered_seq"),
        _instant("registered_at"),
        _words("invite_hash", 64, nullable=True),
        _instant("invite_expires_at", nullable=True),
        _words("key_hash", 64, nullable=True),
        _whole("epoch"),
        _instant("revoked_at", nullable=True),
        _instant("contact_at", nullable=True),
        _whole("unsent_count", nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "id"),
        sa.UniqueConstraint("bank_id", "name"),
        sa.UniqueConstraint("key_hash"),
        sa.UniqueConstraint("invite_hash"),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
        sa.CheckConstraint("epoch >= 0", name="epoch_not_negative"),
        _to("entry", "registered_seq", key="seq"),
    )


def _weighing_session() -> None:
    op.create_table(
        "weighing_session",
        _whole("bank_id"),
        _words("code", 40),
        _whole("device_id"),
        _instant("opened_at"),
        _instant("closed_at", nullable=True),
        _whole("phone_count", nullable=True),
        _whole("phone_weight_g", nullable=True),
        _whole("phone_value_idr", nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "code"),
        _to("desk_device", "device_id", key="id"),
        sa.CheckConstraint("(closed_at IS NULL) = (phone_count IS NULL)", name="closed_is_counted"),
    )


def _desk_record() -> None:
    op.create_table(
        "desk_record",
        _whole("bank_id"),
        _whole("id"),
        _words("record_id", 36),
        _words("content_hash", 64),
        _whole("device_id"),
        _whole("sent_by_id"),
        _instant("received_at"),
        sa.Column("raw", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "id"),
        sa.UniqueConstraint("bank_id", "record_id", "content_hash"),
        _to("desk_device", "device_id", key="id"),
    )


def _desk_intake() -> None:
    op.create_table(
        "desk_intake",
        _whole("bank_id"),
        _words("record_id", 36),
        _words("content_hash", 64),
        _whole("device_id"),
        _whole("epoch"),
        _whole("number"),
        _words("session_code", 40),
        _instant("weighed_at"),
        _whole("member_id", nullable=True),
        _words("lines_key", 64),
        _whole("weight_g"),
        _whole("value_idr"),
        _words("state", 12),
        sa.Column("notes", sa.Text, nullable=False),
        _whole("deposit_seq", nullable=True),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "record_id"),
        sa.CheckConstraint("state IN ('accepted', 'held', 'dismissed')", name="state_known"),
        sa.CheckConstraint(
            "(state = 'accepted') OR deposit_seq IS NULL", name="only_accepted_is_booked"
        ),
        _to("desk_device", "device_id", key="id"),
        _to("deposit", "deposit_seq", key="seq"),
    )
    for name, columns in (
        ("number", ["device_id", "epoch", "number"]),
        ("session", ["session_code"]),
        ("weighed", ["weighed_at"]),
        ("deposit", ["deposit_seq"]),
    ):
        op.create_index(f"ix_desk_intake_{name}", "desk_intake", ["bank_id", *columns])


def _desk_flag() -> None:
    op.create_table(
        "desk_flag",
        _whole("bank_id"),
        _whole("id"),
        _words("record_id", 36),
        _words("code", 20),
        _words("other_record_id", 36, nullable=True),
        _whole("raw_id", nullable=True),
        _instant("raised_at"),
        _words("decision", 12, nullable=True),
        _whole("decided_seq", nullable=True),
        _whole("decided_by_id", nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "id"),
        sa.CheckConstraint(_one_of("code", NOTES), name="code_known"),
        sa.CheckConstraint(
            f"decision IS NULL OR {_one_of('decision', DECISIONS)}", name="decision_known"
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_seq IS NULL)", name="decided_is_an_entry"
        ),
        _to("desk_intake", "record_id", key="record_id"),
        _to("entry", "decided_seq", key="seq"),
    )
    op.create_index("ix_desk_flag_open", "desk_flag", ["bank_id", "decided_seq"])
    op.create_index("ix_desk_flag_record", "desk_flag", ["bank_id", "record_id"])


def _desk_suspense() -> None:
    op.create_table(
        "desk_suspense",
        _whole("bank_id"),
        _whole("deposit_seq"),
        _whole("amount_idr"),
        _whole("member_id", nullable=True),
        _words("provisional", 40, nullable=True),
        _whole("settled_seq", nullable=True),
        _whole("settled_member_id", nullable=True),
        sa.PrimaryKeyConstraint("bank_id", "deposit_seq"),
        _to("deposit", "deposit_seq", key="seq"),
        _to("member", "member_id", key="id"),
        _to("entry", "settled_seq", key="seq"),
        sa.CheckConstraint("amount_idr >= 0", name="amount_not_negative"),
        sa.CheckConstraint(
            "(member_id IS NULL) = (provisional IS NOT NULL)", name="closed_or_provisional"
        ),
    )
    op.create_index("ix_desk_suspense_open", "desk_suspense", ["bank_id", "settled_seq"])


def _desk_newcomer() -> None:
    op.create_table(
        "desk_newcomer",
        _whole("bank_id"),
        _words("record_id", 36),
        _words("name", 80),
        _words("rt", 3),
        _words("house_no", 20),
        sa.PrimaryKeyConstraint("bank_id", "record_id"),
    )


def _desk_pin() -> None:
    op.create_table(
        "desk_pin",
        _whole("bank_id"),
        _whole("user_id"),
        _words("salt", 32),
        _words("pin_hash", 64),
        sa.PrimaryKeyConstraint("bank_id", "user_id"),
    )
