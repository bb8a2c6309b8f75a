"""Input fields of the trade: whole numbers only, in grams and rupiah.

From JSON a number must be a JSON whole number. From a form or a query string it comes as text
(`Typed`) and is read the way people write: "2,35" kilograms, "12.500" rupiah.
"""

import re
from datetime import date
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, validate

from banksampah import money
from banksampah.clock import DAY_MAX, DAY_MIN
from banksampah.web import i18n  # noqa: F401 – sentences are Indonesian before a field is made

WHOLE_MAX = 2**53 - 1  # what every JSON reader keeps exactly
UNSEEN = r"\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
"""Control signs, and those that turn the direction of writing: a name with them reads as another.
(Unicode Technical Report 36: bidirectional text spoofing)"""
DAY_PATTERN = "^(20[0-9]{2}|2100)-[0-9]{2}-[0-9]{2}$"


class Typed(str):
    """Text as somebody typed it. *unit* says how a quantity is meant: kg, litre or pcs."""

    unit: str = "kg"


class Question(str):
    """A sentence about a number with several readings; *readings* are (label, what to type)."""

    readings: tuple[tuple[str, str], ...] = ()


class WholeNumber(fields.Integer):
    """A whole number; 1.5, true and "7" in JSON are refused, not bent."""

    def __init__(self, **kwargs: Any):
        checks = _as_list(kwargs.get("validate"))
        bounds = {"minimum": -WHOLE_MAX, "maximum": WHOLE_MAX}  # these always hold
        for name, end in (("minimum", "min"), ("maximum", "max")):
            if any(getattr(check, end, None) is not None for check in checks):
                del bounds[name]
        kwargs["metadata"] = bounds | kwargs.get("metadata", {})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, Typed):
            value = self._read(value)
        if type(value) is not int:  # a bool is an int to Python, not to us
            raise ValidationError(_("Tulis bilangan bulat."))
        if not -WHOLE_MAX <= value <= WHOLE_MAX:
            raise ValidationError(_("Angka ini terlalu besar."))
        return value

    def _read(self, text: Typed) -> int:
        bare = text.strip()
        digits = bare.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise ValidationError(_("Tulis bilangan bulat, dengan angka saja."))
        return int(bare)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return value


class YesNo(fields.Boolean):
    """True or false; 1 and "true" in JSON are refused, not bent. A form says it in words."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool and not isinstance(value, Typed):
            raise self.make_error("invalid", input=value)
        return bool(super()._deserialize(value, attr, data, **kwargs))


class Bounds(validate.Range):
    """A range whose sentences suit amounts: the floor is mostly nought, the ceiling far away."""

    def __call__(self, value: Any) -> Any:
        if value < self.min:
            if self.min == 1:
                raise ValidationError(_("Isi angka lebih dari nol."))
            raise ValidationError(_("Paling sedikit %(n)s.", n=money.format_number(self.min)))
        if value > self.max:
            raise ValidationError(_("Paling banyak %(n)s.", n=money.format_number(self.max)))
        return value


class Amount(WholeNumber):
    """A whole number of some unit, from *least* up; the largest is far below what 64 bits hold."""

    def __init__(self, *, least: int = 0, most: int = money.AMOUNT_MAX, **kwargs: Any):
        checks = _as_list(kwargs.pop("validate", None))
        super().__init__(validate=[Bounds(least, most), *checks], **kwargs)


class Rupiah(Amount):
    """Whole rupiah: 12500, or typed "12.500" or "Rp12.500"."""

    def _read(self, text: Typed) -> int:
        return _read_with(money.parse_idr, text)


class WeightG(Amount):
    """Grams; typed in kilograms with comma or point: "2,35"."""

    def _read(self, text: Typed) -> int:
        return _read_with(money.parse_weight_g, text)


class Quantity(Amount):
    """Grams, millilitres or pieces; typed as kilograms, litres or pieces by the text's unit."""

    def _read(self, text: Typed) -> int:
        return _read_with(money.parse_pieces if text.unit == "pcs" else money.parse_weight_g, text)


class Percent(Amount):
    """Parts per million; typed in per cent: "30" or "12,5"."""

    def __init__(self, *, least: int = 0, most: int = money.PPM, **kwargs: Any):
        super().__init__(least=least, most=most, **kwargs)

    def _read(self, text: Typed) -> int:
        return _read_with(money.parse_percent_ppm, text)


class Day(fields.Date):
    """A calendar date of this century; typed also as 21/11/2026."""

    def __init__(self, **kwargs: Any):
        kwargs["metadata"] = {"pattern": DAY_PATTERN} | kwargs.get("metadata", {})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if isinstance(value, Typed):
            value = _iso(value.strip())
        day = super()._deserialize(value, attr, data, **kwargs)
        if not DAY_MIN <= day <= DAY_MAX:
            raise ValidationError(_("Tulis tanggal antara tahun 2000 dan 2100."))
        return day


class Words(fields.String):
    """One line of text: blanks stand alone and none around it; signs that nobody sees are blanks.

    Where it must say something (a least length), it holds more than blanks. The longest it may be
    counts for what came, as the API's description says, and so for what is kept.
    """

    def __init__(self, **kwargs: Any):
        length = kwargs.get("validate")
        if isinstance(length, validate.Length) and length.min:
            kwargs["metadata"] = {"pattern": f"[^\\s{UNSEEN}]"} | kwargs.get("metadata", {})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        self._validate(text)
        return " ".join(re.sub(f"[{UNSEEN}]", " ", text).split())


class Month(fields.String):
    """A month of this century, written 2026-11; read as its first day."""

    def __init__(self, **kwargs: Any):
        metadata = {"pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
            raise ValidationError(_("Tulis bulan seperti 2026-11."))
        return date.fromisoformat(f"{text}-01")


def refuse_unwritable(body: Any, path: str = "") -> None:
    """Raise a ValidationError naming the field that holds what no name or note has: a NUL, or
    half of a character, which a database cannot keep."""
    if isinstance(body, str):
        if "\x00" in body or not _is_whole(body):
            raise ValidationError({path or "_schema": [_("Hapus huruf yang tidak terlihat.")]})
    elif isinstance(body, dict):
        for key, value in body.items():
            refuse_unwritable(key, path)
            refuse_unwritable(value, f"{path}.{key}" if path else str(key))
    elif isinstance(body, list):
        for i, value in enumerate(body):
            refuse_unwritable(value, f"{path}.{i}" if path else str(i))


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _as_list(checks: Any) -> list[Any]:
    if checks is None:
        return []
    return list(checks) if isinstance(checks, (list, tuple)) else [checks]


def _read_with(parse: Any, text: Typed) -> int:
    try:
        return int(parse(text))
    except money.Unreadable as problem:
        question = Question(_(problem.template) % problem.parts)
        question.readings = tuple((label % _unit(text), typed) for label, typed in problem.readings)
        raise ValidationError(question) from None


def _unit(text: Typed) -> dict[str, str]:
    return {"unit": _("liter") if text.unit == "litre" else "kg"}


def _iso(text: str) -> str:
    day, slash, rest = text.partition("/")
    month, slash2, year = rest.partition("/")
    if slash and slash2 and len(year) == 4:
        return f"{year}-{month.zfill(2)}-{day.zfill(2)}"
    return text
