"""The `banksampah` command finds every feature's commands, and reads no more than it needs."""

import os
import sqlite3
import subprocess
import sys
import tracemalloc
from contextlib import closing
from importlib import import_module
from itertools import count
from pathlib import Path
from time import monotonic

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import NullPool, create_engine, inspect, text

import banksampah
from banksampah import slow
from banksampah.backup import postgresql
from banksampah.banks.service import open_bank
from banksampah.cli import COMMANDS, main
from banksampah.db import normal_url, transaction
from tests.conftest import NOW


def test_every_command_of_a_feature_is_found() -> None:
    folder = Path(banksampah.__file__).parent
    modules = [f"{path.parent.name}.cli" for path in folder.glob("*/cli.py")]
    for name in {*modules, *COMMANDS.values()}:
        for command in getattr(import_module(f"banksampah.{name}"), "commands", []):
            found = main.get_command(None, command.name)  # type: ignore[arg-type]
            assert found is not None and found.help == command.help, command.name


def test_proving_reads_no_pages() -> None:
    code = (
        "import sys; from banksampah.cli import main; main.get_command(None, 'verify');"
        "print([name for name in ('weasyprint', 'marshmallow', 'banksampah.web.press',"
        " 'banksampah.deposits.pages') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_a_setting_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANKSAMPAH_PORT", "abc")
    for command in ("serve", "verify"):
        done = CliRunner().invoke(main, [command])
        assert done.exit_code == 2, done.output
        assert "BANKSAMPAH_PORT must be a whole number from 1 to 65535, not 'abc'" in done.output


def test_a_command_tells_of_no_slow_statement(
    app: Flask, service_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its statements are long on purpose: an import wrote hundreds of lines into its progress."""
    with app.app_context(), transaction() as session:
        open_bank(session, at=NOW, slug="gerpesh-jitu", name="Bank Sampah Gerpesh")
    monkeypatch.setattr(slow, "perf_counter", count(step=10).__next__)  # each takes ten seconds
    assert CliRunner().invoke(main, ["verify", "--database", service_url]).exit_code == 0
    assert [record.message for record in caplog.records if "slow" in record.message] == []


@pytest.mark.parametrize(
    "url",
    ["", "foo", "http://x", "SQLITE:////tmp/f", "mysql://x/y", "postgresql+psycopg2://x/y",
     "postgresql://u:geheim@h:abc/db", "sqlite:///", "sqlite:///:memory:", "sqlite:///s.db?mode=ro"],
)  # fmt: skip
@pytest.mark.parametrize(
    "command", [["verify"], ["serve"], ["backup", "x.db"], ["demo", "--out", "x"]]
)
def test_what_is_no_database_s_address_is_refused(
    command: list[str], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with the remedy, without the password that may stand in it; nothing is made."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [*command, "--database", url])
    assert done.exit_code == 2, done.output
    assert "must be sqlite:///FILE or postgresql://…" in done.output
    assert "geheim" not in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("year", ["0001", "1999", "2101", "9999"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_day_that_no_book_has_is_told(
    app: Flask, service_url: str, year: str, tmp_path: Path
) -> None:
    """At the edges of the calendar a day before, or after, was a stack trace."""
    out, prices = ["--out", str(tmp_path / "o")], tmp_path / "p.csv"
    prices.write_text("code,name,unit,price_idr\nK1,Kardus,kg,1000\n")
    bank = ["--bank", "gerpesh-jitu"]
    statement = ["statement", *bank, "--member", "1", "-o", str(tmp_path / "s.pdf")]
    for words in (
        ["statements", *bank, "--month", f"{year}-12", *out],
        ["report", "kelurahan", "Kebonsari", "--month", f"{year}-12"],
        [*statement, "--from", f"{year}-12-31", "--to", "2026-01-01"],
        [*statement, "--from", "2026-01-01", "--to", f"{year}-12-31"],
        ["prices", "import", str(prices), *bank, "--from", f"{year}-12-31"],
    ):
        done = CliRunner().invoke(main, [*words, "--database", service_url])
        assert done.exit_code == 2, done.output
        assert "is not in the years 2000 to 2100" in done.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", [["deposits"], ["members"], ["prices", "--from", "2026-01-01"]])
def test_what_is_no_table_is_not_read_to_its_end(
    app: Flask, bank: object, service_url: str, tmp_path: Path, command: list[str]
) -> None:
    """A pipe was waited for, /dev/zero filled the memory; so did a long file without a line."""
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "long.csv").open("wb") as long:
        long.truncate(200_000_000)
    name, *more = command
    words = [*more, "--bank", "gerpesh-jitu", "--database", service_url]
    for file in (str(tmp_path / "pipe"), "/dev/zero"):
        done = CliRunner().invoke(main, [name, "import", file, *words])
        assert done.exit_code == 2 and "Save it as a file first" in done.stderr, done.output
    tracemalloc.start()
    done = CliRunner().invoke(main, [name, "import", str(tmp_path / "long.csv"), *words])
    _size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000
    assert done.exit_code == 1 and "lebih dari 1 MB" in done.stderr, done.output


@pytest.mark.parametrize("command", [["verify"], ["heads"], ["bank", "list"], ["backup", "x.db"]])
def test_a_mistyped_file_is_told_and_no_database_made(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing proven is not "0 banks proven"."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.db").touch()
    sqlite3.connect(tmp_path / "another.db").execute("CREATE TABLE t (x)").connection.close()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for name, told in (("none/bank.db", "is not there"), ("empty.db", "is empty")):
        done = CliRunner().invoke(main, [*command, "--database", f"sqlite:///{name}"])
        assert done.exit_code == (1 if "backup" in command else 2), done.output
        assert told in done.stderr and "proven" not in done.output
    if command != ["backup", "x.db"]:
        done = CliRunner().invoke(main, [*command, "--database", "sqlite:///another.db"])
        assert done.exit_code == 2 and "another program's" in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_empty_database_of_postgresql_is_told_too(database_url: str, tmp_path: Path) -> None:
    empty = postgresql.make_database(database_url, f"banksampah_empty_{os.getpid()}")
    try:
        done = CliRunner().invoke(main, ["verify", "--database", empty])
        assert done.exit_code == 2 and "is empty" in done.stderr, done.output
        _stays_another_programs(empty, tmp_path / "out")
    finally:
        postgresql.drop_database(database_url, f"banksampah_empty_{os.getpid()}")


def test_a_file_of_another_program_stays_its_own(tmp_path: Path) -> None:
    _stays_another_programs(f"sqlite:///{tmp_path / 'another.db'}", tmp_path / "out")


def _stays_another_programs(url: str, out: Path) -> None:
    """A mistyped address put all our tables beside those of somebody else."""
    engine = create_engine(normal_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE another (x int)"))
    for command in (["init"], ["demo", "--out", str(out)], ["serve", "--port", "1"], ["verify"]):
        done = CliRunner().invoke(main, [*command, "--database", url])
        assert done.exit_code == 2 and "another program's database" in done.stderr, done.output
    assert inspect(engine).get_table_names() == ["another"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_written_is_named(
    app: Flask, bank: object, service_url: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "none" / "x.csv", tmp_path / "folder"):
        words = ["export", "hledger", "--bank", "gerpesh-jitu", "-o", str(target)]
        done = CliRunner().invoke(main, [*words, "--database", service_url])
        assert done.exit_code in (1, 2), done.output
        assert str(target.name) in done.output or "none" in done.output
        assert not isinstance(done.exception, OSError)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "words", [["--version"], ["verify", "--help"], ["bank", "list"], ["export", "hledger"]]
)
def test_output_that_cannot_be_written_is_told(
    app: Flask, bank: object, service_url: str, words: list[str]
) -> None:
    """In a line; nobody who closed the pipe (`| head -1`) is told anything."""
    program = [sys.executable, "-c", "from banksampah.cli import main; main()", *words]
    more = ["--bank", "gerpesh-jitu"] if "export" in words else []
    if not words[-1].startswith("--"):
        program += [*more, "--database", service_url]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"Error: Output: No space left on device\n")
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(program, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_only_reads_does_not_wait_for_a_writer(
    app: Flask, bank: object, service_url: str
) -> None:
    """An import may hold the one lock of SQLite for minutes; hourly heads are told all the same."""
    writer = sqlite3.connect(service_url.removeprefix("sqlite:///"), isolation_level=None)
    with closing(writer):
        writer.execute("BEGIN IMMEDIATE")
        began = monotonic()
        done = CliRunner().invoke(main, ["heads", "--database", service_url])
        assert done.exit_code == 0 and "gerpesh-jitu" in done.output
        assert monotonic() - began < 15


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_told_to_stop_takes_its_drafts_along(
    app: Flask, service_url: str, tmp_path: Path
) -> None:
    """A draft of a backup is a full copy of personal data."""
    code = (
        "import os, signal, sys; from banksampah.backup import making; from banksampah.cli import main;"
        "making.prove_url = lambda *told: os.kill(os.getpid(), signal.SIGTERM); main()"
    )
    words = ["backup", str(tmp_path / "a.db"), "--database", service_url]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=False)
    assert done.returncode == 143
    assert list(tmp_path.iterdir()) == []
