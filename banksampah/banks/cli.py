"""`banksampah bank …`: banks of the installation."""

import click

from banksampah import clock
from banksampah.banks import service
from banksampah.banks.models import PAPERS
from banksampah.banks.queries import all_banks
from banksampah.clock import ZONES
from banksampah.db import db, transaction


@click.group()
def bank() -> None:
    """Banks: open one, list them."""


@bank.command()
@click.argument("slug")
@click.option("--name", required=True, help="As it stands on papers.")
@click.option("--note", "short_note", default="", help="Under the name, as: Bank sampah RW 17.")
@click.option("--zone", type=click.Choice(list(ZONES)), default="Asia/Jakarta", show_default=True)
@click.option("--paper", type=click.Choice(PAPERS), default="A4", show_default=True)
def add(slug: str, name: str, short_note: str, zone: str, paper: str) -> None:
    """Open a bank; its pages live under /b/SLUG/."""
    with transaction() as session:
        opened = service.open_bank(
            session,
            at=clock.now_utc(),
            slug=slug,
            name=name,
            short_note=short_note,
            zone=zone,
            paper=paper,
        )
    click.echo(f"{opened.name} is bank {opened.bank_id}: /b/{opened.slug}/")


@bank.command(name="list")
def list_banks() -> None:
    """Print every bank: number, slug, name."""
    for found in all_banks(db.session):
        click.echo(f"{found.bank_id}\t{found.slug}\t{_shown(found.name)}")


def _shown(name: str) -> str:
    """A name with nothing in it that a terminal obeys or a reader of lines takes for another."""
    return "".join(letter if letter.isprintable() else " " for letter in name)


commands = [bank]
