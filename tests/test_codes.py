"""The check letter of codes on paper: against a table, and against every slip of the pen."""

import doctest
import json
from itertools import pairwise
from pathlib import Path

import pytest

from banksampah import codes

GOLDEN = json.loads((Path(__file__).parent / "desk" / "codes.json").read_text())


def test_the_examples_hold() -> None:
    assert doctest.testmod(codes).failed == 0


@pytest.mark.parametrize(("number", "tag", "printed", "address"), GOLDEN)
def test_golden(number: str, tag: str, printed: str, address: str) -> None:
    assert codes.printed_code(number, tag) == printed
    assert codes.address_code(number, tag) == address
    read = (number.replace("-", ""), tag.upper())
    assert codes.read_code(address) == codes.read_code(f"{number} {printed}".lower()) == read


def test_every_slip_of_the_pen_is_found() -> None:
    code = codes.address_code("HP02-0037", "3f2a91c0").replace("-", "")
    wrong = {
        code[:place] + letter + code[place + 1 :]
        for place in range(len(code))
        for letter in codes.LETTERS
        if letter != code[place]
    }
    for place, (one, other) in enumerate(pairwise(code)):
        if one != other:
            wrong.add(code[:place] + other + one + code[place + 2 :])
    for typed in wrong:
        with pytest.raises(codes.Mistyped):
            codes.read_code(typed)


@pytest.mark.parametrize("typed", ["", "S-02451", "halo", "S-02451 3F2A 91C0", "-" * 60, "Ⅷ¼"])
def test_what_is_no_code(typed: str) -> None:
    with pytest.raises(codes.Mistyped):
        codes.read_code(typed)


def test_letters_that_look_like_digits_are_read_as_such() -> None:
    assert codes.read_code("S-O2451 3F2A 9IC0 7") == codes.read_code("S-02451 3F2A 91C0 7")


def test_every_slip_of_the_pen_in_a_seal_is_found() -> None:
    seal = f"2429 {codes.printed_seal(2429, '3f2a91c0')}"
    assert (
        codes.read_seal(seal) == codes.read_seal("3F2A 91C0 W 2429") == [(2429, "3F2A91C0", True)]
    )
    for place, right in enumerate(seal):
        for letter in codes.LETTERS:
            typed = seal[:place] + letter + seal[place + 1 :]
            if right in (" ", letter):
                continue
            try:
                read = codes.read_seal(typed)
            except codes.Mistyped:
                continue
            assert read == [], typed  # no seal at all: a letter among the digits


def test_a_seal_that_is_read_two_ways_is_looked_up_both() -> None:
    both = codes.read_seal("2429 3124 5678")
    assert both == [(2429, "31245678", False), (5678, "24293124", False)]
