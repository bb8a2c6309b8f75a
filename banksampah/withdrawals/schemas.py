"""What comes in and goes out for withdrawals."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from banksampah.web.fields import Rupiah, WholeNumber
from banksampah.withdrawals.models import CASH, METHODS
from banksampah.withdrawals.queries import PAGE_ROWS_MAX, STATES

ID = validate.Range(1)
REASON = validate.Length(1, 500)


class WithdrawalIn(Schema):
    """A household asks for money."""

    member_id = WholeNumber(required=True, validate=ID)
    amount_idr = Rupiah(required=True, least=1)
    method = fields.String(load_default=CASH, validate=validate.OneOf(METHODS))


class WithdrawalFormIn(Schema):
    """The form on a household's card: an amount typed, or one of those offered."""

    amount_idr = Rupiah(least=1)
    quick_idr = Rupiah(least=1)
    method = fields.String(load_default=CASH, validate=validate.OneOf(METHODS))

    @validates_schema
    def check_amount(self, typed: dict[str, object], **_: object) -> None:
        if "amount_idr" not in typed and "quick_idr" not in typed:
            raise ValidationError("Isi jumlah yang ditarik.", "amount_idr")


class WithdrawalPaymentIn(Schema):
    """What is handed out; all of it by default, never more than was asked for."""

    amount_idr = Rupiah(load_default=None, allow_none=True, least=1)


class WithdrawalReasonIn(Schema):
    """Why; kept beside the journal."""

    reason = fields.String(required=True, validate=REASON)


class WithdrawalDecisionFormIn(Schema):
    """Pay or refuse."""

    decision = fields.String(required=True, validate=validate.OneOf(("pay", "refuse")))
    reason = fields.String(load_default="", validate=validate.Length(max=500))

    @validates_schema
    def check_reason(self, typed: dict[str, str], **_: object) -> None:
        if typed["decision"] == "refuse" and not typed["reason"].strip():
            raise ValidationError("Isi alasannya, supaya nasabah tahu.", "reason")


class WithdrawalsQuery(Schema):
    """Which requests to list, newest first."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    member_id = WholeNumber(load_default=None, validate=ID)
    cursor = WholeNumber(
        load_default=None, validate=ID, metadata={"description": "`next_cursor` of the page before"}
    )
    limit = WholeNumber(load_default=50, validate=validate.Range(1, PAGE_ROWS_MAX))


class WithdrawalOut(Schema):
    """A request as it was recorded; `seq` is the entry that holds the money."""

    seq = WholeNumber(required=True)
    member_id = WholeNumber(required=True)
    amount_idr = WholeNumber(required=True)
    method = fields.String(required=True)
    requested_by_id = WholeNumber(required=True)
    requested_at = fields.AwareDateTime(required=True)


class WithdrawalStateOut(WithdrawalOut):
    """A request and what became of it: waiting, paid, refused, lapsed or reversed."""

    member_number = fields.String(required=True)
    member_name = fields.String(required=True)
    state = fields.String(required=True)
    paid_idr = WholeNumber(required=True, allow_none=True)
    decided_seq = WholeNumber(required=True, allow_none=True)
    decided_by_id = WholeNumber(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    reversal_seq = WholeNumber(required=True, allow_none=True)
    reversed_by_id = WholeNumber(required=True, allow_none=True)
    reversed_at = fields.AwareDateTime(required=True, allow_none=True)


class WithdrawalsOut(Schema):
    """One page of requests."""

    items = fields.List(fields.Nested(WithdrawalStateOut), required=True)
    next_cursor = WholeNumber(required=True, allow_none=True)


class LapsedOut(Schema):
    """The requests whose money is free again."""

    lapsed = fields.List(WholeNumber(), required=True)
