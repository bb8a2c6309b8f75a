"""What the service writes down of its work: a line of JSON each, and of nobody's affairs.

A line holds the route, not the address; numbers of bank and staff, not names; the kind of a fault
and where it happened, not its words, which may repeat what somebody typed.
"""

import json
import logging
import re
import secrets
import traceback
from datetime import UTC, datetime
from time import perf_counter
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from banksampah.web import metrics

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "-"
FRAMES_MAX = 30

requests = logging.getLogger("banksampah.requests")


def init_app(app: Flask) -> None:
    """Name, time and write down every request of *app*. Registered before all other hooks."""
    app.before_request(begin)
    app.after_request(end)
    app.log_exception = _leave_it_to_the_table  # type: ignore[method-assign, assignment]


def begin() -> None:
    """Start the clock of a request; its name is the caller's, when it is well formed."""
    g.began = perf_counter()
    asked = request.headers.get(HEADER)
    g.request_id = asked if asked and WELL_FORMED.fullmatch(asked) else secrets.token_hex(8)


def end(response: Response) -> Response:
    """Write the request down: one line, and its numbers for the monitor."""
    seconds = perf_counter() - g.began
    response.headers[HEADER] = g.request_id
    method = request.method if request.method in METHODS else "OTHER"
    metrics.count_request(route(), method, response.status_code, seconds)
    if requests.isEnabledFor(logging.INFO):
        requests.info(
            "request",
            extra={
                "facts": {
                    "method": method,
                    "route": route(),
                    "status": response.status_code,
                    "ms": round(seconds * 1000, 1),
                    "bank_id": _bank_id(),
                    "user_id": staff.user_id if (staff := g.get("staff")) else None,
                }
            },
        )
    return response


def request_id() -> str | None:
    """The name of the request in hand; None outside of one."""
    return g.get("request_id") if has_request_context() else None


def route() -> str:
    """The template of the address asked for: `/b/<slug>/nasabah/<int:member_id>`."""
    return request.url_rule.rule if request.url_rule else NO_ROUTE


def _bank_id() -> int | None:
    if (row := g.get("bank_row")) is not None:
        return int(row["bank_id"])
    bank = g.get("bank")
    return None if bank is None else int(bank.bank_id)


def _leave_it_to_the_table(_exc_info: object) -> None:
    """Flask would write the address down as it was asked for; web/errors.py writes the route."""


class JsonLines(logging.Formatter):
    """A record as one line of JSON. Whatever it holds, it cannot begin a second line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["fault"] = [fault_told(error) for error in causes(record.exc_info[1])]
        return json.dumps({key: value for key, value in told.items() if value is not None})


def causes(error: BaseException | None) -> list[BaseException]:
    """*error*, what it was raised from, and so on."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def fault_told(error: BaseException) -> dict[str, Any]:
    """What kind of fault, of which rule of the database, and where: none of its own words."""
    told: dict[str, Any] = {"kind": type(error).__name__}
    told |= rule_told(error)
    told["at"] = _places(error.__traceback__)
    return told


def rule_told(error: BaseException) -> dict[str, str]:
    """The database's code of a fault, and the table and the rule that refused."""
    driver_error = getattr(error, "orig", None) or error
    diagnosis = getattr(driver_error, "diag", None)
    found = {
        "code": getattr(driver_error, "sqlite_errorname", None)
        or getattr(driver_error, "sqlstate", None),
        "table": getattr(diagnosis, "table_name", None),
        "rule": getattr(diagnosis, "constraint_name", None),
    }
    if found["code"] and str(found["code"]).startswith("SQLITE_CONSTRAINT"):
        found["rule"] = str(driver_error)  # names columns, and never what was in them
    return {key: value for key, value in found.items() if value}


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES_MAX:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(file: str) -> str:
    for mark in ("site-packages/", "banksampah/"):
        if mark in file:
            return ("" if mark == "site-packages/" else mark) + file.rpartition(mark)[2]
    return file.rpartition("/")[2]
