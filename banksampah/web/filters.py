"""How figures and times are written on screen: `|rupiah |kg |tanggal |jam`, ….

Days and hours are those of the bank in hand: `g.zone`, set when a bank is entered.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Flask, g
from flask_babel import get_locale, gettext

from banksampah import money
from banksampah.clock import ZONES

UNITS = {"kg": "kg", "G": "kg", "litre": "liter", "ML": "liter", "pcs": "buah", "PCS": "buah"}
PATTERNS = {
    "tabel": "dd/MM/y",
    "pendek": "d MMM",
    "sedang": "d MMMM y",
    "panjang": "EEEE, d MMMM y",
    "bulan": "MMMM y",
}
ZONE = "Asia/Jakarta"


def rupiah(amount_idr: int | None) -> str:
    """`Rp1.250.000`; nothing known is a dash."""
    return "–" if amount_idr is None else money.format_idr(amount_idr)


def angka(count: int | None) -> str:
    """`1.250.000`; nothing known is a dash."""
    return "–" if count is None else money.format_number(count)


def kg(weight_g: int | None, decimals: int | None = None) -> str:
    """`2,35 kg`; with *decimals* (2 or 3, see `desimal`) `2,35`, for a column headed kg."""
    if weight_g is None:
        return "–"
    return money.format_kg(weight_g, decimals) if decimals else f"{money.format_kg(weight_g)} kg"


def banyak(quantity: int | None, unit: str, decimals: int | None = None) -> str:
    """A quantity with its unit: `2,35 kg`, `3 buah`, `1,5 liter`."""
    if quantity is None:
        return "–"
    word = gettext(UNITS[unit])
    if unit in {"pcs", "PCS"}:
        return f"{money.format_number(quantity)} {word}"
    return f"{money.format_kg(quantity, decimals)} {word}"


def desimal(weights_g: Sequence[int]) -> int:
    """Decimals for a table of *weights_g*: 2, or 3 where one line needs them."""
    return money.decimals_for(list(weights_g))


def tanggal(day: date | datetime | None, kind: str = "sedang") -> str:
    """A day: `21 November 2026`; *kind*: tabel, pendek, sedang, panjang or bulan."""
    if day is None:
        return "–"
    if isinstance(day, datetime):
        day = _local(day).date()
    return str(format_date(day, PATTERNS[kind], locale=get_locale() or "id"))


def tanggal_pendek(day: date | datetime | None) -> str:
    """A day in a table: `21/11/2026`."""
    return tanggal(day, "tabel")


def jam(instant: datetime | None) -> str:
    """An hour of the bank's day: `09.05`."""
    return "–" if instant is None else _local(instant).strftime("%H.%M")


def waktu(instant: datetime | None, kind: str = "panjang") -> str:
    """Day and hour: `Sabtu, 21 November 2026 pukul 09.05 WIB`."""
    if instant is None:
        return "–"
    zone = ZONES.get(_zone(), "")
    day, hour = tanggal(instant, kind), jam(instant)
    return str(gettext("%(day)s pukul %(hour)s %(zone)s", day=day, hour=hour, zone=zone))


def persen(ppm: int | None) -> str:
    """Parts per million as per cent: `12,5%`."""
    return "–" if ppm is None else f"{money.format_percent(ppm)}%"


FILTERS = (
    rupiah, angka, kg, banyak, desimal, tanggal, tanggal_pendek, jam, waktu, persen,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    for filter_ in FILTERS:
        app.jinja_env.filters[filter_.__name__] = filter_


def _zone() -> str:
    return str(g.get("zone", ZONE))


def _local(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(_zone()))
