"""Proof 3, short: a few races of each kind on each engine."""

from collections.abc import Iterator

import pytest

from tests.proofs.places import ENGINES, Place, place, verify
from tests.proofs.racers import Racers
from tests.proofs.races import KINDS, run_races


@pytest.fixture(scope="module", params=ENGINES)
def track(request: pytest.FixtureRequest) -> Iterator[tuple[Place, Racers]]:
    """A database and the contenders' processes."""
    with place(request.param) as at:
        racers = Racers(at.url)
        yield at, racers
        racers.close()


def test_one_wins_where_one_must(track: tuple[Place, Racers]) -> None:
    """One test for all kinds: the contenders are started once."""
    for kind in KINDS:
        assert run_races(*track, kind, races=6, seed=2) == []
    verify(track[0])
