"""Who may touch the schema: its owner brings it up, the service's login only looks at it.

On PostgreSQL the service needs no more than the role `banksampah_app`; `make_login` gives it a
login that has this role and nothing else. On SQLite whoever may write the file is the owner.
"""

import re
import secrets

import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, inspect, make_url, text

from banksampah.db import APP_ROLE, migrate, migrations_for, normal_url

SECRET_OPTIONS = ("password", "sslpassword")
LOGIN_FORM = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)


class SchemaRefused(Exception):
    """The database cannot be served, or the login not made; the sentence says what to do."""


class NothingThere(SchemaRefused):
    """No schema of this program is there, and none is made."""


WHERE_IT_IS = (
    "Say where the books are by --database or BANKSAMPAH_DATABASE_URL; "
    "`banksampah init` makes new ones."
)


def prepare(url: str, *, makes: bool) -> None:
    """Bring the schema to the newest as its owner; as somebody else, see that it is the newest.

    Raises SchemaRefused when it is older and this login may not change it, or newer than this
    program; NothingThere for another program's database, and for an empty one unless one that
    *makes* asks.
    """
    engine = _engine(url)
    with engine.connect() as connection:
        at, is_owner = _version(connection), _is_owner(connection)
        tables = inspect(connection).get_table_names()
    script = ScriptDirectory.from_config(migrations_for(url))
    newest = script.get_current_head()
    if at not in {None, *(revision.revision for revision in script.walk_revisions())}:
        raise SchemaRefused(
            f"The database is at schema {at}, which this program (up to {newest}) does not know. "
            "Install the newer program."
        )
    if at == newest:
        return  # nothing to do, and whoever only reads does not wait for a writer
    if is_owner and tables and "alembic_version" not in tables:
        raise NothingThere(f"{engine.url.database} is another program's database. {WHERE_IT_IS}")
    if is_owner and at is None and not makes:
        raise NothingThere(f"{engine.url.database} is empty. {WHERE_IT_IS}")
    if is_owner:
        migrate(url)
    else:
        raise SchemaRefused(
            f"The database is {f'at schema {at}' if at else 'empty'}, this program needs {newest}, "
            "and this login may not change it. Say as the owner of the database: "
            "banksampah init --database OWNER_URL"
        )


def make_login(url: str, name: str) -> str | None:
    """Let *name* serve the database at *url* (its owner's): the application's role, nothing more.

    A login that is not there is made, with a new password, which is returned; one that is there
    keeps its own (None). Afterwards only it and the owner may connect to this database. Raises
    SchemaRefused on SQLite, and for a name that could do more than serve.
    """
    if not normal_url(url).startswith("postgresql"):
        raise SchemaRefused("SQLite has no logins: who may write the file may do everything.")
    if not LOGIN_FORM.fullmatch(name) or name == APP_ROLE or name.startswith("pg_"):
        raise SchemaRefused(
            "A login's name: small letters, digits and _, 63 at most, and not one of PostgreSQL's "
            f"own or {APP_ROLE}."
        )
    engine = _engine(url)
    with engine.begin() as connection:
        driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
        password = None if _is_there(connection, name) else secrets.token_urlsafe(24)
        if password:
            kept = driver.pgconn.encrypt_password(
                password.encode(), name.encode(), b"scram-sha-256"
            )  # the server and its log never see the password itself
            make = (
                "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
            )
            driver.execute(sql.SQL(make).format(sql.Identifier(name), sql.Literal(kept.decode())))
        database = sql.Identifier(driver.info.dbname)
        for grant in (
            "GRANT {role} TO {name}",
            "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {database} TO {name}",
        ):
            driver.execute(
                sql.SQL(grant).format(
                    role=sql.Identifier(APP_ROLE), name=sql.Identifier(name), database=database
                )
            )
    return password


def url_of_login(url: str, name: str, password: str | None) -> str:
    """The address at which *name* serves the database at *url*: nothing of its owner's is in it."""
    at = make_url(url)
    query = at.difference_update_query(["user", *SECRET_OPTIONS]).query
    made = URL.create(  # not `set`: its None would keep the owner's password
        at.drivername, name, password, at.host, at.port, at.database, query
    )
    return made.render_as_string(hide_password=False)


def shown(url: str) -> str:
    """The address as everybody may see it: without passwords, wherever in it they stand."""
    return make_url(url).difference_update_query(SECRET_OPTIONS).render_as_string()


def _is_there(connection: Connection, name: str) -> bool:
    """Whether the login exists. Raises SchemaRefused when it is more than a service's login."""
    row = connection.execute(_POWERS, {"name": name, "app_role": APP_ROLE}).first()
    if row is None:
        return False
    powers = [power for power, held in row._asdict().items() if held]
    if powers:
        raise SchemaRefused(
            f"{name} {' and '.join(powers)}: a login that serves should not. Choose another name."
        )
    return True


def _engine(url: str) -> Engine:
    """A connection as the login itself, without the settings or the role of the service."""
    return create_engine(normal_url(url), poolclass=NullPool)


def _version(connection: Connection) -> str | None:
    """The schema's number; None for an empty database. Raises SchemaRefused when it is hidden."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    if connection.dialect.name == "postgresql" and not connection.scalar(_MAY_READ_VERSION):
        raise SchemaRefused(
            "This login may not see the schema's number. Say as the owner of the database: "
            "banksampah init --database OWNER_URL --app-login NAME"
        )
    number: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return number


def _is_owner(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" or bool(connection.scalar(_MAY_CHANGE))


_MAY_READ_VERSION = text("SELECT has_table_privilege('alembic_version', 'SELECT')")
_MAY_CHANGE = text(
    "SELECT coalesce((SELECT pg_has_role(relowner, 'USAGE') FROM pg_class"
    "                  WHERE oid = to_regclass('alembic_version')),"
    "                has_schema_privilege(current_schema(), 'CREATE'))"
)
_POWERS = text(
    'SELECT rolsuper AS "is a superuser", rolbypassrls AS "passes row-level security by",'
    '  rolcreaterole AS "may make roles", rolcreatedb AS "may make databases",'
    '  rolreplication AS "may replicate", NOT rolcanlogin AS "may not sign in",'
    "  EXISTS (SELECT 1 FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass"
    "           AND refobjid = r.oid AND deptype = 'o') AS \"owns something\","
    "  EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid"
    '           AND m.roleid <> to_regrole(:app_role)) AS "has other roles"'
    " FROM pg_roles r WHERE rolname = :name"
)
