"""Four hours, forty households, five goods each, no signal, three reloads, two dead browsers."""

import argparse
import tempfile
from pathlib import Path

from banksampah import clock
from tests.desk.opening import Lived, without_a_signal
from tests.proofs.desk import at_work
from tests.proofs.places import ENGINES

HOUSEHOLDS = 40


def long(options: argparse.Namespace) -> None:
    """One such day on each engine. Raises with what was lost or doubled."""
    for engine in options.engine or ENGINES:
        lived = _live(engine)
        told = f"{len(lived.rows)} receipts from {lived.first} to {lived.last}"
        print(f"{engine}: {told}; wrong: {lived.wrong}", flush=True)
        if lived.wrong or len(lived.rows) != HOUSEHOLDS:
            raise AssertionError(lived.wrong)


def _live(engine: str) -> Lived:
    of_the_machine = clock.now_utc
    try:
        with at_work(engine) as (at, port), tempfile.TemporaryDirectory() as folder:
            return without_a_signal(
                at.app(), port, Path(folder), HOUSEHOLDS,
                lambda now: setattr(clock, "now_utc", now),
                killed_after=(13, 27), reloaded_after=(8, 20, 34),
            )  # fmt: skip
    finally:
        clock.now_utc = of_the_machine
