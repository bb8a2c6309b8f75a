"""Documents that agree with the code: settings, commands, kinds of entries, accounts, links."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from banksampah.cli import main
from banksampah.config import PREFIX, Settings
from banksampah.ledger.chart import CHART

DOCS = Path("docs")
README = Path("README.md").read_text()


def commands(group: click.Group, prefix: str = "") -> list[str]:
    names = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            names += commands(command, f"{prefix}{name} ")
        else:
            names.append(prefix + name)
    return names


def test_every_command_and_setting_is_documented() -> None:
    page = (DOCS / "operating" / "reference.md").read_text()
    for name in commands(main):
        assert f"`banksampah {name}`" in page, name
    for field in fields(Settings):
        if field.name != "testing":
            assert f"`{PREFIX}{field.name.upper()}`" in page, field.name


def test_every_fixed_account_is_in_the_chart_of_the_docs() -> None:
    page = (DOCS / "ledger.md").read_text()
    for fixed in CHART:
        if fixed.unit == "IDR":
            assert f"| {fixed.account_id} | {fixed.name} |" in page, fixed


def test_every_kind_of_entry_is_in_the_docs() -> None:
    """Kinds are the string literals handed to `post` and `replay`."""
    page = (DOCS / "ledger.md").read_text()
    kinds = set()
    for path in Path("banksampah").rglob("service*/**/*.py"):
        kinds |= set(re.findall(r'"([a-z]+\.[a-z_.]+)"', path.read_text()))
    for path in Path("banksampah").rglob("service.py"):
        kinds |= set(re.findall(r'"([a-z]+\.[a-z_.]+)"', path.read_text()))
    missing = sorted(kind for kind in kinds if f"`{kind}`" not in page)
    assert missing == []


def test_code_cites_a_decision_by_its_whole_name() -> None:
    """A number alone may be another decision's."""
    for path in Path("banksampah").rglob("*.py"):
        for name in re.findall(r"docs/(decisions/[\w-]+)", path.read_text()):
            assert (DOCS / f"{name}.md").exists(), f"{path}: {name}"


@pytest.mark.parametrize("path", [Path("README.md"), *sorted(DOCS.rglob("*.md"))], ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def test_the_two_commands_exist() -> None:
    for script in ("bin/serve", "bin/test", "bin/setup", ".ci/run"):
        assert Path(script).stat().st_mode & 0o111, script
    for line in re.findall(r"^(bin/\w+)", README, re.MULTILINE):
        assert Path(line).exists()


def test_the_readme_names_commands_that_exist() -> None:
    known = commands(main)
    for words in re.findall(r"^banksampah ([a-z]+(?: [a-z]+)?)", README, re.MULTILINE):
        assert any(words == name or words.split()[0] == name for name in known), words


PROOFS = Path("tests/proofs/README.md")


@pytest.mark.parametrize("path", [Path("README.md"), PROOFS, *sorted(DOCS.rglob("*.md"))], ids=str)
def test_each_row_of_a_table_has_the_columns_of_its_head(path: Path) -> None:
    """A row put in at the wrong place tears another one in two."""
    for table in re.findall(r"(?:^\|.*\n)+", path.read_text(), re.MULTILINE):
        widths = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
        assert set(widths) == {widths[0]}, table
