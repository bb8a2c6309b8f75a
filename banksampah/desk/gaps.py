"""Numbers that a phone gave out and that never came to the books, in any of its epochs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah.codes import phone_number
from banksampah.desk.models import DeskEpoch, DeskGap, DeskIntake, Device
from banksampah.errors import NotFound

GAPS_SHOWN = 50
RUN_MIN = 5
AHEAD_MAX = 1_000
"""So many numbers a phone may be ahead of what came; a day has some hundred households. What it
tells beyond them is no reason to look for them."""


class GapNotFound(NotFound):
    code = "number_not_missing"

    def __init__(self) -> None:
        super().__init__("Nomor bukti itu sudah sampai, atau sudah diputuskan.")


class Gap(NamedTuple):
    """One number that is missing: HP02-2-0037 is number 37 of the second epoch of HP02."""

    device_id: int
    phone: str
    epoch: int
    number: int

    @property
    def receipt(self) -> str:
        return phone_number(self.phone, self.epoch, self.number)


class Run(NamedTuple):
    """Numbers of one epoch that are missing one after the other."""

    gaps: list[Gap]

    @property
    def is_long(self) -> bool:
        """Whether they are asked about together: nobody types so many in."""
        return len(self.gaps) >= RUN_MIN


def missing_numbers(
    session: Session, bank_id: int, device_id: int, epoch: int, last: int
) -> list[int]:
    """Which of the numbers 1 to *last* of a phone's epoch never came and are not settled, the
    first fifty of them."""
    came: set[int] = set()
    for table in (DeskIntake, DeskGap):
        there = select(table.number).filter_by(bank_id=bank_id, device_id=device_id, epoch=epoch)
        came.update(session.scalars(there))
    missing = (number for number in range(1, last + 1) if number not in came)
    return list(islice(missing, GAPS_SHOWN))


def is_epoch_used(session: Session, device: Device) -> bool:
    """Whether anything is known to be numbered in the phone's present epoch."""
    present = {"bank_id": device.bank_id, "device_id": device.id, "epoch": device.epoch}
    came = session.scalar(select(DeskIntake.record_id).filter_by(**present).limit(1))
    told = session.get(DeskEpoch, tuple(present.values()))
    return came is not None or told is not None


def last_heard(session: Session, device: Device, epoch: int) -> int:
    """The highest number that the phone ever told of an epoch."""
    heard = session.get(DeskEpoch, (device.bank_id, device.id, epoch))
    return 0 if heard is None else heard.last_number


def gaps_before(session: Session, device: Device) -> list[Gap]:
    """The numbers of a phone's ended epochs that are missing."""
    found = _gaps(session, device.bank_id, [device])
    return [gap for gap in found if gap.epoch != device.epoch]


def gaps(session: Session, bank_id: int) -> list[Gap]:
    """The numbers of every phone that are missing, by phone, epoch and number."""
    phones = session.scalars(select(Device).filter_by(bank_id=bank_id).order_by(Device.id))
    return _gaps(session, bank_id, phones.all())


def runs(found: Iterable[Gap]) -> list[Run]:
    """What is missing, by what lies side by side."""
    side_by_side: list[Run] = []
    for gap in found:
        before = side_by_side[-1].gaps[-1] if side_by_side else None
        if before is not None and before._replace(number=before.number + 1) == gap:
            side_by_side[-1].gaps.append(gap)
        else:
            side_by_side.append(Run([gap]))
    return side_by_side


def find_gap(session: Session, bank_id: int, device_id: int, epoch: int, number: int) -> Gap:
    """This number, if it is missing. Raises GapNotFound."""
    device = session.get(Device, (bank_id, device_id))
    last = _last_numbers(session, bank_id, [device_id]).get((device_id, epoch), (0, 0))[0]
    there = {"bank_id": bank_id, "device_id": device_id, "epoch": epoch, "number": number}
    came = session.scalar(select(DeskIntake.record_id).filter_by(**there).limit(1))
    settled = session.get(DeskGap, (bank_id, device_id, epoch, number))
    if device is None or came is not None or settled is not None or not 0 < number <= last:
        raise GapNotFound()
    return Gap(device_id, device.name, epoch, number)


def gaps_by_session(session: Session, bank_id: int) -> dict[str, list[Gap]]:
    """The numbers that are missing, each by the session in whose stretch of numbers it
    lies: the first that reached it, else the last of its epoch."""
    found = gaps(session, bank_id)
    if not found:
        return {}
    reached: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    rows = session.execute(
        select(
            DeskIntake.device_id,
            DeskIntake.epoch,
            func.max(DeskIntake.number),
            DeskIntake.session_code,
        )
        .where(
            DeskIntake.bank_id == bank_id,
            DeskIntake.device_id.in_({gap.device_id for gap in found}),
            DeskIntake.session_code != "",
        )
        .group_by(DeskIntake.device_id, DeskIntake.epoch, DeskIntake.session_code)
    )
    for device_id, epoch, most, code in rows:
        reached[device_id, epoch].append((most, code))
    named: dict[str, list[Gap]] = defaultdict(list)
    for gap in found:
        if parts := sorted(reached[gap.device_id, gap.epoch]):
            whose = next((code for most, code in parts if most >= gap.number), parts[-1][1])
            named[whose].append(gap)
    return named


def typed_instead(
    session: Session, bank_id: int, device_id: int, epoch: int, number: int
) -> int | None:
    """The deposit that was typed in from the slip with this number, if one was."""
    settled = session.get(DeskGap, (bank_id, device_id, epoch, number))
    return None if settled is None else settled.deposit_seq


def _gaps(session: Session, bank_id: int, phones: Sequence[Device]) -> list[Gap]:
    by_id = {device.id: device for device in phones}
    found = []
    for (device_id, epoch), (last, came_count) in sorted(
        _last_numbers(session, bank_id, by_id).items()
    ):
        device = by_id[device_id]
        if came_count < last:
            numbers = missing_numbers(session, bank_id, device_id, epoch, last)
            lost = numbers[: max(0, len(numbers) - _still_held(device, epoch))]
            found += [Gap(device_id, device.name, epoch, number) for number in lost]
    return found


def _still_held(device: Device, epoch: int) -> int:
    """How many a phone in use says it still holds: those are no gaps, they are the last ones."""
    is_in_use = epoch == device.epoch and device.revoked_at is None
    return (device.unsent_count or 0) if is_in_use else 0


def _reached(session: Session, bank_id: int, device_id: int, epoch: int) -> int:
    """The last number that came of an epoch, as far as none leaps over a thousand others."""
    came = select(DeskIntake.number).filter_by(bank_id=bank_id, device_id=device_id, epoch=epoch)
    reached = 0
    for number in session.scalars(came.order_by(DeskIntake.number)):
        if number > reached + AHEAD_MAX:
            break
        reached = number
    return reached


def _last_numbers(
    session: Session, bank_id: int, device_ids: Iterable[int]
) -> dict[tuple[int, int], tuple[int, int]]:
    """By phone and epoch: the last number that is known of, and how many different ones came."""
    wanted = list(device_ids)
    last: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    came = select(
        DeskIntake.device_id,
        DeskIntake.epoch,
        func.max(DeskIntake.number),
        func.count(DeskIntake.number.distinct()),
    ).where(DeskIntake.bank_id == bank_id, DeskIntake.device_id.in_(wanted), DeskIntake.number > 0)
    for device_id, epoch, most, count in session.execute(
        came.group_by(DeskIntake.device_id, DeskIntake.epoch)
    ):
        last[device_id, epoch] = (most, count)
    told = select(DeskEpoch).filter_by(bank_id=bank_id).where(DeskEpoch.device_id.in_(wanted))
    for heard in session.scalars(told):
        most, count = last[heard.device_id, heard.epoch]
        if heard.last_number > most:
            last[heard.device_id, heard.epoch] = (heard.last_number, count)
    for (device_id, epoch), (most, count) in last.items():
        if most > count + AHEAD_MAX:  # nobody lost so many: one of the numbers is none
            last[device_id, epoch] = (_reached(session, bank_id, device_id, epoch), count)
    return last
