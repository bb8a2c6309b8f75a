"""Pages of the split: what waits, the review of one proposal, and what comes after it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from banksampah import clock, ledger
from banksampah.banks import queries as banks
from banksampah.db import db, transaction
from banksampah.errors import Conflict, DomainError
from banksampah.money import format_percent
from banksampah.splits import queries, service
from banksampah.splits.models import Split, SplitRule
from banksampah.splits.schemas import (
    DecisionForm,
    FundIn,
    PresetIn,
    ProposalForm,
    ReasonIn,
    RuleForm,
    in_short,
    look_of,
    parts_shown,
    rule_shown,
    sentence,
)
from banksampah.staff.auth import (
    BOOKKEEPERS,
    READERS,
    act,
    current_bank,
    current_staff,
    requires,
)
from banksampah.staff.queries import names_of
from banksampah.web.filters import tanggal
from banksampah.web.forms import Form, blank_form, read_form, whole

bp = Blueprint("splits", __name__)

PAGE_ROWS = 20


@bp.get("/pembagian")
@requires(*READERS)
def index() -> str:
    """What waits for a decision, what was decided, and what the funds hold."""
    bank_id = current_bank().bank_id
    cursor = whole(request.args.get("sebelum"))
    rows = queries.splits(db.session, bank_id, decided=True, cursor=cursor, limit=PAGE_ROWS + 1)
    waiting = queries.splits(db.session, bank_id, pending=True)
    names = names_of(db.session, {split.proposed_by_id for split in waiting})
    more = len(rows) > PAGE_ROWS
    return render_template(
        "splits/index.html",
        waiting=[(split, in_short(split), names.get(split.proposed_by_id)) for split in waiting],
        decided=rows[:PAGE_ROWS],
        funds=queries.fund_balances(db.session, bank_id),
        next_href=f"?sebelum={rows[PAGE_ROWS - 1].seq}" if more else "",
    )


@bp.get("/pembagian/<int:seq>")
@requires(*READERS)
def show(seq: int) -> str:
    """Review one proposal, or see what became of it."""
    return _review(seq, blank_form())


@bp.post("/pembagian/<int:seq>/keputusan")
@requires(*BOOKKEEPERS)
def decide(seq: int) -> Response | tuple[str, int]:
    """Approve what was shown, or reject it with a reason."""
    form = read_form(DecisionForm)

    def verb(session: Session) -> Split:
        if form.data["decision"] == "approve":
            return service.approve(session, act(), split_seq=seq, seen=form.data["seen"])
        return service.reject(session, act(), split_seq=seq, reason=form.data["reason"])

    return _write(seq, form, verb, _review, _("Keputusan dicatat."))


@bp.get("/pembagian/<int:seq>/pembatalan")
@requires(*BOOKKEEPERS)
def reverse_form(seq: int) -> str:
    """Ask for the reason of undoing an approval."""
    return _undo(seq, blank_form())


@bp.post("/pembagian/<int:seq>/pembatalan")
@requires(*BOOKKEEPERS)
def reverse(seq: int) -> Response | tuple[str, int]:
    """Undo an approval."""
    form = read_form(ReasonIn)

    def verb(session: Session) -> Split:
        return service.reverse_split(session, act(), split_seq=seq, **form.data)

    return _write(seq, form, verb, _undo, _("Pembagian dibatalkan. Buat usulan baru."))


@bp.get("/pembagian/<int:seq>/usulan-baru")
@requires(*BOOKKEEPERS)
def again_form(seq: int) -> str:
    """Propose anew: by another version of the rule, or by parts fixed by hand."""
    return _again(seq, blank_form())


@bp.post("/pembagian/<int:seq>/usulan-baru")
@requires(*BOOKKEEPERS)
def again(seq: int) -> Response | tuple[str, int]:
    """Make the new proposal."""
    form = read_form(ProposalForm)

    def verb(session: Session) -> Split:
        return service.propose_again(session, act(), split_seq=seq, **_asked(form))

    return _write(seq, form, verb, _again, _("Usulan baru dibuat."))


def _write(
    seq: int,
    form: Form,
    verb: Callable[[Session], Split],
    page: Callable[[int, Form], str],
    told: str,
) -> Response | tuple[str, int]:
    """Do what the form asks and show the split, or show the form's page with what is wrong."""
    if not form.ok:
        return page(seq, form), 422
    try:
        with transaction(current_bank().bank_id) as session:
            split = verb(session)
    except DomainError as error:
        form.refuse(error)
        return page(seq, form), 409 if isinstance(error, Conflict) else 422
    flash(told, "done")
    return redirect(url_for(".show", slug=current_bank().slug, seq=split.seq), 303)


def _asked(form: Form) -> dict[str, Any]:
    """What the form of a new proposal asks for: rule versions, or parts when any is typed."""
    chosen = {}
    for origin in queries.ORIGINS:
        rule_id, _dash, version = form.data.get(f"rule_{origin}", "").partition("-")
        if version:
            chosen[origin] = (int(rule_id), int(version))
    typed = [service.Typed(**part) for part in form.data.get("lines", ())]
    return {"reason": form.data["reason"], "chosen": chosen, "typed": typed}


def _review(seq: int, form: Form) -> str:
    split = queries.get_split(db.session, current_bank().bank_id, seq)
    explained = queries.explain(split.lines)
    told = [sentence(line) for line in explained if line.reason in ("tie", "largest")]
    may_decide, why_not = _may_decide(split)
    return render_template(
        "splits/show.html",
        split=split,
        lines=_rows(split),
        maker_name=names_of(db.session, {split.proposed_by_id}).get(split.proposed_by_id, "–"),
        rule_text=_rule_text(split),
        equal=sum(line.amount_idr for line in split.lines) == split.amount_idr,
        explanation=" ".join(told),
        explained=[(line, sentence(line)) for line in explained],
        parts=parts_shown(split),
        share_sentence=in_short(split),
        seen=queries.lines_hash(split),
        may_decide=may_decide,
        why_not=why_not,
        may_undo=split.state == "approved" and current_staff().may(*BOOKKEEPERS),
        may_again=_may_again(split),
        decision=_decision(split),
        form=form,
    )


def _undo(seq: int, form: Form) -> str:
    split = queries.get_split(db.session, current_bank().bank_id, seq)
    return render_template("splits/reverse.html", split=split, parts=in_short(split), form=form)


def _again(seq: int, form: Form) -> str:
    bank_id = current_bank().bank_id
    split = queries.get_split(db.session, bank_id, seq)
    bases = {"bought": split.bought_idr, "donated": split.donated_idr}
    versions = queries.rules(db.session, bank_id)
    return render_template(
        "splits/again.html",
        split=split,
        bases=[(origin, base_idr) for origin, base_idr in bases.items() if base_idr],
        versions={
            origin: [
                (f"{rule.rule_id}-{rule.version}", _version(rule))
                for rule in versions
                if rule.stock_origin in (origin, "any")
            ]
            for origin in queries.ORIGINS
        },
        funds=queries.funds(db.session, bank_id),
        form=form,
    )


def _rows(split: Split) -> list[dict[str, Any]]:
    after_idr = queries.after_approval(db.session, split)
    if split.state != "pending":  # the money has arrived, or never will: what the fund holds now
        now = {line.fund_id: line.fund.account_id for line in split.lines}
        held = ledger.balances(db.session, split.bank_id, list(now.values()))
        after_idr = {fund_id: held[account_id].posted for fund_id, account_id in now.items()}
    return [
        {
            "fund": line.fund,
            "origin": line.origin if split.bought_idr and split.donated_idr else "",
            "percent": format_percent(line.weight_ppm) if line.weight_ppm is not None else "",
            "amount_idr": line.amount_idr,
            "after_idr": after_idr[line.fund_id],
            "look": look_of(line, split.lines),
        }
        for line in split.lines
    ]


def _rule_text(split: Split) -> str:
    found = {(x.rule_id, x.version) for x in split.lines if x.rule_id and x.version}
    if not found:
        return str(_("ditetapkan dengan alasan"))
    told = []
    for rule_id, version in sorted(found):
        rule = queries.get_rule(db.session, split.bank_id, rule_id or 0, version or 0)
        if len(found) > 1:
            told.append(_version(rule))
        else:
            since = tanggal(rule.valid_from)
            told.append(_("aturan versi %(n)s, berlaku sejak %(day)s", n=version, day=since))
    return "; ".join(told)


def _version(rule: SplitRule) -> str:
    return str(_("%(name)s (versi %(version)s)", name=rule.name, version=rule.version))


def _may_decide(split: Split) -> tuple[bool, str]:
    staff = current_staff()
    if not staff.may(*BOOKKEEPERS):
        return False, str(_("Bendahara atau ketua yang memutuskan."))
    alone = banks.setting(db.session, split.bank_id, "one_person_only")
    if split.proposed_by_id == staff.user_id and not alone:
        return False, str(_("Anda yang membuat usulan ini. Minta orang lain memutuskan."))
    return True, ""


def _may_again(split: Split) -> bool:
    newest = queries.splits_of_sale(db.session, split.bank_id, split.sale_seq)[-1]
    stands = split.state in ("rejected", "reversed") and newest.seq == split.seq
    return stands and current_staff().may(*BOOKKEEPERS)


def _decision(split: Split) -> dict[str, Any] | None:
    if not split.steps:
        return None
    step = split.steps[-1]
    return {
        "at": step.at,
        "by_name": names_of(db.session, {step.by_id}).get(step.by_id, _("aturan bank")),
        "reason": ledger.note_of(db.session, split.bank_id, step.seq) or "",
        "authority_seq": step.authority_seq,
    }


@bp.get("/aturan")
@requires(*READERS)
def rules() -> str:
    """The rules in force, earlier and coming versions, and the presets."""
    return _rules(blank_form())


@bp.post("/aturan/paket")
@requires(*BOOKKEEPERS)
def apply_preset() -> Response | tuple[str, int]:
    """Adopt a preset: the household's share and the rule for the sale."""
    form = read_form(PresetIn)
    if form.ok:
        try:
            with transaction(current_bank().bank_id) as session:
                service.apply_preset(session, act(), **form.data)
            return _back_to_rules(_("Paket aturan ditetapkan."))
        except DomainError as error:
            form.refuse(error)
    return _rules(form), 422


@bp.get("/aturan/baru")
@requires(*BOOKKEEPERS)
def new_rule() -> str:
    """A form for a rule of one's own."""
    return _new_rule(blank_form())


@bp.post("/aturan/baru")
@requires(*BOOKKEEPERS)
def set_rule() -> Response | tuple[str, int]:
    """Try a new version on an amount ("Hitung dulu"), or make it."""
    form = read_form(RuleForm)
    if not form.ok:
        return _new_rule(form), 422
    asked = dict(form.data)
    lines = [(line["fund_id"], line["weight_ppm"]) for line in asked.pop("lines")]
    trial_idr, only_try = asked.pop("trial_idr"), asked.pop("hitung", "")
    try:
        if only_try:
            return _new_rule(form, _trial(trial_idr, lines)), 200
        with transaction(current_bank().bank_id) as session:
            service.set_rule(session, act(), lines=lines, **asked)
    except DomainError as error:
        form.refuse(error)
        return _new_rule(form), 422
    return _back_to_rules(_("Aturan ditetapkan."))


@bp.get("/aturan/dana")
@requires(*BOOKKEEPERS)
def new_fund() -> str:
    """A form for a named cause or another fund."""
    return render_template("splits/fund.html", form=blank_form())


@bp.post("/aturan/dana")
@requires(*BOOKKEEPERS)
def open_fund() -> Response | tuple[str, int]:
    """Open the fund."""
    form = read_form(FundIn)
    if form.ok:
        try:
            with transaction(current_bank().bank_id) as session:
                service.open_fund(session, act(), **form.data)
            return _back_to_rules(_("Dana dibuka."))
        except DomainError as error:
            form.refuse(error, "name")
    return render_template("splits/fund.html", form=form), 422


def _trial(amount_idr: int, lines: list[tuple[int, int]]) -> dict[str, Any]:
    weights = [queries.Weight(*line, place) for place, line in enumerate(lines, start=1)]
    told = service.preview(db.session, current_bank().bank_id, amount_idr, weights)
    return {"lines": told, "sentences": [sentence(line) for line in told], "sum": amount_idr}


def _back_to_rules(told: str) -> Response:
    flash(told, "done")
    return redirect(url_for(".rules", slug=current_bank().slug), 303)


def _today() -> date:
    return clock.day_in(current_bank().zone, clock.now_utc())


def _new_rule(form: Form, trial: dict[str, Any] | None = None) -> str:
    funds = queries.funds(db.session, current_bank().bank_id)
    return render_template(
        "splits/new_rule.html", form=form, trial=trial, funds=funds, today=_today()
    )


def _rules(form: Form) -> str:
    bank_id = current_bank().bank_id
    names = {fund.id: fund.name for fund in queries.funds(db.session, bank_id)}
    found = [
        queries.rule_in_force(db.session, bank_id, origin, _today()) for origin in queries.ORIGINS
    ]
    in_force = {rule.seq: rule for rule in found if rule is not None}
    return render_template(
        "splits/rules.html",
        in_force=[rule_shown(rule, names) for rule in in_force.values()],
        versions=queries.rules(db.session, bank_id),
        presets=[(name, _(preset.label)) for name, preset in service.PRESETS.items()],
        has_funds=bool(names),
        today=_today(),
        may_change=current_staff().may(*BOOKKEEPERS),
        form=form,
    )
