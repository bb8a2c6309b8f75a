"""`banksampah export` and the download: the same bytes by either way, whole or not at all."""

from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.cli import main
from tests.people import Browser
from tests.quarter import Winter

SignIn = Callable[..., Browser]


def export(database_url: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["export", *options, "--database", database_url])


def test_to_a_file_and_to_standard_output(
    session: Session, winter: Winter, database_url: str, tmp_path: Path
) -> None:
    session.rollback()
    for kind in ("hledger", "beancount"):
        path = tmp_path / f"book.{kind}"
        done = export(database_url, kind, "--bank", "gerpesh-jitu", "-o", str(path))
        assert (done.exit_code, done.stdout) == (0, ""), done.output
        shown = export(database_url, kind, "--bank", "gerpesh-jitu")
        assert shown.stdout == path.read_text(encoding="utf-8")
        assert len(shown.stdout.splitlines()) > 500
        assert not list(tmp_path.glob(".*"))


def test_an_unknown_bank_leaves_no_file(bank: Bank, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "book"
    done = export(database_url, "hledger", "--bank", "tidak-ada", "-o", str(path))
    assert (done.exit_code, done.stderr) == (1, "Error: There is no bank 'tidak-ada'.\n")
    assert not path.exists()


def test_a_bank_without_a_day_behind_it(bank: Bank, database_url: str) -> None:
    done = export(database_url, "beancount", "--bank", "gerpesh-jitu")
    assert done.exit_code == 0
    assert "Bank dibuka" in done.stdout


def test_the_download_is_the_same_book(
    sign_in: SignIn, bank: Bank, session: Session, database_url: str
) -> None:
    auditor = sign_in("auditor")
    answer = auditor.get("/pembukuan/buku-besar.hledger")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gerpesh-jitu.hledger"'
    assert answer.text == export(database_url, "hledger", "--bank", "gerpesh-jitu").stdout
    assert auditor.get("/pembukuan/buku-besar.xlsx").status_code == 404
