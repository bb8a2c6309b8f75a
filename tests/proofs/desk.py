"""Exactly once at the weighing desk: opening days drawn at random, in a real browser."""

import argparse
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext
from werkzeug.serving import make_server

from tests.desk.market import Market
from tests.desk.schedules import prove
from tests.proofs.places import ENGINES, Place, place, verify
from tests.screens.conftest import Eyes


@contextmanager
def at_work(engine: str) -> Iterator[tuple[Place, int]]:
    """A service over an empty database, in this process, and its port; the books proven at the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with place(engine) as at:
        server = make_server("127.0.0.1", 0, at.app(), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield at, int(server.server_port)
        finally:
            server.shutdown()
        verify(at)


def long(options: argparse.Namespace) -> None:
    """`--schedules` days drawn by `--seed`, on each engine. Raises with the steps of the day that fails."""
    for engine in options.engine or ENGINES:
        began = time.monotonic()
        with at_work(engine) as (at, port):
            eyes = Eyes()
            try:
                eyes.look(lambda context, at=at, port=port: _live(at, port, context, options),
                          "", f"http://127.0.0.1:{port}")  # fmt: skip
            finally:
                eyes.close()
        told = f"{options.schedules} schedules in {time.monotonic() - began:.0f} s"
        print(f"{engine}: {told}, every deposit once, books proven", flush=True)


def _live(at: Place, port: int, context: BrowserContext, options: argparse.Namespace) -> None:
    assert context.browser is not None
    market = Market(at.app(), port, context.browser)
    try:
        prove(market, options.schedules, options.seed)
    finally:
        market.close()
