"""A bank with one material, one household and one phone."""

import pytest

from tests.desk.phones import Phone
from tests.factories import make_member, priced_material


@pytest.fixture
def kardus(session, act):
    return priced_material(session, act(), "KT1", "Kardus", 1_800)


@pytest.fixture
def siti(session, act):
    return make_member(session, act())


@pytest.fixture
def phone(kardus, siti, session, sign_in, act):
    session.commit()
    return Phone(sign_in("operator"), act)
