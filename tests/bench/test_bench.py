"""Every benchmark runs: its short form, on each engine it is for. It does not judge time."""

import subprocess
import sys

import pytest

from bench.__main__ import BENCHMARKS, ENGINES

SHORT_FORMS = [
    (name, engine) for name in BENCHMARKS for engine in ENGINES.get(name, ["sqlite", "postgresql"])
]


@pytest.mark.parametrize(("name", "engine"), SHORT_FORMS)
def test_its_short_form_prints_a_table(name: str, engine: str) -> None:
    command = [sys.executable, "-m", "bench", name, "--short"]
    if engine != "none":  # it asks no database
        command += ["--engine", engine]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert len(done.stdout.splitlines()) >= 3
