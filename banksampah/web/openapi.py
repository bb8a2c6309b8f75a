"""The JSON API's frame: how bodies are read, and a description that names every error."""

import json
import re
from functools import cache
from typing import Any, NoReturn

import flask_smorest
from apispec import BasePlugin
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Request, Response, abort, current_app, request
from flask_babel import gettext as _
from flask_smorest import Blueprint
from flask_wtf.csrf import CSRFProtect
from marshmallow import Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from banksampah.web import i18n  # noqa: F401 – sentences are Indonesian before a field is made
from banksampah.web.fields import Typed, WholeNumber, refuse_unwritable
from banksampah.web.links import add_names_and_links

WRITES = {"post", "put", "patch", "delete"}
PROBLEM = "application/problem+json"

ERRORS = {
    "400": "A malformed body, or no Idempotency-Key",
    "401": "No token, or one that is unknown or withdrawn",
    "403": "Signed in, but this role may not",
    "404": "Not there, or in another bank",
    "405": "The address exists, the method does not",
    "409": "Somebody was first",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "A field is wrong, or the books or the bank's rules refuse; also a key used before",
    "429": "Too many attempts; see Retry-After",
    "500": "A fault of the service; `id` finds it in its log",
    "503": "Busy, or the storage fails, is read-only or gone (`code`); try again, see Retry-After",
    "507": "The storage is full and nothing was written; see Retry-After",
}


class ProblemSchema(Schema):
    """An error, as RFC 9457 describes it. Further members depend on `code`."""

    class Meta:
        unknown = "include"

    type = fields.String(required=True, metadata={"format": "uri-reference"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "Stable name of the error"})
    detail = fields.String(required=True, metadata={"description": "What happened, what to do"})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Per field, such as `lines.0.quantity`"},
    )
    id = fields.String(metadata={"description": "Of the request: finds it in the service's log"})


class DescribeErrors(BasePlugin):
    """Adds to every operation what all of them share: errors, the token, the key of a write."""

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        for method, operation in (operations or {}).items():
            responses = operation.setdefault("responses", {})
            for ours in [s for s in responses if isinstance(s, int) and s >= 400]:
                del responses[ours]  # flask-smorest's own idea of a 422
            is_write = method in WRITES
            for status in ERRORS:
                if status in {"400", "409", "413", "415"} and not is_write:
                    continue
                responses[status] = f"PROBLEM_{status}"
            keyless = operation.pop("x-keyless", False)
            if is_write and not keyless:
                operation.setdefault("parameters", []).append("Idempotency-Key")


class Api(flask_smorest.Api):
    """flask-smorest's Api, with our errors in its description and none of its own handlers."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, csrf: CSRFProtect):
        super().__init__(spec_kwargs={"extra_plugins": None})
        self._csrf = csrf

    def _init_spec(self, **options: Any) -> None:
        plugin = MarshmallowPlugin(schema_name_resolver=schema_name)
        options["marshmallow_plugin"] = plugin
        options["extra_plugins"] = [DescribeErrors()]
        super()._init_spec(**options)
        converter: Any = plugin.converter
        converter.add_attribute_function(whole_pattern)
        components = self.spec.components
        components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        self.spec.options["security"] = [{"token": []}]
        components.parameter("Idempotency-Key", "header", IDEMPOTENCY_KEY)

    def _openapi_json(self) -> Response:
        described = add_names_and_links(self.spec.to_dict())
        return current_app.response_class(json.dumps(described), mimetype="application/json")

    def _register_responses(self) -> None:
        for status, description in ERRORS.items():
            content = {PROBLEM: {"schema": ProblemSchema}}
            response = {"description": description, "content": content}
            self.spec.components.response(f"PROBLEM_{status}", response)

    def _register_pagination_header(self) -> None:
        """Lists here have cursors, not numbered pages."""

    def _register_error_handlers(self) -> None:
        """Errors have one table, in web/errors.py."""

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Mount *blp*. The API takes no cookie, so it needs no guard against forged forms."""
        self._csrf.exempt(blp)
        super().register_blueprint(blp, **options)


def whole_pattern(converter: Any, field: Any, *, ret: dict[str, Any], **_kwargs: Any) -> Any:
    """A pattern bound at both ends: ours are matched whole, those of JSON Schema anywhere."""
    own = field.metadata.get("pattern")
    if own is not None or "pattern" not in ret:
        return {}
    bare = ret["pattern"].removeprefix("^").removesuffix(r"\Z").removesuffix("$")
    return {"pattern": f"^({bare})$" if "|" in bare else f"^{bare}$"}


WHOLE_TEXT = re.compile(r"-?[0-9]+\.0+", re.ASCII)


class Fraction:
    """A number that is not whole: no field takes one."""


def whole_or_fraction(text: str) -> int | Fraction:
    """JSON does not tell 2 from 2.0; any other fraction stays one."""
    return int(text.partition(".")[0]) if WHOLE_TEXT.fullmatch(text) else Fraction()


def schema_name(schema: type[Schema] | Schema | str) -> str:
    """`deposits.ReasonIn`: two features may use one name for two things."""
    found = resolve_schema_cls(schema)
    of_class = found if isinstance(found, type) else type(schema)
    package = of_class.__module__.split(".")
    feature = package[1] if package[0] == "banksampah" and len(package) > 2 else ""
    return f"{feature}.{of_class.__name__}" if feature else of_class.__name__


IDEMPOTENCY_KEY = {
    "required": True,
    "description": "Made by the client, one for each write asked for. The same key with the same "
    "content gives the first answer again; with other content 422. Kept for ever.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
}


@cache
def _instance(schema: type[Schema]) -> Schema:
    return schema()


class BodyParser(FlaskParser):
    """Reads bodies strictly: JSON only, no NUL, any nonsense is a 400 and never a 500."""

    def _get_schema(self, schema: Any, req: Request) -> Schema:
        # A schema's instance costs as much as reading a body with it, and can be used again.
        return _instance(schema) if isinstance(schema, type) else super()._get_schema(schema, req)

    def _raw_load_json(self, req: Request) -> Any:
        raw = req.get_data(cache=True)
        if not raw:  # every operation that reads a body wants one, be it {}
            raise ValidationError(_("Kirim isinya sebagai JSON (Content-Type: application/json)."))
        if not req.is_json:
            abort(415)
        try:
            body = json.loads(raw.decode(), parse_float=whole_or_fraction)  # JSON is UTF-8
            if b"\\u" in raw:
                refuse_unwritable(body)
        except (ValueError, RecursionError) as error:  # also a number of 5,000 digits
            self._handle_invalid_json_error(error, req)
        return body

    def _handle_invalid_json_error(
        self, error: Exception, req: Request, *args: Any, **kwargs: Any
    ) -> NoReturn:
        abort(400, description="malformed_json")

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """A whole number may come as 2.0 here too: JSON Schema calls it one."""
        whole = {k for k, field in schema.load_fields.items() if isinstance(field, WholeNumber)}
        typed = MultiDict(
            (k, Typed(v.partition(".")[0] if k in whole and WHOLE_TEXT.fullmatch(v) else v))
            for k, v in req.args.items(multi=True)
        )
        return self._makeproxy(typed, schema)


# Every route reads bodies in this way, whichever module makes the blueprint.
Blueprint.ARGUMENTS_PARSER = BodyParser()


def is_api() -> bool:
    """Whether the request in hand came by the API."""
    return request.path.startswith("/api/")
