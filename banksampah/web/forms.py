"""HTML forms read by the same schemas as JSON.

    form = read_form(DepositIn)
    if form.errors:
        return render_template("deposits/new.html", form=form), 422

Names with numbers become lists: `lines-0-quantity` is `data["lines"][0]["quantity"]`.
A row in which nothing was typed is no row: a nested schema says with `BLANK_WITHOUT` which
fields count (by default all). Errors keep the names of the form, so that each finds its field.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request
from flask_babel import gettext as _
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from banksampah.errors import DomainError
from banksampah.web.fields import Question, Typed
from banksampah.web.labels import LABELS

OUR_OWN = {"csrf_token", "request_id", "next"}  # the page's own fields, not the schema's
INDEX_MAX = 500
TEXT_MAX = 100_000
Path = tuple[str, ...]
UnitOf = Callable[[Mapping[str, str]], str]


@dataclass
class Form:
    """What came in: *data* for the verb, *errors* by field name, *values* as they were typed.

    *general* are sentences about the whole form; *ask* the readings (label, text) of a number
    that has several.
    """

    data: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    general: list[str] = field(default_factory=list)
    ask: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.errors and not self.general

    def value(self, name: str, default: object = "") -> str:
        """What was typed in *name*, or *default* (as text) on a page not sent yet."""
        return str(self.values.get(name, "" if default is None else default))

    def chosen(self, name: str) -> list[str]:
        """Every value sent under *name* (check boxes)."""
        return self.values.getlist(name)

    def error(self, name: str) -> str:
        """The sentence beside the field *name*, or nothing."""
        return " ".join(self.errors.get(name, ()))

    def label(self, name: str) -> str:
        """What the field *name* is called in the list of mistakes; nothing when it has no name."""
        word = LABELS.get(_parts(name)[2] or name)
        return str(_(word)) if word else ""

    def rows(self, name: str, at_least: int = 1) -> range:
        """The places of a list to show: all those typed in, and no fewer than *at_least*."""
        places = [_place(key, name) for key in self.values]
        return range(max(at_least, 1 + max((p for p in places if p is not None), default=-1)))

    def refuse(self, error: DomainError, name: str | None = None) -> None:
        """Put a refusal of the books beside the field it is about, keeping what was typed."""
        at = name or getattr(error, "field", None) or ""
        self.add_error(_form_name(at.split(".")), _(error.message))

    def add_error(self, name: str, sentence: str) -> None:
        """Put *sentence* beside the field *name*; without a name, above the whole form."""
        if not name:
            self.general.append(sentence)
            return
        self.errors.setdefault(name, []).append(sentence)
        if isinstance(sentence, Question) and sentence.readings:
            self.ask.setdefault(name, []).extend(sentence.readings)


def blank_form(**values: object) -> Form:
    """A form to show first, with *values* already filled in."""
    shown = {k: str(v) for k, v in values.items() if v is not None}
    return Form(values=MultiDict(shown))


def whole(text: str | None) -> int | None:
    """A number in an address or a hidden field; None where none or nonsense stands there."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


def read_form(schema: type[Schema] | Schema, unit_of: UnitOf | None = None) -> Form:
    """The form of the request in hand, read by *schema*.

    *unit_of* tells from a row (field name -> text) how its quantities are meant: kg, litre, pcs.
    """
    return read_values(schema, request.form, unit_of)


def read_values(
    schema: type[Schema] | Schema, sent: MultiDict[str, str], unit_of: UnitOf | None = None
) -> Form:
    """*sent* read by *schema*; see read_form."""
    reader = schema() if isinstance(schema, type) else schema
    kept = MultiDict((k, v) for k, v in sent.items(multi=True) if k != "csrf_token")
    form = Form(values=kept)
    _refuse_strange_text(form)
    nested, places = _unfold(reader, kept, unit_of)
    try:
        loaded = reader.load(nested)
        form.data = dict(loaded)
    except ValidationError as problem:
        for path, sentences in flat_errors(problem.messages):
            for sentence in sentences:
                form.add_error(_form_name(_original(path, places)), sentence)
    return form


def flat_errors(messages: Any, path: Path = ()) -> list[tuple[Path, list[str]]]:
    """marshmallow's nested messages as (path, sentences), in the reader's language."""
    if isinstance(messages, Mapping):
        return [
            found
            for key, inner in messages.items()
            for found in flat_errors(inner, path if key == "_schema" else (*path, str(key)))
        ]
    sentences = messages if isinstance(messages, list) else [messages]
    return [(path, [s if isinstance(s, Question) else _(str(s)) for s in sentences])]


def new_request_id() -> str:
    """A key for the write a form asks for; a form shown again keeps the one it came with."""
    return str(uuid.uuid4())


def init_app(app: Flask) -> None:
    """Give templates `new_request_id()`."""
    app.jinja_env.globals["new_request_id"] = new_request_id


def _refuse_strange_text(form: Form) -> None:
    for key, value in form.values.items(multi=True):
        if "\x00" in value or "\x00" in key:
            form.add_error(key.replace("\x00", ""), _("Hapus huruf yang tidak terlihat."))
        elif len(value) > TEXT_MAX:
            form.add_error(key, _("Isian ini terlalu panjang."))
    if form.errors:  # what no field can hold is not shown again either
        form.values = MultiDict(
            (k.replace("\x00", ""), v.replace("\x00", "")[:TEXT_MAX])
            for k, v in form.values.items(multi=True)
        )


def _unfold(
    schema: Schema, sent: MultiDict[str, str], unit_of: UnitOf | None
) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Nested data for *schema*, and for each list the places its rows had in the form."""
    nested: dict[str, Any] = {}
    rows: dict[str, dict[int, dict[str, str]]] = {}
    for key in sent:
        if key in OUR_OWN and key not in schema.fields:
            continue
        name, place, inner = _parts(key)
        if place is not None and _rows_schema(schema, name):
            rows.setdefault(name, {}).setdefault(place, {})[inner] = sent[key]
        else:
            _put(nested, schema.fields.get(key), key, sent.getlist(key))
    places: dict[str, list[int]] = {}
    for name, by_place in rows.items():
        inner_schema = _rows_schema(schema, name)
        assert inner_schema is not None
        kept = [p for p in sorted(by_place) if _is_filled(inner_schema, by_place[p])]
        places[name] = kept
        nested[name] = [_row(inner_schema, by_place[p], unit_of) for p in kept]
    return nested, places


def _parts(key: str) -> tuple[str, int | None, str]:
    name, _dash, rest = key.partition("-")
    index, _dash, inner = rest.partition("-")
    if inner and index.isascii() and index.isdigit() and len(index) <= 3:
        return name, min(int(index), INDEX_MAX), inner
    return key, None, ""


def _rows_schema(schema: Schema, name: str) -> Schema | None:
    found = schema.fields.get(name)
    if isinstance(found, fields.List) and isinstance(found.inner, fields.Nested):
        return found.inner.schema
    return None


def _is_filled(schema: Schema, row: Mapping[str, str]) -> bool:
    names = getattr(schema, "BLANK_WITHOUT", None) or tuple(row)
    return any(row.get(name, "").strip() for name in names)


def _row(schema: Schema, row: Mapping[str, str], unit_of: UnitOf | None) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    unit = unit_of(row) if unit_of else "kg"
    for key, text in row.items():
        _put(nested, schema.fields.get(key), key, [text], unit)
    return nested


def _put(
    nested: dict[str, Any],
    found: fields.Field[Any] | None,
    key: str,
    texts: list[str],
    unit: str = "kg",
) -> None:
    """Add one field's text. An empty one is missing, or None where the field may be None."""
    typed = [_typed(text, unit) for text in texts if text.strip()]
    if isinstance(found, fields.List):
        nested[key] = typed
    elif typed:
        nested[key] = typed[0]  # the button of a chosen reading stands before its field
    elif found is not None and found.allow_none and not found.required:
        nested[key] = None


def _typed(text: str, unit: str) -> Typed:
    typed = Typed(text.strip())
    typed.unit = unit
    return typed


def _original(path: Path, places: Mapping[str, list[int]]) -> Path:
    """*path* with the place a row had in the form, before empty rows were left out."""
    if len(path) > 1 and path[0] in places and path[1].isdigit():
        return (path[0], str(places[path[0]][int(path[1])]), *path[2:])
    return path


def _form_name(path: Path | list[str]) -> str:
    return "-".join(path)


def _place(key: str, name: str) -> int | None:
    found, place, _inner = _parts(key)
    return place if found == name else None
