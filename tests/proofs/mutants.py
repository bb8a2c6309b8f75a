"""Mutants: the rules of money and ledger with one thing changed, found by reading the source.

Python is changed in its syntax tree, SQL by its statements: nothing hangs on line numbers.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OPERATIONS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}  # fmt: skip


class Mutant(NamedTuple):
    """One change. *name* tells it: file, function, what became what. *source()*: the whole file."""

    file: str
    name: str
    source: Callable[[], str]


def of_python(file: Path) -> Iterator[Mutant]:
    """Every comparison, sum, number, condition and statement inside the functions of *file*."""
    tree = ast.parse(file.read_text())
    for function in [x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef)]:
        for place, node in enumerate(ast.walk(function)):
            for told, change in _changes(node):
                name = f"{file.parent.name}/{file.name} {function.name}: {told}"
                yield Mutant(str(file), name, partial(_changed, tree, function, place, change))


def _changed(tree: ast.Module, function: ast.FunctionDef, place: int, change: Any) -> str:
    mutated = copy.deepcopy(tree)
    twin = next(x for x in ast.walk(mutated) if _same(x, function))
    change(list(ast.walk(twin))[place])
    return ast.unparse(ast.fix_missing_locations(mutated))


def _same(node: ast.AST, function: ast.FunctionDef) -> bool:
    return (
        isinstance(node, ast.FunctionDef)
        and node.name == function.name
        and node.lineno == function.lineno
    )


def _changes(node: ast.AST) -> Iterator[tuple[str, object]]:
    """What may be changed at this very node, each with its words."""
    before = ast.unparse(node) if isinstance(node, ast.expr) else ""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            other = COMPARISONS[type(operator)]
            yield f"{before} ≠ {type(operator).__name__}→{other.__name__}", _Compare(at, other)
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS and _is_figure(node):
        other_op = OPERATIONS[type(node.op)]
        yield f"{before}: {type(node.op).__name__}→{other_op.__name__}", _Operate(other_op)
    elif isinstance(node, ast.BoolOp):
        yield f"{before}: and↔or", _flip_bool
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"{before}: without its sign", _drop_sign
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{before}+1", _add_one
    elif isinstance(node, ast.If):
        yield f"if {ast.unparse(node.test)}: never", _never
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield f"{ast.unparse(node)} removed", _remove
    elif isinstance(node, ast.Raise | ast.Assert):
        yield f"{ast.unparse(node)} removed", _remove_statement


def _is_figure(node: ast.BinOp) -> bool:
    return not any(isinstance(x, ast.JoinedStr) or (isinstance(x, ast.Constant) and isinstance(x.value, str | bytes))
                   for x in ast.walk(node))  # fmt: skip


class _Compare:
    def __init__(self, at: int, other: type[ast.cmpop]):
        self.at, self.other = at, other

    def __call__(self, node: ast.Compare) -> None:
        node.ops[self.at] = self.other()


class _Operate:
    def __init__(self, other: type[ast.operator]):
        self.other = other

    def __call__(self, node: ast.BinOp) -> None:
        node.op = self.other()


def _flip_bool(node: ast.BoolOp) -> None:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _drop_sign(node: ast.UnaryOp) -> None:
    if isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
    else:
        node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _add_one(node: ast.Constant) -> None:
    node.value += 1


def _never(node: ast.If) -> None:
    node.test = ast.Constant(False)


def _remove(node: ast.Expr) -> None:
    """What a call to `super()` needs stays: a function that closes over less cannot be swapped."""
    names = {x.id for x in ast.walk(node) if isinstance(x, ast.Name)}
    node.value = ast.Name("__class__") if "super" in names else ast.Constant(None)


def _remove_statement(node: ast.Raise | ast.Assert) -> None:
    node.__class__ = ast.Pass  # type: ignore[assignment]


def of_sql(file: Path) -> Iterator[Mutant]:
    """Every guard of *file* dropped: refusals, triggers, checks, unique and foreign keys."""
    whole = file.read_text()
    engine = "sqlite" if "sqlite" in file.name else "postgresql"
    finders = _SQLITE if engine == "sqlite" else _POSTGRESQL
    for what, pattern, instead in finders:
        for found in re.finditer(pattern, whole, re.MULTILINE | re.DOTALL):
            if whole[: found.start()].rpartition("\n")[2].lstrip().startswith("--"):
                continue
            told = " ".join(found[0].split())
            where = _statement_of(whole, found.start())
            changed = whole[: found.start()] + instead + whole[found.end() :]
            yield Mutant(
                str(file), f"{engine} {where}: {what} {told[:150]} dropped", partial(str, changed)
            )


def _statement_of(whole: str, at: int) -> str:
    """The table, trigger or function that holds position *at*."""
    heads = re.findall(r"^CREATE (?:TABLE|TRIGGER|FUNCTION|INDEX) (\w+)", whole[:at], re.MULTILINE)
    return heads[-1] if heads else "?"


_CHECK = r" CHECK \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_FOREIGN_KEYS = (
    (
        "foreign key",
        r",\n  FOREIGN KEY \([^)]*\) REFERENCES \w+ \([^)]*\)( DEFERRABLE INITIALLY DEFERRED)?",
        "",
    ),
    ("foreign key", r"(?<=NOT NULL) REFERENCES \w+ \([^)]*\)", ""),
    ("foreign key", r"ALTER TABLE entry ADD CONSTRAINT entry_is_sealed\n[^\n]*", "SELECT 1"),
)
_SQLITE = (
    ("refusal", r"SELECT RAISE\(ABORT, '[^']*'\)(?:[^;']|'[^']*')*;", "SELECT 1;"),
    ("check", _CHECK, " CHECK (1 = 1)"),
    ("unique key", r",\n  UNIQUE \([^)]*\)", ""),
    *_FOREIGN_KEYS,
)
_POSTGRESQL = (
    ("refusal", r"RAISE EXCEPTION '[^']*'[^;]*;", "NULL;"),
    ("check", _CHECK, " CHECK (1 = 1)"),
    ("unique key", r",\n  UNIQUE \([^)]*\)", ""),
    *_FOREIGN_KEYS,
    ("trigger", r"EXECUTE format\('CREATE TRIGGER [^;]*;", "NULL;"),
    (
        "policy",
        r"EXECUTE format\('(?:CREATE POLICY|ALTER TABLE %I (?:ENABLE|FORCE)) [^;]*;",
        "NULL;",
    ),
    ("lock", r" FOR UPDATE;", ";"),
)
