"""A backup made under load is restored: what it holds was acknowledged, what it lacks is told."""

import pytest

from tests.proofs.backups import drill
from tests.proofs.places import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
def test_the_drill(engine: str) -> None:
    assert "told lost" in drill(engine, seconds=1)
