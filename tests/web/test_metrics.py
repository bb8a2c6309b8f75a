"""Numbers for a monitor: right, of all workers, and for nobody without the token."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from banksampah import create_app, ledger
from banksampah.banks.models import Bank
from banksampah.config import Settings
from banksampah.db import db, transaction
from banksampah.web import pdf
from tests.people import Program

TOKEN = "a-monitor-may-read-this"


@pytest.fixture
def watched(app: Flask, database_url: str) -> Iterator[Flask]:
    """The application with a monitor."""
    settings = Settings(
        database_url=database_url, secret_key="test" * 8, testing=True, metrics_token=TOKEN
    )
    own = create_app(settings)
    yield own
    with own.app_context():
        db.engine.dispose()


def numbers(watched: Flask) -> dict[str, float]:
    answer = watched.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def growth(watched: Flask, work: Callable[[], object]) -> dict[str, float]:
    """What *work* added, by name of the number."""
    before = numbers(watched)
    work()
    after = numbers(watched)
    return {
        name: value - before.get(name, 0)
        for name, value in after.items()
        if value != before.get(name, 0) and "_seconds_" not in name and "_created" not in name
    }


def test_nobody_reads_them_without_the_token(app: Flask, watched: Flask) -> None:
    with_token = {"Authorization": f"Bearer {TOKEN}"}
    assert app.test_client().get("/metrics", headers=with_token).status_code == 404
    client = watched.test_client()
    for header in (None, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ï"):
        headers = {} if header is None else {"Authorization": header}
        assert client.get("/metrics", headers=headers).status_code == 401, header
    assert client.get("/metrics", headers=with_token).status_code == 200


def test_a_token_that_can_be_guessed_is_refused(database_url: str) -> None:
    with pytest.raises(ValueError, match="BANKSAMPAH_METRICS_TOKEN"):
        create_app(Settings(database_url=database_url, secret_key="x" * 32, metrics_token="short"))


def test_requests_go_by_route_and_status(watched: Flask, bank: Bank) -> None:
    client = watched.test_client()
    added = growth(
        watched,
        lambda: [client.get(f"/b/{slug}/pembukuan") for slug in (bank.slug, bank.slug, "x1", "x2")],
    )
    proof = 'banksampah_requests_total{{method="GET",route="/b/<slug>/pembukuan",status="{}"}}'
    assert added[proof.format(200)] == 2
    assert added[proof.format(404)] == 2
    assert not any("x1" in name or bank.slug in name for name in added)


def test_requests_are_timed_by_route(watched: Flask, bank: Bank) -> None:
    client = watched.test_client()
    seconds = 'banksampah_request_seconds_{}{{route="/b/<slug>/pembukuan"}}'
    before = numbers(watched)
    for _ in range(3):
        client.get(f"/b/{bank.slug}/pembukuan")
    after = numbers(watched)
    count, time_s = (
        after[seconds.format(part)] - before.get(seconds.format(part), 0)
        for part in ("count", "sum")
    )
    assert count == 3
    assert 0 < time_s < 60


def test_addresses_that_are_not_there_share_one_label(watched: Flask) -> None:
    """Who asks for a million addresses must not make a million numbers."""
    client = watched.test_client()
    added = growth(watched, lambda: [client.open(f"/no/{n}", method=f"X{n}") for n in range(20)])
    (name,) = [name for name in added if 'route="-"' in name]
    assert 'method="OTHER"' in name
    assert added[name] == 20


def test_only_committed_entries_count(watched: Flask, session: Session, bank: Bank, act) -> None:
    def post(keep: bool) -> None:
        try:
            with transaction(bank.bank_id) as s:
                ledger.post(s, act(), "bank.setting", {"x": 1}, body={"name": "x", "value": 1})
                if not keep:
                    raise KeyError
        except KeyError:
            pass

    added = growth(watched, lambda: [post(keep) for keep in (True, False, True)])
    assert added['banksampah_entries_total{kind="bank.setting"}'] == 2


def test_refusals_go_by_their_code(watched: Flask, bank: Bank, api: Callable[..., Program]) -> None:
    program = api("operator")
    added = growth(watched, lambda: program.get(f"/api/v1/banks/{bank.bank_id}/members/987654"))
    assert added['banksampah_refusals_total{code="member_not_found"}'] == 1


def test_connections_come_back(watched: Flask, bank: Bank) -> None:
    client = watched.test_client()
    added = growth(watched, lambda: [client.get(f"/b/{bank.slug}/pembukuan") for _ in range(5)])
    assert not any("connections" in name for name in added)


def test_a_connection_at_work_counts(watched: Flask) -> None:
    name = "banksampah_database_connections"
    with watched.app_context():
        engine = db.engine
    before = numbers(watched)[name]
    with engine.connect():
        assert numbers(watched)[name] - before == 1
    assert numbers(watched)[name] == before


class SlowPress:
    """A press that prints when it is let."""

    def __init__(self) -> None:
        self.asked, self.let = Event(), Event()

    def print(self, _request: bytes) -> tuple[str, bytes]:
        self.asked.set()
        assert self.let.wait(30)
        return "", b"%PDF-"


def test_papers_wait_and_are_printed(watched: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, press, free = "banksampah_papers_waiting", SlowPress(), SimpleQueue[SlowPress]()
    monkeypatch.setattr(pdf, "_free", free)
    free.put(press)

    def print_one() -> None:
        with ThreadPoolExecutor(1) as thread:
            paper = thread.submit(pdf.send_to_press, "<p>x</p>", [])
            assert press.asked.wait(30)
            meanwhile.update(numbers(watched))
            press.let.set()
            assert paper.result() == b"%PDF-"

    meanwhile: dict[str, float] = {}
    before = numbers(watched)
    added = growth(watched, print_one)
    assert meanwhile[waiting] - before[waiting] == 1
    assert added["banksampah_papers_total"] == 1
    assert waiting not in added, "none waits any more"


def test_every_number_says_what_it_is(watched: Flask) -> None:
    text = watched.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    told = set(re.findall(r"# HELP (\S+) \S", text))
    assert {f"banksampah_{name}" for name in (
        "requests_total", "request_seconds", "entries_total", "refusals_total", "papers_total",
        "papers_waiting", "database_connections",
    )} <= told  # fmt: skip
