"""`banksampah verify`: 0 and the proof, or 1 and the place of the difference."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from banksampah import codes, ledger
from banksampah.banks.models import Bank
from banksampah.cli import main
from banksampah.db import use_bank
from banksampah.money import format_idr, format_number
from banksampah.reports import proving
from banksampah.reports.queries.findings import findings_of, read_every_bank
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


def test_every_bank_can_be_read_in_one_walk(
    session: Session, winter: Winter, vandal: Engine
) -> None:
    session.rollback()
    with Session(vandal) as owner:  # else each bank is read by itself: slow, and told to nobody
        assert read_every_bank(owner)
        assert [found.facts for found in findings_of(owner, [1])] == [[]]


def test_several_processes_prove_the_same(
    session: Session,
    winter: Winter,
    database_url: str,
    vandal: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.rollback()
    alone = verify(database_url, "--jobs", "1")
    monkeypatch.setattr(proving, "WORTH_ENTRIES", 0)
    together = verify(database_url, "--jobs", "2")
    assert (together.exit_code, together.stdout) == (0, alone.stdout)
    shift = (
        f"UPDATE split_line SET amount_idr = amount_idr {{}} 1 WHERE seq = {winter.approved_seq}"
    )
    write(vandal, shift.format("-"))
    try:
        assert "DIFFERENCE  gerpesh-jitu" in verify(database_url, "--jobs", "2").stdout
    finally:
        write(vandal, shift.format("+"))


def test_an_unknown_bank(bank: Bank, database_url: str) -> None:
    done = verify(database_url, "--bank", "tidak-ada")
    assert (done.exit_code, done.stderr) == (1, "Error: There is no bank 'tidak-ada'.\n")


def test_an_empty_database(database_url: str) -> None:
    done = verify(database_url)
    assert (done.exit_code, done.stdout) == (0, "0 banks proven: no difference.\n")


def write(vandal: Engine, statement: str) -> None:
    with Session(vandal) as own, own.begin():
        guards = guards_down(own)
        for sql in (statement, *guards):
            own.connection().exec_driver_sql(sql)


@pytest.mark.parametrize("word", ["Exit code", "--bank SLUG", "--database"])
def test_help(word: str) -> None:
    assert word in CliRunner().invoke(main, ["verify", "--help"]).output


def test_a_seal_on_paper_is_held_against_the_chain(
    session: Session, winter: Winter, database_url: str, tmp_path: Path
) -> None:
    seal = ledger.find_seal(session, 1, 20) or ""
    head = ledger.head_seq(session, 1)
    session.rollback()
    printed = f"{seal[:4]} {seal[4:8]}".upper()
    assert verify(database_url, "--receipt", f"gerpesh-jitu:20:{printed}").exit_code == 0
    lettered = codes.printed_seal(20, seal)
    assert verify(database_url, "--receipt", f"gerpesh-jitu:20:{lettered}").exit_code == 0
    receipt = codes.printed_code("S-00020", seal[:8])
    assert verify(database_url, "--receipt", f"gerpesh-jitu:20:{receipt}").exit_code == 0
    slip = verify(database_url, "--receipt", f"gerpesh-jitu:21:{lettered}")
    assert (slip.exit_code, "mistyped" in slip.stderr) == (2, True)
    elsewhere = verify(database_url, "--receipt", "bank-lain:20:00000000")
    assert elsewhere.exit_code == 1 and "no such bank" in elsewhere.output
    wrong = verify(database_url, "--bank", "gerpesh-jitu", "--receipt", "bank-lain:20:00000000")
    assert wrong.exit_code == 2
    other = verify(database_url, "--receipt", "gerpesh-jitu:20:00000000")
    assert (other.exit_code, "the chain was written anew" in other.stdout) == (1, True)
    cut = verify(database_url, "--receipt", f"gerpesh-jitu:{head + 1}:{printed}")
    assert (cut.exit_code, "the tail was cut" in cut.stdout) == (1, True)
    assert verify(database_url, "--receipt", "gerpesh-jitu:20").exit_code == 2

    told = CliRunner().invoke(main, ["heads", "--database", database_url]).stdout
    assert told.startswith(f"gerpesh-jitu {head} ")
    known = tmp_path / "heads.txt"
    known.write_text(f"# kept elsewhere\n\n{told}")
    assert verify(database_url, "--heads", str(known)).exit_code == 0
    known.write_text(told.replace(f" {head} ", f" {head - 1} "))
    assert "the chain was written anew" in verify(database_url, "--heads", str(known)).stdout


@pytest.mark.parametrize(
    "content", [b"", b"# kept elsewhere\n\n", "gerpesh-jitu 1 00000000\n".encode("utf-16")]
)
def test_a_list_without_a_seal_proves_nothing(
    bank: Bank, database_url: str, tmp_path: Path, content: bytes
) -> None:
    """A disk that was full, a name mistyped: `verify` was silent, and all was true."""
    known = tmp_path / "heads.txt"
    known.write_bytes(content)
    done = verify(database_url, "--heads", str(known))
    assert (done.exit_code, "--heads" in done.stderr) == (2, True), done.output
    assert "`banksampah heads` prints" in done.stderr


def test_a_list_saved_by_an_editor_of_windows_is_read(
    bank: Bank, database_url: str, tmp_path: Path
) -> None:
    told = CliRunner().invoke(main, ["heads", "--database", database_url]).stdout
    known = tmp_path / "heads.txt"
    known.write_bytes(b"\xef\xbb\xbf" + told.replace("\n", "\r\n").encode())
    done = verify(database_url, "--heads", str(known))
    assert done.exit_code == 0, done.output


def test_a_guard_that_is_gone_is_named(bank: Bank, database_url: str, vandal: Engine) -> None:
    on_sqlite = vandal.dialect.name == "sqlite"
    drop = "DROP TRIGGER leg_update" if on_sqlite else "ALTER TABLE leg DISABLE TRIGGER no_change"
    with Session(vandal) as own, own.begin():
        own.connection().exec_driver_sql(drop)
    done = verify(database_url)
    assert done.exit_code == 1
    assert ("trigger leg_update" if on_sqlite else "the guard no_change") in done.stdout


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_table_of_the_continuous_copy_is_no_difference(
    bank: Bank, database_url: str, vandal: Engine
) -> None:
    with Session(vandal) as own, own.begin():
        own.connection().exec_driver_sql("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY)")
    assert verify(database_url).exit_code == 0
    with Session(vandal) as own, own.begin():
        own.connection().exec_driver_sql("CREATE TABLE another (id INTEGER PRIMARY KEY)")
    assert verify(database_url).exit_code == 1
