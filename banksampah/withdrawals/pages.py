"""Pages of withdrawals: ask on a household's card, what waits, one request and its decision."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.members.queries import get_member
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    WEIGHERS,
    act,
    current_bank,
    current_staff,
    requires,
)
from banksampah.web.forms import Form, blank_form, read_form, whole
from banksampah.withdrawals import queries, service, views
from banksampah.withdrawals.schemas import (
    WithdrawalDecisionFormIn,
    WithdrawalFormIn,
    WithdrawalReasonIn,
)

bp = Blueprint("withdrawals", __name__)


@bp.get("/penarikan")
@requires(*READERS)
def index() -> str:
    """What waits, and what was decided."""
    before_seq = whole(request.args.get("sebelum"))
    return render_template(
        "withdrawals/index.html",
        may_lapse=current_staff().may(*BOOKKEEPERS),
        **views.listing(current_bank(), before_seq),
    )


@bp.post("/penarikan/kedaluwarsa")
@requires(*BOOKKEEPERS)
def lapse() -> Response:
    """Free the money of requests that waited too long."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        lapsed = service.lapse_withdrawals(session, asked)
    flash(_("%(n)s penarikan kedaluwarsa. Uangnya bebas lagi.", n=len(lapsed)), "done")
    return redirect(request.path.removesuffix("/kedaluwarsa"), 303)


@bp.get("/nasabah/<int:member_id>/penarikan")
@requires(*WEIGHERS)
def new(member_id: int) -> str:
    """Ask how much."""
    return _asking(member_id, blank_form())


@bp.post("/nasabah/<int:member_id>/penarikan")
@requires(*WEIGHERS)
def create(member_id: int) -> Response | tuple[str, int]:
    """Hold the money, and go on to its payment."""
    form, asked = read_form(WithdrawalFormIn), act()
    if form.ok:
        amount_idr = form.data.get("quick_idr") or form.data["amount_idr"]
        try:
            with transaction(asked.bank_id, asked.key) as session:
                made = service.request_withdrawal(
                    session,
                    asked,
                    member_id=member_id,
                    amount_idr=amount_idr,
                    method=form.data["method"],
                )
            return redirect(f"{request.path.partition('/nasabah')[0]}/penarikan/{made.seq}", 303)
        except DomainError as error:
            form.refuse(error)
    return _asking(member_id, form), 422


@bp.get("/penarikan/<int:seq>")
@requires(*READERS)
def show(seq: int) -> str:
    """One request: its money, its decision."""
    return _request(seq, blank_form())


@bp.post("/penarikan/<int:seq>/keputusan")
@requires(*WEIGHERS)
def decide(seq: int) -> Response | tuple[str, int]:
    """Pay or refuse."""
    form, asked = read_form(WithdrawalDecisionFormIn), act()
    if form.ok:
        may = current_staff().may(*BOOKKEEPERS)
        try:
            with transaction(asked.bank_id, asked.key) as session:
                views.decide(session, asked, seq, may, **form.data)
            return redirect(request.path.removesuffix("/keputusan"), 303)
        except DomainError as error:
            form.add_error("", error.message)
    return _request(seq, form), 422


@bp.get("/penarikan/<int:seq>/pembatalan")
@requires(*BOOKKEEPERS)
def ask_reversal(seq: int) -> str:
    """Ask why a payment is taken back."""
    return _reversal(seq, blank_form())


@bp.post("/penarikan/<int:seq>/pembatalan")
@requires(*BOOKKEEPERS)
def reverse(seq: int) -> Response | tuple[str, int]:
    """Take a payment back."""
    form, asked = read_form(WithdrawalReasonIn), act()
    if form.ok:
        try:
            with transaction(asked.bank_id, asked.key) as session:
                service.reverse_withdrawal(session, asked, seq=seq, **form.data)
            flash(_("Penarikan %(seq)s dibatalkan.", seq=seq), "done")
            return redirect(request.path.removesuffix("/pembatalan"), 303)
        except DomainError as error:
            form.add_error("", error.message)
    return _reversal(seq, form), 422


def _asking(member_id: int, form: Form) -> str:
    member = get_member(db.session, current_bank().bank_id, member_id)
    return render_template("withdrawals/new.html", form=form, **views.asking(member))


def _request(seq: int, form: Form) -> str:
    return render_template("withdrawals/show.html", form=form, **_one(seq))


def _reversal(seq: int, form: Form) -> str:
    return render_template("withdrawals/reverse.html", form=form, **_one(seq))


def _one(seq: int) -> dict[str, Any]:
    found = queries.get_withdrawal(db.session, current_bank().bank_id, seq)
    return views.one(current_bank(), found, current_staff())
