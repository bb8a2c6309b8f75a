"""Four hours, forty households, five goods each, no signal, three reloads, two dead browsers."""

import argparse
import tempfile
from pathlib import Path

from banksampah import clock
from tests.desk.opening import without_a_signal
from tests.proofs.desk import at_work

HOUSEHOLDS = 40


def long(_options: argparse.Namespace) -> None:
    """One such day. Raises with what was lost or doubled."""
    with at_work("sqlite") as (at, port), tempfile.TemporaryDirectory() as folder:
        lived = without_a_signal(
            at.app(), port, Path(folder), HOUSEHOLDS,
            lambda now: setattr(clock, "now_utc", now),
            killed_after=(13, 27), reloaded_after=(8, 20, 34),
        )  # fmt: skip
    told = f"{len(lived.rows)} receipts from {lived.first} to {lived.last}"
    print(f"{told}; wrong: {lived.wrong}", flush=True)
    if lived.wrong or len(lived.rows) != HOUSEHOLDS:
        raise AssertionError(lived.wrong)
