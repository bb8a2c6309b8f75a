"""When a backup was put back, the books are of another era: what phones were told is in them may
not be there any more.

Nothing is kept to know it. Each phone keeps a mark of the books as they were when it last heard
from them, and tells it when it greets: whether they still have what they had is seen in what is
only ever appended to. So it is known however they were put back.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.desk.models import DeskRecord

DIGEST_CHARS = 12
MARK_FORM = rf"(\d{{1,18}}-[0-9a-f]{{0,{DIGEST_CHARS}}}-\d{{1,18}}-[0-9a-f]{{0,{DIGEST_CHARS}}})?\Z"


def mark(session: Session, bank_id: int) -> str:
    """The newest entry and the newest content that a phone sent, each with its digest's end."""
    newest = session.scalar(select(func.max(DeskRecord.id)).filter_by(bank_id=bank_id))
    return _mark_at(session, bank_id, ledger.head_seq(session, bank_id), newest or 0)


def is_gone(session: Session, bank_id: int, told: str) -> bool:
    """Whether the books had something at the mark *told* that they have no longer. A phone that
    never heard a mark tells none."""
    if not told:
        return False
    seq, _seal, record_id, _hash = told.split("-")
    return told != _mark_at(session, bank_id, int(seq), int(record_id))


def _mark_at(session: Session, bank_id: int, seq: int, record_id: int) -> str:
    seal = ledger.find_seal(session, bank_id, seq) or ""
    content = select(DeskRecord.content_hash).filter_by(bank_id=bank_id, id=record_id)
    kept = session.scalar(content) or ""
    return f"{seq}-{seal[-DIGEST_CHARS:]}-{record_id}-{kept[-DIGEST_CHARS:]}"
