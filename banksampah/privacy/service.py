"""Erasing a household: the person goes, the books stay."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.desk.queries import newcomers_of
from banksampah.errors import Refused
from banksampah.members.models import Member, MemberPerson, MemberSession
from banksampah.members.queries import get_member
from banksampah.privacy.queries import entries_of

ERASED = "(dihapus)"


class MemberStillOpen(Refused):
    """The savings contract runs: its data are needed to keep it, and the law lets them be kept."""

    code = "member_still_open"

    def __init__(self, number: str):
        super().__init__(
            f"Nasabah {number} masih terbuka, jadi datanya masih diperlukan untuk tabungannya. "
            "Bayarkan saldonya dan tutup dulu.",
            field="member_id",
        )


def erase_member(session: Session, act: ledger.Act, *, member_id: int) -> Member:
    """Replace everything personal about a closed member; entries, sums and number stay.

    The number is in the chart of accounts (2100.<number>) and on papers: it names an account, and
    after this nothing here leads from it to a person. Raises MemberStillOpen.
    """
    facts = {"member_id": member_id}
    if ledger.replay(session, act, "member.erase", facts) is not None:
        return get_member(session, act.bank_id, member_id)
    member = get_member(session, act.bank_id, member_id)
    if member.is_open:
        raise MemberStillOpen(member.number)
    ledger.post(session, act, "member.erase", facts, body=facts)
    ledger.forget_notes(session, act.bank_id, entries_of(session, member))
    member.name, member.phone, member.rt, member.rw, member.house_no = ERASED, "", "", "", ""
    member.sex, member.pin_hash, member.erased_on = None, None, act.today
    own = {"bank_id": act.bank_id, "member_id": member_id}
    for person in session.scalars(select(MemberPerson).filter_by(**own)):
        person.name = ERASED
    for newcomer in newcomers_of(session, act.bank_id, member_id):
        newcomer.name, newcomer.rt, newcomer.house_no = ERASED, "", ""
    session.execute(delete(MemberSession).filter_by(**own))
    session.flush()
    return member
