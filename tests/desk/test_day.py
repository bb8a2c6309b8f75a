"""A short opening day without a signal. The whole one: `python -m tests.proofs desk-day`."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from banksampah import clock
from tests.desk.opening import without_a_signal

HOUSEHOLDS = 8


def test_four_hours_without_a_signal_are_all_there_afterwards(
    app: Flask, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived = without_a_signal(
        app, port, tmp_path, HOUSEHOLDS, lambda now: monkeypatch.setattr(clock, "now_utc", now),
        killed_after=(3, 6), reloaded_after=(2, 5),
    )  # fmt: skip
    assert lived.wrong == []
    assert len(lived.rows) == HOUSEHOLDS
    assert [len(row["record"]["lines"]) for row in lived.rows] == [5] * HOUSEHOLDS
    first, last = map(datetime.fromisoformat, (lived.first, lived.last))
    assert last - first >= timedelta(hours=3, minutes=29)
