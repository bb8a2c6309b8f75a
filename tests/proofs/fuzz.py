"""The API asked by schemathesis: what its description allows, what it forbids, and chains of both.

Three phases: *coverage* tries every bound of every field in turn; *fuzzing* asks each operation
`--examples` times; *stateful* uses what one answer named in the next question. Every check is on:
no 5xx, no status, content type or shape that is not described, nothing wrong accepted, nothing
right refused by the schema, no call without its token, other methods told which there are.

One thing is judged here and not by schemathesis: 422 is also what a rule of the bank answers
(no such stock, a key used before), which no schema can tell; such an answer has the rule's own
`code`. A body that fits its schema and is answered `validation` is a finding all the same.
"""

import argparse
import itertools
import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyotp
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGI_TRANSPORT

from banksampah import clock, ledger
from banksampah.banks.models import Bank
from banksampah.banks.service import open_bank
from banksampah.db import db, transaction
from banksampah.staff import second_factor
from banksampah.staff.auth import KEY_FORM
from tests.conftest import NOW
from tests.people import Program
from tests.proofs.places import ENGINES, place
from tests.proofs.vandal import found_in
from tests.quarter import live_a_winter

SPRING = datetime(2027, 3, 1, 2, tzinfo=UTC)  # after the winter of tests/quarter.py
PHASES = ("coverage", "fuzzing", "stateful")
OF_THE_SCHEMA = {"validation", "malformed_json", "bad_request", "not_json"}
NUMBERED = ("deposits", "sales", "splits", "withdrawals", "price-lists")
"""What is known by the number of its entry."""
KEPT_KEYS = 8  # one write in so many keeps the key that was made up for it, used before or not


@dataclass
class Findings:
    """What was asked, and what was wrong with the answers."""

    answers: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    faults: dict[str, str] = field(default_factory=dict)
    """"POST /path UndefinedStatusCode" -> the first request that showed it, and its answer."""

    def asked(self) -> int:
        return sum(sum(counts.values()) for counts in self.answers.values())

    def never_done(self) -> set[str]:
        """Operations that were never answered with a success."""
        return {
            name
            for name, counts in self.answers.items()
            if not any(200 <= status < 300 for status in counts)
        }


def fuzz(
    app: Flask,
    bank: Bank,
    *,
    examples: int,
    seed: int,
    phases: Iterable[str] = PHASES,
    part: Callable[[str], bool] = lambda path: True,
) -> Findings:
    """Ask the API of *app* about *bank*, as a chair; *part* chooses among the paths."""
    chair = Program(app, bank, "chair")
    _enrol(app, chair)
    schema = _schema(app, chair, bank, examples, seed, set(phases))
    schema = schema.include(lambda context: part(context.operation.path))
    found = Findings()
    with _as_in_process(Known(chair, bank.bank_id)):
        for event in from_schema(schema).execute():
            _note(found, event)
    return found


def _enrol(app: Flask, chair: Program) -> None:
    """A second factor, as somebody who may demand it of all has: else the rest would be 403."""
    with app.app_context(), transaction() as session:
        user_id, at, secret_key = chair.user.user_id, clock.now_utc(), str(app.secret_key)
        offered = second_factor.offer(session, user_id, at=at, secret_key=secret_key)
        code = pyotp.TOTP(offered.key).at(at)
        second_factor.confirm(session, user_id, offered, code, at=at, secret_key=secret_key)


def _schema(
    app: Flask, chair: Program, bank: Bank, examples: int, seed: int, phases: set[str]
) -> Any:
    described = chair.get("/api/v1/openapi.json").json
    for path in described["paths"].values():
        for parameter in path.get("parameters", ()):
            if parameter.get("name") == "bank_id":  # right: this bank; wrong: anything else
                parameter["schema"] = {"type": "integer", "enum": [bank.bank_id]}
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": f"Bearer {chair.token}"},
            "generation": {"max-examples": examples, "database": "none", "no-shrink": True},
            "phases": {name: {"enabled": name in phases} for name in ("examples", *PHASES)},
            "continue-on-failure": True,
            # dates with a zone's hours and two ends in order: half of what is drawn is thrown away
            "suppress-health-check": ["filter_too_much"],
        }
    )
    schema = schemathesis.openapi.from_dict(described, config=config)
    schema.app = app
    _add_hooks(schema, chair)
    return schema


def _add_hooks(schema: Any, chair: Program) -> None:
    own = {str(t["token_id"]) for t in chair.get("/api/v1/tokens").json["items"]}

    def filter_case(context: Any, case: Any) -> bool:
        """Whoever asks keeps their own token and role: the rest would be 401 and 404."""
        named = case.path_parameters or {}
        return case.method.upper() != "DELETE" or (
            str(named.get("token_id")) not in own
            and str(named.get("user_id")) != str(chair.user.user_id)
        )

    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        kind = type(failure).__name__
        if kind == "RejectedPositiveData":
            return is_refused_by_schema(response)
        return kind != "AcceptedNegativeData" or not is_refused_in_part(response)

    for hook in (filter_case, filter_failure):
        schema.hook(hook)


def is_refused_by_schema(response: Any) -> bool:
    """Whether a body that fits its description was refused for its form, not by a rule."""
    told = json.loads(response.content or b"{}")
    body = response.request.body or b""
    # nowhere allowed, in a body or an address
    has_nul = b"\\u0000" in (body if isinstance(body, bytes) else body.encode()) or (
        "%00" in response.request.url
    )
    one_of_two = set(told.get("errors", ())) == {"buyer_name"}  # its description says so in words
    return told.get("code") in OF_THE_SCHEMA and not has_nul and not one_of_two


def is_refused_in_part(response: Any) -> bool:
    """A batch is answered record by record: a wrong one is refused, and spoils no other."""
    records = json.loads(response.content or b"{}").get("records", ())
    return any(
        record["state"] == "refused" and record["problem"]["code"] in OF_THE_SCHEMA
        for record in records
    )


class Known:
    """What is there to be named: of the numbers that are made up hardly one would be.

    A right number is changed for another right one, so what is allowed and forbidden stays as it was.
    """

    def __init__(self, chair: Program, bank_id: int):
        self._chair, self._path, self._asked = chair, f"/api/v1/banks/{bank_id}", 0
        self._ids: dict[str, list[int]] = {}

    def name_what_is_there(self, case: Any, number: int) -> None:
        """Let *case* speak of a household, goods, a sale ... of the bank, of today and of small sums."""
        if number % ASK_EVERY == 0 or not self._ids:
            self._ask()
        named = case.path_parameters or {}
        word = case.operation.path.removeprefix("/api/v1/banks/{bank_id}/").split("/")[0]
        own = "material_id" if word == "stock" else "seq"
        self._rename(named, number, self._ids | {own: self._ids.get(word, [])})
        self._rename(case.body, number, self._ids)

    def _ask(self) -> None:
        for key, (path, its) in LISTS.items():
            items = self._chair.get(f"{self._path}/{path}").json["items"]
            self._ids[key] = [item[its] for item in items if item.get("quantity") != 0]

    def _rename(self, value: Any, number: int, ids: dict[str, list[int]]) -> None:
        if isinstance(value, list):
            for at, one in enumerate(value):
                self._rename(one, number + at, ids)
        elif isinstance(value, dict):
            if "sold_on" in value and "buyer_name" not in value:
                value["buyer_id"] = 1  # one of the two, as its description says in words
            for name, one in value.items():
                is_number = type(one) in (int, float)
                if is_number and one >= 0 and (some := ids.get(name)):
                    value[name] = some[number % len(some)]
                elif is_number and name in LARGE:
                    value[name] = min(int(one), SMALL)
                elif isinstance(one, str) and name in DAYS:
                    value[name] = f"{SPRING:%Y-%m-%d}"
                else:
                    self._rename(one, number, ids)


LISTS = {
    "member_id": ("members", "id"), "into_id": ("members", "id"), "material_id": ("materials", "id"),
    "fund_id": ("funds", "id"), "cause_fund_id": ("funds", "id"), "buyer_id": ("buyers", "id"),
    "deposits": ("deposits", "seq"), "sales": ("sales", "seq"), "splits": ("splits", "seq"),
    "withdrawals": ("withdrawals", "seq"), "price-lists": ("price-lists", "seq"),
    "stock": ("stock", "material_id"),
}  # fmt: skip
"""Where the numbers of each kind are listed, and what they are called there. Of goods in stock only
those that are there: a count of what never came in is refused."""
LARGE, SMALL = {"amount_idr", "our_quantity", "buyer_quantity", "bought_quantity"}, 500
DAYS = {"sold_on", "weighed_on", "paid_on"}
ASK_EVERY = 20


@contextmanager
def _as_in_process(known: "Known") -> Iterator[None]:
    """schemathesis 4.32 hands settings of sockets to an application in the same process, where
    its own probes (a call without the token) then fail before they are sent."""
    send, numbers = WSGI_TRANSPORT.send, itertools.count(1)

    def lean(case: Any, **kwargs: Any) -> Any:
        for name in ("max_redirects", "verify", "cert", "proxies"):
            kwargs.pop(name, None)
        number = next(numbers)
        _give_key(case, number)
        if number % 2 and case.meta.generation.mode.is_positive:
            known.name_what_is_there(case, number // 2)
        return send(case, **kwargs)

    WSGI_TRANSPORT.send = lean  # type: ignore[method-assign]
    try:
        yield
    finally:
        WSGI_TRANSPORT.send = send  # type: ignore[method-assign]


def _give_key(case: Any, number: int) -> None:
    """Most writes get a key of their own; the few made-up ones are soon used before."""
    given = (case.headers or {}).get("Idempotency-Key")
    if isinstance(given, str) and KEY_FORM.fullmatch(given) and number % KEPT_KEYS:
        case.headers["Idempotency-Key"] = f"fuzz-{number}"


def _note(found: Findings, event: Any) -> None:
    if isinstance(event, events.FatalError):
        raise event.exception
    if isinstance(event, events.NonFatalError):
        found.faults.setdefault(f"{event.label} {type(event.value).__name__}", str(event.value))
    if not isinstance(event, events.ScenarioFinished):
        return
    recorder = event.recorder
    for case_id, exchange in recorder.interactions.items():
        operation = recorder.cases[case_id].value.operation
        own = exchange.request.method.upper() == operation.method.upper()  # no probe by another
        if exchange.response is not None and own:
            found.answers[operation.label][exchange.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                _keep(found, recorder, case_id, failure, check.failure_info.code_sample)


def _keep(found: Findings, recorder: Any, case_id: str, failure: Any, sample: str) -> None:
    exchange = recorder.interactions.get(case_id)
    answer = exchange.response if exchange else None
    shown = answer.content[:400] if answer is not None else b""
    status = answer.status_code if answer is not None else "-"
    found.faults.setdefault(
        f"{failure.operation} {type(failure).__name__}",
        f"{failure.message}\n{sample[:1_500]}\n-> {status} {shown!r}",
    )


def open_bank_with_a_winter() -> Bank:
    """A bank that has everything the API can name, in a fresh database; the clock shows spring."""
    numbers = itertools.count(1)

    def act(*, actor_id: int = 1, today: date, at: datetime) -> ledger.Act:
        return ledger.Act(1, f"winter-{next(numbers)}", actor_id, at, today)

    with transaction() as session:
        bank = open_bank(session, at=NOW, slug="satu", name="Bank Satu")
    live_a_winter(act)
    clock.now_utc = lambda: SPRING
    return bank


def long(options: argparse.Namespace) -> None:
    """`python -m tests.proofs fuzz --examples 10000 --seed S --engine E`."""
    logging.disable(logging.WARNING)
    for engine in options.engine or ENGINES:
        with place(engine) as at:
            began, clock_of_now = time.monotonic(), clock.now_utc
            app = at.app()
            with app.app_context():
                bank = open_bank_with_a_winter()
            found = fuzz(app, bank, examples=options.examples, seed=options.seed)
            clock.now_utc = clock_of_now
            with app.app_context():
                differences = found_in(db.session, bank.bank_id)
                db.engine.dispose()
            print(f"{engine}: {report(found)}, {time.monotonic() - began:.0f} s")
            print(f"books: {differences or 'proven'}")
            if found.faults or differences:
                raise SystemExit(1)


def report(found: Findings) -> str:
    """What was asked, in a line; then each fault."""
    statuses: Counter[int] = sum(found.answers.values(), Counter())
    line = f"{len(found.answers)} operations, {found.asked()} requests, answers {dict(statuses)}"
    never = sorted(found.never_done())
    faults = [f"{name}\n{told}" for name, told in sorted(found.faults.items())]
    return "\n".join([*faults, f"never done: {never}", f"{line}; {len(faults)} faults"])
