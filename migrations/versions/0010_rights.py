"""On PostgreSQL the service may change only what it has to: by column, and rows by table.

Revision ID: 0010
"""

from alembic import op

from banksampah.db import APP_ROLE
from migrations.guards import narrow, on_postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MAY_UPDATE = {
    "bank": (
        "name", "short_note", "address", "rw", "kelurahan", "kecamatan", "city", "paper", "phone",
        "opening_hours",
    ),
    "member": (
        "kind", "name", "rt", "rw", "house_no", "phone", "sex", "delivery", "price_class",
        "debt_account_id", "pin_hash", "closed_on", "merged_into_id",
    ),
    "member_person": ("name", "left_on"),
    "material": (
        "code", "name", "category", "family", "grade", "aliases", "reporting_class", "sipsn_class",
        "equivalent_g", "usual_max_g", "hazardous", "retired_on",
    ),
    '"user"': ("name", "password_hash", "disabled_at", "made_until"),
    "staff_session": ("seen_at", "expires_at", "renew"),
    "staff_totp": ("sealed_key", "last_step", "since_at"),
    "staff_recovery": (),
    "member_session": ("seen_at", "expires_at"),
    "api_token": ("withdrawn_at",),
    "sign_in_attempt": ("since_at", "attempts_count"),
    "entry_note": (),
}  # fmt: skip
MAY_DELETE = {
    "staff_session", "staff_totp", "staff_recovery", "member_session", "sign_in_attempt",
    "entry_note",
}  # fmt: skip


def upgrade() -> None:
    if not on_postgresql():
        return
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # as PostgreSQL does from 15 on
    op.execute(f"GRANT SELECT ON alembic_version TO {APP_ROLE}")  # to tell an old schema
    for table, columns in MAY_UPDATE.items():
        narrow(table, update=columns, delete=table in MAY_DELETE)


def downgrade() -> None:
    raise NotImplementedError("rights are not given back; restore a backup instead")
