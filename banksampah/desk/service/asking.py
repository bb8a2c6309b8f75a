"""What may be decided about a flag, as things stand now: both its sides, and its buttons."""

from sqlalchemy.orm import Session

from banksampah.deposits.queries import paid_from_titipan, standing
from banksampah.deposits.service.reversal import missing_goods
from banksampah.desk import queries
from banksampah.desk.gaps import typed_instead
from banksampah.desk.models import DeskFlag, DeskIntake

CHOICES: dict[str, tuple[str, ...]] = {
    "price_old": ("keep",),
    "maybe_double": ("keep", "cancel"),
    "member_closed": ("assign", "pay"),
    "provisional": ("open_member", "assign"),
    "cancel_refused": ("keep", "cancel", "release"),
    "price_unknown": ("keep", "release", "dismiss"),
    "sum_differs": ("release", "dismiss"),
    "material_unknown": ("dismiss",),
    "other_content": ("keep", "release"),
    "phone_revoked": ("release", "dismiss"),
    "unreadable": ("dismiss",),
}
"""What may be decided about each note. *keep*: as it stands; *release*: as the books say, or as the
phone said at last."""


def choices(session: Session, found: DeskFlag, taken: DeskIntake) -> tuple[str, ...]:
    """The buttons of a flag: those of its note that would do something."""
    offered = CHOICES[found.code]
    if found.code == "cancel_refused":
        possible = {
            "keep": True,
            "cancel": replacement_of(session, taken) is not None,
            "release": may_be_undone(session, taken),
        }
        return tuple(choice for choice in offered if possible[choice])
    return offered


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


def may_be_undone(session: Session, taken: DeskIntake) -> bool:
    """Whether what the phone took back can be taken back in the books, now."""
    seq = booked_seq(session, taken)
    if seq is None or paid_from_titipan(session, taken.bank_id, seq):
        return False
    now = standing(session, taken.bank_id, seq)
    return now.reversal is None and missing_goods(session, now) is None
