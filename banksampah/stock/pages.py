"""Pages of the shed: what lies there, and the card of each material."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    act,
    current_bank,
    current_staff,
    requires,
)
from banksampah.stock import queries, service
from banksampah.stock.queries import Card, CardLine, OnHand
from banksampah.stock.schemas import CountIn, PeriodForm
from banksampah.web.forms import Form, blank_form, read_form, read_values
from banksampah.web.kinds import kind_name

bp = Blueprint("stock", __name__)

FAMILIES = ("paper", "plastic", "metal", "glass", "other")
PLACES = {"deposit.record": "/setoran", "sale.record": "/penjualan"}


@bp.get("/persediaan")
@requires(*READERS)
def index() -> str:
    """What lies in the shed, by family."""
    rows = [row for row in queries.on_hand(db.session, current_bank().bank_id) if row.quantity]
    return render_template(
        "stock/index.html",
        groups=_groups(rows),
        weight_g=sum(row.quantity for row in rows if row.material.unit == "kg"),
        value_idr=sum(row.value_idr for row in rows),
    )


@bp.get("/persediaan/<int:material_id>")
@requires(*READERS)
def card(material_id: int) -> str | tuple[str, int]:
    """The stock card of one material."""
    form = read_values(PeriodForm, request.args)
    return _card_page(material_id, form, blank_form()), 200 if form.ok else 422


@bp.post("/persediaan/<int:material_id>/hitungan")
@requires(*BOOKKEEPERS)
def count(material_id: int) -> Response | tuple[str, int]:
    """Book what a count found."""
    material = queries.on_hand_of(db.session, current_bank().bank_id, material_id).material
    form = read_form(CountIn, lambda _row: material.unit)
    if form.ok:
        try:
            with transaction(current_bank().bank_id) as session:
                service.count_stock(session, act(), material_id=material_id, **form.data)
            flash(_("Hitungan dicatat."), "done")
            slug = current_bank().slug
            return redirect(url_for(".card", slug=slug, material_id=material_id), 303)
        except DomainError as error:
            form.refuse(error)
    return _card_page(material_id, blank_form(), form), 422


def _card_page(material_id: int, period: Form, form: Form) -> str:
    bank = current_bank()
    today = clock.day_in(bank.zone, clock.now_utc())
    since, until = queries.card_period(today, period.data.get("dari"), period.data.get("sampai"))
    shown = queries.card(db.session, bank.bank_id, material_id, since, until)
    return render_template(
        "stock/card.html",
        material=shown.material,
        card=shown,
        lines=[_line(line, shown) for line in reversed(shown.lines)],
        on_hand=queries.on_hand_of(db.session, bank.bank_id, material_id),
        period=period,
        form=form,
        may_count=current_staff().may(*BOOKKEEPERS),
    )


def _line(line: CardLine, shown: Card) -> dict[str, Any]:
    moved = line.bought_quantity + line.donated_quantity
    place = PLACES.get(line.kind, "/pembukuan/jurnal")
    reversed_seqs = {x.reverses_seq for x in shown.lines}
    return {
        "on": line.effective_on,
        "text": _(kind_name(line.kind)),
        "href": f"{request.script_root}/b/{current_bank().slug}{place}/{line.seq}",
        "ref": line.seq,
        "in_quantity": max(0, moved),
        "out_quantity": max(0, -moved),
        "balance_quantity": line.quantity_after,
        "value_idr": line.value_idr,
        "void": line.seq in reversed_seqs,
    }


def _groups(rows: Sequence[OnHand]) -> list[dict[str, Any]]:
    found = {family: [row for row in rows if row.material.family == family] for family in FAMILIES}
    return [{"family": family, "rows": members} for family, members in found.items() if members]
