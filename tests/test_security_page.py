"""`docs/security.md` leaves no requirement out and names nothing that is not there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from banksampah.members import gate as households
from banksampah.staff import gate as staff
from banksampah.statements import check_pages as checks

PAGE = Path("docs/security.md").read_text()
PAPERS = (Path("docs/security.md"), Path("docs/operating/personal-data.md"))
COUNTS = {  # OWASP ASVS 5.0.0: how many requirements of level 1 and 2 each section has, from .1 on
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11,
    "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1,
    "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
LIST = PAGE.split("## The list")[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in LIST.splitlines()
    if re.match(r"\| \d", line)
]


def numbers(cell: str) -> list[str]:
    """ "6.5.2–4, 7.1.1" as four numbers."""
    found = []
    for part in cell.split(", "):
        section, first, last = re.fullmatch(r"(\d+\.\d+)\.(\d+)(?:–(\d+))?", part).groups()
        found += [f"{section}.{n}" for n in range(int(first), int(last or first) + 1)]
    return found


def test_every_requirement_of_levels_one_and_two_is_there_once() -> None:
    due = [f"{section}.{n}" for section, count in COUNTS.items() for n in range(1, count + 1)]
    assert len(due) == 253
    told = [number for row in ROWS for number in numbers(row[0])]
    assert sorted(told) == sorted(due)


def test_each_is_met_by_something_or_says_why_not() -> None:
    unmet = PAGE.split("## What is not met")[1].split("## The list")[0]
    given_up = set(re.findall(r"^\| (\d+\.\d+\.\d+) \|", unmet, re.MULTILINE))
    pointing = {n for row in ROWS if "[not met]" in row[1] for n in numbers(row[0])}
    assert given_up == pointing
    assert all(row[1] for row in ROWS)


def test_its_limits_are_those_of_the_code() -> None:
    assert {checks.WINDOW_S, households.WINDOW_S, staff.WINDOW_S} == {15 * 60}
    pins = f"{households.PER_NUMBER}; {households.PER_ADDRESS}"
    for what, most in (
        ("wrong passwords of a name", staff.PER_LOGIN),
        ("the same from a browser that was in before", staff.PER_BROWSER),
        ("sign-ins from an address", staff.PER_ADDRESS),
        ("wrong codes of a person", staff.PER_CODE),
        ("wrong PINs of a number; from an address", pins),
        ("papers checked (`/periksa`, `/v/<code>`) from an address", checks.PER_ADDRESS),
    ):
        assert f"| {what} | {most} in 15 min" in PAGE


def test_the_record_of_processing_names_the_specific_data() -> None:
    """UU PDP art. 4(2): of what that names, a savings book holds two."""
    (row,) = re.findall(r"^\| Specific data .*", PAPERS[1].read_text(), re.MULTILINE)
    assert "personal financial data" in row
    assert "children's data" in row


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("paper", PAPERS, ids=str)
def test_every_file_and_test_named_is_there(paper: Path) -> None:
    named = re.findall(r"`((?:tests|banksampah|docs|bin|migrations)/[^`]+)`", paper.read_text())
    for name in named:
        path, _colons, test = name.partition("::")
        assert Path(path).exists(), name
        assert not test or test in functions(Path(path)), name


def test_every_command_named_is_there() -> None:
    from tests.test_docs import commands, main  # noqa: PLC0415 – the list is made there

    known = set(commands(main))
    for paper in PAPERS:
        for name in re.findall(r"`banksampah ([a-z -]+?)(?: [A-Z<-].*?)?`", paper.read_text()):
            assert name in known, f"{paper}: {name}"
