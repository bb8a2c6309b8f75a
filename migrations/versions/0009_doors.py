"""The installation's own journal; sessions that are renewed and ended; a second factor.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import APP_ROLE, Big, UtcDateTime
from migrations.guards import append_only, on_postgresql, shared, tenant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _journal()
    _staff_columns()
    _second_factor()
    _member_session()
    op.create_index("ix_sign_in_attempt_since_at", "sign_in_attempt", ["since_at"])


def downgrade() -> None:
    raise NotImplementedError("who came in is never forgotten; restore a backup instead")


def _journal() -> None:
    """Journal 0 belongs to no bank; `security_event` finds in it what concerns one."""
    if on_postgresql():
        op.execute("SELECT open_head(0)")
    else:
        op.execute("INSERT INTO bank_head (bank_id) VALUES (0)")
    op.create_table(
        "security_event",
        sa.Column("seq", Big, autoincrement=False, nullable=False),
        sa.Column("about_bank_id", Big, nullable=True),
        sa.Column("user_id", Big, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_security_event_bank", "security_event", ["about_bank_id", "seq"])
    op.create_index("ix_security_event_user", "security_event", ["user_id", "seq"])
    append_only("security_event")
    if on_postgresql():
        op.execute(f"GRANT SELECT, INSERT ON security_event TO {APP_ROLE}")


def _staff_columns() -> None:
    op.add_column("user", sa.Column("made_until", UtcDateTime, nullable=True))
    op.add_column(
        "staff_session", sa.Column("renew", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column(
        "staff_session", sa.Column("device", sa.String(40), nullable=False, server_default="")
    )


def _second_factor() -> None:
    op.create_table(
        "staff_totp",
        sa.Column("user_id", Big, autoincrement=False, nullable=False),
        sa.Column("sealed_key", sa.String(200), nullable=False),
        sa.Column("last_step", Big, nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"]),
    )
    shared("staff_totp")
    op.create_table(
        "staff_recovery",
        sa.Column("user_id", Big, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "code_hash"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"]),
    )
    shared("staff_recovery")


def _member_session() -> None:
    op.create_table(
        "member_session",
        sa.Column("bank_id", Big, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("member_id", Big, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "token_hash"),
        sa.ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
    )
    op.create_index("ix_member_session_member", "member_session", ["bank_id", "member_id"])
    tenant("member_session")
    if on_postgresql():
        op.execute(f"GRANT UPDATE, DELETE ON member_session TO {APP_ROLE}")
