"""Materials, dated prices, price lists and share rules."""

from datetime import date
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from banksampah.db import BankKey, Model, RowKey

UNITS: Final = {"kg": "G", "pcs": "PCS", "litre": "ML"}
"""Unit on the price list → unit in the books."""

FAMILIES: Final = ("paper", "plastic", "metal", "glass", "other")
"""Family of a material: colour and drawing on the screens."""

REPORTING_CLASSES: Final = (
    "hard_plastic", "flexible_plastic", "paper", "metal", "glass", "rubber", "textile", "other",
)  # fmt: skip
"""The eight classes of the agencies' reports."""

SIPSN_CLASSES: Final = ("SM", "KR", "KK", "PL", "LG", "KT", "KL", "KC", "LN")
"""The nine classes of the national system: sisa makanan, kayu, kertas, plastik, logam, kain,
karet dan kulit, kaca, lainnya."""

PRICE_IDR_MAX: Final = 100_000_000
EQUIVALENT_G_MAX: Final = 1_000_000
USUAL_MAX_G_MAX: Final = 100_000_000


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Material(Model):
    """A kind of waste the bank takes, of one grade and one unit for ever."""

    __tablename__ = "material"

    bank_id: Mapped[BankKey]
    id: Mapped[RowKey]
    code: Mapped[str] = mapped_column(String(12))
    """Printed and spoken: KT1, PL3, 5A."""
    name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(40), default="")
    grade: Mapped[str] = mapped_column(String(40), default="")
    family: Mapped[str] = mapped_column(String(16))
    reporting_class: Mapped[str] = mapped_column(String(20))
    sipsn_class: Mapped[str] = mapped_column(String(2))
    unit: Mapped[str] = mapped_column(String(8))
    equivalent_g: Mapped[int | None]
    """Grams of one piece or one litre, for reports only. Unknown until weighed."""
    hazardous: Mapped[bool] = mapped_column(default=False)
    usual_max_g: Mapped[int | None]
    """The desk asks again above three times this weight."""
    aliases: Mapped[str] = mapped_column(String(200), default="")
    value_account_id: Mapped[int]
    bought_account_id: Mapped[int]
    donated_account_id: Mapped[int]
    added_seq: Mapped[int]
    retired_on: Mapped[date | None]

    __table_args__ = (
        UniqueConstraint("bank_id", "code"),
        CheckConstraint("code <> ''", name="code_not_empty"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(_one_of("unit", tuple(UNITS)), name="unit_known"),
        CheckConstraint(_one_of("family", FAMILIES), name="family_known"),
        CheckConstraint(
            _one_of("reporting_class", REPORTING_CLASSES), name="reporting_class_known"
        ),
        CheckConstraint(_one_of("sipsn_class", SIPSN_CLASSES), name="sipsn_class_known"),
        CheckConstraint(
            f"equivalent_g IS NULL OR equivalent_g BETWEEN 1 AND {EQUIVALENT_G_MAX}",
            name="equivalent_g_in_range",
        ),
        CheckConstraint("unit <> 'kg' OR equivalent_g IS NULL", name="kg_needs_no_equivalent"),
        CheckConstraint(
            f"usual_max_g IS NULL OR usual_max_g BETWEEN 1 AND {USUAL_MAX_G_MAX}",
            name="usual_max_g_in_range",
        ),
        ForeignKeyConstraint(
            ["bank_id", "value_account_id"], ["account.bank_id", "account.account_id"]
        ),
        ForeignKeyConstraint(
            ["bank_id", "bought_account_id"], ["account.bank_id", "account.account_id"]
        ),
        ForeignKeyConstraint(
            ["bank_id", "donated_account_id"], ["account.bank_id", "account.account_id"]
        ),
        ForeignKeyConstraint(["bank_id", "added_seq"], ["entry.bank_id", "entry.seq"]),
        Index("ix_material_added_seq", "bank_id", "added_seq"),
    )

    @property
    def ledger_unit(self) -> str:
        """The unit of its stock accounts: G, PCS or ML."""
        return UNITS[self.unit]

    @property
    def label(self) -> str:
        """Name with its grade: "Botol PET, bersih"."""
        return f"{self.name}, {self.grade}" if self.grade else self.name


class PriceList(Model):
    """One act of setting prices: many at once, from a day on."""

    __tablename__ = "price_list"

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    valid_from: Mapped[date]
    source: Mapped[str] = mapped_column(String(120), default="")
    """Where it was taken from: a file's name, or empty when typed."""
    lines_count: Mapped[int]

    __table_args__ = (
        CheckConstraint("lines_count > 0", name="not_empty"),
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
    )


class Price(Model):
    """What one material costs in one class from a day on. The newest list wins; None is unset."""

    __tablename__ = "price"

    bank_id: Mapped[BankKey]
    material_id: Mapped[RowKey]
    price_class: Mapped[str] = mapped_column(String(20), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    seq: Mapped[RowKey]
    price_idr: Mapped[int | None]

    __table_args__ = (
        CheckConstraint(
            f"price_idr IS NULL OR price_idr BETWEEN 0 AND {PRICE_IDR_MAX}", name="in_range"
        ),
        CheckConstraint("price_class <> ''", name="class_not_empty"),
        ForeignKeyConstraint(["bank_id", "material_id"], ["material.bank_id", "material.id"]),
        ForeignKeyConstraint(["bank_id", "seq"], ["price_list.bank_id", "price_list.seq"]),
        Index("ix_price_bank_id_seq", "bank_id", "seq"),
    )


class ShareRule(Model):
    """The part of a price that the household is credited, from a day on.

    Narrowed to a kind of member or a way of delivery; None in *share_ppm* ends a narrowed rule.
    """

    __tablename__ = "share_rule"

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    valid_from: Mapped[date]
    account_kind: Mapped[str | None] = mapped_column(String(16))
    delivery: Mapped[str | None] = mapped_column(String(16))
    share_ppm: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("share_ppm IS NULL OR share_ppm BETWEEN 0 AND 1000000", name="in_range"),
        CheckConstraint(
            "share_ppm IS NOT NULL OR account_kind IS NOT NULL OR delivery IS NOT NULL",
            name="general_rule_has_share",
        ),
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
    )
