"""What the service could give if it knew everything: it asks the database nothing before it writes.

Who asks, household, prices and share are kept in memory for ever, nobody takes the bank's lock or
looks the key up, and the entry with its documents is one statement that commits itself. No books may
be kept so: a key that was taken back, a closed household, a new price and a deposit that is sent
twice would go unseen. It shows what any way of keeping answers could bring at most.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from unittest.mock import patch

from flask import Flask
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

import banksampah
from banksampah.db import _begin_postgresql, db
from banksampah.deposits.queries.weighing import Asked, Question, weighing
from banksampah.staff.lookup import find_by_token
from bench.places import MATERIALS, MEMBERS

_lists: dict[date, dict[int, Asked]] = {}
"""By day and household what the first bank said of all goods: the banks of a benchmark are alike."""


def create_app() -> Flask:
    """The service, with its questions answered from memory."""
    app = banksampah.create_app()
    patch("banksampah.staff.auth.find_by_token", cache(find_by_token)).start()
    patch("banksampah.deposits.queries.weighing", _remembered).start()
    with app.app_context():
        event.remove(db.engine, "begin", _begin_postgresql)
        event.listen(db.engine, "begin", _begin_once)
    return app


def _remembered(session: Session, bank_id: int, questions: Sequence[Question]) -> list[Asked]:
    return [_answer(session, bank_id, question) for question in questions]


def _answer(session: Session, bank_id: int, question: Question) -> Asked:
    if question.day not in _lists:
        all_goods = range(1, MATERIALS + 1)
        each = [Question(m, all_goods, question.day) for m in range(1, MEMBERS + 1)]
        _lists[question.day] = dict(enumerate(weighing(session, bank_id, each), 1))
    known = _lists[question.day][question.member_id]
    return replace(known, offers={one: known.offers[one] for one in question.material_ids})


def _begin_once(connection: Connection) -> None:
    """Begin as ever until the lists are known; then not at all: each statement commits itself."""
    options = connection.get_execution_options()
    if not _lists or not options.get("keys"):
        _begin_postgresql(connection)
        return
    keys = dict.fromkeys(options["keys"], (None, None))  # none of them was used before
    connection.info.update(bank_id=options["bank_id"], under_keys=keys)
