"""Numbers for a monitor (Prometheus), summed over the worker processes, at `/metrics`.

Only who knows the token of the settings gets them; without a token in the settings the address
does not exist. Why: docs/decisions/0007-metrics.md.
"""

import hmac
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Flask, Response, abort, current_app, request
from flask.sansio.app import App
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from banksampah.config import Settings
from banksampah.db import db

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where workers leave their numbers for each other: made by who starts them."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
TOKEN_LENGTH_MIN = 20
ASKED = "metrics_asked"


class Metrics(NamedTuple):
    """What is counted. Each label has few values: routes, codes, kinds; never a name or number."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    entries: Counter
    refusals: Counter
    papers: Counter
    papers_waiting: Gauge
    connections: Gauge


@cache
def metrics() -> Metrics:
    """The counters of this process."""
    if FOLDER in os.environ:
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()

    def counter(name: str, told: str, *labels: str) -> Counter:
        return Counter(f"banksampah_{name}", told, labels, registry=registry)

    def gauge(name: str, told: str) -> Gauge:
        return Gauge(f"banksampah_{name}", told, registry=registry, multiprocess_mode="livesum")

    return Metrics(
        registry,
        counter("requests", "Requests answered", "route", "method", "status"),
        Histogram(
            "banksampah_request_seconds",
            "Time to an answer",
            ["route"],
            registry=registry,
            buckets=SECONDS,
        ),
        counter("entries", "Entries posted to the journals", "kind"),
        counter("refusals", "Refusals told", "code"),
        counter("papers", "Papers printed"),
        gauge("papers_waiting", "Papers asked for and not printed yet"),
        gauge("database_connections", "Database connections at work"),
    )


os.register_at_fork(after_in_child=metrics.cache_clear)  # a worker counts for itself


def init_app(app: Flask) -> None:
    """Open `/metrics`. Raises ValueError for a token that can be guessed."""
    settings: Settings = app.config["SETTINGS"]
    if settings.metrics_token and len(settings.metrics_token) < TOKEN_LENGTH_MIN:
        raise ValueError(f"BANKSAMPAH_METRICS_TOKEN needs {TOKEN_LENGTH_MIN} characters or more")
    metrics()  # before there are threads that would make them twice
    app.add_url_rule("/metrics", "metrics", show)
    with app.app_context():
        _count_connections(db.engine)


def ask_when_read(
    app: App, told: Mapping[str, str], read: Callable[[], Mapping[str, float]]
) -> None:
    """Numbers (name: what it tells) not counted here but *read*, together, when a monitor asks."""
    app.extensions.setdefault(ASKED, []).append((told, read))


class _Asked(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        for told, read in current_app.extensions.get(ASKED, ()):
            with suppress(SQLAlchemyError):  # the other numbers matter most when it is down
                for name, value in read().items():
                    yield GaugeMetricFamily(f"banksampah_{name}", told[name], value=value)


def show() -> Response:
    """The numbers of all workers, for who brings the token."""
    wanted = current_app.config["SETTINGS"].metrics_token
    if not wanted:
        abort(404)
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), wanted.encode()):
        abort(401)
    asked = CollectorRegistry()
    asked.register(_Asked())
    numbers = generate_latest(_of_all_workers()) + generate_latest(asked)
    return Response(numbers, content_type=CONTENT_TYPE_LATEST)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """One request more, and how long it took."""
    counted = metrics()
    counted.requests.labels(route, method, status).inc()
    counted.seconds.labels(route).observe(seconds)


def _of_all_workers() -> CollectorRegistry:
    folder = os.environ.get(FOLDER)
    if folder is None:
        return metrics().registry
    for left in Path(folder).glob("gauge_live*.db"):
        if not _runs(int(left.stem.rpartition("_")[2])):
            left.unlink(missing_ok=True)  # what a worker held ended with it
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
    return together


def _runs(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True


@event.listens_for(Session, "after_commit")
def _count_entries(session: Session) -> None:
    for kind in session.info.pop("posted", ()):
        metrics().entries.labels(kind).inc()


@event.listens_for(Session, "after_rollback")
def _forget_entries(session: Session) -> None:
    session.info.pop("posted", None)


def _count_connections(engine: Engine) -> None:
    event.listen(engine, "checkout", lambda *_which: metrics().connections.inc())
    event.listen(engine, "checkin", lambda *_which: metrics().connections.dec())
