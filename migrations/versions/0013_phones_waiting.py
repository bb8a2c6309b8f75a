"""What all banks' phones still hold, in two sums; and a proof of all banks reads Titipan.

Revision ID: 0013
"""

from migrations.guards import on_postgresql, owned_by_reader, readable, run_sql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if on_postgresql():
        readable("desk_device")
        readable("desk_suspense")
        run_sql("0013_phones_postgresql.sql")
        owned_by_reader("phones_waiting()")


def downgrade() -> None:
    raise NotImplementedError("rights are not given back; restore a backup instead")
