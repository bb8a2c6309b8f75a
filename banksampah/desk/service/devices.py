"""A bank's phones: invited by a code that works once, known by a cookie, revoked by a tap."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import next_id
from banksampah.desk.gaps import AHEAD_MAX, is_epoch_used, last_heard
from banksampah.desk.models import DeskEpoch, DeskIntake, Device
from banksampah.desk.queries import find_named, get_device
from banksampah.errors import Refused
from banksampah.ledger import Act
from banksampah.staff.secrets import key_hash, new_key

SESSION_PHONE = re.compile(r"-(HP[0-9]{2,6})-")
"""In a session's code: S-2026-11-21-HP01-1-A."""
INVITE_LASTS = timedelta(minutes=30)
DEVICES_MAX = 40
EPOCHS_AHEAD_MAX = 100
"""So far a phone's epoch may be ahead of books that a backup put back."""
CONTACT_NOTED = timedelta(minutes=10)
"""A phone that has nothing new to tell is noted as heard of no oftener."""


class InviteSpent(Refused):
    """The code was used, is too old, or never was."""

    code = "invite_spent"

    def __init__(self) -> None:
        super().__init__("Kode ini sudah dipakai atau lewat waktu. Minta kode baru ke bendahara.")


class TooManyPhones(Refused):
    code = "too_many_phones"

    def __init__(self) -> None:
        super().__init__(f"Paling banyak {DEVICES_MAX} HP. Nonaktifkan yang tidak dipakai.")


class PhoneRevoked(Refused):
    code = "phone_revoked"

    def __init__(self) -> None:
        super().__init__("HP ini sudah dinonaktifkan. Daftarkan sebagai HP baru.")


def register_device(session: Session, act: Act) -> tuple[Device, str]:
    """A new phone's row and the code that pairs one browser with it, once, for half an hour.

    Asked again under the same key it gives a fresh code: the first one was never kept.
    """
    done = ledger.replay(session, act, "desk.phone", {})
    if done is not None:
        device = session.scalars(
            select(Device).filter_by(bank_id=act.bank_id, registered_seq=done)
        ).one()
        return device, invite_again(session, act, device)
    device_id = next_id(session, Device, act.bank_id)
    _refuse_too_many(session, act.bank_id)
    name = f"HP{device_id:02d}"
    seq = ledger.post(session, act, "desk.phone", {}, body={"device_id": device_id, "name": name})
    device = Device(
        bank_id=act.bank_id, id=device_id, name=name, registered_seq=seq, registered_at=act.at
    )
    session.add(device)
    return device, invite_again(session, act, device)


def invite_again(session: Session, act: Act, device: Device) -> str:
    """A fresh code for a phone that is known: another browser on it, or storage that was lost.

    Who makes one for a phone in use is told in the journal: whoever has it takes the phone over.
    """
    if device.revoked_at is not None:
        raise PhoneRevoked()
    code = new_key()
    if device.key_hash is not None:
        _tell(session, act, "desk.code", key_hash(code), {"device_id": device.id})
    device.invite_hash = key_hash(code)
    device.invite_expires_at = act.at + INVITE_LASTS
    session.flush()
    return code


def pair(session: Session, act: Act, code: str, before: Device | None = None) -> tuple[Device, str]:
    """Make the browser that shows *code* the phone: its key, to be kept in a cookie.

    A new epoch begins: whatever was numbered before belongs to the browser before. *before*: the
    phone whose key the browser still has, and whose deposits it may hold. The journal is told where
    another browser was the phone.
    """
    device = session.scalar(
        select(Device).filter_by(bank_id=act.bank_id, invite_hash=key_hash(code))
    )
    if device is None or device.revoked_at is not None:
        raise InviteSpent()
    if device.invite_expires_at is None or device.invite_expires_at <= act.at:
        raise InviteSpent()
    if device.key_hash is not None:
        facts = {"device_id": device.id, "epoch": device.epoch + 1}
        _tell(session, act, "desk.pair", key_hash(code), facts)
    key = new_key()
    device.key_hash, device.invite_hash, device.invite_expires_at = key_hash(key), None, None
    if before is not None and before is not device:
        device.was_id = before.id
    begin_epoch(session, act, device)
    return device, key


def begin_epoch(session: Session, act: Act, device: Device) -> int:
    """The phone's storage is new or was found empty: its numbers begin again at 1."""
    device.epoch += 1
    device.contact_at = act.at
    session.flush()
    return device.epoch


def renew_epoch(session: Session, act: Act, device: Device, told: int) -> int:
    """Where a phone goes on numbering that numbers in epoch *told* (0: its storage is empty).

    An epoch that nothing is known to be numbered in is taken; otherwise a new one begins, so that
    no number is ever given twice.
    """
    if told == device.epoch:
        return device.epoch
    is_new = not device.unsent_count and not is_epoch_used(session, device)
    if told < device.epoch and is_new:
        return device.epoch
    device.epoch = max(device.epoch, told)
    return begin_epoch(session, act, device)


def revoke_device(session: Session, act: Act, *, device_id: int) -> Device:
    """Take a phone out of use. What it still sends is kept, and held until released."""
    facts = {"device_id": device_id}
    device = get_device(session, act.bank_id, device_id)
    if ledger.replay(session, act, "desk.revoke", facts) is not None or device.revoked_at:
        return device
    ledger.post(session, act, "desk.revoke", facts, body=facts)
    device.revoked_at, device.invite_hash, device.invite_expires_at = act.at, None, None
    session.flush()
    return device


def own_numbers(device: Device, told: dict[str, Any]) -> dict[str, int]:
    """The epoch and last number of *device* that its browser told. None, where that still numbers
    as the phone that it was before, or in an epoch that cannot be."""
    is_own = told["device"] in ("", device.name)
    if is_own and told["epoch"] <= device.epoch + EPOCHS_AHEAD_MAX:
        return {"epoch": told["epoch"], "last": told["last"]}
    return {"epoch": 0, "last": 0}


def numbered_by(session: Session, sender: Device, raw: dict[str, Any]) -> Device:
    """The phone whose number *raw* bears: *sender*, but for what the same browser weighed while it
    was another phone of the bank. Nobody numbers for a phone that another browser uses."""
    named = find_named(session, sender.bank_id, raw.get("device"))
    if named is None or (named.revoked_at is None and named not in been(session, sender)):
        return sender
    return named


def been(session: Session, device: Device) -> list[Device]:
    """The phones that the browser of *device* is and was, the last first."""
    known = [device]
    while (was_id := known[-1].was_id) is not None:
        before = get_device(session, device.bank_id, was_id)
        if before in known:  # it became again what it was
            break
        known.append(before)
    return known


def opened_by(session: Session, device: Device, code: str) -> Device:
    """The phone that gave a session its *code*: the one that the code names, else *device*."""
    named = SESSION_PHONE.search(code)
    return (named and find_named(session, device.bank_id, named[1])) or device


def hear_from(
    session: Session, act: Act, device: Device, unsent_count: int | None, app: str | None = None
) -> None:
    """Note that the phone was in touch, how much it still holds, and which desk it runs."""
    device.contact_at = act.at
    device.app = app or device.app
    if unsent_count is not None:
        device.unsent_count = unsent_count
    session.flush()


def hear_from_its_file(session: Session, device: Device) -> None:
    """One of the records that the phone holds was handed in as a file: that one is not awaited."""
    if device.unsent_count:
        device.unsent_count -= 1
    session.flush()


def hear_all(session: Session, act: Act, device: Device, told: dict[str, Any]) -> None:
    """Keep what a phone told of itself: its last number, how many it holds, which desk it runs.
    What its browser held as the phone that it was before, this one holds now."""
    own = own_numbers(device, told)
    if own["epoch"] != told["epoch"]:
        for before in been(session, device)[1:]:
            before.unsent_count = 0
    is_present = own["epoch"] == device.epoch
    hear_from(session, act, device, told["unsent"] if is_present else None, told["app"])
    hear_last(session, device, own["epoch"], own["last"])


def hear_last(session: Session, device: Device, epoch: int, last: int) -> None:
    """Keep the highest number that the phone ever told of an epoch: it may forget it itself."""
    if epoch <= 0 or last <= 0:
        return
    came = select(func.max(DeskIntake.number)).filter_by(
        bank_id=device.bank_id, device_id=device.id, epoch=epoch
    )
    last = min(last, (session.scalar(came) or 0) + AHEAD_MAX)
    heard = session.get(DeskEpoch, (device.bank_id, device.id, epoch))
    if heard is None:
        row = DeskEpoch(bank_id=device.bank_id, device_id=device.id, epoch=epoch, last_number=last)
        session.add(row)
    elif last > heard.last_number:
        heard.last_number = last
    session.flush()


def is_untold(session: Session, act: Act, device: Device, told: dict[str, Any]) -> bool:
    """Whether the books would learn something if the phone told this of itself."""
    own = own_numbers(device, told)
    if own["epoch"] != told["epoch"] or own["last"] > last_heard(session, device, own["epoch"]):
        return True
    if own["epoch"] == device.epoch and told["unsent"] != (device.unsent_count or 0):
        return True
    is_new = device.contact_at is None or act.at - device.contact_at > CONTACT_NOTED
    return is_new or told["app"] not in (None, device.app)


def _tell(session: Session, act: Act, kind: str, once: str, facts: dict[str, Any]) -> None:
    """An entry of what is done *once*: a code is made, and taken, a single time. Before the phone's
    row is written: whoever books has the journal's lock first."""
    act = replace(act, key=f"{kind}/{once}")
    ledger.replay(session, act, kind, facts)  # for that lock
    ledger.post(session, act, kind, facts, body=facts)


def _refuse_too_many(session: Session, bank_id: int) -> None:
    in_use = select(func.count()).select_from(Device).filter_by(bank_id=bank_id, revoked_at=None)
    if (session.scalar(in_use) or 0) >= DEVICES_MAX:
        raise TooManyPhones()
