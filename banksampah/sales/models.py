"""Tables of the sale: buyers, sales with their lines and costs, and what happened to them later."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from banksampah.db import BankKey, Model, RowKey

CASH = "cash"
BANK = "bank"
RECEIVABLE = "receivable"
PAID_WITH = (CASH, BANK, RECEIVABLE)
BUYER_KINDS = ("collector", "parent_bank", "industry", "other")
COST_KINDS = ("transport", "loading", "packing", "other")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Buyer(Model):
    """A collector, parent bank or factory the bank sells to."""

    __tablename__ = "buyer"
    __table_args__ = (
        UniqueConstraint("bank_id", "name"),
        ForeignKeyConstraint(["bank_id", "added_seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name_length"),
        CheckConstraint(_one_of("kind", BUYER_KINDS), name="kind_known"),
    )

    bank_id: Mapped[BankKey]
    id: Mapped[RowKey]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16))
    phone: Mapped[str] = mapped_column(String(24))
    added_seq: Mapped[int]


class SaleLine(Model):
    """One material of a sale: what left our stock, what the buyer weighed and paid.

    *…_before* is what lay there when the line was worked out, so that anyone can do it again.
    *bought_…* and *donated_…* part the line by origin: in proportion to what lay there, or, where
    *is_told*, as was said. `goods_cost_idr` is the cost of what was
    sold, `shrink_idr` of what the buyer's scale did not find, `surplus_idr` of what it found more.
    """

    __tablename__ = "sale_line"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["sale.bank_id", "sale.seq"]),
        ForeignKeyConstraint(["bank_id", "material_id"], ["material.bank_id", "material.id"]),
        CheckConstraint(_one_of("unit", ("G", "PCS", "ML")), name="unit_known"),
        CheckConstraint("our_quantity > 0 AND buyer_quantity > 0", name="quantities_positive"),
        CheckConstraint(
            "bought_quantity >= 0 AND donated_quantity >= 0"
            " AND bought_quantity + donated_quantity = our_quantity",
            name="origins_add_up",
        ),
        CheckConstraint(
            "bought_sold >= 0 AND donated_sold >= 0"
            " AND bought_sold + donated_sold = buyer_quantity",
            name="sold_adds_up",
        ),
        CheckConstraint(
            "bought_idr >= 0 AND donated_idr >= 0"
            " AND bought_idr + donated_idr = amount_idr - deduction_idr",
            name="proceeds_add_up",
        ),
        CheckConstraint(
            "bought_cost_idr >= 0 AND donated_cost_idr >= 0"
            " AND bought_cost_idr + donated_cost_idr = cost_idr",
            name="costs_add_up",
        ),
        CheckConstraint("shrink_idr = 0 OR surplus_idr = 0", name="less_or_more"),
        Index("ix_sale_line_material", "bank_id", "material_id", "seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    line: Mapped[RowKey]
    material_id: Mapped[int]
    unit: Mapped[str] = mapped_column(String(3))
    our_quantity: Mapped[int]
    buyer_quantity: Mapped[int]
    price_idr: Mapped[int]
    amount_idr: Mapped[int]
    deduction_idr: Mapped[int]
    cost_idr: Mapped[int]
    bought_before: Mapped[int]
    donated_before: Mapped[int]
    value_before_idr: Mapped[int]
    unpriced_before: Mapped[int]
    is_told: Mapped[bool]
    bought_quantity: Mapped[int]
    donated_quantity: Mapped[int]
    bought_sold: Mapped[int]
    donated_sold: Mapped[int]
    bought_idr: Mapped[int]
    donated_idr: Mapped[int]
    bought_cost_idr: Mapped[int]
    donated_cost_idr: Mapped[int]
    goods_cost_idr: Mapped[int]
    shrink_idr: Mapped[int]
    surplus_idr: Mapped[int]


class SaleCost(Model):
    """A cost of the sale itself, paid by the bank: transport, loading, sacks."""

    __tablename__ = "sale_cost"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["sale.bank_id", "sale.seq"]),
        CheckConstraint(_one_of("kind", COST_KINDS), name="kind_known"),
        CheckConstraint(_one_of("paid_with", (CASH, BANK)), name="paid_with_known"),
        CheckConstraint("amount_idr > 0", name="amount_positive"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    line: Mapped[RowKey]
    kind: Mapped[str] = mapped_column(String(16))
    amount_idr: Mapped[int]
    paid_with: Mapped[str] = mapped_column(String(16))


class SaleStep(Model):
    """What happened to a sale later: a payment, a payment taken back, or its reversal."""

    __tablename__ = "sale_step"
    __table_args__ = (
        UniqueConstraint("bank_id", "undoes_seq"),
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "sale_seq"], ["sale.bank_id", "sale.seq"]),
        ForeignKeyConstraint(["bank_id", "undoes_seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint(_one_of("kind", ("paid", "unpaid", "reversed")), name="kind_known"),
        CheckConstraint("(kind = 'paid') = (undoes_seq IS NULL)", name="undoes_something"),
        CheckConstraint("(kind = 'reversed') = (paid_with IS NULL)", name="payment_has_a_way"),
        CheckConstraint("amount_idr >= 0", name="amount_not_negative"),
        Index("ix_sale_step_sale", "bank_id", "sale_seq", "seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    sale_seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    amount_idr: Mapped[int]
    paid_with: Mapped[str | None] = mapped_column(String(16))
    undoes_seq: Mapped[int | None]
    by_id: Mapped[int]
    at: Mapped[datetime]


class Sale(Model):
    """A sale to one buyer. *gross_idr* is price × the buyer's weight; less *deduction_idr* is paid.

    *bought_margin_idr* and *donated_margin_idr* are signed; what is divided is never below nil.
    """

    __tablename__ = "sale"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "buyer_id"], ["buyer.bank_id", "buyer.id"]),
        CheckConstraint(_one_of("paid_with", PAID_WITH), name="paid_with_known"),
        CheckConstraint(
            "deduction_idr >= 0 AND deduction_idr <= gross_idr", name="deduction_within"
        ),
        CheckConstraint("cost_idr >= 0", name="cost_not_negative"),
        Index("ix_sale_sold_on", "bank_id", "sold_on", "seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    buyer_id: Mapped[int]
    sold_on: Mapped[date]
    paid_with: Mapped[str] = mapped_column(String(16))
    note_number: Mapped[str] = mapped_column(String(40))
    gross_idr: Mapped[int]
    deduction_idr: Mapped[int]
    cost_idr: Mapped[int]
    goods_cost_idr: Mapped[int]
    bought_margin_idr: Mapped[int]
    donated_margin_idr: Mapped[int]
    recorded_by_id: Mapped[int]
    recorded_at: Mapped[datetime]

    buyer: Mapped[Buyer] = relationship(lazy="raise", viewonly=True)
    lines: Mapped[list[SaleLine]] = relationship(
        order_by=SaleLine.line, lazy="raise", viewonly=True
    )
    costs: Mapped[list[SaleCost]] = relationship(
        order_by=SaleCost.line, lazy="raise", viewonly=True
    )
    steps: Mapped[list[SaleStep]] = relationship(
        order_by=SaleStep.seq, lazy="subquery", viewonly=True
    )

    @property
    def net_idr(self) -> int:
        """What the buyer pays."""
        return self.gross_idr - self.deduction_idr

    @property
    def split_bought_idr(self) -> int:
        """What the bought goods bring to the funds: their margin, nil if they made a loss."""
        return max(0, self.bought_margin_idr)

    @property
    def split_donated_idr(self) -> int:
        """What the donated goods bring to the funds."""
        return max(0, self.donated_margin_idr)

    @property
    def split_idr(self) -> int:
        """What is divided among the funds."""
        return self.split_bought_idr + self.split_donated_idr

    @property
    def paid_idr(self) -> int:
        """What has come in of a sale on credit."""
        signs = {"paid": 1, "unpaid": -1, "reversed": 0}
        return sum(signs[step.kind] * step.amount_idr for step in self.steps)

    @property
    def owed_idr(self) -> int:
        """What the buyer still owes."""
        if self.paid_with != RECEIVABLE or self.is_reversed:
            return 0
        return self.net_idr - self.paid_idr

    @property
    def is_reversed(self) -> bool:
        return any(step.kind == "reversed" for step in self.steps)
