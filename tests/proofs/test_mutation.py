"""Every guard of the database, taken away alone, is missed by some attempt of the tests."""

from tests.proofs.mutation import guards_missed


def test_every_guard_of_sqlite_is_missed_when_it_is_gone() -> None:
    count, missed = guards_missed()
    assert (count > 45, missed) == (True, []), count
