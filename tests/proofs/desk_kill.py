"""A tick at the weighing desk survives kill -9 of the whole browser within 50 ms."""

import argparse
import tempfile
from pathlib import Path

from tests.desk.killing import SOON_MS, kill_at_ticks
from tests.proofs.desk import at_work
from tests.proofs.places import ENGINES


def long(options: argparse.Namespace) -> None:
    """`--kills` of the browser on each engine. Raises with what was lost or doubled."""
    for engine in options.engine or ENGINES:
        with at_work(engine) as (at, port), tempfile.TemporaryDirectory() as folder:
            stood, wrong = kill_at_ticks(at.app(), port, Path(folder), options.kills)
        soon = sum(ms <= SOON_MS for ms in stood)
        told = f"{len(stood)} kills, {soon} of them within 50 ms"
        print(f"{engine}: {told}; wrong: {wrong}", flush=True)
        if wrong or soon < options.kills:
            raise AssertionError(wrong)
