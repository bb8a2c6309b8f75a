"""Making the service's login, and what it does from an empty database to its proof."""

import secrets

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import NullPool, create_engine

from banksampah import schema
from banksampah.cli import main
from banksampah.db import APP_ROLE, READER_ROLE
from tests.owner import ask_owner

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@POSTGRESQL
def test_a_login_is_made_once_and_says_its_password_once(
    app: Flask, login: tuple[str, str | None]
) -> None:
    name, owner_url = f"banksampah_made_{secrets.token_hex(4)}", app.config["OWNER_URL"]
    made = CliRunner().invoke(main, ["init", "--database", owner_url, "--app-login", name])
    assert made.exit_code == 0, made.output
    assert f"//{name}:" in made.output and "shown this once" in made.output
    again = CliRunner().invoke(main, ["init", "--database", owner_url, "--app-login", name])
    assert again.exit_code == 0
    assert "shown this once" not in again.output
    acl = str(ask_owner(app, "SELECT datacl FROM pg_database WHERE datname = current_database()"))
    assert f"{name}=c/" in acl and "{=" not in acl and ",=" not in acl  # PUBLIC has no part in it
    schema.make_login(owner_url, login[0])  # the one the other tests come with
    _drop(app, name)


@POSTGRESQL
@pytest.mark.parametrize(
    ("powers", "sentence"),
    [
        ("LOGIN SUPERUSER", "is a superuser"),
        ("LOGIN BYPASSRLS", "passes row-level security by"),
        ("LOGIN CREATEROLE", "may make roles"),
        ("NOLOGIN", "may not sign in"),
        ("LOGIN IN ROLE pg_read_all_data", "has other roles"),
    ],
)
def test_a_login_that_could_do_more_is_refused(app: Flask, powers: str, sentence: str) -> None:
    name, owner_url = f"banksampah_made_{secrets.token_hex(4)}", app.config["OWNER_URL"]
    ask_owner(app, f"CREATE ROLE {name} {powers}", rows=False)
    refused = CliRunner().invoke(main, ["init", "--database", owner_url, "--app-login", name])
    _drop(app, name)
    assert refused.exit_code == 1
    assert sentence in refused.output


@POSTGRESQL
@pytest.mark.parametrize("name", ["banksampah_app", "pg_monitor", "Ada", "a b", 'x"; DROP'])
def test_a_login_has_a_name_of_its_own(app: Flask, name: str) -> None:
    owner_url = app.config["OWNER_URL"]
    refused = CliRunner().invoke(main, ["init", "--database", owner_url, "--app-login", name])
    assert refused.exit_code == 1
    assert "A login's name" in refused.output


def test_the_address_of_a_login_tells_no_password_of_the_owner() -> None:
    url = "postgresql://pemilik:rahasia@tempat:5433/bank?sslmode=require"
    assert (
        schema.url_of_login(url, "web", None) == "postgresql://web@tempat:5433/bank?sslmode=require"
    )
    assert "//web:baru@" in schema.url_of_login(url, "web", "baru")
    optional = "postgresql://tempat/bank?user=pemilik&password=rahasia&sslmode=require"
    made = schema.url_of_login(optional, "web", "baru")
    assert made == "postgresql://web:baru@tempat/bank?sslmode=require"


@pytest.mark.parametrize(
    "given", ["u:geheim@h/db", "u@h/db?password=geheim", "u@h/db?sslpassword=geheim&sslmode=prefer"]
)
def test_an_address_is_shown_without_its_passwords(given: str) -> None:
    shown = schema.shown(f"postgresql://{given}")
    assert "geheim" not in shown and "@h/db" in shown


@POSTGRESQL
def test_an_owner_who_is_no_superuser_is_enough(app: Flask) -> None:
    """From an empty database to its proof: the owner may make roles, and nothing more."""
    name = f"pemilik_{secrets.token_hex(4)}"
    ask_owner(app, f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD '{name}'", rows=False)
    ask_owner(app, f"GRANT {APP_ROLE}, {READER_ROLE} TO {name} WITH ADMIN OPTION", rows=False)
    superuser = create_engine(
        app.config["OWNER_URL"], poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with superuser.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} OWNER {name}")
        owner_url = schema.url_of_login(app.config["OWNER_URL"], name, name)
        owner_url = owner_url.replace(f"/{superuser.url.database}", f"/{name}")
        run, web = CliRunner(), f"{name}_web"
        made = run.invoke(main, ["init", "--database", owner_url, "--app-login", web])
        assert made.exit_code == 0, made.output
        [web_url] = [line for line in made.output.splitlines() if f"//{web}:" in line]
        for words, url in (
            (["bank", "add", "satu", "--name", "Satu"], web_url),
            (["verify"], web_url),
            (["verify"], owner_url),
        ):
            done = run.invoke(main, [*words, "--database", url])
            assert done.exit_code == 0, (words, done.output)
        connection.exec_driver_sql(f"DROP DATABASE {name}")
        for role in (web, name):
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_has_no_logins(database_url: str) -> None:
    refused = CliRunner().invoke(main, ["init", "--database", database_url, "--app-login", "ada"])
    assert refused.exit_code == 1
    assert "SQLite has no logins" in refused.output


def _drop(app: Flask, name: str) -> None:
    database = ask_owner(app, "SELECT quote_ident(current_database())")[0][0]
    if "=" in str(
        ask_owner(app, "SELECT datacl FROM pg_database WHERE datname = current_database()")
    ):
        ask_owner(app, f"REVOKE ALL ON DATABASE {database} FROM {name}", rows=False)
    ask_owner(app, f"DROP ROLE {name}", rows=False)
