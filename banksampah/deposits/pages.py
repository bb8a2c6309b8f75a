"""The weighing desk's pages: who, what is on the scale, read it back, receipt, the day's list."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.deposits import queries, service, views
from banksampah.deposits.schemas import (
    DepositFormIn,
    DepositHouseholdFormIn,
    DepositPriceIn,
    DepositReversalIn,
    DepositWeightIn,
)
from banksampah.deposits.service.refusals import MemberUnknown
from banksampah.errors import DomainError
from banksampah.members.models import Member
from banksampah.members.queries import find_member_by_number, get_member, search_members
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

bp = Blueprint("deposits", __name__)


@bp.get("/setoran")
@requires(*READERS)
def index() -> str:
    """The deposits of one day."""
    bank_id, today = current_bank().bank_id, _today()
    day = views.day_of(request.args.get("hari"), today)
    before_seq = whole(request.args.get("sebelum"))
    return render_template(
        "deposits/index.html",
        may_weigh=current_staff().may(*WEIGHERS),
        **views.day_list(bank_id, day, today, before_seq),
    )


@bp.get("/setoran/baru")
@requires(*WEIGHERS)
def new() -> str | Response:
    """Choose a household, or weigh the one that was chosen."""
    bank_id = current_bank().bank_id
    if "nasabah" in request.args:
        member_id = whole(request.args["nasabah"])
        return _weigh(views.begun(request.args, _today()), member_id)
    begun = [(k, v) for k, v in request.args.items(multi=True) if k in {"hari", "isi"}]
    number = request.args.get("nomor", "").strip()[:20]
    found = find_member_by_number(db.session, bank_id, number) if number else None
    if found is not None and not found.holds_titipan:
        return redirect(f"{request.path}?{urlencode([('nasabah', found.id), *begun])}", 303)
    words = request.args.get("cari", "").strip()[:60]
    return render_template(
        "deposits/choose.html",
        today=_today(),
        begun=begun,
        number=number,
        missing=number,
        query=words,
        found=_search(bank_id, words) if words else [],
        recent=queries.recent_members(db.session, bank_id),
    )


@bp.post("/setoran/periksa")
@requires(*WEIGHERS)
def check() -> str | tuple[str, int]:
    """Read the lines back before anything is written."""
    form = _read()
    member_id = form.data.get("member_id") or whole(form.value("member_id"))
    if form.value("ubah"):
        return _weigh(Form(values=form.values), member_id)
    if form.ok:
        try:
            draft = service.draft_deposit(db.session, current_bank().bank_id, _today(), **form.data)
            return render_template("deposits/check.html", **views.draft(draft, form, _today()))
        except DomainError as error:
            views.refuse(form, error)
    return _weigh(form, member_id), 422


@bp.post("/setoran")
@requires(*WEIGHERS)
def create() -> Response | tuple[str, int]:
    """Record the deposit and show its receipt."""
    form, asked = _read(), act()
    if form.ok:
        try:
            with transaction(asked.bank_id, asked.key) as session:
                deposit = service.record_deposit(session, asked, **form.data)
            return redirect(f"{request.path}/{deposit.seq}?baru=1", 303)
        except DomainError as error:
            views.refuse(form, error)
    return _weigh(form, form.data.get("member_id") or whole(form.value("member_id"))), 422


@bp.get("/setoran/<int:seq>")
@requires(*READERS)
def show(seq: int) -> str:
    """The receipt."""
    now = queries.standing(db.session, current_bank().bank_id, seq)
    staff = current_staff()
    return render_template(
        "deposits/show.html",
        fresh="baru" in request.args,
        may_reverse=staff.may(*BOOKKEEPERS) or now.deposit.recorded_by_id == staff.user_id,
        may_correct=staff.may(*BOOKKEEPERS),
        **views.receipt(now),
    )


@bp.get("/setoran/<int:seq>/pembatalan")
@requires(*WEIGHERS)
def ask_reversal(seq: int) -> str:
    """Ask why a deposit is undone."""
    return _reversal(seq, blank_form())


@bp.post("/setoran/<int:seq>/pembatalan")
@requires(*WEIGHERS)
def reverse(seq: int) -> Response | tuple[str, int]:
    """Undo a deposit."""
    form, asked = read_form(DepositReversalIn), act()
    if form.ok:
        try:
            may = current_staff().may(*BOOKKEEPERS)
            with transaction(asked.bank_id, asked.key) as session:
                service.reverse_deposit(session, asked, seq=seq, as_treasurer=may, **form.data)
            flash(_("Setoran %(seq)s dibatalkan.", seq=seq), "done")
            return redirect(request.path.removesuffix("/pembatalan"), 303)
        except DomainError as error:
            form.refuse(error)
    return _reversal(seq, form), 422


@bp.get("/setoran/<int:seq>/koreksi")
@requires(*BOOKKEEPERS)
def ask_correction(seq: int) -> str:
    """Choose what was wrong with a deposit whose goods are sold."""
    return _correction(seq, blank_form())


@bp.post("/setoran/<int:seq>/koreksi/harga")
@requires(*BOOKKEEPERS)
def correct_price(seq: int) -> Response | tuple[str, int]:
    """Give a line another price."""
    form = read_form(DepositPriceIn)
    return _correct(seq, form, service.correct_price)


@bp.post("/setoran/<int:seq>/koreksi/berat")
@requires(*BOOKKEEPERS)
def correct_weight(seq: int) -> Response | tuple[str, int]:
    """Give a line another quantity."""
    now = queries.standing(db.session, current_bank().bank_id, seq)
    number = whole(request.form.get("line", ""))
    unit = next((line.unit for line in now.lines if line.line == number), "G")
    form = read_form(DepositWeightIn, unit_of=lambda _row: views.LIST_UNIT[unit])
    return _correct(seq, form, service.correct_weight)


@bp.post("/setoran/<int:seq>/koreksi/nasabah")
@requires(*BOOKKEEPERS)
def correct_household(seq: int) -> Response | tuple[str, int]:
    """Move a deposit to the right household."""
    form = read_form(DepositHouseholdFormIn)
    if form.ok:
        number = form.data.pop("member_number")
        found = find_member_by_number(db.session, current_bank().bank_id, number)
        if found is None:
            form.add_error(
                "member_number",
                _("Nomor %(n)s tidak ada. Periksa kartu atau cari nama.", n=number),
            )
        else:
            form.data["member_id"] = found.id
    return _correct(seq, form, service.correct_household)


@bp.get("/setoran/harga-menyusul")
@requires(*READERS)
def pending() -> str:
    """The lines whose price is still to come."""
    return render_template(
        "deposits/pending.html",
        may_price=current_staff().may(*BOOKKEEPERS),
        **views.pending(current_bank().bank_id),
    )


@bp.post("/setoran/harga-menyusul")
@requires(*BOOKKEEPERS)
def price_pending() -> Response:
    """Credit every waiting line that has a price by now."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        priced = service.price_pending_lines(session, asked)
    if priced:
        flash(_("%(n)s setoran sudah diberi harga.", n=len(priced)), "done")
    else:
        flash(_("Belum ada harga baru untuk yang menunggu. Isi di halaman Harga."), "look")
    return redirect(request.path, 303)


def _search(bank_id: int, words: str) -> list[Member]:
    return search_members(db.session, bank_id, q=words, limit=20).members


def _today() -> date:
    return clock.day_in(current_bank().zone, clock.now_utc())


def _read() -> Form:
    return read_form(DepositFormIn, unit_of=views.units(current_bank().bank_id))


def _weigh(form: Form, member_id: int | None) -> str:
    """The weighing page for a household, with what was typed so far."""
    bank_id, today = current_bank().bank_id, _today()
    member = get_member(db.session, bank_id, member_id or 0)
    if member.holds_titipan:
        raise MemberUnknown()
    day = form.data.get("weighed_on") or today
    if not today - timedelta(days=400) <= day <= today:
        day = today
    return render_template("deposits/weigh.html", **views.weighing(member, form, day, today))


def _reversal(seq: int, form: Form) -> str:
    now = queries.standing(db.session, current_bank().bank_id, seq)
    return render_template(
        "deposits/reverse.html",
        form=form,
        reasons=views.reasons(),
        may_correct=current_staff().may(*BOOKKEEPERS),
        **views.receipt(now),
    )


def _correction(seq: int, form: Form) -> str:
    now = queries.standing(db.session, current_bank().bank_id, seq)
    return render_template("deposits/correct.html", form=form, **views.receipt(now))


def _correct(seq: int, form: Form, verb: Any) -> Response | tuple[str, int]:
    asked = act()
    if form.ok:
        try:
            with transaction(asked.bank_id, asked.key) as session:
                verb(session, asked, seq=seq, **form.data)
            flash(_("Koreksi setoran %(seq)s dicatat.", seq=seq), "done")
            return redirect(request.path.rpartition("/koreksi")[0], 303)
        except DomainError as error:
            form.refuse(error)
    return _correction(seq, form), 422
