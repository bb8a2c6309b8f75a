"""The household's PIN, kept only as an argon2id hash, and the sessions it opens."""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.errors import Refused
from banksampah.members.models import Member, MemberSession
from banksampah.members.queries import find_member_by_number, get_member
from banksampah.members.service.opening import MemberClosed
from banksampah.staff.secrets import hash_secret, is_password, key_hash, new_key

PIN_DIGITS = 6
SESSION_LIFE = timedelta(minutes=30)
SESSION_IDLE = timedelta(minutes=10)
_RUNS = "01234567890123456789", "98765432109876543210"


class PinWeak(Refused):
    code = "pin_weak"

    def __init__(self) -> None:
        super().__init__(
            "PIN ini mudah ditebak. Pakai enam angka yang bukan urutan, ulangan atau tanggal.",
            field="pin",
        )


def make_pin() -> str:
    """A random PIN that `is_weak_pin` has nothing against. Given, not chosen."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _digit in range(PIN_DIGITS))
        if not is_weak_pin(pin):
            return pin


def is_weak_pin(pin: str) -> bool:
    """Whether it is tried first: short, a run, repeats, a birthday or a year of one.

    >>> is_weak_pin("123456"), is_weak_pin("121212"), is_weak_pin("170845"), is_weak_pin("730518")
    (True, True, True, False)
    """
    if not re.fullmatch(r"[0-9]{6}", pin):
        return True
    if len(set(pin)) < 3 or pin[:3] == pin[3:] or any(pin in run for run in _RUNS):
        return True
    return (
        _is_birthday(pin)
        or re.search(r"^(?:19[3-9]|20[0-3])|(?:19[3-9]|20[0-3])\d$", pin) is not None
    )


def _is_birthday(pin: str) -> bool:
    """Day, month and year of two figures each, as people write them here."""
    day, month = int(pin[:2]), int(pin[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12


def set_pin(session: Session, act: ledger.Act, *, member_id: int, pin: str) -> bool:
    """Give an open member a new PIN; the old one ends. False: done before under this key.

    The PIN is no part of the facts: not even its fingerprint enters the journal.
    """
    facts = {"member_id": member_id}
    if ledger.replay(session, act, "member.pin", facts) is not None:
        return False
    member = get_member(session, act.bank_id, member_id)
    if not member.is_open:
        raise MemberClosed(member.number)
    if is_weak_pin(pin):
        raise PinWeak()
    ledger.post(session, act, "member.pin", facts, body=facts)
    member.pin_hash = hash_secret(pin)
    end_sessions(session, member)
    session.flush()
    return True


def pin_is_right(session: Session, bank_id: int, number: str, pin: str) -> Member | None:
    """The member whose number and PIN these are, or None.

    Takes as long for a number that does not exist, so that numbers cannot be fished for.
    """
    member = find_member_by_number(session, bank_id, number)
    known = member.pin_hash if member is not None and member.is_open else None
    return member if is_password(known, pin) else None


def open_session(session: Session, member: Member, at: datetime) -> str:
    """Let a browser in; its secret is for the cookie. Sessions that are over are dropped."""
    over = (MemberSession.expires_at < at) | (MemberSession.seen_at < at - SESSION_IDLE)
    session.execute(
        delete(MemberSession).where(
            MemberSession.bank_id == member.bank_id, MemberSession.member_id == member.id, over
        )
    )
    secret = new_key()
    session.add(
        MemberSession(
            bank_id=member.bank_id,
            token_hash=key_hash(secret),
            member_id=member.id,
            seen_at=at,
            expires_at=at + SESSION_LIFE,
        )
    )
    session.flush()
    return secret


def find_session(
    session: Session, bank_id: int, secret: str, at: datetime
) -> tuple[Member, datetime] | None:
    """The open member a browser was let in for, and when it was last seen; None when it is over."""
    row = session.execute(
        select(Member, MemberSession.seen_at)
        .join(
            MemberSession,
            (MemberSession.bank_id == Member.bank_id) & (MemberSession.member_id == Member.id),
        )
        .where(
            MemberSession.bank_id == bank_id,
            MemberSession.token_hash == key_hash(secret),
            MemberSession.expires_at > at,
            MemberSession.seen_at > at - SESSION_IDLE,
            Member.closed_on.is_(None),
        )
    ).first()
    return None if row is None else (row[0], row[1])


def touch_session(session: Session, bank_id: int, secret: str, at: datetime) -> None:
    """Note that the session is in use."""
    session.execute(
        update(MemberSession)
        .where(MemberSession.bank_id == bank_id, MemberSession.token_hash == key_hash(secret))
        .values(seen_at=at)
    )


def sign_out(session: Session, bank_id: int, secret: str) -> Member | None:
    """End the session of this secret; whose it was."""
    row = session.get(MemberSession, (bank_id, key_hash(secret)))
    if row is None:
        return None
    session.delete(row)
    return session.get(Member, (bank_id, row.member_id))


def end_sessions(session: Session, member: Member) -> None:
    """End every session of the household."""
    session.execute(
        delete(MemberSession).where(
            MemberSession.bank_id == member.bank_id, MemberSession.member_id == member.id
        )
    )
