"""The treasurer's side of the desk: phones, opening days, what must be looked at; and a PIN."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from markupsafe import Markup
from marshmallow import ValidationError
from segno import make_qr
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.desk import gaps, history, late_sheets, queries, service, views
from banksampah.desk.auth import act_of, find_phone, remember_phone
from banksampah.desk.island import app_now, take_each
from banksampah.desk.island import bp as island_bp
from banksampah.desk.models import DeskFlag, DeskIntake, Device
from banksampah.desk.records import told_in
from banksampah.desk.schemas import DecisionIn, FileIn, GapIn, PinIn
from banksampah.desk.service.devices import InviteSpent
from banksampah.desk.sheet_pages import sheet_bp
from banksampah.desk.sides import Sides
from banksampah.errors import DomainError
from banksampah.ledger import Act
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
from banksampah.web.metrics import ask_when_read

bp = Blueprint("desk", __name__)
bp.register_blueprint(island_bp)
bp.register_blueprint(sheet_bp)


ASKED_FOR = ("deposit_seq", "number")
"""What a card of "Perlu dilihat" may ask for beside its buttons."""
MONITORED = {
    "unsent_records": "Deposits that phones last said they hold",
    "unsent_silent_seconds": "Since the longest silent phone that holds some",
}


@bp.record_once
def tell_monitor(state: BlueprintSetupState) -> None:
    """What phones hold and have not sent, for who watches the service."""
    ask_when_read(state.app, MONITORED, _waiting)


def _waiting() -> dict[str, float]:
    unsent, oldest_ms = queries.phones_waiting(db.session)
    now_ms = clock.to_ms(clock.now_utc())
    silent_s = 0 if oldest_ms is None else (now_ms - oldest_ms) / 1000
    return {"unsent_records": unsent, "unsent_silent_seconds": silent_s}


@bp.get("/perangkat")
@requires(*BOOKKEEPERS)
def phones() -> str:
    """The bank's phones: last contact, unsent count."""
    missing = views.missing_by_phone(db.session, current_bank().bank_id)
    return render_template(
        "desk/phones.html",
        phones=queries.devices(db.session, current_bank().bank_id),
        missing=missing,
        app=app_now(current_bank().slug),
    )


@bp.post("/perangkat")
@requires(*BOOKKEEPERS)
def register() -> Response | str:
    """A new phone, and the code to scan with it."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        device, code = service.register_device(session, asked)
        return _code_page(device.name, code)


@bp.post("/perangkat/<int:device_id>/kode")
@requires(*BOOKKEEPERS)
def invite(device_id: int) -> str:
    """A fresh code for a phone that is known."""
    asked = act_of("perangkat/kode")
    with transaction(asked.bank_id) as session:
        device = queries.get_device(session, asked.bank_id, device_id)
        return _code_page(device.name, service.invite_again(session, asked, device))


@bp.post("/perangkat/<int:device_id>/pencabutan")
@requires(*BOOKKEEPERS)
def revoke(device_id: int) -> Response:
    """Take a phone out of use."""
    asked = act()
    with transaction(asked.bank_id, asked.key) as session:
        device = service.revoke_device(session, asked, device_id=device_id)
        flash(_("%(phone)s dinonaktifkan.", phone=device.name))
    return redirect(url_for("desk.phones", slug=current_bank().slug), 303)


@bp.get("/perangkat/pasang")
@requires(*WEIGHERS)
def pair_page() -> str:
    """What the scanned code opens on the phone: its page fills the code in, one button sends it."""
    return render_template("desk/pair.html", form=blank_form())


@bp.post("/perangkat/pasang")
@requires(*WEIGHERS)
def pair() -> Response | tuple[str, int]:
    """Make this browser the phone."""
    asked, code = act_of("perangkat/pasang"), request.form.get("kode", "")[:64]
    try:
        with transaction(asked.bank_id) as session:
            before = find_phone(session)
            _device, key = service.pair(session, asked, code, before)
    except InviteSpent as error:
        form = Form(general=[_(error.message)])
        return render_template("desk/pair.html", form=form), 422
    home = redirect(url_for("desk.timbang.shell", slug=current_bank().slug), 303)
    return remember_phone(home, asked.bank_id, key)


@bp.get("/perlu-dilihat")
@requires(*BOOKKEEPERS)
def flags() -> str:
    """Everything that waits, each with both sides and its buttons."""
    return _flags(blank_form())


@bp.get("/perlu-dilihat/diputuskan")
@requires(*BOOKKEEPERS)
def decided() -> str:
    """Everything that was decided, newest first, and the way back from what was not recorded."""
    return _decided_page(blank_form())


@bp.post("/perlu-dilihat/<int:flag_id>")
@requires(*BOOKKEEPERS)
def decide(flag_id: int) -> Response | tuple[str, int]:
    """Settle one of them."""
    return _decided(partial(service.decide, flag_id=flag_id), str(flag_id))


@bp.post("/perlu-dilihat/<int:flag_id>/buka-lagi")
@requires(*BOOKKEEPERS)
def reopen(flag_id: int) -> Response | tuple[str, int]:
    """Ask once more about a deposit that was not to be recorded."""
    asked = act()
    try:
        with transaction(asked.bank_id, asked.key) as session:
            service.reopen_flag(session, asked, flag_id=flag_id)
    except DomainError as error:
        return _decided_page(Form(general=[_(error.message)])), 422
    flash(_("Dibuka lagi. Setoran itu menunggu keputusan di sini."))
    return redirect(url_for("desk.flags", slug=current_bank().slug), 303)


@bp.post("/perlu-dilihat/titipan/<int:deposit_seq>")
@requires(*BOOKKEEPERS)
def decide_row(deposit_seq: int) -> Response | tuple[str, int]:
    """Settle what a row of a sheet of paper laid in Titipan."""
    settle_it = partial(service.decide_row, deposit_seq=deposit_seq)
    return _decided(settle_it, f"titipan-{deposit_seq}")


@bp.post("/perlu-dilihat/selisih/<int:seq>")
@requires(*BOOKKEEPERS)
def decide_surplus(seq: int) -> Response | tuple[str, int]:
    """Settle what a correction laid in Titipan."""
    return _decided(partial(service.decide_surplus, seq=seq), f"selisih-{seq}")


@bp.post("/perlu-dilihat/nomor/<int:device_id>/<int:epoch>/<int:number>")
@requires(*BOOKKEEPERS)
def settle(device_id: int, epoch: int, number: int) -> Response | tuple[str, int]:
    """Say what became of a receipt number that never came."""
    form, asked = read_form(GapIn), act()
    which = {"device_id": device_id, "epoch": epoch, "number": number}
    if form.ok:
        try:
            with transaction(asked.bank_id, asked.key) as session:
                service.settle_gap(session, asked, **which, deposit_seq=form.data["deposit_seq"])
            flash(_("Keputusan disimpan."))
            return redirect(url_for("desk.flags", slug=current_bank().slug), 303)
        except DomainError as error:
            form.refuse(error, "deposit_seq")
    return _flags(form, "-".join(map(str, which.values()))), 422


@bp.post("/perlu-dilihat/nomor/<int:device_id>/<int:epoch>/<int:number>-<int:last>")
@requires(*BOOKKEEPERS)
def settle_run(**which: int) -> Response | tuple[str, int]:
    """Say of many receipt numbers at once that there never was such a deposit."""
    asked = act()
    try:
        with transaction(asked.bank_id, asked.key) as session:
            service.settle_run(session, asked, **which)
    except DomainError as error:
        return _flags(Form(general=[_(error.message)]), "nomor"), 422
    flash(_("Keputusan disimpan."))
    return redirect(url_for("desk.flags", slug=current_bank().slug), 303)


@bp.post("/perlu-dilihat/lembar/<int:seq>")
@requires(*BOOKKEEPERS)
def see_sheet(seq: int) -> Response | tuple[str, int]:
    """Leave a sheet of paper that came after its day as it is."""
    asked = act()
    try:
        with transaction(asked.bank_id, asked.key) as session:
            service.see_sheet(session, asked, seq=seq)
    except DomainError as error:
        return _flags(Form(general=[_(error.message)]), f"sheet-{seq}"), 422
    flash(_("Keputusan disimpan."))
    return redirect(url_for("desk.flags", slug=current_bank().slug), 303)


@bp.get("/hari-buka")
@requires(*READERS)
def days() -> str:
    """Opening days: each phone's count beside the books'."""
    bank = current_bank()
    return render_template(
        "desk/days.html",
        days=views.days(db.session, bank, clock.now_utc()),
        may_weigh=current_staff().may(*WEIGHERS),
    )


@bp.get("/pin-timbang")
@requires(*WEIGHERS)
def pin_page() -> str:
    """One's own PIN for the desk."""
    return render_template("desk/pin.html", form=blank_form())


@bp.post("/pin-timbang")
@requires(*WEIGHERS)
def make_pin() -> Response | tuple[str, int]:
    """Give it."""
    form, bank = read_form(PinIn), current_bank()
    if form.ok:
        try:
            with transaction(bank.bank_id) as session:
                service.set_desk_pin(
                    session, bank.bank_id, current_staff().user_id, form.data["pin"]
                )
            flash(_("PIN timbang disimpan. Ambil data terbaru di HP."))
            return redirect(url_for("desk.pin_page", slug=bank.slug), 303)
        except DomainError as error:
            form.refuse(error)
    form.values["pin"] = ""
    return render_template("desk/pin.html", form=form), 422


@bp.get("/perangkat/berkas")
@requires(*BOOKKEEPERS)
def file_page() -> str:
    """Hand in the file that a phone gave out."""
    return render_template("desk/file.html", form=blank_form(), answers=None)


@bp.post("/perangkat/berkas")
@requires(*BOOKKEEPERS)
def take_file() -> str | tuple[str, int]:
    """Take in its records, each as if the phone that numbered it had sent it."""
    try:
        sent = _file_of(request.files["file"].read())
        answers = _take_all(sent)
    except (KeyError, ValueError, ValidationError):
        form = Form(general=[_("Berkas ini bukan cadangan setoran. Ambil lagi dari HP.")])
    except DomainError as error:
        form = Form(general=[_(error.message)])
    else:
        left_count = len(sent["records"]) - len(answers)
        return render_template(
            "desk/file.html", form=blank_form(), answers=answers, left_count=left_count
        )
    return render_template("desk/file.html", form=form, answers=None), 422


def _file_of(sent: bytes) -> dict[str, Any]:
    return dict(FileIn().load(told_in(sent.decode("utf-8-sig"))))


def _take_all(sent: dict[str, Any]) -> list[service.Answer]:
    """What became of each record that was taken in; one that is not holds up none behind it.

    Nothing is taken in where the file is another bank's, or one of its phones is.
    """
    asked, records = act_of("perangkat/berkas"), sent["records"]
    with transaction(asked.bank_id, asked.key) as session:
        if sent["bank"] not in (None, current_bank().slug):
            raise queries.DeviceNotFound()
        known = queries.newest_raw_id(session, asked.bank_id)
        kept: dict[str, int] = {}
        for raw in records:
            kept |= service.keep_raw(session, asked, _numbered_by(session, asked, raw), [raw])
    new = {row_id for row_id in kept.values() if row_id > known}
    return list(take_each(records, kept, partial(_take_one, new)))


def _take_one(new: set[int], raw: dict[str, Any], row_id: int) -> service.Answer:
    """Take in one record of a file; its phone is heard from by those that were not here before."""
    one = act_of(raw["id"])
    with transaction(one.bank_id, one.key) as session:
        device = _numbered_by(session, one, raw)
        taken = service.take_in(session, one, device, raw, row_id)
        if row_id in new:
            service.hear_from_its_file(session, device)
    new.discard(row_id)
    return taken


def _numbered_by(session: Session, asked: Act, raw: dict[str, Any]) -> Device:
    found = queries.find_named(session, asked.bank_id, raw.get("device"))
    if found is None:
        raise queries.DeviceNotFound()
    return found


def _decided(settle_it: Callable[..., Any], card_id: str) -> Response | tuple[str, int]:
    form, asked = read_form(DecisionIn), act()
    if form.ok:
        try:
            with transaction(asked.bank_id, asked.key) as session:
                flash(_outcome(session, settle_it(session, asked, **form.data)))
            return redirect(url_for("desk.flags", slug=current_bank().slug), 303)
        except DomainError as error:
            asked_for = next((name for name in ASKED_FOR if name in request.form), None)
            form.refuse(error, asked_for if form.data["decision"] == "assign" else None)
    return _flags(form, card_id), 422


def _outcome(session: Session, settled: Any) -> str:
    """What the treasurer is told: of what is not recorded, where the way back is."""
    if isinstance(settled, DeskFlag):
        taken = session.get_one(DeskIntake, (settled.bank_id, settled.record_id))
        if service.may_reopen(settled, taken):
            return str(_("Keputusan disimpan. Bisa dibuka lagi di Sudah diputuskan."))
    return str(_("Keputusan disimpan."))


def _sides() -> Sides:
    bank = current_bank()
    return Sides(db.session, bank, clock.day_in(bank.zone, clock.now_utc()))


def _decided_page(form: Form) -> str:
    before_seq = whole(request.args.get("sebelum"))
    rows, next_seq = history.decided(db.session, _sides(), before_seq)
    here = url_for("desk.decided", slug=current_bank().slug)
    return render_template(
        "desk/decided.html",
        rows=rows,
        next_href=f"{here}?sebelum={next_seq}" if next_seq else "",
        first_href=here if before_seq else "",
        form=form,
    )


def _flags(form: Form, failed_id: str | None = None) -> str:
    bank, sides = current_bank(), _sides()
    return render_template(
        "desk/flags.html",
        waiting=views.flags(db.session, sides)
        + views.rows_of_sheets(db.session, sides)
        + views.surpluses(db.session, sides),
        waiting_count=views.waiting_count(db.session, bank.bank_id),
        runs=gaps.runs(gaps.gaps(db.session, bank.bank_id)),
        sheets=late_sheets.open_sheets(db.session, bank.bank_id),
        form=form,
        failed_id=failed_id,
    )


def _code_page(name: str, code: str) -> str:
    page = url_for("desk.pair_page", slug=current_bank().slug, _external=True)
    address = f"{page}#kode={code}"  # behind the "#" no server is told it, and no log
    picture = make_qr(address, error="m").svg_inline(
        scale=6, border=4, svgclass="qr", omitsize=True
    )
    return render_template("desk/code.html", name=name, address=address, picture=Markup(picture))
