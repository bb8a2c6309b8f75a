"""The worked examples as data: the same seed gives the same books, byte for byte of their seals."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader

from banksampah import ledger
from banksampah.banks.queries import all_banks
from banksampah.cli import main
from banksampah.db import db, use_bank
from banksampah.demo import building

HEADS_OF_SEED_1 = {
    "berkah-bersama": "3e5521f77926c5eb739130acd5932bde8ad95b5e4ca3a824a0572f75585980f7",
    "gerpesh-jitu": "21c463261a2ab6edf6cb11948be93b517b0ce8a6d20a3ed012be31bd3301b3a3",
    "sedekah-tegalgede": "c72839438ea8f8264c3a5e651895e1ac4fff17ce6a112ab5fc9abccbc2cccdf3",
}
"""Golden values: they pin the form of a seal, each rounding and each posting rule at once."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite: by command below
def test_postgresql_keeps_the_same_books(app: Flask) -> None:
    heads = {}
    with app.app_context():
        building.load(1)
        for bank in all_banks(db.session):
            use_bank(db.session, bank.bank_id)
            heads[bank.slug] = ledger.check(db.session, bank.bank_id).head_hash.hex()
            db.session.rollback()
    assert heads == HEADS_OF_SEED_1


def test_the_command_builds_proves_and_prints(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["demo", "--seed", "1", "--out", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert re.findall(r"head hash +([0-9a-f]{64})", told.output) == list(HEADS_OF_SEED_1.values())
    assert "3 banks proven: no difference." in told.output
    papers = {path.name for path in tmp_path.glob("*.pdf")}
    assert papers == {
        f"{slug}-{paper}.pdf"
        for slug in HEADS_OF_SEED_1
        for paper in ("statement", "split-minutes")
    }
    words = "".join(
        page.extract_text() for page in PdfReader(tmp_path / "gerpesh-jitu-split-minutes.pdf").pages
    )
    assert "Lingkungan" in words
    assert "Sosial" in words
    again = CliRunner().invoke(main, ["demo", "--seed", "1", "--out", str(tmp_path)])
    assert again.exit_code == 1
    assert "is there already" in again.output
