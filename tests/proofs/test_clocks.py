"""Proof 7, short: the clock jumps forth and back over the month's end in three zones."""

import pytest

from tests.proofs.clients import FAIL, OK
from tests.proofs.clocks import ZONES, jump_about
from tests.proofs.places import ENGINES, place


@pytest.mark.parametrize("engine", ENGINES)
def test_the_order_holds_whatever_the_clock_says(engine: str) -> None:
    with place(engine) as at:
        lived = jump_about(at, seed=3, jumps=20, clients=6, every_s=0.15)
    print(lived)
    assert lived.faults == []
    assert sum(op.verb == "close" for op in lived.history.ops) == len(ZONES)
    late = [op for op in lived.history.ops if op.outcome == FAIL]
    assert any(op.answer["code"] == "period_closed" for op in late)
    assert lived.history.count(OK) > 20
