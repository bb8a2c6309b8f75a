"""A kelurahan's month: credited is what households gained, and they are who has the deposits.

Revision ID: 0024
"""

from migrations.guards import on_postgresql, run_sql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if on_postgresql():  # SQLite runs the SELECT by itself (reports/queries/region.py)
        run_sql("0024_region_postgresql.sql")


def downgrade() -> None:
    raise NotImplementedError("a figure that was wrong is not brought back")
