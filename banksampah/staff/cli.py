"""`banksampah user …`: people of the installation, made by whoever keeps the machine."""

import click

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.queries import find_bank_by_slug
from banksampah.db import db, transaction
from banksampah.ledger import Act
from banksampah.staff import queries, service
from banksampah.staff.models import ROLES, User
from banksampah.staff.secrets import new_key, new_password


@click.group()
def user() -> None:
    """People who sign in: add them, give them roles, passwords and tokens."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="As it stands on receipts.")
@click.option("--bank", "slug", metavar="SLUG", help="Where the roles are given.")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="May be repeated.")
@click.option("--ask-password", is_flag=True, help="Ask for the password instead of making one.")
def add(
    login: str, name: str, slug: str | None, roles: tuple[str, ...], ask_password: bool
) -> None:
    """Add a person, or give roles to one who is there already.

    The password is made at random and printed once, or asked for; there is no default.
    """
    bank = _bank(slug) if slug else None
    if roles and bank is None:
        raise click.UsageError("--role needs --bank")
    person = queries.find_user(db.session, login)
    if person is None:
        password = _asked() if ask_password else new_password()
        with transaction() as session:
            person = service.add_user(
                session, login=login, name=name, password=password, at=clock.now_utc()
            )
        click.echo(f"{person.login} may sign in.")
        if not ask_password:
            click.echo(f"Password, shown once: {password}")
    if bank:
        _grant(bank, person, roles)


@user.command()
@click.argument("login")
@click.option("--ask-password", is_flag=True, help="Ask for the password instead of making one.")
def password(login: str, ask_password: bool) -> None:
    """Give a person a new password and sign them out everywhere."""
    made = _asked() if ask_password else new_password()
    with transaction() as session:
        service.set_password(session, _user(login), made)
    if not ask_password:
        click.echo(f"Password, shown once: {made}")


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="What the token is for.")
def token(login: str, name: str) -> None:
    """Make an API token of a person; it is printed once."""
    person = _user(login)
    with transaction() as session:
        _token, secret = service.issue_token(
            session, user_id=person.user_id, name=name, at=clock.now_utc()
        )
    click.echo(secret)


def _grant(bank: Bank, person: User, roles: tuple[str, ...]) -> None:
    at = clock.now_utc()
    act = Act(bank.bank_id, f"user-add-{new_key()}", 0, at, clock.day_in(bank.zone, at))
    held = {p.user_id: p.roles for p in queries.staff_of(db.session, bank.bank_id)}
    with transaction(bank.bank_id) as session:
        for role in roles:
            if role not in held.get(person.user_id, ()):
                service.grant_role(session, act.step(role), person.user_id, role)
    click.echo(f"{person.login} in {bank.slug}: {', '.join(roles) or 'no role'}")


def _bank(slug: str) -> Bank:
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise click.ClickException(f"There is no bank {slug!r}.")
    return bank


def _user(login: str) -> User:
    person = queries.find_user(db.session, login)
    if person is None:
        raise click.ClickException(f"There is no person {login!r}.")
    return person


def _asked() -> str:
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


commands = [user]
