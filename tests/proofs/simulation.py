"""Deterministic simulation: a town's year from one seed, proven day by day.

python -m tests.proofs simulation --seeds N --seed S [--banks 20 --days 365]
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from banksampah import create_app, ledger
from banksampah.config import Settings
from banksampah.db import db, migrate, use_bank
from banksampah.ledger import chart
from banksampah.reports.queries.proof import prove_fully
from tests.proofs.town import Broken, Place, Town

DAYS, BANKS, BUSY = 365, 20, 1.0
YEAR_OF_SEED_1 = "afeb9f840342705f8b0ee0a1d7eaf588e4e63e9e9e220ccc347bdadd9f602089"
"""Golden: the head of all heads of twenty banks after the year of seed 1, held by the long form."""
NEWEST = 20
"""How many seals of a day are worked out again; on the 1st of a month all of them are."""


@dataclass
class Lived:
    """What a simulated town came to."""

    seed: int
    head: str
    entries_count: int
    asked: Counter[str]
    seconds: float


def live(seed: int, banks_count: int, days_count: int, busy: float = BUSY) -> Lived:
    """Live through it in the database of the present application. Raises Broken."""
    began = time.monotonic()
    town = Town(seed, banks_count)
    town.live(days_count, busy, prove_day)
    digest, entries_count = hashlib.sha256(), 0
    for place in town.places:
        use_bank(db.session, place.bank_id)
        prove_all(place)
        entries_count += ledger.head_seq(db.session, place.bank_id)
        seal = ledger.find_seal(
            db.session, place.bank_id, ledger.head_seq(db.session, place.bank_id)
        )
        digest.update(bytes.fromhex(seal or ""))
        db.session.rollback()
    asked = sum((place.asked for place in town.places), Counter())
    return Lived(seed, digest.hexdigest(), entries_count, asked, time.monotonic() - began)


def prove_day(place: Place) -> None:
    """What must hold each evening, from rows of the database itself; on the 1st, everything."""
    bank = {"bank_id": place.bank_id}
    for unit, posted in db.session.execute(_BY_UNIT, bank):
        _must(place, posted == 0, f"debit and credit differ by {posted} {unit}")
    below = db.session.execute(_BELOW, bank).all()
    _must(place, not below, f"accounts below nothing: {below}")
    legs, rows = (db.session.execute(sql, bank).scalar() for sql in (_LEGS, _SAVINGS))
    _must(place, legs == rows, f"savings {rows}, by legs {legs}")
    for unit in chart.UNITS:
        flows = db.session.execute(_FLOWS, bank | {"unit": unit}).scalar() or 0
        lying = db.session.execute(_STOCK, bank | {"unit": unit}).scalar() or 0
        _must(place, flows + lying == 0, f"{unit}: out less in {flows}, lying there {lying}")
    if place.today.day == 1:
        prove_all(place)
    else:
        newest = ledger.check_tail(db.session, place.bank_id, NEWEST)
        _must(place, not newest, f"seals: {newest}")


def prove_all(place: Place) -> None:
    """Every entry, balance and document of the bank, worked out again."""
    proof = prove_fully(db.session, place.bank_id)
    failing = [check.name for check in proof.checks if not check.ok]
    _must(place, proof.failed_count == 0, f"{failing} {proof.faults[:5]}")


def _must(place: Place, holds: bool, fact: str) -> None:
    if not holds:
        raise Broken(f"{place.slug} {place.today}: {fact}")


def run_one(seed: int, banks_count: int, days_count: int, busy: float = BUSY) -> Lived:
    """The same in a database of its own, kept in memory, in this process."""
    with scratch() as url, app_on(url).app_context():
        try:
            return live(seed, banks_count, days_count, busy)
        finally:
            db.session.rollback()
            db.engine.dispose()


@contextmanager
def scratch() -> Iterator[str]:
    """An empty SQLite database that needs no disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="banksampah-sim-", dir=memory))
    try:
        migrate(f"sqlite:///{folder / 'bank.db'}")
        yield f"sqlite:///{folder / 'bank.db'}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def app_on(url: str) -> Any:
    return create_app(Settings(database_url=url, secret_key="sim" * 11, testing=True))


def long(options: Any) -> None:
    """Many seeds, as many at a time as there are cores; stops at the first broken one."""
    seeds = range(options.seed, options.seed + options.seeds)
    total: Counter[str] = Counter()
    entries_count = 0
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        work = [pool.submit(run_one, seed, options.banks, options.days) for seed in seeds]
        for job in work:
            lived = job.result()
            if (lived.seed, options.banks, options.days) == (1, BANKS, DAYS):
                assert lived.head == YEAR_OF_SEED_1, lived.head
            total += lived.asked
            entries_count += lived.entries_count
            print(f"seed {lived.seed}: {lived.entries_count} entries, {lived.seconds:.0f} s, "
                  f"head {lived.head}", flush=True)  # fmt: skip
    print(f"{len(seeds)} seeds of {options.banks} banks × {options.days} days: "
          f"{entries_count} entries, 0 invariants broken")  # fmt: skip
    print(", ".join(f"{name} {count}" for name, count in total.most_common()))


_BY_UNIT = text(
    "SELECT a.unit, sum(b.posted) FROM account a JOIN balance b ON b.bank_id = a.bank_id"
    " AND b.account_id = a.account_id WHERE a.bank_id = :bank_id GROUP BY a.unit"
)
_BELOW = text(
    "SELECT a.code FROM account a JOIN balance b ON b.bank_id = a.bank_id"
    " AND b.account_id = a.account_id WHERE a.bank_id = :bank_id"
    " AND (b.held < 0 OR (a.code LIKE '2100.%' AND -b.posted < b.held)"
    "  OR (a.code LIKE 'S.%' AND b.posted < 0) OR (a.code IN ('1100', '1110') AND b.posted < 0))"
)
_SAVINGS = text(
    "SELECT coalesce(sum(b.posted), 0) FROM account a JOIN balance b ON b.bank_id = a.bank_id"
    " AND b.account_id = a.account_id WHERE a.bank_id = :bank_id AND a.code LIKE '2100.%'"
)
_LEGS = text(
    "SELECT coalesce(sum(l.amount), 0) FROM leg l JOIN account a ON a.bank_id = l.bank_id"
    " AND a.account_id = l.account_id WHERE l.bank_id = :bank_id AND a.code LIKE '2100.%'"
)
_FLOWS = text(
    "SELECT sum(b.posted) FROM account a JOIN balance b ON b.bank_id = a.bank_id"
    " AND b.account_id = a.account_id"
    " WHERE a.bank_id = :bank_id AND a.code LIKE 'F.%' AND a.unit = :unit"
)
_STOCK = text(
    "SELECT sum(b.posted) FROM account a JOIN balance b ON b.bank_id = a.bank_id"
    " AND b.account_id = a.account_id"
    " WHERE a.bank_id = :bank_id AND a.code LIKE 'S.%' AND a.unit = :unit"
)
