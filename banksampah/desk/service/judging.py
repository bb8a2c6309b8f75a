"""What the books think of a record before and after it is booked: hold it, or note something."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.catalog.models import UNITS, Material, Price
from banksampah.deposits.queries import standing
from banksampah.desk.gaps import typed_instead
from banksampah.desk.models import Device, WeighingSession
from banksampah.desk.records import Record
from banksampah.ledger import Act
from banksampah.members.models import Member

CLOCK_WRONG_S = 600


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
    session: Session, act: Act, device: Device, record: Record, units: dict[int, str]
) -> str | None:
    if device.revoked_at is not None:
        return "phone_revoked"
    if _is_typed_already(session, act, device, record):
        return "other_content"
    if any(line.material_id not in units for line in record.lines):
        return "material_unknown"
    if not record.adds_up(units):
        return "sum_differs"
    if (
        record.member_id is not None
        and session.get(Member, (act.bank_id, record.member_id)) is None
    ):
        return "unreadable"
    return None if _prices_were(session, act, record) else "price_unknown"


def _is_typed_already(session: Session, act: Act, device: Device, record: Record) -> bool:
    """Whether somebody typed this receipt in from its slip, and that deposit stands."""
    seq = typed_instead(session, act.bank_id, device.id, record.epoch, record.number)
    return seq is not None and standing(session, act.bank_id, seq).reversal is None


def _prices_were(session: Session, act: Act, record: Record) -> bool:
    """Whether every price told was once on a list: the one told to the household stands."""
    told = {(line.material_id, line.price_idr) for line in record.lines}
    were = session.execute(
        select(Price.material_id, Price.price_idr)
        .where(Price.bank_id == act.bank_id, Price.material_id.in_({m for m, _price in told}))
        .distinct()
    )
    return told <= {(row.material_id, row.price_idr) for row in were}


def notes_on(session: Session, act: Act, record: Record, day: date) -> list[str]:
    """What the books say beside the deposit. *day*: of the weighing, as the books take it."""
    found = []
    if abs(record.clock_offset_s) > CLOCK_WRONG_S:
        found.append("clock_wrong")
    part = session.get(WeighingSession, (act.bank_id, record.session_code))
    if part is not None and part.closed_at is not None:
        found.append("late")
    if _is_price_old(session, act, record, day):
        found.append("price_old")
    return found


def _is_price_old(session: Session, act: Act, record: Record, day: date) -> bool:
    """Whether a newer price than the one told was in force when it was weighed."""
    for line in record.lines:
        ever = select(Price).filter_by(bank_id=act.bank_id, material_id=line.material_id)
        told = session.scalars(
            ever.where(Price.price_idr == line.price_idr, Price.valid_from <= day)
            .order_by(Price.valid_from.desc(), Price.seq.desc())
            .limit(1)
        ).first()
        newer = ever.where(
            Price.price_idr.is_distinct_from(line.price_idr), Price.valid_from <= day
        )
        if told is None:
            return True
        newest = session.scalars(
            newer.where(Price.price_class == told.price_class)
            .order_by(Price.valid_from.desc(), Price.seq.desc())
            .limit(1)
        ).first()
        if newest is not None and (newest.valid_from, newest.seq) > (told.valid_from, told.seq):
            return True
    return False
