"""Pages that hand out papers: a statement for any period, receipts, minutes."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.db import db
from banksampah.desk.sheets import sheets
from banksampah.errors import Refused
from banksampah.members import gate
from banksampah.members.models import Member
from banksampah.members.queries import get_member
from banksampah.staff.auth import READERS, WEIGHERS, current_bank, requires
from banksampah.statements import papers, queries
from banksampah.statements.check_pages import check_bp
from banksampah.statements.schemas import PaperPageIn, PeriodPageIn, SheetsPageIn
from banksampah.statements.turns import in_turn
from banksampah.web.forms import Form, blank_form, read_values

bp = Blueprint("statements", __name__)
bp.register_blueprint(check_bp)

FIELDS = {"since": "dari", "until": "sampai"}


@bp.get("/nasabah/<int:member_id>/rekening-koran")
@requires(*READERS)
def statement(member_id: int) -> Any:
    """The form of period and paper; with a period in the address, the statement itself."""
    bank = current_bank()
    member = get_member(db.session, bank.bank_id, member_id)
    return _statement_or_form(bank, member, back=f"/nasabah/{member.id}")


@bp.get("/saldo-saya/rekening-koran")
@gate.household
@in_turn
def own_statement() -> Any:
    """The same for the household that gave its number and PIN."""
    return _statement_or_form(current_bank(), gate.current_member(), back="/saldo-saya")


@bp.get("/saldo-saya/rekening-koran.pdf")
@gate.household
@in_turn
def own_year() -> Response:
    """The household's statement of this year so far, with one touch."""
    bank, now = current_bank(), clock.now_utc()
    today = clock.day_in(bank.zone, now)
    member_id, since = gate.current_member().id, today.replace(month=1, day=1)
    doc = queries.statement(
        db.session, bank.bank_id, member_id, since=since, until=today, today=today
    )
    return papers.as_response(papers.print_statement(doc, paper=bank.paper, printed_at=now))


@bp.get("/setoran/<int:seq>/bukti.pdf")
@requires(*READERS)
def deposit_receipt(seq: int) -> Response:
    """The receipt of a deposit: A6, or `?kertas=58mm` for a roll."""
    doc = queries.deposit_receipt(db.session, current_bank().bank_id, seq)
    slip = request.args.get("kertas") == papers.SLIP
    printed = papers.print_deposit_receipt(
        doc, printed_at=clock.now_utc(), slip=slip, check_at=_check_at()
    )
    return papers.as_response(printed)


@bp.get("/setoran/lembar.pdf")
@requires(*WEIGHERS)
def weighing_sheets() -> Response:
    """Sheets to weigh by hand: `?rt=` of `?hari=`, on `?kertas=A4` or F4."""
    bank, now = current_bank(), clock.now_utc()
    form = _asked(SheetsPageIn)
    day = form.data.get("day") or clock.day_in(bank.zone, now)
    made = sheets(db.session, bank.bank_id, day, form.data.get("rt", ""))
    paper = form.data.get("paper", bank.paper)
    head = queries.letterhead(bank)
    return papers.as_response(papers.print_weighing_sheets(made, head, paper=paper, printed_at=now))


@bp.get("/penarikan/<int:seq>/kwitansi.pdf")
@requires(*READERS)
def withdrawal_receipt(seq: int) -> Response:
    """The receipt of a withdrawal that was paid, in two copies."""
    doc = queries.withdrawal_receipt(db.session, current_bank().bank_id, seq)
    printed = papers.print_withdrawal_receipt(doc, printed_at=clock.now_utc(), check_at=_check_at())
    return papers.as_response(printed)


@bp.get("/pembagian/<int:seq>/berita-acara.pdf")
@requires(*READERS)
def split_minutes(seq: int) -> Response:
    """The minutes of a split on `?kertas=A4` or F4; before it is approved, a draft."""
    bank = current_bank()
    paper = _asked(PaperPageIn).data.get("paper", bank.paper)
    doc = queries.split_minutes(db.session, bank.bank_id, seq)
    return papers.as_response(papers.print_minutes(doc, paper=paper, printed_at=clock.now_utc()))


@bp.get("/pembagian/<int:seq>/susulan")
@requires(*READERS)
def late_deposits(seq: int) -> str:
    """The annex of the minutes: what came after its time was divided."""
    doc = queries.split_minutes(db.session, current_bank().bank_id, seq)
    return render_template("statements/late.html", doc=doc)


def _check_at() -> str:
    """Where anybody can check a paper of this bank: what its QR code opens, less the code."""
    slug = current_bank().slug
    return url_for("statements.check.scanned", slug=slug, code="-", _external=True)[:-2]


def _statement_or_form(bank: Bank, member: Member, *, back: str) -> Any:
    """The statement of the period in the address; without one, or with a wrong one, the form."""
    now = clock.now_utc()
    today = clock.day_in(bank.zone, now)
    if "dari" not in request.args and "sampai" not in request.args:
        form = blank_form(dari=today.replace(day=1), sampai=today, kertas=bank.paper)
        return _form_page(bank, member, form, today, back)
    form = _asked(PeriodPageIn)
    if form.ok:
        period = {"since": form.data["since"], "until": form.data["until"], "today": today}
        try:
            doc = queries.statement(db.session, bank.bank_id, member.id, **period)
            paper = form.data.get("paper", bank.paper)
            return papers.as_response(papers.print_statement(doc, paper=paper, printed_at=now))
        except Refused as refusal:
            form.refuse(refusal, FIELDS.get(refusal.field or ""))
    return _form_page(bank, member, form, today, back), 422


def _form_page(bank: Bank, member: Member, form: Form, today: date, back: str) -> str:
    return render_template(
        "statements/period.html",
        bank=bank,
        member=member,
        form=form,
        periods=usual_periods(today),
        papers=[("A4", "A4"), ("F4", _("F4 (215 × 330 mm)"))],
        back=back,
    )


def usual_periods(today: date) -> list[tuple[str, date, date]]:
    """What is asked for most, to be had with one touch: name, first and last day."""
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    year = today.replace(month=1, day=1)
    return [
        (_("Bulan ini"), month, today),
        (_("Bulan lalu"), last_month_end.replace(day=1), last_month_end),
        (_("Tahun ini"), year, today),
    ]


def _asked(schema: type[Schema]) -> Form:
    """The fields of *schema* in the address; what else stands there is not ours."""
    names = {field.data_key for field in schema().fields.values()}
    known = [(name, text) for name, text in request.args.items(multi=True) if name in names]
    return read_values(schema, MultiDict(known))
