"""The worked examples as data: the same seed gives the same books, byte for byte of their seals."""

import re
import sqlite3
from contextlib import closing
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
    "berkah-bersama": "7cf2e3540101dd341fbd36c18bba2021fb5c58d77af01bb81eca79938b94b830",
    "gerpesh-jitu": "929c585858f8d5ed3c4b60a18aba5f1656ab56cd46eb48d6a5953010be984bb5",
    "sedekah-tegalgede": "783e026486d58e4b4a90ad0c5adbc2bb8887c3b00921fa5e5740a6cef0ff67b8",
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


def test_a_demo_that_was_cut_off_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its people stayed without a bank or a known password: "login taken", a stack trace."""
    monkeypatch.setattr(building.Year, "run", lambda _year: 1 / 0)
    words = ["demo", "--out", str(tmp_path)]
    assert isinstance(CliRunner().invoke(main, words).exception, ZeroDivisionError)
    with closing(sqlite3.connect(tmp_path / "bank.db")) as left:
        assert left.execute("SELECT count(*) FROM user").fetchone() == (0,)


def test_people_of_the_same_names_stand_in_the_way(tmp_path: Path) -> None:
    database = ["--database", f"sqlite:///{tmp_path / 'bank.db'}"]
    assert CliRunner().invoke(main, ["init", *database]).exit_code == 0
    CliRunner().invoke(main, ["user", "add", "ketua", "--name", "Ketua", *database])
    for words in (["demo", "--out", str(tmp_path)], ["serve", "--demo-if-empty", *database]):
        told = CliRunner().invoke(main, words)
        assert told.exit_code == 1 and "Choose an empty database" in told.stderr, told.output


def test_the_command_builds_proves_and_prints(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["demo", "--seed", "1", "--out", str(tmp_path)])
    assert told.exit_code == 0, told.output
    told_heads = re.findall(r"head hash +([0-9a-f]{64})", told.output)  # in the order of opening
    assert sorted(told_heads) == sorted(HEADS_OF_SEED_1.values())
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
    assert "has banks already" in again.output
