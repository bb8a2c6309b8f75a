"""Bits flipped in the files of a stopped PostgreSQL: `verify` finds them, or at least the server.

Every page bears a checksum (on in each cluster made since PostgreSQL 18), so a flip in space that
no row uses is told as well, wherever the page is read. What `verify` does not read (another
table's page, an index it has no need of) the server's own `pg_checksums --check` tells.
"""

import struct
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from banksampah.db import db, normal_url
from tests.proofs.places import Cluster, place
from tests.proofs.simulation import live
from tests.proofs.vandal import all_found, columns_to_edit

PAGE = 8192
_FILES = (
    "SELECT relname, relkind = 'r', pg_relation_filepath(oid) FROM pg_class"
    " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')"
    " AND pg_relation_size(oid) > 0 ORDER BY relname"
)


DAYS, BUSY = 12, 1.6


@contextmanager
def lived_in_cluster(seed: int = 3, days: int = DAYS) -> Iterator[Cluster]:
    """A durable cluster of its own with a town of some days in it."""
    with place("postgresql") as at:
        assert isinstance(at, Cluster)
        with at.app().app_context():
            live(seed, 1, days, BUSY)
            db.session.rollback()
            db.engine.dispose()
        yield at


class Relation(NamedTuple):
    """A table or an index, and the file that holds it."""

    name: str
    is_table: bool
    file: Path


def flip_heap_bits(at: Cluster, seed: int, flips: int) -> Counter[str]:
    """Flip one bit at a time in the files of tables and indexes; AssertionError where not found."""
    assert at.rows("SHOW data_checksums") == [("on",)]
    assert facts_of(at) == [], "found before anything was changed"
    chance, counts = Random(f"heap {seed}"), Counter[str]()
    relations = [
        Relation(name, is_table, at.folder / "data" / path)
        for name, is_table, path in at.rows(_FILES)
    ]
    proven = _proven(at)
    for _ in range(flips):
        one = chance.choice(relations)
        at.control("-m", "fast", "stop")
        place, bit = chance.randrange(one.file.stat().st_size), chance.randrange(8)
        free = _is_free(one.file, place)
        _flip(one.file, place, bit)
        told = f"seed {seed}: {one.name}, byte {place}, bit {bit}"
        assert not _sound(at), f"{told}: the server's own check says nothing"
        at.start()
        facts = facts_of(at)
        counts["found by verify" if facts else "found by the server"] += 1
        counts["in free space"] += free
        if one.is_table and one.name in proven:
            assert facts, f"{told}: not found"
        at.control("-m", "fast", "stop")
        _flip(one.file, place, bit)
        at.start()
    assert facts_of(at) == [], "found after all was put right"
    return counts


def facts_of(at: Cluster) -> list[str]:
    """What `verify` finds in the cluster, as its owner; that it cannot be reached is a fact, too."""
    engine = create_engine(normal_url(at.url))
    try:
        return all_found(engine)
    except DBAPIError as error:
        return [str(error.orig)]
    finally:
        engine.dispose()


def _proven(at: Cluster) -> set[str]:
    engine = create_engine(normal_url(at.url))
    try:
        return {table.name for table, _column in columns_to_edit(engine)}
    finally:
        engine.dispose()


def _is_free(file: Path, place: int) -> bool:
    """Whether no row and no pointer uses this byte of its page."""
    with file.open("rb") as pages:
        pages.seek(place // PAGE * PAGE)
        lower, upper = struct.unpack_from("<HH", pages.read(24), 12)
    return bool(lower <= place % PAGE < upper)


def _flip(file: Path, place: int, bit: int) -> None:
    with file.open("r+b") as pages:
        pages.seek(place)
        (byte,) = pages.read(1)
        pages.seek(place)
        pages.write(bytes([byte ^ 1 << bit]))


def _sound(at: Cluster) -> bool:
    """What `pg_checksums --check` says of the stopped cluster."""
    try:
        at.tool("pg_checksums", "--check", "-D", str(at.folder / "data"))
    except subprocess.CalledProcessError:
        return False
    return True
