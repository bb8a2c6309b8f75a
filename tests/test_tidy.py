"""House rules that ruff and import-linter cannot see. Each says why."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = sorted(Path("banksampah").rglob("*.py"))
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
HANDLER_LINES_MAX = 25
EDGES = {"api.py", "island.py", "pages.py"}


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


def body_lines(function: ast.FunctionDef) -> int:
    first = function.body[0]
    starts = (
        first.end_lineno + 1 if isinstance(first, ast.Expr) and first.end_lineno else (first.lineno)
    )
    return (function.end_lineno or 0) - starts + 1


@pytest.mark.parametrize("path", PACKAGE, ids=str)
def test_a_file_can_be_read_at_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX
    for function in functions(path):
        limit = HANDLER_LINES_MAX if path.name in EDGES else FUNCTION_LINES_MAX
        assert body_lines(function) <= limit, f"{path}:{function.lineno} {function.name}"


def test_one_commit_in_the_program() -> None:
    """A second commit would let half a business event stay."""
    found = [
        f"{path}:{number}"
        for path in PACKAGE
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"session\.commit\(", line)
    ]
    assert len(found) == 1, found
    assert found[0].startswith("banksampah/db.py")


def test_no_fraction_near_money() -> None:
    """A float or Decimal rounds a second time; `money.py` is the only place that rounds."""
    for path in PACKAGE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"float", "Decimal"}, f"{path}:{node.lineno}"


def test_one_clock() -> None:
    """A second clock cannot be stood still by a test."""
    for path in PACKAGE:
        if path.name != "clock.py":
            assert not re.search(
                r"datetime\.(now|utcnow|today)\(|date\.today\(", path.read_text()
            ), path


def test_every_module_says_what_lives_there() -> None:
    for path in PACKAGE:
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_names_say_something() -> None:
    """These words fit every file, so they help in none."""
    for path in PACKAGE:
        assert not set(path.stem.split("_")) & {"util", "utils", "helper", "helpers", "misc"}, path


def test_pages_are_waited_for_without_eval() -> None:
    """Playwright's own way asks a second time by `eval`, which our pages refuse: it passes where what
    is waited for is there already."""
    for path in Path("tests").rglob("*.py"):
        assert ".wait_for_" + "function(" not in path.read_text(), path


def test_tests_keep_their_names(request: pytest.FixtureRequest) -> None:
    """A name with the moment, or a set's order, in it differs between the workers of one run: none then
    runs at all."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist"]
    again = subprocess.run(
        [*command, *request.config.args], capture_output=True, text=True, check=True
    )
    assert {test.nodeid for test in request.session.items} <= set(again.stdout.splitlines())
