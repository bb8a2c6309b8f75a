"""Funds, dated rules whose weights must sum to one, proposals and what became of them.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

from banksampah.db import Big, UtcDateTime
from migrations.guards import append_only, tenant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _fund()
    _split_rule_line()
    _split_rule()
    _split()
    _split_line()
    _split_step()
    for table in (
        "fund",
        "split_rule_line",
        "split_rule",
        "split",
        "split_line",
        "split_step",
    ):
        tenant(table)
        append_only(table)


def downgrade() -> None:
    raise NotImplementedError("splits are never dropped; restore a backup instead")


def _whole(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, nullable=nullable)


def _entry_key(*columns: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["bank_id", *columns], ["entry.bank_id", "entry.seq"])


def _fund() -> None:
    op.create_table(
        "fund",
        _whole("bank_id"),
        _whole("id"),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        _whole("account_id"),
        _whole("priority"),
        _whole("opened_seq"),
        sa.PrimaryKeyConstraint("bank_id", "id"),
        sa.UniqueConstraint("bank_id", "name"),
        sa.UniqueConstraint("bank_id", "account_id"),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"], ["account.bank_id", "account.account_id"]
        ),
        _entry_key("opened_seq"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_length"),
    )


_LINE_SUM = ["bank_id", "rule_id", "version", "line", "upto_ppm"]


def _split_rule_line() -> None:
    op.create_table(
        "split_rule_line",
        _whole("bank_id"),
        _whole("rule_id"),
        _whole("version"),
        _whole("line"),
        _whole("previous_line", nullable=True),
        _whole("fund_id"),
        _whole("weight_ppm"),
        _whole("before_ppm"),
        _whole("upto_ppm"),
        _whole("priority"),
        sa.PrimaryKeyConstraint("bank_id", "rule_id", "version", "line"),
        sa.UniqueConstraint("bank_id", "rule_id", "version", "fund_id"),
        sa.UniqueConstraint(*_LINE_SUM, name="uq_split_rule_line_sum"),
        sa.ForeignKeyConstraint(["bank_id", "fund_id"], ["fund.bank_id", "fund.id"]),
        sa.ForeignKeyConstraint(
            ["bank_id", "rule_id", "version", "previous_line", "before_ppm"],
            [f"split_rule_line.{column}" for column in _LINE_SUM],
            name="fk_split_rule_line_before",
        ),
        sa.CheckConstraint(
            "(line = 1 AND previous_line IS NULL AND before_ppm = 0)"
            " OR (line > 1 AND previous_line IS NOT NULL AND previous_line = line - 1)",
            name="chained",
        ),
        sa.CheckConstraint("weight_ppm > 0", name="weight_positive"),
        sa.CheckConstraint(
            "upto_ppm = before_ppm + weight_ppm AND upto_ppm <= 1000000", name="adds_up"
        ),
    )


def _split_rule() -> None:
    op.create_table(
        "split_rule",
        _whole("bank_id"),
        _whole("rule_id"),
        _whole("version"),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("stock_origin", sa.String(8), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        _whole("lines_count"),
        _whole("total_ppm"),
        _whole("seq"),
        sa.PrimaryKeyConstraint("bank_id", "rule_id", "version"),
        sa.ForeignKeyConstraint(
            ["bank_id", "rule_id", "version", "lines_count", "total_ppm"],
            [f"split_rule_line.{column}" for column in _LINE_SUM],
            name="fk_split_rule_complete",
        ),
        _entry_key("seq"),
        sa.CheckConstraint("total_ppm = 1000000", name="sums_to_one"),
        sa.CheckConstraint("stock_origin IN ('bought', 'donated', 'any')", name="origin_known"),
    )
    op.create_index("ix_split_rule_in_force", "split_rule", ["bank_id", "valid_from", "seq"])


def _split() -> None:
    op.create_table(
        "split",
        _whole("bank_id"),
        _whole("seq"),
        _whole("sale_seq"),
        sa.Column("sale_on", sa.Date, nullable=False),
        _whole("attempt"),
        _whole("gross_idr"),
        _whole("deduction_idr"),
        _whole("cost_idr"),
        _whole("goods_cost_idr"),
        _whole("bought_idr"),
        _whole("donated_idr"),
        _whole("amount_idr"),
        _whole("proposed_by_id"),
        sa.Column("proposed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.UniqueConstraint("bank_id", "sale_seq", "attempt"),
        _entry_key("seq"),
        _entry_key("sale_seq"),
        sa.CheckConstraint("bought_idr >= 0 AND donated_idr >= 0", name="parts_positive"),
        sa.CheckConstraint(
            "amount_idr = bought_idr + donated_idr AND amount_idr > 0", name="adds_up"
        ),
        sa.CheckConstraint("attempt > 0", name="attempt_positive"),
    )


def _split_line() -> None:
    op.create_table(
        "split_line",
        _whole("bank_id"),
        _whole("seq"),
        _whole("line"),
        sa.Column("origin", sa.String(8), nullable=False),
        _whole("base_idr"),
        _whole("rule_id", nullable=True),
        _whole("version", nullable=True),
        _whole("fund_id"),
        _whole("weight_ppm", nullable=True),
        _whole("priority"),
        _whole("amount_idr"),
        sa.PrimaryKeyConstraint("bank_id", "seq", "line"),
        sa.ForeignKeyConstraint(["bank_id", "seq"], ["split.bank_id", "split.seq"]),
        sa.ForeignKeyConstraint(["bank_id", "fund_id"], ["fund.bank_id", "fund.id"]),
        sa.ForeignKeyConstraint(
            ["bank_id", "rule_id", "version"],
            ["split_rule.bank_id", "split_rule.rule_id", "split_rule.version"],
        ),
        sa.CheckConstraint("origin IN ('bought', 'donated')", name="origin_known"),
        sa.CheckConstraint("amount_idr >= 0 AND amount_idr <= base_idr", name="amount_within"),
        sa.CheckConstraint(
            "(rule_id IS NULL) = (version IS NULL) AND (rule_id IS NULL) = (weight_ppm IS NULL)",
            name="rule_whole",
        ),
    )


def _split_step() -> None:
    op.create_table(
        "split_step",
        _whole("bank_id"),
        _whole("seq"),
        _whole("split_seq"),
        sa.Column("kind", sa.String(8), nullable=False),
        _whole("stage"),
        _whole("authority_seq", nullable=True),
        _whole("by_id"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "seq"),
        sa.UniqueConstraint("bank_id", "split_seq", "stage"),
        _entry_key("seq"),
        sa.ForeignKeyConstraint(["bank_id", "split_seq"], ["split.bank_id", "split.seq"]),
        sa.CheckConstraint(
            "(kind IN ('approve', 'reject', 'release') AND stage = 1)"
            " OR (kind = 'reverse' AND stage = 2)",
            name="kind_known",
        ),
    )
