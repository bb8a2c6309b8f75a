"""People of a test: browsers and programs that are signed in with a role.

browser = sign_in("treasurer")
browser.get("/setoran")                           # /b/<slug>/setoran
browser.post("/setoran", {"member_id": "1", …})   # with the form guard and a fresh request_id
program = api("operator")
program.post("/deposits", {…})                    # /api/v1/banks/<id>/deposits, a fresh key
"""

import itertools
import secrets
import uuid
from functools import cache
from typing import Any

from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.db import db, transaction
from banksampah.ledger import Act
from banksampah.staff import service
from banksampah.staff.auth import COOKIE
from banksampah.staff.models import User
from banksampah.staff.secrets import hash_password

PASSWORD = "tiga-ember-besi"
NAMES = {
    "operator": "Bu Tini",
    "treasurer": "Bu Wati",
    "chair": "Pak Slamet",
    "auditor": "Pak Joko",
}
_numbers = itertools.count(1)


@cache
def password_hash() -> str:
    """Hashed once: it takes 23 ms."""
    return hash_password(PASSWORD)


def make_person(session: Session, bank: Bank | None, *roles: str, login: str | None = None) -> User:
    """A person with *roles* in *bank*."""
    name = NAMES.get(roles[0] if roles else "", "Bu Sri")
    person = User(
        login=login or f"orang{next(_numbers)}",
        name=name,
        password_hash=password_hash(),
        created_at=clock.now_utc(),
    )
    session.add(person)
    session.flush()
    if bank is not None:
        give_roles(session, bank, person, *roles)
    return person


def give_roles(session: Session, bank: Bank, person: User, *roles: str) -> None:
    """Roles in *bank*, each an entry of its journal."""
    at = clock.now_utc()
    for role in roles:
        key = f"role-{uuid.uuid4().hex}"
        act = Act(bank.bank_id, key, 0, at, clock.day_in(bank.zone, at))
        service.grant_role(session, act, person.user_id, role)


class Browser:
    """A browser of somebody signed in, at the pages of one bank."""

    def __init__(self, app: Flask, bank: Bank | None, *roles: str):
        self.app, self.bank = app, bank
        self.client: FlaskClient = app.test_client()
        with app.app_context(), transaction(bank.bank_id if bank else None) as session:
            self.user = make_person(session, bank, *roles)
        self.sign_in()
        self.csrf_token = _csrf_token(app, self.client)

    def sign_in(self) -> None:
        """Sign in; once more, where half a day went by since."""
        bank_id = self.bank.bank_id if self.bank else None
        with self.app.app_context(), transaction(bank_id) as session:
            self.key = service.sign_in(
                session, user_id=self.user.user_id, old_key=None, at=clock.now_utc()
            )
        self.client.set_cookie(COOKIE, self.key)

    def path(self, path: str) -> str:
        """`/setoran` as the address in this bank; `//akun` as `/akun`."""
        if path.startswith("//"):
            return path[1:]
        return path if path.startswith("/b/") or not self.bank else f"/b/{self.bank.slug}{path}"

    def get(self, path: str, **query: Any) -> TestResponse:
        begin_anew()
        return self.client.get(self.path(path), query_string=query)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, request_id: str | None = None
    ) -> TestResponse:
        """Send a form as its page would."""
        begin_anew()
        ours = {"csrf_token": self.csrf_token, "request_id": request_id or str(uuid.uuid4())}
        return self.client.post(self.path(path), data={**ours, **(data or {})})


class Program:
    """A program with a token of somebody, at one bank's API."""

    def __init__(self, app: Flask, bank: Bank | None, *roles: str):
        self.bank = bank
        self.client: FlaskClient = app.test_client()
        with app.app_context(), transaction(bank.bank_id if bank else None) as session:
            self.user = make_person(session, bank, *roles)
            _token, self.token = service.issue_token(
                session, user_id=self.user.user_id, name="test", at=clock.now_utc()
            )

    def path(self, path: str) -> str:
        """`/deposits` as the address in this bank."""
        return path if path.startswith("/api/") else f"/api/v1/banks/{self.bank.bank_id}{path}"  # type: ignore[union-attr]

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.send("GET", path, query_string=query)

    def post(self, path: str, json: Any = None, *, key: str | None = None) -> TestResponse:
        return self.send("POST", path, json=json if json is not None else {}, key=key)

    def patch(self, path: str, json: Any, *, key: str | None = None) -> TestResponse:
        return self.send("PATCH", path, json=json, key=key)

    def delete(self, path: str, *, key: str | None = None) -> TestResponse:
        return self.send("DELETE", path, key=key)

    def send(
        self, method: str, path: str, *, key: str | None = None, **kwargs: Any
    ) -> TestResponse:
        begin_anew()
        headers = {"Authorization": f"Bearer {self.token}", **kwargs.pop("headers", {})}
        if method != "GET":
            headers.setdefault("Idempotency-Key", key or uuid.uuid4().hex)
        return self.client.open(self.path(path), method=method, headers=headers, **kwargs)


def begin_anew() -> None:
    """A request has a session and a `g` of its own; a test that holds an application context
    (fixture `session`) would lend it both, with what an earlier request left there."""
    if has_app_context():
        db.session.rollback()
        for name in list(g):
            if name != "_sqlalchemy_sessions":
                g.pop(name)


def find_login(session: Session, login: str) -> User:
    return session.scalars(select(User).where(User.login == login)).one()


def _csrf_token(app: Flask, client: FlaskClient) -> str:
    """What a page's form would carry."""
    raw = secrets.token_hex(20)
    with client.session_transaction() as browser_session:
        browser_session["csrf_token"] = raw
    signer = URLSafeTimedSerializer(str(app.config["SECRET_KEY"]), salt="wtf-csrf-token")
    return str(signer.dumps(raw))
