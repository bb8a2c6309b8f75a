"""A filled sheet of paper becomes deposits: all of it or nothing, once, when its totals agree."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.queries import Recorded
from banksampah.deposits.queries.lookup import Goods, Lookup, lookup
from banksampah.deposits.service.drafting import Meant, Terms, Weighed
from banksampah.deposits.service.reading import SAYS_YES, Planned, Reader
from banksampah.deposits.service.recording import Wish, record_deposits
from banksampah.desk.models import LateSheet, Newcomer
from banksampah.desk.service.rows import SheetLine, Whose, at_their_places, whose_rows
from banksampah.desk.service.suspense import lay_aside, titipan
from banksampah.desk.sheets import brought_on, sheet_of
from banksampah.errors import Refused
from banksampah.ledger import Act
from banksampah.members.queries import normal_number
from banksampah.money import (
    Unreadable,
    format_idr,
    parse_pieces,
    parse_weight_g,
)
from banksampah.sheets import Fault, Row
from banksampah.stock.queries import format_quantity

KIND: Final = "deposit.sheet"
PLACES: Final = 100
"""A cell is known to the reader as row · PLACES + column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTyped:
    """A sheet as it was typed, with the totals that stand on the paper."""

    number: str
    day: date
    codes: Sequence[str]
    lines: Sequence[SheetLine]
    totals: Sequence[str]
    households_count: int
    value_idr: int | None


class Entered(NamedTuple):
    """What a sheet became; *known*: it had been entered before, nothing was added now."""

    seq: int
    deposits_count: int
    value_idr: int
    known: bool
    aside_count: int = 0
    """How many of its rows lie in Titipan."""


class SheetRefused(Refused):
    """Cells to mend, each with its sentence. Nothing of the sheet was recorded."""

    code = "sheet_refused"

    def __init__(self, faults: Sequence[tuple[str, str]]):
        self.faults = list(dict.fromkeys(faults))
        super().__init__("Lembar ini belum dicatat. Perbaiki isian yang ditandai.")


class TitipanNotAgreed(Refused):
    """Some rows would go to Titipan, and the operator has not been told so."""

    code = "titipan_not_agreed"

    def __init__(self, rows_count: int):
        self.rows_count = rows_count
        super().__init__("Lembar ini belum dicatat. Baca baris yang masuk Titipan, lalu simpan.")


def record_sheet(session: Session, act: Act, typed: SheetTyped) -> Entered:
    """Record every row of a sheet as a deposit of its day, by the prices of that day.

    The totals on the paper must be those of the rows: households, each column, and rupiah where
    they were worked out. A row of a closed household, or of one that only has a name, goes to
    Titipan as a phone's deposit does. Raises SheetRefused with every cell at fault, and
    TitipanNotAgreed; the transaction must then be undone. The key of *act* is the sheet's own, so
    that a sheet counts once. One that comes after its day, or is booked on another than its
    paper's, is put before the treasurer.
    """
    facts = _facts(typed)
    if (done := ledger.replay(session, act, KIND, facts)) is not None:
        return _entered(done, ledger.entry(session, act.bank_id, done).body, known=True)
    closed = ledger.closed_through(session, act.bank_id)
    if closed is not None and typed.day <= closed:
        raise SheetRefused([("weighed_on", _closed(closed))])
    lists = lookup(session, act.bank_id)
    rows = whose_rows(session, act.bank_id, lists, typed.lines)
    planned = _planned(typed, at_their_places(lists, rows), rows, act.today)
    _refuse_twice(session, act.bank_id, typed, planned)
    _refuse_untold(typed, rows)
    recorded = _record(session, act, typed, planned, rows)
    value_idr = sum(deposit.value_idr for deposit in recorded.values())
    if typed.value_idr not in (None, value_idr):
        told = _differs(format_idr(typed.value_idr), format_idr(value_idr))
        raise SheetRefused([("value_idr", told)])
    body = {
        "sheet": typed.number,
        "day": typed.day.isoformat(),
        "deposits": [[place, deposit.seq] for place, deposit in recorded.items()],
        "value_idr": value_idr,
        "late_days": (act.today - typed.day).days,
    } | _lay_aside(session, act, typed, rows, recorded)
    seq = ledger.post(session, act, KIND, facts, body=body)
    _tell_if_late(session, act, typed, seq)
    return _entered(seq, body, known=False)


def _entered(seq: int, body: dict[str, Any], known: bool) -> Entered:
    aside = body.get("titipan", ())
    return Entered(seq, len(body["deposits"]), body["value_idr"], known, len(aside))


def _refuse_untold(typed: SheetTyped, rows: dict[int, Whose]) -> None:
    untold = [
        line
        for line in typed.lines
        if rows[line.place].in_titipan and line.agreed != rows[line.place].told
    ]
    if untold:
        raise TitipanNotAgreed(len(untold))


def _lay_aside(
    session: Session,
    act: Act,
    typed: SheetTyped,
    rows: dict[int, Whose],
    recorded: dict[int, Recorded],
) -> dict[str, Any]:
    """Note for whom rows lie in Titipan. Returns what the sheet's entry says of them: row,
    deposit, and the number as it stands on the paper."""
    sheet, first, told = sheet_of(typed.number), dict[tuple[str, str], str](), []
    for place, deposit in recorded.items():
        who = rows[place]
        if not who.in_titipan:
            continue
        code = None
        if who.name:
            code = first.setdefault(who.person, f"{typed.number}/{place}")
        lay_aside(session, act, deposit, who.meant_for, code)
        if code == f"{typed.number}/{place}":
            rt = sheet.rt if sheet is not None else ""
            key = {"bank_id": act.bank_id, "record_id": code}
            session.add(Newcomer(**key, name=who.name, rt=rt, house_no=""))
        told.append([place, deposit.seq, who.number])
    session.flush()
    return {"titipan": told} if told else {}


def _tell_if_late(session: Session, act: Act, typed: SheetTyped, seq: int) -> None:
    sheet = sheet_of(typed.number)
    on_its_day = sheet is not None and sheet.day == typed.day
    if act.today > typed.day or not on_its_day:
        code = "late" if on_its_day else "period_closed"
        session.add(LateSheet(bank_id=act.bank_id, seq=seq, code=code))
        session.flush()


def _facts(typed: SheetTyped) -> dict[str, Any]:
    lines = [[line.place, line.number, sorted(line.cells.items())] for line in typed.lines]
    return {
        "sheet": typed.number,
        "day": typed.day.isoformat(),
        "codes": list(typed.codes),
        "lines": lines,
    }


def _planned(
    typed: SheetTyped, lists: Lookup, rows: dict[int, Whose], today: date
) -> list[Planned]:
    """Each row as a deposit, or SheetRefused with all that is wrong with cells and totals."""
    reader = Reader(lists, today, None)
    planned = [
        one._replace(row=one.row // PLACES)
        for one in reader.read((r, ()) for r in _rows(typed, rows))
    ]
    numbers = {line.place: normal_number(line.number) for line in typed.lines}
    faults = [(_cell_of(fault), _sentence(fault, numbers)) for fault in reader.faults]
    faults += _columns_twice(typed)
    if not faults:
        faults = _totals_that_differ(typed, lists, rows, planned)
    if faults:
        raise SheetRefused(faults)
    if not planned:
        raise SheetRefused([("households_count", "Lembar ini kosong. Isi berat di kertasnya.")])
    return planned


def _refuse_twice(
    session: Session, bank_id: int, typed: SheetTyped, planned: Sequence[Planned]
) -> None:
    """What a phone took down before it went out may stand on the paper too: asked, not guessed."""
    sure = {line.place for line in typed.lines if line.sure.casefold() in SAYS_YES}
    households = {one.household.member_id for one in planned}
    there = brought_on(session, bank_id, typed.day, households)
    faults = []
    for one in planned:
        goods: dict[int, int] = defaultdict(int)
        for line in one.lines:
            goods[line.material_id] += line.quantity
        seq = there.get((one.household.member_id, frozenset(goods.items())))
        if seq is not None and one.row not in sure:
            sentence = (
                f"Baris {one.row}: mungkin dobel dengan setoran {seq}, orang dan isinya sama. "
                "Kosongkan barisnya, atau tulis “ya” di kolom yakin bila memang dua kali."
            )
            faults.append((f"number-{one.row}", sentence))
    if faults:
        raise SheetRefused(faults)


def _rows(typed: SheetTyped, rows: dict[int, Whose]) -> Iterator[Row]:
    """Every filled cell as a row of an old book; a row of the sheet is one receipt."""
    for line in typed.lines:
        for column, text in sorted(line.cells.items()):
            cells = {
                "date": typed.day.isoformat(),
                "number": str(line.place) if line.place in rows else "",
                "code": typed.codes[column],
                "quantity": text,
                "receipt": f"{typed.number}/{line.place}",
                "confirmed": line.sure,
            }
            yield Row(line.place * PLACES + column, cells)


def _cell_of(fault: Fault) -> str:
    place, column = divmod(fault.row, PLACES)
    return {
        "number": f"number-{place}",
        "code": f"code-{column}",
        "date": "weighed_on",
    }.get(fault.column, f"quantity-{place}-{column}")


def _sentence(fault: Fault, numbers: dict[int, str]) -> str:
    place = fault.row // PLACES
    if fault.column == "number":
        number = numbers[place]
        reason = f"Nasabah {number} tidak ada." if number else "Nomor nasabah kosong."
        return (
            f"Baris {place}: {reason} Betulkan nomornya, atau tulis namanya supaya baris ini "
            "masuk Titipan."
        )
    where = "" if fault.column in ("date", "code") else f"Baris {place}: "
    return f"{where}{fault.reason} {fault.remedy}"


def _columns_twice(typed: SheetTyped) -> list[tuple[str, str]]:
    first: dict[str, int] = {}
    return [
        (f"code-{column}", f"Kode {code} ada di dua kolom. Pakai satu kolom untuk satu jenis.")
        for column, text in enumerate(typed.codes)
        if (code := normal_number(text)) and first.setdefault(code, column) != column
    ]


def _totals_that_differ(
    typed: SheetTyped, lists: Lookup, rows: dict[int, Whose], planned: Sequence[Planned]
) -> list[tuple[str, str]]:
    faults = []
    people = {rows[one.row].person for one in planned}
    if len(people) != typed.households_count:
        told = _differs(str(typed.households_count), str(len(people)))
        faults.append(("households_count", told))
    sums: dict[int, int] = defaultdict(int)
    for one in planned:
        for line in one.lines:
            sums[line.material_id] += line.quantity
    for column, code in enumerate(typed.codes):
        goods = lists.goods.get(normal_number(code))
        if goods is not None or typed.totals[column]:
            sentence = _total_differs(goods, sums, typed.totals[column])
            faults += [(f"total-{column}", sentence)] if sentence else []
    return faults


def _total_differs(goods: Goods | None, sums: dict[int, int], text: str) -> str:
    """Why the total of a column cannot stand, or nothing."""
    if goods is None:
        return "Kolom ini tidak punya kode. Isi kodenya, atau kosongkan jumlahnya."
    there = sums.get(goods.material_id, 0)
    if not text:
        return f"Isi jumlah {goods.label} yang tertulis di kertas." if there else ""
    try:
        told = (parse_pieces if goods.unit == "PCS" else parse_weight_g)(text)
    except Unreadable as problem:
        return f"Jumlah {goods.label} tidak terbaca. {problem}"
    if told == there:
        return ""
    on_paper, typed = (format_quantity(one, goods.unit) for one in (told, there))
    return f"Jumlah {goods.label} berbeda. {_differs(on_paper, typed)}"


def _differs(on_paper: str, typed: str) -> str:
    return f"Di kertas {on_paper}, dari isian {typed}. Cocokkan baris demi baris dengan kertasnya."


def _closed(closed: date) -> str:
    first = closed + timedelta(days=1)
    return (
        f"Buku sudah ditutup sampai {closed:%d/%m/%Y}. Pakai tanggal {first:%d/%m/%Y} atau "
        "sesudahnya; hari aslinya tetap terbaca di nomor lembar."
    )


def _record(
    session: Session,
    act: Act,
    typed: SheetTyped,
    planned: Sequence[Planned],
    rows: dict[int, Whose],
) -> dict[int, Recorded]:
    """The deposits by their rows, by the service that records every deposit, or SheetRefused."""
    holder_id = titipan(session, act).id if any(w.in_titipan for w in rows.values()) else None
    outcomes = record_deposits(
        session,
        [_wish(act, typed.day, one, holder_id if rows[one.row].in_titipan else None)
         for one in planned],
    )  # fmt: skip
    faults = []
    for one, outcome in zip(planned, outcomes, strict=True):
        if outcome.refusal is not None:
            field = getattr(outcome.refusal, "field", "") or ""
            cell = field if field == "weighed_on" else f"number-{one.row}"
            faults.append((cell, f"Baris {one.row}: {outcome.refusal.message}"))
    if faults:
        raise SheetRefused(faults)
    return {
        one.row: outcome.deposit
        for one, outcome in zip(planned, outcomes, strict=True)
        if outcome.deposit is not None
    }


def _wish(act: Act, day: date, one: Planned, holder_id: int | None) -> Wish:
    """*holder_id*: Titipan's, which takes the row at the household's own price and share."""
    lines: list[Weighed] = []
    for line in one.lines:
        weighed: Weighed = {
            "material_id": line.material_id,
            "quantity": line.quantity,
            "confirmed_quantity": line.quantity,  # the reader has asked already
        }
        if holder_id is not None:
            weighed["told_price_idr"] = line.price_idr
        lines.append(weighed)
    terms: Terms = {"weighed_on": day}
    if holder_id is not None:
        home = one.household
        terms["in_titipan"] = Meant(home.delivery, home.price_class, one.share_ppm)
    return Wish(act.step(str(one.row)), holder_id or one.household.member_id, lines, terms)
