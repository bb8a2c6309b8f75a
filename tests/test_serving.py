"""The production server: as `banksampah serve` starts it, and what its workers are told."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import pytest

from banksampah.config import Settings, from_environment
from banksampah.serving import (
    FOLDER_PREFIX,
    AddressTaken,
    environment_of,
    refuse_taken_address,
)
from tests.ports import free_port

COMMAND = Path(sys.executable).with_name("banksampah")
SECONDS_TO_START = 60
SECONDS_TO_STOP = 20


def test_it_tells_its_address_serves_and_stops_when_told(tmp_path):
    port = free_port()
    token = "a-monitor-may-read-this"
    left = make_folder_of_a_killed_server()
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [COMMAND, "serve", "--port", str(port), "--workers", "2"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "BANKSAMPAH_METRICS_TOKEN": token},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with server:
        address = f"http://127.0.0.1:{port}/"
        assert server.stdout.readline() == f"Open {address} in a browser. Ctrl-C stops it.\n"
        pages = [page_at(server, address + "masuk") for _ in range(8)]
        numbers = urllib.request.Request(
            address + "metrics", headers={"Authorization": f"Bearer {token}"}
        )
        counted = urllib.request.urlopen(numbers, timeout=30).read().decode()
        server.send_signal(signal.SIGTERM)
        try:
            assert server.wait(SECONDS_TO_STOP) == 0
        finally:
            server.kill()  # else leaving the block would wait for ever
    assert all("<form" in page for page in pages)
    # of both workers, whichever was asked
    asked = 'banksampah_requests_total{method="GET",route="/masuk",status="200"}'
    assert f"{asked} {len(pages)}.0" in counted
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    routes = [line["route"] for line in lines if line["message"] == "request"]
    assert routes == ["/masuk"] * len(pages) + ["/metrics"]
    assert not left.exists()
    assert not list(Path(gettempdir()).glob(f"{FOLDER_PREFIX}{server.pid}-*"))
    assert (tmp_path / "var/bank.db").exists()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)


def make_folder_of_a_killed_server() -> Path:
    """What a server leaves that had no time to tidy up."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    return Path(mkdtemp(prefix=f"{FOLDER_PREFIX}{ended.pid}-"))


def page_at(server: subprocess.Popen[str], url: str) -> str:
    """The page, as soon as the first worker is up."""
    give_up_at = time.monotonic() + SECONDS_TO_START
    while server.poll() is None and time.monotonic() < give_up_at:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return str(answer.read().decode())
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.05)
    raise AssertionError(f"no answer; the server's exit code: {server.poll()}")


def test_settings_reach_the_workers_through_the_environment():
    settings = Settings(database_url="sqlite:////tmp/a b.db", port=81, behind_proxy=True)
    assert from_environment(environment_of(settings)) == settings


def test_a_taken_port_is_told_before_anything_starts():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AddressTaken, match=f"127.0.0.1:{port}.*--port"):
            refuse_taken_address("127.0.0.1", port)
    refuse_taken_address("127.0.0.1", port)
