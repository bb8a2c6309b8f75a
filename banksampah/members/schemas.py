"""What comes in and goes out for members."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from banksampah.members.models import DELIVERIES, KINDS, PEOPLE_MAX, SEXES
from banksampah.members.service import COLUMNS
from banksampah.members.service.opening import normal_phone
from banksampah.sheets import CELL_CHARS_MAX, ROWS_MAX
from banksampah.web.fields import Day, Rupiah, Typed, WholeNumber, Words

PRICE_CLASS = validate.Regexp(r"[a-z0-9_-]{1,20}\Z")
AREA = validate.Regexp(r"[0-9]{0,3}\Z", error="Tulis angka saja, misalnya 03.")
_GAP = r"[\s().-]*"
PHONE_PATTERN = (  # what `normal_phone` takes: 6 to 15 digits, the 0 before an 8 may be missing
    f"^{_GAP}(8({_GAP}[0-9]){{4,13}}|([+]{_GAP}[0-9]|[0-79])({_GAP}[0-9]){{5,14}})?{_GAP}$"
)


def check_phone(text: str) -> None:
    """Refuse what cannot be dialled."""
    if normal_phone(text) is None:
        raise ValidationError("Tulis nomor HP seperti 081234567890.")


class Names(fields.List[Any]):
    """A list of names; from a form, one name a line."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            value = [part for item in value for part in _lines(item)]
        return super()._deserialize(value, attr, data, **kwargs)


def _lines(item: Any) -> list[Any]:
    if isinstance(item, Typed):
        return [Typed(line) for line in item.splitlines() if line.strip()]
    return [item]


class MemberProfileIn(Schema):
    """What is said of a member, all of it left out at will."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    rt = fields.String(validate=AREA)
    rw = fields.String(validate=AREA)
    house_no = Words(validate=validate.Length(max=20))
    phone = fields.String(
        validate=[validate.Length(max=30), check_phone], metadata={"pattern": PHONE_PATTERN}
    )
    sex = fields.String(validate=validate.OneOf(SEXES), allow_none=True)
    delivery = fields.String(validate=validate.OneOf(DELIVERIES))
    price_class = fields.String(validate=PRICE_CLASS, allow_none=True)
    people = Names(Words(validate=validate.Length(1, 80)), validate=validate.Length(max=PEOPLE_MAX))


class NamedIn(Schema):
    """A member has a name."""

    name = Words(required=True, validate=validate.Length(1, 80))


class MemberIn(MemberProfileIn, NamedIn):
    """A new member. Without a number the next free one is given."""

    number = Words(validate=validate.Length(max=16), allow_none=True)
    opened_on = Day()


class MemberChangeIn(MemberProfileIn):
    """What shall change; what is left out stays. `people` is the whole list."""

    name = Words(validate=validate.Length(1, 80))


class MemberFormIn(MemberIn):
    """The form of a new member: where to go afterwards."""

    then = fields.String(validate=validate.OneOf(("weigh",)))


class MemberChangeFormIn(MemberProfileIn, NamedIn):
    """The form of a change carries every field."""


class MergeIn(Schema):
    """Into whom a member is merged; the reason is kept beside the journal."""

    into_id = WholeNumber(required=True)
    reason = Words(load_default="", validate=validate.Length(max=200))


class MergeFormIn(Schema):
    """The same by number, as people know members."""

    into_number = Words(required=True, validate=validate.Length(1, 16))
    reason = Words(required=True, validate=validate.Length(1, 200))


class SignInIn(Schema):
    """A household's number and PIN."""

    number = Words(required=True, validate=validate.Length(1, 20))
    pin = fields.String(required=True, validate=validate.Length(1, 20))


ImportRowIn = Schema.from_dict(
    {
        column.name: fields.String(validate=validate.Length(max=CELL_CHARS_MAX))
        for column in COLUMNS
    },
    name="MemberRowIn",
)
"""One row of a list of members; every cell is text, as in a file."""


class ImportIn(Schema):
    """A list of members: all of it is stored, or nothing."""

    rows = fields.List(
        fields.Nested(ImportRowIn), required=True, validate=validate.Length(1, ROWS_MAX)
    )


class MembersQuery(Schema):
    """Which members to list."""

    q = fields.String(load_default="", validate=validate.Length(max=80))
    rt = fields.String(load_default="", validate=AREA)
    state = fields.String(load_default="open", validate=validate.OneOf(("open", "closed", "all")))
    cursor = fields.String(load_default=None, validate=validate.Length(max=16))
    limit = WholeNumber(load_default=50, validate=validate.Range(1, 200))


class MovementsQuery(Schema):
    """Which movements to list."""

    cursor = fields.String(
        load_default=None, validate=validate.Regexp(r"\d{4}-\d\d-\d\d:\d{1,18}\Z")
    )
    limit = WholeNumber(load_default=50, validate=validate.Range(1, 200))


class MemberOut(Schema):
    """A member and what it has with the bank."""

    id = WholeNumber(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    rt = fields.String(required=True)
    rw = fields.String(required=True)
    house_no = fields.String(required=True)
    phone = fields.String(required=True)
    sex = fields.String(required=True, allow_none=True)
    delivery = fields.String(required=True)
    price_class = fields.String(required=True, allow_none=True)
    people = fields.List(fields.String(), metadata={"description": "Of one member only"})
    balance_idr = Rupiah(required=True)
    held_idr = Rupiah(required=True)
    debt_idr = Rupiah(required=True)
    withdrawable_idr = Rupiah(required=True)
    opened_on = fields.Date(required=True)
    closed_on = fields.Date(required=True, allow_none=True)
    merged_into_id = WholeNumber(required=True, allow_none=True)


class MembersOut(Schema):
    """One page of members."""

    items = fields.List(fields.Nested(MemberOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class MovementOut(Schema):
    """One movement of the savings and the balance after it."""

    seq = WholeNumber(required=True)
    kind = fields.String(required=True)
    effective_on = fields.Date(required=True)
    occurred_on = fields.Date(required=True)
    amount_idr = WholeNumber(required=True)
    balance_idr = WholeNumber(required=True)
    reverses_seq = WholeNumber(required=True, allow_none=True)


class MovementsOut(Schema):
    """One page of movements, newest first; `opening_idr` is the balance before the oldest."""

    items = fields.List(fields.Nested(MovementOut), required=True)
    opening_idr = WholeNumber(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class PinOut(Schema):
    """A new PIN. It is told once: asked again under the same key, it is null."""

    pin = fields.String(required=True, allow_none=True)


class ImportOut(Schema):
    """The members that were stored."""

    members_count = WholeNumber(required=True)
    ids = fields.List(WholeNumber(), required=True)
