"""`banksampah backup` and `banksampah restore`."""

from pathlib import Path
from typing import IO

import click

from banksampah import clock
from banksampah.backup import making, restoring
from banksampah.backup.manifests import BackupRefused, Head
from banksampah.config import from_environment
from banksampah.db import canonical_json
from banksampah.reports.queries.witnesses import read_witnesses

DATABASE = click.option(
    "--database",
    metavar="URL",
    help="sqlite:///FILE or postgresql://… (default: BANKSAMPAH_DATABASE_URL, var/bank.db)",
)


@click.command()
@click.argument("target", metavar="FILE|DIR", type=click.Path(path_type=Path))
@DATABASE
def backup(target: Path, database: str | None) -> None:
    """Copy the database while it is in use, prove the copy, and write its manifest beside it.

    PostgreSQL is copied by pg_dump. Exit code 1: no backup, and why.
    """
    url = from_environment(database_url=database).database_url
    try:
        file, manifest = making.make(url, target, clock.now_utc(), _say)
    except BackupRefused as error:
        raise click.ClickException(str(error)) from error
    for head in manifest.heads:
        click.echo(_line(head))
    click.echo(f"{file}: {manifest.size_bytes} bytes, SHA-256 {manifest.sha256}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@DATABASE
@click.option(
    "--overwrite", is_flag=True, help="Replace banks that are there; they are kept aside."
)
@click.option(
    "--heads",
    "known",
    type=click.File(encoding="utf-8"),
    help="Newer seals (`banksampah heads`): what is lost.",
)
def restore(file: Path, database: str | None, overwrite: bool, known: IO[str] | None) -> None:
    """Put a backup back, once its copy is proven. What came after it is listed.

    Everybody signs in anew. What closed a door or erased a name since is to be done AGAIN.
    Nothing is replaced before the copy is proven; the former database stays under another name.
    """
    url = from_environment(database_url=database).database_url
    try:
        witnesses = read_witnesses(known) if known else []
        done = restoring.put_back(
            file, url, clock.now_utc(), _say, known=witnesses, overwrite=overwrite
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--heads") from error
    except BackupRefused as error:
        raise click.ClickException(str(error)) from error
    for head in done.heads:
        click.echo(_line(head))
    for slug, first, last in done.lost:
        click.echo(f"LOST {slug} {first}–{last} ({last - first + 1} entries)")
    for one in done.again:
        person = f" {one.login}" if one.login else ""
        click.echo(f"AGAIN {one.slug} {one.seq} {one.kind}{person} {canonical_json(one.facts)}")
    if done.former:
        click.echo(f"The former database is kept as {done.former}.")
    click.echo("The backup is in place and proven.")


def _line(head: Head) -> str:
    return f"{head.slug} {head.seq} {head.seal}"


def _say(words: str) -> None:
    click.echo(words, err=True)


commands = [backup, restore]
"""They open the database in their own way: neither migrates what is there."""
