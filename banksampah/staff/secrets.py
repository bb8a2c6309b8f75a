"""Passwords and keys: how they are made, kept and compared."""

import hashlib
import secrets
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from banksampah.staff.passwords import PASSWORD_MAX, refuse_weak

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on paper

# OWASP's choice for servers: 19 MiB, two passes, one lane; 23 ms here (stack.md)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

DECOY = (
    "$argon2id$v=19$m=19456,t=2,p=1$S0KYzcCzUTug0GAfZ9M0TQ$"
    "eeigylIGfFf06dSGhh1/nnie27dYiwg4+JCsXwpq62E"
)
"""A hash of nothing anybody knows, at the same cost: what an unknown name is compared with."""


def hash_secret(secret: str) -> str:
    """The argon2id hash to keep of a secret that was made, not chosen: a household's PIN."""
    return _hasher.hash(secret)


def hash_password(password: str, known: Iterable[str] = ()) -> str:
    """The argon2id hash to keep of a chosen password. Raises PasswordWeak, see `refuse_weak`."""
    refuse_weak(password, known)
    return hash_secret(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether they match. Without a hash (unknown name) the same work is done for nothing."""
    try:
        _hasher.verify(password_hash or DECOY, password[: PASSWORD_MAX + 1])
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


def is_outdated(password_hash: str) -> bool:
    """Whether it was made at another cost than is chosen now: the next sign-in makes it anew."""
    return _hasher.check_needs_rehash(password_hash)
