"""`banksampah members import`."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.members import queries
from banksampah.members.cli import members


def test_a_list_from_a_file(session: Session, bank: Bank, tmp_path: Path) -> None:
    file = tmp_path / "buku.csv"
    file.write_text("nama,saldo awal\nSiti,12.500\nBudi,\n")
    for _time in range(2):
        done = CliRunner().invoke(members, ["import", str(file), "--bank", bank.slug])
        assert done.exit_code == 0, done.output
        assert "2 members of Gerpesh Jitu: 0001 to 0002." in done.output
    assert queries.count_members(session, 1) == 2


@pytest.mark.parametrize(
    ("text", "slug", "sentence"),
    [
        ("nama,saldo\nSiti,-5\n", "gerpesh-jitu", "baris 2 balance_idr “-5”: Saldo tidak terbaca."),
        ("", "gerpesh-jitu", "Berkas kosong."),
        ("nama\nSiti\n", "lain", "There is no bank 'lain'."),
    ],
)
def test_refusals(
    session: Session, bank: Bank, tmp_path: Path, text: str, slug: str, sentence: str
) -> None:
    file = tmp_path / "buku.csv"
    file.write_text(text)
    refused = CliRunner().invoke(members, ["import", str(file), "--bank", slug])
    assert refused.exit_code == 1
    assert sentence in refused.output
    assert queries.count_members(session, 1) == 0
