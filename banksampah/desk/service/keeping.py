"""What a phone sent is kept as it came, before anything is read into it."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah.db import next_id
from banksampah.desk.models import DeskIntake, DeskRecord, Device, Newcomer
from banksampah.desk.newcomers import newcomer_of
from banksampah.desk.records import (
    Unreadable,
    apart_id,
    content_hash,
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
    who = newcomer_of(session, raw)
    if who is not None and session.get(Newcomer, (raw.bank_id, record_id)) is None:
        named = {"name": who.name, "rt": who.rt, "house_no": who.house_no}
        session.add(Newcomer(bank_id=raw.bank_id, record_id=record_id, **named))
    session.flush()


def _without_names(
    session: Session, act: Act, key: str, row_id: int, raw: dict[str, Any]
) -> dict[str, Any]:
    """*raw* without what tells who a household is; a new one lies in a row that can be erased, and
    in another one where another content of the same id told other names."""
    raw = {name: told for name, told in raw.items() if name != "shown"}
    member = raw.get("member")
    if not isinstance(member, dict) or not any(name in member for name in NAMES):
        return raw
    told = {name: plain_text(str(member.get(name, "")))[:most] for name, most in NAMES.items()}
    first = session.get(Newcomer, (act.bank_id, key))
    known = session.get(DeskIntake, (act.bank_id, key))
    is_first = known is not None and known.content_hash == content_hash(raw)  # perhaps erased since
    if first is None:
        session.add(Newcomer(bank_id=act.bank_id, record_id=key, **told))
    elif not is_first and any(getattr(first, name) != told[name] for name in NAMES):
        place = apart_id(key, row_id)
        session.add(Newcomer(bank_id=act.bank_id, record_id=place, **told))
    return raw | {"member": {k: v for k, v in member.items() if k not in NAMES}}
