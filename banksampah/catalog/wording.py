"""Words of the catalogue's pages: units, classes, what changes."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from banksampah.catalog.models import FAMILIES, REPORTING_CLASSES, SIPSN_CLASSES, UNITS
from banksampah.catalog.queries import ListedPrice
from banksampah.money import format_idr

FAMILY_WORDS = {
    "paper": lazy_gettext("Kertas"),
    "plastic": lazy_gettext("Plastik"),
    "metal": lazy_gettext("Logam"),
    "glass": lazy_gettext("Kaca"),
    "other": lazy_gettext("Lainnya"),
}
CLASS_WORDS = {
    "hard_plastic": lazy_gettext("Plastik keras"),
    "flexible_plastic": lazy_gettext("Plastik fleksibel"),
    "paper": lazy_gettext("Kertas dan karton"),
    "metal": lazy_gettext("Logam"),
    "glass": lazy_gettext("Kaca"),
    "rubber": lazy_gettext("Karet dan kulit"),
    "textile": lazy_gettext("Kain dan tekstil"),
    "other": lazy_gettext("Lainnya"),
}
SIPSN_WORDS = {
    "SM": lazy_gettext("Sisa makanan"),
    "KR": lazy_gettext("Kayu dan ranting"),
    "KK": lazy_gettext("Kertas dan karton"),
    "PL": lazy_gettext("Plastik"),
    "LG": lazy_gettext("Logam"),
    "KT": lazy_gettext("Kain dan tekstil"),
    "KL": lazy_gettext("Karet dan kulit"),
    "KC": lazy_gettext("Kaca"),
    "LN": lazy_gettext("Lainnya"),
}
UNIT_WORDS = {
    "kg": lazy_gettext("kilogram"),
    "pcs": lazy_gettext("buah"),
    "litre": lazy_gettext("liter"),
}
KIND_WORDS = {
    "household": lazy_gettext("Rumah tangga"),
    "group": lazy_gettext("Kelompok"),
    "school": lazy_gettext("Sekolah"),
    "institution": lazy_gettext("Lembaga"),
}
DELIVERY_WORDS = {"brought": lazy_gettext("Diantar"), "fetched": lazy_gettext("Dijemput")}
CLASS_OF_PRICE = {"umum": lazy_gettext("Umum"), "jual": lazy_gettext("Dibayar pembeli")}


def choices(words: dict[str, Any], values: Sequence[str], first: str = "") -> list[tuple[str, Any]]:
    """Options of a select: each value with its word; *first* is the word of the empty one."""
    options = [(value, words.get(value, value.capitalize())) for value in values]
    return [("", first), *options] if first else options


def material_choices(is_new: bool) -> dict[str, list[tuple[str, Any]]]:
    """Options of a material's form; a new one may leave its classes to be guessed."""
    guessed = _("Menurut namanya") if is_new else ""
    return {
        "families": choices(FAMILY_WORDS, FAMILIES, guessed),
        "units": choices(UNIT_WORDS, tuple(UNITS)),
        "classes": choices(CLASS_WORDS, REPORTING_CLASSES, guessed),
        "sipsn_classes": choices(SIPSN_WORDS, SIPSN_CLASSES, guessed),
    }


def next_day(listed: Iterable[ListedPrice]) -> date | None:
    """The first day on which any price changes."""
    return min((line.next.valid_from for line in listed if line.next), default=None)


def groups_of(listed: Sequence[ListedPrice], future_on: date | None) -> list[dict[str, Any]]:
    """The price table by family, its rows numbered through."""
    numbered = list(enumerate(listed))
    return [
        {
            "family": family,
            "rows": [
                _row(n, line, future_on) for n, line in numbered if line.material.family == family
            ],
        }
        for family in FAMILIES
        if any(line.material.family == family for line in listed)
    ]


def _row(number: int, line: ListedPrice, future_on: date | None) -> dict[str, Any]:
    coming = line.next if line.next and line.next.valid_from == future_on else None
    return {
        "n": number,
        "material": line.material,
        "code_text": " · ".join(filter(None, (line.material.code, line.material.grade))),
        "now_idr": line.price_idr,
        "has_next": coming is not None,
        "next_idr": coming.price_idr if coming else None,
        "change_text": change_text(line.price_idr, coming.price_idr) if coming else "",
    }


def change_text(now_idr: int | None, next_idr: int | None) -> str:
    """How a price changes: "naik Rp100"."""
    if now_idr is None or next_idr is None or now_idr == next_idr:
        return ""
    if next_idr > now_idr:
        return str(_("naik %(amount)s", amount=format_idr(next_idr - now_idr)))
    return str(_("turun %(amount)s", amount=format_idr(now_idr - next_idr)))
