"""PostgreSQL's own tools: pg_dump and pg_restore, and databases that take each other's name."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from banksampah.backup.manifests import BackupRefused
from banksampah.db import APP_ROLE, READER_ROLE, normal_url

BESIDE = ("postgres", "template1")
"""Databases to connect to while another one is being renamed."""


def dump(url: str, file: Path, snapshot: str) -> None:
    """Write the database as it is in *snapshot* to *file*, in pg_dump's custom format."""
    options = ("--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={file}")
    _run("pg_dump", url, options)


def load(url: str, file: Path) -> None:
    """Fill the empty database at *url* from *file*, all or nothing."""
    _make_roles(url)
    _run("pg_restore", url, ("--single-transaction", "--exit-on-error", "--no-owner", str(file)))


def make_database(url: str, name: str) -> str:
    """A new empty database on the same server; its URL."""
    with _beside(url) as connection:
        _say(connection, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name)
    return named(url, name)


def drop_database(url: str, name: str) -> None:
    with _beside(url) as connection:
        _say(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def rename_database(url: str, old: str, new: str) -> None:
    """Let a database take another name. Raises BackupRefused while somebody is connected to it."""
    with _beside(url) as connection:
        try:
            _say(connection, "ALTER DATABASE {} RENAME TO {}", old, new)
        except DBAPIError as error:
            raise BackupRefused(
                f"{old} is in use: stop the service, then restore again. ({error.orig})"
            ) from error


def exists(url: str) -> bool:
    """Whether the database that *url* names is there."""
    with _beside(url) as connection:
        asked = text("SELECT 1 FROM pg_database WHERE datname = :name")
        return connection.execute(asked, {"name": make_url(url).database}).first() is not None


def named(url: str, name: str) -> str:
    """The same server, another database."""
    return make_url(normal_url(url)).set(database=name).render_as_string(hide_password=False)


def engine_of(url: str) -> Engine:
    return create_engine(normal_url(url))


@contextmanager
def _beside(url: str) -> Iterator[Connection]:
    """A connection to the same server that stands in no database's way."""
    names = [name for name in BESIDE if name != database_name(url)]
    for name in names:
        engine = create_engine(named(url, name), isolation_level="AUTOCOMMIT")
        try:
            connection = engine.connect()
        except DBAPIError as error:
            engine.dispose()
            if name == names[-1]:
                raise BackupRefused(f"The server cannot be reached: {error.orig}") from error
            continue
        try:
            yield connection
        finally:
            connection.close()
            engine.dispose()
        return


def _say(connection: Connection, statement: str, *names: str) -> None:
    driver = connection.connection.driver_connection
    asked = sql.SQL(statement).format(*map(sql.Identifier, names))
    connection.exec_driver_sql(asked.as_string(driver))


def _make_roles(url: str) -> None:
    """Roles belong to the server, not to a dump: those the schema names must be there."""
    engine = create_engine(normal_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for role in (APP_ROLE, READER_ROLE):
            asked = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
            if connection.execute(asked, {"role": role}).first() is None:
                _say(connection, "CREATE ROLE {} NOLOGIN", role)
            _say(connection, "GRANT {} TO CURRENT_USER", role)
    engine.dispose()


def _run(tool: str, url: str, options: Sequence[str]) -> None:
    """Run one of PostgreSQL's tools. Raises BackupRefused with its own words."""
    program = shutil.which(tool)
    if program is None:
        raise BackupRefused(
            f"{tool} is not installed: it comes with PostgreSQL's client programs (on Debian and "
            "Ubuntu the package postgresql-client)."
        )
    made = make_url(normal_url(url))
    password = made.query.get("password", made.password)  # as the driver reads them
    query = made.difference_update_query(["password"]).query
    plain = URL.create(  # not `set`: its None would keep the password
        "postgresql", made.username, None, made.host, made.port, made.database, query
    ).render_as_string()
    environment = dict(os.environ)
    if password:
        environment["PGPASSWORD"] = str(password)  # not for everybody's eyes, as arguments are
    ran = subprocess.run(
        [program, f"--dbname={plain}", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        told = " ".join(ran.stderr.split())
        raise BackupRefused(f"{tool} stopped: {told[-600:]}{_hint(told)}")


def _hint(told: str) -> str:
    if "row-level security" in told:
        return " Back up as a superuser or a role with BYPASSRLS, which sees the rows of all banks."
    if "version mismatch" in told or "unsupported version" in told:
        return " Use the client programs of the server's own version."
    return ""


def database_name(url: str) -> str:
    """The database that *url* names."""
    made: URL = make_url(url)
    return made.database or made.username or "postgres"
