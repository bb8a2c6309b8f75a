"""Proving many banks on every core: neighbours are walked through together, groups in parallel."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
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
START = "fork" if sys.platform == "linux" else "spawn"
"""A forked process has read the modules already; elsewhere a fork may hang in system libraries."""

Progress = Callable[[str], None]


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0))


class Proving:
    """What can be asked of it: the storage under the books, and the proof of each bank."""

    def __init__(self, run: Callable[..., "Future[Any]"] | None, groups: Sequence[Sequence[int]]):
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
                yield from _prove(group, progress)
            return
        for done in [self._run(_prove, group) for group in self._groups]:
            yield from done.result()


@contextmanager
def proving(bank_ids: Sequence[int], jobs: int) -> Iterator[Proving]:
    """Prove these banks with up to *jobs* processes, where there is enough to do for them."""
    groups, entries_count = _groups(sorted(bank_ids))
    if jobs < 2 or entries_count < WORTH_ENTRIES:
        yield Proving(None, groups)
        return
    settings = current_app.config["SETTINGS"]
    with ProcessPoolExecutor(jobs, get_context(START), _begin, (settings,)) as pool:
        try:
            yield Proving(pool.submit, groups)
        finally:
            pool.shutdown(cancel_futures=True)


def _groups(bank_ids: Sequence[int]) -> tuple[list[list[int]], int]:
    """Neighbours that may be read together, and how many entries all have.

    A login that may not read all banks reads each by itself.
    """
    db.session.rollback()
    if not read_every_bank(db.session):
        return [[bank_id] for bank_id in bank_ids], 0
    heads = db.session.execute(text("SELECT bank_id, head_seq FROM bank_head"))
    sizes: dict[int, int] = {row.bank_id: row.head_seq for row in heads}
    db.session.rollback()
    groups: list[list[int]] = []
    room = 0
    for bank_id in bank_ids:
        size = sizes.get(bank_id, 0)
        if size > room or len(groups[-1]) == GROUP_BANKS:
            groups.append([])
            room = GROUP_ENTRIES
        groups[-1].append(bank_id)
        room -= size
    return groups, sum(sizes.values())


def _prove(bank_ids: Sequence[int], progress: Progress | None = None) -> list[Findings]:
    """One group in one walk; where a row cannot be read, each bank by itself, to name it."""
    db.session.rollback()
    found = _in_one_walk(bank_ids, progress)
    if found is None:
        db.session.rollback()
        found = _one_by_one(bank_ids, progress)
    db.session.rollback()
    for each in found:
        each.replayed.accounts.clear()  # they have been added up, and need not travel
    return found


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
