"""The demo banks' price lists: a published one to begin with, later ones derived from it."""

from collections.abc import Mapping
from pathlib import Path

from banksampah.catalog.service import COLUMNS, NewPrice
from banksampah.sheets import Row, read_table

FOLDER = Path(__file__).parent / "prices"
STEP_IDR = 50


def first_list(file_name: str) -> list[Row]:
    """The rows of a published list, as found."""
    return read_table((FOLDER / file_name).read_bytes(), COLUMNS)


def later_list(now: Mapping[int, int | None], percent: int, price_class: str) -> list[NewPrice]:
    """Each price times *percent*, rounded down to Rp50; small prices stay what they are."""
    return [
        NewPrice(material_id, max(price * percent // 100 // STEP_IDR * STEP_IDR, price % STEP_IDR),
                 price_class)
        for material_id, price in now.items()
        if price
    ]  # fmt: skip
