"""Pages of the sale: the list, the form with the stock, one sale, its payment and its undoing."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from banksampah import clock, ledger
from banksampah.catalog import queries as catalog
from banksampah.catalog.models import Material
from banksampah.db import db, transaction
from banksampah.errors import Conflict, DomainError
from banksampah.money import Unreadable, parse_idr, value_idr
from banksampah.sales import queries, service
from banksampah.sales.models import Sale
from banksampah.sales.schemas import PaymentIn, PreviewIn, ReasonIn, SaleForm, SaleLineIn
from banksampah.splits import queries as splits
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    act,
    current_bank,
    current_staff,
    requires,
)
from banksampah.staff.queries import names_of
from banksampah.web.forms import Form, blank_form, read_form, read_values, whole

bp = Blueprint("sales", __name__)
PAGE_ROWS = 20


@bp.get("/penjualan")
@requires(*READERS)
def index() -> str:
    """Sales, newest first."""
    bank_id = current_bank().bank_id
    before_seq = whole(request.args.get("sebelum"))
    rows = queries.sales(db.session, bank_id, before_seq=before_seq, limit=PAGE_ROWS + 1)
    more = len(rows) > PAGE_ROWS
    shown = rows[:PAGE_ROWS]
    return render_template(
        "sales/index.html",
        sales=[(sale, _weight_g(sale)) for sale in shown],
        states=splits.states_of_sales(db.session, bank_id, [sale.seq for sale in shown]),
        next_href=f"?sebelum={shown[-1].seq}" if more else "",
        may_sell=current_staff().may(*BOOKKEEPERS),
    )


@bp.get("/penjualan/baru")
@requires(*BOOKKEEPERS)
def new() -> str:
    """The form, with what lies in the shed."""
    return _form_page(blank_form())


@bp.post("/penjualan")
@requires(*BOOKKEEPERS)
def create() -> Response | tuple[str, int]:
    """Work the sale out ("Hitung dulu"), or record it."""
    units = _units()
    form = read_form(SaleForm, lambda row: units.get(row.get("material_id", ""), "kg"))
    if not form.ok:
        return _form_page(form), 422
    facts = _facts(form)
    try:
        if form.data.get("hitung"):
            return _form_page(form, _sums(facts)), 200
        with transaction(current_bank().bank_id) as session:
            sale = service.record_sale(session, act(), **facts)
    except DomainError as error:
        form.refuse(error, _place_of(form, error))
        return _form_page(form), 422
    if sale.split_idr:
        return _back_to(sale.seq, _("Tersimpan. Usulan pembagian hasil dibuat."))
    return _back_to(sale.seq, _("Tersimpan. Tidak ada hasil yang dibagi."))


@bp.get("/penjualan/<int:seq>")
@requires(*READERS)
def show(seq: int) -> str:
    """One sale, line by line, and what came of it."""
    return _sale_page(seq, blank_form())


@bp.post("/penjualan/<int:seq>/pembayaran")
@requires(*BOOKKEEPERS)
def receive(seq: int) -> Response | tuple[str, int]:
    """Take money for a sale on credit."""
    form = read_form(PaymentIn)
    if not form.ok:
        return _sale_page(seq, form), 422
    try:
        with transaction(current_bank().bank_id) as session:
            service.receive_payment(session, act(), sale_seq=seq, **form.data)
    except DomainError as error:
        form.refuse(error)
        return _sale_page(seq, form), _status(error)
    return _back_to(seq, _("Pembayaran dicatat."))


@bp.get("/penjualan/<int:seq>/pembatalan")
@requires(*BOOKKEEPERS)
def reverse_form(seq: int) -> str:
    """Ask for the reason of undoing a sale."""
    return _undo_page(seq, blank_form())


@bp.post("/penjualan/<int:seq>/pembatalan")
@requires(*BOOKKEEPERS)
def reverse(seq: int) -> Response | tuple[str, int]:
    """Undo a sale, or name what stands in the way."""
    form = read_form(ReasonIn)
    if not form.ok:
        return _undo_page(seq, form), 422
    try:
        with transaction(current_bank().bank_id) as session:
            service.reverse_sale(session, act(), sale_seq=seq, **form.data)
    except DomainError as error:
        form.refuse(error)
        return _undo_page(seq, form), _status(error)
    return _back_to(seq, _("Penjualan dibatalkan."))


@bp.get("/penjualan/<int:seq>/pembayaran/<int:payment_seq>/pembatalan")
@requires(*BOOKKEEPERS)
def reverse_payment_form(seq: int, payment_seq: int) -> str:
    """Ask for the reason of taking a payment back."""
    return _undo_page(seq, blank_form(), payment_seq)


@bp.post("/penjualan/<int:seq>/pembayaran/<int:payment_seq>/pembatalan")
@requires(*BOOKKEEPERS)
def reverse_payment(seq: int, payment_seq: int) -> Response | tuple[str, int]:
    """Take a payment back."""
    form = read_form(ReasonIn)
    if not form.ok:
        return _undo_page(seq, form, payment_seq), 422
    try:
        with transaction(current_bank().bank_id) as session:
            service.reverse_payment(
                session, act(), sale_seq=seq, payment_seq=payment_seq, **form.data
            )
    except DomainError as error:
        form.refuse(error)
        return _undo_page(seq, form, payment_seq), _status(error)
    return _back_to(seq, _("Pembayaran dibatalkan."))


def _facts(form: Form) -> dict[str, Any]:
    """What the form asks for, as `record_sale` takes it."""
    facts = dict(form.data)
    facts.pop("hitung", None)
    if facts["buyer_id"] is not None:
        facts["buyer_name"] = ""
    cost_idr, paid_with = facts.pop("cost_idr"), facts.pop("cost_paid_with")
    facts["costs"] = [service.Cost("transport", cost_idr, paid_with)] if cost_idr else []
    facts["lines"] = [service.Sold(**line) for line in facts["lines"]]
    return facts


def _sums(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the sale would come to: raises what recording it would."""
    worked, sums = service.preview(
        db.session,
        current_bank().bank_id,
        lines=facts["lines"],
        deduction_idr=facts["deduction_idr"],
        costs=facts["costs"],
    )
    lost_g = sum(x.our_quantity - x.buyer_quantity for x in worked if x.unit == "G")
    return {
        "goods_cost_idr": sums.goods_cost_idr,
        "margin_idr": sums.bought_margin_idr + sums.donated_margin_idr,
        "split_idr": sums.split_idr,
        "lost_g": max(0, lost_g),
        "more_g": max(0, -lost_g),
    }


def _place_of(form: Form, error: DomainError) -> str | None:
    """The field of the form that a refusal is about: its lines count filled rows only."""
    head, _dot, rest = (getattr(error, "field", None) or "").partition(".")
    if head == "costs":
        return "cost_idr"
    if head != "lines" or not rest:
        return None
    place = _filled(form)[int(rest.partition(".")[0])]
    ours = f"lines-{place}-our_quantity"
    return ours if form.value(ours) else f"lines-{place}-buyer_quantity"


def _filled(form: Form) -> list[int]:
    """The rows of the form in which something was typed."""
    return [
        n
        for n in form.rows("lines", at_least=0)
        if any(form.value(f"lines-{n}-{name}").strip() for name in SaleLineIn.BLANK_WITHOUT)
    ]


def _units() -> dict[str, str]:
    materials = catalog.materials(db.session, current_bank().bank_id, retired=True)
    return {str(material.id): material.unit for material in materials}


def _form_page(form: Form, sums: dict[str, Any] | None = None) -> str:
    bank = current_bank()
    lying = queries.lying(db.session, bank.bank_id)
    materials = catalog.materials(db.session, bank.bank_id, retired=True)
    rows = [
        {"n": n, "material": material, "on_hand": lying[material.id].for_sale}
        for n, material in enumerate(materials)
        if lying[material.id].for_sale or form.value(f"lines-{n}-material_id")
    ]
    _name_goods(form, materials)
    buyers = queries.buyers(db.session, bank.bank_id)
    return render_template(
        "sales/new.html",
        rows=rows,
        buyers=[(buyer.id, buyer.name) for buyer in buyers],
        figures=_figures(form, materials),
        sums=sums,
        today=clock.day_in(bank.zone, clock.now_utc()),
        form=form,
    )


def _name_goods(form: Form, materials: Sequence[Material]) -> None:
    """Let every sentence about a row begin with the material's name."""
    for name, sentences in form.errors.items():
        place = name.removeprefix("lines-").partition("-")[0]
        if name.startswith("lines-") and place.isdigit() and int(place) < len(materials):
            label = materials[int(place)].label
            form.errors[name] = [
                told if told.startswith(label) else f"{label}: {told}" for told in sentences
            ]


def _figures(form: Form, materials: Sequence[Material]) -> dict[str, Any] | None:
    """The sums under a form that was sent: of every row that can be read, also if others cannot."""
    places = _filled(form)
    if not places and not form.data:
        return None
    amounts_idr = {n: _row_idr(form, n, materials) for n in places}
    known_idr = [amount_idr for amount_idr in amounts_idr.values() if amount_idr is not None]
    gross_idr = sum(known_idr)
    deduction_idr, cost_idr = _read_idr(form, "deduction_idr"), _read_idr(form, "cost_idr")
    return {
        "lines": amounts_idr,
        "gross_idr": gross_idr,
        "deduction_idr": deduction_idr,
        "cost_idr": cost_idr,
        "net_idr": gross_idr - deduction_idr - cost_idr,
        "whole": form.ok and len(known_idr) == len(places),
    }


def _row_idr(form: Form, n: int, materials: Sequence[Material]) -> int | None:
    """What one row comes to; None if it cannot be read or the books refuse it."""
    if n >= len(materials) or any(name.startswith(f"lines-{n}-") for name in form.errors):
        return None
    names = ("material_id", "buyer_quantity", "price_idr")
    row = {f"lines-0-{name}": form.value(f"lines-{n}-{name}") for name in names}
    alone = read_values(PreviewIn, MultiDict(row), lambda _row: materials[n].unit)
    if not alone.ok:
        return None
    line = alone.data["lines"][0]
    return value_idr(line["buyer_quantity"], line["price_idr"], materials[n].ledger_unit)


def _read_idr(form: Form, name: str) -> int:
    try:
        return parse_idr(form.value(name) or "0")
    except Unreadable:
        return 0


def _sale_page(seq: int, form: Form) -> str:
    bank_id = current_bank().bank_id
    sale = queries.get_sale(db.session, bank_id, seq)
    materials = catalog.materials(db.session, bank_id, retired=True)
    names = names_of(db.session, {sale.recorded_by_id} | {step.by_id for step in sale.steps})
    undone = {step.undoes_seq for step in sale.steps}
    return render_template(
        "sales/show.html",
        sale=sale,
        materials={material.id: material for material in materials},
        weight_g=_weight_g(sale),
        margin_idr=sale.bought_margin_idr + sale.donated_margin_idr,
        splits=splits.splits_of_sale(db.session, bank_id, seq),
        payments=[(x, x.seq in undone) for x in sale.steps if x.kind == "paid"],
        reversal=next((x for x in sale.steps if x.kind == "reversed"), None),
        notes=ledger.notes_of(db.session, bank_id, [step.seq for step in sale.steps]),
        names=names,
        may_change=current_staff().may(*BOOKKEEPERS),
        form=form,
    )


def _undo_page(seq: int, form: Form, payment_seq: int | None = None) -> str:
    sale = queries.get_sale(db.session, current_bank().bank_id, seq)
    return render_template("sales/reverse.html", sale=sale, payment_seq=payment_seq, form=form)


def _weight_g(sale: Sale) -> int:
    return sum(line.buyer_quantity for line in sale.lines if line.unit == "G")


def _status(error: DomainError) -> int:
    return 409 if isinstance(error, Conflict) else 422


def _back_to(seq: int, told: str) -> Response:
    flash(told, "done")
    return redirect(url_for(".show", slug=current_bank().slug, seq=seq), 303)
