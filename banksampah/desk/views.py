"""What the treasurer's pages show: both sides of a flag, a day's counts."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.catalog.queries import materials
from banksampah.codes import phone_number
from banksampah.deposits.models import SHEET_KEY
from banksampah.deposits.queries import paid_from_titipan, standing
from banksampah.desk import queries
from banksampah.desk.gaps import gaps, gaps_by_session
from banksampah.desk.models import (
    NOTES,
    TYPED_AND_TAKEN_BACK,
    DeskFlag,
    DeskIntake,
    DeskRecord,
    Newcomer,
    Suspense,
)
from banksampah.desk.records import Record, Unreadable, read_record
from banksampah.desk.service import CHOICES, booked_seq, choices, replacement_of
from banksampah.members.models import Member
from banksampah.staff.queries import names_of

DAYS_SHOWN = timedelta(days=60)


def flags(session: Session, bank: Bank) -> list[dict[str, Any]]:
    """Every open flag: what the phone told, what the books have, what may be decided."""
    waiting = queries.open_flags(session, bank.bank_id)
    labels = {m.id: m for m in materials(session, bank.bank_id, retired=True)}
    phones = {device.id: device.name for device in queries.devices(session, bank.bank_id)}
    return [_flag(session, bank, flag, labels, phones) for flag in waiting]


def _flag(
    session: Session, bank: Bank, flag: DeskFlag, labels: dict[int, Any], phones: dict[int, str]
) -> dict[str, Any]:
    taken = session.get_one(DeskIntake, (bank.bank_id, flag.record_id))
    told = _record(session, bank.bank_id, taken.record_id)
    is_typed = flag.code == "cancel_refused" and taken.deposit_seq is None
    offered = choices(session, flag, taken)
    return {
        "id": str(flag.id),
        "path": f"/perlu-dilihat/{flag.id}",
        "from": "phone",
        "code": flag.code,
        "sentence": TYPED_AND_TAKEN_BACK if is_typed else NOTES[flag.code],
        "choices": offered,
        "correction": _correction(session, flag, taken, offered),
        "told": _side(session, bank, taken, told, labels, phones),
        "others": _other_sides(session, bank, flag, taken, labels, phones),
    }


def _correction(
    session: Session, flag: DeskFlag, taken: DeskIntake, offered: tuple[str, ...]
) -> str | None:
    """Where what cannot be taken back any more is put right."""
    seq = booked_seq(session, taken)
    if flag.code != "cancel_refused" or seq is None or "release" in offered:
        return None
    return None if paid_from_titipan(session, taken.bank_id, seq) else f"/setoran/{seq}/koreksi"


def rows_of_sheets(session: Session, bank: Bank) -> list[dict[str, Any]]:
    """Every row of a sheet of paper that waits in Titipan, as the paper has it."""
    waiting = queries.open_rows(session, bank.bank_id)
    labels = {m.id: m for m in materials(session, bank.bank_id, retired=True)}
    return [_row(session, lies, labels) for lies in waiting]


def _row(session: Session, lies: Suspense, labels: dict[int, Any]) -> dict[str, Any]:
    code, seq = queries.code_of(lies), lies.deposit_seq
    key = ledger.entry(session, lies.bank_id, seq).idem_key
    sheet, _slash, place = key.removeprefix(SHEET_KEY).rpartition("/")
    side = _typed_side(session, lies.bank_id, seq, labels)
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
        "from": "paper",
        "code": code,
        "sentence": NOTES[code],
        "choices": CHOICES[code],
        "told": side | {"receipt": sheet, "place": place},
        "others": [],
    }


def _on_paper(session: Session, lies: Suspense, sheet: str) -> str:
    """The number that stands in this row of the paper, though nobody has it; or nothing."""
    found = ledger.seqs_of_keys(session, lies.bank_id, [f"{SHEET_KEY}{sheet}"])
    body = ledger.entry(session, lies.bank_id, next(iter(found.values()))).body
    return str({seq: number for _place, seq, number in body["titipan"]}.get(lies.deposit_seq, ""))


def _other_sides(
    session: Session,
    bank: Bank,
    flag: DeskFlag,
    taken: DeskIntake,
    labels: dict[int, Any],
    phones: dict[int, str],
) -> list[dict[str, Any]]:
    """What stands against what the phone told, each under its title."""

    def of_record(title: str, other: DeskIntake) -> dict[str, Any]:
        record = _record(session, bank.bank_id, other.record_id)
        return _side(session, bank, other, record, labels, phones) | {"title": title}

    if flag.raw_id is not None:
        raw = session.get_one(DeskRecord, (bank.bank_id, flag.raw_id))
        record = _read(queries.told(session, raw))
        side = _side(session, bank, taken, record, labels, phones)
        return [side | {"title": _("Yang lain"), "deposit_seq": None}]
    found = []
    if flag.other_record_id is not None:
        other = session.get_one(DeskIntake, (bank.bank_id, flag.other_record_id))
        found.append(of_record(_("Yang lain"), other))
    seq = booked_seq(session, taken)
    if flag.code in {"other_content", "cancel_refused"} and seq not in {None, taken.deposit_seq}:
        typed = _typed_side(session, bank.bank_id, seq, labels)
        found.append(typed | {"title": _("Yang diketik")})
    if flag.code == "cancel_refused" and (instead := replacement_of(session, taken)) is not None:
        found.append(of_record(_("Penggantinya"), instead))
    return found


def _side(
    session: Session,
    bank: Bank,
    taken: DeskIntake,
    record: Record | None,
    labels: dict[int, Any],
    phones: dict[int, str],
) -> dict[str, Any]:
    who = None
    if record is not None and record.member_id is not None:
        who = session.get(Member, (bank.bank_id, record.member_id))
    provisional = record.provisional if record is not None else None
    lines = [] if record is None else [_line(line, labels) for line in record.lines]
    names = names_of(session, {record.operator_id}) if record is not None else {}
    return {
        "receipt": phone_number(phones.get(taken.device_id, "HP"), taken.epoch, taken.number),
        "weighed_at": taken.weighed_at,
        "name": who.name if who else provisional.name if provisional else "",
        "number": who.number if who else provisional.code if provisional else "",
        "rt": who.rt if who else provisional.rt if provisional else "",
        "lines": lines,
        "total_idr": record.total_idr if record is not None else taken.value_idr,
        "weighed_by": names.get(record.operator_id, "") if record is not None else "",
        "deposit_seq": taken.deposit_seq,
    }


def _typed_side(session: Session, bank_id: int, seq: int, labels: dict[int, Any]) -> dict[str, Any]:
    """The deposit that somebody typed in from the slip."""
    now = standing(session, bank_id, seq)
    who = session.get_one(Member, (bank_id, now.member_id))
    by = now.deposit.recorded_by_id
    return {
        "receipt": str(seq),
        "weighed_at": now.deposit.recorded_at,
        "name": who.name,
        "number": who.number,
        "rt": who.rt,
        "lines": [_line(line, labels) for line in now.lines],
        "total_idr": now.value_idr,
        "weighed_by": names_of(session, {by}).get(by, ""),
        "deposit_seq": seq,
    }


def _line(line: Any, labels: dict[int, Any]) -> dict[str, Any]:
    material = labels.get(line.material_id)
    return {
        "name": material.label if material else f"#{line.material_id}",
        "unit": material.unit if material else "kg",
        "quantity": line.quantity,
        "price_idr": line.price_idr,
        "value_idr": line.value_idr,
    }


def _record(session: Session, bank_id: int, record_id: str) -> Record | None:
    return _read(queries.told(session, queries.first_raw(session, bank_id, record_id)))


def _read(told: dict[str, Any]) -> Record | None:
    try:
        return read_record(told)
    except Unreadable:
        return None


def missing_by_phone(session: Session, bank_id: int) -> dict[int, list[str]]:
    """The receipt numbers that never came, by phone."""
    named: dict[int, list[str]] = {}
    for gap in gaps(session, bank_id):
        named.setdefault(gap.device_id, []).append(gap.receipt)
    return named


def days(session: Session, bank: Bank, now: datetime) -> list[dict[str, Any]]:
    """Sessions of the last two months, each phone's count beside the books'."""
    phones = {device.id: device for device in queries.devices(session, bank.bank_id)}
    missing = gaps_by_session(session, bank.bank_id)
    shown = []
    for part in queries.sessions(session, bank.bank_id, now - DAYS_SHOWN):
        books = queries.counted(session, bank.bank_id, part.code)
        phone = None
        if part.phone_count is not None:
            phone = queries.Counted(
                part.phone_count, part.phone_weight_g or 0, part.phone_value_idr or 0
            )
        shown.append(
            {
                "code": part.code, "phone_name": phones[part.device_id].name,
                "opened_at": part.opened_at, "closed_at": part.closed_at,
                "phone": phone, "books": books, "agrees": phone == books,
                "missing": missing.get(part.code, []),
            }
        )  # fmt: skip
    return shown
