"""Pages on which a household's account ends, or begins again: closing, opening again, merging."""

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.members import queries, service
from banksampah.members.models import Member
from banksampah.members.schemas import MergeFormIn
from banksampah.members.wording import obstacles_of
from banksampah.staff.auth import BOOKKEEPERS, act, current_bank, requires
from banksampah.web.forms import Form, blank_form, read_form

ending_bp = Blueprint("ending", __name__)


@ending_bp.get("/nasabah/<int:member_id>/tutup")
@requires(*BOOKKEEPERS)
def closing(member_id: int) -> str:
    """What stands in the way of closing the account, or the button."""
    return _closing_page(_member(member_id), blank_form())


@ending_bp.post("/nasabah/<int:member_id>/tutup")
@requires(*BOOKKEEPERS)
def close(member_id: int) -> Response | tuple[str, int]:
    """Close an empty account."""
    try:
        with transaction(current_bank().bank_id) as session:
            service.close_member(session, act(), member_id=member_id)
    except DomainError as error:
        form = blank_form()
        form.refuse(error, "")
        return _closing_page(_member(member_id), form), 422
    flash(_("Nasabah ditutup."))
    return _go(f"/nasabah/{member_id}")


@ending_bp.get("/nasabah/<int:member_id>/buka-lagi")
@requires(*BOOKKEEPERS)
def reopening(member_id: int) -> str:
    """What opening the account again means, and the button."""
    return _reopening_page(_member(member_id), blank_form())


@ending_bp.post("/nasabah/<int:member_id>/buka-lagi")
@requires(*BOOKKEEPERS)
def reopen(member_id: int) -> Response | tuple[str, int]:
    """Open a closed account again."""
    try:
        with transaction(current_bank().bank_id) as session:
            service.reopen_member(session, act(), member_id=member_id)
    except DomainError as error:
        form = blank_form()
        form.refuse(error, "")
        return _reopening_page(_member(member_id), form), 422
    flash(_("Nasabah dibuka lagi."))
    return _go(f"/nasabah/{member_id}")


@ending_bp.get("/nasabah/<int:member_id>/gabung")
@requires(*BOOKKEEPERS)
def merging(member_id: int) -> str:
    """Where shall this member's balance go?"""
    return _merging_page(_member(member_id), blank_form())


@ending_bp.post("/nasabah/<int:member_id>/gabung")
@requires(*BOOKKEEPERS)
def merge(member_id: int) -> Response | tuple[str, int]:
    """Move everything to another member and leave a pointer."""
    form = read_form(MergeFormIn)
    if form.ok:
        try:
            with transaction(current_bank().bank_id) as session:
                into_id = _into(form.data["into_number"])
                service.merge_members(session, act(), from_id=member_id, into_id=into_id,
                                      reason=form.data["reason"])  # fmt: skip
            flash(_("Nasabah digabungkan."))
            return _go(f"/nasabah/{into_id}")
        except DomainError as error:
            form.refuse(error, "into_number")
    return _merging_page(_member(member_id), form), 422


def _member(member_id: int) -> Member:
    return queries.get_member(db.session, current_bank().bank_id, member_id)


def _closing_page(member: Member, form: Form) -> str:
    in_titipan = queries.waits_in_titipan(db.session, member)
    obstacles = obstacles_of(member, queries.standing(db.session, member), _home(), in_titipan)
    return render_template("members/close.html", member=member, obstacles=obstacles, form=form)


def _reopening_page(member: Member, form: Form) -> str:
    into = queries.survivor(db.session, member.bank_id, member.id)
    page = "members/reopen.html"
    return render_template(page, member=member, merged_into=into, form=form)


def _merging_page(member: Member, form: Form) -> str:
    balance_idr = queries.standing(db.session, member).balance_idr
    page = "members/merge.html"
    return render_template(page, member=member, balance_idr=balance_idr, form=form)


def _into(number: str) -> int:
    member = queries.find_member_by_number(db.session, current_bank().bank_id, number)
    if member is None:
        raise queries.MemberNotFound(number)
    return member.id


def _home() -> str:
    return f"{request.script_root}/b/{current_bank().slug}"


def _go(path: str) -> Response:
    return redirect(f"{_home()}{path}", 303)
