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
