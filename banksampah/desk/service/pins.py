"""Who is weighing, on a shared phone. It identifies; it does not protect."""

import hashlib
import secrets

from sqlalchemy.orm import Session

from banksampah.desk.models import DeskPin
from banksampah.errors import Refused

PIN_DIGITS = 4
ROUNDS = 100_000


class PinForm(Refused):
    code = "pin_form"

    def __init__(self) -> None:
        super().__init__("PIN timbang: empat angka.", field="pin")


def set_desk_pin(session: Session, bank_id: int, user_id: int, pin: str) -> None:
    """Give one's own PIN for the desk."""
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise PinForm()
    salt = secrets.token_hex(16)
    hashed = hash_pin(pin, salt)
    found = session.get(DeskPin, (bank_id, user_id))
    if found is None:
        session.add(DeskPin(bank_id=bank_id, user_id=user_id, salt=salt, pin_hash=hashed))
    else:
        found.salt, found.pin_hash = salt, hashed
    session.flush()


def hash_pin(pin: str, salt: str) -> str:
    """PBKDF2-SHA-256 in hexadecimal: what the phone's browser works out by itself."""
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), bytes.fromhex(salt), ROUNDS).hex()
