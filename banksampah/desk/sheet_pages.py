"""Sheets of paper: choose what to print, then type a filled one in, row by row, with its totals.

A row that goes to Titipan is told at its place before anything is booked.
"""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import EXCLUDE, Schema, fields
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.deposits import views
from banksampah.deposits.models import SHEET_KEY
from banksampah.desk import service
from banksampah.desk.records import plain_text
from banksampah.desk.sheets import (
    BLANK_COLUMNS,
    BLANK_ROWS,
    COLUMNS,
    MEMBERS_ON_A_SHEET,
    Sheet,
    SheetNumber,
    blank_sheet,
    read_sheet_number,
    rts_with_households,
    sheets,
)
from banksampah.errors import DomainError
from banksampah.ledger import KeyReused
from banksampah.members.queries import get_member
from banksampah.money import format_idr
from banksampah.staff.auth import WEIGHERS, act, current_bank, requires
from banksampah.web.fields import Day, Rupiah, WholeNumber
from banksampah.web.forms import Form, blank_form, read_form

sheet_bp = Blueprint("sheets", __name__)

ROWS = MEMBERS_ON_A_SHEET + BLANK_ROWS
WIDTH = COLUMNS + BLANK_COLUMNS
CELL_CHARS_MAX = 30
NAME_CHARS_MAX = 80


class SheetIn(Schema):
    """What stands on a sheet beside its cells."""

    class Meta:
        unknown = EXCLUDE  # the cells, which are read one by one

    weighed_on = Day(required=True)
    layout = fields.String(load_default="")
    households_count = WholeNumber(required=True)
    value_idr = Rupiah(allow_none=True, load_default=None)


@sheet_bp.get("/setoran/lembar")
@requires(*WEIGHERS)
def index() -> str:
    """Which sheets there are for a day, to print or to type in."""
    bank = current_bank()
    today = clock.day_in(bank.zone, clock.now_utc())
    day = views.day_of(request.args.get("hari"), today)
    rts = rts_with_households(db.session, bank.bank_id)
    numbers = {
        rt: [sheet.number for sheet in sheets(db.session, bank.bank_id, day, rt)]
        for rt, _count in rts
    }
    return render_template("desk/sheets.html", day=day, today=today, rts=rts, numbers=numbers)


@sheet_bp.get("/setoran/lembar/isi")
@requires(*WEIGHERS)
def fill() -> str | Response | tuple[str, int]:
    """The grid of one sheet, laid out as the paper is."""
    typed = request.args.get("nomor", "")[:CELL_CHARS_MAX]
    number = read_sheet_number(typed)
    if number is None:
        flash(
            _("Nomor lembar %(number)s salah ketik. Cocokkan dengan kertas.", number=typed), "look"
        )
        return redirect(url_for("desk.sheets.index", slug=current_bank().slug), 303)
    sheet = blank_sheet(db.session, current_bank().bank_id, number)
    return _grid(sheet, blank_form(weighed_on=number.day, **_as_printed(sheet)))


@sheet_bp.post("/setoran/lembar/isi")
@requires(*WEIGHERS)
def enter() -> Response | tuple[str, int]:
    """Record the sheet, when its totals agree."""
    form, number = read_form(SheetIn), read_sheet_number(request.args.get("nomor", ""))
    if number is None:
        return redirect(url_for("desk.sheets.index", slug=current_bank().slug), 303)
    sheet = blank_sheet(db.session, current_bank().bank_id, number)
    if form.ok:
        try:
            _check_layout(sheet, form)
            return _record(number, form)
        except service.TitipanNotAgreed:
            return _grid(sheet, form, asking=True), 200
        except service.SheetRefused as refusal:
            for name, sentence in refusal.faults:
                form.add_error(name, sentence)
        except KeyReused as reused:
            words = _(
                "Lembar ini sudah dicatat dengan isi lain: catatan %(seq)s. "
                "Yang salah dibatalkan lewat setorannya.",
                seq=reused.extra["seq"],
            )
            form.add_error("", words)
        except DomainError as error:
            form.refuse(error)
    return _grid(sheet, form), 422


def _check_layout(sheet: Sheet, form: Form) -> None:
    """Raises SheetRefused where rows or columns of the paper stand in another order than here."""
    codes = [_text(form, f"code-{column}") for column in range(WIDTH)]
    numbers = [_text(form, f"number-{row}") for row in range(1, ROWS + 1)]
    told = _text(form, "layout")
    if not told:
        words = _("Isi kode susunan. Kode ini tercetak di bawah nomor lembar.")
    elif not sheet.fits(told, codes, numbers):
        words = _(
            "Kode susunan %(code)s lain dari isian di bawah. Cocokkan kode ini. Bila sudah benar, "
            "nasabah atau jenis sampah berubah sejak kertas dicetak: tulis kode jenis dan nomor "
            "nasabah persis urutan di kertas, lalu periksa beratnya.",
            code=told,
        )
    else:
        return
    raise service.SheetRefused([("layout", words)])


def _record(number: SheetNumber, form: Form) -> Response:
    asked = replace(act(), key=f"{SHEET_KEY}{number}")  # the sheet's own key: it counts once
    with transaction(asked.bank_id, asked.key) as session:
        entered = service.record_sheet(session, asked, _typed(number, form))
    told = {"number": number, "n": entered.deposits_count, "value": format_idr(entered.value_idr)}
    if entered.known:
        flash(
            _("Lembar %(number)s sudah tercatat sebelumnya: %(n)s setoran, %(value)s.", **told),
            "look",
        )
    else:
        flash(_("Lembar %(number)s tercatat: %(n)s setoran, %(value)s.", **told), "done")
    if entered.aside_count:
        words = _(
            "%(n)s di antaranya masuk Titipan. Bendahara menyelesaikannya di Perlu dilihat.",
            n=entered.aside_count,
        )
        flash(words, "look")
    day = form.data["weighed_on"].isoformat()
    return redirect(url_for("deposits.index", slug=current_bank().slug, hari=day), 303)


def _text(form: Form, name: str, most: int = CELL_CHARS_MAX) -> str:
    return plain_text(form.value(name))[:most]


def _lines(form: Form) -> list[service.SheetLine]:
    """The rows in which a weight stands."""
    return [
        service.SheetLine(
            row,
            _text(form, f"number-{row}"),
            cells,
            _text(form, f"sure-{row}"),
            _text(form, f"name-{row}", NAME_CHARS_MAX),
            _text(form, f"titipan-{row}", CELL_CHARS_MAX + NAME_CHARS_MAX),
        )
        for row in range(1, ROWS + 1)
        if (cells := {c: t for c in range(WIDTH) if (t := _text(form, f"quantity-{row}-{c}"))})
    ]


def _typed(number: SheetNumber, form: Form) -> service.SheetTyped:
    return service.SheetTyped(
        number=str(number),
        day=form.data["weighed_on"],
        codes=[_text(form, f"code-{column}") for column in range(WIDTH)],
        lines=_lines(form),
        totals=[_text(form, f"total-{column}") for column in range(WIDTH)],
        households_count=form.data["households_count"],
        value_idr=form.data["value_idr"],
    )


def _as_printed(sheet: Sheet) -> dict[str, Any]:
    """What the paper has printed: households and codes of materials."""
    numbers = {f"number-{place}": row.number for place, row in enumerate(sheet.rows, 1)}
    return numbers | {f"code-{place}": column.code for place, column in enumerate(sheet.columns)}


def _grid(sheet: Sheet, form: Form, asking: bool = False) -> str:
    bank_id = current_bank().bank_id
    aside = service.rows_in_titipan(db.session, bank_id, _lines(form))
    return render_template(
        "desk/sheet.html",
        form=form,
        sheet=sheet,
        rows=range(1, ROWS + 1),
        columns=range(WIDTH),
        aside={place: (who.told, _why_aside(who)) for place, who in aside.items()},
        asking=asking,
    )


def _why_aside(who: service.Whose) -> str:
    """Why this row goes to Titipan, and what comes then."""
    if who.meant_for is not None:
        name = get_member(db.session, current_bank().bank_id, who.meant_for).name
        why = _("Nasabah %(number)s %(name)s sudah ditutup.", number=who.number, name=name)
    elif who.number:
        why = _("Nasabah %(number)s tidak ada.", number=who.number)
    else:
        why = _("%(name)s belum punya nomor.", name=who.name)
    if not who.name:
        then = _("Setoran ini masuk Titipan sampai bendahara menyelesaikannya.")
    else:
        then = _(
            "Setoran ini masuk Titipan atas nama %(name)s sampai bendahara mencocokkannya.",
            name=who.name,
        )
    return f"{why} {then}"
