"""The navigation a person sees, by role: four places for volunteers, words for the others."""

from typing import Any, NamedTuple

from flask import request
from flask_babel import gettext as _

from banksampah.banks.models import Bank
from banksampah.staff.auth import AUDITOR, BOOKKEEPERS, Staff
from banksampah.wording import gettext_noop as _n


class Place(NamedTuple):
    path: str
    label: str
    icon: str


VOLUNTEER = (
    Place("/", _n("Beranda"), "home"),
    Place("/setoran/baru", _n("Timbang"), "scale"),
    Place("/setoran", _n("Riwayat"), "history"),
    Place("/nasabah", _n("Nasabah"), "people"),
)
BOOKS = (
    Place("/", _n("Beranda"), "home"),
    Place("/setoran", _n("Setoran"), "history"),
    Place("/nasabah", _n("Nasabah"), "people"),
    Place("/harga", _n("Harga"), "tag"),
    Place("/penjualan", _n("Penjualan"), "truck"),
    Place("/pembagian", _n("Pembagian"), "split"),
    Place("/pembukuan", _n("Pembukuan"), "book"),
)


def nav_items(staff: Staff | None, bank: Bank | None) -> list[dict[str, Any]]:
    """What base.html draws: at most seven places, the one in hand marked."""
    if staff is None or bank is None or not staff.roles:
        return []
    places = BOOKS if staff.may(*BOOKKEEPERS, AUDITOR) else VOLUNTEER
    here = request.path.removeprefix(f"/b/{bank.slug}")
    current = max((p.path for p in places if _is_under(here, p.path)), key=len, default="")
    return [
        {
            "label": _(place.label),
            "href": f"{request.script_root}/b/{bank.slug}{place.path}",
            "current": place.path == current,
            "count": 0,
            "icon": place.icon,
        }
        for place in places
    ]


def _is_under(here: str, path: str) -> bool:
    return here == path or (path != "/" and here.startswith(path + "/"))
