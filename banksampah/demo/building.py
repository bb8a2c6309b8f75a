"""What `banksampah demo` makes: three banks with a year behind them, and their papers."""

from pathlib import Path

import click
from sqlalchemy import func, select

from banksampah.banks.models import Bank
from banksampah.banks.queries import find_bank_by_slug
from banksampah.db import db, transaction, use_bank
from banksampah.demo.calendar import instant
from banksampah.demo.people import SignIn, add_staff
from banksampah.demo.plans import LAST_DAY, PLANS, Plan
from banksampah.demo.year import Year
from banksampah.members import service as members
from banksampah.members.models import Member
from banksampah.members.queries import find_member_by_number
from banksampah.outputs import write_whole
from banksampah.splits import queries as splits
from banksampah.statements import papers
from banksampah.statements import queries as statements


def load(seed: int) -> list[SignIn]:
    """Fill an empty database with the demo banks. Returns the sign-ins, known only here.

    All of it or nothing: nobody could sign in to what a cut leaves, nor load it again.
    """
    with transaction() as session:
        staff, sign_ins = add_staff(session)
        for plan in PLANS:
            with click.progressbar(length=1, label=f"{plan.profile['name']:<30}") as bar:
                year = Year(session, plan, seed, staff)
                bank = year.run()
                saver = _statement_member(bank.bank_id, plan)
                pin = members.make_pin()
                members.set_pin(session, year.act(staff.chair), member_id=saver.id, pin=pin)
                bar.update(1)
            who = f"Nasabah {saver.number}, /b/{bank.slug}/saldo-saya"
            sign_ins.append(SignIn(who, saver.number, pin))
    return sign_ins


def load_if_empty() -> None:
    """Load the demo banks into a database without banks, and show how to sign in."""
    if db.session.scalar(select(func.count()).select_from(Bank)):
        db.session.rollback()
        return
    db.session.rollback()
    show(load(seed=1))


def show(sign_ins: list[SignIn]) -> None:
    """Print the sign-ins. They are drawn anew for each database and kept nowhere."""
    click.echo("\nSign-ins of the demo banks, shown this once:")
    for who, login, secret in sign_ins:
        click.echo(f"  {who:<44} {login:<12} {secret}")
    click.echo()


def print_papers(out: Path) -> list[Path]:
    """Write one household's statement and the newest split's minutes of each bank into *out*."""
    written = []
    for plan in PLANS:
        bank = find_bank_by_slug(db.session, plan.slug)
        assert bank is not None, plan.slug
        use_bank(db.session, bank.bank_id)
        statement = statements.statement(
            db.session,
            bank.bank_id,
            _statement_member(bank.bank_id, plan).id,
            since=LAST_DAY.replace(month=1, day=1),
            until=LAST_DAY,
            today=LAST_DAY,
        )
        approved = [s for s in splits.splits(db.session, bank.bank_id) if s.state == "approved"]
        minutes = statements.split_minutes(db.session, bank.bank_id, approved[0].seq)
        at = instant(LAST_DAY, 240)
        for name, paper in (
            ("statement", papers.print_statement(statement, paper=bank.paper, printed_at=at)),
            ("split-minutes", papers.print_minutes(minutes, paper=bank.paper, printed_at=at)),
        ):
            written.append(write_whole(out / f"{plan.slug}-{name}.pdf", paper.pdf))
        db.session.rollback()
    return written


def _statement_member(bank_id: int, plan: Plan) -> Member:
    member = find_member_by_number(db.session, bank_id, plan.statement_member)
    assert member is not None, plan.statement_member
    return member
