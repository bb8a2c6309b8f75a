"""What comes in and goes out about stock. Quantities are grams, millilitres or pieces."""

from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from banksampah.web.fields import Day, Quantity, WholeNumber

QUANTITY_MAX = 100_000_000  # a hundred tonnes, or as many millilitres or pieces
WITHIN = validate.Range(0, QUANTITY_MAX, error="Angka ini terlalu besar. Periksa lagi.")
REASON = validate.Length(3, 500)


class CountIn(Schema):
    """A count of one material."""

    counted = Quantity(required=True, validate=WITHIN)
    reason = fields.String(required=True, validate=REASON)


class CountedOut(Schema):
    """What a count changed; signed."""

    seq = WholeNumber(required=True)
    bought_quantity = WholeNumber(required=True)
    donated_quantity = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)


class StockOut(Schema):
    """One material's stock now. Its name is that of the catalogue."""

    material_id = WholeNumber(required=True, attribute="material.id")
    code = fields.String(required=True, attribute="material.code")
    name = fields.String(required=True, attribute="material.label")
    unit = fields.String(required=True, attribute="material.ledger_unit")
    bought_quantity = WholeNumber(required=True)
    donated_quantity = WholeNumber(required=True)
    quantity = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)


class StockListOut(Schema):
    items = fields.List(fields.Nested(StockOut), required=True)


class PeriodIn(Schema):
    """First and last day of a stock card; without them, the year up to today."""

    since = Day()
    until = Day()


class PeriodForm(Schema):
    """The same, as the page's address has it."""

    dari = Day()
    sampai = Day()

    @validates_schema
    def _in_order(self, days: dict[str, Any], **_kwargs: Any) -> None:
        if "sampai" in days and days.get("dari", days["sampai"]) > days["sampai"]:
            raise ValidationError(_("Tanggal awal sesudah tanggal akhir. Tukar keduanya."), "dari")


class CardLineOut(Schema):
    """One movement on a stock card; the quantity and value after it."""

    seq = WholeNumber(required=True)
    kind = fields.String(required=True)
    effective_on = fields.Date(required=True)
    bought_quantity = WholeNumber(required=True)
    donated_quantity = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)
    quantity_after = WholeNumber(required=True)
    value_after_idr = WholeNumber(required=True)


class CardOut(Schema):
    """A stock card: opening + lines = closing."""

    material_id = WholeNumber(required=True, attribute="material.id")
    unit = fields.String(required=True, attribute="material.ledger_unit")
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    opening_quantity = WholeNumber(required=True)
    opening_value_idr = WholeNumber(required=True)
    lines = fields.List(fields.Nested(CardLineOut), required=True)
    closing_quantity = WholeNumber(required=True)
    closing_value_idr = WholeNumber(required=True)
