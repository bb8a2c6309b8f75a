"""Members and the people of a household. Names and phones live here, never in the journal."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from banksampah.db import BankKey, Model, RowKey
from banksampah.ledger import chart

KINDS: Final = ("household", "group", "school", "institution")
DELIVERIES: Final = ("brought", "fetched")
SEXES: Final = ("F", "M")
PEOPLE_MAX: Final = 20


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Member(Model):
    """One account holder: a household, a group, a school, an institution."""

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("bank_id", "number"),
        UniqueConstraint("bank_id", "savings_account_id"),
        CheckConstraint("number <> ''", name="number_not_empty"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(_one_of("kind", KINDS), name="kind_known"),
        CheckConstraint(_one_of("delivery", DELIVERIES), name="delivery_known"),
        CheckConstraint(f"sex IS NULL OR {_one_of('sex', SEXES)}", name="sex_known"),
        CheckConstraint(
            "merged_into_id IS NULL OR (closed_on IS NOT NULL AND merged_into_id <> id)",
            name="merged_is_closed",
        ),
        CheckConstraint("closed_on IS NULL OR pin_hash IS NULL", name="closed_has_no_pin"),
        CheckConstraint("erased_on IS NULL OR closed_on IS NOT NULL", name="erased_is_closed"),
        ForeignKeyConstraint(
            ["bank_id", "savings_account_id"], ["account.bank_id", "account.account_id"]
        ),
        ForeignKeyConstraint(
            ["bank_id", "debt_account_id"], ["account.bank_id", "account.account_id"]
        ),
        ForeignKeyConstraint(["bank_id", "merged_into_id"], ["member.bank_id", "member.id"]),
        ForeignKeyConstraint(["bank_id", "opened_seq"], ["entry.bank_id", "entry.seq"]),
        Index("ix_member_opened_seq", "bank_id", "opened_seq"),
    )

    bank_id: Mapped[BankKey]
    id: Mapped[RowKey]
    number: Mapped[str] = mapped_column(String(16))
    """Printed on the card and the passbook; never changes."""
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(80))
    rt: Mapped[str] = mapped_column(String(3), default="")
    rw: Mapped[str] = mapped_column(String(3), default="")
    house_no: Mapped[str] = mapped_column(String(20), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    sex: Mapped[str | None] = mapped_column(String(1))
    delivery: Mapped[str] = mapped_column(String(16), default="brought")
    price_class: Mapped[str | None] = mapped_column(String(20))
    """None: the bank's usual price class."""
    savings_account_id: Mapped[int]
    debt_account_id: Mapped[int | None]
    """Opened when the member first owes the bank."""
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    merged_into_id: Mapped[int | None]
    opened_seq: Mapped[int]
    erased_on: Mapped[date | None]
    """When its personal data were erased: nobody is known any more to open it for."""

    @hybrid_property
    def holds_titipan(self) -> bool:
        """Whether this is no household but the holder of Titipan, where many households' lies."""
        return self.savings_account_id == chart.SUSPENSE

    @property
    def is_open(self) -> bool:
        """Whether the member may deposit and withdraw."""
        return self.closed_on is None

    @property
    def may_reopen(self) -> bool:
        """Whether it is closed and could be opened again."""
        ended = self.merged_into_id or self.erased_on
        return self.closed_on is not None and not ended

    @property
    def short_name(self) -> str:
        """First name and initial ("Siti A."), for what others may see."""
        first, _blank, rest = self.name.partition(" ")
        return f"{first} {rest[0].upper()}." if rest and self.kind == "household" else self.name


class MemberPerson(Model):
    """Somebody of a household or group. Who left keeps a row with the day."""

    __tablename__ = "member_person"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        CheckConstraint("name <> ''", name="name_not_empty"),
    )

    bank_id: Mapped[BankKey]
    member_id: Mapped[RowKey]
    line: Mapped[RowKey]
    name: Mapped[str] = mapped_column(String(80))
    left_on: Mapped[date | None]


class MemberSession(Model):
    """A browser that gave number and PIN. It ends here, whatever the browser keeps."""

    __tablename__ = "member_session"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        Index("ix_member_session_member", "bank_id", "member_id"),
    )

    bank_id: Mapped[BankKey]
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
