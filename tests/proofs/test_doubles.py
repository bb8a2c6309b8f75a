"""Proof 5, short: 50 requests of one key at once, lost answers, a restart, 90 days."""

import pytest

from tests.proofs.doubles import double
from tests.proofs.places import ENGINES, place


@pytest.mark.parametrize("engine", ENGINES)
def test_one_key_is_one_entry_and_one_answer(engine: str) -> None:
    with place(engine) as at:
        result = double(at, seed=5, keys=8)
    print(result)
    assert result.faults == []
    assert result.keys == 28
