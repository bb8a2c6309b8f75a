"""Two independent tools read the exported journal and agree with the ledger on every account."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from beancount import loader
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.banks.queries import get_bank
from banksampah.db import transaction
from banksampah.exchange import beancount, hledger
from tests.exchange.oracle import Journal, by_beancount, by_hledger, due, run, write
from tests.quarter import Winter

MONTH_ENDS = [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]


@pytest.mark.parametrize(
    ("journal", "read"), [(hledger.journal, by_hledger), (beancount.journal, by_beancount)]
)
def test_every_account_agrees_at_every_month_end(
    session: Session,
    winter: Winter,
    tmp_path: Path,
    journal: Journal,
    read: Callable[[Path, date], dict[tuple[str, str], int]],
) -> None:
    path = write(journal, tmp_path / "book")
    for day in MONTH_ENDS:
        assert read(path, day) == due(session, day), day
    assert len(due(session, MONTH_ENDS[-1])) > 20


def test_hledger_accepts_it_strictly(winter: Winter, tmp_path: Path) -> None:
    path = write(hledger.journal, tmp_path / "book.journal")
    done = run("hledger", "-f", str(path), "check", "--strict")
    assert (done.returncode, done.stderr) == (0, "")


def test_no_name_ends_the_book_before_it_begins(
    session: Session, winter: Winter, bank: Bank, tmp_path: Path
) -> None:
    honest = by_hledger(write(hledger.journal, tmp_path / "honest.journal"), MONTH_ENDS[-1])
    with transaction(bank.bank_id) as writing:
        own = get_bank(writing, bank.bank_id)
        own.name = "Gerpesh Jitu\ncomment\n;"
        own.kelurahan = "Gerpesh\ncomment\n;"
    path = write(hledger.journal, tmp_path / "book.journal")
    assert by_hledger(path, MONTH_ENDS[-1]) == honest
    _entries, errors, _options = loader.load_file(
        str(write(beancount.journal, tmp_path / "book.beancount"))
    )
    assert not errors


def test_every_entry_is_there_and_names_nobody(
    session: Session, winter: Winter, tmp_path: Path
) -> None:
    text = write(hledger.journal, tmp_path / "book.journal").read_text()
    head = ledger.head_seq(session, 1)
    assert all(f" * ({seq}) " in text for seq in range(1, head + 1))
    for name in ("Siti", "Aminah", "Budi", "SDN"):
        assert name not in text
    assert "nama:Kardus" in text
    assert "membatalkan:" in text
    assert "ditahan:10000" in text


@pytest.mark.parametrize("unit", ["IDR", "G", "ML", "PCS"])
def test_hledger_sees_one_unit_changed(winter: Winter, tmp_path: Path, unit: str) -> None:
    path = write(hledger.journal, tmp_path / "book.journal")
    spoil(path, unit)
    done = run("hledger", "-f", str(path), "check", "--strict")
    assert done.returncode != 0
    assert "balance" in done.stderr


@pytest.mark.parametrize("unit", ["IDR", "G", "ML", "PCS"])
def test_beancount_sees_one_unit_changed(winter: Winter, tmp_path: Path, unit: str) -> None:
    path = write(beancount.journal, tmp_path / "book.beancount")
    spoil(path, unit)
    _entries, errors, _options = loader.load_file(str(path))
    assert any("does not balance" in error.message for error in errors)
    assert any("Balance failed" in error.message for error in errors)


def test_an_entry_left_out_is_seen_by_the_assertions(winter: Winter, tmp_path: Path) -> None:
    path = write(hledger.journal, tmp_path / "book.journal")
    blocks = path.read_text().split("\n\n")
    deposit = next(block for block in blocks if "jenis:deposit.record" in block)
    path.write_text("\n\n".join(block for block in blocks if block != deposit))
    done = run("hledger", "-f", str(path), "check")
    assert done.returncode != 0
    assert "assertion" in done.stderr


def spoil(path: Path, unit: str) -> None:
    """Change the first posted amount of *unit* by one."""
    lines = path.read_text().splitlines(keepends=True)
    for place, line in enumerate(lines):
        words = line.split()
        if line.startswith("  ") and len(words) >= 3 and words[2] == unit and words[1] != "0":
            amount = int(words[1])
            lines[place] = line.replace(f" {amount} {unit}", f" {amount + 1} {unit}")
            path.write_text("".join(lines))
            return
    raise AssertionError(f"nothing in {unit}")
