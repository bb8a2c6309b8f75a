"""What a phone sent is kept as it came, before anything is read into it."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.db import next_id
from banksampah.desk.models import DeskRecord, Device, Newcomer
from banksampah.desk.newcomers import newcomer_of
from banksampah.desk.records import (
    Unreadable,
    apart_id,
    message_hash,
    plain_text,
    record_id,
    told_in,
)
from banksampah.ledger import Act

NAMES = {"name": 80, "rt": 3, "house_no": 20}


def keep_raw(
    session: Session, act: Act, device: Device, raws: Sequence[dict[str, Any]]
) -> dict[str, int]:
    """Keep each record as it came, once for each content. Returns record id → row.

    A record without an id of its own cannot be asked for again and is left out: the phone keeps it.
    """
    kept: dict[str, int] = {}
    for raw in raws:
        try:
            key = record_id(raw)
        except Unreadable:
            continue
        kept[key] = _keep_one(session, act, device, key, raw)
    return kept


def _keep_one(session: Session, act: Act, device: Device, key: str, raw: dict[str, Any]) -> int:
    same = {"bank_id": act.bank_id, "record_id": key, "content_hash": message_hash(raw)}
    known = session.scalar(select(DeskRecord.id).filter_by(**same))
    if known is not None:
        return known
    row_id = next_id(session, DeskRecord, act.bank_id)
    kept = _without_names(session, act, key, row_id, raw)
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    text = text.encode(errors="backslashreplace").decode()  # half a sign: as JSON escapes it
    session.add(
        DeskRecord(
            **same, id=row_id, device_id=device.id, sent_by_id=act.actor_id,
            received_at=act.at, raw=text,
        )
    )  # fmt: skip
    session.flush()
    return row_id


def keep_apart(session: Session, raw: DeskRecord, record_id: str) -> None:
    """Another content under an id that was used, kept as a record of its own; once."""
    same = {"bank_id": raw.bank_id, "record_id": record_id, "content_hash": raw.content_hash}
    if session.scalar(select(DeskRecord.id).filter_by(**same)) is not None:
        return
    told = told_in(raw.raw)
    text = json.dumps(told | {"id": record_id}, ensure_ascii=False, separators=(",", ":"))
    row_id = next_id(session, DeskRecord, raw.bank_id)
    session.add(
        DeskRecord(
            **same, id=row_id, device_id=raw.device_id, sent_by_id=raw.sent_by_id,
            received_at=raw.received_at, raw=text,
        )
    )  # fmt: skip
    _name_alike(session, raw, record_id)
    session.flush()


def _without_names(
    session: Session, act: Act, key: str, row_id: int, raw: dict[str, Any]
) -> dict[str, Any]:
    """*raw* without what tells who a household is: a new one lies in a row that can be erased, and
    in another one for each other content of the same id."""
    raw = {name: told for name, told in raw.items() if name != "shown"}
    member = raw.get("member")
    if not isinstance(member, dict) or not any(name in member for name in NAMES):
        return raw
    named = {name: plain_text(str(member.get(name, "")))[:most] for name, most in NAMES.items()}
    same_id = {"bank_id": act.bank_id, "record_id": key}
    came = session.scalars(select(DeskRecord).filter_by(**same_id).order_by(DeskRecord.id)).all()
    told = next((one for one in came if _tells(one, raw)), None)
    place = apart_id(key, row_id) if came else key
    if told is None:
        _name(session, act.bank_id, place, named)
    elif told is not came[0]:  # the first content's lies under the id itself
        _name_alike(session, told, place)
    return raw | {"member": {k: v for k, v in member.items() if k not in NAMES}}


def _tells(record: DeskRecord, raw: dict[str, Any]) -> bool:
    """Whether this came with the content of *raw*, taken back or not."""
    cancelled = told_in(record.raw).get("cancelled")
    return record.content_hash == message_hash(raw | {"cancelled": cancelled})


def _name_alike(session: Session, told: DeskRecord, place: str) -> None:
    """Name at *place* whom *told* is of, as it is kept now: what was erased since stays erased."""
    who = newcomer_of(session, told)
    if who is not None:
        _name(session, told.bank_id, place, {name: getattr(who, name) for name in NAMES})


def _name(session: Session, bank_id: int, place: str, named: dict[str, str]) -> None:
    if session.get(Newcomer, (bank_id, place)) is None:
        session.add(Newcomer(bank_id=bank_id, record_id=place, **named))
