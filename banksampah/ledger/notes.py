"""Reasons in people's own words: beside the journal, erasable, never part of a seal."""

from collections.abc import Sequence

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from banksampah.ledger.acts import Act

_ADD = text("INSERT INTO entry_note (bank_id, seq, note) VALUES (:bank_id, :seq, :note)")
_GET = text(
    "SELECT seq, note FROM entry_note WHERE bank_id = :bank_id AND seq IN :seqs"
).bindparams(bindparam("seqs", expanding=True))


def add_note(session: Session, act: Act, seq: int, note: str) -> None:
    """Keep the reason given for entry *seq* (1 to 1,000 characters)."""
    session.execute(_ADD, {"bank_id": act.bank_id, "seq": seq, "note": note})


def note_of(session: Session, bank_id: int, seq: int) -> str | None:
    """The reason kept for entry *seq*, or None."""
    return notes_of(session, bank_id, [seq]).get(seq)


def notes_of(session: Session, bank_id: int, seqs: Sequence[int]) -> dict[int, str]:
    """The reasons kept for several entries."""
    rows = session.execute(_GET, {"bank_id": bank_id, "seqs": list(seqs)})
    return {row.seq: row.note for row in rows}


def noted(session: Session, bank_id: int, kinds: str) -> list[tuple[int, str]]:
    """(seq, body) of the entries with a reason whose kind begins with *kinds*."""
    rows = session.execute(_NOTED, {"bank_id": bank_id, "kinds": f"{kinds}%"})
    return [(row.seq, row.body) for row in rows]


def forget_notes(session: Session, bank_id: int, seqs: Sequence[int]) -> int:
    """Erase the reasons kept for these entries: the entries stay as they are. How many."""
    return sum(
        session.execute(_FORGET, {"bank_id": bank_id, "seq": seq}).rowcount  # type: ignore[attr-defined]
        for seq in seqs
    )


_NOTED = text(
    "SELECT n.seq, e.body FROM entry_note n JOIN entry e ON e.bank_id = n.bank_id AND e.seq = n.seq"
    " WHERE n.bank_id = :bank_id AND e.kind LIKE :kinds ORDER BY n.seq"
)
_FORGET = text("DELETE FROM entry_note WHERE bank_id = :bank_id AND seq = :seq")
