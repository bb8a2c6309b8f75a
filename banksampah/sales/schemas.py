"""What comes in and goes out about sales. Quantities are grams, millilitres or pieces."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError, fields, pre_dump, validate, validates_schema

from banksampah.catalog.models import PRICE_IDR_MAX
from banksampah.sales.models import BUYER_KINDS, COST_KINDS, PAID_WITH, Sale
from banksampah.sales.queries import PAGE_ROWS_MAX
from banksampah.web.fields import Day, Quantity, Rupiah, WholeNumber, Words

ID = validate.Range(1)
REASON = validate.Length(3, 500)
QUANTITY_MAX = 100_000_000  # a hundred tonnes, or as many millilitres or pieces, in one line
WITHIN = validate.Range(1, QUANTITY_MAX, error="Angka ini nol atau terlalu besar. Periksa lagi.")
COST_IDR_MAX = 10_000_000_000
LINES_MAX = 60
PURSES = ("cash", "bank")


class BuyerIn(Schema):
    """A collector, parent bank or factory."""

    name = Words(required=True, validate=validate.Length(1, 80))
    kind = fields.String(load_default="collector", validate=validate.OneOf(BUYER_KINDS))
    phone = fields.String(load_default="", validate=validate.Length(max=24))


class BuyerOut(BuyerIn):
    id = WholeNumber(required=True)


class BuyersOut(Schema):
    items = fields.List(fields.Nested(BuyerOut), required=True)


class SaleLineIn(Schema):
    """One material: the buyer's weight and price; ours where it differs."""

    BLANK_WITHOUT = ("buyer_quantity", "our_quantity", "price_idr")

    material_id = WholeNumber(required=True, validate=ID)
    buyer_quantity = Quantity(required=True, validate=WITHIN)
    our_quantity = Quantity(load_default=None, allow_none=True, validate=WITHIN)
    price_idr = Rupiah(required=True, most=PRICE_IDR_MAX)
    bought_quantity = Quantity(
        load_default=None,
        allow_none=True,
        most=QUANTITY_MAX,
        metadata={"description": "Of ours, bought stock; null: both origins in proportion"},
    )


class CostIn(Schema):
    """A cost of the sale that the bank pays."""

    kind = fields.String(load_default="transport", validate=validate.OneOf(COST_KINDS))
    amount_idr = Rupiah(required=True, least=1, most=COST_IDR_MAX)
    paid_with = fields.String(load_default="cash", validate=validate.OneOf(PURSES))


class PreviewIn(Schema):
    """What a sale would come to."""

    lines = fields.List(
        fields.Nested(SaleLineIn), required=True, validate=validate.Length(1, LINES_MAX)
    )
    deduction_idr = Rupiah(load_default=0)
    costs = fields.List(fields.Nested(CostIn), load_default=list, validate=validate.Length(max=10))


class _BuyerNamed(Schema):
    """A buyer by id, or by name: one not known yet is added."""

    buyer_id = WholeNumber(load_default=None, allow_none=True, validate=ID)
    buyer_name = Words(
        load_default="",
        validate=validate.Length(max=80),
        metadata={"description": "Not empty unless `buyer_id` is given"},
    )

    @validates_schema
    def _named(self, sale: dict[str, Any], **_kwargs: Any) -> None:
        if sale.get("buyer_id") is None and not sale.get("buyer_name"):
            raise ValidationError(_("Isi nama pembeli."), "buyer_name")


class SaleIn(PreviewIn, _BuyerNamed):
    """A sale to one buyer. `sold_on` may lie back as far as the bank allows."""

    sold_on = Day(required=True)
    paid_with = fields.String(load_default="cash", validate=validate.OneOf(PAID_WITH))
    note_number = fields.String(load_default="", validate=validate.Length(max=40))


class SaleForm(_BuyerNamed):
    """The same on a page, with one cost: that of the way to the buyer."""

    sold_on = Day(required=True)
    paid_with = fields.String(load_default="cash", validate=validate.OneOf(PAID_WITH))
    note_number = fields.String(load_default="", validate=validate.Length(max=40))
    lines = fields.List(
        fields.Nested(SaleLineIn), required=True, validate=validate.Length(1, LINES_MAX)
    )
    deduction_idr = Rupiah(load_default=0)
    cost_idr = Rupiah(load_default=0, most=COST_IDR_MAX)
    cost_paid_with = fields.String(load_default="cash", validate=validate.OneOf(PURSES))
    hitung = fields.String()


class SaleLineOut(Schema):
    """One line worked out; see `SaleLine` in the documentation of the tables."""

    material_id = WholeNumber(required=True)
    unit = fields.String(required=True)
    our_quantity = WholeNumber(required=True)
    buyer_quantity = WholeNumber(required=True)
    price_idr = WholeNumber(required=True)
    amount_idr = WholeNumber(required=True)
    deduction_idr = WholeNumber(required=True)
    cost_idr = WholeNumber(required=True)
    bought_quantity = WholeNumber(required=True)
    donated_quantity = WholeNumber(required=True)
    bought_idr = WholeNumber(required=True)
    donated_idr = WholeNumber(required=True)
    goods_cost_idr = WholeNumber(required=True)
    shrink_idr = WholeNumber(required=True)
    surplus_idr = WholeNumber(required=True)


class TotalsOut(Schema):
    gross_idr = WholeNumber(required=True)
    deduction_idr = WholeNumber(required=True)
    cost_idr = WholeNumber(required=True)
    goods_cost_idr = WholeNumber(required=True)
    bought_margin_idr = WholeNumber(required=True)
    donated_margin_idr = WholeNumber(required=True)
    split_idr = WholeNumber(required=True)


class PreviewOut(TotalsOut):
    """The sum of a sale that was not saved."""

    lines = fields.List(fields.Nested(SaleLineOut), required=True)


class SaleCostOut(Schema):
    kind = fields.String(required=True)
    amount_idr = WholeNumber(required=True)
    paid_with = fields.String(required=True)


class SaleStepOut(Schema):
    """What happened later: paid, unpaid (a payment taken back) or reversed."""

    seq = WholeNumber(required=True)
    kind = fields.String(required=True)
    amount_idr = WholeNumber(required=True)
    paid_with = fields.String(required=True, allow_none=True)
    undoes_seq = WholeNumber(required=True, allow_none=True)
    by_id = WholeNumber(required=True)
    at = fields.AwareDateTime(required=True)


class SaleShortOut(TotalsOut):
    """A sale in a list."""

    seq = WholeNumber(required=True)
    buyer_id = WholeNumber(required=True)
    buyer_name = fields.String(required=True)
    sold_on = fields.Date(required=True)
    paid_with = fields.String(required=True)
    note_number = fields.String(required=True)
    net_idr = WholeNumber(required=True)
    owed_idr = WholeNumber(required=True)
    is_reversed = fields.Boolean(required=True)
    recorded_by_id = WholeNumber(required=True)
    recorded_at = fields.AwareDateTime(required=True)

    @pre_dump
    def _tell(self, sale: Sale, **_kwargs: Any) -> dict[str, Any]:
        told = {name: getattr(sale, name) for name in self.fields if name != "buyer_name"}
        return told | {"buyer_name": sale.buyer.name}


class SaleOut(SaleShortOut):
    """A sale with its lines, costs and what happened since."""

    lines = fields.List(fields.Nested(SaleLineOut), required=True)
    costs = fields.List(fields.Nested(SaleCostOut), required=True)
    steps = fields.List(fields.Nested(SaleStepOut), required=True)


class SalesQuery(Schema):
    """Which sales to list, newest first."""

    cursor = WholeNumber(
        load_default=None, validate=ID, metadata={"description": "`next_cursor` of the page before"}
    )
    limit = WholeNumber(load_default=50, validate=validate.Range(1, PAGE_ROWS_MAX))


class SalesOut(Schema):
    items = fields.List(fields.Nested(SaleShortOut), required=True)
    next_cursor = WholeNumber(required=True, allow_none=True)


class PaymentIn(Schema):
    """Money for a sale on credit, all or part of it."""

    amount_idr = Rupiah(required=True, least=1)
    paid_with = fields.String(load_default="cash", validate=validate.OneOf(PURSES))


class ReasonIn(Schema):
    reason = fields.String(required=True, validate=REASON)
