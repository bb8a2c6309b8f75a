"""What the treasurer's pages show: both sides of a flag, a day's counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.clock import day_in
from banksampah.deposits.models import SHEET_KEY, DepositSurplus
from banksampah.deposits.queries import paid_from_titipan
from banksampah.deposits.queries.surplus import open_surpluses, open_surpluses_count
from banksampah.desk import counts, queries
from banksampah.desk.counts import Counted, Row
from banksampah.desk.gaps import Run, gaps, gaps_by_session, runs
from banksampah.desk.models import (
    NOTES,
    OPEN_AGAIN,
    SURPLUS,
    WHY_CANCEL_REFUSED,
    DeskFlag,
    DeskIntake,
    Newcomer,
    Suspense,
    WeighingSession,
)
from banksampah.desk.service import booked_seq, choices, choices_of, why_refused
from banksampah.desk.sides import Sides
from banksampah.members.models import Member
from banksampah.members.queries import survivor

TYPED_BY_HAND = ("material_unknown", "unreadable")
UNDO = {"cancel_refused": "release", "weight_unusual": "cancel"}
"""The button that takes a deposit back; where it is not there, the deposit is put right instead."""
DAYS_SHOWN = timedelta(days=60)


def flags(session: Session, sides: Sides) -> list[dict[str, Any]]:
    """Every open flag: what the phone told, what the books have, what may be decided."""
    return [_flag(session, sides, f) for f in queries.open_flags(session, sides.bank.bank_id)]


def waiting_count(session: Session, bank_id: int) -> int:
    """How many cards there are: of each kind a page shows the oldest only."""
    counts_of = (queries.open_flags_count, queries.open_rows_count, open_surpluses_count)
    return sum(count(session, bank_id) for count in counts_of)


def _flag(session: Session, sides: Sides, flag: DeskFlag) -> dict[str, Any]:
    taken = session.get_one(DeskIntake, (flag.bank_id, flag.record_id))
    offered = choices(session, flag, taken)
    return {
        "id": str(flag.id),
        "path": f"/perlu-dilihat/{flag.id}",
        **_said(session, flag.code, taken),
        "choices": offered,
        "correction": _correction(session, flag, taken, offered),
        "typing": _typing(session, sides, taken) if flag.code in TYPED_BY_HAND else None,
        "told": sides.asked(flag, taken),
        "others": sides.others(flag, taken),
    }


def _said(session: Session, code: str, taken: DeskIntake) -> dict[str, str]:
    """The words of a flag, as things stand now."""
    if code == "cancel_refused":
        return {"code": code, "sentence": WHY_CANCEL_REFUSED[why_refused(session, taken)]}
    if code == "member_closed":
        return _in_titipan(session, session.get_one(Suspense, (taken.bank_id, taken.deposit_seq)))
    return {"code": code, "sentence": NOTES[code]}


def _in_titipan(session: Session, lies: Suspense | DepositSurplus) -> dict[str, str]:
    code = queries.code_of(lies)
    if lies.member_id is not None and survivor(session, lies.bank_id, lies.member_id).is_open:
        return {"code": "member_open", "sentence": OPEN_AGAIN}
    return {"code": code, "sentence": NOTES[code]}


def surpluses(session: Session, sides: Sides) -> list[dict[str, Any]]:
    """What corrections laid in Titipan for closed households."""
    return [_surplus(session, sides, x) for x in open_surpluses(session, sides.bank.bank_id)]


def _surplus(session: Session, sides: Sides, lies: DepositSurplus) -> dict[str, Any]:
    who = session.get_one(Member, (lies.bank_id, lies.member_id))
    named = {"name": who.name, "number": who.number, "rt": who.rt}
    named["receipt"] = f"S-{lies.deposit_seq:05}"
    return {
        "id": f"selisih-{lies.seq}",
        "path": f"/perlu-dilihat/selisih/{lies.seq}",
        **_in_titipan(session, lies),
        "sentence": SURPLUS,
        "choices": choices_of(session, lies),
        "told": sides.booked(lies.deposit_seq)
        | named
        | {"title": _("Di buku"), "difference_idr": lies.amount_idr},
        "others": [],
    }


def _correction(
    session: Session, flag: DeskFlag, taken: DeskIntake, offered: tuple[str, ...]
) -> str | None:
    """Where what cannot be taken back any more is put right."""
    seq = booked_seq(session, taken)
    undo = UNDO.get(flag.code)
    if undo is None or seq is None or undo in offered:
        return None
    return None if paid_from_titipan(session, taken.bank_id, seq) else f"/setoran/{seq}/koreksi"


def _typing(session: Session, sides: Sides, taken: DeskIntake) -> str:
    """The form to type a record in that could not be booked, with what is known filled in."""
    known, bank = sides.known(taken), sides.bank
    came_at = taken.weighed_at if taken.session_code else known.weighed_at or taken.weighed_at
    day = min(day_in(bank.zone, came_at), sides.today)
    begun = [("hari", day.isoformat())]
    begun += [("isi", f"{line.material_id}-{line.quantity}") for line in known.lines]
    member = known.member_id and session.get(Member, (bank.bank_id, known.member_id))
    if member and known.member_number in (None, member.number):
        begun.append(("nasabah", str(survivor(session, bank.bank_id, member.id).id)))
    elif known.provisional is not None:
        begun.append(("cari", known.provisional.name))
    return f"/setoran/baru?{urlencode(begun)}"


def rows_of_sheets(session: Session, sides: Sides) -> list[dict[str, Any]]:
    """Every row of a sheet of paper that waits in Titipan, as the paper has it."""
    waiting = queries.open_rows(session, sides.bank.bank_id)
    return [_row(session, sides, lies) for lies in waiting]


def _row(session: Session, sides: Sides, lies: Suspense) -> dict[str, Any]:
    seq = lies.deposit_seq
    key = ledger.entry(session, lies.bank_id, seq).idem_key
    sheet, _slash, place = key.removeprefix(SHEET_KEY).rpartition("/")
    side = sides.booked(seq)
    if lies.member_id is not None:
        who = session.get_one(Member, (lies.bank_id, lies.member_id))
        side |= {"name": who.name, "number": who.number, "rt": who.rt}
    else:
        named = session.get_one(Newcomer, (lies.bank_id, lies.provisional))
        on_paper = _on_paper(session, lies, sheet)
        side |= {"name": named.name, "number": "", "on_paper": on_paper, "rt": named.rt}
    return {
        "id": f"titipan-{seq}",
        "path": f"/perlu-dilihat/titipan/{seq}",
        **_in_titipan(session, lies),
        "choices": choices_of(session, lies),
        "told": side | {"title": _("Dari kertas"), "receipt": sheet, "place": place},
        "others": [],
    }


def _on_paper(session: Session, lies: Suspense, sheet: str) -> str:
    """The number that stands in this row of the paper, though nobody has it; or nothing."""
    found = ledger.seqs_of_keys(session, lies.bank_id, [f"{SHEET_KEY}{sheet}"])
    body = ledger.entry(session, lies.bank_id, next(iter(found.values()))).body
    return str({seq: number for _place, seq, number in body["titipan"]}.get(lies.deposit_seq, ""))


def missing_by_phone(session: Session, bank_id: int) -> dict[int, list[Run]]:
    """The receipt numbers that never came, by phone."""
    named: dict[int, list[Run]] = {}
    for run in runs(gaps(session, bank_id)):
        named.setdefault(run.gaps[0].device_id, []).append(run)
    return named


def days(session: Session, bank: Bank, now: datetime) -> list[dict[str, Any]]:
    """Sessions of the last two months, each phone's count beside the books'."""
    phones = {device.id: device for device in queries.devices(session, bank.bank_id)}
    missing = gaps_by_session(session, bank.bank_id)
    parts = queries.sessions(session, bank.bank_id, now - DAYS_SHOWN)
    rows = counts.rows_counted(session, bank.bank_id, [part.code for part in parts])
    return [
        {
            "code": part.code, "phone_name": phones[part.device_id].name,
            "opened_at": part.opened_at, "closed_at": part.closed_at,
                "is_today": day_in(bank.zone, part.opened_at) == day_in(bank.zone, now),
            "missing": runs(missing.get(part.code, [])),
            **_compared(part, rows[part.code], part.code in missing),
        }
        for part in parts
    ]  # fmt: skip


def _compared(part: WeighingSession, rows: Sequence[Row], lacks: bool) -> dict[str, Any]:
    """The phone's count at the end of a session beside the books'. They agree if they do by now,
    what came late left aside; they agreed if they did then, and something was put right since."""
    books, late = counts.total(rows), counts.total([row for row in rows if row.is_late])
    phone = at_end = None
    if part.phone_count is not None:
        phone = Counted(part.phone_count, part.phone_weight_g or 0, part.phone_value_idr or 0)
    if part.books_count is not None:
        at_end = Counted(part.books_count, part.books_weight_g or 0, part.books_value_idr or 0)
    agrees = phone in (books, books.less(late)) and not lacks
    agreed = phone is not None and phone == at_end and not lacks
    return {"phone": phone, "books": books, "late": late, "agrees": agrees, "agreed": agreed}
