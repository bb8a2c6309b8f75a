"""The period and paper that are asked for; the statement, and an annex, as JSON."""

from marshmallow import Schema, fields, validate

from banksampah.web.fields import Day, WholeNumber
from banksampah.web.pdf import PAPERS


class PeriodPageIn(Schema):
    """The address of a printed statement: ?dari=2026-07-01&sampai=2026-10-31&kertas=F4."""

    since = Day(required=True, data_key="dari")
    until = Day(required=True, data_key="sampai")
    paper = fields.String(data_key="kertas", validate=validate.OneOf(list(PAPERS)))


class PaperPageIn(Schema):
    """The paper of minutes: ?kertas=F4."""

    paper = fields.String(data_key="kertas", validate=validate.OneOf(list(PAPERS)))


class SheetsPageIn(Schema):
    """Which sheets to print: of one RT ("" for households without one), for a day."""

    rt = fields.String(validate=validate.Length(max=3))
    day = Day(data_key="hari")
    paper = fields.String(data_key="kertas", validate=validate.OneOf(list(PAPERS)))


class StatementPeriodIn(Schema):
    """The days of a statement, both included."""

    since = Day(required=True)
    until = Day(required=True)


class StatementPaperIn(StatementPeriodIn):
    """The days and the paper; without *paper*, the bank's own."""

    paper = fields.String(validate=validate.OneOf(list(PAPERS)))


class HolderOut(Schema):
    member_id = WholeNumber(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)


class StatementLineOut(Schema):
    """*amount_idr* is positive for money in, negative for money out."""

    seq = WholeNumber(required=True)
    effective_on = fields.Date(required=True)
    number = fields.String(required=True)
    text = fields.String(required=True)
    weight_g = WholeNumber(required=True)
    amount_idr = WholeNumber(required=True)
    balance_idr = WholeNumber(required=True)


class GoodsOut(Schema):
    """*quantity* is in grams (G), pieces (PCS) or millilitres (ML)."""

    name = fields.String(required=True)
    unit = fields.String(required=True, validate=validate.OneOf(["G", "PCS", "ML"]))
    quantity = WholeNumber(required=True)


class SealOut(Schema):
    """The seal of the newest entry on the statement; it covers every entry up to *seq*."""

    seq = WholeNumber(required=True)
    digits = fields.String(required=True)


class StatementOut(Schema):
    """Opening and lines make the closing; the opening is the closing of the day before."""

    member = fields.Nested(HolderOut, required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    opening_idr = WholeNumber(required=True)
    lines = fields.List(fields.Nested(StatementLineOut), required=True)
    in_idr = WholeNumber(required=True)
    out_idr = WholeNumber(required=True)
    closing_idr = WholeNumber(required=True)
    weight_g = WholeNumber(required=True)
    goods = fields.List(fields.Nested(GoodsOut), required=True)
    held_idr = WholeNumber(required=True)
    debt_idr = WholeNumber(required=True)
    seal = fields.Nested(SealOut, allow_none=True, required=True)


class LateDepositOut(Schema):
    """*came_on*: the phone sent it, or somebody typed it in; *booked_on*: it was released."""

    seq = WholeNumber(required=True)
    weighed_on = fields.Date(required=True)
    member_number = fields.String(required=True)
    weight_g = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)
    way = fields.String(required=True, validate=validate.OneOf(["phone", "sheet", "typed"]))
    paper_number = fields.String(required=True)
    came_on = fields.Date(required=True)
    booked_on = fields.Date(required=True)


class LateDepositsOut(Schema):
    late_deposits = fields.List(fields.Nested(LateDepositOut), required=True, attribute="late")
    weight_g = WholeNumber(required=True, attribute="late_weight_g")
    value_idr = WholeNumber(required=True, attribute="late_value_idr")
