"""`banksampah verify`: every chain replayed, every figure worked out again; `banksampah heads`."""

from collections.abc import Sequence
from typing import IO

import click
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.banks.queries import all_banks, find_bank_by_slug
from banksampah.db import db, use_bank
from banksampah.money import format_number
from banksampah.reports.proving import cores, proving
from banksampah.reports.queries.findings import Findings, amount, named, readable
from banksampah.reports.queries.proof import Check
from banksampah.reports.queries.witnesses import (
    Witness,
    heads,
    read_witness,
    read_witnesses,
    witness_faults,
)
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.journal import faults as event_faults

FAULTS_SHOWN = 100
BANKS_IN_FULL = 20
"""Of more banks than these, a line each is printed: slug, entries, newest seal."""
INSTALLATION_SLUG = "-"
"""What stands for the installation's own journal in a list of heads; no bank is called so."""


def _as_witnesses(
    _context: click.Context, _option: click.Parameter, given: Sequence[str]
) -> list[Witness]:
    try:
        return [read_witness(line) for line in given]
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option("--bank", "slug", metavar="SLUG", help="Only this bank (default: every bank).")
@click.option(
    "--receipt",
    "receipts",
    metavar="SLUG:NUMBER:SEAL",
    multiple=True,
    callback=_as_witnesses,
    help="A seal as a receipt or statement prints it. May be given again.",
)
@click.option(
    "--heads",
    "known",
    type=click.File(encoding="utf-8"),
    help="A list of seals, as `banksampah heads` prints it.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes for many entries (default: one per core).",
)
def verify(
    slug: str | None, receipts: list[Witness], known: IO[str] | None, jobs: int | None
) -> None:
    """Prove the books: replay each chain, recompute balances, deposits, sales, splits and stock.

    A chain that was written anew, or cut, is found by seals that others hold: --receipt, --heads.

    Exit code 0: all agree. 1: at least one difference, named by bank, entry and fact.
    """
    if slug is not None and any(one.slug != slug for one in receipts):
        raise click.BadParameter(f"a seal of another bank than {slug}", param_hint="--receipt")
    witnesses = [*receipts, *_read_heads(known)]  # none may come as an empty tuple, from `demo`
    banks: list[Bank] = []
    failed_count = _show("database", readable(db.session, "banks", lambda: _find(slug, banks)))
    failed_count += _verify_banks(banks, witnesses, jobs or cores())
    if slug is None:
        here = {INSTALLATION_SLUG, *(bank.slug for bank in banks)}
        failed_count += _show("database", _of_no_bank(witnesses, here))
        failed_count += _verify_installation(db.session, witnesses)
    if failed_count:
        raise click.ClickException(f"{_counted(failed_count, 'difference')} found.")
    click.echo(f"{_counted(len(banks), 'bank')} proven: no difference.")


@click.command("heads")
def show_heads() -> None:
    """Print the newest seal of each bank: keep it elsewhere, and give it to verify or restore."""
    banks = [(bank.slug, bank.bank_id) for bank in all_banks(db.session)]
    for slug, bank_id in (*banks, (INSTALLATION_SLUG, INSTALLATION)):
        db.session.rollback()
        use_bank(db.session, bank_id)
        seq, seal = heads(db.session, bank_id)
        if seq:
            click.echo(f"{slug} {seq} {seal}")


def _read_heads(known: IO[str] | None) -> list[Witness]:
    try:
        return read_witnesses(known) if known else []
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--heads") from error


def _find(slug: str | None, banks: list[Bank]) -> list[str]:
    """Fill *banks* with those to be proven; what stands in the way."""
    if slug is None:
        banks += all_banks(db.session)
        return []
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise click.ClickException(f"There is no bank {slug!r}.")
    banks.append(bank)
    return []


def _of_no_bank(witnesses: Sequence[Witness], here: set[str]) -> list[str]:
    """A bank that somebody holds a seal of, and that is gone, or was mistyped."""
    gone = sorted({one.slug for one in witnesses} - here)
    return [f"a seal of {slug!r} is held, and there is no such bank" for slug in gone]


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _verify_banks(banks: Sequence[Bank], witnesses: Sequence[Witness], jobs: int) -> int:
    """Print the proof of the database and of each bank; how many differences there are."""
    slugs = {bank.bank_id: bank.slug for bank in banks}
    with proving(list(slugs), jobs) as work:
        failed_count = _show("database", work.storage())
        for found in work.banks(lambda words: click.echo(f"{words} …", err=True)):
            slug = slugs[found.bank_id]
            own = [witness for witness in witnesses if witness.slug == slug]
            found.facts += _ask_witnesses(found.bank_id, own)
            if len(banks) <= BANKS_IN_FULL:
                _print_proof(slug, found)
            else:
                count = format_number(found.replayed.entries_count)
                click.echo(f"{slug} {count} {found.replayed.head_hash.hex()}")
            failed_count += _show(slug, found.facts)
    return failed_count


def _ask_witnesses(bank_id: int, own: Sequence[Witness]) -> list[str]:
    if not own:
        return []
    db.session.rollback()
    use_bank(db.session, bank_id)
    return readable(db.session, "seals", lambda: witness_faults(db.session, bank_id, own))


def _verify_installation(session: Session, witnesses: Sequence[Witness]) -> int:
    """Print the proof of the installation's own journal; how many differences it has."""
    session.rollback()
    use_bank(session, INSTALLATION)
    proof = ledger.Proof(INSTALLATION)

    def replay() -> list[str]:
        nonlocal proof
        proof = ledger.check(session, INSTALLATION)
        own = [witness for witness in witnesses if witness.slug == INSTALLATION_SLUG]
        told = [named(fault) for fault in (*proof.faults, *event_faults(session))]
        return told + witness_faults(session, INSTALLATION, own)

    facts = readable(session, "journal", replay)
    if not proof.entries_count and not facts:
        return 0
    click.echo("the installation's own journal")
    click.echo(f"  entries        {format_number(proof.entries_count)}")
    click.echo(f"  head hash      {proof.head_hash.hex()}")
    session.rollback()
    return _show("installation", facts)


def _show(place: str, facts: Sequence[str]) -> int:
    for fact in facts[:FAULTS_SHOWN]:
        click.echo(f"  DIFFERENCE  {place} {fact}")
    if len(facts) > FAULTS_SHOWN:
        click.echo(f"  … and {len(facts) - FAULTS_SHOWN} more")
    return len(facts)


def _print_proof(slug: str, found: Findings) -> None:
    click.echo(f"{slug}")
    click.echo(f"  entries        {format_number(found.replayed.entries_count)}")
    click.echo(f"  head hash      {found.replayed.head_hash.hex()}")
    names = {
        "debit_credit": "trial balance",
        "have_owe": "have = owe",
        "passbooks": "passbooks",
        "goods_g": "goods, kg",
        "goods_pcs": "goods, pieces",
        "goods_ml": "goods, litres",
        "splits": "splits",
        "held": "held",
    }
    for check in found.checks:
        sign = "=" if check.left_sum == check.right_sum else "≠"
        left, right = amount(check, check.left_sum), amount(check, check.right_sum)
        click.echo(f"  {names[check.name]:<14} {left} {sign} {right}{_detail(check)}")


def _detail(check: Check) -> str:
    """What a figure is made of, where that is asked for: households counted, stock lying there."""
    if check.name == "passbooks":
        return f"  ({format_number(check.counted)} households = control account 2100)"
    stock = [term.amount for term in check.right if term.name == "stock"]
    return f"  (in stock {amount(check, stock[0])})" if stock else ""


commands = [verify, show_heads]
