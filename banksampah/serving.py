"""Starts the production WSGI server on the settings given. What it serves is `create_app`."""

import ctypes
import os
import shutil
import signal
import socket
import sys
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from banksampah.config import PREFIX, Settings

SECONDS_TO_STOP = 10
"""How long a worker may finish what it has begun."""
PR_SET_PDEATHSIG = 1
FOLDER_PREFIX = "banksampah-metrics-"
LOG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "banksampah.web.logs.JsonLines"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "lines",
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"banksampah": {"level": "INFO"}, "_granian": {}},
}


class AddressTaken(OSError):
    """Another program listens where the service should, or this one may not."""


def serve(settings: Settings) -> None:
    """Tell the address, then serve until told to stop (Ctrl-C, SIGTERM).

    Raises AddressTaken before anything is started.
    """
    refuse_taken_address(settings.host, settings.port)
    click.echo(f"Open http://{settings.host}:{settings.port}/ in a browser. Ctrl-C stops it.")
    # Workers are new processes: the environment is what they inherit.
    os.environ.update(environment_of(settings))
    first_pid = os.getpid()
    os.register_at_fork(after_in_child=lambda: end_with(first_pid))
    remove_left_folders()
    with TemporaryDirectory(prefix=f"{FOLDER_PREFIX}{first_pid}-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # where workers add their numbers up
        _server(settings).serve()


def _server(settings: Settings) -> Any:
    return Granian(
        "banksampah:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
        # a worker told to stop while it still starts does not hear it: after this it is killed
        workers_kill_timeout=SECONDS_TO_STOP,
        log_level=LogLevels.warning,
        log_dictconfig=LOG,
    )


def remove_left_folders() -> None:
    """Take away the numbers of servers that were killed."""
    for folder in Path(gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        pid = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def end_with(first_pid: int) -> None:
    """Let the kernel kill this worker when the server's first process dies.

    One that lives on would keep the address, and the next start would be refused.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != first_pid:  # it died before this was asked for
            os.kill(os.getpid(), signal.SIGKILL)


def environment_of(settings: Settings) -> dict[str, str]:
    """The BANKSAMPAH_* variables that `from_environment` reads back as *settings*."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        PREFIX + name.upper(): str(int(value) if isinstance(value, bool) else value)
        for name, value in values.items()
    }


def refuse_taken_address(host: str, port: int) -> None:
    """Raise AddressTaken when *port* cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressTaken(
                f"The address {host}:{port} cannot be used ({error.strerror}). "
                "Choose another port with --port."
            ) from error
