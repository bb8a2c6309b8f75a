"""Proof 4, short: 80 entries, 160 requests, 20 clients."""

import pytest

from tests.proofs.places import ENGINES, place
from tests.proofs.reversals import reverse_all_twice


@pytest.mark.parametrize("engine", ENGINES)
def test_everything_reversed_twice_is_reversed_once(engine: str) -> None:
    with place(engine) as at:
        result = reverse_all_twice(at, seed=4, entries=80)
    print(result)
    assert result.answers == {"201": 80, "409 deposit_reversed": 80}
    assert result.left == {}
