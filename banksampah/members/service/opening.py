"""Opening a member's account, and changing what is said of the member."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import next_id
from banksampah.errors import Conflict, Refused
from banksampah.members.models import Member, MemberPerson
from banksampah.members.queries import get_member, normal_number

NUMBER_FORM = re.compile(r"[0-9A-Z][0-9A-Z./-]{0,15}")
NUMBER_DIGITS = 4
PHONE_FORM = re.compile(r"\+?[0-9]{6,15}")


class MemberProfile(TypedDict, total=False):
    """What is said of a member beside name and number; *rt*, *rw* and *phone* as they are typed."""

    kind: str
    rt: str
    rw: str
    house_no: str
    phone: str
    sex: str | None
    delivery: str
    price_class: str | None


class MemberChanges(MemberProfile, total=False):
    """What may change later. The number never does: it is printed on the card."""

    name: str
    people: Sequence[str]


class NumberTaken(Conflict):
    """Another member has this number."""

    code = "number_taken"

    def __init__(self, number: str):
        super().__init__(f"Nomor {number} sudah dipakai. Pakai nomor lain.", field="number")
        self.field = "number"


class NumberForm(Refused):
    """A number that cannot be printed and spoken."""

    code = "number_form"

    def __init__(self) -> None:
        super().__init__(
            "Nomor hanya angka dan huruf, paling banyak 16, misalnya 0123.", field="number"
        )


class OpenedAhead(Refused):
    """A member cannot have been one since a day to come."""

    code = "opened_ahead"

    def __init__(self) -> None:
        super().__init__("Nasabah sejak: paling lambat hari ini.", field="opened_on")


class MemberClosed(Refused):
    """The account is closed."""

    code = "member_closed"

    def __init__(self, number: str):
        super().__init__(f"Nasabah {number} sudah ditutup. Buka lagi dulu.", field="member_id")


def open_member(
    session: Session,
    act: ledger.Act,
    *,
    name: str,
    number: str | None = None,
    opened_on: date | None = None,
    people: Sequence[str] = (),
    **profile: Unpack[MemberProfile],
) -> Member:
    """Open a member's account. Without a *number* the next free one is given.

    *opened_on* is the day on an older passbook; the books know the member from today.
    """
    facts = {"name": name, "number": number, "people": list(people), **profile}
    if opened_on is not None:
        facts["opened_on"] = opened_on.isoformat()
    if (seq := ledger.replay(session, act, "member.open", facts)) is not None:
        return session.scalars(select(Member).filter_by(bank_id=act.bank_id, opened_seq=seq)).one()
    if opened_on is not None and opened_on > act.today:
        raise OpenedAhead
    number = free_number(session, act.bank_id, number)
    member_id = next_id(session, Member, act.bank_id)
    account_id = ledger.open_account(
        session, act.bank_id, code=f"2100.{number}", unit="IDR", normal="credit", floor=True
    )
    body = {"member_id": member_id, "number": number, "account_id": account_id}
    seq = ledger.post(session, act, "member.open", facts, body=body)
    member = Member(
        bank_id=act.bank_id,
        id=member_id,
        number=number,
        name=name,
        savings_account_id=account_id,
        opened_on=opened_on or act.today,
        opened_seq=seq,
        **({"kind": "household"} | _tidy(dict(profile))),
    )
    session.add(member)
    session.flush()
    write_people(session, member, people)
    return member


def free_number(session: Session, bank_id: int, number: str | None) -> str:
    """*number* if it is free and can be printed; the next free one for None."""
    if number is None:
        return next_number(session, bank_id)
    number = normal_number(number)
    if not NUMBER_FORM.fullmatch(number):
        raise NumberForm
    if session.scalar(select(Member.id).filter_by(bank_id=bank_id, number=number)) is not None:
        raise NumberTaken(number)
    return number


def next_number(session: Session, bank_id: int) -> str:
    """One more than the highest number made of digits, four digits long: 0124."""
    numbers = session.scalars(select(Member.number).filter_by(bank_id=bank_id))
    digits = [n for n in numbers if n.isascii() and n.isdigit()]
    return str(max(map(int, digits), default=0) + 1).zfill(NUMBER_DIGITS)


def normal_phone(text: str) -> str | None:
    """Digits with a leading 0 or +62; empty for nothing typed; None when it cannot be dialled.

    >>> normal_phone("0812-3456 789"), normal_phone("812 3456 789")
    ('08123456789', '08123456789')
    """
    phone = re.sub(r"[\s().-]", "", text)
    if not phone:
        return ""
    if phone.startswith("8"):
        phone = "0" + phone  # a spreadsheet took the leading 0 for nothing
    return phone if PHONE_FORM.fullmatch(phone) else None


def normal_area(text: str) -> str:
    """RT and RW have two digits at least: "3" is 03."""
    return text.strip().zfill(2) if text.strip() else ""


def _tidy(profile: dict[str, Any]) -> dict[str, Any]:
    for field in {"rt", "rw"} & profile.keys():
        profile[field] = normal_area(profile[field])
    if "phone" in profile:
        profile["phone"] = normal_phone(profile["phone"]) or ""
    return profile


def change_member(
    session: Session, act: ledger.Act, *, member_id: int, **changes: Unpack[MemberChanges]
) -> Member:
    """Change what is said of an open member; *people* is the whole list as it now is.

    The journal notes which fields changed, never what they hold.
    """
    asked: dict[str, Any] = dict(changes)
    if "people" in asked:
        asked["people"] = list(asked["people"])
    facts = {"member_id": member_id, **asked}
    if ledger.replay(session, act, "member.change", facts) is not None:
        return get_member(session, act.bank_id, member_id)
    member = get_member(session, act.bank_id, member_id)
    if not member.is_open:
        raise MemberClosed(member.number)
    if not asked:
        return member
    body = {"member_id": member_id, "fields": sorted(asked)}
    ledger.post(session, act, "member.change", facts, body=body)
    people = asked.pop("people", None)
    for field, value in _tidy(asked).items():
        setattr(member, field, value)
    session.flush()
    if people is not None:
        change_people(session, act, member, people)
    return member


def write_people(session: Session, member: Member, names: Sequence[str], after: int = 0) -> None:
    """Add people to a household, after line *after*."""
    session.add_all(
        MemberPerson(bank_id=member.bank_id, member_id=member.id, line=line, name=name)
        for line, name in enumerate(names, start=after + 1)
    )
    session.flush()


def change_people(session: Session, act: ledger.Act, member: Member, names: Sequence[str]) -> None:
    """Make *names* the people of the household: who is not among them has left today."""
    there = session.scalars(
        select(MemberPerson).filter_by(bank_id=member.bank_id, member_id=member.id)
    ).all()
    wanted = list(names)
    for person in there:
        if person.left_on is None and person.name in wanted:
            wanted.remove(person.name)
        elif person.left_on is None:
            person.left_on = act.today
    session.flush()
    write_people(session, member, wanted, after=len(there))


def debt_account(session: Session, member: Member) -> int:
    """The member's debt account (1400.<number>), opened when first wanted.

    Under the bank's lock only, as every opening of an account.
    """
    if member.debt_account_id is None:
        member.debt_account_id = ledger.open_account(
            session,
            member.bank_id,
            code=f"1400.{member.number}",
            unit="IDR",
            normal="debit",
            floor=True,
        )
        session.flush()
    return member.debt_account_id
