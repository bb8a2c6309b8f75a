"""What the API says of the books."""

from marshmallow import Schema, fields, validate

from banksampah.web.fields import WholeNumber

ENTRIES_MAX = 200


class ProofIn(Schema):
    """How deep to look."""

    full = fields.Boolean(
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
