"""A role that reads every bank and writes nothing; who reads a kelurahan; its month in sums.

Revision ID: 0011
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big, UtcDateTime
from migrations.guards import (
    make_reader,
    narrow,
    on_postgresql,
    owned_by_reader,
    readable,
    run_sql,
    shared,
)

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

READ = (
    "account", "balance", "balance_day", "bank", "bank_head", "bank_setting", "buyer", "deposit",
    "deposit_change", "deposit_line", "deposit_line_change", "entry", "fund", "leg", "material",
    "member", "period", "period_balance", "price", "price_list", "sale", "sale_cost", "sale_line",
    "sale_step", "seal", "share_rule", "split", "split_line", "split_rule", "split_rule_line",
    "split_step", "staff_role", "withdrawal", "withdrawal_outcome",
)  # fmt: skip
"""What a proof of all banks reads: not the people of a household, not notes, not keys."""


def upgrade() -> None:
    _region_reader()
    op.create_index("ix_bank_region", "bank", ["city", "kecamatan", "kelurahan"])
    given = sa.text("member_id IS NOT NULL")
    op.create_index(
        "ix_deposit_change_member", "deposit_change", ["bank_id", "member_id", "seq"],
        sqlite_where=given, postgresql_where=given,
    )  # fmt: skip
    if on_postgresql():
        make_reader()
        for table in READ:
            readable(table)
        _region_month()


def downgrade() -> None:
    raise NotImplementedError("rights are not given back; restore a backup instead")


def _region_reader() -> None:
    op.create_table(
        "region_reader",
        sa.Column("user_id", Big, autoincrement=False, nullable=False),
        sa.Column("city", sa.String(60), nullable=False),
        sa.Column("kecamatan", sa.String(60), nullable=False),
        sa.Column("kelurahan", sa.String(60), nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "city", "kecamatan", "kelurahan"),
        sa.ForeignKeyConstraint(["user_id"], ["user.user_id"]),
        sa.CheckConstraint("kelurahan <> ''", name="kelurahan_not_empty"),
    )
    shared("region_reader")
    narrow("region_reader", delete=True)


def _region_month() -> None:
    run_sql("0011_region_postgresql.sql")
    owned_by_reader("region_month(text, text, text, date, date)")
