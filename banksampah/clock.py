"""The only clock. Instants are aware UTC; a bank's zone decides its dates."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MIN, DAY_MAX = date(2000, 1, 1), date(2100, 12, 31)
"""The days that may be asked for or written down."""
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def now_utc() -> datetime:
    """The present instant, to the millisecond."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def day_in(zone: str, instant: datetime) -> date:
    """The calendar date of *instant* for a bank in *zone*."""
    return instant.astimezone(ZoneInfo(zone)).date()


def start_of(zone: str, day: date) -> datetime:
    """The instant at which *day* begins for a bank in *zone*.

    >>> start_of("Asia/Jakarta", date(2026, 11, 21)).isoformat()
    '2026-11-20T17:00:00+00:00'
    """
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


@lru_cache(16)  # what is posted together was asked at one instant
def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970, exactly."""
    delta = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_ms(ms: int) -> datetime:
    """The instant *ms* milliseconds after 1970."""
    seconds, rest = divmod(ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)
