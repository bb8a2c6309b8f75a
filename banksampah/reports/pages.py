"""The first page of a bank, the proof open to everybody, the journal, a month in figures."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from banksampah import clock, codes, ledger
from banksampah.banks.models import Bank
from banksampah.banks.queries import BankUnknown, find_bank_by_slug, setting
from banksampah.catalog.queries import price_version
from banksampah.catalog.wording import CLASS_WORDS, SIPSN_WORDS
from banksampah.db import db, use_bank
from banksampah.deposits.queries import totals_on
from banksampah.deposits.queries.surplus import open_surpluses_count
from banksampah.desk.gaps import gaps
from banksampah.desk.history import place_of
from banksampah.desk.late_sheets import open_sheets_count
from banksampah.desk.queries import open_flags_count, open_rows_count
from banksampah.members.queries import count_members
from banksampah.reports import downloads, wording
from banksampah.reports.queries import journal
from banksampah.reports.queries.comparing import LOSS, compared
from banksampah.reports.queries.home import weight_by_class
from banksampah.reports.queries.month import month_report
from banksampah.reports.queries.proof import ProofOfBooks, position, prove, prove_fully
from banksampah.reports.queries.region import (
    Region,
    RegionMonth,
    readable,
    region_month,
    regions_of,
)
from banksampah.reports.schemas import MonthForm, RegionForm
from banksampah.splits.queries import pending_count
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    Staff,
    current_bank,
    current_staff,
    enter,
    public,
    requires,
    signed_in,
)
from banksampah.staff.queries import names_of
from banksampah.stock.queries import card_period
from banksampah.stock.schemas import PeriodForm
from banksampah.web.filters import tanggal
from banksampah.web.forms import Form, read_values, whole
from banksampah.web.kinds import kind_name
from banksampah.withdrawals.queries import count_waiting

bp = Blueprint("reports", __name__)
root_bp = Blueprint("regions", __name__)

MORNING_ENDS, NOON_ENDS, AFTERNOON_ENDS = 11, 15, 18


@bp.get("/")
@requires(*READERS)
def home() -> str:
    """Where a day begins: one large door, today's figures, what waits."""
    bank, staff, now = current_bank(), current_staff(), clock.now_utc()
    today = clock.day_in(bank.zone, now)
    newest = price_version(db.session, bank.bank_id, today)
    return render_template(
        "reports/home.html",
        greeting=_greeting(now.astimezone(ZoneInfo(bank.zone))),
        today=today,
        doors=_doors(staff),
        totals=totals_on(db.session, bank.bank_id, today),
        waiting=_waiting(bank.bank_id) if staff.may("treasurer", "chair") else [],
        month=weight_by_class(db.session, bank.bank_id, today.replace(day=1), today),
        position=_position(bank.bank_id) if staff.may("treasurer", "chair", "auditor") else [],
        prices_from=newest.valid_from if newest else None,
        members_count=count_members(db.session, bank.bank_id),
    )


@bp.get("/pembukuan")
@public
def proof(slug: str) -> str:
    """The proof for all villagers: totals only, from balance rows."""
    bank = _visit(slug)
    return _proof_page(bank, prove(db.session, bank.bank_id))


@bp.post("/pembukuan")
@requires(*READERS)
def prove_again() -> str:
    """The same page after every entry and document was worked out again."""
    bank = current_bank()
    return _proof_page(bank, prove_fully(db.session, bank.bank_id))


@bp.get("/pembukuan/jurnal")
@requires(*READERS)
def entries() -> str:
    """The journal, newest first."""
    bank = current_bank()
    before_seq = whole(request.args.get("sebelum"))
    page = journal.newest(db.session, bank.bank_id, before_seq)
    more = bool(page) and page[-1].seq > 1
    return render_template(
        "reports/journal.html",
        entries=page,
        kind_name=kind_name,
        next_href=url_for(".entries", slug=bank.slug, sebelum=page[-1].seq) if more else "",
        first_href=url_for(".entries", slug=bank.slug) if before_seq else "",
    )


@bp.get("/pembukuan/jurnal/<int:seq>")
@requires(*READERS)
def entry(seq: int) -> str:
    """One entry: its lines, its seal, what it undoes and what undid it."""
    bank = current_bank()
    written = journal.one(db.session, bank.bank_id, seq)
    seal = ledger.find_seal(db.session, bank.bank_id, seq)
    resolution = ledger.find_resolution(db.session, bank.bank_id, seq)
    return render_template(
        "reports/entry.html",
        entry=written,
        kind_name=kind_name,
        seal=codes.printed_seal(seq, seal) if seal else "",
        note=ledger.note_of(db.session, bank.bank_id, seq),
        reversed_by_seq=ledger.find_reversal(db.session, bank.bank_id, seq),
        resolved_by_seq=resolution.seq if resolution else None,
        people=names_of(db.session, {written.actor_id, written.approver_id or 0}),
        decided_href=_decided_href(bank, seq),
    )


def _decided_href(bank: Bank, seq: int) -> str:
    """Where the list of what was decided tells of this entry, for who may read that."""
    if not current_staff().may(*BOOKKEEPERS):
        return ""
    place = place_of(db.session, ledger.entry(db.session, bank.bank_id, seq))
    return url_for("desk.decided", slug=bank.slug, sebelum=place + 1) if place else ""


@bp.get("/persediaan/perbandingan")
@requires(*READERS)
def comparison() -> str | tuple[str, int]:
    """What was weighed in against what was sold, each material over the days of its stock card."""
    bank, form = current_bank(), read_values(PeriodForm, request.args)
    today = clock.day_in(bank.zone, clock.now_utc())
    since, until = card_period(today, form.data.get("dari"), form.data.get("sampai"))
    page = render_template(
        "reports/comparison.html",
        rows=compared(db.session, bank.bank_id, since, until),
        loss_max_percent=setting(db.session, bank.bank_id, LOSS),
        period=form,
        since=since,
        until=until,
    )
    return page, 200 if form.ok else 422


@bp.get("/pembukuan/bulanan")
@requires(*READERS)
def month() -> str | tuple[str, int]:
    """A month of the bank in figures; this month, or the one in the address."""
    bank, form = current_bank(), _month_form()
    today = clock.day_in(bank.zone, clock.now_utc())
    report = month_report(db.session, bank.bank_id, form.data.get("bulan", today))
    page = render_template(
        "reports/month.html",
        form=form,
        report=report,
        class_words=CLASS_WORDS,
        sipsn_words=SIPSN_WORDS,
        **_around(report.since, today),
    )
    return page if form.ok else (page, 422)


@bp.get("/pembukuan/bulanan.csv", endpoint="month_csv")
@bp.get("/pembukuan/bulanan.xlsx", endpoint="month_xlsx")
@requires(*READERS)
def month_file() -> Response:
    """The same figures as tables for a spreadsheet."""
    bank = current_bank()
    today = clock.day_in(bank.zone, clock.now_utc())
    report = month_report(db.session, bank.bank_id, _month_form().data.get("bulan", today))
    name = f"{bank.slug}-{report.since:%Y-%m}"
    return downloads.as_response(request.path[-4:].strip("."), name, wording.month_tables(report))


@root_bp.get("/wilayah")
@signed_in
def regions() -> str:
    """The kelurahan whose sums the person may read."""
    mine = regions_of(db.session, current_staff().user_id)
    return render_template("reports/regions.html", regions=mine)


@root_bp.get("/wilayah/bulanan")
@signed_in
def region() -> str | tuple[str, int]:
    """A month of a kelurahan in sums."""
    form = read_values(RegionForm, request.args)
    today = clock.now_utc().date()
    report = _region_report(form, today)
    page = render_template(
        "reports/region.html",
        form=form,
        report=report,
        class_words=CLASS_WORDS,
        sipsn_words=SIPSN_WORDS,
        **_around(report.since, today),
    )
    return page if form.ok else (page, 422)


@root_bp.get("/wilayah/bulanan.csv", endpoint="region_csv")
@root_bp.get("/wilayah/bulanan.xlsx", endpoint="region_xlsx")
@signed_in
def region_file() -> Response:
    """The same sums as tables for a spreadsheet."""
    report = _region_report(read_values(RegionForm, request.args), clock.now_utc().date())
    name = f"kelurahan-{report.since:%Y-%m}"
    return downloads.as_response(request.path[-4:].strip("."), name, wording.region_tables(report))


def _region_report(form: Form, today: date) -> RegionMonth:
    """The month asked for, of a kelurahan that this person may read; another is not there."""
    names = (form.value("kota"), form.value("kecamatan"), form.value("kelurahan"))
    mine = readable(db.session, current_staff().user_id, Region(*names))
    return region_month(db.session, mine, form.data.get("bulan", today))


def _month_form() -> Form:
    """The month of the address; what else stands there is not ours."""
    known = {"bulan": request.args["bulan"]} if "bulan" in request.args else {}
    return read_values(MonthForm, MultiDict(known))


def _around(since: date, today: date) -> dict[str, str]:
    """The months before and after, as addresses have them; none after the present one."""
    following = (since.replace(day=28) + timedelta(days=4)).replace(day=1)
    before = since - timedelta(days=1)
    return {
        "month_text": f"{since:%Y-%m}",
        "before_text": f"{before:%Y-%m}" if before.year >= 2000 else "",
        "after_text": f"{following:%Y-%m}" if following <= today else "",
    }


def _visit(slug: str) -> Bank:
    """The bank of the address for anybody; a person who works there is recognised."""
    try:
        enter(frozenset(READERS), slug=slug, bank_id=None)
    except HTTPException:
        g.pop("staff", None)
    else:
        return current_bank()
    bank = find_bank_by_slug(db.session, slug)
    if bank is None:
        raise BankUnknown()
    use_bank(db.session, bank.bank_id)
    g.bank, g.zone = bank, bank.zone
    return bank


def _proof_page(bank: Bank, proven: ProofOfBooks) -> str:
    head = ledger.find_seal(db.session, bank.bank_id, proven.entries_count)
    is_staff = "staff" in g
    return render_template(
        "reports/proof.html",
        bank=bank,
        proof=proven,
        checks=wording.spoken(proven, tanggal(proven.since), head, is_staff=is_staff),
        verdict_text=wording.verdict(proven) if proven.failed_count else "",
        faults=wording.to_do(proven, is_staff),
        is_staff=is_staff,
        data_at=clock.now_utc(),
    )


def _greeting(local: datetime) -> str:
    if local.hour < MORNING_ENDS:
        return str(_("Selamat pagi"))
    if local.hour < NOON_ENDS:
        return str(_("Selamat siang"))
    return str(_("Selamat sore") if local.hour < AFTERNOON_ENDS else _("Selamat malam"))


def _doors(staff: Staff) -> list[tuple[str, str, str]]:
    """Path, name and drawing; the first door is the large one."""
    weigh = ("/setoran/baru", _("Timbang"), "scale")
    members = ("/nasabah", _("Nasabah"), "people")
    prices = ("/harga", _("Harga"), "tag")
    books = ("/pembukuan", _("Pembukuan"), "book")
    if staff.may("operator"):
        return [weigh, ("/setoran", _("Riwayat setoran"), "history"), members, prices]
    if staff.may("treasurer", "chair"):
        return [("/penjualan/baru", _("Catat penjualan"), "truck"), members, prices, books]
    return [books, ("/pembukuan/jurnal", _("Jurnal"), "history"), members, prices]


def _waiting(bank_id: int) -> list[tuple[str, str]]:
    """What waits on a treasurer: a sentence and where to go."""
    splits_count = pending_count(db.session, bank_id)
    withdrawals_count = count_waiting(db.session, bank_id)
    flags_count = open_flags_count(db.session, bank_id) + len(gaps(db.session, bank_id))
    sheets_count = open_sheets_count(db.session, bank_id)
    lines = []
    if rows_count := open_rows_count(db.session, bank_id):
        words = _("%(n)s baris lembar timbang di Titipan", n=rows_count)
        lines.append((words, "/perlu-dilihat"))
    if surplus_count := open_surpluses_count(db.session, bank_id):
        lines.append((_("%(n)s selisih koreksi di Titipan", n=surplus_count), "/perlu-dilihat"))
    if sheets_count:
        words = _("%(n)s lembar timbang datang belakangan", n=sheets_count)
        lines.append((words, "/perlu-dilihat"))
    if flags_count:
        lines.append((_("%(n)s setoran dari HP perlu dilihat", n=flags_count), "/perlu-dilihat"))
    if splits_count:
        lines.append((_("%(n)s pembagian menunggu keputusan", n=splits_count), "/pembagian"))
    if withdrawals_count:
        lines.append((_("%(n)s penarikan menunggu keputusan", n=withdrawals_count), "/penarikan"))
    return lines


def _position(bank_id: int) -> list[tuple[str, int]]:
    """What the bank has and owes, in words and rupiah."""
    have_owe = position(db.session, bank_id)
    return [(wording.name_of(term), term.amount) for term in (*have_owe.left, *have_owe.right)]
