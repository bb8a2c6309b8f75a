"""Passwords and keys: how they are made, kept and compared."""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from banksampah.errors import Refused

PASSWORD_MIN, PASSWORD_MAX = 8, 128
COMMON = {
    "password", "password1", "passw0rd", "12345678", "123456789", "1234567890", "qwertyui",
    "qwerty123", "iloveyou", "indonesia", "bismillah", "sayangku", "banksampah", "bendahara",
    "petugas1", "rahasia1", "sampah123", "admin123", "adminadmin", "katasandi", "katasandi1",
}  # fmt: skip
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on paper

# OWASP's choice for servers: 19 MiB, two passes, one lane; 23 ms here (stack.md)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class PasswordWeak(Refused):
    code = "password_weak"


def hash_secret(secret: str) -> str:
    """The argon2id hash to keep of a secret that was made, not chosen: a household's PIN."""
    return _hasher.hash(secret)


def hash_password(password: str) -> str:
    """The argon2id hash to keep. Raises PasswordWeak."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise PasswordWeak(
            f"Kata sandi {PASSWORD_MIN} sampai {PASSWORD_MAX} huruf.", field="password"
        )
    if password.lower() in COMMON or len(set(password)) < 3:
        raise PasswordWeak("Kata sandi ini terlalu mudah ditebak. Pilih lain.", field="password")
    return hash_secret(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether they match. Without a hash (unknown name) the same work is done for nothing."""
    try:
        _hasher.verify(password_hash or _decoy(), password[: PASSWORD_MAX + 1])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


def new_password() -> str:
    """A password to hand over on paper: three groups of five, 74 bits."""
    letters = [secrets.choice(_LETTERS) for _ in range(15)]
    return "-".join("".join(letters[i : i + 5]) for i in (0, 5, 10))


def new_key() -> str:
    """A session's or token's secret: 256 bits."""
    return secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """What is kept of a key. It is random, so a fast hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


_decoy_hash = ""


def _decoy() -> str:
    global _decoy_hash  # noqa: PLW0603 – made at the first need, so that importing stays quick
    if not _decoy_hash:
        _decoy_hash = _hasher.hash(secrets.token_hex(16))
    return _decoy_hash
