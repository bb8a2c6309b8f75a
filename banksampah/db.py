"""The database: engine settings, column kinds, sessions, and the only commit in the program."""

import json
import os
import re
from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from fcntl import LOCK_EX, flock
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from alembic import command
from alembic.config import Config
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    event,
    func,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, mapped_column
from sqlalchemy.types import TypeDecorator

from banksampah.clock import from_ms, to_ms
from banksampah.config import carried
from banksampah.errors import DomainError

APP_ROLE = "banksampah_app"
READER_ROLE = "banksampah_reader"
"""May read the rows of every bank and change none: what `banksampah verify` works as."""
SQLITE_PATIENCE_S = 30  # how long a writer waits for the one before it, or for a checkpoint
CHECKPOINT_PAGES = 4_000
"""Of 4 kB: who commits the last of them waits until all are written into the file. At SQLite's own
1,000 that was each thirtieth deposit."""
PLAIN_KEY = re.compile(r"[A-Za-z0-9._:/-]{1,200}", re.ASCII)

Big = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit whole number on both engines."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant, stored as whole milliseconds since 1970."""

    impl = Big
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_ms(value)


class JsonText(TypeDecorator[Any]):
    """JSON kept as canonical text: sorted keys, ASCII, no spaces."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def canonical_json(value: Any) -> str:
    """One text for one value: what fingerprints and seals are taken of."""
    return _canonical.encode(value)


_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))


class Model(DeclarativeBase):
    """Base of all documents. Constraint names are the same on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {int: Big, datetime: UtcDateTime}  # noqa: RUF012 – SQLAlchemy's own form


# The journal is raw SQL (migrations/sql). These keys of it are what documents point at.
Table("bank_head", Model.metadata, Column("bank_id", Big, primary_key=True))
for _name, _key in (("entry", "seq"), ("account", "account_id")):
    Table(
        _name,
        Model.metadata,
        Column("bank_id", Big, primary_key=True),
        Column(_key, Big, primary_key=True),
    )

BankKey = Annotated[int, mapped_column(Big, primary_key=True, autoincrement=False)]
"""`bank_id: Mapped[BankKey]`: the first column of every key."""
RowKey = Annotated[int, mapped_column(Big, primary_key=True, autoincrement=False)]
"""The second column of a key: an entry's seq, or an id from `next_id`."""

db = SQLAlchemy(session_options={"expire_on_commit": False})


def engine_options(url: str) -> dict[str, Any]:
    """What `create_engine` needs for *url*."""
    if url.startswith("sqlite"):
        return {"url": url, "connect_args": {"timeout": SQLITE_PATIENCE_S}}
    return {"url": url, "pool_size": 8, "max_overflow": 8, "pool_pre_ping": False}


def normal_url(url: str) -> str:
    """*url* with the driver this service uses (psycopg 3), and a file's whole path.

    A relative file lies in the folder the command was started in. Flask-SQLAlchemy-Lite would look
    for it in a folder of Flask's own.
    """
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    file = url.removeprefix("sqlite:///")
    if file in {url, "", ":memory:"}:
        return url
    return f"sqlite:///{Path(file).absolute()}"


def prepare_engine(engine: Engine) -> None:
    """Set each new connection up: guards on, durable commits, our own BEGIN, the lesser role."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL may lose acknowledged commits on power loss
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "cell_size_check=ON",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another one writes.
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


def _prepare_postgresql(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(
        f"SET ROLE {APP_ROLE};"  # may read and call the ledger, owns nothing
        "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s';"
        # A plan is kept as long as the connection. One made while a table was empty, above all
        # a foreign key's, would read it whole for ever; what is asked here always has an index.
        # Up to version 17 a scan that cannot be avoided then counts as dear, and would be compiled.
        "SET enable_seqscan = off; SET jit = off"
    )
    cursor.close()
    connection.commit()
    connection.autocommit = True  # BEGIN is ours, see _begin_postgresql


def _begin_postgresql(connection: Connection) -> None:
    """Begin, choose the bank and take its lock, as far as they are known: in one journey."""
    options = connection.get_execution_options()
    bank_id, keys = options.get("bank_id"), options.get("keys", ())
    connection.info.update(bank_id=bank_id, under_keys={})
    driver: Any = connection.connection.driver_connection
    if "sqlite_begin" not in options:  # reads: several questions, one moment, as on SQLite
        driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    elif bank_id is None:
        driver.execute("BEGIN")
    elif not keys or not all(map(PLAIN_KEY.fullmatch, keys)):
        driver.execute(f"BEGIN; SELECT set_config('app.bank_id', '{int(bank_id)}', true)")
    else:  # one string of several statements takes no parameters: the keys are checked instead
        wanted = array_literal(keys)
        asked = driver.execute(f"BEGIN; SELECT * FROM lock_bank({int(bank_id)}, '{wanted}')")
        asked.nextset()
        known = {key: (seq, its_hash) for key, seq, its_hash in asked}
        connection.info["under_keys"] = {key: known.get(key, (None, None)) for key in keys}


def use_bank(session: Session, bank_id: int) -> None:
    """Say whose rows this session works on: PostgreSQL shows it no others."""
    if session.info.get("bank_id") == bank_id:
        return
    session.info["bank_id"] = bank_id
    if session.in_transaction():
        _show_bank(session.connection(), bank_id)


@event.listens_for(Session, "after_begin")
def _show_bank_of_session(
    session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    bank_id = session.info.get("bank_id")
    if bank_id is not None:
        _show_bank(connection, bank_id)


def _show_bank(connection: Connection, bank_id: int) -> None:
    if connection.dialect.name == "postgresql" and connection.info.get("bank_id") != bank_id:
        connection.info["bank_id"] = bank_id
        connection.exec_driver_sql("SELECT set_config('app.bank_id', %s, true)", (str(bank_id),))


_one_writer = Lock()


@contextmanager
def _in_line(session: Session) -> Iterator[None]:
    """Wait for those who write before: SQLite lets one connection write to its file at a time.

    Left to itself it sleeps and asks again, for up to a tenth of a second each time. Here a writer
    is woken when its turn comes: threads of a process by its lock, processes by one on the folder
    (`flock`, which ends with who holds it). SQLite stays the guard: who writes past this line is
    only slower. PostgreSQL has lines of its own, one a bank.
    """
    file = session.get_bind().engine.url.database
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    with _one_writer:
        folder = os.open(Path(str(file)).parent, os.O_RDONLY)
        try:
            flock(folder, LOCK_EX)
            yield
        finally:
            os.close(folder)


@contextmanager
def transaction(bank_id: int | None = None, *keys: str) -> Iterator[Session]:
    """One business event, one commit: commit if the block succeeds, undo it all if it raises.

    With the *keys* of what is asked PostgreSQL takes the bank's lock as it begins, and looks them
    up. The code of a refusal by right stays in `session.info["without_right"]`.

    >>> with transaction(bank.bank_id) as session:              # doctest: +SKIP
    ...     record_deposit(session, act, member_id=17, lines=lines)
    """
    session = db.session
    session.rollback()  # drop the read that loaded the signed-in person, so that
    if bank_id is not None:
        session.info["bank_id"] = bank_id
    options = {"sqlite_begin": "IMMEDIATE", "bank_id": bank_id, "keys": keys}
    with _in_line(session):  # SQLite locks up front
        session.info["writing"] = session.connection(execution_options=options)
        try:
            yield session
            session.commit()
        except BaseException as error:
            session.rollback()
            if isinstance(error, DomainError) and error.of_right:
                session.info["without_right"] = error.code
            raise
        finally:
            session.info.pop("writing", None)


def connection_of(session: Session) -> Connection:
    """The connection of the transaction in hand; a session looks long for what it has."""
    writing: Connection | None = session.info.get("writing")
    return session.connection() if writing is None else writing


def driver_of(session: Session) -> Any:
    """The driver's own connection in this transaction: for what every deposit asks and writes."""
    return connection_of(session).connection.driver_connection


def on_postgresql(session: Session) -> bool:
    """Whether this is PostgreSQL; else it is SQLite."""
    return connection_of(session).dialect.name == "postgresql"


class Plain:
    """A Core statement compiled once for an engine, and then run by the driver itself.

    Asking through SQLAlchemy costs several times what the few questions of each request need.
    """

    def __init__(self, statement: Select[Any], dialect: Dialect):
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        self._sql = str(compiled)
        self._fixed = dict(compiled.params)
        self._order = compiled.positiontup  # SQLite's parameters have places, not names
        self._binds = {
            key: processor
            for key, bind in compiled.binds.items()
            if (processor := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        columns = statement.selected_columns
        self._results = [
            (place, processor)
            for place, column in enumerate(columns)
            if (processor := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]
        self._row: Any = namedtuple("row", columns.keys())  # type: ignore[misc]

    def run(self, driver: Any, given: dict[str, Any]) -> list[Any]:
        """The rows as named tuples, read by *driver* (a driver's connection)."""
        values = self._fixed | given
        for key, processor in self._binds.items():
            values[key] = processor(values[key])
        places = values if self._order is None else tuple(values[name] for name in self._order)
        rows = driver.execute(self._sql, places).fetchall()
        return [self._named(row) for row in rows]

    def _named(self, row: Sequence[Any]) -> Any:
        if not self._results:
            return self._row._make(row)
        values = list(row)
        for place, processor in self._results:
            values[place] = processor(values[place])
        return self._row._make(values)


def array_literal(values: Iterable[Any]) -> str:
    """*values* as PostgreSQL writes an array; made here it costs a tenth of the driver's own."""
    elements = [
        str(value) if type(value) is int else "NULL" if value is None else _quoted(str(value))
        for value in values
    ]
    return f"{{{','.join(elements)}}}"


def _quoted(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


ROWS_IN_A_STATEMENT = 400


def insert_rows(driver: Any, into: str, rows: Sequence[Sequence[Any]]) -> None:
    """Write *rows* into a table of SQLite (its name, and columns in brackets), many in a statement.

    Each statement on a table with triggers keeps a journal of its own, which costs more than a row.
    """
    for start in range(0, len(rows), ROWS_IN_A_STATEMENT):
        some = rows[start : start + ROWS_IN_A_STATEMENT]
        one = f"({','.join('?' * len(some[0]))})"
        places = ",".join([one] * len(some))
        driver.execute(f"INSERT INTO {into} VALUES {places}", list(chain.from_iterable(some)))


def next_id(session: Session, model: type[Model], bank_id: int, column: str = "id") -> int:
    """The next free number of *model* in this bank. Safe only under the bank's lock."""
    key: Any = getattr(model, column)
    newest = session.scalar(select(func.max(key)).filter_by(bank_id=bank_id))
    return (newest or 0) + 1


def migrate(url: str) -> None:
    """Bring the database at *url* to the newest schema, as its owner."""
    command.upgrade(migrations_for(url), "head")


def migrations_for(url: str) -> Config:
    """Where Alembic finds this program's migrations, and the database they are for."""
    migrations = carried("migrations")
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("prepend_sys_path", str(migrations.parent))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", normal_url(url).replace("%", "%%"))
    return config
