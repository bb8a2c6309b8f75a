"""`banksampah prices …`: price lists from a file."""

import hashlib
from datetime import datetime
from pathlib import Path

import click

from banksampah import clock
from banksampah.banks.queries import find_bank_by_slug, setting
from banksampah.catalog import queries, service
from banksampah.db import db, transaction
from banksampah.ledger import Act
from banksampah.options import DAY, FILE
from banksampah.sheets import TableRefused, read_table, start_of


@click.group()
def prices() -> None:
    """Price lists."""


@prices.command("import")
@click.argument("file", type=FILE)
@click.option("--bank", "slug", metavar="SLUG", required=True, help="Whose prices they are.")
@click.option(
    "--from",
    "valid_from",
    type=DAY,
    required=True,
    metavar="DATE",
    help="First day of the prices, such as 2026-12-01.",
)
@click.option(
    "--class",
    "price_class",
    metavar="NAME",
    help="Price class of rows that name none (default: the bank's usual one).",
)
def import_file(file: Path, slug: str, valid_from: datetime, price_class: str | None) -> None:
    """Store the price list in FILE (CSV or XLSX): all of it or nothing.

    Columns: code, category, name, unit, price_idr, note. Materials the bank lacks are added;
    an empty price is one to come. The same file from the same day a second time changes nothing.
    """
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise click.ClickException(f"There is no bank {slug!r}.")
    usual = setting(db.session, bank.bank_id, "default_price_class")
    content, at, day = start_of(file), clock.now_utc(), valid_from.date()
    asked = hashlib.sha256(content + f"{day}{price_class or usual}".encode())
    key = f"prices-import/{asked.hexdigest()[:32]}"
    act = Act(bank.bank_id, key, 0, at, clock.day_in(bank.zone, at))
    try:
        rows = read_table(content, service.COLUMNS)
        click.echo(f"Read {len(rows)} rows.", err=True)
        with transaction(bank.bank_id) as session:
            stored = service.import_price_list(
                session,
                act,
                rows=rows,
                valid_from=day,
                price_class=price_class or usual,
                source=file.name[:120],
            )
    except TableRefused as refused:
        echo_faults(refused)
        raise SystemExit(1) from refused
    click.echo(f"{stored.lines_count} prices of {bank.name} from {day}.")
    classes = queries.price_classes(db.session, bank.bank_id)
    if usual not in classes:
        click.echo(
            f"No price is in the bank's usual class {usual!r}, only in {', '.join(classes)}: "
            "set default_price_class, or give members a class of their own.",
            err=True,
        )


def echo_faults(refused: TableRefused) -> None:
    """The wrong cells as a table: row, column, content, why, what to do."""
    click.echo(f"Error: {refused.message}", err=True)
    for fault in refused.faults:
        where = f"baris {fault.row}" if fault.row else "berkas"
        what = f" {fault.column}" if fault.column else ""
        held = f" “{fault.content}”" if fault.content else ""
        click.echo(f"  {where}{what}{held}: {fault.reason} {fault.remedy}", err=True)
    if (more := refused.extra["faults_count"] - len(refused.faults)) > 0:
        click.echo(f"  … dan {more} lagi.", err=True)


commands = [prices]
