"""The second factor: codes of an authenticator app (RFC 6238), and paper codes for a lost phone.

The key a person's app holds is sealed with AES-GCM under a key derived from the service's secret
key: who copies the database alone cannot make codes. A code is taken once.
"""

import base64
import logging
import os
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from banksampah.clock import from_ms, to_ms
from banksampah.errors import DomainError
from banksampah.staff.models import StaffRecovery, StaffTotp
from banksampah.staff.secrets import key_hash

RECOVERY_CODES = 8
DRIFT_STEPS = 1
"""Half minutes that a phone's clock may be off, either way."""
OFFER_LIFE = timedelta(minutes=10)
_PURPOSE = b"banksampah/staff-totp/v1"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LETTERS = 4, 6

log = logging.getLogger(__name__)


class WrongCode(DomainError):
    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__("Kode tidak cocok atau sudah dipakai. Tunggu kode berikutnya.")
        self.field = "code"


class AlreadyOn(DomainError):
    code = "second_factor_on"

    def __init__(self) -> None:
        super().__init__("Kode kedua sudah terpasang. Lepas dulu untuk memasang yang baru.")


class OfferLate(DomainError):
    code = "second_factor_late"

    def __init__(self) -> None:
        super().__init__("Pemasangan kode kedua terlalu lama ditunda. Mulai lagi dari Akun saya.")


class Offer(NamedTuple):
    """A key not in force yet: as the app reads it, and sealed for the form that brings it back."""

    key: str
    sealed: str


def is_on(session: Session, user_id: int) -> bool:
    """Whether the person signs in with a code."""
    return session.get(StaffTotp, user_id, populate_existing=True) is not None


def offer(session: Session, user_id: int, *, at: datetime, secret_key: str) -> Offer:
    """A new key for the person's app. Nothing is kept of it before `confirm`.

    Raises AlreadyOn: a key in force is removed first, with the password.
    """
    if is_on(session, user_id):
        raise AlreadyOn()
    key = pyotp.random_base32()
    return Offer(key, _seal(secret_key, f"offer {user_id}", f"{to_ms(at)} {key}"))


def read_offer(user_id: int, sealed: str, *, at: datetime, secret_key: str) -> Offer:
    """The offer a form brought back. Raises OfferLate when it is old or not this person's."""
    given_ms, _blank, key = (_unseal(secret_key, f"offer {user_id}", sealed) or "0 ").partition(" ")
    if at - from_ms(int(given_ms)) > OFFER_LIFE:
        raise OfferLate()
    return Offer(key, sealed)


def confirm(
    session: Session, user_id: int, offered: Offer, code: str, *, at: datetime, secret_key: str
) -> list[str]:
    """Put the key in force once the app shows its code; returns the recovery codes, this once.

    Raises AlreadyOn, WrongCode.
    """
    if is_on(session, user_id):
        raise AlreadyOn()
    session.add(
        StaffTotp(
            user_id=user_id,
            sealed_key=_seal(secret_key, f"user {user_id}", offered.key),
            last_step=0,
            since_at=at,
        )
    )
    session.flush()
    take_code(session, user_id, code, at=at, secret_key=secret_key)
    return renew_recovery(session, user_id)


def take_code(session: Session, user_id: int, code: str, *, at: datetime, secret_key: str) -> None:
    """Use a code of the app. One of a half minute that was used, or an older one, is refused.

    Raises WrongCode.
    """
    row = session.get(StaffTotp, user_id, populate_existing=True)
    key = _unseal(secret_key, f"user {user_id}", row.sealed_key) if row else None
    if key is None:
        raise WrongCode()
    try:
        step = pyotp.TOTP(key).verify_and_get_timecode(
            code, for_time=to_ms(at) // 1000, valid_window=DRIFT_STEPS
        )
    except OTPVerificationError:
        raise WrongCode() from None
    newest = update(StaffTotp).where(StaffTotp.user_id == user_id, StaffTotp.last_step < step)
    if session.execute(newest.values(last_step=step)).rowcount != 1:  # type: ignore[attr-defined]
        raise WrongCode()


def take_recovery(session: Session, user_id: int, code: str) -> int:
    """Use up a recovery code; returns how many are left. Raises WrongCode."""
    mine = StaffRecovery.user_id == user_id
    used = delete(StaffRecovery).where(mine, StaffRecovery.code_hash == key_hash(_bare(code)))
    if session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise WrongCode()
    return len(session.scalars(select(StaffRecovery.code_hash).where(mine)).all())


def renew_recovery(session: Session, user_id: int) -> list[str]:
    """New recovery codes instead of all former ones; only their hashes are kept."""
    session.execute(delete(StaffRecovery).where(StaffRecovery.user_id == user_id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        StaffRecovery(user_id=user_id, code_hash=key_hash(_bare(code))) for code in codes
    )
    session.flush()
    return codes


def remove(session: Session, user_id: int) -> bool:
    """Take the second factor away with its recovery codes; whether there was one in force."""
    was_on = is_on(session, user_id)
    session.execute(delete(StaffTotp).where(StaffTotp.user_id == user_id))
    session.execute(delete(StaffRecovery).where(StaffRecovery.user_id == user_id))
    session.expire_all()
    return was_on


def is_recovery_code(code: str) -> bool:
    """Whether it looks like one of the long codes, not like the six figures of an app."""
    return not code.isdigit() and len(_bare(code)) == _GROUPS * _GROUP_LETTERS


def link_for_app(key: str, login: str) -> str:
    """The otpauth address that an app reads from the picture."""
    return str(pyotp.TOTP(key).provisioning_uri(name=login, issuer_name="Buku bank sampah"))


def _new_code() -> str:
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP_LETTERS)]
    return "-".join(
        "".join(letters[i : i + _GROUP_LETTERS]) for i in range(0, len(letters), _GROUP_LETTERS)
    )


def _bare(code: str) -> str:
    return "".join(letter for letter in code.lower() if letter.isalnum())


def _cipher(secret_key: str) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return AESGCM(derived.derive(secret_key.encode()))


def _seal(secret_key: str, purpose: str, text: str) -> str:
    nonce = os.urandom(12)
    sealed = _cipher(secret_key).encrypt(nonce, text.encode(), purpose.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def _unseal(secret_key: str, purpose: str, sealed: str) -> str | None:
    """What was sealed for this purpose with this secret key, else None."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode())
        return _cipher(secret_key).decrypt(raw[:12], raw[12:], purpose.encode()).decode()
    except (ValueError, InvalidTag):
        log.warning("what was sealed for %r cannot be opened with this secret key", purpose)
        return None
