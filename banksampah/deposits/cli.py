"""`banksampah deposits …`: deposits of an old book from a file."""

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from banksampah import clock
from banksampah.banks.queries import find_bank_by_slug
from banksampah.catalog.cli import echo_faults
from banksampah.db import db, transaction
from banksampah.deposits import service
from banksampah.ledger import Act
from banksampah.options import FILE
from banksampah.sheets import FAULTS_MAX, Fault, Row, Table, TableRefused, open_table

ROWS_BETWEEN_SIGNS = 500


class _TakenBack(Exception):
    """The dry run is over; the transaction is undone."""


@click.group()
def deposits() -> None:
    """Deposits of an old book."""


@deposits.command("import")
@click.argument("file", type=FILE)
@click.option("--bank", "slug", metavar="SLUG", required=True, help="Whose deposits they are.")
@click.option("--dry-run", is_flag=True, help="Check and post all of it, then take it back.")
def import_file(file: Path, slug: str, dry_run: bool) -> None:
    """Record each row of FILE (CSV or XLSX) on its own day: all of them or none.

    Columns: date, number (household), code (material), quantity; and, where the book has them,
    price_idr, receipt (rows of one receipt stand together), note, confirmed. The same file a
    second time changes nothing.
    """
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise click.ClickException(f"There is no bank {slug!r}.")
    content_hash, at = _hash_of(file), clock.now_utc()
    key = f"deposits-import/{content_hash[:32]}"
    act = Act(bank.bank_id, key, 0, at, clock.day_in(bank.zone, at))
    try:
        done = _import(file, act, content_hash, dry_run)
    except TableRefused as refused:
        echo_faults(refused)
        if len(refused.faults) == FAULTS_MAX:
            click.echo(f"  … read no further than {FAULTS_MAX} faults.", err=True)
        raise SystemExit(1) from refused
    last_seq = done.first_seq + done.deposits_count - 1
    state = "imported before" if done.known else "checked, not kept" if dry_run else "imported"
    click.echo(
        f"{done.deposits_count} deposits of {bank.name} from {done.rows_count} rows {state}"
        + ("." if dry_run and not done.known else f": {done.first_seq} to {last_seq}.")
    )


def _import(file: Path, act: Act, content_hash: str, dry_run: bool) -> service.Imported:
    done = None
    with (
        suppress(_TakenBack),
        open_table(file, service.COLUMNS) as table,
        _bar(table, file) as bar,
        _no_garbage(),
        transaction(act.bank_id, act.key) as session,
    ):
        rows = _watched(table, bar)
        done = service.import_deposits(session, act, content_hash=content_hash, rows=rows)
        if dry_run:
            raise _TakenBack
    assert done is not None
    return done


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Rows make no cycles, and looking for some costs a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _bar(table: Table, file: Path) -> Any:
    return click.progressbar(length=table.size, label=file.name)


def _watched(table: Table, bar: Any) -> Iterator[tuple[Row, Sequence[Fault]]]:
    for count, row in enumerate(table, start=1):
        if count % ROWS_BETWEEN_SIGNS == 0:
            bar.update(table.done - bar.pos)
        yield row
    bar.update(table.size - bar.pos)


def _hash_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


commands = [deposits]
