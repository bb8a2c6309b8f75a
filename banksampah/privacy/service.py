"""Erasing a household: the person goes, the books stay."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.desk.models import Newcomer
from banksampah.desk.newcomers import newcomers_of
from banksampah.errors import Refused
from banksampah.members.models import Member, MemberPerson, MemberSession
from banksampah.members.queries import get_member, waits_in_titipan
from banksampah.privacy.newcomers import ERASED, NewcomerIsMember, NewcomerWaits, Told, waits
from banksampah.privacy.newcomers import entries_of as entries_of_newcomer
from banksampah.privacy.queries import accounts_of, entries_of


class MoneyWaits(Refused):
    """What lies there could be handed to nobody any more."""

    code = "money_waits"

    def __init__(self, number: str):
        super().__init__(
            f"Setoran nasabah {number} masih di Titipan. Putuskan di halaman Perlu dilihat dulu.",
            field="member_id",
        )


class MemberStillOpen(Refused):
    """The savings contract runs: its data are needed to keep it, and the law lets them be kept."""

    code = "member_still_open"

    def __init__(self, number: str):
        super().__init__(
            f"Nasabah {number} masih terbuka, jadi datanya masih diperlukan untuk tabungannya. "
            "Bayarkan saldonya dan tutup dulu.",
            field="member_id",
        )


def erase_member(session: Session, act: ledger.Act, *, member_id: int) -> bool:
    """Replace everything personal about a closed household; entries, sums and numbers stay.

    Of the account that remains and of all that were merged into it; of one that was erased before,
    what phones told and what was written of it since. False: nothing was held any more. A number is
    in the chart of accounts (2100.<number>) and on papers: it names an account, and after this
    nothing here leads from it to a person. Raises MemberStillOpen, MoneyWaits.
    """
    facts = {"member_id": member_id}
    if ledger.replay(session, act, "member.erase", facts) is not None:
        return True
    accounts = accounts_of(session, get_member(session, act.bank_id, member_id))
    kept, held = accounts[0], [account for account in accounts if account.erased_on is None]
    if kept.is_open:
        raise MemberStillOpen(kept.number)
    if waits_in_titipan(session, kept):
        raise MoneyWaits(kept.number)
    named = _named(newcomers_of(session, act.bank_id, [account.id for account in accounts]))
    notes_count = ledger.forget_notes(session, act.bank_id, entries_of(session, accounts))
    if not held and not named and not notes_count:
        return False
    merged = [account.id for account in held if account is not kept]
    body = {"member_id": kept.id, "merged_ids": merged}
    ledger.post(session, act, "member.erase", facts, body=body)
    _forget(named)
    for account in held:
        _erase_profile(session, account, act.today)
    session.flush()
    return True


def erase_newcomer(session: Session, act: ledger.Act, household: Told) -> int:
    """Erase the names of a new household that never became a member, or became one that was erased
    before; how many rows held one.

    What was weighed stays under the phone's number or the row of its sheet. Raises
    NewcomerIsMember, and NewcomerWaits while its deposit asks to whom it belongs.
    """
    if household.member is not None and household.is_of_member:
        raise NewcomerIsMember(household.member.number)
    if waits(session, household):
        raise NewcomerWaits()
    named = _named(household.people)
    if named:
        facts = {"newcomer": household.code, "records_count": len(named)}
        ledger.post(session, act, "desk.erase", facts, body=facts)
        seqs = entries_of_newcomer(session, act.bank_id, household)
        ledger.forget_notes(session, act.bank_id, seqs)
        _forget(named)
        session.flush()
    return len(named)


def _erase_profile(session: Session, member: Member, today: date) -> None:
    member.name, member.phone, member.rt, member.rw, member.house_no = ERASED, "", "", "", ""
    member.sex, member.pin_hash, member.erased_on = None, None, today
    own = {"bank_id": member.bank_id, "member_id": member.id}
    for person in session.scalars(select(MemberPerson).filter_by(**own)):
        person.name = ERASED
    session.execute(delete(MemberSession).filter_by(**own))


def _named(people: Sequence[Newcomer]) -> list[Newcomer]:
    return [who for who in people if who.name != ERASED]


def _forget(people: Sequence[Newcomer]) -> None:
    for who in people:
        who.name, who.rt, who.house_no = ERASED, "", ""
