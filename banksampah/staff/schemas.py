"""What comes in and goes out about people, roles and tokens."""

from marshmallow import Schema, fields, validate

from banksampah.staff.models import ROLES
from banksampah.staff.passwords import PASSWORD_MAX
from banksampah.web.fields import Words

ALL_OTHERS = "lain"
_NAME = validate.Length(1, 80)
_LOGIN = validate.Length(1, 40)
_SECRET = validate.Length(1, PASSWORD_MAX)


class SignInIn(Schema):
    login = fields.String(required=True, validate=validate.Length(1, 80))
    password = fields.String(required=True, validate=validate.Length(1, 1000), load_only=True)


class CodeIn(Schema):
    """A code of the app, or a recovery code."""

    code = fields.String(required=True, validate=validate.Length(1, 60), load_only=True)


class SessionsIn(Schema):
    """Which of my sessions to end, asked with the password."""

    which = fields.String(required=True, validate=validate.Length(1, 12))
    session_password = fields.String(required=True, validate=_SECRET, load_only=True)


class CodePasswordIn(Schema):
    """Anything that changes the second factor asks for the password."""

    password = fields.String(required=True, validate=_SECRET, load_only=True)


class CodeConfirmIn(CodeIn):
    """The app's first code, with the offer it answers."""

    offer = fields.String(required=True, validate=validate.Length(1, 400), load_only=True)


class NameIn(Schema):
    name = Words(required=True, validate=_NAME)


class PasswordIn(Schema):
    old_password = fields.String(required=True, validate=_SECRET, load_only=True)
    password = fields.String(required=True, validate=_SECRET, load_only=True)


class PersonIn(Schema):
    """A new member of the staff: a password is made, and shown once."""

    login = fields.String(required=True, validate=_LOGIN)
    name = Words(required=True, validate=_NAME)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class RoleIn(Schema):
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class TokenIn(Schema):
    name = Words(required=True, validate=validate.Length(1, 60))


class TokenFormIn(Schema):
    """A key for a program, which outlives this browser's session: asked with the password."""

    token_name = Words(required=True, validate=validate.Length(1, 60))
    token_password = fields.String(required=True, validate=_SECRET, load_only=True)


class PersonOut(Schema):
    user_id = fields.Integer(required=True)
    login = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True)


class StaffOut(Schema):
    items = fields.List(fields.Nested(PersonOut), required=True)


class WelcomedOut(Schema):
    user_id = fields.Integer(required=True)
    password = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Shown this once; null when the write is repeated"},
    )


class BankOfMineOut(Schema):
    bank_id = fields.Integer(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True)


class MeOut(Schema):
    user_id = fields.Integer(required=True)
    login = fields.String(required=True)
    name = fields.String(required=True)
    banks = fields.List(fields.Nested(BankOfMineOut), required=True)


class TokenOut(Schema):
    token_id = fields.Integer(required=True)
    name = fields.String(required=True)
    created_at = fields.DateTime(required=True, format="iso")


class TokensOut(Schema):
    items = fields.List(fields.Nested(TokenOut), required=True)


class IssuedOut(TokenOut):
    token = fields.String(required=True, metadata={"description": "Shown this once"})
