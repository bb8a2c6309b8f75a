"""The JSON API of people: who am I, my tokens, the staff of a bank."""

from typing import Any

from flask_smorest import Blueprint

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.staff import queries, service
from banksampah.staff.auth import (
    ALL_ROLES,
    CHAIR,
    act,
    current_bank,
    current_staff,
    requires,
    signed_in,
)
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.schemas import (
    IssuedOut,
    MeOut,
    PersonIn,
    PersonOut,
    RoleIn,
    StaffOut,
    TokenIn,
    TokensOut,
    WelcomedOut,
)
from banksampah.staff.secrets import new_password
from banksampah.staff.watch import note

blp = Blueprint("staff_api", __name__, url_prefix="/api/v1")
KEYLESS = {"x-keyless": True}  # not an entry of any bank: a repeated call makes a second token


@blp.get("/me")
@signed_in
@blp.response(200, MeOut)
def me() -> dict[str, Any]:
    """Who the token acts as, and in which banks."""
    staff = current_staff()
    banks = queries.roles_by_bank(db.session, staff.user_id)
    return {"user_id": staff.user_id, "login": staff.login, "name": staff.name, "banks": banks}


@blp.get("/tokens")
@signed_in
@blp.response(200, TokensOut)
def tokens() -> dict[str, Any]:
    """My tokens that still work, newest first."""
    return {"items": queries.tokens_of(db.session, current_staff().user_id)}


@blp.post("/tokens")
@signed_in
@blp.doc(**KEYLESS)
@blp.arguments(TokenIn)
@blp.response(201, IssuedOut)
def issue(data: dict[str, str]) -> dict[str, Any]:
    """Make a token that acts as me."""
    with transaction(INSTALLATION) as session:
        user_id, at = current_staff().user_id, clock.now_utc()
        token, secret = service.issue_token(session, user_id=user_id, at=at, **data)
        note("token.issued", user_id=user_id, token_id=token.token_id)
    return {
        "token_id": token.token_id, "name": token.name, "created_at": at, "token": secret,
    }  # fmt: skip


@blp.delete("/tokens/<int:token_id>")
@signed_in
@blp.doc(**KEYLESS)
@blp.response(204)
def withdraw(token_id: int) -> None:
    """Make one of my tokens useless, at once."""
    with transaction(INSTALLATION) as session:
        user_id, at = current_staff().user_id, clock.now_utc()
        service.withdraw_token(session, user_id=user_id, token_id=token_id, at=at)
        note("token.withdrawn", user_id=user_id, token_id=token_id)


@blp.get("/banks/<int:bank_id>/staff")
@requires(*ALL_ROLES)
@blp.response(200, StaffOut)
def people() -> dict[str, Any]:
    """Who serves in the bank, and as what."""
    return {"items": queries.staff_of(db.session, current_bank().bank_id)}


@blp.post("/banks/<int:bank_id>/staff")
@requires(CHAIR)
@blp.arguments(PersonIn)
@blp.response(201, WelcomedOut)
def welcome(data: dict[str, str]) -> dict[str, Any]:
    """Add a person with a first role; the answer holds their password, this once."""
    password = new_password()
    with transaction(current_bank().bank_id) as session:
        user = service.welcome(session, act(), password=password, **data)
    return {"user_id": user.user_id, "password": password if user.password_is_new else None}


@blp.post("/banks/<int:bank_id>/staff/<int:user_id>/roles")
@requires(CHAIR)
@blp.arguments(RoleIn)
@blp.response(201, PersonOut)
def grant(data: dict[str, str], user_id: int) -> queries.Person:
    """Give a person of the bank a further role."""
    with transaction(current_bank().bank_id) as session:
        queries.get_person(session, current_bank().bank_id, user_id)
        service.grant_role(session, act(), user_id, data["role"])
        return queries.get_person(session, current_bank().bank_id, user_id)


@blp.delete("/banks/<int:bank_id>/staff/<int:user_id>/roles/<role>")
@requires(CHAIR)
@blp.response(204)
def revoke(user_id: int, role: str) -> None:
    """Take a role away, at once; the last chair stays."""
    with transaction(current_bank().bank_id) as session:
        service.revoke_role(session, act(), user_id, role)
