"""What comes in and goes out for deposits."""

from operator import attrgetter
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields, post_load, validate

from banksampah.deposits.models import DELIVERIES, KINDS, REASONS, SAVINGS
from banksampah.deposits.queries import PAGE_ROWS_MAX
from banksampah.deposits.service.drafting import LINES_MAX, QUANTITY_MAX
from banksampah.money import PPM
from banksampah.staff.auth import KEY_FORM
from banksampah.web.fields import Day, Quantity, Rupiah, WholeNumber
from banksampah.web.openapi import ProblemSchema
from banksampah.wording import gettext_noop as _n

ID = validate.Range(1)
BATCH_MAX = 20
HALF = "half"
PRICE_IDR_MAX = 100_000_000
NOTE = validate.Length(1, 500)


class DepositLineIn(Schema):
    """One material on the scale."""

    BLANK_WITHOUT = ("quantity",)

    material_id = WholeNumber(required=True, validate=ID)
    quantity = Quantity(
        required=True,
        least=1,
        most=QUANTITY_MAX,
        metadata={"description": "Grams, millilitres or pieces, by the material's unit"},
    )
    confirmed_quantity = WholeNumber(
        allow_none=True,
        metadata={"description": "Repeats an unusual quantity: it was looked at again"},
    )


class DepositIn(Schema):
    """A household's goods, weighed."""

    member_id = WholeNumber(required=True, validate=ID)
    lines = fields.List(
        fields.Nested(DepositLineIn),
        required=True,
        validate=[
            validate.Length(min=1, error=_n("Isi berat paling sedikit satu jenis sampah.")),
            validate.Length(max=LINES_MAX, error=_n("Paling banyak 60 baris dalam satu setoran.")),
        ],
        error_messages={"required": _n("Isi berat paling sedikit satu jenis sampah.")},
    )
    weighed_on = Day(allow_none=True, metadata={"description": "Today by default"})
    kind = fields.String(load_default=SAVINGS, validate=validate.OneOf(KINDS))
    delivery = fields.String(allow_none=True, validate=validate.OneOf(DELIVERIES))
    share_ppm = WholeNumber(
        allow_none=True,
        validate=validate.Range(0, PPM),
        metadata={"description": "The part credited; at most, and by default, the bank's rule"},
    )
    cause_fund_id = WholeNumber(
        allow_none=True, validate=ID, metadata={"description": "What the given part is for"}
    )


class DepositRecordIn(DepositIn):
    """A deposit of a batch, with the key that a single one has in its header."""

    key = fields.String(
        required=True,
        validate=validate.Regexp(rf"^(?:{KEY_FORM.pattern})\Z"),
        metadata={"description": "Made by the client, one for each deposit; kept for ever"},
    )


class Unreadable(NamedTuple):
    """A record of another form: its key, where that could be read, and what is wrong."""

    key: str | None
    messages: Any


class Apart(fields.List[Any]):
    """A list whose items are read each by itself: one that cannot be is `Unreadable` there."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return [self._read(item) for item in value]

    def _read(self, item: Any) -> Any:
        try:
            return self.inner.deserialize(item)
        except ValidationError as error:
            key = item.get("key") if isinstance(item, dict) else None
            readable = isinstance(key, str) and KEY_FORM.fullmatch(key)
            return Unreadable(key if readable else None, error.messages)


class DepositBatchIn(Schema):
    """Up to 20 deposits, as a phone sends what it kept."""

    records = Apart(
        fields.Nested(DepositRecordIn),
        required=True,
        validate=validate.Length(1, BATCH_MAX),
    )


class DepositFormIn(DepositIn):
    """The weighing form: half of it given is a choice there."""

    kind = fields.String(load_default=SAVINGS, validate=validate.OneOf((*KINDS, HALF)))

    @post_load
    def halve(self, deposit: dict[str, Any], **_: Any) -> dict[str, Any]:
        if deposit["kind"] == HALF:
            deposit |= {"kind": SAVINGS, "share_ppm": PPM // 2}
        return deposit


class DepositReversalIn(Schema):
    """Why a deposit is undone."""

    reason = fields.String(
        required=True,
        validate=validate.OneOf(tuple(REASONS)),
        error_messages={"required": _n("Pilih sebabnya.")},
    )
    note = fields.String(load_default="", validate=validate.Length(max=500))


class DepositPriceIn(Schema):
    """The price a line should have had."""

    line = WholeNumber(required=True, validate=validate.Range(1, LINES_MAX))
    price_idr = Rupiah(required=True, most=PRICE_IDR_MAX)
    note = fields.String(required=True, validate=NOTE)


class DepositWeightIn(Schema):
    """The quantity a line should have had; 0 where it never was."""

    line = WholeNumber(required=True, validate=validate.Range(1, LINES_MAX))
    quantity = Quantity(required=True, least=0, most=QUANTITY_MAX)
    note = fields.String(required=True, validate=NOTE)


class DepositHouseholdIn(Schema):
    """Whose goods they were."""

    member_id = WholeNumber(required=True, validate=ID)
    note = fields.String(required=True, validate=NOTE)


class DepositHouseholdFormIn(Schema):
    """Whose goods they were, by the number on the card."""

    member_number = fields.String(required=True, validate=validate.Length(1, 20))
    note = fields.String(required=True, validate=NOTE)


class DepositsQuery(Schema):
    """Which deposits to list, newest first."""

    weighed_on = Day(load_default=None)
    member_id = WholeNumber(load_default=None, validate=ID)
    cursor = WholeNumber(
        load_default=None, validate=ID, metadata={"description": "`next_cursor` of the page before"}
    )
    limit = WholeNumber(load_default=50, validate=validate.Range(1, PAGE_ROWS_MAX))


class Plain(Schema):
    """Fields are attributes, all read at once; numbers, words and truths go out as they are.

    A batch answers with hundreds of fields, which one by one cost more than recording did.
    """

    AS_THEY_ARE = (fields.Integer, fields.String, fields.Boolean)

    def __init__(self, **options: Any):
        super().__init__(**options)
        self._read = attrgetter(*self.dump_fields)
        self._written = {
            name: field
            for name, field in self.dump_fields.items()
            if not isinstance(field, self.AS_THEY_ARE)
        }

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        if many:
            return [self._serialize(one) for one in obj]
        found = dict(zip(self.dump_fields, self._read(obj), strict=True))
        for name, field in self._written.items():
            found[name] = field._serialize(found[name], name, obj)
        return found


class DepositLineOut(Plain):
    """A line as it was weighed. `price_idr` null: the price is still to come."""

    line = WholeNumber(required=True)
    material_id = WholeNumber(required=True)
    unit = fields.String(required=True)
    quantity = WholeNumber(required=True)
    price_class = fields.String(required=True)
    price_idr = WholeNumber(required=True, allow_none=True)
    value_idr = WholeNumber(required=True)
    share_ppm = WholeNumber(required=True)
    credited_idr = WholeNumber(required=True)


class DepositOut(Plain):
    """A deposit as it was recorded; `seq` is its entry in the journal."""

    seq = WholeNumber(required=True)
    member_id = WholeNumber(required=True)
    kind = fields.String(required=True)
    cause_fund_id = WholeNumber(required=True, allow_none=True)
    delivery = fields.String(required=True)
    weighed_on = fields.Date(required=True)
    value_idr = WholeNumber(required=True)
    credited_idr = WholeNumber(required=True)
    recorded_by_id = WholeNumber(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    lines = fields.List(fields.Nested(DepositLineOut), required=True)


class Problem(fields.Nested):
    """Problem details go out whole: further members depend on their code."""

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:  # type: ignore[override]
        return value


class DepositRecordOut(Schema):
    """What became of one record. A client keeps what it does not know the state of."""

    key = fields.String(required=True, allow_none=True)
    state = fields.String(
        required=True,
        metadata={
            "description": "`accepted`; `already_there`: recorded under this key before, the same "
            "answer again; `refused`: nothing was written. Further states may come."
        },
    )
    deposit = fields.Nested(DepositOut, required=True, allow_none=True)
    problem = Problem(ProblemSchema, required=True, allow_none=True)


class DepositBatchOut(Schema):
    """One answer for each record, in their order."""

    records = fields.List(fields.Nested(DepositRecordOut), required=True)


class DepositChangeOut(Schema):
    """A later entry about a deposit: reversed, priced, or corrected in price, member, weight."""

    seq = WholeNumber(required=True)
    deposit_seq = WholeNumber(required=True)
    kind = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    member_id = WholeNumber(required=True, allow_none=True)
    recorded_by_id = WholeNumber(required=True)
    recorded_at = fields.AwareDateTime(required=True)


class DepositStandingOut(Schema):
    """A deposit as it counts today, after its changes; `deposit` is as it was recorded."""

    deposit = fields.Nested(DepositOut, required=True)
    member_id = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)
    credited_idr = WholeNumber(required=True)
    pending_count = WholeNumber(required=True)
    reversed = fields.Boolean(required=True)
    lines = fields.List(fields.Nested(DepositLineOut), required=True)
    changes = fields.List(fields.Nested(DepositChangeOut), required=True)


class DepositListedOut(Plain):
    """A deposit in a list. Pieces and litres weigh by their equivalent."""

    seq = WholeNumber(required=True)
    member_id = WholeNumber(required=True)
    member_number = fields.String(required=True)
    member_name = fields.String(required=True)
    kind = fields.String(required=True)
    weighed_on = fields.Date(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    recorded_by_id = WholeNumber(required=True)
    value_idr = WholeNumber(required=True)
    credited_idr = WholeNumber(required=True)
    weight_g = WholeNumber(required=True)
    waiting = fields.Boolean(required=True, metadata={"description": "A price is still to come"})
    reversal_seq = WholeNumber(required=True, allow_none=True)
    reversal_reason = fields.String(required=True, allow_none=True)


class DepositsOut(Schema):
    """One page of deposits."""

    items = fields.List(fields.Nested(DepositListedOut), required=True)
    next_cursor = WholeNumber(required=True, allow_none=True)


class DepositPendingLineOut(Schema):
    """A line whose price is still to come."""

    seq = WholeNumber(required=True)
    line = WholeNumber(required=True)
    material_id = WholeNumber(required=True)
    unit = fields.String(required=True)
    quantity = WholeNumber(required=True)
    price_class = fields.String(required=True)
    member_id = WholeNumber(required=True)
    kind = fields.String(required=True)
    weighed_on = fields.Date(required=True)


class DepositsPendingOut(Schema):
    """Lines whose price is still to come, the oldest first."""

    items = fields.List(fields.Nested(DepositPendingLineOut), required=True)


class DepositsPricedOut(Schema):
    """The deposits of which a line was credited at last."""

    deposits = fields.List(WholeNumber(), required=True)
