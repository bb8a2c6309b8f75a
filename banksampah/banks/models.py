"""A bank's profile, and its settings: the newest of a name counts."""

from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from banksampah.clock import ZONES
from banksampah.db import BankKey, JsonText, Model, RowKey

PAPERS: Final = ("A4", "F4")


class Bank(Model):
    """One bank sampah of this installation."""

    __tablename__ = "bank"
    __table_args__ = (
        CheckConstraint("slug <> ''", name="slug_not_empty"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(f"zone IN {tuple(ZONES)}", name="zone_known"),
        CheckConstraint(f"paper IN {PAPERS}", name="paper_known"),
        ForeignKeyConstraint(["bank_id"], ["bank_head.bank_id"]),
        Index("ix_bank_region", "city", "kecamatan", "kelurahan"),
    )

    bank_id: Mapped[BankKey]
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    short_note: Mapped[str] = mapped_column(String(80), default="")
    address: Mapped[str] = mapped_column(String(160), default="")
    rw: Mapped[str] = mapped_column(String(10), default="")
    kelurahan: Mapped[str] = mapped_column(String(60), default="")
    kecamatan: Mapped[str] = mapped_column(String(60), default="")
    city: Mapped[str] = mapped_column(String(60), default="")
    zone: Mapped[str] = mapped_column(String(40), default="Asia/Jakarta")
    paper: Mapped[str] = mapped_column(String(2), default="A4")
    phone: Mapped[str] = mapped_column(String(30), default="")
    opening_hours: Mapped[str] = mapped_column(String(80), default="")


class BankSetting(Model):
    """One setting as it was made by the entry *seq*; earlier values stay."""

    __tablename__ = "bank_setting"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        Index("ix_bank_setting_newest", "bank_id", "name", "seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    name: Mapped[str] = mapped_column(String(40))
    value: Mapped[Any] = mapped_column(JsonText)
