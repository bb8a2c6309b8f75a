"""Proof 1, short: 50 kills in all, half on each engine. See kill.py and README.md."""

import pytest

from tests.proofs.kill import kill_under_load
from tests.proofs.places import ENGINES, place

PATIENCE_S = 20  # other tests run beside this one; the long form judges the 5 seconds


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_acknowledged_outlives_a_kill(engine: str) -> None:
    with place(engine) as at:
        result = kill_under_load(at, kills=25, seed=1, load_s=0.2, clients=6, ready_s=PATIENCE_S)
    print(result)
    assert sum(result.kills.values()) == 25
    assert result.acknowledged > 20
    assert result.faults == []
