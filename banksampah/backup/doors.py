"""Doors after a restore: whoever was signed in signs in anew, what was closed since is told."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import create_engine, delete, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.backup.manifests import Head
from banksampah.db import use_bank
from banksampah.members.models import MemberSession
from banksampah.staff.models import StaffSession, User

CLOSING: Final = (
    "user.disabled", "password.changed", "password.made", "code.added", "code.removed",
    "code.recovery_renewed", "token.withdrawn", "region.taken", "privacy.erased", "staff.revoke",
    "staff.password", "desk.revoke", "member.pin",
)  # fmt: skip
"""What takes a right or a secret from somebody, or a name from the books. A restore undoes it."""


class Closed(NamedTuple):
    """One entry to be repeated: of which journal, and whom it is about, where it names a person."""

    slug: str
    seq: int
    kind: str
    login: str | None
    facts: dict[str, Any]


def end_sessions(url: str) -> None:
    """Nobody is signed in in the database at *url*: some of its sessions were ended since."""
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        for model in (StaffSession, MemberSession):
            session.execute(delete(model))
    engine.dispose()


def closed_since(url: str, former: Iterable[Head], heads: Iterable[Head]) -> list[Closed]:
    """What the database at *url*, whose journals end at *former*, closed after *heads*: nothing
    where it cannot be read."""
    restored = {head.slug: head.seq for head in heads}
    engine = create_engine(url)
    try:
        with Session(engine) as session:
            return [
                closed
                for head in former
                for closed in _closed(session, head, restored.get(head.slug, 0))
            ]
    except (DatabaseError, ValueError):
        return []
    finally:
        engine.dispose()


def _closed(session: Session, journal: Head, after_seq: int) -> Iterator[Closed]:
    use_bank(session, journal.bank_id)
    while page := ledger.entries(session, journal.bank_id, after_seq=after_seq, limit=1_000):
        for entry in page:
            if entry.kind in CLOSING:
                facts = {name: told for name, told in entry.body.items() if name != "origin"}
                login = _login(session, facts.pop("user_id", None))
                yield Closed(journal.slug, entry.seq, entry.kind, login, facts)
        after_seq = page[-1].seq


def _login(session: Session, user_id: int | None) -> str | None:
    return session.scalar(select(User.login).where(User.user_id == user_id))
