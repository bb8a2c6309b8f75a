"""Phones, opening days, what phones sent, and the questions that it left.

What was sent is kept as it came, before anything is read into it, and never changes: all but the
names of new households, which lie apart and can be erased. How it was taken in is a row of its own.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from banksampah.db import BankKey, JsonText, Model, RowKey
from banksampah.wording import gettext_noop as _n

ACCEPTED: Final = "accepted"
HELD: Final = "held"
DISMISSED: Final = "dismissed"
STATES: Final = (ACCEPTED, HELD, DISMISSED)


NOTES: Final = {
    "price_old": _n("Harga sudah berubah di kantor. Dicatat dengan harga yang disebut ke warga."),
    "member_closed": _n("Nasabah ini sudah ditutup. Setoran dicatat di titipan."),
    "member_merged": _n("Nasabah ini sudah digabungkan. Setoran masuk ke nasabah tujuannya."),
    "provisional": _n("Warga baru, menunggu dicocokkan. Setoran dicatat di titipan."),
    "maybe_double": _n("Mungkin dobel: orang dan isi yang sama dalam sepuluh menit."),
    "late": _n("Datang setelah sesi ditutup."),
    "period_closed": _n("Bulan itu sudah ditutup. Dicatat di bulan yang terbuka."),
    "clock_wrong": _n("Jam HP salah. Tanggalnya disesuaikan."),
    "cancelled": _n("Dibatalkan di HP."),
    "cancel_refused": _n("Dibatalkan di HP, tetapi masih tercatat. Bendahara memeriksanya."),
    "price_unknown": _n("Harga ini tidak pernah ada di daftar harga."),
    "material_unknown": _n("Jenis sampah ini tidak ada di bank ini."),
    "sum_differs": _n("Jumlah di HP tidak sama dengan jumlah barisnya."),
    "other_content": _n("Nomor bukti yang sama sudah dipakai untuk isi lain."),
    "phone_revoked": _n("HP ini dinonaktifkan sebelum setoran datang."),
    "unreadable": _n("Isi setoran ini tidak lengkap."),
    "over_cap": _n("Melewati batas setoran HP ini untuk satu hari buka."),
    "weight_unusual": _n("Beratnya jauh di atas biasanya."),
    "often_that_day": _n("Nasabah ini menyetor lebih sering dari biasanya pada hari itu."),
}
"""What may be said of a deposit that a phone sent: the code that is stored, and its words."""

WHY_CANCEL_REFUSED: Final = {
    "typed": _n("Dibatalkan di HP, tetapi sudah diketik dari buktinya."),
    "gone": _n("Dibatalkan di HP, tetapi barang sudah terjual atau uang sudah dibayarkan."),
    "revoked": _n("Dibatalkan di HP yang sudah dinonaktifkan. Masih tercatat."),
    "not_own": _n(
        "Dibatalkan sesudah hari timbangnya, oleh HP lain, atau terlambat dikabarkan."
        " Masih tercatat."
    ),
}
"""What the treasurer reads where a phone's cancellation waits: it depends on what stands there."""

OPEN_AGAIN: Final = _n("Nasabah ini sudah dibuka lagi. Setorannya masih di titipan.")
"""Why a deposit waits whose household was closed when it came, and is not now."""

SURPLUS: Final = _n("Koreksi menambah setoran nasabah yang ditutup. Selisihnya di titipan.")
"""Why a part of a deposit waits: it was put right after its household had left."""

UNTOLD: Final = frozenset({"member_merged"})
"""Notes that the phone is not told: its operator has nothing to do."""

BECAME: Final = {
    "voided": _n("Sudah dibatalkan di buku."),
    "booked_otherwise": _n("Di buku angkanya lain dari yang disebut HP."),
    "cancel_kept": _n("Dibatalkan di HP, tetapi tetap tercatat di buku."),
    "moved": _n("Sudah dipindahkan ke nasabah lain."),
}
"""What became of it since, told to the phone alone."""

ASKING: Final = frozenset(NOTES) - {"late", "period_closed", "clock_wrong", "cancelled"}
"""Notes that ask the treasurer to decide something; the others only tell."""

LATE: Final = ("late", "period_closed")
"""A sheet typed in after its day; or not booked on the day of its paper, whose month was closed."""

APP_CHARS_MAX: Final = 40

DECISIONS: Final = (
    "keep", "assign", "open_member", "pay", "cancel", "release", "dismiss", "reopen",
)  # fmt: skip


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Device(Model):
    """A phone that may send. *epoch* rises whenever its storage was found empty."""

    __tablename__ = "desk_device"
    __table_args__ = (
        UniqueConstraint("bank_id", "name"),
        UniqueConstraint("key_hash"),
        UniqueConstraint("invite_hash"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint("epoch >= 0", name="epoch_not_negative"),
        ForeignKeyConstraint(["bank_id", "registered_seq"], ["entry.bank_id", "entry.seq"]),
    )

    bank_id: Mapped[BankKey]
    id: Mapped[RowKey]
    name: Mapped[str] = mapped_column(String(8))
    """HP02: printed in every receipt number of this phone."""
    registered_seq: Mapped[int]
    registered_at: Mapped[datetime]
    invite_hash: Mapped[str | None] = mapped_column(String(64))
    invite_expires_at: Mapped[datetime | None]
    key_hash: Mapped[str | None] = mapped_column(String(64))
    epoch: Mapped[int] = mapped_column(default=0)
    revoked_at: Mapped[datetime | None]
    contact_at: Mapped[datetime | None]
    unsent_count: Mapped[int | None]
    app: Mapped[str | None] = mapped_column(String(APP_CHARS_MAX))
    """Version and build of the desk that it last said it runs."""
    was_id: Mapped[int | None]
    """The phone that its browser was before: it showed that one's key as it became this one."""


class DeskEpoch(Model):
    """The last number that a phone said it gave out in one of its epochs. It only rises."""

    __tablename__ = "desk_epoch"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "device_id"], ["desk_device.bank_id", "desk_device.id"]),
        CheckConstraint("epoch > 0", name="epoch_positive"),
        CheckConstraint("last_number > 0", name="last_number_positive"),
    )

    bank_id: Mapped[BankKey]
    device_id: Mapped[RowKey]
    epoch: Mapped[RowKey]
    last_number: Mapped[int]


class DeskGap(Model):
    """A number that never came, settled by the treasurer: the deposit that was typed in from its
    slip, or none where there never was one."""

    __tablename__ = "desk_gap"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "device_id"], ["desk_device.bank_id", "desk_device.id"]),
        ForeignKeyConstraint(["bank_id", "deposit_seq"], ["deposit.bank_id", "deposit.seq"]),
        ForeignKeyConstraint(["bank_id", "settled_seq"], ["entry.bank_id", "entry.seq"]),
        UniqueConstraint("bank_id", "deposit_seq"),
        Index("ix_desk_gap_settled", "bank_id", "settled_seq"),
    )

    bank_id: Mapped[BankKey]
    device_id: Mapped[RowKey]
    epoch: Mapped[RowKey]
    number: Mapped[RowKey]
    deposit_seq: Mapped[int | None]
    settled_seq: Mapped[int]
    settled_by_id: Mapped[int]


class WeighingSession(Model):
    """One phone's part of an opening day. The phone names it; it is there from its first record."""

    __tablename__ = "weighing_session"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "device_id"], ["desk_device.bank_id", "desk_device.id"]),
        CheckConstraint("(closed_at IS NULL) = (phone_count IS NULL)", name="closed_is_counted"),
    )

    bank_id: Mapped[BankKey]
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    device_id: Mapped[int]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    phone_count: Mapped[int | None]
    phone_weight_g: Mapped[int | None]
    phone_value_idr: Mapped[int | None]
    books_count: Mapped[int | None]
    """What the books had when it was closed; not known of sessions of old."""
    books_weight_g: Mapped[int | None]
    books_value_idr: Mapped[int | None]


class PhoneDay(Model):
    """What one phone brought into the books on one day of weighing that nobody has looked at.

    Added up by the database itself at each deposit, against the bank's limit of that moment.
    """

    __tablename__ = "desk_phone_day"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "device_id"], ["desk_device.bank_id", "desk_device.id"]),
        CheckConstraint("unseen_idr BETWEEN 0 AND cap_idr", name="unseen_within_cap"),
    )

    bank_id: Mapped[BankKey]
    device_id: Mapped[RowKey]
    day: Mapped[date] = mapped_column(primary_key=True)
    unseen_idr: Mapped[int]
    cap_idr: Mapped[int]


class DeskRecord(Model):
    """What a phone sent, as it came. The same content sent again is no second row."""

    __tablename__ = "desk_record"
    __table_args__ = (
        UniqueConstraint("bank_id", "record_id", "content_hash"),
        ForeignKeyConstraint(["bank_id", "device_id"], ["desk_device.bank_id", "desk_device.id"]),
    )

    bank_id: Mapped[BankKey]
    id: Mapped[RowKey]
    record_id: Mapped[str] = mapped_column(String(36))
    content_hash: Mapped[str] = mapped_column(String(64))
    device_id: Mapped[int]
    sent_by_id: Mapped[int]
    received_at: Mapped[datetime]
    raw: Mapped[str] = mapped_column(Text)


class DeskIntake(Model):
    """How a record was taken in, and how it stands now."""

    __tablename__ = "desk_intake"
    __table_args__ = (
        CheckConstraint(_one_of("state", STATES), name="state_known"),
        CheckConstraint(
            "(state = 'accepted') OR deposit_seq IS NULL", name="only_accepted_is_booked"
        ),
        ForeignKeyConstraint(["bank_id", "device_id"], ["desk_device.bank_id", "desk_device.id"]),
        ForeignKeyConstraint(["bank_id", "deposit_seq"], ["deposit.bank_id", "deposit.seq"]),
        Index("ix_desk_intake_number", "bank_id", "device_id", "epoch", "number"),
        Index("ix_desk_intake_session", "bank_id", "session_code"),
        Index("ix_desk_intake_weighed", "bank_id", "weighed_at"),
        Index("ix_desk_intake_deposit", "bank_id", "deposit_seq"),
    )

    bank_id: Mapped[BankKey]
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    """Of the content that stands: what was sent first."""
    device_id: Mapped[int]
    epoch: Mapped[int]
    number: Mapped[int]
    session_code: Mapped[str] = mapped_column(String(40))
    weighed_at: Mapped[datetime]
    member_id: Mapped[int | None]
    lines_key: Mapped[str] = mapped_column(String(64))
    """Equal for equal materials and weights: what a possible double is found by."""
    weight_g: Mapped[int]
    value_idr: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    notes: Mapped[Any] = mapped_column(JsonText)
    deposit_seq: Mapped[int | None]
    cancelled: Mapped[bool] = mapped_column(default=False)
    price_version: Mapped[int | None]
    """Which price list the phone went by; phones of an older desk do not tell it."""
    app: Mapped[str | None] = mapped_column(String(APP_CHARS_MAX))
    """Version and build of the desk that it was weighed with."""


class DeskFlag(Model):
    """One thing to look at, until somebody has decided."""

    __tablename__ = "desk_flag"
    __table_args__ = (
        CheckConstraint(_one_of("code", tuple(NOTES)), name="code_known"),
        CheckConstraint(
            f"decision IS NULL OR {_one_of('decision', DECISIONS)}", name="decision_known"
        ),
        CheckConstraint("(decision IS NULL) = (decided_seq IS NULL)", name="decided_is_an_entry"),
        CheckConstraint(
            "reopened_seq IS NULL OR (decision IS NOT NULL AND decision IN ('dismiss', 'keep')"
            " AND reopened_seq > decided_seq)",
            name="reopened_was_not_recorded",
        ),
        ForeignKeyConstraint(
            ["bank_id", "record_id"], ["desk_intake.bank_id", "desk_intake.record_id"]
        ),
        ForeignKeyConstraint(["bank_id", "decided_seq"], ["entry.bank_id", "entry.seq"]),
        Index("ix_desk_flag_open", "bank_id", "decided_seq"),
        Index("ix_desk_flag_reopened", "bank_id", "reopened_seq"),
        Index("ix_desk_flag_record", "bank_id", "record_id"),
    )

    bank_id: Mapped[BankKey]
    id: Mapped[RowKey]
    record_id: Mapped[str] = mapped_column(String(36))
    code: Mapped[str] = mapped_column(String(20))
    other_record_id: Mapped[str | None] = mapped_column(String(36))
    raw_id: Mapped[int | None]
    """The content that was refused, where the same id came with another one."""
    raised_at: Mapped[datetime]
    decision: Mapped[str | None] = mapped_column(String(12))
    decided_seq: Mapped[int | None]
    decided_by_id: Mapped[int | None]
    reopened_seq: Mapped[int | None]
    """The entry that opened it again: a flag of its own asks the same once more."""


class Newcomer(Model):
    """Who a phone said a new household is: apart from the record, so that it can be erased."""

    __tablename__ = "desk_newcomer"

    bank_id: Mapped[BankKey]
    record_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    rt: Mapped[str] = mapped_column(String(3))
    house_no: Mapped[str] = mapped_column(String(20))


class Suspense(Model):
    """What lies in Titipan for one household: a deposit that found no open account."""

    __tablename__ = "desk_suspense"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "deposit_seq"], ["deposit.bank_id", "deposit.seq"]),
        ForeignKeyConstraint(["bank_id", "member_id"], ["member.bank_id", "member.id"]),
        ForeignKeyConstraint(["bank_id", "settled_seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint("amount_idr >= 0", name="amount_not_negative"),
        CheckConstraint(
            "(member_id IS NULL) = (provisional IS NOT NULL)", name="closed_or_provisional"
        ),
        Index("ix_desk_suspense_open", "bank_id", "settled_seq"),
    )

    bank_id: Mapped[BankKey]
    deposit_seq: Mapped[RowKey]
    amount_idr: Mapped[int]
    member_id: Mapped[int | None]
    """The closed member it was meant for."""
    provisional: Mapped[str | None] = mapped_column(String(40))
    """HP02-2-T-03: a new household, by the phone and epoch that gave it its number; or of paper."""
    settled_seq: Mapped[int | None]
    settled_member_id: Mapped[int | None]
    """Whose it turned out to be; later deposits of the same provisional household follow."""


class DeskPin(Model):
    """Says on a phone who is weighing. It identifies; it does not protect."""

    __tablename__ = "desk_pin"

    bank_id: Mapped[BankKey]
    user_id: Mapped[RowKey]
    salt: Mapped[str] = mapped_column(String(32))
    pin_hash: Mapped[str] = mapped_column(String(64))
    """PBKDF2-SHA-256, 100,000 rounds, hexadecimal: what a phone's browser can do by itself."""


class LateSheet(Model):
    """A sheet of paper that changed a day after it was over: looked at once by the treasurer.

    *seq* is the sheet's entry, which tells the rest; *code* one of the desk's notes.
    """

    __tablename__ = "late_sheet"
    __table_args__ = (
        ForeignKeyConstraint(["bank_id", "seq"], ["entry.bank_id", "entry.seq"]),
        ForeignKeyConstraint(["bank_id", "decided_seq"], ["entry.bank_id", "entry.seq"]),
        CheckConstraint(_one_of("code", LATE), name="known_code"),
        Index("ix_late_sheet_open", "bank_id", "decided_seq"),
    )

    bank_id: Mapped[BankKey]
    seq: Mapped[RowKey]
    code: Mapped[str] = mapped_column(String(16))
    decided_seq: Mapped[int | None]
    decided_by_id: Mapped[int | None]
