"""The `banksampah` command. It collects the features' commands and gives each a database."""

import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from errno import EPIPE
from functools import wraps
from importlib import import_module
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import click
import psycopg
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError

from banksampah import create_app, open_books, schema
from banksampah.backup.manifests import path_of
from banksampah.banks.queries import all_banks
from banksampah.config import BOUNDS, Settings, SettingWrong, from_environment, secret_key
from banksampah.db import db
from banksampah.errors import DomainError
from banksampah.serving import AddressTaken
from banksampah.serving import serve as run_server

COMMANDS = {
    "backup": "backup.cli", "bank": "banks.cli", "deposits": "deposits.cli", "events": "staff.cli",
    "export": "exchange.cli", "heads": "reports.cli", "members": "privacy.cli",
    "prices": "catalog.cli", "report": "reports.region_cli", "restore": "backup.cli",
    "statement": "statements.cli", "statements": "statements.cli", "user": "staff.cli",
    "verify": "reports.cli",
}  # fmt: skip
"""The module that brings a command: it is read when that command is asked for, no other is."""
WITH_PAGES = {"members", "report", "statement", "statements"}
"""Commands that print: papers and words come from the pages."""
WITHOUT_DATABASE = {"backup", "restore"}
"""They open it in their own way: neither migrates what is there."""

Opened = Callable[[Settings], Flask]
DATABASE = click.Option(
    ["--database"],
    metavar="URL",
    help="sqlite:///FILE or postgresql://… (default: BANKSAMPAH_DATABASE_URL, var/bank.db)",
)


class _Commands(click.Group):
    """The commands of this module and of the features, each feature's read at need."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*self.commands, *COMMANDS})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS and name not in self.commands:
            module = import_module(f"banksampah.{COMMANDS[name]}")
            [command] = [found for found in module.commands if found.name == name]
            if name not in WITHOUT_DATABASE:
                command = _with_database(command, create_app if name in WITH_PAGES else open_books)
            self.add_command(command)
        return super().get_command(context, name)

    def make_context(self, *args: Any, **given: Any) -> click.Context:
        with _told():  # --help and --version print while it is made
            return super().make_context(*args, **given)

    def invoke(self, context: click.Context) -> Any:
        with _told():
            return super().invoke(context)


@contextmanager
def _told() -> Iterator[None]:
    """Tell of a setting, or of a file that cannot be read or written, in a line. (A closed pipe is
    click's.)"""
    try:
        yield
    except SettingWrong as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        if error.errno == EPIPE or error.strerror is None:
            raise
        raise click.ClickException(f"{error.filename or 'Output'}: {error.strerror}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="banksampah")
@click.pass_context
def main(context: click.Context) -> None:
    """The books of a bank sampah: deposits, prices, sales, splits, statements, proof.

    Exit codes: 0 done, 1 refused or a difference found, 2 wrong use.
    """
    if context.invoked_subcommand != "serve" and current_thread() is main_thread():
        # what is told to stop takes its drafts away with it
        signal.signal(signal.SIGTERM, lambda *_told: sys.exit(128 + signal.SIGTERM))


def _quiet(settings: Settings) -> Settings:
    """For a command: its statements are long on purpose, and nobody reads a log there."""
    return replace(settings, slow_query_ms=0)


@main.command()
@click.option("--database", metavar="URL", help=DATABASE.help)
@click.option(
    "--app-login",
    metavar="NAME",
    help="PostgreSQL: let this login serve, and do no more. Made if it is not there.",
)
def init(database: str | None, app_login: str | None) -> None:
    """Create the database, or bring it to the newest schema."""
    url = from_environment(database_url=database).database_url
    prepare(url, makes=True)
    click.echo(f"The database is ready: {schema.shown(url)}")
    if app_login:
        with _refusals():
            password = schema.make_login(url, app_login)
        click.echo(f"{app_login} may serve it, and do no more. Its address:")
        click.echo(schema.url_of_login(url, app_login, password))
        if password:
            click.echo("The password is shown this once.")


@main.command()
@click.option("--database", metavar="URL", help=DATABASE.help)
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=click.IntRange(*BOUNDS["port"]), help="Port (default 8000).")
@click.option(
    "--workers", type=click.IntRange(*BOUNDS["workers"]), help="Processes (default: two)."
)
@click.option("--demo-if-empty", is_flag=True, help="Load the demo banks into an empty database.")
def serve(
    database: str | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    demo_if_empty: bool,
) -> None:
    """Start the web service."""
    settings = from_environment(database_url=database, host=host, port=port, workers=workers)
    prepare(settings.database_url, makes=True)
    secret_key(settings)  # a process that cannot have it would be started again and again
    if demo_if_empty:
        from banksampah.demo import building  # noqa: PLC0415 – it reads every part of the service

        with create_app(_quiet(settings)).app_context(), _loading():
            building.load_if_empty()
            db.engine.dispose()
    try:
        run_server(settings)
    except AddressTaken as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="The same seed gives the same books.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for bank.db and the papers.",
)
@click.option("--database", metavar="URL", help="An empty database instead of DIR/bank.db.")
@click.pass_context
def demo(context: click.Context, seed: int, out: Path, database: str | None) -> None:
    """Build the three demo banks with a year behind them, print their papers and their proof."""
    from banksampah.demo import building  # noqa: PLC0415 – it reads every part of the service

    url = f"sqlite:///{out / 'bank.db'}" if database is None else database
    settings = from_environment(database_url=url)
    out.mkdir(parents=True, exist_ok=True)
    prepare(url, makes=True)
    with create_app(_quiet(settings)).app_context():
        if all_banks(db.session):
            raise click.ClickException("That database has banks already. Choose an empty one.")
        db.session.rollback()
        with _loading():
            building.show(building.load(seed))
        for path in building.print_papers(out):
            click.echo(path)
        db.engine.dispose()
    verify = main.get_command(context, "verify")
    assert verify is not None
    context.invoke(verify, database=url)


def prepare(url: str, *, makes: bool) -> None:
    """Migrate what is there; who *makes* a database may find nothing, and makes a file's folder.

    Raises click.ClickException with the fact.
    """
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        if path_of(file).exists():
            raise click.UsageError(
                f"{file} is a backup, and using it would change it. `banksampah restore {file} "
                "--database sqlite:///ANOTHER` proves it and makes a database of it."
            )
        if makes:
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists():  # SQLite gives what it makes beside it the same rights
                file.touch(mode=0o600)
        elif not file.exists():
            raise click.UsageError(f"{file} is not there. {schema.WHERE_IT_IS}")
    with _refusals():
        schema.prepare(url, makes=makes)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except schema.NothingThere as error:
        raise click.UsageError(str(error)) from error
    except schema.SchemaRefused as error:
        raise click.ClickException(str(error)) from error
    except OperationalError as error:
        raise click.ClickException(f"The database cannot be opened: {error.orig}") from error
    except DBAPIError as error:
        raise click.ClickException(f"The database refused: {error.orig}") from error


@contextmanager
def _loading() -> Iterator[None]:
    """Tell what stands in the way of the demo banks: people of the same names, a full disk."""
    try:
        with _refusals():
            yield
    except DomainError as error:
        raise click.ClickException(
            f"The demo banks cannot be loaded: {error.message} Choose an empty database."
        ) from error


def _with_database(command: click.Command, opened: Opened) -> click.Command:
    """*command* with the option --database, a ready schema and an application context."""
    command = copy(command)
    if isinstance(command, click.Group):
        command.commands = {
            name: _with_database(sub, opened) for name, sub in command.commands.items()
        }
        return command
    command.params = [*command.params, DATABASE]
    assert command.callback is not None
    command.callback = _in_app(command.callback, opened)
    return command


def _in_app(callback: Callable[..., Any], opened: Opened) -> Callable[..., Any]:
    @wraps(callback)
    def run(*args: Any, database: str | None = None, **options: Any) -> Any:
        settings = from_environment(database_url=database)
        prepare(settings.database_url, makes=False)
        with opened(_quiet(settings)).app_context():
            try:
                return callback(*args, **options)
            except DomainError as error:
                raise click.ClickException(error.message) from error
            except (DBAPIError, sqlite3.Error, psycopg.Error) as error:
                told = getattr(error, "orig", error)
                raise click.ClickException(f"The database refused: {told}") from error
            finally:
                db.session.close()
                db.engine.dispose()

    return run


if __name__ == "__main__":
    sys.exit(main())
