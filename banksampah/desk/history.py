"""What was decided in "Perlu dilihat", of every kind of card: by which entry, by whom, and when."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.models import CORRECTED, SHEET_KEY, DepositSurplus
from banksampah.desk import queries
from banksampah.desk.contents import find_apart
from banksampah.desk.late_sheets import late_of
from banksampah.desk.models import (
    NOTES,
    SURPLUS,
    DeskFlag,
    DeskGap,
    DeskIntake,
    DeskRecord,
    LateSheet,
    Newcomer,
    Suspense,
)
from banksampah.desk.newcomers import told_in_full
from banksampah.desk.records import what_is_known
from banksampah.desk.service import may_reopen
from banksampah.desk.sides import Sides
from banksampah.ledger import Entry
from banksampah.members.models import Member
from banksampah.staff.queries import names_of

PAGE_ROWS = 20
DECIDING = ("desk.decide", "desk.gap")
Told = dict[str, Any]


class End(NamedTuple):
    """How one card ended: the entry that its row names, the row, and what opened it again."""

    seq: int
    row: Any
    reopened_seq: int


def decided(
    session: Session, sides: Sides, before_seq: int | None = None
) -> tuple[list[Told], int | None]:
    """A page of what was decided, newest first, from before an entry; and where the next begins."""
    bank_id = sides.bank.bank_id
    head = ledger.head_seq(session, bank_id)
    top = head + 1 if before_seq is None else min(before_seq, head + 1)
    found = sorted(_ends(session, bank_id, top), reverse=True, key=lambda end: end.seq)
    shown = found[:PAGE_ROWS]
    deciding = _deciding(session, bank_id, [end.seq for end in shown])
    opening = ledger.entries_at(session, bank_id, {end.reopened_seq for end in shown})
    people = names_of(session, {one.actor_id for one in (*deciding.values(), *opening.values())})

    def who(entry: Entry | None) -> Told | None:
        return entry and {"by": people.get(entry.actor_id, ""), "at": entry.recorded_at}

    rows = [
        _TOLD[type(end.row)](session, sides, end.row, deciding[end.seq])
        | {"seq": end.seq, "decided": who(deciding[end.seq])}
        | {"reopened": who(opening.get(end.reopened_seq))}
        for end in shown
        if end.seq in deciding
    ]
    return rows, shown[-1].seq if len(found) > PAGE_ROWS else None


def place_of(session: Session, entry: Entry) -> int | None:
    """The entry by which the list knows what *entry* decided, if it decided anything there."""
    body, bank_id = entry.body, entry.bank_id
    if entry.kind == "desk.reopen":
        return int(body["of_seq"])
    if entry.kind not in DECIDING:
        return None
    if "surplus_seq" in body:
        return session.get_one(DepositSurplus, (bank_id, body["surplus_seq"])).settled_seq
    if entry.kind == "desk.decide" and "deposit_seq" in body:
        return session.get_one(Suspense, (bank_id, body["deposit_seq"])).settled_seq
    return entry.seq


# ── the rows ─────────────────────────────────────────────────────────────────


def _ends(session: Session, bank_id: int, top: int) -> Iterable[End]:
    """The newest of each kind before entry *top*, one more than a page holds."""
    sent = select(DeskIntake.record_id).filter_by(bank_id=bank_id, deposit_seq=Suspense.deposit_seq)
    lay_there = Suspense.settled_seq != Suspense.deposit_seq
    for model, seq, *wanted in (
        (DeskFlag, DeskFlag.decided_seq),
        (LateSheet, LateSheet.decided_seq),
        (Suspense, Suspense.settled_seq, lay_there, ~sent.exists()),
        (DepositSurplus, DepositSurplus.settled_seq, DepositSurplus.settled_as != CORRECTED),
    ):
        rows = select(seq, model).filter_by(bank_id=bank_id).where(seq < top, *wanted)
        for row in session.execute(rows.order_by(seq.desc()).limit(PAGE_ROWS + 1)):
            yield End(row[0] or 0, row[1], getattr(row[1], "reopened_seq", None) or 0)
    for gap in _gaps(session, bank_id, top):
        yield End(gap.settled_seq, gap, 0)


def _gaps(session: Session, bank_id: int, top: int) -> Iterable[Row[Any]]:
    """Numbers that never came; those that were settled together are one."""
    seq, number = DeskGap.settled_seq, DeskGap.number
    return session.execute(
        select(
            seq, DeskGap.device_id, DeskGap.epoch, func.min(number).label("first"),
            func.max(number).label("last"), func.max(DeskGap.deposit_seq).label("deposit_seq"),
        )
        .where(DeskGap.bank_id == bank_id, seq < top)
        .group_by(seq, DeskGap.device_id, DeskGap.epoch)
        .order_by(seq.desc())
        .limit(PAGE_ROWS + 1)
    )  # fmt: skip


def _deciding(session: Session, bank_id: int, seqs: Sequence[int]) -> dict[int, Entry]:
    """By the entry that ended a card, the one that decided it: itself, or that whose step it was.
    What was settled on another page has none."""
    found = ledger.entries_at(session, bank_id, seqs)
    steps = {seq: one.idem_key.rpartition("/")[0] for seq, one in found.items()
             if one.kind not in DECIDING}  # fmt: skip
    first = ledger.seqs_of_keys(session, bank_id, list(steps.values()))
    begun = ledger.entries_at(session, bank_id, first.values())
    found |= {seq: begun[first[key]] for seq, key in steps.items() if key in first}
    return {seq: one for seq, one in found.items() if one.kind in DECIDING}


# ── each as the page shows it ────────────────────────────────────────────────


def _flag(session: Session, sides: Sides, flag: DeskFlag, by: Entry) -> Told:
    bank_id = flag.bank_id
    taken, second = session.get_one(DeskIntake, (bank_id, flag.record_id)), None
    raw = queries.first_raw(session, bank_id, flag.record_id)
    if flag.raw_id is not None:
        raw = session.get_one(DeskRecord, (bank_id, flag.raw_id))
        second = find_apart(session, raw)
    known = what_is_known(told_in_full(session, raw))
    booked = taken if flag.raw_id is None else second
    return {
        **_words_of(session, flag.code, str(flag.decision), by),
        **sides.whose(known),
        "sentence": NOTES[flag.code],
        "receipt": sides.receipt(taken.device_id, taken.epoch, taken.number),
        "value_idr": taken.value_idr if known.total_idr is None else known.total_idr,
        "deposit_seq": booked and booked.deposit_seq,
        "flag_id": flag.id if may_reopen(flag, taken) else None,
    }


def _row(session: Session, sides: Sides, lies: Suspense, by: Entry) -> Told:
    """A row of a sheet of paper."""
    key = ledger.entry(session, lies.bank_id, lies.deposit_seq).idem_key
    sheet, _slash, place = key.removeprefix(SHEET_KEY).rpartition("/")
    who = lies.member_id and session.get(Member, (lies.bank_id, lies.member_id))
    new = session.get(Newcomer, (lies.bank_id, lies.provisional or ""))
    return {
        **_words_of(session, queries.code_of(lies), by.body["decision"], by),
        "name": who.name if who else new.name if new else "",
        "number": who.number if who else "",
        "sentence": NOTES[queries.code_of(lies)],
        "receipt": _("Lembar %(number)s, baris %(place)s", number=sheet, place=place),
        "value_idr": lies.amount_idr,
        "deposit_seq": lies.deposit_seq,
    }


def _surplus(session: Session, sides: Sides, lies: DepositSurplus, by: Entry) -> Told:
    who = session.get_one(Member, (lies.bank_id, lies.member_id))
    return {
        **_words_of(session, queries.code_of(lies), by.body["decision"], by),
        "name": who.name,
        "number": who.number,
        "sentence": SURPLUS,
        "receipt": f"S-{lies.deposit_seq:05}",
        "value_idr": lies.amount_idr,
        "deposit_seq": lies.deposit_seq,
    }


def _sheet(session: Session, sides: Sides, row: LateSheet, by: Entry) -> Told:
    late = late_of(session, row)
    return {
        "code": "late",
        "decision": "keep",
        "sentence": _("Lembar %(number)s datang belakangan", number=late.number),
        "value_idr": late.value_idr,
    }


def _gap(session: Session, sides: Sides, gap: Row[Any], by: Entry) -> Told:
    first = sides.receipt(gap.device_id, gap.epoch, gap.first)
    if gap.last > gap.first:
        last = sides.receipt(gap.device_id, gap.epoch, gap.last)
        told = _("%(first)s sampai %(last)s belum sampai", first=first, last=last)
        return {"code": "gap", "decision": "all_void", "sentence": told}
    return {
        "code": "gap",
        "decision": "void" if gap.deposit_seq is None else "typed",
        "sentence": _("%(receipt)s belum sampai", receipt=first),
        "deposit_seq": gap.deposit_seq,
    }


def _words_of(session: Session, code: str, decision: str, by: Entry) -> Told:
    """By which the button was called: a household that was open again by then was not opened."""
    if decision == "reopen":
        opened = ledger.seqs_of_keys(session, by.bank_id, [f"{by.idem_key}/reopen"])
        code = "member_closed" if opened else "member_open"
    return {"code": code, "decision": decision}


_TOLD: dict[type, Callable[[Session, Sides, Any, Entry], Told]] = {
    DeskFlag: _flag,
    Suspense: _row,
    DepositSurplus: _surplus,
    LateSheet: _sheet,
    Row: _gap,
}
