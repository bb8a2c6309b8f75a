"""Pages of people: sign-in, choose a bank, my account, the staff of a bank."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from banksampah import clock
from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.staff import gate, queries, service
from banksampah.staff.auth import (
    ALL_ROLES,
    AUDITOR,
    CHAIR,
    COOKIE,
    act,
    current_bank,
    current_staff,
    public,
    requires,
    signed_in,
)
from banksampah.staff.code_pages import code_bp
from banksampah.staff.journal import INSTALLATION, events
from banksampah.staff.nav import nav_items
from banksampah.staff.passwords import PasswordWeak
from banksampah.staff.schemas import (
    ALL_OTHERS,
    CodeIn,
    NameIn,
    PasswordIn,
    PersonIn,
    RoleIn,
    SessionsIn,
    SignInIn,
    TokenFormIn,
)
from banksampah.staff.second_factor import WrongCode, is_on
from banksampah.staff.secrets import key_hash, new_password
from banksampah.staff.watch import note
from banksampah.staff.wording import spoken
from banksampah.web import cookies
from banksampah.web.forms import Form, blank_form, read_form, whole
from banksampah.web.guards import own_path

root_bp = Blueprint("staff", __name__)
root_bp.register_blueprint(code_bp)
bp = Blueprint("petugas", __name__)

OWN_EVENTS, BANK_EVENTS = 10, 50


@root_bp.app_context_processor
def who_and_where() -> dict[str, Any]:
    """What base.html asks for on every page."""
    staff = g.get("staff")
    bank = current_bank() if "bank_row" in g or "bank" in g else None
    places = nav_items(staff, bank)
    return {"staff": staff, "bank": bank, "nav_items": places, "data_at": bank and clock.now_utc()}


@root_bp.get("/masuk")
@public
def sign_in_page() -> str:
    """The sign-in form."""
    return render_template("staff/sign_in.html", form=blank_form(), next=_next())


@root_bp.post("/masuk")
@public
def sign_in_form() -> Response | tuple[str, int]:
    """Sign in, and go on to where one was going."""
    form = read_form(SignInIn)
    if form.ok:
        try:
            key = gate.sign_in(**form.data)
            if key is None:
                return redirect(url_for(".code_page", next=_next()), 303)
            return gate.remember(redirect(_next(), 303), key, form.data["login"])
        except service.WrongPassword as error:
            form.refuse(error)
    return render_template("staff/sign_in.html", form=form, next=_next()), 422


@root_bp.get("/masuk/kode")
@public
def code_page() -> str | Response:
    """The second step of signing in, for those who have one."""
    if not gate.code_is_due():
        return redirect(url_for(".sign_in_page", next=_next()), 303)
    return render_template("staff/sign_in_code.html", form=blank_form(), next=_next())


@root_bp.post("/masuk/kode")
@public
def code_form() -> Response | tuple[str, int]:
    """Take the code, and go on to where one was going."""
    form = read_form(CodeIn)
    if form.ok:
        try:
            return gate.remember(redirect(_next(), 303), gate.sign_in_with_code(form.data["code"]))
        except gate.CodeLate:
            flash(_("Kode terlalu lama ditunggu. Masuk lagi dari awal."), "look")
            return redirect(url_for(".sign_in_page", next=_next()), 303)
        except WrongCode as error:
            form.refuse(error)
    return render_template("staff/sign_in_code.html", form=form, next=_next()), 422


@root_bp.post("/keluar")
@public
def sign_out() -> Response:
    """End the session, in the database and in the browser."""
    gate.sign_out()
    return gate.forget_browser(redirect(url_for("staff.sign_in_page"), 303))


@root_bp.after_app_request
def hand_over_new_key(answer: Response) -> Response:
    """Rights changed: the browser gets its session's new secret with this answer."""
    key = g.pop("new_key", None)
    return gate.remember(answer, key) if key else answer


@root_bp.get("/")
@signed_in
def choose_bank() -> str | Response:
    """To the bank one serves; to a list when there are several."""
    banks = queries.banks_of(db.session, current_staff().user_id)
    if len(banks) == 1:
        return redirect(f"/b/{banks[0].slug}/", 303)
    return render_template("staff/choose_bank.html", banks=banks)


@root_bp.get("/akun")
@signed_in
def account() -> str:
    """My name, my password, my tokens."""
    return _account()


@root_bp.post("/akun/nama")
@signed_in
def rename() -> Response | tuple[str, int]:
    """Change my name."""
    form = read_form(NameIn)
    if not form.ok:
        return _account(form), 422
    user_id = current_staff().user_id
    with transaction(INSTALLATION) as session:
        service.change_name(session, user_id, form.data["name"])
        note("name.changed", user_id=user_id)
    return _saved(_("Nama disimpan."))


@root_bp.post("/akun/kata-sandi")
@signed_in
def change_password() -> Response | tuple[str, int]:
    """Change my password; every browser must sign in anew, and every token of mine ends."""
    form = read_form(PasswordIn)
    if form.ok:
        user_id, at = current_staff().user_id, clock.now_utc()
        try:
            gate.ask_again(user_id, form.data["old_password"])
            with transaction(INSTALLATION) as session:
                service.change_password(session, user_id, form.data["password"], at)
                note("password.changed", user_id=user_id)
            flash(_("Kata sandi diganti. Masuk lagi dengan kata sandi baru."))
            return gate.forget_browser(redirect(url_for("staff.sign_in_page"), 303))
        except service.WrongPassword:
            form.add_error("old_password", _("Kata sandi lama tidak cocok. Ketik lagi."))
        except (service.PasswordSame, PasswordWeak) as error:
            form.refuse(error)
    return _account(form), 422


@root_bp.post("/akun/kunci")
@signed_in
def make_token() -> str | tuple[str, int]:
    """Make a token for a program, asked with the password, and show it this once."""
    form = read_form(TokenFormIn)
    if form.ok:
        user_id, name, at = current_staff().user_id, form.data["token_name"], clock.now_utc()
        try:
            gate.ask_again(user_id, form.data["token_password"])
            with transaction(INSTALLATION) as session:
                token, secret = service.issue_token(session, user_id=user_id, name=name, at=at)
                note("token.issued", user_id=user_id, token_id=token.token_id)
            return _account(secret=secret)
        except service.WrongPassword:
            form.add_error("token_password", _("Kata sandi tidak cocok. Ketik lagi."))
        except service.PersonWrong as error:
            form.refuse(error, "token_name")
    return _account(form), 422


@root_bp.post("/akun/kunci/<int:token_id>/pencabutan")
@signed_in
def withdraw_token(token_id: int) -> Response:
    """Make one of my tokens useless."""
    with transaction(INSTALLATION) as session:
        user_id, at = current_staff().user_id, clock.now_utc()
        service.withdraw_token(session, user_id=user_id, token_id=token_id, at=at)
        note("token.withdrawn", user_id=user_id, token_id=token_id)
    return _saved(_("Kunci dicabut."))


@root_bp.post("/akun/perangkat")
@signed_in
def end_sessions() -> Response | tuple[str, int]:
    """Sign out one of my other browsers, or all of them; asked with the password."""
    form = read_form(SessionsIn)
    if form.ok:
        user_id, which = current_staff().user_id, form.data["which"]
        try:
            gate.ask_again(user_id, form.data["session_password"])
            with transaction(INSTALLATION) as session:
                if which == ALL_OTHERS:
                    ended = service.end_sessions(session, user_id, keep_key=cookies.read(COOKIE))
                else:
                    ended = service.end_session(session, user_id, which)
                note("session.ended", user_id=user_id, count=ended)
            return _saved(_("%(n)s perangkat dikeluarkan.", n=ended))
        except service.WrongPassword:
            form.add_error("session_password", _("Kata sandi tidak cocok. Ketik lagi."))
    return _account(form), 422


@bp.get("/petugas")
@requires(*ALL_ROLES)
def people() -> str:
    """Who serves in this bank, and as what."""
    return _people()


@bp.get("/keamanan")
@requires(AUDITOR, CHAIR)
def security() -> str:
    """Who came in, who was turned away, in what concerns this bank."""
    before_seq = whole(request.args.get("sebelum")) or 0
    found = events(db.session, bank_id=_bank_id(), limit=BANK_EVENTS, before=before_seq)
    return render_template(
        "staff/security.html",
        events=spoken(db.session, found),
        older_href=f"?sebelum={found[-1].seq}" if len(found) == BANK_EVENTS else "",
        first_href=request.path if before_seq else "",
    )


@bp.post("/petugas")
@requires(CHAIR)
def welcome() -> str | tuple[str, int]:
    """Add a person; their password is made and shown this once."""
    form = read_form(PersonIn)
    if form.ok:
        try:
            password = new_password()
            with transaction(current_bank().bank_id) as session:
                user = service.welcome(session, act(), password=password, **form.data)
            return _people(secret=password if user.password_is_new else "", user=user)
        except DomainError as error:
            form.refuse(error)
    return _people(form), 422


@bp.post("/petugas/<int:user_id>/peran")
@requires(CHAIR)
def grant(user_id: int) -> Response | tuple[str, int]:
    """Give a person a further role."""
    return _change_role(service.grant_role, user_id, _("Peran diberikan."))


@bp.post("/petugas/<int:user_id>/peran/pencabutan")
@requires(CHAIR)
def revoke(user_id: int) -> Response | tuple[str, int]:
    """Take a role away."""
    return _change_role(service.revoke_role, user_id, _("Peran dicabut."))


@bp.post("/petugas/<int:user_id>/kata-sandi")
@requires(CHAIR)
def reset_password(user_id: int) -> str:
    """Make a new password for somebody who forgot theirs, and show it this once."""
    password = new_password()
    with transaction(current_bank().bank_id) as session:
        service.reset_password(session, act(), user_id, password)
    return _people(secret=password, user=queries.get_person(db.session, _bank_id(), user_id))


def _change_role(verb: Any, user_id: int, sentence: str) -> Response | tuple[str, int]:
    form = read_form(RoleIn)
    if form.ok:
        try:
            with transaction(_bank_id()) as session:
                queries.get_person(session, _bank_id(), user_id)
                verb(session, act(), user_id, form.data["role"])
            flash(sentence)
            return redirect(url_for("petugas.people", slug=current_bank().slug), 303)
        except DomainError as error:
            form.refuse(error, "")
    return _people(form), 422


def _people(form: Form | None = None, **shown: Any) -> str:
    return render_template(
        "staff/people.html",
        form=form or blank_form(),
        people=queries.staff_of(db.session, _bank_id()),
        may_change=current_staff().may(CHAIR),
        may_watch=current_staff().may(AUDITOR, CHAIR),
        roles=ALL_ROLES,
        **shown,
    )


def _account(form: Form | None = None, secret: str = "") -> str:
    me, mine = current_staff(), key_hash(cookies.read(COOKIE))
    return render_template(
        "staff/account.html",
        form=form or blank_form(name=me.name),
        me=me,
        banks=queries.banks_of(db.session, me.user_id),
        tokens=queries.tokens_of(db.session, me.user_id),
        here=[s for s in queries.sessions_of(db.session, me.user_id) if s.token_hash == mine],
        elsewhere=[s for s in queries.sessions_of(db.session, me.user_id) if s.token_hash != mine],
        has_code=is_on(db.session, me.user_id),
        events=spoken(db.session, events(db.session, user_id=me.user_id, limit=OWN_EVENTS)),
        secret=secret,
    )


def _saved(sentence: str) -> Response:
    flash(sentence)
    return redirect(url_for("staff.account"), 303)


def _next() -> str:
    return own_path(request.values.get("next"))


def _bank_id() -> int:
    return current_bank().bank_id
