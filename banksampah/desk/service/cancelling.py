"""A phone takes back what it sent: at once where that is its own of the same day, else the
treasurer is asked, as for every other correction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah.banks.queries import get_bank
from banksampah.clock import day_in
from banksampah.deposits.models import REASONS
from banksampah.deposits.queries import standing
from banksampah.deposits.service import GoodsGone, PaidInCash, reverse_deposit
from banksampah.desk import queries
from banksampah.desk.models import DISMISSED, DeskIntake, DeskRecord, Device, WeighingSession
from banksampah.desk.records import cancelled_at
from banksampah.desk.service.flags import flag
from banksampah.desk.service.judging import is_typed_already
from banksampah.ledger import Act

REFUSED = "cancel_refused"


def take_back(
    session: Session, act: Act, known: DeskIntake, raw: dict[str, Any], told: DeskRecord
) -> None:
    """Withdraw *known*, as *raw* says: the mirror, while goods and money are there."""
    seq = known.deposit_seq
    if seq is not None and standing(session, act.bank_id, seq).reversal is not None:
        known.cancelled = True
    elif known.state != DISMISSED and not is_free(session, known, raw, told):
        _ask(session, act, known)
    elif seq is None:  # held, or dismissed: there is nothing to undo
        known.cancelled, known.notes = True, [*known.notes, "cancelled"]
        ask_if_typed(session, act, known)
    else:
        _undo(session, act, known, seq, reason_told(raw))


def is_free(session: Session, known: DeskIntake, raw: dict[str, Any], told: DeskRecord) -> bool:
    """Whether nobody need be asked: the phone that numbered the deposit, in use, took it back on
    the day that the deposit came; or, as it says, on the day of the weighing by its clock, and had
    no signal since. *told*: how the cancellation *raw* came."""
    phone = queries.get_device(session, known.bank_id, known.device_id)
    if told.device_id != phone.id or phone.revoked_at is not None:
        return False
    zone = get_bank(session, known.bank_id).zone
    came_at = queries.first_raw(session, known.bank_id, known.record_id).received_at
    if day_in(zone, told.received_at) == day_in(zone, came_at):
        return True
    at = cancelled_at(raw)
    if at is None or day_in(zone, at) != day_in(zone, known.weighed_at):
        return False
    heard_at = _heard_after(session, phone, at)
    return heard_at is None or day_in(zone, heard_at) >= day_in(zone, told.received_at)


def _heard_after(session: Session, phone: Device, at: datetime) -> datetime | None:
    """When the books first had something of the phone after *at*: a record, or a session's end."""
    own = {"bank_id": phone.bank_id, "device_id": phone.id}
    sent = select(func.min(DeskRecord.received_at)).filter_by(**own)
    ended = select(func.min(WeighingSession.closed_at)).filter_by(**own)
    heard = (
        session.scalar(sent.where(DeskRecord.received_at > at)),
        session.scalar(ended.where(WeighingSession.closed_at > at)),
    )
    return min((one for one in heard if one is not None), default=None)


def reason_told(raw: dict[str, Any]) -> str:
    """Why the phone took it back, as one of the reasons that the books know."""
    reason = str(raw["cancelled"].get("reason"))
    return reason if reason in REASONS else "other"


def ask_if_typed(session: Session, act: Act, taken: DeskIntake) -> None:
    """What the phone took back may stand in the books all the same, typed in from its slip."""
    place = (taken.device_id, taken.epoch, taken.number)
    if is_typed_already(session, taken.bank_id, *place):
        _refuse(session, act, taken)


def _undo(session: Session, act: Act, known: DeskIntake, seq: int, reason: str) -> None:
    try:
        with session.begin_nested():
            reverse_deposit(
                session, replace(act, key=f"{known.record_id}/cancel"), seq=seq, reason=reason,
                as_treasurer=True,
            )  # fmt: skip
    except (GoodsGone, PaidInCash):
        _refuse(session, act, known)
    else:
        known.cancelled, known.notes = True, [*known.notes, "cancelled"]


def _ask(session: Session, act: Act, known: DeskIntake) -> None:
    """What is held is asked about already; its card tells that the phone took it back."""
    if known.deposit_seq is not None:
        _refuse(session, act, known)


def _refuse(session: Session, act: Act, known: DeskIntake) -> None:
    if REFUSED not in known.notes:
        known.notes = [*known.notes, REFUSED]
    flag(session, act, known, REFUSED)
