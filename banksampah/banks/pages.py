"""The settings page of a bank: its profile and the rules it has set."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from banksampah.banks import service
from banksampah.banks.queries import settings_in_force
from banksampah.banks.schemas import ProfileForm, SettingsIn
from banksampah.clock import ZONES
from banksampah.db import db, transaction
from banksampah.errors import DomainError
from banksampah.money import format_idr
from banksampah.staff.auth import ALL_ROLES, CHAIR, act, current_bank, current_staff, requires
from banksampah.web.forms import Form, blank_form, read_form

bp = Blueprint("banks", __name__)


@bp.get("/pengaturan")
@requires(*ALL_ROLES)
def settings() -> str:
    """Profile and rules; the chair may change them."""
    return _page(blank_form())


@bp.post("/pengaturan/profil")
@requires(CHAIR)
def change_profile() -> Response | tuple[str, int]:
    """Change the profile."""
    form = read_form(ProfileForm)
    if form.ok:
        try:
            profile = {name: form.data.get(name, "") for name in ProfileForm().fields}
            profile["paper"] = profile["paper"] or current_bank().paper
            with transaction(current_bank().bank_id) as session:
                service.change_profile(session, act(), **profile)
            return _saved(_("Profil disimpan."))
        except DomainError as error:
            form.refuse(error)
    return _page(form), 422


@bp.post("/pengaturan/aturan")
@requires(CHAIR)
def change_rules() -> Response | tuple[str, int]:
    """Make the settings that differ from those in force: one entry each."""
    form = read_form(SettingsIn)
    if form.ok:
        try:
            with transaction(current_bank().bank_id) as session:
                made = service.make_settings(session, act(), form.data)
            return _saved(_("Aturan disimpan.") if made else _("Tidak ada yang berubah."))
        except DomainError as error:
            form.refuse(error)
    return _page(form), 422


def _saved(sentence: str) -> Response:
    flash(sentence)
    return redirect(url_for("banks.settings", slug=current_bank().slug), 303)


def _page(form: Form) -> str:
    bank = current_bank()
    rules = _rules(bank.bank_id)
    return render_template(
        "banks/settings.html",
        form=form,
        profile=bank,
        rules=rules,
        facts=[(rule["label"], _in_words(rule)) for rule in rules],
        zone_word=ZONES[bank.zone],
        may_change=current_staff().may(CHAIR),
    )


def _rules(bank_id: int) -> list[dict[str, Any]]:
    in_force = settings_in_force(db.session, bank_id)
    return [
        {
            "name": name, "kind": kind, "label": label, "hint": hint,
            "value": in_force[name].value, "seq": in_force[name].seq,
        }
        for name, kind, label, hint in _words()
    ]  # fmt: skip


def _words() -> list[tuple[str, str, str, str]]:
    """(name, kind, label, hint) of every setting, in the order of the page."""
    limit = _("Sampai dan termasuk jumlah ini, pembuatnya boleh menyelesaikan sendiri.")
    return [
        ("approval_limit_split_idr", "idr", _("Batas pembagian hasil"), limit),
        ("approval_limit_withdrawal_idr", "idr", _("Batas penarikan"), limit),
        ("one_person_only", "yes", _("Bank ini hanya punya satu pengurus"),
         _("Jika ya, pembuat boleh menyetujui usulannya sendiri. Tampil di setiap persetujuan.")),
        ("withdrawal_minimum_idr", "idr", _("Penarikan paling sedikit"), ""),
        ("minimum_balance_idr", "idr", _("Saldo yang harus tinggal"), ""),
        ("withdrawal_lapse_days", "days", _("Penarikan tanpa keputusan berakhir setelah"), ""),
        ("backdate_days_max", "days", _("Setoran dan penjualan boleh diberi tanggal mundur"), ""),
        ("phone_day_cap_idr", "idr", _("Batas setoran satu HP dalam satu hari buka"),
         _("Setoran yang melewatinya ditahan sampai bendahara memutuskannya di Perlu dilihat.")),
        ("stock_loss_percent", "percent", _("Susut yang masih wajar"),
         _("Dari barang yang ada. Selebihnya ditandai di Timbang dan jual.")),
        ("default_price_class", "class", _("Golongan harga untuk nasabah baru"),
         _("Misalnya umum, stabil atau fluktuatif")),
        ("code_required", "yes", _("Bendahara dan ketua masuk dengan kode kedua"),
         _("Kode dari aplikasi di ponsel, selain kata sandi. Yang belum punya memasangnya dulu.")),
    ]  # fmt: skip


def _in_words(rule: dict[str, Any]) -> str:
    value = rule["value"]
    if rule["kind"] == "yes":
        return _("Ya") if value else _("Tidak")  # type: ignore[no-any-return]
    if rule["kind"] == "idr":
        return format_idr(value)
    units = {"days": _("%(n)s hari", n=value), "percent": f"{value} %"}
    return str(units.get(rule["kind"], value))
