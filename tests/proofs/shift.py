"""A clock for the server that jumps, and a memory of what it showed when."""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

DAYS_90_S = 90 * 86_400
SHIFTED = Path(__file__).with_name("shifted")


@dataclass
class Shift:
    """Seconds between the real clock and the one shown, and between which moments of
    `time.monotonic` a reader may have found them: a jump takes its time under load."""

    seconds: float
    since: float
    until: float = float("inf")


class Clock:
    """The shift of the server's clock, in seconds; 0 at first."""

    def __init__(self, folder: Path, shift_s: float = 0.0):
        self.file = folder / "clock"
        self._log: list[Shift] = []
        self.jump(shift_s)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a server follow this clock."""
        return {
            "PROOF_CLOCK": str(self.file),
            "PYTHONPATH": os.pathsep.join([str(SHIFTED), str(SHIFTED.parents[2])]),
        }

    @property
    def shift_s(self) -> float:
        return self._log[-1].seconds

    def jump(self, shift_s: float) -> None:
        """Jump. Both shifts count for what is in hand meanwhile."""
        before = self._log[-1:]
        self._log.append(Shift(shift_s, since=time.monotonic()))
        draft = self.file.with_suffix(".draft")
        draft.write_text(str(round(shift_s * 1000)))
        draft.replace(self.file)
        for shift in before:
            shift.until = time.monotonic()

    def jump_to(self, instant: datetime) -> None:
        """Jump to *instant*."""
        self.jump((instant - datetime.now(UTC)).total_seconds())

    def now(self) -> datetime:
        """What the clock shows."""
        return datetime.now(UTC) + timedelta(seconds=self.shift_s)

    def today(self, zone: str) -> str:
        return self.now().astimezone(ZoneInfo(zone)).date().isoformat()

    def days(self, since: float, until: float, zone: str) -> set[str]:
        """The dates it may have shown between two moments of `time.monotonic`."""
        real = datetime.now(UTC) - timedelta(seconds=time.monotonic())
        instants = [
            real + timedelta(seconds=moment + shift.seconds)
            for moment in (since, until)
            for shift in self._log
            if shift.since <= until and since <= shift.until
        ]
        return {i.astimezone(ZoneInfo(zone)).date().isoformat() for i in instants}


class Still:
    """The real clock."""

    shift_s = 0.0

    def today(self, zone: str) -> str:
        return datetime.now(ZoneInfo(zone)).date().isoformat()

    def days(self, since: float, until: float, zone: str) -> set[str]:
        real = datetime.now(UTC) - timedelta(seconds=time.monotonic())
        zoned = ZoneInfo(zone)
        return {
            (real + timedelta(seconds=moment)).astimezone(zoned).date().isoformat()
            for moment in (since, until)
        }
