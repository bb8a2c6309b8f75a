"""Every route for every kind of person, web and API: each cell is asked for and judged.

Routes come from the application, what each kind may do from the table in tests/test_access.py.
"""

import re
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.ledger import Act
from banksampah.members import service as members
from banksampah.members.gate import COOKIE as HOUSEHOLD_COOKIE
from banksampah.staff import service as staff
from banksampah.staff.auth import ALL_ROLES, ANY_STAFF, PUBLIC
from banksampah.staff.models import ApiToken, StaffSession, User
from tests.access.conftest import SPRING
from tests.factories import make_member
from tests.people import Browser, Program
from tests.test_access import HOUSEHOLD, NO_SUCH_ID, Route, ask, declared, is_turned_away, routes

NOWHERE = Bank(bank_id=NO_SUCH_ID, slug="tidak-ada")
NO_LONGER = {"staff.sign_out", "members.own_sign_out"}  # asked for at the end of each row


class Person(NamedTuple):
    """Somebody with a browser and a program of theirs."""

    browser: Browser
    program: Program


def of(*roles: str) -> Callable[[Flask, Bank, Bank], Person]:
    return lambda app, bank, other: Person(Browser(app, bank, *roles), Program(app, bank, *roles))


def of_another_bank(app: Flask, bank: Bank, other: Bank) -> Person:
    return Person(Browser(app, other, *ALL_ROLES), Program(app, other, *ALL_ROLES))


def of_no_bank(app: Flask, bank: Bank, other: Bank) -> Person:
    return Person(Browser(app, None), Program(app, None))


def once_chair(app: Flask, bank: Bank, other: Bank) -> Person:
    """Was chair, beside another; the role was taken away while both keys still worked."""
    of("chair")(app, bank, other)
    person = of("chair")(app, bank, other)
    with app.app_context(), transaction(bank.bank_id) as session:
        for number, holder in enumerate(person):
            act = Act(bank.bank_id, f"revoke-{number}", 0, SPRING, SPRING.date())
            staff.revoke_role(session, act, holder.user.user_id, "chair")
    return person


def disabled(app: Flask, bank: Bank, other: Bank) -> Person:
    person = of(*ALL_ROLES)(app, bank, other)
    ids = [holder.user.user_id for holder in person]
    with app.app_context(), transaction() as session:
        session.execute(update(User).where(User.user_id.in_(ids)).values(disabled_at=SPRING))
    return person


def _with_session(person: Person, app: Flask, **values: object) -> Person:
    with app.app_context(), transaction() as session:
        session.execute(
            update(StaffSession)
            .where(StaffSession.user_id == person.browser.user.user_id)
            .values(**values)
        )
        session.execute(
            update(ApiToken)
            .where(ApiToken.user_id == person.program.user.user_id)
            .values(withdrawn_at=SPRING)
        )
    return person


def expired(app: Flask, bank: Bank, other: Bank) -> Person:
    """A session at its absolute end; a token withdrawn."""
    return _with_session(of(*ALL_ROLES)(app, bank, other), app, expires_at=SPRING)


def idle(app: Flask, bank: Bank, other: Bank) -> Person:
    """A session nobody used for as long as it may rest; a token withdrawn."""
    seen_at = SPRING - staff.SESSION_IDLE
    return _with_session(of(*ALL_ROLES)(app, bank, other), app, seen_at=seen_at)


def nobody(app: Flask, bank: Bank, other: Bank) -> Person:
    person = of_no_bank(app, bank, other)
    person.browser.client.delete_cookie("masuk")
    person.program.token = "tidak-ada"
    return person


def _household(app: Flask, at: Bank, bank: Bank, other: Bank) -> Person:
    person = nobody(app, bank, other)
    with app.app_context(), transaction(at.bank_id) as session:
        act = Act(at.bank_id, f"household-{id(person)}", 0, SPRING, SPRING.date())
        member = make_member(session, act, "Bu Rumah")
        secret = members.open_session(session, member, SPRING)
    person.browser.client.set_cookie(HOUSEHOLD_COOKIE, secret)
    return person


def household(app: Flask, bank: Bank, other: Bank) -> Person:
    return _household(app, bank, bank, other)


def household_of_another_bank(app: Flask, bank: Bank, other: Bank) -> Person:
    return _household(app, other, bank, other)


ROLES = {role: of(role) for role in ALL_ROLES}
STRANGERS = {
    "staff of another bank": of_another_bank,
    "staff of no bank": of_no_bank,
    "once chair": once_chair,
}
OUTSIDERS = {
    "disabled": disabled,
    "expired": expired,
    "idle": idle,
    "nobody": nobody,
    "household": household,
    "household of another bank": household_of_another_bank,
}


@pytest.mark.parametrize("kind", [*ROLES, *STRANGERS, *OUTSIDERS])
def test_each_route_for_each_kind_of_person(kind, app, two_banks):
    bank, other = two_banks
    person = (ROLES | STRANGERS | OUTSIDERS)[kind](app, bank, other)
    wrong = {}
    for route in sorted(routes(app), key=lambda route: route.endpoint in NO_LONGER):
        answer = _ask(app, person, route, bank)
        if fault := judge(kind, declared()[route.name], answer):
            wrong[route.name] = f"{answer.status_code}: {fault}"
    assert wrong == {}


def _ask(app: Flask, person: Person, route: Route, bank: Bank) -> TestResponse:
    with ask(app, person.program if route.is_api else person.browser, route, bank) as answer:
        assert answer.data is not None  # what is streamed is streamed to its end
        return answer


def judge(kind: str, who: frozenset[str], answer: TestResponse) -> str:
    """What is wrong with the answer that *kind* got on a route for *who*; empty when nothing is."""
    status, is_away = answer.status_code, is_turned_away(answer)
    if status >= 500:
        return "a fault"
    if who == PUBLIC:
        return "open to all" if status in {401, 403} else ""
    if who == HOUSEHOLD:
        return "" if is_away != (kind == "household") else "only the household's own"
    if kind in OUTSIDERS:
        return "" if is_away else "should be turned away"
    if is_away:
        return "is signed in"
    if who == ANY_STAFF:
        return "for all who are signed in" if status == 403 else ""
    if kind in STRANGERS:
        return "" if status == 404 else "a bank of others"
    return "" if (status == 403) == (kind not in who) else f"for {sorted(who)}"


@pytest.mark.parametrize("kind", STRANGERS)
def test_a_bank_of_others_is_like_no_bank_at_all(kind, app, two_banks):
    """Status, headers and body are those of an address that does not exist."""
    bank, other = two_banks
    person = STRANGERS[kind](app, bank, other)
    person.browser.get("/")  # a session whose roles changed is renewed at its next request
    told = {}
    for route in routes(app):
        if declared()[route.name] not in (PUBLIC, HOUSEHOLD, ANY_STAFF):
            there, nowhere = (_ask(app, person, route, at) for at in (bank, NOWHERE))
            if shown(there, bank) != shown(nowhere, NOWHERE):
                told[route.name] = (there.status_code, nowhere.status_code)
    assert told == {}


def shown(answer: TestResponse, at: Bank) -> tuple[int, list[str], str]:
    """What can be told apart: without the address asked for, and what is new on every page."""
    text = answer.get_data(as_text=True).replace(answer.headers["X-Request-ID"], "")
    text = text.replace(at.slug, "BANK").replace(str(at.bank_id), "0")
    text = re.sub(r'value="[\w.-]{20,}"', "", text)  # the form guard
    kept = sorted(name for name, _value in answer.headers if name != "Content-Length")
    return answer.status_code, kept, re.sub(r"\d", "", text)


def test_the_time_taken_tells_nothing_either(app, two_banks):
    """Coarsely: the best of many, asked in turns. A look into the bank would cost a query more."""
    bank, other = two_banks
    person = of_another_bank(app, bank, other)
    for is_api, path in ((True, "/members"), (False, "/nasabah")):
        took: dict[str, list[float]] = {"there": [], "nowhere": []}
        ratio = 0.0
        for asked in range(400):
            for name, at in (("there", bank), ("nowhere", NOWHERE)):
                who = person.program if is_api else person.browser
                address = f"/api/v1/banks/{at.bank_id}{path}" if is_api else f"/b/{at.slug}{path}"
                began = time.perf_counter()
                assert who.get(address).status_code == 404
                took[name].append(time.perf_counter() - began)
            best = {name: statistics.mean(sorted(times)[:5]) for name, times in took.items()}
            ratio = best["there"] / best["nowhere"]
            if asked >= 40 and 0.4 < ratio < 2.5:
                break  # on a busy machine the best five of many are found late
        assert 0.4 < ratio < 2.5, best
