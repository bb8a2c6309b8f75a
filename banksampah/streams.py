"""Long results read in pages, and walked along each other by their sorted keys.

A proof reads whole tables of many banks. What it costs is what Python does for each row, so rows
are handed on in lists as the driver made them, and a key's rows are found by bisection.
"""

import itertools
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from banksampah.db import driver_of

Row = tuple[Any, ...]
PAGE_ROWS = 2_000
"""So many are in memory of each result: a walk along thirty of them stays flat."""

_names = itertools.count(1)


def pages(session: Session, sql: str) -> Iterator[list[Row]]:
    """Plain rows of *sql*, in its order, some thousand at a time.

    It takes no parameters: what stands in *sql* are numbers of ours, the same on both engines.
    """
    driver = driver_of(session)
    if session.get_bind().dialect.name == "sqlite":
        cursor = driver.execute(sql)
        while rows := cursor.fetchmany(PAGE_ROWS):
            yield rows
        return
    with driver.cursor(f"stream_{next(_names)}") as cursor:
        cursor.execute(sql, binary=True)
        while rows := cursor.fetchmany(PAGE_ROWS):
            yield rows


def stream(session: Session, sql: str) -> Iterator[Row]:
    """The same rows, one after the other."""
    return itertools.chain.from_iterable(pages(session, sql))


class Ahead:
    """Rows that begin with a sorted key, walked along another stream that goes up by that key."""

    def __init__(self, session: Session, sql: str):
        self._pages = pages(session, sql)
        self._page: list[Row] = []
        self._at = 0

    def of(self, *key: int) -> Iterator[Row]:
        """The rows of *key*; those before it that nobody asked for are passed over."""
        return itertools.chain.from_iterable(self.runs(*key))

    def runs(self, *key: int) -> Iterator[list[Row]]:
        """The same rows in lists, as they come."""
        after = _after(key)
        while self._filled():
            start = bisect_left(self._page, key, self._at)
            self._at = bisect_left(self._page, after, start)
            if self._at > start:
                yield self._page[start : self._at]
            if self._at < len(self._page):
                return

    def up_to(self, *key: int) -> list[Row]:
        """The rows of *key*, and those before it that nobody asked for."""
        found: list[Row] = []
        after = _after(key)
        while self._filled():
            start, self._at = self._at, bisect_left(self._page, after, self._at)
            found += self._page[start : self._at]
            if self._at < len(self._page):
                break
        return found

    def just(self, key: Row, count: int) -> list[Row] | None:
        """The next *count* rows, if they are those of *key*, and all of them; else None.

        None may also be said of rows that lie over the end of a page: `up_to` tells.
        """
        page, at, length = self._page, self._at, len(key)
        end = at + count
        if end >= len(page) or page[end][:length] <= key:
            return None
        if count and (page[at][:length] != key or page[end - 1][:length] != key):
            return None
        self._at = end
        return page[at:end]

    def next_row(self) -> Row:
        """The row to come; () after the last."""
        return self._page[self._at] if self._filled() else ()

    def _filled(self) -> bool:
        """Whether there is a row to come."""
        if self._at == len(self._page):
            self._page, self._at = next(self._pages, []), 0
        return self._at < len(self._page)


def _after(key: tuple[int, ...]) -> tuple[int, ...]:
    """What sorts behind all rows of *key* and before all others."""
    return (*key[:-1], key[-1] + 1)
