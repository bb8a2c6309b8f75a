"""The installation's own journal: who came in, who was turned away, which keys were made.

A chain of its own (bank 0, no accounts), written and sealed by the same kernel as the books of a
bank. No names and no addresses: a person is a number, an address a keyed hash. A flood leaves a few
entries with its count, not one for each knock.
Why: docs/decisions/0008-journal-of-the-installation.md.
"""

import uuid
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import use_bank
from banksampah.ledger import Act
from banksampah.staff.attempts import count_one
from banksampah.staff.models import SecurityEvent

INSTALLATION: Final = 0
"""The number of the journal that belongs to no bank."""


class Flow(NamedTuple):
    """How many of one kind and cause get an entry each within a window of time."""

    most: int
    window_s: int


FLOWS: Final = {
    "access.refused": Flow(20, 3600),
    "access.key_unknown": Flow(20, 3600),
    "sign_in.failed": Flow(100, 3600),
    "sign_in.locked": Flow(1, 900),
    "member.sign_in.failed": Flow(100, 3600),
    "member.sign_in.locked": Flow(1, 900),
}
"""Kinds that anybody can cause at will; the others need a secret first."""


class Event(NamedTuple):
    """One entry of the installation's journal."""

    seq: int
    kind: str
    at: datetime
    user_id: int | None
    bank_id: int | None
    facts: dict[str, Any]


def record(
    session: Session,
    kind: str,
    *,
    at: datetime,
    user_id: int | None = None,
    bank_id: int | None = None,
    **facts: Any,
) -> int:
    """Append one event, inside `transaction(INSTALLATION)`. Returns its seq.

    *bank_id* is the bank it is about; *facts* are numbers, words of ours and
    the places where banks lie, nothing typed by who is told of.
    """
    body = {"user_id": user_id, "bank_id": bank_id, **facts}
    body = {name: value for name, value in body.items() if value is not None}
    act = Act(INSTALLATION, uuid.uuid4().hex, user_id or 0, at, at.date())
    ledger.replay(session, act, kind, body)  # for the journal's lock
    seq = ledger.post(session, act, kind, body, body=body)
    session.add(SecurityEvent(seq=seq, about_bank_id=bank_id, user_id=user_id))
    session.flush()
    return seq


def worth_telling(session: Session, kind: str, cause: str, at: datetime) -> int | None:
    """Count one more of *kind* by *cause*: the count if it gets an entry, None within a flood.

    The first of a window get one each; after them each that makes the count ten times larger.
    """
    flow = FLOWS[kind]
    count, _since = count_one(session, f"told.{kind}", cause, at=at, window_s=flow.window_s)
    times, rest = divmod(count, flow.most)
    if count <= flow.most or (rest == 0 and str(times).rstrip("0") == "1"):
        return count
    return None


def events(
    session: Session,
    *,
    limit: int,
    bank_id: int | None = None,
    user_id: int | None = None,
    before: int = 0,
) -> list[Event]:
    """The newest events, newest first: about that bank and of that person, where they are given."""
    query = select(SecurityEvent.seq).order_by(SecurityEvent.seq.desc()).limit(limit)
    if bank_id is not None:
        query = query.where(SecurityEvent.about_bank_id == bank_id)
    if user_id is not None:
        query = query.where(SecurityEvent.user_id == user_id)
    if before:
        query = query.where(SecurityEvent.seq < before)
    seqs = session.scalars(query).all()
    former = session.info.get("bank_id")
    use_bank(session, INSTALLATION)
    try:
        return [_event(ledger.entry(session, INSTALLATION, seq)) for seq in seqs]
    finally:
        if former is not None:
            use_bank(session, former)


def faults(session: Session) -> list[ledger.Fault]:
    """Where the finding list differs from the journal: each entry has its line, with its facts."""
    found, after = [], 0
    listed = {row.seq: row for row in session.scalars(select(SecurityEvent))}
    while page := ledger.entries(session, INSTALLATION, after_seq=after, limit=1_000):
        for entry in page:
            row = listed.pop(entry.seq, None)
            due = (entry.body.get("bank_id"), entry.body.get("user_id"))
            if row is None or (row.about_bank_id, row.user_id) != due:
                found.append(ledger.Fault(entry.seq, "daftar kejadian tidak cocok"))
        after = page[-1].seq
    return [*found, *(ledger.Fault(seq, "kejadian tanpa catatan") for seq in sorted(listed))]


def _event(entry: ledger.Entry) -> Event:
    facts = dict(entry.body)
    user_id, bank_id = facts.pop("user_id", None), facts.pop("bank_id", None)
    return Event(entry.seq, entry.kind, entry.recorded_at, user_id, bank_id, facts)
