"""Banks and their settings; people, roles, sign-in, tokens.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import APP_ROLE, Big, JsonText, UtcDateTime
from migrations.guards import append_only, changeable, on_postgresql, shared, tenant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _bank()
    _bank_setting()
    _user()
    _staff_role()
    _keys()
    _sign_in_attempt()


def downgrade() -> None:
    raise NotImplementedError("settings are entries and never dropped; restore a backup instead")


def _directory(table: str, verbs: str) -> None:
    """Sign-in asks which bank one may enter before a bank is chosen, so all rows can be read;
    written are only those of the bank in hand."""
    if not on_postgresql():
        return
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY read ON {table} FOR SELECT USING (true)")
    for verb in verbs.split(", "):
        clause = "WITH CHECK" if verb == "INSERT" else "USING"
        op.execute(
            f"CREATE POLICY {verb.lower()} ON {table} FOR {verb} {clause}"
            " (bank_id = current_bank())"
        )
    op.execute(f"GRANT SELECT, {verbs} ON {table} TO {APP_ROLE}")


def _bank() -> None:
    words = {
        "short_note": 80, "address": 160, "rw": 10, "kelurahan": 60, "kecamatan": 60, "city": 60,
    }  # fmt: skip
    op.create_table(
        "bank",
        sa.Column("bank_id", Big, autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        *(sa.Column(name, sa.String(size), nullable=False) for name, size in words.items()),
        sa.Column("zone", sa.String(40), nullable=False),
        sa.Column("paper", sa.String(2), nullable=False),
        sa.Column("phone", sa.String(30), nullable=False),
        sa.Column("opening_hours", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("bank_id"),
        sa.UniqueConstraint("slug"),
        sa.ForeignKeyConstraint(["bank_id"], ["bank_head.bank_id"]),
        sa.CheckConstraint("slug <> ''", name="slug_not_empty"),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
        sa.CheckConstraint(
            "zone IN ('Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura')", name="zone_known"
        ),
        sa.CheckConstraint("paper IN ('A4', 'F4')", name="paper_known"),
    )
    _directory("bank", "INSERT, UPDATE")
    changeable("bank")


def _bank_setting() -> None:
    op.create_table(
        "bank_setting",
        sa.Column("bank_id", Big, autoincrement=False, nullable=False),
        sa.Column("seq", Big, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", JsonText, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
    )
    op.create_index("ix_bank_setting_newest", "bank_setting", ["bank_id", "name", "seq"])
    tenant("bank_setting")
    append_only("bank_setting")


def _user() -> None:
    op.create_table(
        "user",
        sa.Column("user_id", Big, nullable=False),
        sa.Column("login", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("password_hash", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("disabled_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("login"),
        sa.CheckConstraint("login <> ''", name="login_not_empty"),
        sa.CheckConstraint("name <> ''", name="name_not_empty"),
    )
    shared('"user"')
    _use_sequence("user_user_id_seq")


def _use_sequence(name: str) -> None:
    if on_postgresql():
        op.execute(f"GRANT USAGE ON SEQUENCE {name} TO {APP_ROLE}")


def _staff_role() -> None:
    op.create_table(
        "staff_role",
        sa.Column("bank_id", Big, autoincrement=False, nullable=False),
        sa.Column("user_id", Big, autoincrement=False, nullable=False),
        sa.Column("role", sa.String(12), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "user_id", "role"),
        sa.ForeignKeyConstraint(["bank_id"], ["bank.bank_id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"]),
        sa.CheckConstraint(
            "role IN ('chair', 'treasurer', 'operator', 'auditor')", name="role_known"
        ),
    )
    op.create_index("ix_staff_role_user", "staff_role", ["user_id"])
    _directory("staff_role", "INSERT, DELETE")


def _keys() -> None:
    for table, columns in {
        "staff_session": (
            sa.Column("token_hash", sa.String(64), primary_key=True),
            sa.Column("seen_at", UtcDateTime, nullable=False),
            sa.Column("expires_at", UtcDateTime, nullable=False),
        ),
        "api_token": (
            sa.Column("token_id", Big, primary_key=True),
            sa.Column("token_hash", sa.String(64), nullable=False),
            sa.Column("name", sa.String(60), nullable=False),
            sa.Column("withdrawn_at", UtcDateTime, nullable=True),
            sa.UniqueConstraint("token_hash"),
        ),
    }.items():
        op.create_table(
            table,
            *columns,
            sa.Column("user_id", Big, nullable=False),
            sa.Column("created_at", UtcDateTime, nullable=False),
            sa.ForeignKeyConstraint(["user_id"], ["user.user_id"]),
        )
        op.create_index(f"ix_{table}_user", table, ["user_id"])
        shared(table)
    _use_sequence("api_token_token_id_seq")


def _sign_in_attempt() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=False),
        sa.Column("attempts_count", Big, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key_hash"),
    )
    shared("sign_in_attempt")
