"""A filled sheet of paper becomes deposits: all of it or nothing, once, when its totals agree."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.models import LateSheet
from banksampah.deposits.queries import Recorded
from banksampah.deposits.queries.lookup import Goods, Lookup, lookup
from banksampah.deposits.queries.sheets import brought_on, sheet_day
from banksampah.deposits.service.drafting import Weighed
from banksampah.deposits.service.reading import SAYS_YES, Planned, Reader
from banksampah.deposits.service.recording import Wish, record_deposits
from banksampah.errors import Refused
from banksampah.ledger import Act
from banksampah.members.queries import normal_number
from banksampah.money import (
    Unreadable,
    format_idr,
    format_kg,
    format_number,
    parse_pieces,
    parse_weight_g,
)
from banksampah.sheets import Fault, Row

KIND: Final = "deposit.sheet"
KEY: Final = "lembar/"
"""What the key of a sheet, and of each of its deposits, begins with."""
PLACES: Final = 100
"""A cell is known to the reader as row · PLACES + column."""


class SheetLine(NamedTuple):
    """One row as it was typed: the household's number, a quantity for each column."""

    place: int
    number: str
    cells: dict[int, str]
    sure: str


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


class SheetRefused(Refused):
    """Cells to mend, each with its sentence. Nothing of the sheet was recorded."""

    code = "sheet_refused"

    def __init__(self, faults: Sequence[tuple[str, str]]):
        self.faults = list(dict.fromkeys(faults))
        super().__init__("Lembar ini belum dicatat. Perbaiki isian yang ditandai.")


def record_sheet(session: Session, act: Act, typed: SheetTyped) -> Entered:
    """Record every row of a sheet as a deposit of its day, by the prices of that day.

    The totals on the paper must be those of the rows: households, each column, and rupiah where
    they were worked out. Raises SheetRefused with every cell at fault; the transaction must then
    be undone. The key of *act* is the sheet's own, so that a sheet counts once. One that comes
    after its day, or is booked on another than its paper's, is put before the treasurer.
    """
    facts = _facts(typed)
    if (done := ledger.replay(session, act, KIND, facts)) is not None:
        body = ledger.entry(session, act.bank_id, done).body
        return Entered(done, len(body["deposits"]), body["value_idr"], True)
    closed = ledger.closed_through(session, act.bank_id)
    if closed is not None and typed.day <= closed:
        raise SheetRefused([("weighed_on", _closed(closed))])
    lists = lookup(session, act.bank_id)
    planned = _planned(typed, lists, act.today)
    _refuse_twice(session, act.bank_id, typed, planned)
    recorded = _record(session, act, typed, planned)
    value_idr = sum(deposit.value_idr for deposit in recorded)
    if typed.value_idr not in (None, value_idr):
        told = _differs(format_idr, typed.value_idr, value_idr)
        raise SheetRefused([("value_idr", told)])
    printed_on = sheet_day(typed.number)
    body = {
        "sheet": typed.number,
        "day": typed.day.isoformat(),
        "deposits": [[one.row, d.seq] for one, d in zip(planned, recorded, strict=True)],
        "value_idr": value_idr,
        "late_days": (act.today - typed.day).days,
    }
    seq = ledger.post(session, act, KIND, facts, body=body)
    if act.today > typed.day or printed_on != typed.day:
        code = "late" if printed_on == typed.day else "period_closed"
        session.add(LateSheet(bank_id=act.bank_id, seq=seq, code=code))
        session.flush()
    return Entered(seq, len(recorded), value_idr, False)


def _facts(typed: SheetTyped) -> dict[str, Any]:
    lines = [[line.place, line.number, sorted(line.cells.items())] for line in typed.lines]
    return {
        "sheet": typed.number,
        "day": typed.day.isoformat(),
        "codes": list(typed.codes),
        "lines": lines,
    }


def _planned(typed: SheetTyped, lists: Lookup, today: date) -> list[Planned]:
    """Each row as a deposit, or SheetRefused with all that is wrong with cells and totals."""
    reader = Reader(lists, today, None)
    planned = [
        one._replace(row=one.row // PLACES) for one in reader.read((r, ()) for r in _rows(typed))
    ]
    faults = [(_cell_of(fault), _sentence(fault)) for fault in reader.faults]
    faults += _columns_twice(typed)
    if not faults:
        faults = _totals_that_differ(typed, lists, planned)
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


def _rows(typed: SheetTyped) -> Iterator[Row]:
    """Every filled cell as a row of an old book; a row of the sheet is one receipt."""
    for line in typed.lines:
        for column, text in sorted(line.cells.items()):
            cells = {
                "date": typed.day.isoformat(),
                "number": line.number,
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


def _sentence(fault: Fault) -> str:
    where = "" if fault.column in ("date", "code") else f"Baris {fault.row // PLACES}: "
    return f"{where}{fault.reason} {fault.remedy}"


def _columns_twice(typed: SheetTyped) -> list[tuple[str, str]]:
    first: dict[str, int] = {}
    return [
        (f"code-{column}", f"Kode {code} ada di dua kolom. Pakai satu kolom untuk satu jenis.")
        for column, text in enumerate(typed.codes)
        if (code := normal_number(text)) and first.setdefault(code, column) != column
    ]


def _totals_that_differ(
    typed: SheetTyped, lists: Lookup, planned: Sequence[Planned]
) -> list[tuple[str, str]]:
    faults = []
    numbers = {one.household.number for one in planned}
    if len(numbers) != typed.households_count:
        told = _differs(str, typed.households_count, len(numbers))
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
    in_words = format_number if goods.unit == "PCS" else _kg
    return (
        "" if told == there else f"Jumlah {goods.label} berbeda. {_differs(in_words, told, there)}"
    )


def _kg(quantity: int) -> str:
    return f"{format_kg(quantity)} kg"


def _differs(in_words: Any, told: Any, there: int) -> str:
    return (
        f"Di kertas {in_words(told)}, dari isian {in_words(there)}. "
        "Cocokkan baris demi baris dengan kertasnya."
    )


def _closed(closed: date) -> str:
    first = closed + timedelta(days=1)
    return (
        f"Buku sudah ditutup sampai {closed:%d/%m/%Y}. Pakai tanggal {first:%d/%m/%Y} atau "
        "sesudahnya; hari aslinya tetap terbaca di nomor lembar."
    )


def _record(
    session: Session, act: Act, typed: SheetTyped, planned: Sequence[Planned]
) -> list[Recorded]:
    """The deposits, by the service that records every deposit, or SheetRefused."""
    outcomes = record_deposits(session, [_wish(act, typed.day, one) for one in planned])
    faults = []
    for one, outcome in zip(planned, outcomes, strict=True):
        if outcome.refusal is not None:
            field = getattr(outcome.refusal, "field", "") or ""
            cell = field if field == "weighed_on" else f"number-{one.row}"
            faults.append((cell, f"Baris {one.row}: {outcome.refusal.message}"))
    if faults:
        raise SheetRefused(faults)
    return [outcome.deposit for outcome in outcomes if outcome.deposit is not None]


def _wish(act: Act, day: date, one: Planned) -> Wish:
    lines: list[Weighed] = [
        {
            "material_id": line.material_id,
            "quantity": line.quantity,
            "confirmed_quantity": line.quantity,  # the reader has asked already
        }
        for line in one.lines
    ]
    terms: Any = {"weighed_on": day}
    return Wish(act.step(str(one.row)), one.household.member_id, lines, terms)
