"""Exactly once at the weighing desk: opening days drawn at random, in a real browser."""

import argparse
import logging
import threading
import time

from werkzeug.serving import make_server

from tests.desk.market import Market
from tests.desk.schedules import prove
from tests.proofs.places import place, verify
from tests.screens.conftest import Eyes


def long(options: argparse.Namespace) -> None:
    """`--schedules` days drawn by `--seed`. Raises with the steps of the day that fails."""
    for engine in options.engine or ("sqlite",):
        began = time.monotonic()
        with place(engine) as at:
            logging.getLogger("werkzeug").setLevel(logging.ERROR)
            server = make_server("127.0.0.1", 0, at.app(), threaded=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            eyes = Eyes()
            try:
                eyes.look(
                    lambda context, port=server.server_port, at=at: _live(
                        Market(at.app(), port, context.browser), options
                    ),
                    "", f"http://127.0.0.1:{server.server_port}",
                )  # fmt: skip
            finally:
                eyes.close()
                server.shutdown()
            verify(at)
        print(
            f"{engine}: {options.schedules} schedules in {time.monotonic() - began:.0f} s,"
            " every deposit once, books proven",
            flush=True,
        )


def _live(market: Market, options: argparse.Namespace) -> None:
    try:
        prove(market, options.schedules, options.seed)
    finally:
        market.close()
