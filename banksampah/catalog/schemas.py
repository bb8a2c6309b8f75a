"""What comes in and goes out for materials, prices and share rules."""

from typing import Any

from marshmallow import Schema, fields, validate

from banksampah.catalog.models import (
    EQUIVALENT_G_MAX,
    FAMILIES,
    PRICE_IDR_MAX,
    REPORTING_CLASSES,
    SIPSN_CLASSES,
    UNITS,
    USUAL_MAX_G_MAX,
)
from banksampah.catalog.service import COLUMNS
from banksampah.members.models import DELIVERIES, KINDS
from banksampah.sheets import CELL_CHARS_MAX, ROWS_MAX
from banksampah.web.fields import Day, Percent, Rupiah, Typed, WeightG, WholeNumber, Words, YesNo

PRICE_CLASS = validate.Regexp(
    r"[a-z0-9_-]{1,20}\Z", error="Golongan harga: huruf kecil dan angka, paling banyak 20."
)
CODE = validate.Regexp(
    r"[0-9A-Za-z./-]{1,12}\Z", error="Kode: huruf dan angka, paling banyak 12, misalnya KT1."
)
LINES_MAX = 500
UNSET_WORDS = {"-", "–", "menyusul"}


def _line(chars_max: int) -> Words:
    return Words(validate=validate.Length(max=chars_max))


class MaterialProfileIn(Schema):
    """What is said of a material. Classes left out are guessed from category and name."""

    category = _line(40)
    grade = _line(40)
    family = fields.String(validate=validate.OneOf(FAMILIES), allow_none=True)
    reporting_class = fields.String(validate=validate.OneOf(REPORTING_CLASSES), allow_none=True)
    sipsn_class = fields.String(validate=validate.OneOf(SIPSN_CLASSES), allow_none=True)
    equivalent_g = WeightG(
        least=1,
        most=EQUIVALENT_G_MAX,
        allow_none=True,
        metadata={"description": "Grams of one piece or one litre, for reports"},
    )
    hazardous = YesNo()
    usual_max_g = WeightG(least=1, most=USUAL_MAX_G_MAX, allow_none=True)
    aliases = _line(200)


class MaterialIn(MaterialProfileIn):
    """A new kind of waste. Its unit never changes."""

    code = fields.String(validate=CODE, allow_none=True)
    name = Words(required=True, validate=validate.Length(1, 80))
    unit = fields.String(required=True, validate=validate.OneOf(tuple(UNITS)))


class MaterialChangeIn(MaterialProfileIn):
    """What shall change; what is left out stays."""

    code = fields.String(validate=CODE)
    name = Words(validate=validate.Length(1, 80))
    retired_on = Day(allow_none=True)


class MaterialChangeFormIn(MaterialProfileIn):
    """The form of a change carries every field."""

    code = fields.String(required=True, validate=CODE)
    name = Words(required=True, validate=validate.Length(1, 80))
    retired = YesNo(load_default=False)
    hazardous = YesNo(load_default=False)


class PriceIn(Schema):
    """One price; null is one to come ("harga menyusul"), 0 is a price."""

    material_id = WholeNumber(required=True)
    price_idr = Rupiah(required=True, allow_none=True, most=PRICE_IDR_MAX)
    price_class = fields.String(load_default="umum", validate=PRICE_CLASS)


class PriceListIn(Schema):
    """Prices from a day on."""

    valid_from = Day(required=True)
    prices = fields.List(
        fields.Nested(PriceIn), required=True, validate=validate.Length(1, LINES_MAX)
    )


class TypedPrice(Rupiah):
    """A price as it is typed; a dash or "menyusul" is a price to come."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Typed) and value.strip().casefold() in UNSET_WORDS:
            return None
        return super().deserialize(value, *args, **kwargs)


class PriceRowIn(Schema):
    """One row of the form: an empty price stays as it is."""

    BLANK_WITHOUT = ("price_idr",)

    material_id = WholeNumber(required=True)
    price_idr = TypedPrice(most=PRICE_IDR_MAX)


class PriceListFormIn(Schema):
    """The form of a new list: one class, only what changes."""

    valid_from = Day(required=True)
    price_class = fields.String(required=True, validate=PRICE_CLASS)
    lines = fields.List(
        fields.Nested(PriceRowIn), load_default=list, validate=validate.Length(max=LINES_MAX)
    )


ImportedPriceIn = Schema.from_dict(
    {
        column.name: fields.String(validate=validate.Length(max=CELL_CHARS_MAX))
        for column in COLUMNS
    },
    name="PriceImportRowIn",
)
"""One row of a price list; every cell is text, as in a file."""


class PriceImportIn(Schema):
    """A whole price list: all of it is stored, or nothing."""

    valid_from = Day(required=True)
    price_class = fields.String(validate=PRICE_CLASS)
    source = Words(load_default="", validate=validate.Length(max=120))
    rows = fields.List(
        fields.Nested(ImportedPriceIn), required=True, validate=validate.Length(1, ROWS_MAX)
    )


class PriceImportFormIn(Schema):
    """The form beside the file."""

    valid_from = Day(required=True)
    price_class = fields.String(validate=PRICE_CLASS)
    source = Words(load_default="", validate=validate.Length(max=120))


class ShareRuleIn(Schema):
    """The part of a price that is credited, from a day on; null ends a narrowed rule."""

    valid_from = Day(required=True)
    share_ppm = Percent(required=True, allow_none=True)
    account_kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS))
    delivery = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(DELIVERIES)
    )


class ShareRuleFormIn(ShareRuleIn):
    """The form: an empty share ends a narrowed rule."""

    share_ppm = Percent(load_default=None, allow_none=True)


class MaterialsQuery(Schema):
    """Which materials, and their prices of which day and class."""

    on = Day(load_default=None)
    price_class = fields.String(load_default=None, validate=PRICE_CLASS)
    retired = YesNo(load_default=False)


class ListsQuery(Schema):
    """A page of price lists."""

    cursor = WholeNumber(load_default=None)
    limit = WholeNumber(load_default=50, validate=validate.Range(1, 200))


class MaterialOut(Schema):
    """A material; `price_idr` is null where the price is still to come."""

    id = WholeNumber(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    category = fields.String(required=True)
    grade = fields.String(required=True)
    family = fields.String(required=True)
    reporting_class = fields.String(required=True)
    sipsn_class = fields.String(required=True)
    unit = fields.String(required=True)
    equivalent_g = WholeNumber(required=True, allow_none=True)
    hazardous = fields.Boolean(required=True)
    usual_max_g = WholeNumber(required=True, allow_none=True)
    aliases = fields.String(required=True)
    retired_on = fields.Date(required=True, allow_none=True)
    price_idr = WholeNumber(allow_none=True)


class MaterialsOut(Schema):
    """Every material the bank takes, with its price on `on` in `price_class`."""

    on = fields.Date(required=True)
    price_class = fields.String(required=True)
    items = fields.List(fields.Nested(MaterialOut), required=True)


class PriceOut(Schema):
    """One line of a list."""

    material_id = WholeNumber(required=True)
    code = fields.String(required=True)
    price_class = fields.String(required=True)
    price_idr = WholeNumber(required=True, allow_none=True)


class PriceListOut(Schema):
    """A price list; its `prices` only where one list is asked for."""

    seq = WholeNumber(required=True)
    valid_from = fields.Date(required=True)
    source = fields.String(required=True)
    lines_count = WholeNumber(required=True)
    prices = fields.List(fields.Nested(PriceOut))


class PriceListsOut(Schema):
    """One page of price lists, newest first."""

    items = fields.List(fields.Nested(PriceListOut), required=True)
    next_cursor = WholeNumber(required=True, allow_none=True)


class ShareRuleOut(Schema):
    """A share rule."""

    seq = WholeNumber(required=True)
    valid_from = fields.Date(required=True)
    account_kind = fields.String(required=True, allow_none=True)
    delivery = fields.String(required=True, allow_none=True)
    share_ppm = WholeNumber(required=True, allow_none=True)


class ShareRulesOut(Schema):
    """Every share rule, the newest day first."""

    items = fields.List(fields.Nested(ShareRuleOut), required=True)
