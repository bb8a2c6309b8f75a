"""`banksampah prices import`."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.catalog import queries
from banksampah.catalog.cli import prices
from tests.catalog.test_import import LISTS


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(prices, ["import", *arguments])
    return done.exit_code, done.output


def test_a_list_from_a_file(session: Session, bank: Bank) -> None:
    file = str(LISTS / "bukit-hibul-2026.csv")
    for _time in range(2):
        code, said = run(file, "--bank", bank.slug, "--from", "2026-11-01")
        assert code == 0, said
        assert "30 prices of Gerpesh Jitu from 2026-11-01." in said
    assert len(queries.price_lists(session, 1)) == 1


def test_classes(session: Session, bank: Bank) -> None:
    file = str(LISTS / "surabaya-2018.csv")
    code, said = run(file, "--bank", bank.slug, "--from", "2026-11-01", "--class", "kelompok")
    assert code == 0
    assert "only in fluktuatif, stabil" in said


@pytest.mark.parametrize(
    ("text", "slug", "sentence"),
    [
        ("name,unit,price_idr\nKardus,ton,5\n", "gerpesh-jitu", "baris 2 unit “ton”"),
        ("name,unit\n", "gerpesh-jitu", "price_idr: Kolom ini belum ada."),
        ("name,unit,price_idr\nKardus,kg,5\n", "lain", "There is no bank 'lain'."),
    ],
)
def test_refusals(
    session: Session, bank: Bank, tmp_path: Path, text: str, slug: str, sentence: str
) -> None:
    file = tmp_path / "daftar.csv"
    file.write_text(text)
    code, said = run(str(file), "--bank", slug, "--from", "2026-11-01")
    assert code == 1
    assert sentence in said
    assert queries.materials(session, 1) == []


def test_wrong_use(bank: Bank) -> None:
    assert run("nowhere.csv", "--bank", bank.slug, "--from", "2026-11-01")[0] == 2
    assert run(str(LISTS / "sekeloa-2015.csv"), "--bank", bank.slug, "--from", "besok")[0] == 2
