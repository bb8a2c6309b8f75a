"""What the API says of the books."""

from marshmallow import Schema, fields, validate

from banksampah.web.fields import Month, WholeNumber, YesNo

ENTRIES_MAX = 200


class ProofIn(Schema):
    """How deep to look."""

    full = YesNo(
        load_default=False,
        metadata={"description": "true: replay every entry and document; slower"},
    )


class TermOut(Schema):
    """One addend of a sum."""

    name = fields.String(required=True)
    amount = WholeNumber(required=True)


class CheckOut(Schema):
    """Two sums that must agree, in `unit`."""

    name = fields.String(required=True)
    unit = fields.String(required=True)
    ok = fields.Boolean(required=True)
    left = fields.List(fields.Nested(TermOut), required=True)
    right = fields.List(fields.Nested(TermOut), required=True)
    left_sum = WholeNumber(required=True)
    right_sum = WholeNumber(required=True)
    difference = WholeNumber(required=True)
    counted = WholeNumber(required=True)


class FaultOut(Schema):
    """A difference the replay found; `seq` is null where it is tied to no entry."""

    seq = WholeNumber(required=True, allow_none=True)
    fact = fields.String(required=True)


class ProofOut(Schema):
    """The proof of a bank's books."""

    bank_id = WholeNumber(required=True)
    entries_count = WholeNumber(required=True)
    since = fields.Date(required=True, allow_none=True)
    head_seal = fields.String(
        required=True, allow_none=True, metadata={"description": "SHA-256 of the newest entry"}
    )
    ok = fields.Boolean(required=True)
    full = fields.Boolean(required=True)
    checks = fields.List(fields.Nested(CheckOut), required=True)
    faults = fields.List(fields.Nested(FaultOut), required=True)


class TrialBalanceIn(Schema):
    """The day; today's balances without it."""

    on = fields.Date(load_default=None, metadata={"description": "Balances at the end of the day"})


class AccountOut(Schema):
    """One account with its balance in the column it belongs to."""

    account_id = WholeNumber(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    debit = WholeNumber(required=True)
    credit = WholeNumber(required=True)


class UnitSumOut(Schema):
    """The totals of one unit; both columns agree."""

    unit = fields.String(required=True)
    debit = WholeNumber(required=True)
    credit = WholeNumber(required=True)


class TrialBalanceOut(Schema):
    """Every account that holds something, and the sums of both columns per unit."""

    on = fields.Date(required=True, allow_none=True)
    accounts = fields.List(fields.Nested(AccountOut), required=True)
    sums = fields.List(fields.Nested(UnitSumOut), required=True)


class EntriesIn(Schema):
    """Which part of the journal, in its own order."""

    cursor = WholeNumber(
        load_default=0,
        validate=validate.Range(min=0),
        metadata={"description": "`next_cursor` of the page before"},
    )
    limit = WholeNumber(load_default=50, validate=validate.Range(1, ENTRIES_MAX))


class LegOut(Schema):
    """One line of an entry: debit positive, credit negative; `held` is kept back or released."""

    line = WholeNumber(required=True)
    account_id = WholeNumber(required=True)
    unit = fields.String(required=True)
    amount = WholeNumber(required=True)
    held = WholeNumber(required=True)


class EntryOut(Schema):
    """One sealed entry. It names nobody: households are account numbers."""

    seq = WholeNumber(required=True)
    kind = fields.String(required=True)
    effective_on = fields.Date(required=True)
    occurred_on = fields.Date(required=True)
    recorded_at = fields.DateTime(required=True)
    actor_id = WholeNumber(required=True)
    approver_id = WholeNumber(required=True, allow_none=True)
    reverses_seq = WholeNumber(required=True, allow_none=True)
    resolves_seq = WholeNumber(required=True, allow_none=True)
    body = fields.Dict(required=True)
    legs = fields.List(fields.Nested(LegOut), required=True)


class EntriesOut(Schema):
    """A page of the journal; `next_cursor` is null on the last one."""

    items = fields.List(fields.Nested(EntryOut), required=True)
    next_cursor = WholeNumber(required=True, allow_none=True)


class MonthIn(Schema):
    """The month; the present one without it."""

    month = Month(metadata={"description": "Such as 2026-11"})


class MonthForm(Schema):
    """The same, as a page's address has it."""

    bulan = Month()


class MonthLineOut(Schema):
    """One material's month, in its unit: opening + came − sold + other = closing."""

    material_id = WholeNumber(required=True, attribute="material.id")
    code = fields.String(required=True, attribute="material.code")
    name = fields.String(required=True, attribute="material.label")
    unit = fields.String(required=True, attribute="material.ledger_unit")
    opening_quantity = WholeNumber(required=True, attribute="goods.opening")
    came_quantity = WholeNumber(required=True, attribute="goods.came")
    sold_quantity = WholeNumber(required=True, attribute="goods.went")
    other_quantity = WholeNumber(required=True, attribute="goods.other")
    closing_quantity = WholeNumber(required=True, attribute="goods.closing")
    came_g = WholeNumber(required=True)
    credited_idr = WholeNumber(required=True)
    sold_idr = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)


class ComparedOut(Schema):
    """One material, in its unit: opening + weighed in − sold − lost = left."""

    material_id = WholeNumber(required=True, attribute="material.id")
    code = fields.String(required=True, attribute="material.code")
    name = fields.String(required=True, attribute="material.label")
    unit = fields.String(required=True, attribute="material.ledger_unit")
    opening_quantity = WholeNumber(required=True, attribute="goods.opening")
    weighed_quantity = WholeNumber(required=True, attribute="goods.came")
    sold_quantity = WholeNumber(
        required=True, attribute="sold", metadata={"description": "By the buyers' scales"}
    )
    lost_quantity = WholeNumber(
        required=True,
        attribute="lost",
        metadata={"description": "Below nothing where more was found than was weighed in"},
    )
    closing_quantity = WholeNumber(required=True, attribute="goods.closing")
    is_far = fields.Boolean(
        required=True,
        metadata={"description": "More was lost, or found, than `stock_loss_percent` allows"},
    )


class ComparisonOut(Schema):
    """What was weighed in against what was sold."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    lines = fields.List(fields.Nested(ComparedOut), required=True)


class SavingsMonthOut(Schema):
    """The savings of all households: opening + came − went + other = closing."""

    opening_idr = WholeNumber(required=True, attribute="opening")
    came_idr = WholeNumber(required=True, attribute="came")
    went_idr = WholeNumber(required=True, attribute="went")
    other_idr = WholeNumber(required=True, attribute="other")
    closing_idr = WholeNumber(required=True, attribute="closing")


class ClassWeightOut(Schema):
    """Grams of one class of the agencies' reports."""

    name = fields.String(required=True)
    weight_g = WholeNumber(required=True)


class MonthOut(Schema):
    """One month of a bank. `came_g` counts pieces and litres by their equivalent."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    weight_g = WholeNumber(required=True)
    credited_idr = WholeNumber(required=True)
    sold_idr = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)
    deposits_count = WholeNumber(required=True)
    households_count = WholeNumber(required=True)
    savings = fields.Nested(SavingsMonthOut, required=True)
    lines = fields.List(fields.Nested(MonthLineOut), required=True)
    reporting_classes = fields.List(fields.Nested(ClassWeightOut), required=True)
    sipsn_classes = fields.List(fields.Nested(ClassWeightOut), required=True)


_NAME = validate.Length(1, 60)


class RegionOut(Schema):
    """A kelurahan, with the kecamatan and city it lies in."""

    city = fields.String(required=True)
    kecamatan = fields.String(required=True)
    kelurahan = fields.String(required=True)


class RegionsOut(Schema):
    """The kelurahan that somebody may read."""

    items = fields.List(fields.Nested(RegionOut), required=True)


class RegionMonthIn(MonthIn):
    """Which kelurahan, and the month."""

    city = fields.String(required=True, validate=validate.Length(0, 60))
    kecamatan = fields.String(required=True, validate=validate.Length(0, 60))
    kelurahan = fields.String(required=True, validate=_NAME)


class RegionForm(MonthForm):
    """The same, as a page's address has it."""

    kota = fields.String(required=True, validate=validate.Length(0, 60))
    kecamatan = fields.String(required=True, validate=validate.Length(0, 60))
    kelurahan = fields.String(required=True, validate=_NAME)


class RegionMonthOut(Schema):
    """One month of all banks of a kelurahan, in sums."""

    region = fields.Nested(RegionOut, required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    banks_count = WholeNumber(required=True)
    active_banks_count = WholeNumber(required=True)
    households_count = WholeNumber(required=True)
    deposits_count = WholeNumber(required=True)
    weight_g = WholeNumber(required=True)
    credited_idr = WholeNumber(required=True)
    sold_idr = WholeNumber(required=True)
    reporting_classes = fields.List(fields.Nested(ClassWeightOut), required=True)
    sipsn_classes = fields.List(fields.Nested(ClassWeightOut), required=True)
