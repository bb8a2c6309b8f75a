"""`banksampah verify`: every chain replayed, every figure worked out again."""

import click
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.banks.queries import all_banks, find_bank_by_slug
from banksampah.db import db, use_bank
from banksampah.money import format_idr, format_kg, format_number
from banksampah.reports.queries import documents
from banksampah.reports.queries.proof import Check, prove

FAULTS_SHOWN = 100


@click.command()
@click.option("--bank", "slug", metavar="SLUG", help="Only this bank (default: every bank).")
def verify(slug: str | None) -> None:
    """Prove the books: replay each chain, recompute balances, deposits, sales, splits and stock.

    Exit code 0: all agree. 1: at least one difference, named by bank, entry and fact.
    """
    banks = _banks(slug)
    failed_count = sum(_verify(db.session, bank) for bank in banks)
    if failed_count:
        raise click.ClickException(f"{_counted(failed_count, 'difference')} found.")
    click.echo(f"{_counted(len(banks), 'bank')} proven: no difference.")


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _banks(slug: str | None) -> list[Bank]:
    if slug is None:
        return all_banks(db.session)
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise click.ClickException(f"There is no bank {slug!r}.")
    return [bank]


def _verify(session: Session, bank: Bank) -> int:
    """Print the proof of one bank; how many differences it has."""
    slug, bank_id = bank.slug, bank.bank_id
    session.rollback()
    use_bank(session, bank_id)
    replayed = ledger.check(
        session, bank_id, progress=lambda count: _say(f"{slug}: {count} entries replayed …")
    )
    found = documents.faults(session, bank_id, progress=lambda name: _say(f"{slug}: {name} …"))
    checks = prove(session, bank_id).checks
    facts = [_named(fault) for fault in (*replayed.faults, *found)]
    facts += [f"{check.name}: {_difference(check)}" for check in checks if not check.ok]
    _print_proof(slug, replayed, checks)
    for fact in facts[:FAULTS_SHOWN]:
        click.echo(f"  DIFFERENCE  {slug} {fact}")
    if len(facts) > FAULTS_SHOWN:
        click.echo(f"  … and {len(facts) - FAULTS_SHOWN} more")
    session.rollback()
    return len(facts)


def _print_proof(slug: str, replayed: ledger.Proof, checks: tuple[Check, ...]) -> None:
    click.echo(f"{slug}")
    click.echo(f"  entries        {format_number(replayed.entries_count)}")
    click.echo(f"  head hash      {replayed.head_hash.hex()}")
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
    for check in checks:
        sign = "=" if check.left_sum == check.right_sum else "≠"
        left, right = _amount(check, check.left_sum), _amount(check, check.right_sum)
        click.echo(f"  {names[check.name]:<14} {left} {sign} {right}{_detail(check)}")


def _detail(check: Check) -> str:
    """What a figure is made of, where that is asked for: households counted, stock lying there."""
    if check.name == "passbooks":
        return f"  ({format_number(check.counted)} households = control account 2100)"
    stock = [term.amount for term in check.right if term.name == "stock"]
    return f"  (in stock {_amount(check, stock[0])})" if stock else ""


def _difference(check: Check) -> str:
    if check.differing:
        book = check.differing[0]
        return (
            f"account {book.code}: passbook {book.book_idr}, balance {book.account_idr}"
            f" ({len(check.differing)} accounts differ)"
        )
    return f"differs by {_amount(check, check.difference)}"


def _amount(check: Check, amount: int) -> str:
    if check.unit == "IDR":
        return format_idr(amount)
    return format_number(amount) if check.unit == "PCS" else format_kg(amount, 3)


def _named(fault: ledger.Fault) -> str:
    return f"seq {fault.seq}: {fault.fact}" if fault.seq is not None else f"seq –: {fault.fact}"


def _say(words: str) -> None:
    click.echo(words, err=True)


commands = [verify]
