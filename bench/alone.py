"""An application of a benchmark's own, by the server, the processes and the threads of the service."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from banksampah.config import Settings
from banksampah.serving import end_with
from bench.load import HOST
from bench.places import free_port, running


@contextmanager
def served(module: str, environment: dict[str, str]) -> Iterator[int]:
    """What `create_app` of *module* makes, which answers at /healthz. Yields the port."""
    port = free_port()
    command = [sys.executable, "-m", "bench.alone", module, str(port)]
    with TemporaryDirectory() as counted:
        own = {"PROMETHEUS_MULTIPROC_DIR": counted} | environment
        with running(command, os.environ | own, port, "/healthz"):
            yield port


if __name__ == "__main__":
    usual, first_pid = Settings(), os.getpid()
    os.register_at_fork(after_in_child=lambda: end_with(first_pid))
    Granian(
        f"{sys.argv[1]}:create_app", factory=True, interface=Interfaces.WSGI, http=HTTPModes.http1,
        address=HOST, port=int(sys.argv[2]), workers=usual.workers,
        blocking_threads=usual.threads, log_level=LogLevels.warning,
    ).serve()  # fmt: skip
