"""A simulated town: banks, ten actors, a fake clock, and one seed that decides everything.

The actors use the verbs of the service as people do: they also ask what must be refused, send
twice, and are cut off in the middle. `tests.proofs.simulation` runs it and proves it day by day.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError

from banksampah import ledger
from banksampah.banks.service import open_bank
from banksampah.db import db, transaction, use_bank
from banksampah.errors import DomainError
from banksampah.ledger import Act
from banksampah.staff import journal
from banksampah.staff.models import User
from tests.proofs import actors

FIRST_DAY = date(2026, 1, 1)
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")


class Broken(AssertionError):
    """An invariant does not hold. The message names seed, bank and day."""


@dataclass
class Place:
    """One bank and what its people remember: enough to ask for the next thing, no figures."""

    bank_id: int
    slug: str
    chance: Random
    today: date = FIRST_DAY
    minute: int = 0
    steps: int = 0
    members: list[int] = field(default_factory=list)
    materials: list[int] = field(default_factory=list)
    deposits: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)
    sales: list[int] = field(default_factory=list)
    credits: list[int] = field(default_factory=list)
    payments: list[tuple[int, int]] = field(default_factory=list)
    splits: list[int] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)

    def act(self, actor_id: int) -> Act:
        """The next act, some minutes after the last; now and then the clock is set back."""
        self.steps += 1
        self.minute += self.chance.randint(-1, 4)
        at = datetime(self.today.year, self.today.month, self.today.day, 1, tzinfo=UTC)
        at += timedelta(minutes=max(self.minute, 0))
        return Act(self.bank_id, f"sim-{self.steps}", actor_id, at, self.today)

    def do(self, verb: Callable[..., Any], actor_id: int, **asked: Any) -> Any:
        """Ask for *verb* once, or in the ways that happen to people; None when it is refused."""
        act = self.act(actor_id)
        before = self._head()
        if self.chance.random() < 0.02:
            self._cut_off(verb, act, asked)
            self._expect(before, "a write cut off left a trace")
        try:
            with transaction(self.bank_id, act.key) as session:
                answer = verb(session, act, **asked)
        except DomainError as refusal:
            self.asked[refusal.code] += 1
            self._expect(before, f"a refused {verb.__name__} left a trace")
            return None
        after = self._head()
        self.asked[verb.__name__] += 1
        if self.chance.random() < 0.05:
            with transaction(self.bank_id, act.key) as session:
                verb(session, act, **asked)
            self._expect(after, f"{verb.__name__} sent twice was done twice")
            self.asked["sent twice"] += 1
        return answer

    def _cut_off(self, verb: Callable[..., Any], act: Act, asked: dict[str, Any]) -> None:
        """Do all of *verb* but its commit, or stop the database in the middle of it."""
        self.asked["cut off"] += 1
        try:
            with transaction(self.bank_id, act.key) as session:
                with _interrupted_after(self.chance.randint(1, 40) * 50):
                    verb(session, act, **asked)
                raise KeyboardInterrupt
        except (KeyboardInterrupt, DomainError):
            return
        except (sqlite3.OperationalError, DBAPIError, pg.Error) as error:
            if "interrupt" not in str(error):
                raise

    def _head(self) -> int:
        return ledger.head_seq(db.session, self.bank_id)

    def _expect(self, head: int, fact: str) -> None:
        if self._head() != head:
            raise Broken(f"{self.slug} {self.today}: {fact}")


@contextmanager
def _interrupted_after(steps: int) -> Iterator[None]:
    """SQLite gives up after so many of its own steps, wherever it stands then."""
    driver = db.session.connection().connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    driver.set_progress_handler(lambda: 1, steps)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


class Town:
    """*banks_count* banks living through days decided by *seed*."""

    def __init__(self, seed: int, banks_count: int):
        self.seed, self.places = seed, []
        self.chance = Random(f"town {seed}")
        with transaction() as session:
            at = datetime(2026, 1, 1, tzinfo=UTC)
            for user_id in actors.STAFF:
                session.add(User(user_id=user_id, login=f"orang{user_id}", name="Orang",
                                 password_hash="-", created_at=at))  # fmt: skip
        with transaction(journal.INSTALLATION) as session:
            for user_id in actors.STAFF:
                journal.record(session, "sign_in.done", at=at, user_id=user_id, bank_id=1)
        for number in range(1, banks_count + 1):
            with transaction() as session:
                bank = open_bank(session, at=at, slug=f"bank-{number}", name=f"Bank {number}",
                                 zone=ZONES[number % 3])  # fmt: skip
            place = Place(bank.bank_id, bank.slug, Random(f"{seed}:{number}"))
            use_bank(db.session, bank.bank_id)
            actors.set_up(place)
            self.places.append(place)

    def live(self, days_count: int, busy: float, each_day: Callable[[Place], None]) -> None:
        """Day after day: who is at work does something; *each_day* proves the bank afterwards.

        *busy* is how many things happen in a bank on a day, on the average.
        """
        for number in range(days_count):
            today = FIRST_DAY + timedelta(days=number)
            places = list(self.places)
            self.chance.shuffle(places)
            for place in places:
                use_bank(db.session, place.bank_id)
                place.today, place.minute = today, 0
                things = sum(self.chance.random() < busy / 4 for _ in range(4))
                for _ in range(things):
                    self._one_thing(place)
                actors.by_the_calendar(place)
                if things or today.day == 1:
                    each_day(place)
                db.session.rollback()

    def _one_thing(self, place: Place) -> None:
        [actor] = self.chance.choices(actors.ACTORS, actors.WEIGHTS)
        try:
            actor(place)
        except Broken as broken:
            raise Broken(f"seed {self.seed}, {broken}") from broken
