"""What a phone and the treasurer's pages send."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from banksampah.desk.eras import MARK_FORM
from banksampah.desk.models import DECISIONS
from banksampah.desk.records import APP_FORM, NUMBER_MAX
from banksampah.web.fields import Typed, WholeNumber

BATCH_MAX = 20
SESSION_FORM = re.compile(r"(?=.{1,40}\Z)[!-~]+(?: [!-~]+)*\Z")
"""S-2026-11-21-HP01-1-A: as its deposits name it."""


class BatchIn(Schema):
    """Records of one phone, in the order of their numbers. Each is read for itself."""

    records = fields.List(
        fields.Dict(), required=True, validate=validate.Length(min=1, max=BATCH_MAX)
    )
    unsent = WholeNumber(load_default=0, validate=validate.Range(0))
    """How many the phone holds, these among them."""


class FileIn(Schema):
    """The file a phone gave out: its unsent records, and of which bank they are."""

    service = fields.String(required=True, validate=validate.Equal("bank-sampah"))
    bank = fields.String(load_default=None)
    """The bank's name in addresses; files of an older desk do not tell it."""
    records = fields.List(fields.Dict(), required=True, validate=validate.Length(min=1, max=2_000))


class HelloIn(Schema):
    """What a phone says of itself when it is in touch."""

    device = fields.String(load_default="", validate=validate.Length(max=8))
    """The phone whose numbers it gives out: this browser may have been another one before."""
    epoch = WholeNumber(load_default=0, validate=validate.Range(0, 1_000_000))
    last = WholeNumber(load_default=0, validate=validate.Range(0, 100_000))
    unsent = WholeNumber(load_default=0, validate=validate.Range(0, 1_000_000))
    app = fields.String(load_default=None, validate=validate.Regexp(APP_FORM))
    """Version and build of the desk that it runs."""
    era = fields.String(load_default="", validate=validate.Regexp(MARK_FORM))
    """The mark of the books when it last heard from them (eras.py)."""
    seen = WholeNumber(load_default=None, validate=validate.Range(0))
    """The entry up to which it was told what became of its deposits."""
    held = fields.String(load_default="", validate=validate.Length(max=2_000))
    """A desk of old tells which records it knows as held, by commas, and not what it has seen."""


class CloseIn(Schema):
    """A session's totals by the phone, to be compared."""

    code = fields.String(
        required=True, validate=[validate.Length(1, 40), validate.Regexp(SESSION_FORM)]
    )
    deposits_count = WholeNumber(required=True, validate=validate.Range(0, NUMBER_MAX))
    weight_g = WholeNumber(required=True, validate=validate.Range(0, 2**53))
    value_idr = WholeNumber(required=True, validate=validate.Range(0, 2**53))
    last = WholeNumber(required=True, validate=validate.Range(0, 100_000))
    ends = fields.Boolean(load_default=True)
    """Whether the session is over; desks of before tell it by comparing."""


def _refuse_number(name: str) -> None:
    """What somebody typed belongs to another button: it is never dropped without a word."""
    raise ValidationError(
        "Tombol itu tidak memakai nomor. Kosongkan nomornya, lalu ketuk lagi.", name
    )


class SlipIn(Schema):
    """The number of a deposit, as it stands on its slip or its page."""

    @pre_load
    def _as_on_paper(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """S-00012 on a slip is number 12."""
        typed = str(data.get("deposit_seq") or "").strip().upper()  # a field left empty is None
        return {**data, "deposit_seq": Typed(typed.removeprefix("S-"))} if typed else data


class DecisionIn(SlipIn):
    """What the treasurer decides, and about which household or deposit."""

    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    number = fields.String(load_default="", validate=validate.Length(max=20))
    deposit_seq = WholeNumber(
        attribute="typed_seq", allow_none=True, load_default=None, validate=validate.Range(1)
    )

    @validates_schema
    def _number_of_its_button(self, data: dict[str, Any], **_kwargs: Any) -> None:
        for name, typed in (("number", data["number"]), ("deposit_seq", data["typed_seq"])):
            if typed and data["decision"] != "assign":
                _refuse_number(name)


class GapIn(SlipIn):
    """What became of a number that never came: *typed* from its slip, or *void*."""

    decision = fields.String(required=True, validate=validate.OneOf(("typed", "void")))
    deposit_seq = WholeNumber(allow_none=True, load_default=None, validate=validate.Range(1))

    @validates_schema
    def _which_deposit(self, data: dict[str, Any], **_kwargs: Any) -> None:
        is_named = data["deposit_seq"] is not None
        if is_named and data["decision"] == "void":
            _refuse_number("deposit_seq")
        if not is_named and data["decision"] == "typed":
            raise ValidationError(
                "Tulis nomor setoran yang sudah diketik dari buktinya.", "deposit_seq"
            )


class PinIn(Schema):
    """One's own PIN for the desk."""

    pin = fields.String(required=True, validate=validate.Length(max=20))
