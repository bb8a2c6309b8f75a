"""The `banksampah` command finds every feature's commands, and reads no more than it needs."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import banksampah
from banksampah.cli import COMMANDS, main


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
