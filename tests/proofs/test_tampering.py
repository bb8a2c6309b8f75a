"""Whatever is changed behind the guards' back is found; nothing is found where nothing was."""

import pytest
from flask import Flask
from sqlalchemy import create_engine

from banksampah.db import db, normal_url
from tests.proofs import heap, tampering
from tests.proofs.simulation import live
from tests.proofs.vandal import take_guards_down

SEED = 1


def test_a_file_in_strange_hands() -> None:
    with tampering.lived_in() as file:
        assert tampering.facts_of(file) == []
        flipped = tampering.flip_bits(file, SEED, 20)
        assert flipped["found"] > 3, flipped
        engine = create_engine(f"sqlite:///{file}")
        take_guards_down(engine)
        assert tampering.empty_tables(engine) == []
        print(tampering.edit_columns(engine, SEED, rounds=1))
        tampering.swap_entries(engine, 1, SEED, 3)
        tampering.cut_tails(engine, 1, 3)
        tampering.rewrite_and_tell(engine, 1, SEED, 2)
        engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_server_in_strange_hands(app: Flask, database_url: str) -> None:
    with app.app_context():
        live(tampering.SEED, 1, tampering.DAYS, tampering.BUSY)
        db.session.rollback()
        db.engine.dispose()
    engine = create_engine(normal_url(database_url))
    take_guards_down(engine)
    assert tampering.empty_tables(engine) == []
    print(tampering.edit_columns(engine, SEED, rounds=1))
    tampering.swap_entries(engine, 1, SEED, 2)
    tampering.cut_tails(engine, 1, 2)
    tampering.rewrite_and_tell(engine, 1, SEED, 1)
    engine.dispose()


def test_no_false_alarm() -> None:
    assert tampering.clean_runs(SEED, banks=20, days=6) == 20


def test_a_server_whose_disk_turns_bits() -> None:
    with heap.lived_in_cluster() as at:
        counts = heap.flip_heap_bits(at, SEED, 6)
    print(counts)
    assert counts["found by verify"] + counts["found by the server"] == 6
    assert counts["found by verify"] > 0
