"""`banksampah user …`: people of the installation, made by whoever keeps the machine."""

import click

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.queries import find_bank_by_slug
from banksampah.db import canonical_json, db, transaction
from banksampah.ledger import Act
from banksampah.staff import journal, queries, second_factor, service
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.models import ROLES, User
from banksampah.staff.secrets import new_key, new_password
from banksampah.staff.watch import note

HANDED_OVER = "It opens one page, where its owner chooses another, within 14 days."


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
    bank = None if slug is None else _bank(slug)
    if roles and bank is None:
        raise click.UsageError("--role needs --bank")
    person = queries.find_user(db.session, login)
    if person is None:
        password = _asked() if ask_password else new_password()
        with transaction(INSTALLATION) as session:
            person = service.add_user(
                session, login=login, name=name, password=password, at=clock.now_utc(),
                is_made=not ask_password,
            )  # fmt: skip
            note("user.added", user_id=person.user_id)
        click.echo(f"{person.login} may sign in.")
        if not ask_password:
            click.echo(f"Password, shown once: {password}")
            click.echo(HANDED_OVER)
    if bank:
        _grant(bank, person, roles)


@user.command()
@click.argument("login")
@click.option("--ask-password", is_flag=True, help="Ask for the password instead of making one.")
def password(login: str, ask_password: bool) -> None:
    """Give a person a new password; every browser and token of theirs ends."""
    made, at = _asked() if ask_password else new_password(), clock.now_utc()
    with transaction(INSTALLATION) as session:
        person = _user(login)
        service.set_password(session, person, made, at, is_made=not ask_password)
        note("password.made", user_id=person.user_id)
    if not ask_password:
        click.echo(f"Password, shown once: {made}")
        click.echo(HANDED_OVER)


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="What the token is for.")
def token(login: str, name: str) -> None:
    """Make an API token of a person; it is printed once."""
    person = _user(login)
    with transaction(INSTALLATION) as session:
        made, secret = service.issue_token(
            session, user_id=person.user_id, name=name, at=clock.now_utc()
        )
        note("token.issued", user_id=person.user_id, token_id=made.token_id)
    click.echo(secret)


@user.command("sign-out")
@click.argument("login", required=False)
@click.option("--everybody", is_flag=True, help="Everybody, after a breach.")
def sign_out(login: str | None, everybody: bool) -> None:
    """Sign a person out of every browser. Their tokens stay; `user disable` ends those too."""
    if everybody == bool(login):
        raise click.UsageError("Give LOGIN or --everybody.")
    people = queries.all_people(db.session) if everybody else [_user(login or "")]
    ids = [person.user_id for person in people]
    with transaction(INSTALLATION) as session:
        ended = {user_id: service.end_sessions(session, user_id) for user_id in ids}
        for user_id, count in ended.items():
            if count or not everybody:
                note("session.ended", user_id=user_id, count=count)
    click.echo(f"{sum(ended.values())} browsers signed out.")


@user.command()
@click.argument("login")
def disable(login: str) -> None:
    """Close the door to a person: browsers are signed out, tokens stop working, roles stay."""
    _set_door(login, "user.disabled")


@user.command()
@click.argument("login")
def enable(login: str) -> None:
    """Let a disabled person in again."""
    _set_door(login, "user.enabled")


@user.command("remove-code")
@click.argument("login")
def remove_code(login: str) -> None:
    """Take the second factor away from somebody who lost phone and recovery codes.

    Be as sure who is asking as when the person was added: look them in the face.
    """
    user_id = _user(login).user_id
    with transaction(INSTALLATION) as session:
        if not second_factor.remove(session, user_id):
            raise click.ClickException(f"{login} has no second factor.")
        service.end_sessions(session, user_id)
        note("code.removed", user_id=user_id)
    click.echo(f"{login} signs in with the password alone.")


@click.command()
@click.option("--bank", "slug", metavar="SLUG", help="Only what concerns this bank.")
@click.option("--user", "login", metavar="LOGIN", help="Only what concerns this person.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
def events(slug: str | None, login: str | None, limit: int) -> None:
    """Print the installation's journal: who came in, who was turned away; newest first.

    With --bank and --user only what concerns both.

    One line each, tab between: number, time (UTC), kind, person, bank, facts.
    """
    bank_id = None if slug is None else _bank(slug).bank_id
    user_id = None if login is None else _user(login).user_id
    found = journal.events(db.session, limit=limit, bank_id=bank_id, user_id=user_id)
    for event in found:
        person = "-" if event.user_id is None else f"user {event.user_id}"
        bank = "-" if event.bank_id is None else f"bank {event.bank_id}"
        facts = canonical_json(event.facts)
        click.echo(
            f"{event.seq}\t{event.at:%Y-%m-%dT%H:%M:%SZ}\t{event.kind}\t{person}\t{bank}\t{facts}"
        )


def _set_door(login: str, kind: str) -> None:
    user_id, at = _user(login).user_id, clock.now_utc()
    with transaction(INSTALLATION) as session:
        if kind == "user.disabled":
            service.disable(session, user_id, at)
        else:
            service.enable(session, user_id)
        note(kind, user_id=user_id)
    click.echo(f"{login}: {'closed' if kind == 'user.disabled' else 'open'}.")


def _grant(bank: Bank, person: User, roles: tuple[str, ...]) -> None:
    at = clock.now_utc()
    act = Act(bank.bank_id, f"user-add/{new_key()}", 0, at, clock.day_in(bank.zone, at))
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


commands = [user, events]
