"""Reads of the desk: phones, what they sent, what waits to be looked at."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, TextClause, exists, func, select, text
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.config import carried
from banksampah.deposits.models import (
    MEMBER,
    REVERSED,
    SHEET_KEY,
    WEIGHT,
    Deposit,
    DepositChange,
    DepositSurplus,
)
from banksampah.deposits.queries import read_lines
from banksampah.desk.models import (
    ACCEPTED,
    DISMISSED,
    HELD,
    DeskFlag,
    DeskIntake,
    DeskPin,
    DeskRecord,
    Device,
    Suspense,
    WeighingSession,
)
from banksampah.desk.records import ID_FORM, apart_id, lines_key
from banksampah.errors import NotFound
from banksampah.members.models import Member
from banksampah.members.queries import all_merged

NAME_FORM = re.compile(r"HP[0-9]{2,6}")
DOUBLE_WITHIN = timedelta(minutes=10)
CARDS_MAX = 100
"""How many of each kind a page shows, the oldest first."""
OF_TITIPAN = ("member_closed", "provisional")
OF_WEIGHT = ("weight_unusual",)
OF_BOOKED = (
    *OF_TITIPAN, *OF_WEIGHT, "member_merged", "price_old", "maybe_double", "cancel_refused",
    "often_that_day",
)  # fmt: skip
"""Notes on a deposit that is booked: they ask nothing once it is undone."""


class DeviceNotFound(NotFound):
    code = "phone_not_found"

    def __init__(self) -> None:
        super().__init__("HP ini tidak ada di bank ini.")


class FlagNotFound(NotFound):
    code = "flag_not_found"

    def __init__(self) -> None:
        super().__init__("Catatan ini tidak ada, atau sudah diputuskan.")


class PhonesWaiting(NamedTuple):
    """What phones in use last said they hold, and when the first of them said so (in ms)."""

    unsent: int
    oldest_contact_ms: int | None


def phones_waiting(session: Session) -> PhonesWaiting:
    """Over all banks, in two sums; on PostgreSQL a function adds up what no bank sees alone."""
    dialect = session.get_bind().dialect.name
    return PhonesWaiting(*session.execute(_phones_waiting(dialect)).one())


@cache
def _phones_waiting(dialect: str) -> TextClause:
    if dialect == "postgresql":
        return text("SELECT * FROM phones_waiting()")
    made = carried("migrations") / "sql" / "0013_phones_postgresql.sql"
    return text(made.read_text().split("$$")[1])


def get_device(session: Session, bank_id: int, device_id: int) -> Device:
    """The phone, or DeviceNotFound."""
    device = session.get(Device, (bank_id, device_id))
    if device is None:
        raise DeviceNotFound()
    return device


def find_device(session: Session, bank_id: int, key_hash: str) -> Device | None:
    """The phone that holds this key, revoked or not."""
    return session.scalar(select(Device).filter_by(bank_id=bank_id, key_hash=key_hash))


def find_named(session: Session, bank_id: int, name: object) -> Device | None:
    """The phone that has this name in its receipt numbers: HP02; None for what is no name."""
    if not isinstance(name, str) or not NAME_FORM.fullmatch(name):
        return None
    return session.scalar(select(Device).filter_by(bank_id=bank_id, name=name))


def devices(session: Session, bank_id: int) -> Sequence[Device]:
    """Every phone the bank ever had, the newest first."""
    return session.scalars(
        select(Device).filter_by(bank_id=bank_id).order_by(Device.id.desc())
    ).all()


def find_doubles(session: Session, bank_id: int, intake: DeskIntake) -> Sequence[DeskIntake]:
    """Other standing records of the same household and weights, weighed at about the same time."""
    return session.scalars(
        select(DeskIntake).where(
            DeskIntake.bank_id == bank_id,
            DeskIntake.weighed_at.between(
                intake.weighed_at - DOUBLE_WITHIN, intake.weighed_at + DOUBLE_WITHIN
            ),
            DeskIntake.record_id != intake.record_id,
            DeskIntake.member_id == intake.member_id,
            DeskIntake.lines_key == intake.lines_key,
            DeskIntake.state == ACCEPTED,
            DeskIntake.cancelled.is_(False),
        )
    ).all()


def find_online_double(session: Session, bank_id: int, intake: DeskIntake) -> int | None:
    """The same recorded online, by a form or a program, at about the same time; or on a sheet of
    paper of the same day."""
    booked = session.get_one(Deposit, (bank_id, intake.deposit_seq))
    since, until = intake.weighed_at - DOUBLE_WITHIN, intake.weighed_at + DOUBLE_WITHIN
    laid_aside = select(Suspense.deposit_seq).filter_by(bank_id=bank_id, member_id=intake.member_id)
    near = session.scalars(
        select(Deposit)
        .where(
            Deposit.bank_id == bank_id,
            (Deposit.member_id == intake.member_id) | Deposit.seq.in_(laid_aside),
            Deposit.recorded_at.between(since, until) | (Deposit.weighed_on == booked.weighed_on),
            Deposit.seq != intake.deposit_seq,
            ~exists().where(DeskIntake.bank_id == bank_id, DeskIntake.deposit_seq == Deposit.seq),
        )
        .order_by(Deposit.seq.desc())
        .limit(20)
    ).all()
    read_lines(session, bank_id, near)
    for deposit in near:
        key = lines_key((line.material_id, line.quantity) for line in deposit.lines)
        is_near = since <= deposit.recorded_at <= until
        if key == intake.lines_key and (is_near or _is_of_a_sheet(session, deposit)):
            return deposit.seq
    return None


def _is_of_a_sheet(session: Session, deposit: Deposit) -> bool:
    key = ledger.entry(session, deposit.bank_id, deposit.seq).idem_key
    return key.startswith(SHEET_KEY)


def open_flags(session: Session, bank_id: int) -> Sequence[DeskFlag]:
    """What waits to be looked at, the oldest first."""
    waiting = select(DeskFlag).where(*_waiting(bank_id)).order_by(DeskFlag.id)
    return session.scalars(waiting.limit(CARDS_MAX)).all()


def open_flags_count(session: Session, bank_id: int) -> int:
    """How many wait."""
    waiting = select(func.count()).select_from(DeskFlag)
    return session.scalar(waiting.where(*_waiting(bank_id))) or 0


def contents_in_question(session: Session, bank_id: int) -> set[str]:
    """The ids that other contents under a used id would have, where nobody has decided whether they
    are to count."""
    other = select(DeskFlag).where(*_waiting(bank_id), DeskFlag.raw_id.is_not(None))
    return {
        apart_id(flag.record_id, flag.raw_id)
        for flag in session.scalars(other)
        if flag.raw_id is not None
    }


def _waiting(bank_id: int) -> list[ColumnElement[bool]]:
    """Nobody has decided, and there is something to decide still: a deposit that was undone, or
    one of Titipan that was moved, on another page asks nothing more; nor does what the phone took
    back while it was held."""
    record = (DeskIntake.bank_id == bank_id, DeskIntake.record_id == DeskFlag.record_id)
    either = (
        DeskIntake.bank_id == bank_id,
        DeskIntake.record_id.in_([DeskFlag.record_id, DeskFlag.other_record_id]),
    )
    changed = (
        DepositChange.bank_id == bank_id,
        DepositChange.deposit_seq == DeskIntake.deposit_seq,
    )
    undone = exists().where(*either, *changed, DepositChange.kind == REVERSED)
    moved = exists().where(*record, *changed, DepositChange.kind == MEMBER)
    corrected = exists().where(*record, *changed, DepositChange.kind == WEIGHT)
    taken_back = exists().where(
        *record, DeskIntake.cancelled, DeskIntake.deposit_seq.is_(None), DeskFlag.raw_id.is_(None)
    )
    return [
        DeskFlag.bank_id == bank_id,
        DeskFlag.decided_seq.is_(None),
        ~(DeskFlag.code.in_(OF_BOOKED) & undone),
        ~(DeskFlag.code.in_(OF_TITIPAN) & moved),
        ~(DeskFlag.code.in_(OF_WEIGHT) & corrected),
        ~((DeskFlag.code != "cancel_refused") & taken_back),
    ]


def asked_of(session: Session, taken: DeskIntake) -> list[str]:
    """What waits to be decided about a record as it came first; of a possible double, on both."""
    alike = (DeskFlag.other_record_id == taken.record_id) & (DeskFlag.code == "maybe_double")
    rows = session.scalars(
        select(DeskFlag.code)
        .where(
            *_waiting(taken.bank_id),
            (DeskFlag.record_id == taken.record_id) | alike,
            DeskFlag.raw_id.is_(None),
        )
        .order_by(DeskFlag.id)
    )
    return list(dict.fromkeys(rows))


def replaced_by(session: Session, taken: DeskIntake) -> DeskIntake | None:
    """The record of the same phone that says it is in the place of this one."""
    says = f'%"replaces":"{taken.record_id}"%'
    return session.scalars(
        select(DeskIntake)
        .join(
            DeskRecord,
            (DeskRecord.bank_id == DeskIntake.bank_id)
            & (DeskRecord.record_id == DeskIntake.record_id),
        )
        .where(
            DeskIntake.bank_id == taken.bank_id,
            DeskIntake.device_id == taken.device_id,
            DeskIntake.epoch == taken.epoch,
            DeskIntake.number > taken.number,
            DeskIntake.state != DISMISSED,
            DeskRecord.raw.like(says),
        )
        .order_by(DeskIntake.number)
        .limit(1)
    ).first()


def newest_raw_id(session: Session, bank_id: int) -> int:
    """The row of what was sent last; 0 where nothing was."""
    newest = select(func.max(DeskRecord.id)).where(DeskRecord.bank_id == bank_id)
    return session.scalar(newest) or 0


def of_same_number(
    session: Session, bank_id: int, device_id: int, epoch: int, number: int, record_id: str
) -> DeskIntake | None:
    """Another record than this one that bears its receipt number: the first that stands, if any."""
    same = {"bank_id": bank_id, "device_id": device_id, "epoch": epoch, "number": number}
    return session.scalars(
        select(DeskIntake)
        .filter_by(**same)
        .where(DeskIntake.record_id != record_id)
        .order_by(DeskIntake.cancelled, DeskIntake.record_id)
        .limit(1)
    ).first()


def intake(session: Session, bank_id: int, record_id: str) -> DeskIntake | None:
    """How this record was taken in, or None."""
    return session.get(DeskIntake, (bank_id, record_id))


def decided(session: Session, bank_id: int, record_ids: Sequence[str]) -> Sequence[str]:
    """Which of these records are no longer held. A second content that is refused stays so,
    whatever became of the first."""
    second = select(DeskFlag.id).where(
        DeskFlag.bank_id == bank_id,
        DeskFlag.record_id == DeskIntake.record_id,
        DeskFlag.raw_id.is_not(None),
    )
    return session.scalars(
        select(DeskIntake.record_id).where(
            DeskIntake.bank_id == bank_id,
            DeskIntake.record_id.in_([one for one in record_ids if ID_FORM.fullmatch(one)]),
            DeskIntake.state != HELD,
            ~second.exists(),
        )
    ).all()


def find_intake_of(session: Session, lies: Suspense) -> DeskIntake | None:
    """The record that became this deposit; None: it came on a sheet of paper."""
    of_deposit = {"bank_id": lies.bank_id, "deposit_seq": lies.deposit_seq}
    return session.scalars(select(DeskIntake).filter_by(**of_deposit)).one_or_none()


def flags_of(session: Session, bank_id: int, record_id: str) -> Sequence[DeskFlag]:
    """Every flag of a record."""
    return session.scalars(
        select(DeskFlag).filter_by(bank_id=bank_id, record_id=record_id).order_by(DeskFlag.id)
    ).all()


def first_raw(session: Session, bank_id: int, record_id: str) -> DeskRecord:
    """The record as it came first."""
    return session.scalars(
        select(DeskRecord)
        .filter_by(bank_id=bank_id, record_id=record_id)
        .order_by(DeskRecord.id)
        .limit(1)
    ).one()


def suspense_of(session: Session, bank_id: int, provisional: str) -> Sequence[Suspense]:
    """What lies in Titipan for one provisional household, by a phone's number or a sheet's row."""
    return session.scalars(
        select(Suspense).filter_by(bank_id=bank_id, provisional=provisional, settled_seq=None)
    ).all()


def code_of(lies: Suspense | DepositSurplus) -> str:
    """Why a deposit lies in Titipan, as a note of the desk."""
    return "provisional" if lies.member_id is None else "member_closed"


def came_by_phone(session: Session, lies: Suspense) -> bool:
    """Whether a phone sent the deposit, so that its flag is what waits."""
    return find_intake_of(session, lies) is not None


def _lying(bank_id: int) -> list[ColumnElement[bool]]:
    """What waits in Titipan and nobody has undone or moved."""
    changed = select(DepositChange.seq).where(
        DepositChange.bank_id == bank_id,
        DepositChange.deposit_seq == Suspense.deposit_seq,
        DepositChange.kind.in_((REVERSED, MEMBER)),
    )
    return [Suspense.bank_id == bank_id, Suspense.settled_seq.is_(None), ~changed.exists()]


def _of_sheets(bank_id: int) -> list[ColumnElement[bool]]:
    """What of it rows of sheets of paper laid there."""
    sent = select(DeskIntake.record_id).filter_by(bank_id=bank_id, deposit_seq=Suspense.deposit_seq)
    return [*_lying(bank_id), ~sent.exists()]


def waiting_for(session: Session, member: Member) -> Sequence[Suspense]:
    """What waits in Titipan for this household, or for one that was merged into it."""
    own = Suspense.member_id.in_(all_merged(session, member))
    found = select(Suspense).where(*_lying(member.bank_id), own)
    return session.scalars(found.order_by(Suspense.deposit_seq)).all()


def open_rows(session: Session, bank_id: int) -> Sequence[Suspense]:
    """Rows of sheets that wait in Titipan, the oldest first."""
    found = select(Suspense).where(*_of_sheets(bank_id)).order_by(Suspense.deposit_seq)
    return session.scalars(found.limit(CARDS_MAX)).all()


def open_rows_count(session: Session, bank_id: int) -> int:
    """How many wait."""
    waiting = select(func.count()).select_from(Suspense)
    return session.scalar(waiting.where(*_of_sheets(bank_id))) or 0


def sessions(session: Session, bank_id: int, since: datetime) -> Sequence[WeighingSession]:
    """Sessions begun since *since*, the newest first."""
    return session.scalars(
        select(WeighingSession)
        .where(WeighingSession.bank_id == bank_id, WeighingSession.opened_at >= since)
        .order_by(WeighingSession.opened_at.desc())
    ).all()


def pins(session: Session, bank_id: int) -> dict[int, DeskPin]:
    """What says on a phone who is weighing, by person."""
    found = session.scalars(select(DeskPin).filter_by(bank_id=bank_id))
    return {pin.user_id: pin for pin in found}
