"""What comes in and goes out about a bank and its settings."""

from marshmallow import Schema, fields, validate

from banksampah.banks.models import PAPERS, Bank
from banksampah.web.fields import Amount, Rupiah, Words, YesNo


def _text(name: str, least: int = 0) -> Words:
    longest = Bank.__table__.columns[name].type.length  # type: ignore[attr-defined]
    return Words(validate=validate.Length(least, longest))


class ProfileIn(Schema):
    """The parts of the profile to change; the others stay."""

    name = _text("name", 1)
    short_note = _text("short_note")
    address = _text("address")
    rw = _text("rw")
    kelurahan = _text("kelurahan")
    kecamatan = _text("kecamatan")
    city = _text("city")
    phone = _text("phone")
    opening_hours = _text("opening_hours")
    paper = fields.String(validate=validate.OneOf(PAPERS))


class ProfileForm(ProfileIn):
    """The whole profile, as the form sends it: what is empty is cleared."""

    name = Words(required=True, validate=validate.Length(1, 80))


class SettingsIn(Schema):
    """The settings to make; the others stay."""

    approval_limit_split_idr = Rupiah()
    approval_limit_withdrawal_idr = Rupiah()
    one_person_only = YesNo(truthy={True, "true"}, falsy={False, "false"})
    withdrawal_minimum_idr = Rupiah()
    minimum_balance_idr = Rupiah()
    withdrawal_lapse_days = Amount(least=1, most=365)
    default_price_class = fields.String(validate=validate.Regexp(r"^[a-z0-9_-]{1,20}\Z"))
    backdate_days_max = Amount(most=366)
    code_required = YesNo(truthy={True, "true"}, falsy={False, "false"})
    phone_day_cap_idr = Rupiah()
    stock_loss_percent = Amount(most=100)


class BankOut(ProfileIn):
    bank_id = fields.Integer(required=True)
    slug = fields.String(required=True)
    zone = fields.String(required=True)


class SettingOut(Schema):
    name = fields.String(required=True)
    value = fields.Raw(required=True)
    seq = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Its entry; null: the default"}
    )


class SettingsOut(Schema):
    items = fields.List(fields.Nested(SettingOut), required=True)
