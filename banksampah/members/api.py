"""Members as JSON."""

from typing import Any

from flask_smorest import Blueprint

from banksampah.db import db, transaction
from banksampah.members import queries, service
from banksampah.members.models import Member
from banksampah.members.schemas import (
    ImportIn,
    ImportOut,
    MemberChangeIn,
    MemberIn,
    MemberOut,
    MembersOut,
    MembersQuery,
    MergeIn,
    MovementsOut,
    MovementsQuery,
    PinOut,
)
from banksampah.sheets import rows_of
from banksampah.staff.auth import BOOKKEEPERS, READERS, WEIGHERS, act, current_bank, requires

blp = Blueprint(
    "members_api",
    __name__,
    url_prefix="/api/v1/banks/<int:bank_id>/members",
    description="Households and groups: their accounts, people and movements.",
)


@blp.get("")
@requires(*READERS)
@blp.arguments(MembersQuery, location="query")
@blp.response(200, MembersOut)
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Members by number, name, RT and state, in the order of their numbers."""
    after = query.pop("cursor")
    page = queries.search_members(db.session, _bank_id(), after_number=after, **query)
    now = queries.standings(db.session, _bank_id(), page.members)
    items = [_shown(member, now[member.id]) for member in page.members]
    return {"items": items, "next_cursor": page.next_number}


@blp.post("")
@requires(*WEIGHERS)
@blp.arguments(MemberIn)
@blp.response(201, MemberOut)
def create(body: dict[str, Any]) -> dict[str, Any]:
    """Open a member's account."""
    with transaction(_bank_id()) as session:
        return _one(service.open_member(session, act(), **body))


@blp.post("/imports")
@requires(*BOOKKEEPERS)
@blp.arguments(ImportIn)
@blp.response(201, ImportOut)
def create_many(body: dict[str, Any]) -> dict[str, Any]:
    """Open accounts from a list with their balances on paper: all of them or none.

    A refusal (`table_refused`) names every wrong cell in `faults`; the first row is row 2.
    """
    with transaction(_bank_id()) as session:
        members = service.import_members(session, act(), rows=rows_of(body["rows"]))
    return {"members_count": len(members), "ids": [member.id for member in members]}


@blp.get("/<int:member_id>")
@requires(*READERS)
@blp.response(200, MemberOut)
def show(member_id: int) -> dict[str, Any]:
    """One member, open or closed."""
    return _one(queries.get_member(db.session, _bank_id(), member_id))


@blp.patch("/<int:member_id>")
@requires(*WEIGHERS)
@blp.arguments(MemberChangeIn)
@blp.response(200, MemberOut)
def change(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Change what is said of an open member; what is left out stays."""
    with transaction(_bank_id()) as session:
        return _one(service.change_member(session, act(), member_id=member_id, **body))


@blp.get("/<int:member_id>/movements")
@requires(*READERS)
@blp.arguments(MovementsQuery, location="query")
@blp.response(200, MovementsOut)
def movements(query: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Movements of the savings, newest first, each with the balance after it."""
    member = queries.get_member(db.session, _bank_id(), member_id)
    page = queries.movements(db.session, member, **query)
    items = [
        {**line._asdict(), "amount_idr": line.amount, "balance_idr": balance_idr}
        for line, balance_idr in page.lines
    ]
    return {"items": items, "opening_idr": page.opening_idr, "next_cursor": page.next_cursor}


@blp.post("/<int:member_id>/pins")
@requires(*WEIGHERS)
@blp.response(201, PinOut)
def make_pin(member_id: int) -> dict[str, Any]:
    """Make a new PIN for the household's own page; the old one ends. It is told this once."""
    pin = service.make_pin()
    with transaction(_bank_id()) as session:
        is_new = service.set_pin(session, act(), member_id=member_id, pin=pin)
    return {"pin": pin if is_new else None}


@blp.post("/<int:member_id>/closure")
@requires(*BOOKKEEPERS)
@blp.response(201, MemberOut)
def close(member_id: int) -> dict[str, Any]:
    """Close an account whose balance, holds and debt are zero."""
    with transaction(_bank_id()) as session:
        return _one(service.close_member(session, act(), member_id=member_id))


@blp.post("/<int:member_id>/reopening")
@requires(*BOOKKEEPERS)
@blp.response(201, MemberOut)
def reopen(member_id: int) -> dict[str, Any]:
    """Open a closed account again; not one that was merged, nor one that was erased."""
    with transaction(_bank_id()) as session:
        return _one(service.reopen_member(session, act(), member_id=member_id))


@blp.post("/<int:member_id>/merger")
@requires(*BOOKKEEPERS)
@blp.arguments(MergeIn)
@blp.response(201, MemberOut)
def merge(body: dict[str, Any], member_id: int) -> dict[str, Any]:
    """Move everything to another member, close this one; answers with the one that remains."""
    with transaction(_bank_id()) as session:
        return _one(service.merge_members(session, act(), from_id=member_id, **body))


def _bank_id() -> int:
    return current_bank().bank_id


def _one(member: Member) -> dict[str, Any]:
    people = queries.people_of(db.session, member.bank_id, member.id)
    shown = _shown(member, queries.standing(db.session, member))
    return {**shown, "people": [person.name for person in people]}


def _shown(member: Member, now: queries.Standing) -> dict[str, Any]:
    columns = {column: getattr(member, column) for column in _COLUMNS}
    return {**columns, **now._asdict(), "withdrawable_idr": now.withdrawable_idr}


_COLUMNS = (
    "id", "number", "kind", "name", "rt", "rw", "house_no", "phone", "sex", "delivery",
    "price_class", "opened_on", "closed_on", "merged_into_id",
)  # fmt: skip
