"""The days of the simulated year: opening days, market days, month ends."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from banksampah.demo.plans import FIRST_DAY, LAST_DAY

SATURDAY = 5


def opening_days() -> Iterator[date]:
    """Every first and third Saturday."""
    for day in _days():
        if day.weekday() == SATURDAY and (day.day - 1) // 7 in {0, 2}:
            yield day


def is_market_day(day: date) -> bool:
    """The Monday after the third Saturday: the collector comes."""
    return day.weekday() == 0 and 17 <= day.day <= 23


def is_closing_day(day: date) -> bool:
    """The fifth: the month before last is closed, so that paper of last month still fits in."""
    return day.day == 5 and day >= date(2026, 1, 5)


def closable(day: date) -> date:
    """The last day of the month before the one before *day*."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1) - timedelta(days=1)


def instant(day: date, minutes: int) -> datetime:
    """*minutes* after eight in the morning in Jakarta."""
    return datetime.combine(day, time(1, 0), UTC) + timedelta(minutes=minutes)


def _days() -> Iterator[date]:
    day = FIRST_DAY
    while day <= LAST_DAY:
        yield day
        day += timedelta(days=1)


def all_days() -> list[date]:
    """From the first day to the last."""
    return list(_days())
