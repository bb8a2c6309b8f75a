"""Two independent tools read the exported journal and agree with the ledger on every account."""

import csv
import io
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data, inventory, realization
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.exchange import beancount, hledger
from banksampah.exchange.book import still
from banksampah.exchange.names import account_names
from tests.quarter import Winter

Journal = Callable[[Session, int], Iterator[str]]
MONTH_ENDS = [date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28)]


def write(journal: Journal, path: Path) -> Path:
    with still(1) as session:
        path.write_text("".join(journal(session, 1)), encoding="utf-8")
    return path


def due(session: Session, day: date) -> dict[tuple[str, str], int]:
    """(account name, unit) → debit-positive balance at the end of *day*, as the ledger has it."""
    rows = ledger.accounts(session, 1)
    names = account_names(rows)
    posted = ledger.balances_on(session, 1, [row.account_id for row in rows], day)
    return {
        (names[row.account_id], row.unit): posted[row.account_id]
        * (1 if row.normal == "debit" else -1)
        for row in rows
        if posted[row.account_id]
    }


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)


def by_hledger(path: Path, day: date) -> dict[tuple[str, str], int]:
    end = (day + timedelta(days=1)).isoformat()
    command = ("hledger", "-f", str(path), "bal", "--flat", "-N", "-e", end, "-O", "csv")
    done = run(*command)
    assert done.returncode == 0, done.stderr
    found = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        amount, unit = row["balance"].split()
        found[row["account"], unit] = int(amount)
    return found


def by_beancount(path: Path, day: date) -> dict[tuple[str, str], int]:
    entries, errors, _options = loader.load_file(str(path))
    assert errors == []
    wanted = [x for x in entries if isinstance(x, data.Transaction) and x.date <= day]
    root = realization.realize(wanted)
    found = {}
    for account in realization.iter_children(root):
        balance: inventory.Inventory = account.balance
        for position in balance:
            found[account.account, position.units.currency] = int(position.units.number)
    return found


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
