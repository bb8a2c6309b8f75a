"""Posting two legs and reading a balance: ours and the peers', turn by turn on one machine.

Each side has one connection, durable commits, and as many postings in its books as the others.
"""

import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psycopg

from banksampah import ledger
from banksampah.banks.service import open_bank
from banksampah.clock import now_utc
from banksampah.db import db, transaction, use_bank
from banksampah.exchange import beancount
from banksampah.exchange.book import still
from banksampah.ledger import chart, posting
from bench.peers.housing import Side, side
from bench.places import act, database, make_app

CHUNK = 500


class Ours:
    """One bank, two accounts, one connection."""

    def __init__(self) -> None:
        with transaction() as session:
            self.bank_id = open_bank(session, at=now_utc(), slug="bench", name="Bench").bank_id

    def post(self, count: int) -> None:
        """*count* entries, each its own durable transaction."""
        for n in range(count):
            asked = act(self.bank_id)
            with transaction(self.bank_id, asked.key) as session:
                ledger.post(session, *self._posting(asked, n)[:4])

    def fill(self, count: int) -> None:
        """*count* entries by the same door, many at once."""
        for start in range(0, count, CHUNK):
            span = range(start, min(start + CHUNK, count))
            with transaction(self.bank_id) as session:
                ledger.post_many(session, [self._posting(act(self.bank_id), n) for n in span])

    def _posting(self, asked: ledger.Act, n: int) -> ledger.Posting:
        amount_idr = 1_000 + n % 1_000
        legs = [ledger.debit(chart.CASH, amount_idr), ledger.credit(chart.OPENING, amount_idr)]
        return ledger.Posting(asked, "cash.opening", {"amount_idr": amount_idr}, legs)

    def post_bare(self, count: int) -> None:
        """The same entries by one statement each, which commits itself: the function that writes
        every entry on PostgreSQL, asked by the driver alone. No door of the service is faster."""
        db.session.rollback()
        connection = db.engine.raw_connection()
        try:
            for n in range(count):
                posting._post_function(
                    connection.driver_connection,
                    self.bank_id,
                    [posting._entry(self._posting(act(self.bank_id), n))],
                    None,
                )
        finally:
            connection.close()

    def balance(self, count: int) -> int:
        """The cash account's balance, *count* times, in one transaction as one page reads several."""
        db.session.rollback()
        use_bank(db.session, self.bank_id)
        for _ in range(count):
            found = ledger.balance(db.session, self.bank_id, chart.CASH).posted
        return found

    def journal(self, path: Path) -> None:
        """The books as Beancount reads them."""
        with still(self.bank_id) as session, path.open("w") as file:
            file.writelines(beancount.journal(session, self.bank_id))


def run(engine: str, options: Namespace) -> None:
    """Print ours beside the peer of *engine*; on SQLite, beside Beancount as well."""
    if options.short:
        options = Namespace(postings=200, rounds=1, seconds=0.1)
    count = options.postings
    with database(engine) as url, tempfile.TemporaryDirectory() as folder:
        name, place = _peer(engine, url, folder)
        with make_app(url).app_context(), side(name, place) as peer:
            ours = Ours()
            print(f"peers, {engine}, one connection each, every commit durable")
            print(f"  {'':<26}{'ours':>12}{'  spread':<16}{name:>20}{'  spread':<16}{'ratio':>9}")
            _compare("postings/s, young books", ours.post, peer, "post", options)
            _fill(ours, peer, count, name)
            _compare(f"postings/s, at {count:,}", ours.post, peer, "post", options)
            if engine == "postgresql":
                _compare("the function alone, there", ours.post_bare, peer, "post", options)
            _compare(f"balances/s, at {count:,}", ours.balance, peer, "balance", options)
            if engine == "sqlite":
                _beside_beancount(ours, Path(folder) / "books.beancount", options)
            db.session.close()
            db.engine.dispose()


def _compare(
    name: str, ours: Callable[[int], object], peer: Side, action: str, options: Namespace
) -> None:
    """Print a row: how often a second each side does it, by turns."""
    rates: tuple[list[float], list[float]] = ([], [])
    sides = (lambda n: _seconds(ours, n), lambda n: peer.ask(action, count=n)[1])
    counts = [_count_for(one, options.seconds) for one in sides]
    for _ in range(options.rounds):
        for one, count, found in zip(sides, counts, rates, strict=True):
            found.append(count / one(count))
    mine, theirs = (f"{median(r):12,.1f}  {f'[{min(r):,.0f}-{max(r):,.0f}]':<14}" for r in rates)
    print(f"  {name:<26}{mine}{theirs:>36}{median(rates[0]) / median(rates[1]):8.1f}×")


def _count_for(one: Callable[[int], float], seconds: float) -> int:
    """How many to ask for so that a turn takes about *seconds*; a first few warm the side up."""
    one(3)
    return max(round(seconds * 20 / one(20)), 3)


def _seconds(do: Callable[[int], object], count: int) -> float:
    began = time.perf_counter()
    do(count)
    return time.perf_counter() - began


def _fill(ours: Ours, peer: Side, count: int, name: str) -> None:
    """Bring the books of both sides to *count* postings."""
    _none, theirs = peer.ask("fill", count=count)
    took = _seconds(ours.fill, count)
    print(
        f"  (filled with {count:,} more: ours in {took:.0f} s by ledger.post_many, {name} in {theirs:.0f} s"
    )
    print("   by rows as its own interface writes them; that interface would need longer)")


def _beside_beancount(ours: Ours, path: Path, options: Namespace) -> None:
    """Print how long Beancount takes to know a balance of the same journal, and ours."""
    ours.journal(path)
    with side("beancount", str(path)) as peer:
        loads = [peer.ask("load") for _ in range(min(options.rounds, 2))]
        seconds = median(seconds for _gave, seconds in loads)
        told, summed = peer.ask("balance", account="Aset:1100-Kas")
    loaded, held = loads[0][0], ours.balance(1)
    if loaded["errors"] or told != str(held):
        raise RuntimeError(f"Beancount reads {loaded}, {told}; the books hold {held}")
    mine = _seconds(ours.balance, 200) / 200
    print(
        f"  beancount, the same {loaded['transactions']:,} entries: loads them in {seconds:.1f} s,"
    )
    print(
        f"   then sums a balance in {summed:.2f} s; ours, from a closed file: {mine * 1e3:.2f} ms,"
    )
    print(f"   {(seconds + summed) / mine:,.0f}×; both tell Rp{held:,}")


def _peer(engine: str, url: str, folder: str) -> tuple[str, str]:
    """The program of the engine's peer and its database: same server, another database."""
    if engine == "sqlite":
        return "python_accounting", f"{folder}/peer.db"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE peer")
    return "hordak", beside(url, "peer")


def beside(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()
