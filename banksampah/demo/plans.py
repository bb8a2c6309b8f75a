"""What the three demo banks are: profile, rule, prices, and how their year goes."""

from dataclasses import dataclass, field
from datetime import date

FIRST_DAY = date(2025, 11, 1)
LAST_DAY = date(2026, 11, 14)
STREETS = ("Melati", "Kenanga", "Anggrek", "Mawar", "Flamboyan", "Cempaka")
GROUPS = (
    ("Dasawisma Melati 1", "group"),
    ("Dasawisma Kenanga 2", "group"),
    ("Pemuda RT 03", "group"),
    ("Sekolah dasar di RW ini", "school"),
    ("Musala RW", "institution"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One bank. *sedekah_ppm*: how many of a million deposits are given away whole."""

    slug: str
    profile: dict[str, str]
    price_list: str
    price_class: str
    preset: str | None
    sedekah_ppm: int
    causes: tuple[tuple[str, str], ...] = ()
    settings: dict[str, int | str] = field(default_factory=dict)
    statement_member: str = "0017"
    price_changes: tuple[tuple[date, int], ...] = ()
    """From this day the whole list times this many percent, rounded to Rp50."""


PLANS = (
    Plan(
        "gerpesh-jitu",
        {
            "name": "Gerpesh Jitu",
            "short_note": "Bank sampah RW 17",
            "rw": "17",
            "kelurahan": "Kebonsari Kulon",
            "kecamatan": "Kanigaran",
            "city": "Kota Probolinggo",
            "zone": "Asia/Jakarta",
            "paper": "F4",
        },
        "bukit-hibul-2026.csv",
        "umum",
        "gerpesh_jitu",
        sedekah_ppm=1_000_000,
    ),
    Plan(
        "berkah-bersama",
        {
            "name": "Bank Sampah Berkah Bersama",
            "short_note": "Tabungan warga",
            "rw": "05",
            "kelurahan": "Kebonsari Kulon",
            "kecamatan": "Kanigaran",
            "city": "Kota Probolinggo",
            "zone": "Asia/Jakarta",
            "paper": "A4",
        },
        "sukamaju-2026.csv",
        "umum",
        "85_15",
        sedekah_ppm=60_000,
        settings={"withdrawal_minimum_idr": 10_000},
        price_changes=((date(2026, 3, 1), 110), (date(2026, 8, 1), 95)),
    ),
    Plan(
        "sedekah-tegalgede",
        {
            "name": "Sedekah Sampah Tegalgede",
            "short_note": "Kelola sampah sejak dari rumah",
            "kelurahan": "Tegalgede",
            "kecamatan": "Sumbersari",
            "city": "Kabupaten Jember",
            "zone": "Asia/Jakarta",
            "paper": "A4",
        },
        "surabaya-2018.csv",
        "stabil",
        None,
        sedekah_ppm=1_000_000,
        causes=(
            ("Santunan anak yatim", "beasiswa dan seragam"),
            ("Posyandu dan lansia", "makanan tambahan, alat periksa"),
        ),
        settings={"default_price_class": "stabil"},
    ),
)
