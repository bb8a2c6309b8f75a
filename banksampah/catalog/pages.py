"""Pages of prices, materials and the household's share."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.banks.queries import setting
from banksampah.catalog import queries, service, wording
from banksampah.catalog.models import Material
from banksampah.catalog.schemas import (
    MaterialChangeFormIn,
    MaterialIn,
    PriceImportFormIn,
    PriceListFormIn,
    ShareRuleFormIn,
)
from banksampah.catalog.service.imports import ImportPlan
from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.members.models import DELIVERIES, KINDS
from banksampah.money import format_kg
from banksampah.sheets import TableRefused, read_table, table_text
from banksampah.staff.auth import BOOKKEEPERS, READERS, act, current_bank, current_staff, requires
from banksampah.web.forms import Form, blank_form, read_form, read_values

bp = Blueprint("catalog", __name__)

BLANK: dict[str, Any] = {
    "category": "", "grade": "", "aliases": "", "equivalent_g": None, "usual_max_g": None,
}  # fmt: skip


@bp.get("/harga")
@requires(*READERS)
def index() -> str:
    """What each material costs now, and what it will cost."""
    price_class = request.args.get("golongan", "").replace("\0", "")[:20] or _usual_class()
    today = _today()
    listed = queries.price_table(db.session, _bank_id(), today, price_class)
    future_on = wording.next_day(listed)
    newest = queries.price_version(db.session, _bank_id(), today)
    return render_template(
        "catalog/index.html",
        today=today,
        list_number=newest.number if newest else 0,
        valid_from=newest.valid_from if newest else None,
        price_classes=_classes(price_class),
        price_class=price_class,
        future_on=future_on,
        changed_count=sum(1 for line in listed if line.next and line.next.valid_from == future_on),
        groups=wording.groups_of(listed, future_on),
        may_change=current_staff().may(*BOOKKEEPERS),
    )


@bp.get("/harga/baru")
@requires(*BOOKKEEPERS)
def new_prices() -> str:
    """The form of a new price list."""
    return _prices_page(blank_form(), request.args.get("golongan", ""))


@bp.post("/harga/baru")
@requires(*BOOKKEEPERS)
def set_prices() -> Response | tuple[str, int]:
    """Set the prices that were typed, from a day on."""
    form = read_form(PriceListFormIn)
    if form.ok:
        try:
            _set_prices(form)
            return _go("/harga")
        except DomainError as error:
            form.refuse(error, "")
    return _prices_page(form, form.value("price_class")), 422


@bp.get("/harga/impor")
@requires(*BOOKKEEPERS)
def importing() -> str:
    """Choose a file."""
    return _import_page(blank_form())


@bp.post("/harga/impor")
@requires(*BOOKKEEPERS)
def check_or_import() -> Response | str | tuple[str, int]:
    """Check a list and show what it would do; store it once that was seen."""
    checked, form = request.form.get("rows"), _import_form()
    if not form.ok:
        return _import_page(form), 422
    price_class = form.data.pop("price_class", "") or _usual_class()
    try:
        rows = read_table(checked.encode() if checked else _sent_file(form), service.COLUMNS)
        if not checked:
            plan = service.check_price_list(db.session, _bank_id(), rows, price_class)
            return _import_page(form, plan=plan, rows_text=table_text(rows, service.COLUMNS))
        with transaction(_bank_id()) as session:
            stored = service.import_price_list(
                session, act(), rows=rows, price_class=price_class, **form.data
            )
    except TableRefused as refused:
        return _import_page(form, refused=refused), 422
    flash(_("%(n)s harga tersimpan.", n=stored.lines_count))
    return _go("/harga")


@bp.get("/bahan/baru")
@requires(*BOOKKEEPERS)
def new_material() -> str:
    """The form of a new kind of waste."""
    return _material_page(blank_form())


@bp.post("/bahan/baru")
@requires(*BOOKKEEPERS)
def add_material() -> Response | tuple[str, int]:
    """Take a new kind of waste in."""
    form = read_form(MaterialIn)
    if form.ok:
        try:
            with transaction(_bank_id()) as session:
                material = service.add_material(session, act(), **{"code": None, **form.data})
            flash(_("%(name)s tersimpan dengan kode %(code)s. Isi harganya.",
                    name=material.name, code=material.code))  # fmt: skip
            return _go("/harga/baru")
        except DomainError as error:
            form.refuse(error)
    return _material_page(form), 422


@bp.get("/bahan/<int:material_id>")
@requires(*READERS)
def material(material_id: int) -> str:
    """A material: what is said of it, and every price it had."""
    return _material_page(blank_form(), _material(material_id))


@bp.post("/bahan/<int:material_id>")
@requires(*BOOKKEEPERS)
def change_material(material_id: int) -> Response | tuple[str, int]:
    """Change what is said of a material, or retire it."""
    form, found = read_form(MaterialChangeFormIn), _material(material_id)
    if form.ok:
        retired = form.data.pop("retired")
        changes = (
            BLANK | form.data | {"retired_on": (found.retired_on or _today()) if retired else None}
        )
        try:
            with transaction(_bank_id()) as session:
                service.change_material(session, act(), material_id=material_id, **changes)
            flash(_("Perubahan disimpan."))
            return _go("/harga")
        except DomainError as error:
            form.refuse(error)
    return _material_page(form, _material(material_id)), 422


@bp.get("/harga/bagian")
@requires(*READERS)
def shares() -> str:
    """Which part of a price the household is credited, and since when."""
    return _shares_page(blank_form())


@bp.post("/harga/bagian")
@requires(*BOOKKEEPERS)
def set_share() -> Response | tuple[str, int]:
    """Set the part from a day on."""
    form = read_form(ShareRuleFormIn)
    if form.ok:
        try:
            with transaction(_bank_id()) as session:
                service.set_share_rule(session, act(), **form.data)
            flash(_("Bagian nasabah disimpan."))
            return _go("/harga/bagian")
        except DomainError as error:
            form.refuse(error)
    return _shares_page(form), 422


def _set_prices(form: Form) -> None:
    price_class = form.data["price_class"]
    prices = [
        service.NewPrice(line["material_id"], line["price_idr"], price_class)
        for line in form.data["lines"]
    ]
    with transaction(_bank_id()) as session:
        made = service.set_prices(session, act(), valid_from=form.data["valid_from"], prices=prices)
    flash(_("%(n)s harga tersimpan.", n=made.lines_count))


def _import_form() -> Form:
    typed = [(k, v) for k, v in request.form.items(multi=True) if k != "rows"]
    return read_values(PriceImportFormIn, MultiDict(typed))


def _sent_file(form: Form) -> bytes:
    sent = request.files.get("file")
    if sent is None:
        return b""
    form.data["source"] = form.values["source"] = (sent.filename or "").replace("\0", "")[-120:]
    content: bytes = sent.read()
    return content


def _prices_page(form: Form, price_class: str) -> str:
    price_class = price_class or _usual_class()
    listed = queries.price_table(db.session, _bank_id(), _today(), price_class)
    return render_template(
        "catalog/set_prices.html",
        form=form,
        groups=wording.groups_of(listed, None),
        price_classes=_classes(price_class),
        price_class=price_class,
        today=_today(),
    )


def _import_page(
    form: Form,
    plan: ImportPlan | None = None,
    rows_text: str = "",
    refused: TableRefused | None = None,
) -> str:
    usual = _usual_class()
    return render_template(
        "catalog/import.html",
        form=form,
        columns=[(column.name, " · ".join(column.titles)) for column in service.COLUMNS],
        plan=plan,
        rows_text=rows_text,
        refused=refused,
        usual=usual,
        without_usual=plan is not None and usual not in plan.price_classes,
        today=_today(),
    )


def _material_page(form: Form, found: Material | None = None) -> str:
    weights = (found.equivalent_g, found.usual_max_g) if found else (None, None)
    return render_template(
        "catalog/material.html",
        form=form,
        material=found,
        equivalent_kg=format_kg(weights[0]) if weights[0] else "",
        usual_max_kg=format_kg(weights[1]) if weights[1] else "",
        prices=queries.price_history(db.session, _bank_id(), found.id) if found else [],
        may_change=current_staff().may(*BOOKKEEPERS),
        **wording.material_choices(is_new=found is None),
    )


def _shares_page(form: Form) -> str:
    return render_template(
        "catalog/shares.html",
        form=form,
        rules=queries.share_rules(db.session, _bank_id()),
        kind_words=wording.KIND_WORDS,
        delivery_words=wording.DELIVERY_WORDS,
        kinds=wording.choices(wording.KIND_WORDS, KINDS, _("Semua nasabah")),
        deliveries=wording.choices(wording.DELIVERY_WORDS, DELIVERIES, _("Diantar dan dijemput")),
        today=_today(),
        may_change=current_staff().may(*BOOKKEEPERS),
    )


def _classes(shown: str) -> list[tuple[str, Any]]:
    """The bank's price classes, its usual one first, the one shown among them."""
    names = [_usual_class(), *queries.price_classes(db.session, _bank_id()), shown]
    return wording.choices(wording.CLASS_OF_PRICE, list(dict.fromkeys(names)))


def _material(material_id: int) -> Material:
    return queries.get_material(db.session, _bank_id(), material_id)


def _usual_class() -> str:
    return str(setting(db.session, _bank_id(), "default_price_class"))


def _bank_id() -> int:
    return current_bank().bank_id


def _today() -> date:
    return clock.day_in(current_bank().zone, clock.now_utc())


def _go(path: str) -> Response:
    return redirect(f"{request.script_root}/b/{current_bank().slug}{path}", 303)
