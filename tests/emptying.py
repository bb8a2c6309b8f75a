"""A PostgreSQL database that is emptied before each test: making one anew costs ten times as much.

It is made anew all the same when its catalog is not what it was: a guard taken down, a grant, a
statistic, a setting, whatever a test has left behind.
"""

import os

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, make_url

from banksampah.db import normal_url

USES = 60
"""After so many, the dead rows are worth a new one."""
CATALOG = (
    "pg_class", "pg_attribute", "pg_trigger", "pg_proc", "pg_policy", "pg_constraint", "pg_index",
    "pg_statistic", "pg_db_role_setting", "pg_database", "pg_namespace", "pg_type",
)  # fmt: skip
_MARKS = " UNION ALL ".join(
    f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name}" for name in CATALOG
)
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_NAMED = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = %s"


class Emptied:
    """One database of this process on *server*, a copy of *template*."""

    def __init__(self, server: str, template: str):
        self._server, self._template = server, template
        self._name = f"banksampah_test_{os.getpid()}"
        self.url = named(server, self._name)
        self._left = 0
        self._marks: object = None
        self._first_rows: dict[str, bytes] = {}
        self._tables: list[str] = []
        self._sequences: list[str] = []

    def fresh(self) -> str:
        """The address of the database, in which there is what the template has, and nobody."""
        self._left -= 1
        if self._left < 0 or not self._empty():
            self._make()
        return self.url

    def _make(self) -> None:
        admin(
            self._server,
            f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)",
            f"CREATE DATABASE {self._name} TEMPLATE {self._template}",
        )
        with self._connect() as connection:
            self._tables, self._sequences = (
                [name for (name,) in connection.execute(_NAMED, [kind])] for kind in ("r", "S")
            )
            self._first_rows = {
                name: _copied(connection, name) for name in _with_rows(connection, self._tables)
            }
            self._marks = connection.execute(_MARKS).fetchall()
        self._left = USES

    def _empty(self) -> bool:
        """Take all rows away, and give back those it began with; False when that is not enough."""
        try:
            with self._connect() as connection:
                connection.execute(_END_OTHERS)
                if connection.execute(_MARKS).fetchall() != self._marks:
                    return False
                with connection.transaction():
                    self._put_back(connection)
        except psycopg.Error:  # it may not be connected to, or not be written
            return False
        return True

    def _put_back(self, connection: psycopg.Connection) -> None:
        connection.execute("SET LOCAL session_replication_role = replica")  # no guard, no key
        for name in _with_rows(connection, self._tables):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        for name, rows in self._first_rows.items():
            copy = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
            with connection.cursor().copy(copy) as into:
                into.write(rows)
        for name in self._sequences:
            connection.execute("SELECT setval(%s::regclass, 1, false)", [name])

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)


def _with_rows(connection: psycopg.Connection, tables: list[str]) -> list[str]:
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
            sql.Literal(name), sql.Identifier(name)
        )
        for name in tables
    )
    return [name for (name,) in connection.execute(asked)]


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    copy = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    with connection.cursor().copy(copy) as out:
        return b"".join(bytes(piece) for piece in out)


def admin(url: str, *statements: str) -> None:
    """Say *statements* to a server, each its own transaction."""
    engine = create_engine(normal_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def named(url: str, name: str) -> str:
    """The address of another database of the same server."""
    made = make_url(normal_url(url)).set(database=name)
    return made.render_as_string(hide_password=False)
