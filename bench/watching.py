"""What being watched costs a request: its name, its time, its line in the log, its numbers."""

import io
import logging
import os
import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from flask import Flask

from banksampah.web import logs, metrics
from bench.places import make_app

LIMIT_US = 50
TIMES, TIMES_SHORT = 20_000, 500


def run(_engine: str, options: Namespace) -> None:
    """Print microseconds of each part, as in a worker: numbers in shared files, lines written."""
    times = TIMES_SHORT if options.short else TIMES
    with tempfile.TemporaryDirectory(prefix="banksampah-bench-") as folder:
        os.environ[metrics.FOLDER] = folder
        app = make_app(f"sqlite:///{Path(folder) / 'none.db'}")
        handler = logging.StreamHandler(io.StringIO())
        handler.setFormatter(logs.JsonLines())
        logs.requests.addHandler(handler)
        logs.requests.setLevel(logging.INFO)
        print(f"watching, microseconds a request, {times} times")
        with app.test_request_context("/healthz"):
            report("name, time, line and numbers", whole(app), times, f"   limit {LIMIT_US}")
            report("of these: numbers", numbers, times)
            report("a connection taken and given back", connection, times)


def report(name: str, work: Callable[[], float], times: int, more: str = "") -> None:
    work()  # the first one opens files
    spent = sorted(work() * 1e6 for _ in range(times))
    most = spent[len(spent) * 99 // 100]
    print(f"  {name:<36}{median(spent):7.1f}   [{spent[0]:.1f}, p99 {most:.1f}]{more}")


def whole(app: Flask) -> Callable[[], float]:
    def once() -> float:
        response = app.response_class("x")
        began = perf_counter()
        logs.begin()
        logs.end(response)
        return perf_counter() - began

    return once


def numbers() -> float:
    began = perf_counter()
    metrics.count_request("/healthz", "GET", 200, 0.01)
    return perf_counter() - began


def connection() -> float:
    began = perf_counter()
    metrics.metrics().connections.inc()
    metrics.metrics().connections.dec()
    return perf_counter() - began
