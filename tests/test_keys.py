"""Keys of the service's own: no client can take one beforehand."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import banksampah
from banksampah.staff.auth import KEY_FORM

HOME = Path(banksampah.__file__).parent
BEFORE_ANYBODY = {"bank.open", "demo-0"}
"""The first entry of a bank, and those of an example that was never anybody's."""


def made() -> Iterator[tuple[str, str]]:
    """Each place that makes a key itself, and the key, with 0 for what is not known there."""
    for path in sorted(HOME.rglob("*.py")):
        name = ".".join(("banksampah", *path.relative_to(HOME).with_suffix("").parts))
        tree = ast.parse(path.read_text())
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for node in keys_in(call, tree):
                found = read(node, importlib.import_module(name.removesuffix(".__init__")))
                if found is not None:
                    yield f"{name}:{node.lineno}", found


def keys_in(call: ast.Call, tree: ast.Module) -> Iterator[ast.expr]:
    """What a call gives as the key of an act; of a name, all that is ever given to it."""
    given = {"Act": call.args[1:2], "act_of": call.args[:1]}.get(name_of(call.func), [])
    given = [*given, *(word.value for word in call.keywords if word.arg == "key")]
    for node in given:
        yield from assigned(node.id, tree) if isinstance(node, ast.Name) else [node]


def name_of(called: ast.expr) -> str:
    return str(getattr(called, "attr", getattr(called, "id", "")))


def assigned(name: str, tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and name in map(name_of, node.targets):
            yield node.value


def read(node: ast.AST, module: ModuleType) -> str | None:
    """The text of a literal, which may name constants of its module; None: a client made it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(read(part, module) or "0" for part in node.values)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        constant = getattr(module, node.value.id, None)
        return constant if isinstance(constant, str) else None
    return None


MADE = dict(made())


def test_they_are_found():
    assert {"lembar/0", "bank.open", "prices-import/0"} <= set(MADE.values())


@pytest.mark.parametrize("place", MADE)
def test_no_client_can_take_one_beforehand(place):
    own = MADE[place]
    assert own in BEFORE_ANYBODY or KEY_FORM.fullmatch(own) is None, own
