"""Random sequences of all verbs against a model that shares no code with the service.

The model is dicts and fractions: it knows what a neighbourhood would expect, and after every step
each balance, hold and gram of the books must be the same.
"""

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import make_url

from tests.model.goods import GoodsRules
from tests.model.money import MoneyRules


class Bank(GoodsRules, MoneyRules):
    """All that may happen in a bank, in any order."""


SEQUENCES = {"sqlite": 150, "postgresql": 50}
"""Two hundred; most of them where they take a quarter of the time."""


def test_any_sequence_of_verbs_keeps_the_books_true(app: Flask, database_url: str) -> None:
    """Each of fifty steps."""
    Bank.app = app
    run_state_machine_as_test(
        Bank,
        settings=settings(
            max_examples=SEQUENCES[make_url(database_url).get_backend_name()],
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
