"""The journal: accounts, sealed entries, legs, balances, closed periods.

Revision ID: 0001
"""

from alembic import op

from migrations.guards import make_role, run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_role()
    run_sql(f"0001_ledger_{op.get_bind().dialect.name}.sql")


def downgrade() -> None:
    raise NotImplementedError("entries are never dropped; restore a backup instead")
