"""The household's PIN: made by the bank, kept only as an argon2id hash."""

import secrets

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.members.models import Member
from banksampah.members.queries import find_member_by_number, get_member
from banksampah.members.service.opening import MemberClosed
from banksampah.staff.secrets import hash_secret, is_password

PIN_DIGITS = 6


def make_pin() -> str:
    """A random PIN. Given, not chosen: nobody has 123456."""
    return "".join(secrets.choice("0123456789") for _digit in range(PIN_DIGITS))


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
    ledger.post(session, act, "member.pin", facts, body=facts)
    member.pin_hash = hash_secret(pin)
    session.flush()
    return True


def pin_is_right(session: Session, bank_id: int, number: str, pin: str) -> Member | None:
    """The member whose number and PIN these are, or None.

    Takes as long for a number that does not exist, so that numbers cannot be fished for.
    """
    member = find_member_by_number(session, bank_id, number)
    known = member.pin_hash if member is not None and member.is_open else None
    return member if is_password(known, pin) else None
