"""What the books think of a record before and after it is booked: hold it, or note something."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.banks.queries import setting
from banksampah.catalog.models import UNITS, Material, Price
from banksampah.catalog.queries import lists_count, prices_on
from banksampah.deposits.queries import standing
from banksampah.desk import queries
from banksampah.desk.gaps import typed_instead
from banksampah.desk.models import DeskIntake, Device, WeighingSession
from banksampah.desk.records import Record
from banksampah.desk.service.phone_days import is_clock_wrong, is_over_cap
from banksampah.ledger import Act
from banksampah.members.models import Member
from banksampah.members.queries import survivor

HELD_FOR = (
    "phone_revoked", "other_content", "material_unknown", "sum_differs", "unreadable",
    "price_unknown", "over_cap",
)  # fmt: skip
"""Why a record is held, in the order in which the treasurer is asked."""


def units_of(session: Session, act: Act, record: Record) -> dict[int, str]:
    """What the record's materials are counted in (G, PCS, ML); those unknown are left out."""
    wanted = {line.material_id for line in record.lines}
    rows = session.execute(
        select(Material.id, Material.unit).where(
            Material.bank_id == act.bank_id, Material.id.in_(wanted)
        )
    )
    return {row.id: UNITS[row.unit] for row in rows}


def grams_of(record: Record, units: dict[int, str]) -> int:
    """What was weighed; pieces and litres are no grams."""
    return sum(line.quantity for line in record.lines if units.get(line.material_id) == "G")


def reason_to_hold(
    session: Session,
    act: Act,
    taken: DeskIntake,
    record: Record,
    units: dict[int, str],
    seen: str | None = None,
) -> str | None:
    """The first reason not to book *record*, of those that come after *seen*: the treasurer has
    looked at that one, and at what comes before it. None: book it."""
    device = queries.get_device(session, act.bank_id, taken.device_id)
    later = HELD_FOR[HELD_FOR.index(seen) + 1 :] if seen is not None else HELD_FOR
    holds = {
        "phone_revoked": lambda: device.revoked_at is not None,
        "other_content": lambda: _is_number_used(session, act.bank_id, device.id, record),
        "material_unknown": lambda: any(line.material_id not in units for line in record.lines),
        "sum_differs": lambda: not record.adds_up(units),
        "unreadable": lambda: _is_nobody(session, device, record),
        "price_unknown": lambda: (
            (record.price_version or 0) > lists_count(session, act.bank_id)
            or not _prices_were(session, act, record)
        ),
        "over_cap": lambda: is_over_cap(session, act, taken, record),
    }
    return next((reason for reason in later if holds[reason]()), None)


def _is_number_used(session: Session, bank_id: int, device_id: int, record: Record) -> bool:
    """Whether the receipt's number stands for another deposit: a phone's, or a typed one."""
    place = (bank_id, device_id, record.epoch, record.number)
    return is_typed_already(session, *place) or (
        queries.of_same_number(session, *place, record.id) is not None
    )


def _is_nobody(session: Session, device: Device, record: Record) -> bool:
    """Whether the bank never had the household that is told, or under another number; or, of a new
    one, the phone or the epoch that is said to have given it its number."""
    if record.provisional is not None:
        given = record.provisional.given
        return given is not None and not _was(session, device, record.epoch, *given)
    assert record.member_id is not None
    member = session.get(Member, (device.bank_id, record.member_id))
    return member is None or record.member_number not in (None, member.number)


def _was(session: Session, device: Device, own_epoch: int, name: str, epoch: int) -> bool:
    """Whether a phone was in an epoch: as the books know, who forget it when a backup is put back,
    or as the record's own number says."""
    if (name, epoch) == (device.name, own_epoch):
        return True
    phone = queries.find_named(session, device.bank_id, name)
    return phone is not None and epoch <= phone.epoch


def is_typed_already(
    session: Session, bank_id: int, device_id: int, epoch: int, number: int
) -> bool:
    """Whether somebody typed this receipt in from its slip, and that deposit stands."""
    seq = typed_instead(session, bank_id, device_id, epoch, number)
    return seq is not None and standing(session, bank_id, seq).reversal is None


def _prices_were(session: Session, act: Act, record: Record) -> bool:
    """Whether every price told was once on a list: the one told to the household stands."""
    told = {(line.material_id, line.price_idr) for line in record.lines}
    were = session.execute(
        select(Price.material_id, Price.price_idr)
        .where(Price.bank_id == act.bank_id, Price.material_id.in_({m for m, _price in told}))
        .distinct()
    )
    return told <= {(row.material_id, row.price_idr) for row in were}


def notes_on(session: Session, act: Act, taken: DeskIntake, record: Record, day: date) -> list[str]:
    """What the books say beside the deposit. *day*: of the weighing, as the books take it."""
    found = []
    if is_clock_wrong(taken, record):
        found.append("clock_wrong")
    part = session.get(WeighingSession, (act.bank_id, record.session_code))
    if part is not None and part.closed_at is not None:
        found.append("late")
    if _is_price_old(session, act, record, day):
        found.append("price_old")
    return found


def _is_price_old(session: Session, act: Act, record: Record, day: date) -> bool:
    """Whether another price than the one told was in force for this household when it came."""
    listed = listed_prices(session, act.bank_id, record, day)
    return any(line.price_idr != listed[line.material_id] for line in record.lines)


def listed_prices(
    session: Session, bank_id: int, record: Record, day: date
) -> dict[int, int | None]:
    """What the list of *day* says of the record's materials, in the household's own class; a new
    household has the class that the phone tells it, the bank's."""
    price_class = str(setting(session, bank_id, "default_price_class"))
    if record.member_id is not None:
        member = survivor(session, bank_id, record.member_id)
        price_class = member.price_class or price_class
    wanted = {line.material_id for line in record.lines}
    return prices_on(session, bank_id, day, price_class, wanted)
