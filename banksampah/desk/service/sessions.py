"""An opening day on one phone: it ends when phone and books have counted the same."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.codes import phone_number
from banksampah.desk import counts, gaps
from banksampah.desk.counts import Counted
from banksampah.desk.models import Device, WeighingSession
from banksampah.desk.queries import get_device
from banksampah.desk.service.devices import hear_last, opened_by
from banksampah.ledger import Act


class Compared(NamedTuple):
    """The phone's count beside the books', and the numbers that never came."""

    phone: Counted
    books: Counted
    missing: list[int]
    """Of the phone's present epoch."""
    missing_before: list[str]
    """Receipt numbers of the epochs before it."""
    rows: list[tuple[str, str, int, int]]
    """What the books have, one by one: record, receipt number, grams, rupiah."""

    @property
    def agrees(self) -> bool:
        return self.phone == self.books and not self.missing and not self.missing_before


def compare(
    session: Session, act: Act, device: Device, *, code: str, phone: Counted, last: int
) -> Compared:
    """What the phone says of a session and what the books say. *last*: the highest number it gave
    out. The session goes on."""
    hear_last(session, device, device.epoch, last)
    missing = gaps.missing_numbers(session, act.bank_id, device.id, device.epoch, last)
    before = [gap.receipt for gap in gaps.gaps_before(session, device)]
    found = counts.rows_counted(session, act.bank_id, [code])[code]
    rows = [
        (
            row.record_id,
            phone_number(device.name, row.epoch, row.number),
            row.weight_g,
            row.value_idr,
        )
        for row in found
    ]
    return Compared(phone, counts.total(found), missing, before, rows)


def _told_last(part: WeighingSession) -> tuple[int | None, int | None, int | None]:
    """The phone's totals with which it was closed, if it was."""
    return part.phone_count, part.phone_weight_g, part.phone_value_idr


def close_session(
    session: Session, act: Act, device: Device, *, code: str, phone: Counted, last: int
) -> Compared:
    """End a session with the phone's own totals, and compare them.

    Ending is refused by nothing: where the two differ, the difference is named and stays visible.
    Another phone's session, as long as that one is in use, is compared and goes on.
    """
    part = session.get(WeighingSession, (act.bank_id, code))
    if part is None:  # nothing was weighed
        opener = opened_by(session, device, code)
        part = WeighingSession(
            bank_id=act.bank_id, code=code, device_id=opener.id, opened_at=act.at
        )
        session.add(part)
    compared = compare(session, act, device, code=code, phone=phone, last=last)
    owner = get_device(session, act.bank_id, part.device_id)
    if owner is not device and owner.revoked_at is None:
        return compared
    facts = {"code": code, "phone": list(phone)}
    if ledger.replay(session, act, "desk.close", facts) is None and _told_last(part) != phone:
        body = facts | {"books": list(compared.books)}
        ledger.post(session, act, "desk.close", facts, body=body)
    part.closed_at = act.at
    part.phone_count, part.phone_weight_g, part.phone_value_idr = phone
    part.books_count, part.books_weight_g, part.books_value_idr = compared.books
    session.flush()
    return compared
