"""What every table is given when it is made: rights, row-level security, guards against change."""

from pathlib import Path

from alembic import op
from sqlalchemy import text

from banksampah.db import APP_ROLE, READER_ROLE

SQL = Path(__file__).parent / "sql"


def run_sql(name: str) -> None:
    """Run a file of statements parted by blank lines."""
    plain = {"no_parameters": True}  # a % is a %
    for statement in (SQL / name).read_text().split("\n\n"):
        op.get_bind().exec_driver_sql(statement, execution_options=plain)


def on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def make_role() -> None:
    """Make the application's role on PostgreSQL: it owns nothing. Nothing to do on SQLite.

    Roles belong to the whole server, so it may be there already, or be made at this moment by
    another database's migration.
    """
    if on_postgresql():
        _make_role(APP_ROLE)


def make_reader() -> None:
    """Make the role that sees every bank's rows and changes none (`readable`)."""
    if on_postgresql():
        _make_role(READER_ROLE)


def _make_role(role: str) -> None:
    op.execute(
        f"""DO $$ BEGIN
          IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
            CREATE ROLE {role} NOLOGIN;
          END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$"""
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    owner = op.get_bind().scalar(text("SELECT current_user"))
    op.execute(f'GRANT {role} TO "{owner}"')  # so that its connections may SET ROLE


def tenant(table: str) -> None:
    """Rows of one bank are seen by that bank alone (PostgreSQL row-level security)."""
    if on_postgresql():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} USING (bank_id = current_bank())"
            " WITH CHECK (bank_id = current_bank())"
        )
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {APP_ROLE}")


def readable(table: str) -> None:
    """The rows of *table*, of every bank, are seen by the reader's role."""
    if on_postgresql():
        op.execute(f"CREATE POLICY reader ON {table} FOR SELECT TO {READER_ROLE} USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO {READER_ROLE}")


def owned_by_reader(function: str) -> None:
    """*function* (its name and kinds) works as the reader's role, for the application's to call."""
    op.execute(f"GRANT CREATE ON SCHEMA public TO {READER_ROLE}")  # whoever owns a function may
    op.execute(f"ALTER FUNCTION {function} OWNER TO {READER_ROLE}")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {READER_ROLE}")
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP_ROLE}")


def append_only(table: str) -> None:
    """Rows are written once: UPDATE, DELETE, TRUNCATE (and REPLACE on SQLite) are refused."""
    _forbid(table, ("UPDATE", "DELETE"))


def changeable(table: str) -> None:
    """Rows may change but never go away."""
    _forbid(table, ("DELETE",))
    if on_postgresql():
        op.execute(f"GRANT UPDATE ON {table} TO {APP_ROLE}")


def only_rises(table: str, column: str) -> None:
    """*column* of a row may grow and never shrink."""
    _refuse(table, "only_rises", f"NEW.{column} < OLD.{column}")


def stays(table: str, column: str) -> None:
    """*column* of a row is given once and never changes again."""
    differs = "IS DISTINCT FROM" if on_postgresql() else "IS NOT"
    changes = f"OLD.{column} IS NOT NULL AND NEW.{column} {differs} OLD.{column}"
    _refuse(table, f"{column}_stays", changes)


def moves_on(table: str, column: str, ways: dict[str, tuple[str, ...]]) -> None:
    """*column* of a row goes from each value to those of *ways* alone."""
    strays = " OR ".join(
        f"OLD.{column} = '{old}' AND NEW.{column} NOT IN {(old, *new)}".replace(",)", ")")
        for old, new in ways.items()
    )
    _refuse(table, f"{column}_moves_on", strays)


def _refuse(table: str, name: str, when: str) -> None:
    """No update of a row where *when* holds."""
    if on_postgresql():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({when})"
            " EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE UPDATE ON {table} WHEN ({when})"
        " BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END"
    )


def recheck(table: str, name: str, condition: str) -> None:
    """Give the check *name* of *table* another condition; SQLite makes the table anew for it.

    Nothing may refer to the table.
    """
    full = f"ck_{table}_{name}"
    if on_postgresql():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {full}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {full} CHECK ({condition})")
        return
    rows = op.get_bind().execute(
        text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL"),
        {"table": table},
    )
    made: dict[str, list[str]] = {}
    for kind, sql in rows:
        made.setdefault(kind, []).append(sql)
    [old] = made.pop("table")
    head, _name, rest = old.partition(f"CONSTRAINT {full} CHECK ")
    columns = head.partition("(")[2]
    line, end, rest = rest.partition("\n")  # each constraint has a line of its own
    comma = "," if line.rstrip().endswith(",") else ""
    check = f"CONSTRAINT {full} CHECK ({condition}){comma}{end}"
    for sql in (
        f"CREATE TABLE {table}_new ({columns}{check}{rest}",
        f"INSERT INTO {table}_new SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table}_new RENAME TO {table}",
        *(sql for kind in made.values() for sql in kind),
    ):
        op.get_bind().exec_driver_sql(sql)


def shared(table: str) -> None:
    """A table of the installation, not of a bank: people, sessions, keys."""
    if on_postgresql():
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE}")


def narrow(table: str, *, update: tuple[str, ...] = (), delete: bool = False) -> None:
    """Of the rows of *table* the service may change these columns, and no others.

    A column added later asks for its right by this function again, with the whole list.
    """
    if not on_postgresql():
        return
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE}")
    if update:
        op.execute(f"GRANT UPDATE ({', '.join(update)}) ON {table} TO {APP_ROLE}")
    if delete:
        op.execute(f"GRANT DELETE ON {table} TO {APP_ROLE}")


def _forbid(table: str, verbs: tuple[str, ...]) -> None:
    if on_postgresql():
        op.execute(
            f"CREATE TRIGGER no_change BEFORE {' OR '.join(verbs)} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in verbs:
        op.execute(
            f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table}"
            " BEGIN SELECT RAISE(ABORT, 'ledger: immutable'); END"
        )
    same_key = " AND ".join(f"{column} = NEW.{column}" for column in _key_of(table))
    op.execute(  # INSERT OR REPLACE skips delete triggers unless recursive_triggers is on
        f"CREATE TRIGGER {table}_replace BEFORE INSERT ON {table}"
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_key})"
        f" BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table}'); END"
    )


def _key_of(table: str) -> list[str]:
    rows = op.get_bind().execute(text(f"SELECT name FROM pragma_table_info('{table}') WHERE pk"))
    return [row.name for row in rows]
