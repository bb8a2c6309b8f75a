"""Seals known from outside the database: on receipts and statements, in lists of heads.

A chain that was rewritten from its first entry is true in itself. Only who holds an older seal can
tell; the papers of the households are such witnesses.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.orm import Session

from banksampah import codes, ledger

DIGITS_MIN = 8


class Witness(NamedTuple):
    """The seal of one entry as somebody has it, in full or its first digits."""

    slug: str
    seq: int
    digits: str


def read_witness(line: str) -> Witness:
    """ "gerpesh-jitu:2429:3F2A 91C0 W", the letter or not, parted by colons or blanks.

    Raises ValueError.
    """
    found = re.fullmatch(r"\s*([a-z0-9-]+)[\s:]+([0-9]+)[\s:]+([0-9A-Za-z ]+?)\s*", line)
    digits = "".join(found[3].split()) if found else ""
    if found and len(digits) == codes.TAG_CHARS + 1:  # as papers print it, with its check letter
        digits = _checked(found[2], digits, line)
    digits = digits.lower()
    if not found or not re.fullmatch("[0-9a-f]*", digits) or not DIGITS_MIN <= len(digits) <= 64:
        raise ValueError(
            f"{line.strip()!r} is not SLUG:NUMBER:SEAL with {DIGITS_MIN} to 64 digits of the seal"
        )
    return Witness(found[1], int(found[2]), digits)


def _checked(seq: str, code: str, line: str) -> str:
    """The digits of a seal whose check letter is right: a statement's, which is of the entry's
    number, or a deposit receipt's, which is of its own. Raises ValueError."""
    tag, letter = code[: codes.TAG_CHARS], code[codes.TAG_CHARS :].upper()
    if letter not in {codes.check_letter(n + tag) for n in (seq, f"S-{int(seq):05}")}:
        raise ValueError(
            f"{line.strip()!r} is mistyped: its check letter does not fit. Look at the paper again"
        )
    return tag


def read_witnesses(lines: Iterable[str]) -> list[Witness]:
    """A list of heads: one on a line; empty lines and those that begin with # are left out.

    Raises ValueError, also for a list without any: held against nothing, all books are true.
    """
    try:
        told = [line.lstrip("\ufeff").strip() for line in lines]  # some editors put that mark there
    except UnicodeDecodeError as error:
        raise ValueError("it is no UTF-8 text, which `banksampah heads` prints") from error
    found = [read_witness(line) for line in told if line and not line.startswith("#")]
    if not found:
        raise ValueError("it holds no seal: `banksampah heads` prints such a list")
    return found


def witness_faults(session: Session, bank_id: int, witnesses: Iterable[Witness]) -> list[str]:
    """Where the bank's chain is not the one that was sealed then."""
    facts = []
    for known in witnesses:
        seal = ledger.find_seal(session, bank_id, known.seq)
        if seal is None:
            facts.append(f"seq {known.seq}: sealed {known.digits}, and no such entry is here:"
                         " the tail was cut, or this is an older copy")  # fmt: skip
        elif not seal.startswith(known.digits):
            here = seal[: len(known.digits)]
            facts.append(f"seq {known.seq}: sealed {known.digits}, here {here}:"
                         " the chain was written anew")  # fmt: skip
    return facts


def heads(session: Session, bank_id: int) -> tuple[int, str]:
    """Number and seal of the newest entry."""
    seq = ledger.head_seq(session, bank_id)
    return seq, ledger.find_seal(session, bank_id, seq) or "0" * 64
