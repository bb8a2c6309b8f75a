"""Mutation: each guard of the database and each rule of money and ledger removed in turn.

python -m tests.proofs mutation [--only WORDS (in their names)] [--rounds N (drawn by --seed)]
[--seconds S]

For each mutant the tests of its place run in a process of their own; one of them must go red. A
survivor is a missing test, or is listed in EQUIVALENT with the reason why it changes nothing.
"""

import importlib
import os
import shutil
import sys
import tempfile
import time
import types
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.proofs import places
from tests.proofs.guard_bench import GuardBench
from tests.proofs.mutants import Mutant, of_python, of_sql
from tests.proofs.server_bench import ServerBench

SQL = Path("migrations/sql")
MONEY = Path("banksampah/money.py")
LEDGER = sorted(Path("banksampah/ledger").glob("[!_]*.py"))
PATIENCE_S = 300
"""A mutant that runs for ever is found, too."""

_KEYS = "a foreign key refuses it too, at the statement or at the commit"
_ONE_BY_ONE = "a gap is refused twice: when the entry is written and when it is sealed"
_UNIQUE = "held twice: by the unique key, and by the trigger that looks before an INSERT OR REPLACE"
_IS_POINTED_AT = "every leg points at it: without it none is written at all"
_LOOKED_FOR = "held twice: by the unique key, and by the trigger that looks for the code"
_NO_HOLD = "held twice: what no entry holds is not fully released"
_ASKED = "held twice: the trigger asks for the entry itself, or for the head's, by name"
_BY_SEALS = "no hand writes it: a seal's own trigger does, of legs whose accounts are there"
_NO_RETURN = "a trigger that then returns nothing is an error of its own"
_NO_HEAD = "without the head's row there is no number, and a number must be"
_SHA256 = "written by the function alone, and a SHA-256 has 32 bytes"
_UNIQUE_TOO = "held twice: by the unique key, too; the refusal only tells it in words"
_LENGTH = "the head, the former seal and the new one are compared: one length binds the others"
EQUIVALENT: dict[str, str] = {
    "entry_delete: refusal": _KEYS,
    "seal_delete: refusal": _KEYS,
    "account_delete: refusal": _KEYS,
    "period_delete: refusal": _KEYS,
    "bank_head_delete: refusal": _KEYS,
    "account_insert: refusal": "its balance row would be made twice, which balance_insert refuses",
    "entry_insert: refusal SELECT RAISE(ABORT, 'ledger: entry exists')": _UNIQUE,
    "entry_insert: refusal SELECT RAISE(ABORT, 'ledger: already reversed')": _UNIQUE,
    "entry_insert: refusal SELECT RAISE(ABORT, 'ledger: already resolved')": _UNIQUE,

    "UNIQUE (bank_id, account_id, unit)": _IS_POINTED_AT,
    "sqlite account: unique key , UNIQUE (bank_id, code)": _LOOKED_FOR,
    "sqlite entry: unique key": _UNIQUE,
    "sqlite entry: foreign key , FOREIGN KEY (bank_id, resolves_seq)": _NO_HOLD,
    "sqlite entry: foreign key REFERENCES bank_head": _ASKED,
    "sqlite period: foreign key": _ASKED,
    "sqlite balance_day: foreign key": _BY_SEALS,
    "entry_insert: refusal SELECT RAISE(ABORT, 'ledger: seq gap')": _ONE_BY_ONE,
    "seal_insert: refusal SELECT RAISE(ABORT, 'ledger: seq gap')": _ONE_BY_ONE,
    "seal_insert: refusal SELECT RAISE(ABORT, 'ledger: seal exists')": _ONE_BY_ONE,
    "leg_insert: refusal SELECT RAISE(ABORT, 'ledger: leg exists')":
        "replaced before the seal, it is what is sealed; afterwards leg_of_sealed refuses",
    "bank_head: check CHECK (length(head_hash) = 32)": _LENGTH,
    "seal: check CHECK (length(prev_hash) = 32)": _LENGTH,
    "seal: check CHECK (length(hash) = 32)": _LENGTH,
    "refuse_change: refusal": _NO_RETURN,
    "post_entries: refusal RAISE EXCEPTION 'ledger: no such bank'": _NO_HEAD,
    "post_entries: refusal RAISE EXCEPTION 'ledger: already reversed'": _UNIQUE_TOO,
    "post_entries: refusal RAISE EXCEPTION 'ledger: already resolved'": _UNIQUE_TOO,
    "bank_head: check CHECK (octet_length(head_hash) = 32)": _SHA256,
    "seal: check CHECK (octet_length(prev_hash) = 32)": _SHA256,
    "seal: check CHECK (octet_length(hash) = 32)": _SHA256,
    "balance: check CHECK (held >= 0)": "no release without its hold (seal_insert), so never below 0",
    "format_kg: len(kept) < decimals ≠ Lt→LtE": "cut to the length that it has, it stays as it is",
    "_under_key: if info.get('bank_id')": "asked now, not as the transaction began, it is the same",
    "last_lines: 2999+1": "the journal takes no day after 2999",
    "row.sign > 0 ≠ Gt→GtE": "a sign is 1 or -1",
}  # fmt: skip
"""Mutants that no test can find, by a piece of their name, with the reason."""

TESTS = {
    "money": ["tests/test_money.py"],
    "sql": ["tests/ledger/test_guards.py", "tests/ledger/test_guards_alone.py", "tests/ledger"],
    "ledger": ["tests/ledger"],
}
"""Where the death of a mutant is expected, soonest first."""


ORIGINALS = [
    Mutant(str(file), f"the original {file}, which must survive", file.read_text)
    for file in (MONEY, LEDGER[0], *sorted(SQL.glob("0001_ledger_*.sql")))
]


def all_mutants() -> list[Mutant]:
    """In the order of the files: money, ledger, guards of SQLite, guards of PostgreSQL."""
    found = list(of_python(MONEY))
    for file in LEDGER:
        found += of_python(file)
    for file in sorted(SQL.glob("0001_ledger_*.sql")):
        found += of_sql(file)
    return found


def tests_for(mutant: Mutant) -> tuple[list[str], tuple[str, ...]]:
    """The tests to run, and the engines it lives on, the quicker first."""
    if mutant.file.endswith(".sql"):
        engine = "sqlite" if "sqlite" in mutant.file else "postgresql"
        return TESTS["sql"], (engine,)
    if mutant.file == str(MONEY):
        return TESTS["money"], ("sqlite",)
    return TESTS["ledger"], ("sqlite", "postgresql")


def excuse(mutant: Mutant) -> str | None:
    """Why nothing can tell this mutant from the original."""
    return next((why for piece, why in EQUIVALENT.items() if piece in mutant.name), None)


def survivors(
    mutants: Sequence[Mutant], seconds: float = 1e9, jobs: int = 1
) -> Iterator[tuple[Mutant, bool, float]]:
    """Run each: (mutant, whether it survived, seconds). Stops when the time is used up."""
    _preload()
    began, waiting = time.monotonic(), list(reversed(mutants))
    running: dict[int, tuple[Mutant, float]] = {}
    while running or (waiting and time.monotonic() - began < seconds):
        while waiting and len(running) < jobs and time.monotonic() - began < seconds:
            mutant = waiting.pop()
            running[_start(mutant)] = (mutant, time.monotonic())
        pid, status = os.wait()
        if pid in running:
            mutant, since = running.pop(pid)
            yield mutant, status == 0, time.monotonic() - since


def _preload() -> None:
    """What every test needs, imported once: children are forked from here."""
    for name in ("banksampah.cli", "migrations.guards", "psycopg", "alembic.command"):
        importlib.import_module(name)


def _start(mutant: Mutant) -> int:
    """A process with the mutant in it that runs its tests; 0 is the exit of a survivor."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        import signal  # noqa: PLC0415

        signal.alarm(PATIENCE_S)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        code = _run(mutant)
    finally:
        os._exit(code)


def _run(mutant: Mutant) -> int:
    if mutant.file.endswith(".sql"):
        folder = _with_sql(mutant)
    else:
        _with_python(mutant)
        folder = None
    tests, engines = tests_for(mutant)
    others = ("postgresql" if engine == "sqlite" else "sqlite" for engine in engines)
    base = tempfile.mkdtemp(prefix="banksampah-mutant-")
    try:
        for other, place in product(others, tests):
            done = pytest.main(["-x", "-q", "-n0", "-p", "no:cacheprovider",
                                "-W", "ignore::pytest.PytestAssertRewriteWarning",
                                "--basetemp", f"{base}/t", "-k", f"not {other}", place])  # fmt: skip
            if done not in (0, 5):  # 5: no test of this engine in there
                return 1
        return 0
    finally:
        shutil.rmtree(base, ignore_errors=True)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def _with_sql(mutant: Mutant) -> Path:
    guards = importlib.import_module("migrations.guards")
    folder = Path(tempfile.mkdtemp(prefix="banksampah-mutant-sql-"))
    shutil.copytree(guards.SQL, folder, dirs_exist_ok=True)
    (folder / Path(mutant.file).name).write_text(mutant.source())
    guards.SQL = folder
    return folder


def _with_python(mutant: Mutant) -> None:
    """Give the functions that are there the code of the mutant: whoever imported them, has it."""
    name = mutant.file.removesuffix(".py").replace("/", ".")
    changed = _codes(compile(mutant.source(), mutant.file, "exec"), "")
    for place, function in _functions(vars(sys.modules[name]), name):
        if place in changed and function.__code__.co_freevars == changed[place].co_freevars:
            function.__code__ = changed[place]


def _codes(code: types.CodeType, prefix: str) -> dict[str, types.CodeType]:
    found = {}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found[constant.co_qualname] = constant
            found |= _codes(constant, constant.co_qualname)
    return found


def _functions(names: dict[str, Any], module: str) -> Iterator[tuple[str, Any]]:
    for thing in list(names.values()):
        while hasattr(thing, "__wrapped__"):
            thing = thing.__wrapped__  # noqa: PLW2901
        plain = getattr(thing, "fget", None) or getattr(thing, "__func__", None) or thing
        if isinstance(plain, types.FunctionType) and plain.__module__ == module:
            yield plain.__qualname__, plain
        elif isinstance(thing, type) and thing.__module__ == module:
            yield from _functions(dict(vars(thing)), module)


def guards_missed() -> tuple[int, list[str]]:
    """Every guard of SQLite dropped in turn: how many, and those that no attempt misses.

    Those of a bulk import have tests of their own (tests/ledger/test_bulk.py, in the long form).
    """
    file = SQL / "0001_ledger_sqlite.sql"
    guards = [x for x in of_sql(file) if excuse(x) is None and "bulk" not in x.name]
    with tempfile.TemporaryDirectory(prefix="banksampah-guards-") as folder:
        bench = GuardBench(Path(folder))
        assert bench.let_through(file.read_text()) is None, (
            "the schema as it is lets nothing through"
        )
        return len(guards), [x.name for x in guards if bench.let_through(x.source()) is None]


def guards_of_the_server_missed(at: places.Place) -> tuple[int, list[str]]:
    """The same on PostgreSQL. The locks are held by the races (proof 3) and the crowds."""
    file = SQL / "0001_ledger_postgresql.sql"
    found = [x for x in of_sql(file) if excuse(x) is None and ": lock" not in x.name]
    bench = ServerBench(at)
    assert bench.let_through(file.read_text()) is None, "the schema as it is lets nothing through"
    return len(found), [x.name for x in found if bench.let_through(x.source()) is None]


def long(options: Any) -> None:
    """All mutants, or as many as asked; survivors are printed, then counted. None may be left.

    An original is run with the tests of each place, too: were it to die, so would every mutant.
    """
    mutants = [x for x in all_mutants() if excuse(x) is None and options.only in x.name]
    print(f"{len(mutants)} mutants")
    if options.rounds:
        mutants = Random(options.seed).sample(mutants, min(options.rounds, len(mutants)))
    count, missed = guards_missed()
    print(f"{count} guards of SQLite dropped, missed by no attempt: {missed}", flush=True)
    counts: Counter[str] = Counter()
    with places.place("postgresql") as at:  # one server; each process makes databases of its own
        at.rows("ALTER SYSTEM SET fsync = off")
        at.rows("SELECT pg_reload_conf()")
        count, also_missed = guards_of_the_server_missed(at)
        print(f"{count} of PostgreSQL, missed by no attempt: {also_missed}", flush=True)
        os.environ["BANKSAMPAH_TEST_DATABASE_URL"] = at.url
        every = [*ORIGINALS, *mutants]
        for mutant, survived, _seconds in survivors(every, options.seconds, os.cpu_count() or 1):
            wrong = survived != (mutant in ORIGINALS)
            counts["wrong" if wrong else "right"] += 1
            if wrong:
                print(f"{'SURVIVED' if survived else 'DIED'} {mutant.name}", flush=True)
    print(f"{dict(counts)} of {len(every)}")
    if missed or also_missed or counts["wrong"]:
        raise SystemExit(1)
