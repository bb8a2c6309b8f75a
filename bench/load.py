"""A lean load generator: keep-alive sockets, requests made beforehand, one process per core used.

What it spends on a request is taken from the same cores as the service, so it does little.
"""

import json
import socket
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass
class Target:
    """Where deposits go: one bank with its members and materials."""

    bank_id: int
    member_ids: Sequence[int]
    material_ids: Sequence[int]


@dataclass
class Outcome:
    """What a run gave: requests per second, and latencies in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def post_deposits(
    port: int, secret: str, targets: Sequence[Target], clients: int, seconds: float
) -> Outcome:
    """*clients* connections send single deposits of two lines for *seconds*."""
    latencies: list[float] = []
    stop_at = time.perf_counter() + seconds
    workers = [
        threading.Thread(target=_client, args=(port, secret, targets, n, stop_at, latencies))
        for n in range(clients)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    latencies.sort()
    count = len(latencies)
    return Outcome(count / seconds, latencies[count // 2] * 1e3, latencies[count * 99 // 100] * 1e3)


def _client(
    port: int, secret: str, targets: Sequence[Target], number: int, stop_at: float, out: list[float]
) -> None:
    chance = Random(number)
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    mine: list[float] = []
    while (began := time.perf_counter()) < stop_at:
        connection.sendall(_request(chance, secret, targets))
        status = _read_answer(connection)
        if status != b"201":
            raise RuntimeError(f"answer {status!r}")
        mine.append(time.perf_counter() - began)
    connection.close()
    out += mine


def _request(chance: Random, secret: str, targets: Sequence[Target]) -> bytes:
    target = chance.choice(targets)
    first, second = chance.sample(range(len(target.material_ids)), 2)
    body = json.dumps(
        {
            "member_id": chance.choice(target.member_ids),
            "lines": [
                {"material_id": target.material_ids[n], "quantity": chance.randint(50, 9_000)}
                for n in (first, second)
            ],
        }
    ).encode()
    head = (
        f"POST /api/v1/banks/{target.bank_id}/deposits HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {secret}\r\nIdempotency-Key: {uuid.UUID(int=chance.getrandbits(128))}"
        f"{time.perf_counter_ns()}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _read_answer(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, rest = received.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(rest) < length:
        rest += connection.recv(65_536)
    return head[9:12]
