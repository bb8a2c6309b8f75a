"""Reads of people, roles, and who holds a key."""

from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, exists, func, select
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.errors import NotFound
from banksampah.staff.models import ROLES, ApiToken, StaffRole, StaffSession, StaffTotp, User


class PersonUnknown(NotFound):
    code = "person_unknown"

    def __init__(self) -> None:
        super().__init__("Orang ini tidak ada di bank ini.")


class Person(NamedTuple):
    """One of a bank's staff, with the roles held there, highest first."""

    user_id: int
    login: str
    name: str
    roles: tuple[str, ...]


def get_user(session: Session, user_id: int) -> User:
    """The person, or PersonUnknown."""
    user = session.get(User, user_id)
    if user is None:
        raise PersonUnknown()
    return user


def find_user(session: Session, login: str) -> User | None:
    """The person who signs in as *login*."""
    return session.scalar(select(User).where(User.login == login.strip().lower()))


def all_people(session: Session) -> list[User]:
    """Everybody of the installation."""
    return list(session.scalars(select(User).order_by(User.user_id)))


def staff_of(session: Session, bank_id: int) -> list[Person]:
    """Everybody with a role in the bank, by name."""
    rows = session.execute(
        select(User.user_id, User.login, User.name, _roles_of(User.user_id, bank_id))
        .where(User.user_id.in_(select(StaffRole.user_id).where(StaffRole.bank_id == bank_id)))
        .order_by(User.name, User.user_id)
    )
    return [Person(r.user_id, r.login, r.name, sort_roles(r.roles)) for r in rows]


def get_person(session: Session, bank_id: int, user_id: int) -> Person:
    """One of the bank's staff, or PersonUnknown (also for people of other banks)."""
    for person in staff_of(session, bank_id):
        if person.user_id == user_id:
            return person
    raise PersonUnknown()


def names_of(session: Session, user_ids: set[int]) -> dict[int, str]:
    """Names for ids as entries hold them; 0, the service itself, is not among them."""
    rows = session.execute(select(User.user_id, User.name).where(User.user_id.in_(user_ids)))
    return {row.user_id: row.name for row in rows}


def banks_of(session: Session, user_id: int) -> list[Row[tuple[str, str, str]]]:
    """(slug, name, short_note) of the banks in which the person has a role."""
    mine = select(StaffRole.bank_id).where(StaffRole.user_id == user_id)
    return list(
        session.execute(
            select(Bank.slug, Bank.name, Bank.short_note)
            .where(Bank.bank_id.in_(mine))
            .order_by(Bank.name)
        )
    )


def roles_by_bank(session: Session, user_id: int) -> list[dict[str, Any]]:
    """The banks in which the person has a role, with those roles."""
    rows = session.execute(
        select(Bank.bank_id, Bank.slug, Bank.name, _roles_of(user_id, Bank.bank_id)).order_by(
            Bank.name
        )
    )
    return [
        {"bank_id": r.bank_id, "slug": r.slug, "name": r.name, "roles": sort_roles(r.roles)}
        for r in rows
        if r.roles
    ]


def tokens_of(session: Session, user_id: int) -> list[ApiToken]:
    """The tokens of a person that still work, newest first."""
    return list(
        session.scalars(
            select(ApiToken)
            .where(ApiToken.user_id == user_id, ApiToken.withdrawn_at.is_(None))
            .order_by(ApiToken.token_id.desc())
        )
    )


def sessions_of(session: Session, user_id: int) -> list[StaffSession]:
    """A person's open sessions, the one used last first."""
    return list(
        session.scalars(
            select(StaffSession)
            .where(StaffSession.user_id == user_id)
            .order_by(StaffSession.seen_at.desc(), StaffSession.token_hash)
        )
    )


def sort_roles(roles: str | None) -> tuple[str, ...]:
    """Role names joined by commas, as a tuple with the highest first."""
    held = set((roles or "").split(","))
    return tuple(role for role in ROLES if role in held)


def who_by_session(*, slug: bool) -> Select[Any]:
    """One statement from a session's hash to the person, their roles and the bank's row.

    Parameters: key_hash, and slug where a bank is asked for.
    """
    columns = (
        *_PERSON, User.made_until, StaffSession.seen_at, StaffSession.expires_at,
        StaffSession.renew, _HAS_CODE,
    )  # fmt: skip
    return _with_bank(
        columns, StaffSession, StaffSession.token_hash, Bank.slug if slug else None, "slug"
    )


def who_by_token(*, bank: bool) -> Select[Any]:
    """The same from a token's hash; parameters key_hash, and bank_id where a bank is asked for."""
    statement = _with_bank(
        (*_PERSON, _HAS_CODE),
        ApiToken,
        ApiToken.token_hash,
        Bank.bank_id if bank else None,
        "bank_id",
    )
    return statement.where(ApiToken.withdrawn_at.is_(None))


_PERSON = (User.user_id, User.login, User.name.label("user_name"))
_HAS_CODE = exists().where(StaffTotp.user_id == User.user_id).label("has_code")


def _with_bank(
    columns: tuple[Any, ...], holder: Any, hash_column: Any, key: Any, name: str
) -> Select[Any]:
    statement = (
        select(*columns)
        .select_from(holder)
        .join(User, User.user_id == holder.user_id)
        .where(hash_column == bindparam("key_hash", ""), User.disabled_at.is_(None))
    )
    if key is None:
        return statement
    return statement.add_columns(
        *Bank.__table__.columns, _roles_of(User.user_id, Bank.bank_id)
    ).outerjoin(Bank, key == bindparam(name, type_=key.type, value=key.type.python_type()))


def _roles_of(user_id: Any, bank_id: Any) -> Any:
    return (
        select(func.aggregate_strings(StaffRole.role, ","))
        .where(StaffRole.user_id == user_id, StaffRole.bank_id == bank_id)
        .scalar_subquery()
        .label("roles")
    )
