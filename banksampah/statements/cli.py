"""`banksampah statement` and `statements`: print one household's statement, or a month's."""

import os
from calendar import monthrange
from datetime import datetime
from pathlib import Path

import click

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.queries import BankUnknown, find_bank_by_slug
from banksampah.db import db, use_bank
from banksampah.members.queries import MemberNotFound, find_member_by_number
from banksampah.options import DAY, MONTH
from banksampah.outputs import write_whole
from banksampah.statements import pack, papers, queries
from banksampah.web.pdf import PAPERS


@click.command()
@click.option("--bank", "slug", metavar="SLUG", required=True, help="Whose household it is.")
@click.option("--member", "number", metavar="NUMBER", required=True, help="As on the card.")
@click.option("--from", "since", type=DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "until", type=DAY, required=True, help="Last day, YYYY-MM-DD.")
@click.option("--paper", type=click.Choice(list(PAPERS)), help="Default: the bank's own.")
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    required=True,
    help="PDF file to write.",
)
def statement(
    slug: str, number: str, since: datetime, until: datetime, paper: str | None, output: Path
) -> None:
    """Print a household's statement (PDF) for any period, both days included."""
    bank = _enter(slug)
    member = find_member_by_number(db.session, bank.bank_id, number)
    if member is None:
        raise MemberNotFound(number)
    now = clock.now_utc()
    doc = queries.statement(
        db.session,
        bank.bank_id,
        member.id,
        since=since.date(),
        until=until.date(),
        today=clock.day_in(bank.zone, now),
    )
    printed = papers.print_statement(doc, paper=paper or bank.paper, printed_at=now)
    write_whole(output, printed.pdf)
    click.echo(f"{output}: {len(doc.lines)} lines, closing {doc.closing_idr}")


@click.command()
@click.option("--bank", "slug", metavar="SLUG", required=True, help="Whose households.")
@click.option("--month", type=MONTH, required=True, help="Which month, YYYY-MM.")
@click.option("--paper", type=click.Choice(list(PAPERS)), help="Default: the bank's own.")
@click.option(
    "--processes", type=click.IntRange(1, 64), help="Papers made at once (default: one a core)."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder; each RT gets one of its own in it.",
)
def statements(
    slug: str, month: datetime, paper: str | None, processes: int | None, out: Path
) -> None:
    """Print a month's statements of all households (PDF), a folder for each RT."""
    bank = _enter(slug)
    since = month.date()
    until = since.replace(day=monthrange(since.year, since.month)[1])
    households = queries.households_of(db.session, bank.bank_id, since)
    files = pack.print_pack(
        db.session,
        bank,
        households,
        out,
        since=since,
        until=until,
        printed_at=clock.now_utc(),
        paper=paper or bank.paper,
        presses=processes or len(os.sched_getaffinity(0)),
    )
    with click.progressbar(files, length=len(households), label="Statements") as printed:
        count = sum(1 for _path in printed)
    click.echo(f"{out}: {count} statements of {since:%Y-%m}")


def _enter(slug: str) -> Bank:
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise BankUnknown()
    use_bank(db.session, bank.bank_id)
    return bank


commands = [statement, statements]
