"""Numbers and dates in Indonesian words, as receipts and minutes write them.

Printed papers are Indonesian whatever language the screens speak, so nothing here is translated.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from banksampah.clock import ZONES

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")

_UNITS = ("", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")
_SCALES = ("", "ribu", "juta", "miliar", "triliun", "kuadriliun", "kuintiliun")
NUMBER_LIMIT = 1000 ** len(_SCALES)


def terbilang(number: int) -> str:
    """The number in Indonesian words, for every 64-bit integer and somewhat beyond.

    "se-" stands for one before puluh, belas, ratus and before a lone ribu; a larger scale says
    "satu".

    >>> terbilang(1_001_000)
    'satu juta seribu'
    >>> terbilang(-111)
    'minus seratus sebelas'
    """
    if abs(number) >= NUMBER_LIMIT:
        raise ValueError(f"no words for a number of this size: {number}")
    if number < 0:
        return "minus " + terbilang(-number)
    if number == 0:
        return "nol"
    words: list[str] = []
    for power in reversed(range(len(_SCALES))):
        group = number // 1000**power % 1000
        if group == 1 and power == 1:
            words.append("seribu")
        elif group:
            words += [*_below_thousand(group), _SCALES[power]]
    return " ".join(word for word in words if word)


def rupiah_in_words(amount_idr: int) -> str:
    """A sum of money in words.

    >>> rupiah_in_words(100_730)
    'seratus ribu tujuh ratus tiga puluh rupiah'
    """
    return terbilang(amount_idr) + " rupiah"


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [] if not hundreds else ["seratus"] if hundreds == 1 else [_UNITS[hundreds], "ratus"]
    tens, ones = divmod(rest, 10)
    if rest == 10:
        return [*words, "sepuluh"]
    if rest == 11:
        return [*words, "sebelas"]
    if tens == 1:
        return [*words, _UNITS[ones], "belas"]
    if tens:
        words += [_UNITS[tens], "puluh"]
    return [*words, _UNITS[ones]]


def long_date(day: date) -> str:
    """A date as it is read: "21 November 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def full_date(day: date) -> str:
    """A date with its weekday: "Sabtu, 21 November 2026"."""
    return f"{DAYS[day.weekday()]}, {long_date(day)}"


def date_in_words(day: date) -> str:
    """A date as minutes open with it, figures in brackets for whoever reads fast.

    >>> date_in_words(date(2026, 11, 21))
    'Sabtu, tanggal dua puluh satu bulan November tahun dua ribu dua puluh enam (21/11/2026)'
    """
    return (
        f"{DAYS[day.weekday()]}, tanggal {terbilang(day.day)} bulan {MONTHS[day.month - 1]} "
        f"tahun {terbilang(day.year)} ({short_date(day)})"
    )


def short_date(day: date) -> str:
    """A date in a table: "21/11/2026"."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def date_span(since: date, until: date) -> str:
    """A period, saying month and year once where both ends share them.

    >>> date_span(date(2026, 7, 1), date(2026, 10, 31))
    '1 Juli – 31 Oktober 2026'
    >>> date_span(date(2026, 11, 7), date(2026, 11, 14))
    '7–14 November 2026'
    """
    if since == until:
        return long_date(since)
    if since.year != until.year:
        return f"{long_date(since)} – {long_date(until)}"
    if since.month != until.month:
        return f"{since.day} {MONTHS[since.month - 1]} – {long_date(until)}"
    return f"{since.day}–{long_date(until)}"


def clock_time(instant: datetime, zone: str) -> str:
    """The wall clock of a zone with its name: "09.05 WIB"."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H.%M} {ZONES[zone]}"


def full_time(instant: datetime, zone: str) -> str:
    """An instant as its bank reads it: "Sabtu, 21 November 2026 pukul 09.05 WIB"."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{full_date(local.date())} pukul {clock_time(instant, zone)}"


def slip_date(day: date) -> str:
    """A day on a narrow slip: "Sab 21/11/2026"."""
    return f"{DAYS[day.weekday()][:3]} {short_date(day)}"


def slip_time(instant: datetime, zone: str) -> str:
    """An instant on a narrow slip: "Sab 21/11/2026 09.05"."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{slip_date(local.date())} {local:%H.%M}"
