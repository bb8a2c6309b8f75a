"""Kinds of options that several commands take; what they refuse is wrong use (exit code 2)."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from banksampah.clock import DAY_MAX, DAY_MIN


class _Within(click.DateTime):
    """A day of the years that books may have: what lies outside is a slip of the hand."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        found: datetime = super().convert(value, param, ctx)
        if not DAY_MIN <= found.date() <= DAY_MAX:
            self.fail(f"{value!r} is not in the years {DAY_MIN:%Y} to {DAY_MAX:%Y}.", param, ctx)
        return found


class _File(click.Path):
    """A file that can be read twice, and ends: a pipe or a device would be waited for."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        found = super().convert(value, param, ctx)
        assert isinstance(found, Path)
        if not found.is_file():
            self.fail(f"{value!r} is a pipe or a device. Save it as a file first.", param, ctx)
        return found


FILE = _File()
DAY = _Within(["%Y-%m-%d"])
MONTH = _Within(["%Y-%m"])
