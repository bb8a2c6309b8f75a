"""Whose a row of a sheet of paper is: a household, or one for which it waits in Titipan."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy.orm import Session

from banksampah.banks.queries import setting
from banksampah.deposits.queries.lookup import Household, Lookup, lookup
from banksampah.members.queries import normal_number, numbers_meant, survivor

NAME_CHARS_MAX = 80


class SheetLine(NamedTuple):
    """One row as it was typed: the household's number, a quantity for each column, the name where
    the number leads to nobody. *agreed* repeats what was told of a row that goes to Titipan."""

    place: int
    number: str
    cells: dict[int, str]
    sure: str
    name: str = ""
    agreed: str = ""


class Whose(NamedTuple):
    """Who brought a row. *meant_for*: a closed household; *name*: one that the bank does not know;
    neither: it has an account."""

    household: Household
    number: str
    meant_for: int | None = None
    name: str = ""

    @property
    def in_titipan(self) -> bool:
        return self.meant_for is not None or bool(self.name)

    @property
    def told(self) -> str:
        """What the operator must have been told before this is booked."""
        return f"{self.number} {self.name}".strip()

    @property
    def person(self) -> tuple[str, str]:
        """Equal for the same household on one sheet."""
        return self.number, self.name.casefold()


def whose_rows(
    session: Session, bank_id: int, lists: Lookup, lines: Sequence[SheetLine]
) -> dict[int, Whose]:
    """Who brought each row, by its place; left out where neither number nor name says so."""
    found = {line.place: _whose(session, bank_id, lists, line) for line in lines}
    return {place: who for place, who in found.items() if who is not None}


def rows_in_titipan(session: Session, bank_id: int, lines: Sequence[SheetLine]) -> dict[int, Whose]:
    """The filled rows that go to Titipan, by their place: what the operator must be told first."""
    if not lines:
        return {}
    rows = whose_rows(session, bank_id, lookup(session, bank_id), lines)
    return {place: who for place, who in rows.items() if who.in_titipan}


def at_their_places(lists: Lookup, rows: dict[int, Whose]) -> Lookup:
    """*lists* in which a household is found by the place of its row, and takes deposits."""
    open_ones = {str(p): who.household._replace(is_open=True) for p, who in rows.items()}
    return replace(lists, households=open_ones)


def _whose(session: Session, bank_id: int, lists: Lookup, line: SheetLine) -> Whose | None:
    """As a phone's record is followed: merged households to who they became, closed ones and
    those nobody knows to Titipan."""
    number = normal_number(line.number)
    meant = (lists.households.get(one) for one in numbers_meant(number))
    household = next((one for one in meant if one is not None), None)
    if household is None:
        name = " ".join(line.name.split())[:NAME_CHARS_MAX]
        return Whose(_nobody(session, bank_id, number), number, None, name) if name else None
    if household.is_open:
        return Whose(household, household.number)
    now = survivor(session, bank_id, household.member_id)
    if now.is_open:
        return Whose(lists.households[now.number], household.number)
    return Whose(household._replace(member_id=now.id), household.number, meant_for=now.id)


def _nobody(session: Session, bank_id: int, number: str) -> Household:
    usual_class = str(setting(session, bank_id, "default_price_class"))
    return Household(0, number, "household", "brought", usual_class, 0, True)
