"""Deposits from an old book: all of a file or nothing, in one transaction, chunk by chunk."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import driver_of
from banksampah.deposits.models import SAVINGS, SEDEKAH
from banksampah.deposits.queries import Recorded
from banksampah.deposits.queries.lookup import lookup
from banksampah.deposits.service.reading import Planned, Reader
from banksampah.deposits.service.recording import KIND as RECORD
from banksampah.deposits.service.recording import legs_of, post_documents, sealed
from banksampah.ledger import Act, Posting
from banksampah.sheets import Fault, Row, TableRefused

KIND: Final = "deposit.import"
DEPOSITS_AT_ONCE: Final = 10_000
"""Each chunk writes a balance once. PostgreSQL keeps what was there before until the transaction
ends, and walks over it each time: of a million deposits by the thousand, half of the work."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file became: so many deposits, numbered without a gap from *first_seq*."""

    seq: int
    deposits_count: int
    rows_count: int
    first_seq: int
    known: bool
    """This very file had been imported before; nothing was added now."""


def import_deposits(
    session: Session,
    act: Act,
    *,
    content_hash: str,
    rows: Iterable[tuple[Row, Sequence[Fault]]],
) -> Imported:
    """Record each deposit of an old book on its own day, with every check and seal; then the
    file itself, by its *content_hash*, so that a second time adds nothing.

    Rows of one receipt stand together and make one deposit; a row without a receipt is one of its
    own. Raises TableRefused with every wrong cell; the transaction must then be undone.
    """
    facts = {"content": content_hash}
    if (done := ledger.replay(session, act, KIND, facts)) is not None:
        body = ledger.entry(session, act.bank_id, done).body
        return Imported(done, body["deposits"], body["rows"], body["first_seq"], True)
    _make_room(session)
    closed = ledger.closed_through(session, act.bank_id)
    reader = Reader(lookup(session, act.bank_id), act.today, closed)
    first_rows = array("I")  # the row of each deposit so far: to name the first of two
    first_seq = ledger.head_seq(session, act.bank_id) + 1
    for chunk in _chunks(reader.read(rows)):
        keyed = [(key_of(act, planned), planned) for planned in chunk]
        _check_receipts(session, act, reader, keyed, first_seq, first_rows)
        if not reader.faults:
            _record(session, act, keyed)
            first_rows.extend([planned.row for planned in chunk])
    if reader.faults:
        raise TableRefused(reader.faults)
    body = {"deposits": len(first_rows), "rows": reader.rows_count, "first_seq": first_seq}
    seq = ledger.post(session, act, KIND, facts, body=body)
    return Imported(seq, len(first_rows), reader.rows_count, first_seq, False)


def key_of(act: Act, planned: Planned) -> str:
    """The deposit's key: its receipt within its year, or the file and the row."""
    if planned.receipt:
        return f"nota/{planned.day.year}/{planned.receipt.replace(' ', ':')}"
    return f"{act.key}/{planned.row}"


def _make_room(session: Session) -> None:
    """Keep the ends of all indexes in memory: SQLite's usual two megabytes hold a small bank's."""
    if session.get_bind().dialect.name == "sqlite":
        driver_of(session).execute("PRAGMA cache_size = -65536")


def _chunks(deposits: Iterator[Planned]) -> Iterator[list[Planned]]:
    while chunk := list(islice(deposits, DEPOSITS_AT_ONCE)):
        yield chunk


def _check_receipts(
    session: Session,
    act: Act,
    reader: Reader,
    keyed: Sequence[tuple[str, Planned]],
    first_seq: int,
    first_rows: Sequence[int],
) -> None:
    """A receipt counts once: in this chunk, in the rows before it, in the books before them."""
    rows_here: dict[str, int] = {}
    known = ledger.seqs_of_keys(session, act.bank_id, [key for key, _planned in keyed])
    for key, planned in keyed:
        earlier = rows_here.setdefault(key, planned.row)
        seq = known.get(key)
        if earlier != planned.row:
            where = f"di baris {earlier}"
        elif seq is not None and seq >= first_seq:
            where = f"di baris {first_rows[seq - first_seq]}"
        elif seq is not None:
            where = f"di pembukuan, sebagai setoran {seq}"
        else:
            continue
        cells = {"receipt": planned.receipt}
        reader.wrong(
            Row(planned.row, cells),
            "receipt",
            f"Bukti {planned.receipt} tahun {planned.day.year} sudah ada {where}.",
            "Hapus yang dobel, satukan barisnya, atau beri nomor bukti lain.",
        )


def _record(session: Session, act: Act, keyed: Sequence[tuple[str, Planned]]) -> None:
    postings = [_posting(act, key, planned) for key, planned in keyed]
    documents = [_document(act, planned) for _key, planned in keyed]
    seqs = post_documents(session, postings, documents)
    for seq, (_key, planned) in zip(seqs, keyed, strict=True):
        if planned.note:
            ledger.add_note(session, act, seq, planned.note)


def _posting(act: Act, key: str, planned: Planned) -> Posting:
    household, saved = planned.household, bool(planned.share_ppm)
    body = sealed(household.member_id, SAVINGS if saved else SEDEKAH, planned.lines)
    if planned.receipt:
        body["receipt"] = planned.receipt
    goods = {one.material_id: one for one in planned.goods}
    legs = legs_of(household.savings_account_id, saved, planned.lines, goods)
    own = Act(act.bank_id, key, act.actor_id, act.at, act.today)
    return Posting(own, RECORD, body, legs, planned.day, planned.day, body=body)


def _document(act: Act, planned: Planned) -> Recorded:
    return Recorded(
        0,  # known when its entry is posted
        planned.household.member_id,
        SAVINGS if planned.share_ppm else SEDEKAH,
        None,
        planned.household.delivery,
        planned.day,
        sum(line.value_idr for line in planned.lines),
        sum(line.credited_idr for line in planned.lines),
        act.actor_id,
        act.at,
        tuple(planned.lines),
    )
