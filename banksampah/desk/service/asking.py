"""What may be decided about a flag, as things stand now: both its sides, and its buttons."""

from sqlalchemy.orm import Session

from banksampah.deposits.models import DepositSurplus
from banksampah.deposits.queries import StandingLine, paid_from_titipan, standing
from banksampah.deposits.service import repriced
from banksampah.deposits.service.reversal import missing_goods
from banksampah.desk import queries
from banksampah.desk.contents import cancellation
from banksampah.desk.gaps import typed_instead
from banksampah.desk.models import DeskFlag, DeskIntake, Suspense
from banksampah.desk.newcomers import told_in_full
from banksampah.desk.service.cancelling import is_free
from banksampah.desk.service.intake import record_of
from banksampah.desk.service.judging import listed_prices
from banksampah.members.queries import survivor

CHOICES: dict[str, tuple[str, ...]] = {
    "price_old": ("keep", "release"),
    "maybe_double": ("keep", "cancel"),
    "member_closed": ("assign", "reopen", "pay"),
    "member_merged": ("keep",),
    "provisional": ("assign", "open_member"),
    "cancel_refused": ("keep", "cancel", "release"),
    "price_unknown": ("keep", "release", "dismiss"),
    "sum_differs": ("release", "dismiss"),
    "material_unknown": ("assign", "dismiss"),
    "other_content": ("keep", "release"),
    "phone_revoked": ("release", "dismiss"),
    "unreadable": ("assign", "dismiss"),
    "over_cap": ("release", "dismiss"),
    "weight_unusual": ("keep", "cancel"),
    "often_that_day": ("keep", "cancel"),
}
"""What may be decided about each note. *keep*: as it stands; *release*: as the books say, or as the
phone said at last; *assign*: to the household, or as the deposit, whose number is given."""


def choices(session: Session, found: DeskFlag, taken: DeskIntake) -> tuple[str, ...]:
    """The buttons of a flag: those of its note that would do something."""
    possible = {
        ("member_closed", "reopen"): lambda: may_come_back(session, _lies(session, taken)),
        ("price_old", "release"): lambda: _is_adjustable(session, taken),
        ("cancel_refused", "cancel"): lambda: replacement_of(session, taken) is not None,
        ("cancel_refused", "release"): lambda: may_be_undone(session, taken),
        ("weight_unusual", "cancel"): lambda: may_be_undone(session, taken),
        ("often_that_day", "cancel"): lambda: may_be_undone(session, taken),
    }
    return tuple(
        choice
        for choice in CHOICES[found.code]
        if (found.code, choice) not in possible or possible[found.code, choice]()
    )


def choices_of(session: Session, lies: Suspense | DepositSurplus) -> tuple[str, ...]:
    """The same for what a row of a sheet of paper, or a correction, laid in Titipan."""
    offered = CHOICES[queries.code_of(lies)]
    return tuple(x for x in offered if x != "reopen" or may_come_back(session, lies))


def may_come_back(session: Session, lies: Suspense | DepositSurplus) -> bool:
    """Whether the household for which it lies there is open by now, or may be opened again."""
    assert lies.member_id is not None
    member = survivor(session, lies.bank_id, lies.member_id)
    return member.is_open or member.may_reopen


def _lies(session: Session, taken: DeskIntake) -> Suspense:
    return session.get_one(Suspense, (taken.bank_id, taken.deposit_seq))


def by_the_list(session: Session, taken: DeskIntake) -> list[tuple[StandingLine, StandingLine]]:
    """Each line of a booked deposit, and as the list of its day has it for its household. A line
    whose price is to come, told or listed, stays."""
    assert taken.deposit_seq is not None
    now = standing(session, taken.bank_id, taken.deposit_seq)
    record = record_of(session, taken.bank_id, taken.record_id)
    listed = listed_prices(session, taken.bank_id, record, now.deposit.weighed_on)
    found = []
    for line in now.lines:
        price_idr = listed[line.material_id]
        new = line
        if line.price_idr is not None and price_idr is not None:
            new = repriced(now, line, price_idr)
        found.append((line, new))
    return found


def _is_adjustable(session: Session, taken: DeskIntake) -> bool:
    assert taken.deposit_seq is not None
    if paid_from_titipan(session, taken.bank_id, taken.deposit_seq):
        return False
    return any(old != new for old, new in by_the_list(session, taken))


def booked_seq(session: Session, taken: DeskIntake) -> int | None:
    """The deposit that stands for a record: its own, or the one typed in from its slip."""
    if taken.deposit_seq is not None:
        return taken.deposit_seq
    return typed_instead(session, taken.bank_id, taken.device_id, taken.epoch, taken.number)


def replacement_of(session: Session, taken: DeskIntake) -> DeskIntake | None:
    """The record that the phone put in the place of this one, as far as it came and counts."""
    found = queries.replaced_by(session, taken)
    while found is not None and found.cancelled:
        found = queries.replaced_by(session, found)
    if found is None or found.deposit_seq is None:
        return found
    return None if standing(session, found.bank_id, found.deposit_seq).reversal else found


def why_refused(session: Session, taken: DeskIntake) -> str:
    """Why a cancellation waits, as things stand now: a name in WHY_CANCEL_REFUSED."""
    if taken.deposit_seq is None:
        return "typed"
    if queries.get_device(session, taken.bank_id, taken.device_id).revoked_at is not None:
        return "revoked"
    told = cancellation(session, queries.first_raw(session, taken.bank_id, taken.record_id))
    free = told is None or is_free(session, taken, told_in_full(session, told), told)
    return "gone" if free or not may_be_undone(session, taken) else "not_own"


def may_be_undone(session: Session, taken: DeskIntake) -> bool:
    """Whether what the phone took back can be taken back in the books, now."""
    seq = booked_seq(session, taken)
    if seq is None or paid_from_titipan(session, taken.bank_id, seq):
        return False
    now = standing(session, taken.bank_id, seq)
    return now.reversal is None and missing_goods(session, now) is None
