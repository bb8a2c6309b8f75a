"""`banksampah members …`: lists of members from a file."""

import hashlib
from pathlib import Path

import click

from banksampah import clock
from banksampah.banks.queries import find_bank_by_slug
from banksampah.catalog.cli import echo_faults
from banksampah.db import db, transaction
from banksampah.ledger import Act
from banksampah.members import service
from banksampah.options import FILE
from banksampah.sheets import TableRefused, read_table, start_of


@click.group()
def members() -> None:
    """Households and groups."""


@members.command("import")
@click.argument("file", type=FILE)
@click.option("--bank", "slug", metavar="SLUG", required=True, help="Whose members they are.")
def import_file(file: Path, slug: str) -> None:
    """Open an account for each row of FILE (CSV or XLSX): all of them or none.

    Columns: number, name, kind, rt, rw, house_no, phone, sex, people, opened_on, balance_idr;
    only name must be there. The same file a second time changes nothing.
    """
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise click.ClickException(f"There is no bank {slug!r}.")
    content, at = start_of(file), clock.now_utc()
    key = f"members-import/{hashlib.sha256(content).hexdigest()[:32]}"
    act = Act(bank.bank_id, key, 0, at, clock.day_in(bank.zone, at))
    try:
        rows = read_table(content, service.COLUMNS)
        click.echo(f"Read {len(rows)} rows.", err=True)
        with transaction(bank.bank_id) as session:
            stored = service.import_members(session, act, rows=rows)
    except TableRefused as refused:
        echo_faults(refused)
        raise SystemExit(1) from refused
    click.echo(f"{len(stored)} members of {bank.name}: {stored[0].number} to {stored[-1].number}.")
