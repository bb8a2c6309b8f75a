"""The verbs of staff: add a person, give and take roles, sign in and out, make a token."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select, union_all, update
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.errors import Conflict, DomainError, NotFound, Refused
from banksampah.ledger import Act
from banksampah.staff.models import (
    ROLES,
    ApiToken,
    RegionReader,
    StaffRole,
    StaffSession,
    User,
)
from banksampah.staff.queries import banks_of, find_user, get_person, get_user, sessions_of
from banksampah.staff.secrets import hash_password, is_password, key_hash, new_key

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,38}[a-z0-9]", re.ASCII)
SESSION_LIFE = timedelta(days=7)
SESSION_IDLE = timedelta(hours=12)
SESSIONS_MAX = 10
RENEWAL_GRACE = timedelta(minutes=1)
"""How long a renewed session's old secret still works: for what the browser asked meanwhile."""
MADE_LIFE = timedelta(days=14)
"""How long a password that somebody else made lets in: to choose one's own."""
TOKENS_MAX = 20


class LoginTaken(Conflict):
    code = "login_taken"

    def __init__(self) -> None:
        super().__init__("Nama masuk ini sudah dipakai. Pilih nama lain.")
        self.field = "login"


class PersonWrong(Refused):
    code = "person_wrong"


class LastChair(Refused):
    code = "last_chair"

    def __init__(self) -> None:
        super().__init__("Bank harus punya ketua. Beri peran ketua kepada orang lain dulu.")


class WrongPassword(DomainError):
    """Name or password, not said which."""

    code = "wrong_password"
    status = 422

    def __init__(self) -> None:
        super().__init__("Nama masuk atau kata sandi tidak cocok. Periksa, lalu coba lagi.")


class PasswordSame(Refused):
    code = "password_same"

    def __init__(self) -> None:
        super().__init__("Kata sandi baru sama dengan yang lama. Pilih lain.", field="password")


class ServesElsewhere(Refused):
    code = "serves_elsewhere"

    def __init__(self) -> None:
        super().__init__(
            "Orang ini juga bertugas di luar bank ini."
            " Ia mengganti kata sandinya sendiri di Akun saya."
        )


class TokenUnknown(NotFound):
    code = "token_unknown"

    def __init__(self) -> None:
        super().__init__("Kunci ini tidak ada atau sudah dicabut.")


def add_user(
    session: Session, *, login: str, name: str, password: str, at: datetime, is_made: bool = False
) -> User:
    """A new person, with no role yet. Raises LoginTaken, PersonWrong, PasswordWeak.

    *is_made*: the password is handed over, and its owner must choose another at first sign-in.
    """
    login, name = login.strip().lower(), name.strip()
    if not LOGIN.fullmatch(login):
        raise PersonWrong(
            "Nama masuk: 3 sampai 40 huruf kecil, angka, titik atau tanda hubung.", field="login"
        )
    if not 1 <= len(name) <= 80:
        raise PersonWrong("Isi nama, paling banyak 80 huruf.", field="name")
    if find_user(session, login):
        raise LoginTaken()
    user = User(
        login=login,
        name=name,
        password_hash=hash_password(password, (login, name)),
        created_at=at,
        made_until=at + MADE_LIFE if is_made else None,
    )
    session.add(user)
    session.flush()
    return user


class Welcomed(NamedTuple):
    """A person with their first role; the password counts only when it is new."""

    user_id: int
    name: str
    login: str
    password_is_new: bool


def welcome(
    session: Session, act: Act, *, login: str, name: str, role: str, password: str
) -> Welcomed:
    """Add a person to the bank's staff in one act. Raises what `add_user` does."""
    login = login.strip().lower()
    facts = {"login": login, "name": name.strip(), "role": role}
    if ledger.replay(session, act, "staff.add", facts):
        known = find_user(session, login)
        assert known is not None
        return Welcomed(known.user_id, known.name, known.login, password_is_new=False)
    _check_role(role)
    user = add_user(session, login=login, name=name, password=password, at=act.at, is_made=True)
    ledger.post(session, act, "staff.add", facts, body={"user_id": user.user_id, "role": role})
    session.add(StaffRole(bank_id=act.bank_id, user_id=user.user_id, role=role))
    session.flush()
    return Welcomed(user.user_id, user.name, user.login, password_is_new=True)


def change_name(session: Session, user_id: int, name: str) -> None:
    """Call a person by another name. Raises PersonWrong."""
    if not 1 <= len(name.strip()) <= 80:
        raise PersonWrong("Isi nama, paling banyak 80 huruf.", field="name")
    get_user(session, user_id).name = name.strip()
    session.flush()


def change_password(session: Session, user_id: int, new: str, at: datetime) -> None:
    """A person's own change. Who calls has asked for the old one.

    Raises PasswordSame, PasswordWeak.
    """
    user = get_user(session, user_id)
    if is_password(user.password_hash, new):
        raise PasswordSame()
    set_password(session, user, new, at)


def set_password(
    session: Session, user: User, password: str, at: datetime, *, is_made: bool = False
) -> None:
    """Set the password, sign the person out everywhere and withdraw their tokens: whoever found
    the old one has nothing left of it. Raises PasswordWeak.

    *is_made*: somebody else made it; its owner must choose another at the next sign-in.
    """
    banks = (word for bank in banks_of(session, user.user_id) for word in bank)
    user.password_hash = hash_password(password, (user.login, user.name, *banks))
    user.made_until = at + MADE_LIFE if is_made else None
    _shut_out(session, user.user_id, at)


def reset_password(session: Session, act: Act, user_id: int, password: str) -> None:
    """A chair's help for somebody who forgot theirs; only for whom nothing outside this bank opens.

    Raises ServesElsewhere for who has a role in another bank, or reads the sums of a kelurahan.
    """
    get_person(session, act.bank_id, user_id)
    elsewhere = select(StaffRole.user_id).where(
        StaffRole.user_id == user_id, StaffRole.bank_id != act.bank_id
    )
    reading = select(RegionReader.user_id).filter_by(user_id=user_id)
    if session.scalar(union_all(elsewhere, reading).limit(1)) is not None:
        raise ServesElsewhere()
    facts = {"user_id": user_id}
    if ledger.replay(session, act, "staff.password", facts):
        return
    set_password(session, get_user(session, user_id), password, act.at, is_made=True)
    ledger.post(session, act, "staff.password", facts, body=facts)


def grant_role(session: Session, act: Act, user_id: int, role: str) -> int:
    """Let a person act in the bank as *role*. Returns the entry's seq."""
    facts = {"user_id": user_id, "role": role}
    if seq := ledger.replay(session, act, "staff.grant", facts):
        return seq
    _check_role(role)
    get_user(session, user_id)
    if session.get(StaffRole, (act.bank_id, user_id, role)):
        raise PersonWrong("Orang ini sudah punya peran itu.", field="role")
    seq = ledger.post(session, act, "staff.grant", facts, body=facts)
    renew_sessions(session, user_id)
    session.add(StaffRole(bank_id=act.bank_id, user_id=user_id, role=role))
    session.flush()
    return seq


def revoke_role(session: Session, act: Act, user_id: int, role: str) -> int:
    """Take a role away, at once. Raises LastChair: a bank is never left without one."""
    facts = {"user_id": user_id, "role": role}
    if seq := ledger.replay(session, act, "staff.revoke", facts):
        return seq
    _check_role(role)
    held = session.get(StaffRole, (act.bank_id, user_id, role))
    if held is None:
        raise PersonWrong("Orang ini tidak punya peran itu.", field="role")
    chairs = select(func.count()).where(StaffRole.bank_id == act.bank_id, StaffRole.role == "chair")
    if role == "chair" and session.scalar(chairs) == 1:
        raise LastChair()
    seq = ledger.post(session, act, "staff.revoke", facts, body=facts)
    renew_sessions(session, user_id)
    session.delete(held)
    session.flush()
    return seq


def sign_in(
    session: Session, *, user_id: int, old_key: str | None, at: datetime, device: str = ""
) -> str:
    """Start a session and return its secret; the browser's former session ends.

    Past SESSIONS_MAX the one used longest ago ends too.
    """
    if old_key:
        sign_out(session, old_key)
    session.execute(
        delete(StaffSession).where(
            StaffSession.user_id == user_id,
            (StaffSession.expires_at < at) | (StaffSession.seen_at < at - SESSION_IDLE),
        )
    )
    for one in sessions_of(session, user_id)[SESSIONS_MAX - 1 :]:
        session.delete(one)
    return _open_session(session, user_id, at, at, at + SESSION_LIFE, device)


def sign_out(session: Session, key: str) -> int | None:
    """End the session of this secret: whoever copied it cannot use it either. Whose it was."""
    mine = StaffSession.token_hash == key_hash(key)
    user_id = session.scalar(select(StaffSession.user_id).where(mine))
    session.execute(delete(StaffSession).where(mine))
    return user_id


def end_sessions(session: Session, user_id: int, *, keep_key: str | None = None) -> int:
    """Sign a person out everywhere, but for the browser with *keep_key*. How many ended."""
    ending = delete(StaffSession).where(StaffSession.user_id == user_id)
    if keep_key:
        ending = ending.where(StaffSession.token_hash != key_hash(keep_key))
    session.flush()
    return int(session.execute(ending).rowcount)  # type: ignore[attr-defined]


def end_session(session: Session, user_id: int, handle: str) -> int:
    """End one of a person's sessions, by its `handle`. How many ended: one or none."""
    ending = [s for s in sessions_of(session, user_id) if s.handle == handle]
    for one in ending:
        session.delete(one)
    session.flush()
    return len(ending)


def renew_sessions(session: Session, user_id: int) -> None:
    """The person's rights changed: each browser gets a new secret with its next page."""
    session.execute(update(StaffSession).where(StaffSession.user_id == user_id).values(renew=True))


def renew_session(session: Session, key: str, at: datetime) -> str:
    """A new secret for the session of *key*, whose end stays what it was."""
    old = session.get(StaffSession, key_hash(key))
    assert old is not None, "asked for with a session in hand"
    new = _open_session(session, old.user_id, old.created_at, at, old.expires_at, old.device)
    old.renew, old.expires_at = False, min(old.expires_at, at + RENEWAL_GRACE)
    session.flush()
    return new


def touch_session(session: Session, key: str, at: datetime) -> None:
    """Note that the session is in use."""
    session.execute(
        update(StaffSession).where(StaffSession.token_hash == key_hash(key)).values(seen_at=at)
    )


def disable(session: Session, user_id: int, at: datetime) -> None:
    """Close the door to a person: sessions and tokens end."""
    get_user(session, user_id).disabled_at = at
    _shut_out(session, user_id, at)


def enable(session: Session, user_id: int) -> None:
    """Let a person in again, by their password: what had ended stays ended."""
    get_user(session, user_id).disabled_at = None
    session.flush()


def _shut_out(session: Session, user_id: int, at: datetime) -> None:
    end_sessions(session, user_id)
    own = ApiToken.user_id == user_id, ApiToken.withdrawn_at.is_(None)
    session.execute(update(ApiToken).where(*own).values(withdrawn_at=at))


def _open_session(
    session: Session, user_id: int, since: datetime, at: datetime, until: datetime, device: str
) -> str:
    key = new_key()
    session.add(
        StaffSession(
            token_hash=key_hash(key),
            user_id=user_id,
            created_at=since,
            seen_at=at,
            expires_at=until,
            renew=False,
            device=device,
        )
    )
    session.flush()
    return key


def issue_token(session: Session, *, user_id: int, name: str, at: datetime) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown this once. Raises PersonWrong."""
    if not 1 <= len(name.strip()) <= 60:
        raise PersonWrong("Isi nama kunci, paling banyak 60 huruf.", field="name")
    alive = select(func.count()).where(ApiToken.user_id == user_id, ApiToken.withdrawn_at.is_(None))
    if (session.scalar(alive) or 0) >= TOKENS_MAX:
        raise PersonWrong(f"Paling banyak {TOKENS_MAX} kunci. Cabut yang tidak dipakai.")
    secret = new_key()
    token = ApiToken(user_id=user_id, token_hash=key_hash(secret), name=name.strip(), created_at=at)
    session.add(token)
    session.flush()
    return token, secret


def withdraw_token(session: Session, *, user_id: int, token_id: int, at: datetime) -> None:
    """Make a person's own token useless, at once. Raises TokenUnknown."""
    token = session.get(ApiToken, token_id)
    if token is None or token.user_id != user_id or token.withdrawn_at is not None:
        raise TokenUnknown()
    token.withdrawn_at = at
    session.flush()


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise PersonWrong("Pilih peran petugas, bendahara, ketua atau pengawas.", field="role")
