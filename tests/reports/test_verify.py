"""`banksampah verify`: 0 and the proof, or 1 and the place of the difference."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.cli import main
from banksampah.db import use_bank
from banksampah.money import format_idr, format_number
from banksampah.reports.queries.proof import prove
from tests.quarter import Winter
from tests.reports.conftest import guards_down


def verify(database_url: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["verify", "--database", database_url, *options])


def test_true_books(session: Session, winter: Winter, database_url: str) -> None:
    entries = format_number(ledger.head_seq(session, 1))
    seal = ledger.find_seal(session, 1, ledger.head_seq(session, 1))
    checks = {check.name: check for check in prove(session, 1).checks}
    savings = format_idr(checks["passbooks"].left_sum)
    session.rollback()
    done = verify(database_url)
    assert done.exit_code == 0, done.output
    said = done.stdout
    assert f"entries        {entries}" in said
    assert f"head hash      {seal}" in said
    assert f"passbooks      {savings} = {savings}  (3 households = control account 2100)" in said
    assert "in stock 74,768" in said
    assert "1 bank proven: no difference." in said


def test_a_difference_is_named_by_bank_entry_and_fact(
    session: Session, winter: Winter, database_url: str, vandal: Engine
) -> None:
    session.rollback()
    seq = winter.approved_seq
    shift = "UPDATE split_line SET amount_idr = amount_idr {} 1 WHERE line = 1 AND seq = {}"
    write(vandal, shift.format("-", seq))
    try:
        done = verify(database_url, "--bank", "gerpesh-jitu")
        assert done.exit_code == 1
        assert f"DIFFERENCE  gerpesh-jitu seq {seq}: " in done.stdout
        assert "jumlah bagian" in done.stdout
        assert "differences found" in done.stderr
    finally:
        write(vandal, shift.format("+", seq))
    use_bank(session, 1)
    assert verify(database_url).exit_code == 0


def test_an_unknown_bank(bank: Bank, database_url: str) -> None:
    done = verify(database_url, "--bank", "tidak-ada")
    assert (done.exit_code, done.stderr) == (1, "Error: There is no bank 'tidak-ada'.\n")


def test_an_empty_database(database_url: str) -> None:
    done = verify(database_url)
    assert (done.exit_code, done.stdout) == (0, "0 banks proven: no difference.\n")


def write(vandal: Engine, statement: str) -> None:
    with Session(vandal) as own, own.begin():
        guards_down(own)
        own.connection().exec_driver_sql(statement)


@pytest.mark.parametrize("word", ["Exit code", "--bank SLUG", "--database"])
def test_help(word: str) -> None:
    assert word in CliRunner().invoke(main, ["verify", "--help"]).output
