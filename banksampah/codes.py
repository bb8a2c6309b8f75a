"""The code on a paper: digits of a seal and a letter that tells a slip of the pen from a forgery.

The check letter is Damm's ("Total anti-symmetrische Quasigruppen", 2004) over the field of 32
elements: x∗y = 2·(x + y) modulo x⁵+x²+1, on the letters of Crockford's base 32. It finds every
single wrong character and every two that changed places. `static/desk/numbers.js` counts the same;
tests/desk/codes.json holds both to it.
"""

import re
from typing import NamedTuple

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TAG_CHARS = 8
_READ_AS = str.maketrans("OIL", "011")  # what no code holds, and what was meant by it
_FORM = re.compile(r"([A-Z]{1,2}[0-9]{4,16})([0-9A-F]{8})([0-9A-HJKMNP-TV-Z])")
_SEQ = "(?P<seq>[0-9]{1,16})"
_SEAL = "(?P<one>[0-9A-F]{4}) ?(?P<two>[0-9A-F]{4})(?: ?(?P<letter>[0-9A-HJKMNP-TV-Z]))?"
_SEAL_FORMS = (re.compile(f"{_SEQ} {_SEAL}"), re.compile(f"{_SEAL} {_SEQ}"))
_SEAL_WORDS = re.compile(r"\b(?:SEGEL|BUKU|CATATAN|NOMOR|NO)\b")


class Mistyped(ValueError):
    """No paper of any bank bears this code: a character is wrong, missing or out of place."""


def phone_number(phone: str, epoch: int, number: int) -> str:
    """What a phone calls its deposit; from the second epoch on, that stands between.

    >>> phone_number("HP02", 1, 37), phone_number("HP02", 2, 37)
    ('HP02-0037', 'HP02-2-0037')
    """
    return f"{phone}-{number:04d}" if epoch <= 1 else f"{phone}-{epoch}-{number:04d}"


def check_letter(text: str) -> str:
    """The letter that belongs after *text*; what is no letter of a code is passed over.

    >>> check_letter("S-02451 3F2A 91C0")
    '7'
    """
    value = 0
    for character in _plain(text):
        value = (value ^ LETTERS.index(character)) << 1
        value ^= 37 if value > 31 else 0
    return LETTERS[value]


def printed_code(number: str, tag: str) -> str:
    """What stands beneath the QR code of document *number*: its tag in fours, and the letter.

    >>> printed_code("S-02451", "3f2a91c0")
    '3F2A 91C0 7'
    """
    tag = tag.upper()
    return f"{tag[:4]} {tag[4:]} {check_letter(number + tag)}"


def address_code(number: str, tag: str) -> str:
    """Number and code in one word, for the address in the QR code.

    >>> address_code("HP02-0037", "3f2a91c0")
    'HP02-0037-3F2A91C0H'
    """
    return f"{number}-{printed_code(number, tag).replace(' ', '')}"


def read_code(typed: str) -> tuple[str, str]:
    """Number (letters and digits only) and tag of a code as people type it. Raises Mistyped.

    >>> read_code("s-o2451 3f2a 9lcO 7")
    ('S02451', '3F2A91C0')
    """
    found = _FORM.fullmatch(_plain(typed))
    if found is None or check_letter(found[1] + found[2]) != found[3]:
        raise Mistyped(typed)
    return found[1], found[2]


def printed_seal(seq: int, digits: str) -> str:
    """The seal of entry *seq* as papers and pages show it, with the letter of number and digits.

    >>> printed_seal(2429, "3f2a91c0" + "0" * 56)
    '3F2A 91C0 W'
    """
    return printed_code(str(seq), digits[:TAG_CHARS])


class SealRead(NamedTuple):
    """The number of an entry and the first digits of its seal; *checked* by a letter."""

    seq: int
    tag: str
    checked: bool


def read_seal(typed: str) -> list[SealRead]:
    """Each way to read a seal of the books: number first, or last as papers have it. Empty: this
    is none. Raises Mistyped.

    The letter may be missing: older statements and minutes were printed without it.

    >>> read_seal("segel 3f2a 9lcO w, catatan 2429")
    [SealRead(seq=2429, tag='3F2A91C0', checked=True)]
    >>> read_seal("2429 3F2A91C0"), read_seal("S-02451 3F2A 91C0 7")
    ([SealRead(seq=2429, tag='3F2A91C0', checked=False)], [])
    """
    words = _SEAL_WORDS.sub(" ", typed.upper()).translate(_READ_AS)
    text = " ".join(re.findall("[0-9A-Z]+", words))
    found = [match for form in _SEAL_FORMS if (match := form.fullmatch(text))]
    read = []
    for match in found:
        tag = match["one"] + match["two"]
        if match["letter"] in (None, check_letter(match["seq"] + tag)):
            read.append(SealRead(int(match["seq"]), tag, match["letter"] is not None))
    if found and not read:
        raise Mistyped(typed)
    return read


def _plain(text: str) -> str:
    """Capital letters and digits, with O, I and L read as what they were taken for."""
    capitals = text.upper().translate(_READ_AS)
    return "".join(character for character in capitals if character in LETTERS)
