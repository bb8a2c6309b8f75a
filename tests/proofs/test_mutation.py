"""Every guard of the database, taken away alone, is missed by some attempt of the tests."""

from pathlib import Path

from tests.proofs.mutation import guards_missed, guards_of_the_server_missed
from tests.proofs.places import Place


def test_every_guard_of_sqlite_is_missed_when_it_is_gone() -> None:
    count, missed = guards_missed()
    assert (count > 50, missed) == (True, []), count


def test_every_guard_of_postgresql_is_missed_when_it_is_gone(
    postgresql: str, tmp_path: Path
) -> None:
    count, missed = guards_of_the_server_missed(Place(postgresql, tmp_path))
    assert (count > 50, missed) == (True, []), count
