"""Putting a backup back: beside the database first, proven, and only then in its place."""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.orm import Session

from banksampah import schema
from banksampah.backup import manifests, postgresql
from banksampah.backup.doors import Closed, closed_since, end_sessions
from banksampah.backup.manifests import BackupRefused, Head, draft_of
from banksampah.backup.proving import Say, differing, heads_of, prove_url
from banksampah.backup.reading import manifest_of
from banksampah.db import normal_url
from banksampah.reports.queries.witnesses import Witness


@dataclass(slots=True)
class Restored:
    """What is in place now, where the former database went, what is missing since, and which doors
    that were closed since stand open again."""

    heads: list[Head]
    former: str | None = None
    lost: list[tuple[str, int, int]] = field(default_factory=list)
    again: list[Closed] = field(default_factory=list)


def put_back(
    backup: Path, url: str, at: datetime, say: Say, *, known: Sequence[Witness], overwrite: bool
) -> Restored:
    """Put *backup* in the place that *url* names, once it is proven there.

    *known* are newer seals: with those of the database it replaces they tell what is lost. Raises
    BackupRefused, and leaves what is there untouched, when the copy differs from its manifest or
    cannot be proven, or when banks are there and *overwrite* was not said.
    """
    url = normal_url(url)
    manifest = manifest_of(backup)
    if not url.startswith(manifest.engine):
        raise BackupRefused(f"{backup} is a backup of {manifest.engine}: restore it there.")
    place = _Sqlite(url, at) if manifest.engine == "sqlite" else _Postgresql(url, at)
    former = place.heads()
    if former is None and not overwrite:
        raise BackupRefused("The database that is there cannot be read. Add --overwrite to replace "
                            "it; it is kept under another name.")  # fmt: skip
    if _holds_something(former) and not overwrite:
        raise BackupRefused(
            f"There are {sum(h.bank_id > 0 for h in former or ())} banks already. Add --overwrite "
            "to replace them; the former database is kept under another name."
        )
    with place.beside(backup) as draft_url:
        say("loaded; now it is proven …")
        _bring_up(draft_url)
        heads, facts = prove_url(draft_url, say)
        if not set(manifest.heads) <= set(heads):
            facts.append("its journals do not end where its manifest says")
        older = [x for x in known if x.seq <= next((h.seq for h in heads if h.slug == x.slug), -1)]
        facts += _differing(draft_url, older, heads)
        if facts:
            more = f" (and {len(facts) - 1} more)" if len(facts) > 1 else ""
            raise BackupRefused(f"The backup cannot be trusted: {facts[0]}{more}. "
                                "Nothing was replaced.")  # fmt: skip
        again = closed_since(url, former or (), heads)
        end_sessions(draft_url)
        kept = place.take(draft_url, nothing_there=not _holds_something(former))
    newer = [*known, *(Witness(head.slug, head.seq, head.seal) for head in former or ())]
    return Restored(heads, kept, _lost(heads, newer), again)


def _bring_up(url: str) -> None:
    try:
        schema.prepare(url, makes=True)
    except schema.SchemaRefused as error:
        raise BackupRefused(f"{error} Nothing was replaced.") from error
    except DBAPIError as error:
        raise BackupRefused(
            f"The backup cannot be read: {error.orig}. Nothing was replaced."
        ) from error


def _holds_something(former: Sequence[Head] | None) -> bool:
    """A database that cannot be read may hold anything."""
    return former is None or any(head.seq for head in former)


def _lost(heads: Sequence[Head], newer: Sequence[Witness]) -> list[tuple[str, int, int]]:
    """For each journal the entries after its restored head: first and last."""
    there = {head.slug: head.seq for head in heads}
    last: dict[str, int] = {}
    for witness in newer:
        last[witness.slug] = max(witness.seq, last.get(witness.slug, 0))
    return sorted((s, there.get(s, 0) + 1, seq) for s, seq in last.items() if seq > there.get(s, 0))


def _differing(url: str, known: Sequence[Witness], heads: Sequence[Head]) -> list[str]:
    engine = create_engine(url)
    with Session(engine) as session:
        facts = differing(session, known, heads)
    engine.dispose()
    return facts


def _heads_at(url: str) -> list[Head] | None:
    """The newest seals of the database at *url*; none in an empty one; None if it is damaged."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return heads_of(connection) if inspect(connection).has_table("bank") else []
    except (DatabaseError, ValueError):
        return None
    finally:
        engine.dispose()


def _move(file: Path, to: Path) -> None:
    """A database of SQLite, with what lies beside it."""
    for beside in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.rename(f"{file}{beside}", f"{to}{beside}")


class _Sqlite:
    """A file, and a draft of it in the same folder."""

    def __init__(self, url: str, at: datetime):
        self.url, self.file = url, Path(url.removeprefix("sqlite:///"))
        if self.file.is_dir():
            raise BackupRefused(f"{self.file} is a folder. Name a file in it.")
        if manifests.path_of(self.file).exists():
            raise BackupRefused(f"{self.file} is a backup itself. Name another file.")
        self.aside = self.file.with_name(f"{self.file.name}.before-{at:%Y%m%d-%H%M%S}")

    def heads(self) -> list[Head] | None:
        return _heads_at(self.url) if self.file.exists() and self.file.stat().st_size else []

    @contextmanager
    def beside(self, backup: Path) -> Iterator[str]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(self.file) as draft:
            shutil.copyfile(backup, draft)
            yield f"sqlite:///{draft}"

    def take(self, draft_url: str, *, nothing_there: bool) -> str | None:
        """Move the former files away, all of them, and the draft into their place."""
        draft = Path(draft_url.removeprefix("sqlite:///"))
        _fold(draft)
        former = None
        if self.file.exists():
            _refuse_in_use(self.file)
            former = str(self.aside)
            _move(self.file, self.aside)
        try:
            manifests.keep(draft, self.file)
        except BaseException:
            if not self.file.exists():
                _move(self.aside, self.file)
            raise
        if nothing_there:
            self.aside.unlink(missing_ok=True)
        return None if nothing_there else former


def _fold(file: Path) -> None:
    """Leave nothing of a database outside its one file. Fails while another connection is open."""
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def _refuse_in_use(file: Path) -> None:
    try:
        _fold(file)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BackupRefused(
                f"{file} is in use: stop the service, then restore again."
            ) from error
    except sqlite3.DatabaseError:
        return  # so damaged that it cannot be opened: that is why it is replaced


class _Postgresql:
    """A database, and a draft of it on the same server."""

    def __init__(self, url: str, at: datetime):
        self.url, self.name = url, postgresql.database_name(url)
        self.draft = f"{self.name}_restoring_{at:%Y%m%d_%H%M%S}"
        self.aside = f"{self.name}_before_{at:%Y%m%d_%H%M%S}"

    def heads(self) -> list[Head] | None:
        return _heads_at(self.url) if postgresql.exists(self.url) else []

    @contextmanager
    def beside(self, backup: Path) -> Iterator[str]:
        draft_url = postgresql.make_database(self.url, self.draft)
        try:
            postgresql.load(draft_url, backup)
            yield draft_url
        finally:
            postgresql.drop_database(self.url, self.draft)

    def take(self, draft_url: str, *, nothing_there: bool) -> str | None:
        """Let the former database take another name, and the draft its own."""
        former = None
        if postgresql.exists(self.url):
            former = self.aside
            postgresql.rename_database(self.url, self.name, self.aside)
        postgresql.rename_database(self.url, self.draft, self.name)
        if nothing_there:
            postgresql.drop_database(self.url, self.aside)
        return None if nothing_there else former
