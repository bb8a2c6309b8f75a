"""The same seed gives the same books, on either engine, and no day breaks a rule."""

from flask import Flask

from tests.proofs.simulation import live

QUARTER_OF_SEED_1 = "520fc8cc04ab6fea5944a561b65f66ad16fc83822e182a7000ca21c4a21f4c6c"
"""Golden: two banks, the first quarter of 2026, two things a day."""


def test_a_quarter_of_two_banks(app: Flask) -> None:
    with app.app_context():
        lived = live(1, banks_count=2, days_count=90, busy=2)
    assert lived.head == QUARTER_OF_SEED_1
    assert lived.asked["sent twice"] and lived.asked["cut off"] and lived.asked["not_enough"]
