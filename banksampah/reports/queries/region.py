"""The month of a kelurahan: all its banks in sums, for officials who belong to none of them.

On PostgreSQL the function `region_month` adds up, as the reader's role; the service's own role
sees no other bank's rows. SQLite runs the same SELECT.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Date, TextClause, bindparam, select, text
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.config import carried
from banksampah.errors import NotFound
from banksampah.reports.queries.month import ClassWeight, heaviest_first, month_end
from banksampah.staff.models import RegionReader


class RegionUnknown(NotFound):
    code = "region_unknown"

    def __init__(self) -> None:
        super().__init__("Kelurahan ini tidak ada dalam daftar Anda.")


class Region(NamedTuple):
    """A kelurahan, with the kecamatan and city it lies in: names alone are not unique."""

    city: str
    kecamatan: str
    kelurahan: str


@dataclass(frozen=True, slots=True)
class RegionMonth:
    """One month of all banks of a kelurahan."""

    region: Region
    since: date
    until: date
    banks_count: int
    active_banks_count: int
    """Banks that weighed something in."""
    households_count: int
    deposits_count: int
    credited_idr: int
    sold_idr: int
    reporting_classes: list[ClassWeight]
    sipsn_classes: list[ClassWeight]

    @property
    def weight_g(self) -> int:
        return sum(row.weight_g for row in self.reporting_classes)


def region_month(session: Session, region: Region, month: date) -> RegionMonth:
    """The sums of the month that *month* lies in, by effective date."""
    since, until = month.replace(day=1), month_end(month)
    asked: dict[str, Any] = {f"p_{name}": value for name, value in region._asdict().items()}
    asked |= {"p_since": since, "p_until": until}
    rows = session.execute(_statement(session.get_bind().dialect.name), asked)
    sums = {row.figure: int(row.amount) for row in rows}
    return RegionMonth(
        region,
        since,
        until,
        sums["banks"],
        sums["active_banks"],
        sums["households"],
        sums["deposits"],
        sums["credited_idr"],
        sums["sold_idr"],
        _classes(sums, "reporting_class."),
        _classes(sums, "sipsn_class."),
    )


def regions(session: Session) -> list[Region]:
    """Every kelurahan with a bank."""
    where = (Bank.city, Bank.kecamatan, Bank.kelurahan)
    rows = select(*where).where(Bank.kelurahan != "").distinct().order_by(*where)
    return [Region(*row) for row in session.execute(rows)]


def regions_of(session: Session, user_id: int) -> list[Region]:
    """The kelurahan that somebody may read."""
    given = select(RegionReader).filter_by(user_id=user_id)
    found = [Region(r.city, r.kecamatan, r.kelurahan) for r in session.scalars(given)]
    return sorted(found, key=lambda region: region[::-1])


def readable(session: Session, user_id: int, region: Region) -> Region:
    """*region*, if the person may read it; RegionUnknown if not, or if it is nowhere."""
    if session.get(RegionReader, (user_id, *region)) is None:
        raise RegionUnknown()
    return region


def _classes(sums: dict[str, int], kind: str) -> list[ClassWeight]:
    return heaviest_first({k.removeprefix(kind): n for k, n in sums.items() if k.startswith(kind)})


@cache
def _statement(dialect: str) -> TextClause:
    if dialect == "postgresql":
        sql = "SELECT * FROM region_month(:p_city, :p_kecamatan, :p_kelurahan, :p_since, :p_until)"
    else:
        made = carried("migrations") / "sql" / "0024_region_postgresql.sql"
        sql = re.sub(r"\b(p_\w+)", r":\1", made.read_text().split("$$")[1])
    return text(sql).bindparams(
        bindparam("p_since", type_=Date()), bindparam("p_until", type_=Date())
    )
