"""Tables of the split: funds, dated rules, proposals with their lines, and what became of each."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from banksampah.db import BankKey, Model, RowKey
from banksampah.money import PPM


class Fund(Model):
    """A purse the proceeds flow into. *priority* breaks ties when a rupiah is left over."""

    __tablename__ = "fund"
    __table_args__ = (
        UniqueConstraint("bank_id", "name"),
        UniqueConstraint("bank_id", "account_id"),
        ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
        ),
        ForeignKeyConstraint(["bank_id", "opened_seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_length"),
    )

    bank_id: Mapped[BankKey]
    id: Mapped[RowKey]
    name: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(200))
    account_id: Mapped[int]
    priority: Mapped[int]
    opened_seq: Mapped[int]


class SplitRuleLine(Model):
    """One fund's weight in one version of a rule.

    Each line states the sum before it (*before_ppm*) and after it (*upto_ppm*), and hangs on the
    line before it, so that no line can be missing. The rule's own row hangs on the line that
    reaches 1,000,000: a rule whose weights sum to anything else cannot be written. Only CHECKs
    and foreign keys that begin with bank_id are needed, the same on every engine.
    """

    __tablename__ = "split_rule_line"
    __table_args__ = (
        UniqueConstraint("bank_id", "rule_id", "version", "fund_id"),
        UniqueConstraint(
            "bank_id",
            "rule_id",
            "version",
            "line",
            "upto_ppm",
            name="uq_split_rule_line_sum",
        ),
        ForeignKeyConstraint(["bank_id", "fund_id"], ["fund.bank_id", "fund.id"]),
        ForeignKeyConstraint(
            ["bank_id", "rule_id", "version", "previous_line", "before_ppm"],
            [
                "split_rule_line.bank_id",
                "split_rule_line.rule_id",
                "split_rule_line.version",
                "split_rule_line.line",
                "split_rule_line.upto_ppm",
            ],
            name="fk_split_rule_line_before",
        ),
        CheckConstraint(
            "(line = 1 AND previous_line IS NULL AND before_ppm = 0)"
            " OR (line > 1 AND previous_line IS NOT NULL AND previous_line = line - 1)",
            name="chained",
        ),
        CheckConstraint("weight_ppm > 0", name="weight_positive"),
        CheckConstraint(
            f"upto_ppm = before_ppm + weight_ppm AND upto_ppm <= {PPM}", name="adds_up"
        ),
    )

    bank_id: Mapped[BankKey]
    rule_id: Mapped[RowKey]
    version: Mapped[RowKey]
    line: Mapped[RowKey]
    previous_line: Mapped[int | None]
    fund_id: Mapped[int]
    weight_ppm: Mapped[int]
    before_ppm: Mapped[int]
    upto_ppm: Mapped[int]
    priority: Mapped[int]


class SplitRule(Model):
    """One version of a rule: for which goods, from which day. The newest in force holds."""

    __tablename__ = "split_rule"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bank_id", "rule_id", "version", "lines_count", "total_ppm"],
            [
                "split_rule_line.bank_id",
                "split_rule_line.rule_id",
                "split_rule_line.version",
                "split_rule_line.line",
                "split_rule_line.upto_ppm",
            ],
            name="fk_split_rule_complete",
        ),
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint(f"total_ppm = {PPM}", name="sums_to_one"),
        CheckConstraint("stock_origin IN ('bought', 'donated', 'any')", name="origin_known"),
        Index("ix_split_rule_in_force", "bank_id", "valid_from", "seq"),
    )

    bank_id: Mapped[BankKey]
    rule_id: Mapped[RowKey]
    version: Mapped[RowKey]
    name: Mapped[str] = mapped_column(String(80))
    stock_origin: Mapped[str] = mapped_column(String(8))
    valid_from: Mapped[date]
    lines_count: Mapped[int]
    total_ppm: Mapped[int] = mapped_column(default=PPM)
    seq: Mapped[int]
    lines: Mapped[list[SplitRuleLine]] = relationship(
        primaryjoin=(
            "and_(SplitRule.bank_id == foreign(SplitRuleLine.bank_id),"
            " SplitRule.rule_id == foreign(SplitRuleLine.rule_id),"
            " SplitRule.version == foreign(SplitRuleLine.version))"
        ),
        order_by=SplitRuleLine.line,
        lazy="raise",
        viewonly=True,
    )


class SplitLine(Model):
    """What one fund gets of one proposal, and by which line of which rule (none if typed)."""

    __tablename__ = "split_line"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["split.bank_id", "split.seq"]),
        ForeignKeyConstraint(["bank_id", "fund_id"], ["fund.bank_id", "fund.id"]),
        ForeignKeyConstraint(
            ["bank_id", "rule_id", "version"],
            ["split_rule.bank_id", "split_rule.rule_id", "split_rule.version"],
        ),
        CheckConstraint("origin IN ('bought', 'donated')", name="origin_known"),
        CheckConstraint("amount_idr >= 0 AND amount_idr <= base_idr", name="amount_within"),
        CheckConstraint(
            "(rule_id IS NULL) = (version IS NULL) AND (rule_id IS NULL) = (weight_ppm IS NULL)",
            name="rule_whole",
        ),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    line: Mapped[RowKey]
    origin: Mapped[str] = mapped_column(String(8))
    base_idr: Mapped[int]
    rule_id: Mapped[int | None]
    version: Mapped[int | None]
    fund_id: Mapped[int]
    weight_ppm: Mapped[int | None]
    priority: Mapped[int]
    amount_idr: Mapped[int]
    fund: Mapped[Fund] = relationship(
        primaryjoin="and_(SplitLine.bank_id == foreign(Fund.bank_id),"
        " SplitLine.fund_id == foreign(Fund.id))",
        lazy="raise",
        viewonly=True,
        uselist=False,
    )


class SplitStep(Model):
    """What became of a proposal: approved, rejected, released with its sale, or undone."""

    __tablename__ = "split_step"
    __table_args__ = (
        UniqueConstraint("bank_id", "split_seq", "stage"),
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "split_seq"], ["split.bank_id", "split.seq"]),
        CheckConstraint(
            "(kind IN ('approve', 'reject', 'release') AND stage = 1)"
            " OR (kind = 'reverse' AND stage = 2)",
            name="kind_known",
        ),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    split_seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    stage: Mapped[int]  # 1 decides the proposal, 2 undoes an approval: one of each at most
    authority_seq: Mapped[int | None]  # the setting that let the maker decide alone
    by_id: Mapped[int]
    at: Mapped[datetime]


class Split(Model):
    """A proposal to divide one sale's margin: an amount held on "Hasil belum dibagi".

    It keeps the figures of the sale that whoever decides is shown. Their difference exceeds
    *amount_idr* by nothing, unless bought goods made a loss that donated ones do not pay.
    """

    __tablename__ = "split"
    __table_args__ = (
        UniqueConstraint("bank_id", "sale_seq", "attempt"),
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "sale_seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint("bought_idr >= 0 AND donated_idr >= 0", name="parts_positive"),
        CheckConstraint("amount_idr = bought_idr + donated_idr AND amount_idr > 0", name="adds_up"),
        CheckConstraint("attempt > 0", name="attempt_positive"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    sale_seq: Mapped[int]
    sale_on: Mapped[date]
    attempt: Mapped[int]
    gross_idr: Mapped[int]
    deduction_idr: Mapped[int]
    cost_idr: Mapped[int]
    goods_cost_idr: Mapped[int]
    bought_idr: Mapped[int]
    donated_idr: Mapped[int]
    amount_idr: Mapped[int]
    proposed_by_id: Mapped[int]
    proposed_at: Mapped[datetime]
    lines: Mapped[list[SplitLine]] = relationship(
        order_by=SplitLine.line, lazy="raise", viewonly=True
    )
    steps: Mapped[list[SplitStep]] = relationship(
        order_by=SplitStep.seq, lazy="subquery", viewonly=True
    )

    @property
    def unpaid_loss_idr(self) -> int:
        """The loss of one part of the sale that the other part does not pay."""
        left_idr = self.gross_idr - self.deduction_idr - self.cost_idr - self.goods_cost_idr
        return self.amount_idr - left_idr

    @property
    def state(self) -> str:
        """pending · approved · rejected · released · reversed"""
        if not self.steps:
            return "pending"
        return {
            "approve": "approved",
            "reject": "rejected",
            "release": "released",
            "reverse": "reversed",
        }[self.steps[-1].kind]
