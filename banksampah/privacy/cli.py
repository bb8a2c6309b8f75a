"""`banksampah members export-data`, `banksampah members erase`: the rights of a household."""

import json
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import click

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.queries import BankUnknown, find_bank_by_slug
from banksampah.db import db, transaction, use_bank
from banksampah.ledger import Act
from banksampah.members.cli import members
from banksampah.members.models import Member
from banksampah.members.queries import MemberNotFound, find_member_by_number, survivor
from banksampah.outputs import whole
from banksampah.privacy import queries, service
from banksampah.privacy.newcomers import (
    ERASED,
    Told,
    find_told_of,
    newcomer_data,
    told_of,
    waits,
)
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.watch import note
from banksampah.statements import papers
from banksampah.statements.queries import statement

BANK = click.option("--bank", "slug", metavar="SLUG", required=True, help="Whose household it is.")


@members.command("export-data")
@click.argument("number")
@BANK
@click.option(
    "-o",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for data.json, savings-book.csv and savings-book.pdf.",
)
def export_data(number: str, slug: str, folder: Path) -> None:
    """Write all that is held about the household NUMBER: data as JSON, savings book as CSV and PDF.

    With the accounts that were merged into it; their books are in the JSON.
    The folder can be read by its owner only. The installation's journal keeps that it was made.
    NUMBER may be the code or the name of a household that a phone or a sheet told of and that never
    became a member: it has no savings book.
    """
    bank, member = _find(slug, number)
    if isinstance(member, Told):
        _export_newcomer(bank, member, folder)
        return
    at, today = clock.now_utc(), clock.day_in(bank.zone, clock.now_utc())
    data = queries.personal_data(db.session, bank, member, at)
    first = min([member.opened_on, *(_day(row) for row in data["savings_book"])])
    book = statement(db.session, bank.bank_id, member.id, since=first, until=today, today=today)
    paper = papers.print_statement(book, paper=bank.paper, printed_at=at)
    files = {
        "data.json": _json(data),
        "savings-book.csv": queries.savings_book_csv(data).encode(),
        "savings-book.pdf": paper.pdf,
    }
    _hand_over(folder, files, bank_id=bank.bank_id, member_id=member.id)


@members.command()
@click.argument("number")
@BANK
def erase(number: str, slug: str) -> None:
    """Erase what is held about the household NUMBER: names, phone, address, people, reasons, PIN.

    And about the accounts that were merged into it. It must be closed. Entries and sums stay, under
    the numbers; backups made before hold the data until they are thrown away. What phones tell of
    it later is erased by asking again.
    NUMBER may be the code or the name of a household that a phone or a sheet told of and that never
    became a member.
    """
    bank, member = _find(slug, number)
    if isinstance(member, Told):
        _erase_newcomer(bank, member)
        return
    bank_id, member_id, at = bank.bank_id, member.id, clock.now_utc()
    key = f"member-erase/{member_id}/{clock.to_ms(at)}"
    act = Act(bank_id, key, 0, at, clock.day_in(bank.zone, at))
    with transaction(bank_id) as session:
        held = service.erase_member(session, act, member_id=member_id)
    _tell_erased(bank_id, f"{slug} {number}", held, member_id=member_id)


@members.command()
@click.argument("name", default="")
@BANK
def newcomers(name: str, slug: str) -> None:
    """List the households that phones or sheets told of and that never became a member.

    And those that became one, if its data were erased and a name was told since. With NAME only
    those whose name has it in it. Each line: code, name, RT, house, and whether something of it
    waits to be decided.
    """
    bank = _bank(slug)
    words = " ".join(name.split()).casefold()
    for household in told_of(db.session, bank.bank_id):
        if household.is_of_member or words not in household.name.casefold():
            continue
        if household.member is not None and household.name == ERASED:
            continue
        who = household.who
        state = "waits" if waits(db.session, household) else "settled"
        line = [household.code, household.name, f"RT {who.rt}" if who.rt else "", who.house_no]
        click.echo("\t".join([*line, state]))


def _export_newcomer(bank: Bank, household: Told, folder: Path) -> None:
    data = newcomer_data(db.session, bank, household, clock.now_utc())
    files = {"data.json": _json(data)}
    _hand_over(folder, files, bank_id=bank.bank_id, newcomer=household.code)


def _erase_newcomer(bank: Bank, household: Told) -> None:
    bank_id, slug, zone, code, at = (
        bank.bank_id, bank.slug, bank.zone, household.code, clock.now_utc(),
    )  # fmt: skip
    key = f"newcomer-erase-{code}/{clock.to_ms(at)}"
    with transaction(bank_id) as session:
        [again] = [one for one in told_of(session, bank_id) if one.code == code]
        act = Act(bank_id, key, 0, at, clock.day_in(zone, at))
        held = service.erase_newcomer(session, act, again) > 0
    _tell_erased(bank_id, f"{slug} {code}", held, newcomer=code)


def _tell_erased(bank_id: int, who: str, held: bool, **named: Any) -> None:
    """Journal what was erased of *who*, and say it; or that nothing was held."""
    if not held:
        click.echo(f"Nothing is held about {who} any more.")
        return
    with transaction(INSTALLATION):
        note("privacy.erased", bank_id=bank_id, **named)
    click.echo(f"Erased: {who}. Backups made before still hold the data.")


def _bank(slug: str) -> Bank:
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise BankUnknown()
    use_bank(db.session, bank.bank_id)
    return bank


def _find(slug: str, number: str) -> tuple[Bank, Member | Told]:
    """The member with this number, or the one it was merged into; or the new household with this
    code or name."""
    bank = _bank(slug)
    member = find_member_by_number(db.session, bank.bank_id, number)
    if member is not None:
        return bank, survivor(db.session, bank.bank_id, member.id)
    found = find_told_of(db.session, bank.bank_id, number)
    if len(found) > 1:
        codes = ", ".join(household.code for household in found)
        raise click.ClickException(f"{number!r} is the name of several: {codes}. Give the code.")
    if not found:
        raise MemberNotFound(number)
    return bank, found[0]


def _day(row: dict[str, str]) -> date:
    return date.fromisoformat(row["effective_on"])


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def _hand_over(folder: Path, files: dict[str, bytes], **named: Any) -> None:
    """Write *files*, journal that they were made, and put them in place.

    In this order: no entry tells of files that could not be written, and none goes untold.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as drafts:
        for name, content in files.items():
            file = drafts.enter_context(whole(folder / name, is_private=True))
            file.write(content)
            file.flush()
        with transaction(INSTALLATION):
            note("privacy.exported", **named)
    for name in files:
        click.echo(folder / name)


commands = [members]  # the group of that feature, with what was added to it here
