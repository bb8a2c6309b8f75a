"""Proving many banks on every core: neighbours are walked through together, groups in parallel."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from flask import Flask, current_app, has_app_context
from sqlalchemy import text

from banksampah import open_books
from banksampah.config import Settings
from banksampah.db import db, use_bank
from banksampah.reports.queries.findings import (
    Findings,
    findings,
    findings_of,
    read_every_bank,
    readable,
)
from banksampah.reports.queries.storage import storage_faults

GROUP_ENTRIES = 10_000
GROUP_BANKS = 200
WORTH_ENTRIES = 20_000
"""Starting a process takes as long as proving some thousand entries."""
ROWS_BETWEEN_COLLECTIONS = 100_000
START = "fork" if sys.platform == "linux" else "spawn"
"""A forked process has read the modules already; elsewhere a fork may hang in system libraries."""

Progress = Callable[[str], None]


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0))


@dataclass
class Group:
    """Neighbours that are read together, and how many entries they have."""

    bank_ids: list[int] = field(default_factory=list)
    entries_count: int = 0

    def has_room(self, entries_count: int) -> bool:
        return (
            self.entries_count + entries_count <= GROUP_ENTRIES and len(self.bank_ids) < GROUP_BANKS
        )


class Proving:
    """What can be asked of it: the storage under the books, and the proof of each bank."""

    def __init__(self, run: Callable[..., "Future[Any]"] | None, groups: Sequence[Group]):
        self._run = run
        self._groups = groups
        self._storage = run(_storage) if run else None

    def storage(self) -> list[str]:
        """What is wrong with the database under the books."""
        return self._storage.result() if self._storage else _storage()

    def banks(self, progress: Progress) -> Iterator[Findings]:
        """The findings of each bank, their ids going up."""
        if self._run is None:
            for group in self._groups:
                yield from _prove(group.bank_ids, progress)
            return
        proven = {}
        for group in sorted(self._groups, key=_size, reverse=True):  # no long one begins last
            proven[group.bank_ids[0]] = self._run(_prove, group.bank_ids)
        for group in self._groups:
            yield from proven[group.bank_ids[0]].result()


@contextmanager
def proving(bank_ids: Sequence[int], jobs: int) -> Iterator[Proving]:
    """Prove these banks with up to *jobs* processes, where there is enough to do for them."""
    groups = _groups(sorted(bank_ids))
    if jobs < 2 or sum(map(_size, groups)) < WORTH_ENTRIES:
        yield Proving(None, groups)
        return
    settings = current_app.config["SETTINGS"]
    with ProcessPoolExecutor(jobs, get_context(START), _begin, (settings,)) as pool:
        try:
            yield Proving(pool.submit, groups)
        finally:
            pool.shutdown(cancel_futures=True)


def _size(group: Group) -> int:
    return group.entries_count


def _groups(bank_ids: Sequence[int]) -> list[Group]:
    """Neighbours that may be read together; a login that may not read all reads each by itself."""
    db.session.rollback()
    if not read_every_bank(db.session):
        return [Group([bank_id]) for bank_id in bank_ids]
    heads = db.session.execute(text("SELECT bank_id, head_seq FROM bank_head"))
    sizes: dict[int, int] = {row.bank_id: row.head_seq for row in heads}
    db.session.rollback()
    groups: list[Group] = []
    for bank_id in bank_ids:
        size = sizes.get(bank_id, 0)
        if not groups or not groups[-1].has_room(size):
            groups.append(Group())
        groups[-1].bank_ids.append(bank_id)
        groups[-1].entries_count += size
    return groups


def _prove(bank_ids: Sequence[int], progress: Progress | None = None) -> list[Findings]:
    """One group in one walk; where a row cannot be read, each bank by itself, to name it."""
    db.session.rollback()
    with _little_garbage():
        found = _in_one_walk(bank_ids, progress)
        if found is None:
            db.session.rollback()
            found = _one_by_one(bank_ids, progress)
    db.session.rollback()
    for each in found:
        each.replayed.accounts.clear()  # they have been added up, and need not travel
    return found


@contextmanager
def _little_garbage() -> Iterator[None]:
    """Rows make no cycles, and looking for some among them costs a twentieth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(ROWS_BETWEEN_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _in_one_walk(bank_ids: Sequence[int], progress: Progress | None) -> list[Findings] | None:
    """None where it cannot be done. What it had opened is closed before anything else is asked."""
    if not read_every_bank(db.session):
        return None
    try:
        return list(findings_of(db.session, bank_ids, progress))
    except Exception:  # damage may raise anything
        return None


def _one_by_one(bank_ids: Sequence[int], progress: Progress | None) -> list[Findings]:
    found = []
    for bank_id in bank_ids:
        db.session.rollback()
        use_bank(db.session, bank_id)
        found.append(findings(db.session, bank_id, progress))
    return found


def _storage() -> list[str]:
    db.session.rollback()
    found = readable(db.session, "database", lambda: storage_faults(db.session))
    db.session.rollback()
    return found


_app: Flask


def _begin(settings: Settings) -> None:
    """What each process starts with: an application entered for good, connections of its own."""
    global _app  # noqa: PLW0603 – it must outlive this function
    if has_app_context():  # forked: two must not talk on one line
        db.engine.dispose(close=False)
        return
    _app = open_books(settings)
    _app.app_context().push()
