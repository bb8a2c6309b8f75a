"""Ports for servers of tests."""

import random
import socket

FIRST, LAST = 10_000, 32_000
"""Below those that the kernel gives to outgoing connections: one of them, even one that seeks this
very server while it is down, would take its port, and the server's next start would be refused."""


def free_port() -> int:
    """A port that nobody listens on, nor is likely to be given."""
    while True:
        port = random.SystemRandom().randrange(FIRST, LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
