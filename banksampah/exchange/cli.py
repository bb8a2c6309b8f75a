"""`banksampah export`: the whole journal of a bank for an outside tool, as a stream."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from banksampah.banks.queries import find_bank_by_slug
from banksampah.db import db
from banksampah.exchange import beancount as beancount_format
from banksampah.exchange import hledger as hledger_format
from banksampah.exchange.book import still
from banksampah.outputs import whole

PIECES_BETWEEN_SIGNS = 5_000

BANK = click.option("--bank", "slug", required=True, metavar="SLUG", help="Which bank.")
OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write to this file (default: standard output).",
)


@click.group()
def export() -> None:
    """Write the whole journal for an independent tool to check."""


@export.command()
@BANK
@OUTPUT
def hledger(slug: str, output: Path | None) -> None:
    """For hledger: check the result with `hledger -f FILE check --strict`."""
    _export(hledger_format.journal, slug, output)


@export.command()
@BANK
@OUTPUT
def beancount(slug: str, output: Path | None) -> None:
    """For Beancount: check the result with `bean-check FILE`."""
    _export(beancount_format.journal, slug, output)


def _export(
    journal: Callable[[Session, int], Iterator[str]], slug: str, output: Path | None
) -> None:
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise click.ClickException(f"There is no bank {slug!r}.")
    db.session.rollback()
    with still(bank.bank_id) as session:
        pieces = journal(session, bank.bank_id)
        if output is None:
            _write(pieces, sys.stdout.write)
            return
        with whole(output) as file:  # a journal that stops halfway would still be a journal
            _write(pieces, lambda piece: file.write(piece.encode()))
    click.echo(f"Written: {output}", err=True)


def _write(pieces: Iterator[str], write: Callable[[str], int]) -> None:
    for count, piece in enumerate(pieces, start=1):
        write(piece)
        if count % PIECES_BETWEEN_SIGNS == 0:
            click.echo(f"{count} pieces written …", err=True)


commands = [export]
