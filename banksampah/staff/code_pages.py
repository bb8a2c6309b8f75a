"""Pages of the second factor: have one, get new recovery codes, take it away."""

from typing import Any

import segno
from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.staff import gate, second_factor, service
from banksampah.staff.auth import COOKIE, current_staff, signed_in
from banksampah.staff.journal import INSTALLATION
from banksampah.staff.schemas import CodeConfirmIn, CodePasswordIn
from banksampah.staff.watch import note
from banksampah.web import cookies
from banksampah.web.forms import Form, blank_form, read_form

code_bp = Blueprint("code", __name__, url_prefix="/akun/kode")


@code_bp.get("")
@signed_in
def page() -> str:
    """Whether I sign in with a code, and what I can change about it."""
    return _page()


@code_bp.post("/mulai")
@signed_in
def begin() -> str | tuple[str, int]:
    """Show a new key for the app, asked with the password."""
    form = read_form(CodePasswordIn)
    user_id = current_staff().user_id
    if form.ok:
        try:
            gate.ask_again(user_id, form.data["password"])
            offered = second_factor.offer(
                db.session, user_id, at=clock.now_utc(), secret_key=_secret_key()
            )
            return _page(blank_form(), offered=offered)
        except (service.WrongPassword, second_factor.AlreadyOn) as error:
            _refuse(form, error)
    return _page(form), 422


@code_bp.post("/sahkan")
@signed_in
def confirm() -> str | tuple[str, int]:
    """The app shows its first code: from now on I sign in with one. Other browsers are out."""
    form, user_id, at = read_form(CodeConfirmIn), current_staff().user_id, clock.now_utc()
    offered = None
    try:
        sent = request.form.get("offer", "")
        offered = second_factor.read_offer(user_id, sent, at=at, secret_key=_secret_key())
        if form.ok:
            with transaction(INSTALLATION) as session:
                codes = second_factor.confirm(
                    session, user_id, offered, "".join(form.data["code"].split()), at=at,
                    secret_key=_secret_key(),
                )  # fmt: skip
                service.end_sessions(session, user_id, keep_key=cookies.read(COOKIE))
                note("code.added", user_id=user_id)
            return _page(codes=codes)
    except DomainError as error:
        form.refuse(error)
    return _page(form, offered=offered), 422


@code_bp.post("/cadangan")
@signed_in
def recovery() -> str | tuple[str, int]:
    """New recovery codes; the former ones end. Asked with the password."""
    return _with_password("code.recovery_renewed", second_factor.renew_recovery)


@code_bp.post("/lepas")
@signed_in
def remove() -> str | tuple[str, int]:
    """Sign in without a code again, asked with the password. Other browsers are out."""
    return _with_password("code.removed", second_factor.remove)


def _with_password(kind: str, change: Any) -> str | tuple[str, int]:
    form, user_id = read_form(CodePasswordIn), current_staff().user_id
    if form.ok:
        try:
            gate.ask_again(user_id, form.data["password"])
            with transaction(INSTALLATION) as session:
                if not second_factor.is_on(session, user_id):
                    return _page(), 422
                codes = change(session, user_id)
                service.end_sessions(session, user_id, keep_key=cookies.read(COOKIE))
                note(kind, user_id=user_id)
            return _page(codes=codes if isinstance(codes, list) else ())
        except service.WrongPassword as error:
            _refuse(form, error)
    return _page(form), 422


def _refuse(form: Form, error: DomainError) -> None:
    if isinstance(error, service.WrongPassword):
        form.add_error("password", _("Kata sandi tidak cocok. Ketik lagi."))
    else:
        form.refuse(error, "")


def _page(
    form: Form | None = None,
    offered: second_factor.Offer | None = None,
    codes: Any = (),
) -> str:
    me = current_staff()
    link = second_factor.link_for_app(offered.key, me.login) if offered else ""
    return render_template(
        "staff/code.html",
        form=form or blank_form(),
        me=me,
        is_on=second_factor.is_on(db.session, me.user_id),
        offered=offered,
        picture=segno.make(link, error="m").png_data_uri(scale=5, border=4) if link else "",
        codes=codes,
    )


def _secret_key() -> str:
    return str(current_app.secret_key)
