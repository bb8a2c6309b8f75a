"""The `banksampah` command finds every feature's commands, and reads no more than it needs."""

import subprocess
import sys
from importlib import import_module
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

import banksampah
from banksampah import slow
from banksampah.banks.service import open_bank
from banksampah.cli import COMMANDS, main
from banksampah.db import transaction
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
        assert "BANKSAMPAH_PORT must be a whole number, not 'abc'" in done.output


def test_a_command_tells_of_no_slow_statement(
    app: Flask, service_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its statements are long on purpose: an import wrote hundreds of lines into its progress."""
    with app.app_context(), transaction() as session:
        open_bank(session, at=NOW, slug="gerpesh-jitu", name="Bank Sampah Gerpesh")
    monkeypatch.setattr(slow, "perf_counter", count(step=10).__next__)  # each takes ten seconds
    assert CliRunner().invoke(main, ["verify", "--database", service_url]).exit_code == 0
    assert [record.message for record in caplog.records if "slow" in record.message] == []
