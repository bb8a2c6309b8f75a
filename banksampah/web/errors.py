"""One table from what went wrong to what is answered: a page, or RFC 9457 problem details.

The sentence is the same on both. Each carries the id of its request, which is also in the log.
"""

import logging
import sqlite3
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask, Response, current_app, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError
from werkzeug.exceptions import HTTPException, InternalServerError

from banksampah.errors import Conflict, DomainError, NotFound, Refused
from banksampah.web import logs, metrics
from banksampah.web.forms import flat_errors
from banksampah.web.openapi import PROBLEM, is_api
from banksampah.web.storage import BUSY, FAULTS, FULL, GONE, Fault, fault_of, forget_connections
from banksampah.wording import gettext_noop as _n

log = logging.getLogger(__name__)

STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Refused, 422),
    (DomainError, 422),
)


SENTENCES: dict[int, tuple[str, str]] = {
    400: ("bad_request", _n("Permintaan ini tidak terbaca.")),
    401: ("not_signed_in", _n("Masuk dulu untuk melanjutkan.")),
    403: ("not_allowed", _n("Peran Anda tidak boleh melakukan ini. Minta kepada ketua bank.")),
    404: ("not_found", _n("Yang Anda cari tidak ada di sini.")),
    405: ("method_not_allowed", _n("Alamat ini ada, tetapi tidak untuk cara ini.")),
    409: ("conflict", _n("Ada yang lebih dulu mengubahnya. Muat ulang, lalu coba lagi.")),
    413: ("too_large", _n("Kiriman ini terlalu besar. Paling banyak 2 MB.")),
    415: ("not_json", _n("Kirim isinya sebagai JSON (Content-Type: application/json).")),
    422: ("validation", _n("Ada yang perlu diperbaiki.")),
    429: ("too_many_attempts", _n("Terlalu banyak percobaan. Tunggu sebentar, lalu coba lagi.")),
    500: ("internal", _n("Ada yang rusak di pihak kami.")),
    503: (BUSY.code, BUSY.sentence),
    507: (FULL.code, FULL.sentence),
}
MALFORMED = ("malformed_json", _n("Isi kiriman bukan JSON yang utuh."))
STALE = ("stale_form", _n("Halaman ini terlalu lama terbuka atau dibuka dari tempat lain."))
SECRETS = {  # never sent back to a page
    "csrf_token", "password", "old_password", "session_password", "token_password", "pin", "code",
    "offer",
}  # fmt: skip


@dataclass
class Problem:
    """What will be answered."""

    status: int
    code: str
    sentence: str
    errors: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def init_app(app: Flask) -> None:
    """Answer every error of *app* from this table."""
    app.register_error_handler(DomainError, lambda e: _answer(_of_domain(e)))
    app.register_error_handler(CSRFError, _of_stale_form)
    app.register_error_handler(HTTPException, lambda e: e.response or _answer(_of_http(e)))
    for unforeseen in (IntegrityError, sqlite3.IntegrityError, psycopg.IntegrityError):
        app.register_error_handler(unforeseen, lambda e: _answer(_of_database(e, 409)))
    for unfit in (DataError, sqlite3.DataError, psycopg.DataError):
        app.register_error_handler(unfit, lambda e: _answer(_of_database(e, 422)))
    for failure in FAULTS:
        app.register_error_handler(failure, _of_storage)
    app.register_error_handler(InternalServerError, lambda e: _answer(_of_bug(e)))


def answer_as_problem(error: DomainError) -> Response:
    """The refusal as problem details, wherever it was asked for."""
    problem = _of_domain(error)
    response = Response(current_app.json.dumps(_answered(problem)), problem.status)
    response.mimetype = PROBLEM
    response.headers.extend(problem.headers)
    return response


def problem_of(error: DomainError) -> dict[str, Any]:
    """The problem details of a refusal, for a batch that reports one per record."""
    return _details(_of_domain(error))


def _of_domain(error: DomainError) -> Problem:
    status = getattr(error, "status", None) or next(s for k, s in STATUS if isinstance(error, k))
    metrics.metrics().refusals.labels(error.code).inc()
    problem = Problem(status, error.code, _(error.message), extra=dict(error.extra))
    if at := getattr(error, "field", None):
        problem.errors = {at: [problem.sentence]}
    if retry_after_s := problem.extra.get("retry_after_s"):
        problem.headers["Retry-After"] = str(retry_after_s)
    return problem


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    code, sentence = SENTENCES.get(status, SENTENCES[400])
    if error.description == "malformed_json":
        code, sentence = MALFORMED
    problem = Problem(status, code, _(sentence))
    kept = ("Allow", "Retry-After", "WWW-Authenticate")
    problem.headers = {k: v for k, v in error.get_headers() if k in kept}
    if status == 401:
        problem.headers["WWW-Authenticate"] = "Bearer"
    found = getattr(error, "data", None) or {}
    for path, sentences in flat_errors(_without_place(found.get("messages", {}))):
        problem.errors.setdefault(".".join(path) or "body", []).extend(sentences)
    return problem


def _without_place(messages: Any) -> Any:
    """webargs puts the place (json, query) above the fields; their names suffice."""
    if isinstance(messages, dict) and set(messages) <= {"json", "query", "querystring"}:
        merged: dict[str, Any] = {}
        for inner in messages.values():
            merged |= inner if isinstance(inner, dict) else {"_schema": inner}
        return merged
    return messages


def _of_database(error: Exception, status: int) -> Problem:
    """What a service should have asked first; which rule of the database it was is in the log."""
    log.warning("%s: %s", logs.route(), logs.rule_told(error))
    code, sentence = SENTENCES[status]
    return Problem(status, code, _(sentence))


def _of_storage(error: Exception) -> Response:
    """The database could not, and may later. A statement of ours that is wrong is a bug."""
    fault = fault_of(error)
    if fault is None:
        return _answer(_of_bug(InternalServerError(original_exception=error)))
    log.warning("%s: %s: %s", logs.route(), fault.code, logs.rule_told(error))
    if fault is GONE:
        forget_connections()
    if request.method == "POST" and (
        kept := keep_typed(fault.status, _(fault.sentence), sure=False)
    ):
        return _later(kept, fault)
    return _later(_answer(Problem(fault.status, fault.code, _(fault.sentence))), fault)


def _later(response: Response, fault: Fault) -> Response:
    response.headers["Retry-After"] = str(fault.retry_after_s)
    return response


def _of_bug(error: InternalServerError) -> Problem:
    fault = error.original_exception or error
    log.error("fault %s: %s", logs.request_id(), logs.route(), exc_info=fault)
    code, sentence = SENTENCES[500]
    return Problem(500, code, _(sentence))


def _of_stale_form(error: CSRFError) -> Response:
    """The form guard is missing or old: nothing is written, and what was typed is kept."""
    code, sentence = STALE
    kept = keep_typed(400, _(sentence))
    return kept or _answer(Problem(400, code, _(sentence)))


def keep_typed(
    status: int, sentence: str, sign_in_at: str = "", *, sure: bool = True
) -> Response | None:
    """A page from which the form in hand can be sent again, or None where that is not safe.

    It is offered only to a form of our own pages (the browser says so in Origin): another site
    must not have its form sent for it with one click. Secrets are not repeated. *sign_in_at* is
    opened beside it by somebody who must sign in first. *sure*: nothing of it was written.
    """
    own = request.headers.get("Origin") == request.host_url.rstrip("/")
    if is_api() or not own:
        return None
    typed = [(k, v) for k, v in request.form.items(multi=True) if k not in SECRETS]
    page = render_template(
        "errors/stale.html", message=sentence, action=request.full_path.rstrip("?"),
        typed=typed, sign_in_at=sign_in_at, sure=sure,
    )  # fmt: skip
    return current_app.make_response((page, status))


def _answer(problem: Problem) -> Response:
    if is_api():
        response = current_app.make_response(current_app.json.dumps(_answered(problem)))
        response.mimetype = PROBLEM
    else:
        response = current_app.make_response(_page(problem))
    response.status_code = problem.status
    response.headers.extend(problem.headers)
    return response


def _answered(problem: Problem) -> dict[str, Any]:
    """The details with the name of the request, by which they are found in the log."""
    return {**_details(problem), "id": logs.request_id()}


def _details(problem: Problem) -> dict[str, Any]:
    details: dict[str, Any] = {
        "type": f"/problems/{problem.code.replace('_', '-')}",
        "title": SENTENCES.get(problem.status, SENTENCES[400])[0].replace("_", " "),
        "status": problem.status,
        "code": problem.code,
        "detail": problem.sentence,
    }
    if problem.errors:
        details["errors"] = problem.errors
    return {**problem.extra, **details}


def _page(problem: Problem) -> str:
    _code, general = SENTENCES.get(problem.status, SENTENCES[400])
    return render_template(
        "errors/error.html",
        status=problem.status,
        message=problem.sentence if problem.sentence != _(general) else "",
        reference=logs.request_id() if problem.status == 500 else None,
        form=None,
    )
