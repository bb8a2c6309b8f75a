"""What `banksampah demo` makes: three banks with a year behind them, and their proof."""

import click
from sqlalchemy import func, select

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import db, transaction, use_bank
from banksampah.demo.people import SignIn, add_staff
from banksampah.demo.plans import PLANS
from banksampah.demo.year import Year
from banksampah.members import service as members


def load(seed: int) -> list[SignIn]:
    """Fill an empty database with the demo banks. Returns the sign-ins, known only here."""
    with transaction() as session:
        staff, sign_ins = add_staff(session)
    for plan in PLANS:
        with click.progressbar(length=1, label=f"{plan.profile['name']:<30}") as bar:
            with transaction() as session:
                year = Year(session, plan, seed, staff)
                bank = year.run()
                saver = year.members[16]
                pin = members.make_pin()
                members.set_pin(session, year.act(staff.chair), member_id=saver.id, pin=pin)
            bar.update(1)
        who = f"Nasabah {saver.number}, /b/{bank.slug}/saldo-saya"
        sign_ins.append(SignIn(who, saver.number, pin))
    return sign_ins


def load_if_empty(seed: int = 1) -> None:
    """Load the demo banks into a database without banks, and show how to sign in."""
    if db.session.scalar(select(func.count()).select_from(Bank)):
        db.session.rollback()
        return
    db.session.rollback()
    show(load(seed))


def show(sign_ins: list[SignIn]) -> None:
    """Print the sign-ins. They are drawn anew for each database and kept nowhere."""
    click.echo("\nSign-ins of the demo banks, shown this once:")
    for who, login, secret in sign_ins:
        click.echo(f"  {who:<44} {login:<12} {secret}")
    click.echo()


def prove() -> None:
    """Print the head of each bank's chain; exit 1 when a figure differs."""
    for bank in db.session.scalars(select(Bank).order_by(Bank.bank_id)).all():
        use_bank(db.session, bank.bank_id)
        proof = ledger.check(db.session, bank.bank_id)
        click.echo(f"{bank.slug:<20} {proof.entries_count:>6} entries  {proof.head_hash.hex()}")
        for fault in proof.faults:
            click.echo(f"  {fault.seq or '-'}: {fault.fact}", err=True)
        if proof.faults:
            raise SystemExit(1)
        db.session.rollback()
