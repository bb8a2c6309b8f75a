"""What a list leaves unsaid, guessed from its words: family, classes, unit, price class, code.

The words are data (`material_words.csv`, `price_words.csv`), read once; whatever is guessed can be
changed on the material's page.
"""

import csv
import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Guess(NamedTuple):
    """The classes of one material."""

    family: str
    reporting_class: str
    sipsn_class: str
    hazardous: bool


UNKNOWN = Guess("other", "other", "LN", False)


def classes_of(category: str, name: str) -> Guess:
    """The first line of the table whose category and word both fit; else "other".

    >>> classes_of("Botol", "Botol bening").family, classes_of("Plastik", "Botol bening").family
    ('glass', 'plastic')
    """
    category, name = category.casefold().strip(), name.casefold()
    for line in _table("material_words.csv"):
        if line["category"] and not _has_word(category, line["category"]):
            continue
        if not line["word"] or _has_word(name, line["word"]):
            return Guess(
                line["family"],
                line["reporting_class"],
                line["sipsn_class"],
                line["hazardous"] == "1",
            )
    return UNKNOWN


def unit_of(word: str) -> str | None:
    """kg, pcs or litre for what a list writes; None when unknown."""
    return _meaning("unit", word.casefold().strip())


def price_class_of(note: str) -> str | None:
    """The price class a note names; None when it names none."""
    for line in _table("price_words.csv"):
        if line["what"] == "class" and line["word"] in note.casefold():
            return line["meaning"] or None
    return None


def says_unset(note: str) -> bool:
    """Whether a note says that the price is still to come."""
    return any(
        line["what"] == "unset" and _has_word(note.casefold(), line["word"])
        for line in _table("price_words.csv")
    )


def examples_in(note: str) -> str:
    """The examples a note gives ("contoh: …"), for the material's other names."""
    found = re.search(r"contoh:\s*(.+)$", note, re.IGNORECASE)
    text = found.group(1).strip() if found else ""
    return "" if text == "-" else text[:200]


def free_code(category: str, taken: Collection[str]) -> str:
    """The next free code of a category: KT1, KT2, …"""
    first = category.casefold().split()[0] if category.split() else ""
    prefix = _meaning("prefix", first) or "L"
    number = 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def _meaning(what: str, word: str) -> str | None:
    for line in _table("price_words.csv"):
        if line["what"] == what and line["word"] == word:
            return line["meaning"]
    return None


def _has_word(text: str, word: str) -> bool:
    return word in text and re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    text = files("banksampah.catalog").joinpath(name).read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
