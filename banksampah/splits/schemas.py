"""What comes in and goes out about funds, rules and splits. Weights are parts per million."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields, pre_dump, validate

from banksampah.money import PPM, format_idr, format_number, format_percent
from banksampah.splits import queries
from banksampah.splits.models import Split, SplitLine, SplitRule, SplitRuleLine
from banksampah.splits.queries import ORIGINS, Explained
from banksampah.splits.service import PRESETS
from banksampah.web.fields import Day, Percent, Rupiah, WholeNumber, Words, YesNo

ID = validate.Range(1)
REASON = validate.Length(3, 500)
LINES_MAX = 20
LOOKS = "acdefg"  # colours of the parts
SCOPES = ("any", *ORIGINS)


class FundIn(Schema):
    """A named cause, or another fund, with an account of its own."""

    name = Words(required=True, validate=validate.Length(1, 60))
    purpose = Words(load_default="", validate=validate.Length(max=200))
    kind = fields.String(load_default="cause", validate=validate.OneOf(("cause", "other")))


class FundOut(Schema):
    id = WholeNumber(required=True)
    name = fields.String(required=True)
    purpose = fields.String(required=True)
    account_id = WholeNumber(required=True)
    priority = WholeNumber(required=True)
    balance_idr = WholeNumber(required=True)
    held_idr = WholeNumber(required=True)


class FundsOut(Schema):
    items = fields.List(fields.Nested(FundOut), required=True)


class WeightIn(Schema):
    """A fund's weight. On the page it is typed in per cent."""

    BLANK_WITHOUT = ("weight_ppm",)

    fund_id = WholeNumber(required=True, validate=ID)
    weight_ppm = Percent(required=True, least=1)


WEIGHTS = validate.Length(1, LINES_MAX)


class RuleIn(Schema):
    """A new version of a rule. Weights sum to 1,000,000; their order is their priority."""

    name = Words(required=True, validate=validate.Length(1, 80))
    stock_origin = fields.String(required=True, validate=validate.OneOf(SCOPES))
    valid_from = Day(required=True)
    lines = fields.List(fields.Nested(WeightIn), required=True, validate=WEIGHTS)


class RuleForm(RuleIn):
    """The same, with the amount to try it on."""

    trial_idr = Rupiah(load_default=1_000_000)
    hitung = fields.String()


class PreviewIn(Schema):
    """An amount to try a rule on."""

    amount_idr = Rupiah(required=True)
    lines = fields.List(fields.Nested(WeightIn), required=True, validate=WEIGHTS)


class PresetIn(Schema):
    """A household share and the rule for the sale that belongs with it."""

    preset = fields.String(required=True, validate=validate.OneOf(tuple(PRESETS)))
    valid_from = Day(required=True)


class RuleLineOut(Schema):
    line = WholeNumber(required=True)
    fund_id = WholeNumber(required=True)
    weight_ppm = WholeNumber(required=True)
    priority = WholeNumber(required=True)


class RuleOut(Schema):
    rule_id = WholeNumber(required=True)
    version = WholeNumber(required=True)
    name = fields.String(required=True)
    stock_origin = fields.String(required=True)
    valid_from = fields.Date(required=True)
    seq = WholeNumber(required=True)
    lines = fields.List(fields.Nested(RuleLineOut), required=True)


class RulesOut(Schema):
    items = fields.List(fields.Nested(RuleOut), required=True)


class ShareOut(Schema):
    """A part and how it came about: `whole_idr` + `fraction` is the exact quotient."""

    line = WholeNumber(required=True)
    origin = fields.String(required=True)
    fund_id = WholeNumber(required=True)
    fund_name = fields.String(required=True)
    weight_ppm = WholeNumber(required=True, allow_none=True)
    base_idr = WholeNumber(required=True)
    whole_idr = WholeNumber(required=True)
    fraction = fields.String(required=True, metadata={"description": "Digits after the comma"})
    amount_idr = WholeNumber(required=True)
    reason = fields.String(
        required=True, metadata={"description": "exact · down · tie · largest · typed"}
    )
    explanation = fields.String(required=True)

    @pre_dump
    def _tell(self, line: Explained, **_kwargs: Any) -> dict[str, Any]:
        return asdict(line) | {"explanation": sentence(line)}


class PreviewOut(Schema):
    amount_idr = WholeNumber(required=True)
    lines = fields.List(fields.Nested(ShareOut), required=True)


class StepOut(Schema):
    """What became of a proposal: approve, reject, release or reverse."""

    seq = WholeNumber(required=True)
    kind = fields.String(required=True)
    by_id = WholeNumber(required=True)
    at = fields.AwareDateTime(required=True)
    authority_seq = WholeNumber(required=True, allow_none=True)


class SplitOut(Schema):
    """A proposal. `lines_hash` is what an approval repeats as `seen`."""

    seq = WholeNumber(required=True)
    sale_seq = WholeNumber(required=True)
    sale_on = fields.Date(required=True)
    attempt = WholeNumber(required=True)
    state = fields.String(
        required=True,
        metadata={"description": "pending · approved · rejected · released · reversed"},
    )
    gross_idr = WholeNumber(required=True)
    deduction_idr = WholeNumber(required=True)
    cost_idr = WholeNumber(required=True)
    goods_cost_idr = WholeNumber(required=True)
    bought_idr = WholeNumber(required=True)
    donated_idr = WholeNumber(required=True)
    amount_idr = WholeNumber(required=True)
    proposed_by_id = WholeNumber(required=True)
    proposed_at = fields.AwareDateTime(required=True)
    lines_hash = fields.String(required=True)
    lines = fields.List(fields.Nested(ShareOut), required=True)
    steps = fields.List(fields.Nested(StepOut), required=True)

    @pre_dump
    def _tell(self, split: Split, **_kwargs: Any) -> dict[str, Any]:
        told = {name: getattr(split, name) for name in self.fields if name != "lines_hash"}
        told["lines"] = queries.explain(split.lines)
        told["lines_hash"] = queries.lines_hash(split)
        return told


class SplitsQuery(Schema):
    """Which proposals to list: those that wait, oldest first, or all, newest first."""

    pending = YesNo(load_default=False)
    cursor = WholeNumber(
        load_default=None, validate=ID, metadata={"description": "`next_cursor` of the page before"}
    )
    limit = WholeNumber(load_default=50, validate=validate.Range(1, queries.PAGE_ROWS_MAX))


class SplitsOut(Schema):
    items = fields.List(fields.Nested(SplitOut), required=True)
    next_cursor = WholeNumber(required=True, allow_none=True)


class ApprovalIn(Schema):
    """Approval of exactly the lines that were shown."""

    seen = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))


class ReasonIn(Schema):
    reason = fields.String(required=True, validate=REASON)


class DecisionForm(Schema):
    """The two buttons of the review page. A rejection needs its reason."""

    decision = fields.String(required=True, validate=validate.OneOf(("approve", "reject")))
    seen = fields.String(required=True, validate=validate.Length(1, 64))
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class VersionIn(Schema):
    """A rule version to follow for goods of one origin."""

    origin = fields.String(required=True, validate=validate.OneOf(ORIGINS))
    rule_id = WholeNumber(required=True, validate=ID)
    version = WholeNumber(required=True, validate=ID)


class PartIn(Schema):
    """A part fixed by hand."""

    BLANK_WITHOUT = ("amount_idr",)

    origin = fields.String(required=True, validate=validate.OneOf(ORIGINS))
    fund_id = WholeNumber(required=True, validate=ID)
    amount_idr = Rupiah(required=True)


class ProposalForm(Schema):
    """The same on a page: a version of each origin's rule, or parts typed by hand."""

    VERSION = validate.Regexp(r"^[1-9][0-9]{0,8}-[1-9][0-9]{0,8}\Z")

    reason = fields.String(required=True, validate=REASON)
    rule_bought = fields.String(validate=VERSION)
    rule_donated = fields.String(validate=VERSION)
    lines = fields.List(fields.Nested(PartIn), validate=validate.Length(max=2 * LINES_MAX))


class ProposalIn(Schema):
    """A new proposal after a rejection: by other rule versions, or by parts whose sum is exact."""

    reason = fields.String(required=True, validate=REASON)
    rules = fields.List(fields.Nested(VersionIn), validate=validate.Length(max=2))
    lines = fields.List(fields.Nested(PartIn), validate=validate.Length(max=2 * LINES_MAX))


def sentence(line: Explained) -> str:
    """Why a part is what it is, in words: the exact quotient, and where the last rupiah went."""
    known: dict[str, Any] = {
        "percent": line.percent,
        "base": format_idr(line.base_idr),
        "exact": format_number(line.whole_idr) + (f",{line.fraction}" if line.fraction else ""),
        "fund": line.fund_name,
        "place": line.priority,
    }
    if line.reason == "typed":
        return str(_("Ditetapkan dengan alasan, bukan menurut aturan."))
    if line.reason == "exact":
        return str(_("%(percent)s %% dari %(base)s tepat %(exact)s.", **known))
    if line.reason == "down":
        return str(
            _("%(percent)s %% dari %(base)s adalah %(exact)s, dibulatkan ke bawah.", **known)
        )
    told = _("%(percent)s %% dari %(base)s adalah %(exact)s.", **known)
    if line.reason == "largest":
        last = _("Rupiah terakhir masuk ke %(fund)s, pecahan terbesar.", **known)
    elif line.priority == 1:
        last = _("Rupiah terakhir masuk ke %(fund)s, urutan pertama dalam aturan.", **known)
    else:
        last = _("Rupiah terakhir masuk ke %(fund)s, urutan ke-%(place)s dalam aturan.", **known)
    return f"{told} {last}"


def in_short(split: Split) -> str:
    """The parts in one line: "Lingkungan Rp363.806 dan Sosial Rp848.879"."""
    parts: dict[str, int] = {}
    for line in split.lines:
        parts[line.fund.name] = parts.get(line.fund.name, 0) + line.amount_idr
    told = [f"{name} {format_idr(amount_idr)}" for name, amount_idr in parts.items()]
    if len(told) == 1:
        return told[0]
    return str(_("%(first)s dan %(last)s", first=", ".join(told[:-1]), last=told[-1]))


def look_of(line: SplitLine | SplitRuleLine, lines: Sequence[SplitLine | SplitRuleLine]) -> str:
    """The colour of a part: that of its fund, in the order of the funds."""
    order = sorted({x.fund_id for x in lines})
    return LOOKS[order.index(line.fund_id) % len(LOOKS)]


def parts_shown(split: Split) -> list[tuple[str, int]]:
    """Colour and width of each part of the bar, in parts per million of the whole."""
    return [
        (look_of(line, split.lines), line.amount_idr * PPM // split.amount_idr)
        for line in split.lines
    ]


def rule_shown(rule: SplitRule, names: dict[int, str]) -> dict[str, Any]:
    """A rule as the page shows it: its lines with name, share and colour, and one sentence."""
    lines = [
        {
            "name": names[line.fund_id],
            "percent": format_percent(line.weight_ppm),
            "look": look_of(line, rule.lines),
            "weight_ppm": line.weight_ppm,
        }
        for line in rule.lines
    ]
    return {
        "rule": rule,
        "lines": lines,
        "sentence": ", ".join(f"{line['percent']} % {line['name']}" for line in lines),
    }
