"""What an outside tool makes of an exported journal, in the ledger's own terms."""

import csv
import io
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from beancount import loader
from beancount.core import data, inventory, realization
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.exchange.book import still
from banksampah.exchange.names import account_names

Journal = Callable[[Session, int], Iterator[str]]


def write(journal: Journal, path: Path, bank_id: int = 1) -> Path:
    with still(bank_id) as session:
        path.write_text("".join(journal(session, bank_id)), encoding="utf-8")
    return path


def due(session: Session, day: date, bank_id: int = 1) -> dict[tuple[str, str], int]:
    """(account name, unit) → debit-positive balance at the end of *day*, as the ledger has it."""
    rows = ledger.accounts(session, bank_id)
    names = account_names(rows)
    posted = ledger.balances_on(session, bank_id, [row.account_id for row in rows], day)
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
