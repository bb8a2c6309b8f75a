"""Papers: our own templates filled with plain figures, sent to a press beside this process.

Papers are Indonesian whatever the screens speak, and need no request: the command line prints
them too. A press starts with its first paper and is replaced when it ends. A worker has one, so
that printing never takes more than a core from those who are weighing; a command may have several.
"""

import atexit
import json
import logging
import os
import select
import struct
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from banksampah import money
from banksampah.web import words
from banksampah.web.metrics import metrics

PAPERS = {"A4": "a4.css", "F4": "f4.css"}
PAPER_TIMEOUT_S = 120
PRESS_PAGES_MAX = 400
"""After so many pages the press is replaced: what its libraries keep never adds up."""

log = logging.getLogger(__name__)
_PACKAGE = Path(__file__).resolve().parents[1]


class PressFailed(RuntimeError):
    """The press could not print a paper: a bug of ours, told in its log."""


def print_paper(template: str, *, sheets: Sequence[str], **context: Any) -> bytes:
    """Fill *template* of templates/pdf/ and lay it out with `paper.css` and *sheets*.

    The same context gives the same bytes: the file is named inside by its own content.
    """
    return send_to_press(_fill(template, context), ["paper.css", *sheets])


def print_slip(template: str, **context: Any) -> bytes:
    """Fill *template* for a 58 mm roll, as long as its lines."""
    return send_to_press(_fill(template, context), ["paper.css", "slip58.css"], slip=True)


def send_to_press(html: str, sheets: Sequence[str], *, slip: bool = False) -> bytes:
    """The PDF of *html*, as soon as a press is free. One that is gone is replaced once."""
    request = json.dumps({"html": html, "sheets": sheets, "slip": slip}).encode()
    metrics().papers_waiting.inc()
    press = _free.get()
    try:
        answer = press.print(request) or press.print(request)
    finally:
        _free.put(press)
        metrics().papers_waiting.dec()
    if answer is None:
        raise PressFailed("the press ends at once")
    told, pdf = answer
    for line in told.splitlines():
        log.warning("press: %s", line)
    if not pdf:
        raise PressFailed(told)
    metrics().papers.inc()
    return pdf


class _Press:
    """The process, started when it is needed, again after a fork, and stopped with ours."""

    def __init__(self, pages_max: int = PRESS_PAGES_MAX) -> None:
        self.pages_max = pages_max
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0

    def print(self, request: bytes) -> tuple[str, bytes] | None:
        """The press's words and the PDF; None if it had ended."""
        if self.process is None or self.owner != os.getpid():
            self.start()
        assert self.process and self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(struct.pack("!I", len(request)) + request)
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], PAPER_TIMEOUT_S)
            if not ready:
                self.process.kill()
                raise PressFailed(f"no paper after {PAPER_TIMEOUT_S} s")
            head = self.process.stdout.read(8)
            if len(head) == 8:
                told, size = struct.unpack("!II", head)
                return self.process.stdout.read(told).decode(), self.process.stdout.read(size)
        except BrokenPipeError:
            pass
        self.stop()
        return None

    def start(self) -> None:
        # -P: modules beside press.py must not stand in for others. By path: the package itself,
        # with the whole service behind it, stays out of that process.
        press = Path(__file__).with_name("press.py")
        command = [sys.executable, "-P", str(press), str(self.pages_max)]
        self.owner = os.getpid()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def stop(self) -> None:
        if self.process is None or self.owner != os.getpid():
            return
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                if pipe:
                    pipe.close()
            except BrokenPipeError:
                pass
        self.process.wait()
        self.process = None


_presses: list[_Press] = []
_free: SimpleQueue[_Press] = SimpleQueue()


def use_presses(count: int) -> None:
    """Let *count* threads of this process print at once, each on a press of its own."""
    while len(_presses) < count:
        press = _Press()
        atexit.register(press.stop)
        _presses.append(press)
        _free.put(press)


use_presses(1)


def percent(ppm: int) -> str:
    """A weight in parts per million as papers have it: "30 %", "12,5 %"."""
    return f"{money.format_percent(ppm)}\u00a0%"


def _fill(template: str, context: dict[str, Any]) -> str:
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "figure": money.format_number,
        "rupiah": money.format_idr,
        "kg": money.format_kg,
        "percent": percent,
        "words": words.terbilang,
        "rupiah_words": words.rupiah_in_words,
        "short_date": words.short_date,
        "long_date": words.long_date,
        "full_date": words.full_date,
        "date_words": words.date_in_words,
        "date_span": words.date_span,
        "slip_time": words.slip_time,
    }
    return environment


def _template_folder() -> Path:
    """templates/pdf/, inside the installed package or at the top of a source tree."""
    packaged = _PACKAGE / "templates" / "pdf"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "templates" / "pdf"
