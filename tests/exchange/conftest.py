"""A bank with a winter behind it, and its journal as files."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.ledger import Act
from tests.quarter import Winter, live_a_winter


@pytest.fixture
def winter(session: Session, bank: Bank, act: Callable[..., Act]) -> Winter:
    return live_a_winter(act)
