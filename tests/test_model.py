"""Random sequences of all verbs against a model that shares no code with the service.

The model is dicts and fractions: it knows what a neighbourhood would expect, and after every step
each balance, hold and gram of the books must be the same.
"""

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.goods import GoodsRules
from tests.model.money import MoneyRules


class Bank(GoodsRules, MoneyRules):
    """All that may happen in a bank, in any order."""


def test_any_sequence_of_verbs_keeps_the_books_true(app: Flask) -> None:
    """Two hundred sequences of fifty steps, a hundred on each engine."""
    Bank.app = app
    run_state_machine_as_test(
        Bank,
        settings=settings(
            max_examples=100,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
