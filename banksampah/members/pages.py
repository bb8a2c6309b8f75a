"""Pages of members for those who serve in the bank."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.banks.queries import setting
from banksampah.catalog.queries import price_classes
from banksampah.catalog.wording import KIND_WORDS
from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.members import gate, queries, service
from banksampah.members.ending_pages import ending_bp
from banksampah.members.models import Member
from banksampah.members.schemas import (
    MemberChangeFormIn,
    MemberFormIn,
    SignInIn,
)
from banksampah.members.service.imports import PlannedMember
from banksampah.members.wording import card_sums, spoken, spoken_with_checks
from banksampah.sheets import TableRefused, read_table, table_text
from banksampah.staff.attempts import TooManyAttempts
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    WEIGHERS,
    act,
    current_bank,
    current_staff,
    public,
    requires,
)
from banksampah.web.forms import Form, blank_form, read_form

bp = Blueprint("members", __name__)
bp.register_blueprint(ending_bp)

CARD_ROWS = 25
OWN_ROWS = 10
BLANK: dict[str, Any] = {
    "rt": "", "rw": "", "house_no": "", "phone": "", "price_class": None, "people": [],
}  # fmt: skip
STATES = {"buka": "open", "tutup": "closed", "semua": "all", "": "open"}


@bp.get("/nasabah")
@requires(*READERS)
def index() -> str:
    """Find members by number, name, RT and state."""
    asked = _asked()
    bank_id = current_bank().bank_id
    page = queries.search_members(db.session, bank_id, **asked)
    now = queries.standings(db.session, bank_id, page.members)
    return render_template(
        "members/index.html",
        query=asked["q"],
        rt=asked["rt"],
        state=request.args.get("keadaan", ""),
        rts=queries.rts(db.session, bank_id),
        members=page.members,
        now=now,
        count=page.members_count,
        next_href=_page_href(page.next_number) if page.next_number else "",
        first_href=_page_href(None) if asked["after_number"] else "",
        may_add=current_staff().may(*WEIGHERS),
        may_import=current_staff().may(*BOOKKEEPERS),
    )


@bp.get("/nasabah/baru")
@requires(*WEIGHERS)
def new() -> str:
    """The form of a new member."""
    return _form_page(blank_form())


@bp.post("/nasabah")
@requires(*WEIGHERS)
def create() -> Response | tuple[str, int]:
    """Open a member's account."""
    form = read_form(MemberFormIn)
    weigh = form.data.pop("then", None)
    if form.ok:
        try:
            with transaction(current_bank().bank_id) as session:
                member = service.open_member(session, act(), **form.data)
            flash(_("%(name)s tersimpan dengan nomor %(n)s.", name=member.name, n=member.number))
            return _go(f"/setoran/baru?nasabah={member.id}" if weigh else f"/nasabah/{member.id}")
        except DomainError as error:
            form.refuse(error)
    return _form_page(form), 422


@bp.get("/nasabah/<int:member_id>")
@requires(*READERS)
def show(member_id: int) -> str:
    """The member's card: what it has, its movements with the balance after each."""
    bank_id, staff = current_bank().bank_id, current_staff()
    member = queries.get_member(db.session, bank_id, member_id)
    page = queries.movements(
        db.session, member, cursor=request.args.get("sebelum"), limit=CARD_ROWS
    )
    merged_into_id = member.merged_into_id
    return render_template(
        "members/show.html",
        member=member,
        people=queries.people_of(db.session, bank_id, member_id),
        kind_word=KIND_WORDS[member.kind],
        merged_into=_member(merged_into_id) if merged_into_id else None,
        balance=queries.standing(db.session, member),
        lines=spoken(db.session, bank_id, page.lines[::-1], f"{request.script_root}{_home()}"),
        **card_sums(page),
        older_href=f"?sebelum={page.next_cursor}" if page.next_cursor else "",
        first_href=request.path if request.args.get("sebelum") else "",
        may={
            "weigh": staff.may(*WEIGHERS),
            "withdraw": staff.may(*WEIGHERS),
            "change": staff.may(*WEIGHERS),
            "end": staff.may(*BOOKKEEPERS),
        },
    )


@bp.get("/nasabah/<int:member_id>/ubah")
@requires(*WEIGHERS)
def edit(member_id: int) -> str:
    """The form with what is said of the member now."""
    return _form_page(blank_form(), _member(member_id))


@bp.post("/nasabah/<int:member_id>/ubah")
@requires(*WEIGHERS)
def change(member_id: int) -> Response | tuple[str, int]:
    """Change what is said of the member."""
    form = read_form(MemberChangeFormIn)
    if form.ok:
        try:
            with transaction(current_bank().bank_id) as session:
                service.change_member(session, act(), member_id=member_id, **BLANK | form.data)
            flash(_("Perubahan disimpan."))
            return _go(f"/nasabah/{member_id}")
        except DomainError as error:
            form.refuse(error, "")
    return _form_page(form, _member(member_id)), 422


@bp.get("/nasabah/<int:member_id>/pin")
@requires(*WEIGHERS)
def pin(member_id: int) -> str:
    """What a PIN is for, and a button that makes one."""
    return render_template("members/pin.html", member=_member(member_id), form=blank_form())


@bp.post("/nasabah/<int:member_id>/pin")
@requires(*WEIGHERS)
def make_pin(member_id: int) -> str | tuple[str, int]:
    """Make a new PIN and show it this once."""
    made, form = service.make_pin(), blank_form()
    try:
        with transaction(current_bank().bank_id) as session:
            if not service.set_pin(session, act(), member_id=member_id, pin=made):
                made = ""
                form.add_error(
                    "", _("PIN ini sudah dibuat dan ditampilkan. Buat lagi bila hilang.")
                )
    except DomainError as error:
        made = ""
        form.refuse(error, "")
    page = render_template("members/pin.html", member=_member(member_id), form=form, new_pin=made)
    return page if form.ok else (page, 422)


@bp.get("/nasabah/impor")
@requires(*BOOKKEEPERS)
def importing() -> str:
    """Choose a file."""
    return _import_page()


@bp.post("/nasabah/impor")
@requires(*BOOKKEEPERS)
def check_or_import() -> Response | str | tuple[str, int]:
    """Check a file and show what it would store; store it once that was seen."""
    checked, bank_id = request.form.get("rows"), current_bank().bank_id
    try:
        rows = read_table(checked.encode() if checked else _sent_file(), service.COLUMNS)
        if not checked:
            planned = service.check_members(db.session, bank_id, rows, _today())
            return _import_page(planned=planned, rows_text=table_text(rows, service.COLUMNS))
        with transaction(bank_id) as session:
            count = len(service.import_members(session, act(), rows=rows))
    except TableRefused as refused:
        return _import_page(refused=refused), 422
    flash(_("%(n)s nasabah tersimpan.", n=count))
    return _go("/nasabah")


@bp.get("/saldo-saya/masuk")
@public
def own_sign_in(slug: str) -> str:
    """The household's form: number and PIN."""
    gate.enter_bank(slug)
    return render_template("members/balance_sign_in.html", form=blank_form())


@bp.post("/saldo-saya/masuk")
@public
def own_sign_in_form(slug: str) -> Response | tuple[str, int]:
    """Open the household's own page."""
    bank, form, wait_minutes = gate.enter_bank(slug), read_form(SignInIn), 0
    if form.ok:
        try:
            secret = gate.sign_in(bank, form.data["number"], form.data["pin"])
            return gate.remember(redirect(url_for(".own", slug=slug), 303), secret)
        except TooManyAttempts as error:
            wait_minutes = (error.extra["retry_after_s"] + 59) // 60
        except gate.WrongPin as error:
            form.refuse(error)
    status = 429 if wait_minutes else 422
    page = "members/balance_sign_in.html"
    return render_template(page, form=form, wait_minutes=wait_minutes), status


@bp.get("/saldo-saya")
@gate.household
def own() -> str:
    """The household's own page: what it has, what it may take, its last movements."""
    member, bank = gate.current_member(), current_bank()
    page = queries.movements(db.session, member, limit=OWN_ROWS)
    check_at = f"{request.script_root}{_home()}/v"
    return render_template(
        "members/balance.html",
        member=member,
        balance=queries.standing(db.session, member),
        at=clock.now_utc(),
        lines=spoken_with_checks(db.session, bank.bank_id, page.lines[::-1], check_at),
        opening=(_("Saldo sebelumnya"), page.opening_idr) if page.next_cursor else None,
        minimum_idr=setting(db.session, bank.bank_id, "withdrawal_minimum_idr"),
        wa_href=_whatsapp(bank.phone),
    )


@bp.post("/saldo-saya/keluar")
@public
def own_sign_out(slug: str) -> Response:
    """Close the household's page in this browser."""
    bank = gate.enter_bank(slug)
    return gate.leave(bank, redirect(url_for(".own_sign_in", slug=slug), 303))


def _member(member_id: int) -> Member:
    return queries.get_member(db.session, current_bank().bank_id, member_id)


def _asked() -> dict[str, Any]:
    asked = {name: text.replace("\0", "") for name, text in request.args.items()}
    return {
        "q": asked.get("cari", "")[:80],
        "rt": asked.get("rt", "")[:3],
        "state": STATES.get(asked.get("keadaan", ""), "open"),
        "after_number": asked.get("setelah", "")[:16] or None,
    }


def _page_href(after_number: str | None) -> str:
    kept = {
        name: request.args[name] for name in ("cari", "rt", "keadaan") if request.args.get(name)
    }
    if after_number:
        kept["setelah"] = after_number
    return f"{request.path}?{urlencode(kept)}"


def _form_page(form: Form, member: Member | None = None) -> str:
    bank_id = current_bank().bank_id
    usual = setting(db.session, bank_id, "default_price_class")
    classes = [name for name in price_classes(db.session, bank_id) if name not in (usual, "jual")]
    people = queries.people_of(db.session, bank_id, member.id) if member else []
    return render_template(
        "members/form.html",
        form=form,
        member=member,
        people=[person.name for person in people],
        next_number=service.next_number(db.session, bank_id),
        price_classes=[("", _("Biasa (%(name)s)", name=usual)), *((c, c) for c in classes)],
        today=_today(),
    )


def _import_page(
    planned: Sequence[PlannedMember] = (),
    rows_text: str = "",
    refused: TableRefused | None = None,
) -> str:
    return render_template(
        "members/import.html",
        form=blank_form(),
        columns=[(column.name, " · ".join(column.titles) or "–") for column in service.COLUMNS],
        planned=planned,
        total_idr=sum(plan.balance_idr for plan in planned),
        rows_text=rows_text,
        refused=refused,
    )


def _sent_file() -> bytes:
    sent = request.files.get("file")
    return sent.read() if sent else b""


def _whatsapp(phone: str) -> str:
    digits = "".join(digit for digit in phone if digit.isdigit())
    return f"https://wa.me/62{digits[1:]}" if digits.startswith("0") and len(digits) > 8 else ""


def _today() -> date:
    return clock.day_in(current_bank().zone, clock.now_utc())


def _home() -> str:
    return f"/b/{current_bank().slug}"


def _go(path: str) -> Response:
    return redirect(f"{request.script_root}{_home()}{path}", 303)
