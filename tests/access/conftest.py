"""Two banks and everybody who may stand before them."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.service import open_bank
from banksampah.db import transaction
from tests.quarter import live_a_winter

SPRING = datetime(2027, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def two_banks(app: Flask, bank: Bank, act, monkeypatch) -> tuple[Bank, Bank]:
    """A bank after a winter of business, and one just opened; it is now spring."""
    monkeypatch.setattr(clock, "now_utc", lambda: SPRING)
    with app.app_context():
        live_a_winter(act)
        with transaction() as session:
            other = open_bank(session, at=SPRING, slug="lain", name="Bank Lain")
    return bank, other
