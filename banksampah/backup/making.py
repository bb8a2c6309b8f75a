"""Making a backup: one consistent copy while the service writes on, proven before it is kept."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah.backup import postgresql
from banksampah.backup.manifests import (
    BackupRefused,
    Head,
    Manifest,
    digest_of,
    draft_of,
    keep,
    path_of,
)
from banksampah.backup.proving import Say, prove, prove_url
from banksampah.db import normal_url

SUFFIX = {"sqlite": ".db", "postgresql": ".dump"}


def make(url: str, target: Path, at: datetime, say: Say) -> tuple[Path, Manifest]:
    """Copy the database at *url* to *target* (a file, or a folder to put it in), with a manifest.

    Raises BackupRefused when something is there already, or when the copy cannot be proven: then
    it is kept under another name, with what was found beside it.
    """
    url = normal_url(url)
    engine = "sqlite" if url.startswith("sqlite") else "postgresql"
    if target.is_dir():
        target = target / f"banksampah-{at:%Y%m%d-%H%M%S}{SUFFIX[engine]}"
    if not target.parent.is_dir():
        raise BackupRefused(f"The folder {target.parent} is not there.")
    if target.exists() or path_of(target).exists():
        raise BackupRefused(f"{target} is there already. Choose another name.")
    with draft_of(target) as draft:
        copy = _copy_sqlite if engine == "sqlite" else _copy_postgresql
        heads, facts = copy(url, draft, say)
        if facts:
            raise BackupRefused(_keep_aside(draft, target, facts))
        manifest = Manifest(engine, at.isoformat(), *digest_of(draft), heads)
        with draft_of(path_of(target)) as written:
            written.write_text(manifest.as_text())
            keep(written, path_of(target))
        keep(draft, target)
    return target, manifest


def _copy_sqlite(url: str, draft: Path, say: Say) -> tuple[list[Head], list[str]]:
    file = Path(url.removeprefix("sqlite:///"))
    if not file.exists() or not file.stat().st_size:
        raise BackupRefused(f"{file} is {'empty' if file.exists() else 'not there'}.")
    try:
        with (
            closing(sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(draft)) as copy,
        ):
            source.backup(copy)  # one read transaction: writers go on beside it
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole in itself
    except sqlite3.Error as error:
        raise BackupRefused(f"{file} cannot be copied: {error}.") from error
    say("copied; now it is proven …")
    found = prove_url(f"sqlite:///{draft}", say)
    with closing(sqlite3.connect(draft)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
    return found


def _copy_postgresql(url: str, draft: Path, say: Say) -> tuple[list[Head], list[str]]:
    """The dump and its proof read one and the same snapshot."""
    engine = postgresql.engine_of(url)
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            postgresql.dump(url, draft, snapshot)
            say("copied; now it is proven …")
            with Session(connection) as session:
                return prove(session, say)
    except DBAPIError as error:
        raise BackupRefused(f"The database cannot be read: {error.orig}") from error
    finally:
        engine.dispose()


def _keep_aside(draft: Path, target: Path, facts: list[str]) -> str:
    aside = target.with_name(f"{target.name}.unproven")
    keep(draft, aside)
    return (
        f"The copy cannot be trusted: {facts[0]}"
        f"{f' (and {len(facts) - 1} more)' if len(facts) > 1 else ''}. It is kept as {aside}; "
        "`banksampah verify` tells all of it."
    )
