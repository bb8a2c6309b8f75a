"""What was ticked is there, whatever ends the browser. Long form: `python -m tests.proofs desk-kill`."""

from pathlib import Path

from flask import Flask

from tests.desk.killing import SOON_MS, kill_at_ticks
from tests.engines import in_the_browser

pytestmark = in_the_browser
KILLS = 5


def test_what_was_ticked_survives_a_kill_of_the_browser(
    app: Flask, port: int, tmp_path: Path
) -> None:
    stood, wrong = kill_at_ticks(app, port, tmp_path, KILLS)
    assert wrong == []
    assert sum(ms <= SOON_MS for ms in stood) >= KILLS, stood
