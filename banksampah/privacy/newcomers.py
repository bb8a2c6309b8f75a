"""Households that phones or sheets of paper told of, and that never became a member; and what they
told of a member after its data were erased."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.deposits.queries import standing
from banksampah.desk.models import HELD, DeskIntake, DeskRecord, Newcomer, Suspense
from banksampah.desk.newcomers import household_codes, told_in_full
from banksampah.desk.queries import contents_in_question
from banksampah.desk.records import apart_id
from banksampah.desk.service.suspense import lying_idr
from banksampah.errors import Refused
from banksampah.members.models import Member
from banksampah.members.queries import survivor

ERASED = "(dihapus)"


class NewcomerIsMember(Refused):
    code = "newcomer_is_member"

    def __init__(self, number: str):
        super().__init__(f"Warga ini sudah menjadi nasabah {number}. Pakai nomor itu.")


class NewcomerWaits(Refused):
    """Its name is what its money or its record is waiting to be known by."""

    code = "newcomer_waits"

    def __init__(self) -> None:
        super().__init__(
            "Setoran warga baru ini masih menunggu di halaman Perlu dilihat. Putuskan dulu."
        )


@dataclass
class Told:
    """One new household, by its *code*: HP01-1-T-01 of a phone, or the row of a sheet of paper."""

    code: str
    people: list[Newcomer] = field(default_factory=list)
    intakes: list[DeskIntake] = field(default_factory=list)
    lies: Sequence[Suspense] = ()
    member: Member | None = None
    """Who it became."""

    @property
    def who(self) -> Newcomer:
        """As it was told first and is not erased."""
        return next((who for who in self.people if who.name != ERASED), self.people[0])

    @property
    def name(self) -> str:
        return self.who.name

    @property
    def is_of_member(self) -> bool:
        """Whether it is handed over and erased with the member it became: until that was erased."""
        return self.member is not None and self.member.erased_on is None

    @property
    def deposit_seqs(self) -> list[int]:
        """What was booked of it."""
        sent = {one.deposit_seq for one in self.intakes if one.deposit_seq is not None}
        return sorted(sent | {one.deposit_seq for one in self.lies})


def told_of(session: Session, bank_id: int) -> list[Told]:
    """Every new household that a phone or a sheet ever told of, by its code."""
    taken = {
        one.record_id: one for one in session.scalars(select(DeskIntake).filter_by(bank_id=bank_id))
    }
    codes = household_codes(session, bank_id)
    found: dict[str, Told] = {}
    named = select(Newcomer).filter_by(bank_id=bank_id).order_by(Newcomer.record_id)
    for who in session.scalars(named):
        code = codes.get(who.record_id, who.record_id)  # of paper: the row itself
        household = found.setdefault(code, Told(code))
        household.people.append(who)
        if who.record_id in taken:
            household.intakes.append(taken[who.record_id])
    for household in found.values():
        _look_up(session, bank_id, household)
    return sorted(found.values(), key=lambda household: household.code)


def find_told_of(session: Session, bank_id: int, asked: str) -> list[Told]:
    """The new household with this code, or those with this name; erased ones have none."""
    words = " ".join(asked.split()).casefold()
    return [
        household
        for household in told_of(session, bank_id)
        if words in (household.code.casefold(), household.name.casefold())
    ]


def waits(session: Session, household: Told) -> bool:
    """Whether something of it lies in Titipan, is held, or asks whether it counts beside another
    content of its receipt, until somebody decides."""
    if any(one.state == HELD and not one.cancelled for one in household.intakes):
        return True
    places = {who.record_id for who in household.people}
    asked = contents_in_question(session, household.people[0].bank_id)
    return not places.isdisjoint(asked) or any(
        one.settled_seq is None and lying_idr(session, one) is not None for one in household.lies
    )


def newcomer_data(session: Session, bank: Bank, household: Told, at: datetime) -> dict[str, Any]:
    """Everything about it as plain values, for JSON."""
    codes = household_codes(session, bank.bank_id)
    kept = select(DeskRecord).filter_by(bank_id=bank.bank_id).order_by(DeskRecord.id)
    raws = [
        raw
        for raw in session.scalars(kept)
        if codes.get(apart_id(raw.record_id, raw.id)) == household.code
    ]
    changes = entries_of(session, bank.bank_id, household)
    notes = ledger.notes_of(session, bank.bank_id, changes)
    return {
        "exported_at": at.isoformat(),
        "bank": {"slug": bank.slug, "name": bank.name, "address": bank.address},
        "newcomer": household.code,
        "told": [
            {"name": who.name, "rt": who.rt, "house_no": who.house_no} for who in household.people
        ],
        "records": [told_in_full(session, raw) for raw in raws],
        "deposits": [_deposit(session, bank.bank_id, seq) for seq in household.deposit_seqs],
        "notes": [{"entry": seq, "note": note} for seq, note in sorted(notes.items())],
    }


def entries_of(session: Session, bank_id: int, household: Told) -> list[int]:
    """The seqs of its deposits and of what changed them."""
    found = set(household.deposit_seqs)
    for seq in household.deposit_seqs:
        found |= {change.seq for change in standing(session, bank_id, seq).changes}
    return sorted(found)


def _look_up(session: Session, bank_id: int, household: Told) -> None:
    """What lies in Titipan of it, and who it became: rather one whose data are not erased."""
    household.lies = session.scalars(
        select(Suspense).filter_by(bank_id=bank_id, provisional=household.code)
    ).all()
    became = {one.settled_member_id for one in household.lies}
    became |= {one.member_id for one in household.intakes}
    members = [survivor(session, bank_id, one) for one in became if one is not None]
    household.member = max(members, key=lambda one: one.erased_on is None, default=None)


def _deposit(session: Session, bank_id: int, seq: int) -> dict[str, Any]:
    now = standing(session, bank_id, seq)
    return {
        "entry": seq,
        "weighed_on": now.deposit.weighed_on.isoformat(),
        "value_idr": now.value_idr,
        "undone": now.reversal is not None,
        "lines": [line._asdict() for line in now.lines],
    }
