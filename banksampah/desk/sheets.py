"""Sheets of paper for an opening day without phones: who is on them, and in which columns."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from banksampah.banks.queries import get_bank, setting
from banksampah.catalog.models import Material
from banksampah.catalog.queries import materials, prices_on
from banksampah.clock import start_of
from banksampah.codes import LETTERS, check_letter
from banksampah.db import canonical_json
from banksampah.deposits.models import REVERSED, Deposit, DepositChange, DepositLine
from banksampah.deposits.queries.lists import usual_materials
from banksampah.desk.models import Suspense
from banksampah.members.models import Member
from banksampah.members.queries import normal_number

COLUMNS: Final = 8
MEMBERS_ON_A_SHEET: Final = 14
BLANK_ROWS: Final = 4
BLANK_COLUMNS: Final = 2
LAYOUT_LETTERS: Final = 4
_PARTS = re.compile(r"[0-9A-Z]+")
NO_RT: Final = "00"


class SheetNumber(NamedTuple):
    """Which sheet: its day, its RT ("" for households without one), its place in that RT."""

    day: date
    rt: str
    page: int

    def __str__(self) -> str:
        """B-261121-03-1: what the books call it."""
        return f"B-{self.day:%y%m%d}-{self.rt or NO_RT}-{self.page}"

    @property
    def printed(self) -> str:
        """The number with its check letter, as it stands on the paper."""
        return f"{self} {check_letter(str(self))}"


class SheetColumn(NamedTuple):
    """A material at the head of a column; *price_idr* None: unset that day, or none."""

    code: str
    name: str
    unit: str
    price_idr: int | None


class SheetRow(NamedTuple):
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, to be printed or filled in."""

    number: SheetNumber
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]

    @property
    def layout(self) -> str:
        """Four letters of what stands at the head of its columns and rows."""
        return _layout(
            self.number, [one.code for one in self.columns], [one.number for one in self.rows]
        )

    def fits(self, paper: str, codes: Sequence[str], numbers: Sequence[str]) -> bool:
        """Whether a paper with this layout code is laid out as this sheet, or as the heads that
        were typed: those printed on it stand first, written by hand ones behind them."""
        told = check_letter_read("".join(paper.split()).upper())
        if told == self.layout:
            return True
        return any(
            told == _layout(self.number, codes[:columns], numbers[:rows])
            for columns in range(min(COLUMNS, len(codes)) + 1)
            for rows in range(min(MEMBERS_ON_A_SHEET, len(numbers)) + 1)
        )


def _layout(number: SheetNumber, codes: Sequence[str], numbers: Sequence[str]) -> str:
    heads = canonical_json(
        [str(number), *([normal_number(one) for one in x] for x in (codes, numbers))]
    )
    digest = hashlib.sha256(heads.encode()).digest()
    return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:LAYOUT_LETTERS])


def read_sheet_number(typed: str) -> SheetNumber | None:
    """The sheet whose number was typed with its check letter; None where a character is wrong."""
    parts = _PARTS.findall(typed.upper())
    if len(parts) != 5 or parts[0] != "B" or len(parts[1]) != 6 or len(parts[2]) > 3:
        return None
    try:
        day = date.fromisoformat(f"20{parts[1][:2]}-{parts[1][2:4]}-{parts[1][4:]}")
        number = SheetNumber(day, "" if parts[2] == NO_RT else parts[2], int(parts[3]))
    except ValueError:
        return None
    right = number.page < 100 and check_letter(str(number)) == check_letter_read(parts[4])
    return number if right else None


def sheet_of(number: str) -> SheetNumber | None:
    """What the number in the books says: B-261121-03-1 is of 21/11/2026 and RT 03."""
    return read_sheet_number(f"{number} {check_letter(number)}")


def sheet_day(number: str) -> date | None:
    """The day that stands on the paper."""
    read = sheet_of(number)
    return None if read is None else read.day


def check_letter_read(letter: str) -> str:
    """A check letter as it was meant: O is 0, I and L are 1."""
    return letter.translate(str.maketrans("OIL", "011"))


def sheets(session: Session, bank_id: int, day: date, rt: str) -> list[Sheet]:
    """The sheets of one RT: its open households by number, a handful on each.

    They are as they were when the day began, as far as can be: a paper is typed in afterwards.
    """
    columns = _columns(session, bank_id, day)
    rows = _households(session, bank_id, rt, day)
    parts = [rows[at : at + MEMBERS_ON_A_SHEET] for at in range(0, len(rows), MEMBERS_ON_A_SHEET)]
    return [
        Sheet(SheetNumber(day, rt, page), columns, tuple(part))
        for page, part in enumerate(parts or [[]], 1)
    ]


def rts_with_households(session: Session, bank_id: int) -> list[tuple[str, int]]:
    """Every RT with how many open households it has; "" stands for those without one."""
    rows = session.execute(
        select(Member.rt, func.count())
        .where(*_of_bank(bank_id), Member.closed_on.is_(None))
        .group_by(Member.rt)
    ).all()
    return sorted(((row[0] or "", row[1]) for row in rows), key=lambda row: (len(row[0]), row[0]))


def brought_on(
    session: Session, bank_id: int, day: date, member_ids: Collection[int]
) -> dict[tuple[int, frozenset[tuple[int, int]]], int]:
    """Deposits of these households weighed on *day* that stand, or lie in Titipan for them:
    (household, its materials and quantities) to the deposit's number."""
    undone = select(DepositChange.seq).where(
        DepositChange.bank_id == bank_id,
        DepositChange.deposit_seq == Deposit.seq,
        DepositChange.kind == REVERSED,
    )
    whose = func.coalesce(Suspense.member_id, Deposit.member_id)
    rows = session.execute(
        select(Deposit.seq, whose, DepositLine.material_id, DepositLine.quantity)
        .join(DepositLine, (DepositLine.bank_id == bank_id) & (DepositLine.seq == Deposit.seq))
        .outerjoin(Suspense, (Suspense.bank_id == bank_id) & (Suspense.deposit_seq == Deposit.seq))
        .where(
            Deposit.bank_id == bank_id,
            Deposit.weighed_on == day,
            whose.in_(member_ids),
            ~undone.exists(),
        )
    )
    goods: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for seq, member_id, material_id, quantity in rows:
        goods[seq, member_id][material_id] += quantity
    return {(member, frozenset(g.items())): seq for (seq, member), g in goods.items()}


def _of_bank(bank_id: int) -> list[ColumnElement[bool]]:
    return [Member.bank_id == bank_id, ~Member.holds_titipan]


def _households(session: Session, bank_id: int, rt: str, day: date) -> list[SheetRow]:
    there = Member.closed_on.is_(None) | (Member.closed_on >= day)
    query = select(Member.number, Member.name).where(*_of_bank(bank_id), there, Member.rt == rt)
    found = session.execute(query.order_by(func.length(Member.number), Member.number))
    return [SheetRow(*row) for row in found]


def _columns(session: Session, bank_id: int, day: date) -> tuple[SheetColumn, ...]:
    """What was brought most before that day, then what else has a price on it."""
    goods = {
        material.id: material
        for material in materials(session, bank_id, retired=True)
        if material.retired_on is None or material.retired_on > day
    }
    usual_class = str(setting(session, bank_id, "default_price_class"))
    prices = prices_on(session, bank_id, day, usual_class)
    begins = start_of(get_bank(session, bank_id).zone, day)
    used = usual_materials(session, bank_id, limit=COLUMNS, before=begins)
    ids = list(dict.fromkeys([*used, *(m for m in prices if prices[m] is not None)]))
    return tuple(_column(goods[m], prices.get(m)) for m in ids if m in goods)[:COLUMNS]


def _column(material: Material, price_idr: int | None) -> SheetColumn:
    return SheetColumn(material.code, material.label, material.unit, price_idr)


def blank_sheet(session: Session, bank_id: int, number: SheetNumber) -> Sheet:
    """The sheet with this number as it would be printed today; empty where there is none."""
    there: Sequence[Sheet] = sheets(session, bank_id, number.day, number.rt)
    if 0 < number.page <= len(there):
        return there[number.page - 1]
    return Sheet(number, there[0].columns, ())
