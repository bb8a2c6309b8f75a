"""People who may sign in, what they may do in which bank, and the keys they hold.

Of sessions and tokens only a SHA-256 is kept: who reads the database cannot sign in with it.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from banksampah.db import BankKey, Big, Model

ROLES: Final = ("chair", "treasurer", "operator", "auditor")


class User(Model):
    """A person of the installation; banks give them roles."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("login <> ''", name="login_not_empty"),
        CheckConstraint("name <> ''", name="name_not_empty"),
    )

    user_id: Mapped[int] = mapped_column(Big, primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    made_until: Mapped[datetime | None]
    """The password was made by somebody else: it lets in until then, to choose one's own."""


class StaffRole(Model):
    """What a person may do in a bank now; the journal keeps who gave and took it."""

    __tablename__ = "staff_role"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role_known"),
        ForeignKeyConstraint(["bank_id"], ["bank.bank_id"]),
        Index("ix_staff_role_user", "user_id"),
    )

    bank_id: Mapped[BankKey]
    user_id: Mapped[int] = mapped_column(
        Big, ForeignKey("user.user_id"), primary_key=True, autoincrement=False
    )
    role: Mapped[str] = mapped_column(String(12), primary_key=True)


class RegionReader(Model):
    """A person who may read the sums of a kelurahan. Taken away again, the row is gone."""

    __tablename__ = "region_reader"
    __table_args__ = (CheckConstraint("kelurahan <> ''", name="kelurahan_not_empty"),)

    user_id: Mapped[int] = mapped_column(
        Big, ForeignKey("user.user_id"), primary_key=True, autoincrement=False
    )
    city: Mapped[str] = mapped_column(String(60), primary_key=True)
    kecamatan: Mapped[str] = mapped_column(String(60), primary_key=True)
    kelurahan: Mapped[str] = mapped_column(String(60), primary_key=True)
    given_at: Mapped[datetime]


class StaffSession(Model):
    """One signed-in browser. Signing out deletes it, here and not only in the browser."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_user", "user_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(Big, ForeignKey("user.user_id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    renew: Mapped[bool] = mapped_column(default=False)
    """The person's rights changed: the next answer brings this browser a new secret."""
    device: Mapped[str] = mapped_column(String(40), default="")

    @property
    def handle(self) -> str:
        """Names the session on its owner's page; nobody can sign in with it."""
        return self.token_hash[:12]


class StaffTotp(Model):
    """The key a person's authenticator app shares with the service, sealed with the secret key."""

    __tablename__ = "staff_totp"

    user_id: Mapped[int] = mapped_column(
        Big, ForeignKey("user.user_id"), primary_key=True, autoincrement=False
    )
    sealed_key: Mapped[str] = mapped_column(String(200))
    last_step: Mapped[int] = mapped_column(default=0)
    """The newest half minute whose code was taken: none is taken twice."""
    since_at: Mapped[datetime]


class StaffRecovery(Model):
    """A code that stands in once for a lost app. It has 118 bits: a fast hash is enough."""

    __tablename__ = "staff_recovery"

    user_id: Mapped[int] = mapped_column(
        Big, ForeignKey("user.user_id"), primary_key=True, autoincrement=False
    )
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class ApiToken(Model):
    """A key for a program that acts as a person. It is shown once, when it is made."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_user", "user_id"),)

    token_id: Mapped[int] = mapped_column(Big, primary_key=True)
    user_id: Mapped[int] = mapped_column(Big, ForeignKey("user.user_id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SignInAttempt(Model):
    """How often a name or an address tried within a window of time."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_since_at", "since_at"),)

    scope: Mapped[str] = mapped_column(String(40), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    since_at: Mapped[datetime]
    attempts_count: Mapped[int]


class SecurityEvent(Model):
    """Finds, among the entries of the installation's journal, those about a bank or a person."""

    __tablename__ = "security_event"
    __table_args__ = (
        Index("ix_security_event_bank", "about_bank_id", "seq"),
        Index("ix_security_event_user", "user_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    about_bank_id: Mapped[int | None]
    user_id: Mapped[int | None]
