"""A lean load generator: keep-alive sockets in one thread, requests made as they are sent.

What it spends on a request is taken from the same cores as the service, so it does little.
"""

import itertools
import os
import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

HOST = "127.0.0.1"


@dataclass
class Target:
    """Where deposits go: one bank with its members and materials."""

    bank_id: int
    member_ids: Sequence[int]
    material_ids: Sequence[int]


@dataclass
class Outcome:
    """What a run gave: deposits per second, and latencies of requests in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


class Refused(RuntimeError):
    """An answer that no benchmark asked for."""


def post_deposits(
    port: int, secret: str, targets: Sequence[Target], clients: int, seconds: float, size: int = 1
) -> Outcome:
    """*clients* connections send deposits of two lines for *seconds*; in batches if *size* > 1."""
    asked = _endless(Random(time.perf_counter_ns()), secret, targets, size)
    return send(port, asked, clients, size, seconds)


def ask_for_life(port: int, clients: int, seconds: float) -> Outcome:
    """The same with requests that ask nothing of the database: what web server and Flask take."""
    request = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    return send(port, itertools.repeat(request), clients, seconds=seconds)


def send(
    port: int, asked: Iterable[bytes], clients: int, size: int = 1, seconds: float | None = None
) -> Outcome:
    """Send requests of *size* deposits until they or the *seconds* are over; all are answered."""
    waiting = selectors.DefaultSelector()
    requests, latencies, began = iter(asked), [], time.perf_counter()
    until = began + seconds if seconds else float("inf")
    for _client in range(clients):
        connection = socket.create_connection((HOST, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(connection, selectors.EVENT_READ, [0.0, b""])
        _send_next(waiting, connection, requests, until)
    while waiting.get_map():
        for key, _events in waiting.select():
            connection = key.fileobj  # type: ignore[assignment]
            key.data[1] += connection.recv(262_144)
            if _is_whole(key.data[1], size):
                latencies.append(time.perf_counter() - key.data[0])
                _send_next(waiting, connection, requests, until)
    took = time.perf_counter() - began
    latencies.sort()
    count = len(latencies)
    p50, p99 = latencies[count // 2] * 1e3, latencies[count * 99 // 100] * 1e3
    return Outcome(count * size / took, p50, p99)


def _send_next(
    waiting: selectors.BaseSelector,
    connection: socket.socket,
    requests: Iterator[bytes],
    until: float,
) -> None:
    now = time.perf_counter()
    request = next(requests, None) if now < until else None
    if request is None:
        waiting.unregister(connection)
        connection.close()
        return
    waiting.modify(connection, selectors.EVENT_READ, [now, b""])
    connection.sendall(request)


def _is_whole(received: bytes, size: int) -> bool:
    """Whether the answer is all there. Raises Refused unless every deposit was accepted."""
    head, blank, body = received.partition(b"\r\n\r\n")
    if not blank:
        return False
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    if len(body) < length:
        return False
    accepted = head[9:12] in {b"200", b"201"} if size == 1 else body.count(b'"accepted"') == size
    if not accepted:
        raise Refused(received[:2_000].decode())
    return True


def single(secret: str, bank_id: int, key: str, deposit: str) -> bytes:
    """The request that records one deposit."""
    return _request(f"/api/v1/banks/{bank_id}/deposits", secret, deposit, f"Idempotency-Key: {key}")


def batch(secret: str, bank_id: int, records: Sequence[str]) -> bytes:
    """The request that records a batch of them."""
    body = f'{{"records":[{",".join(records)}]}}'
    return _request(f"/api/v1/banks/{bank_id}/deposits/batch", secret, body)


def deposit(member_id: int, goods: Iterable[tuple[int, int]], more: str = "") -> str:
    """A deposit as JSON: (material id, grams) each; *more* members before them."""
    lines = ",".join(f'{{"material_id":{m},"quantity":{g}}}' for m, g in goods)
    return f'{{{more}"member_id":{member_id},"lines":[{lines}]}}'


def _request(path: str, secret: str, body: str, *headers: str) -> bytes:
    lines = (
        f"POST {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Bearer {secret}",
        "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", body,
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def _endless(chance: Random, secret: str, targets: Sequence[Target], size: int) -> Iterator[bytes]:
    run = f"{os.getpid()}-{time.perf_counter_ns()}"
    today = date.today().isoformat()
    for number in itertools.count():
        target = chance.choice(targets)
        if size == 1:
            yield single(secret, target.bank_id, f"{run}-{number}", _made(chance, target))
            continue
        told = (f'"key":"{run}-{number}-{n}","weighed_on":"{today}",' for n in range(size))
        yield batch(secret, target.bank_id, [_made(chance, target, more) for more in told])


def _made(chance: Random, target: Target, more: str = "") -> str:
    goods = [(m, chance.randrange(50, 9_000)) for m in chance.sample(target.material_ids, 2)]
    return deposit(chance.choice(target.member_ids), goods, more)
