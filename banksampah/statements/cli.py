"""`banksampah statement`: print a household's statement to a file."""

from datetime import datetime
from pathlib import Path

import click

from banksampah import clock
from banksampah.banks.queries import BankUnknown, find_bank_by_slug
from banksampah.db import db, use_bank
from banksampah.members.queries import MemberNotFound, find_member_by_number
from banksampah.statements import papers, queries
from banksampah.web.pdf import PAPERS

DAY = click.DateTime(formats=["%Y-%m-%d"])


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
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise BankUnknown()
    use_bank(db.session, bank.bank_id)
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
    output.write_bytes(printed.pdf)
    click.echo(f"{output}: {len(doc.lines)} lines, closing {doc.closing_idr}")


commands = [statement]
