"""The line between phone and books, with every way in which it fails."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from tests.proofs.proxy import whole

MODES = (
    "refuse", "black_hole", "cut_before", "cut_after", "error", "signed_out", "portal",
)  # fmt: skip
PORTAL = b"<!doctype html><title>Wi-Fi gratis</title><p>Masuk dulu</p>"
SLOW_BYTES_S = 50_000 // 8
SLOW_FIRST_S = 0.6


class Line:
    """Listens for the browser and passes one request a connection on to the service.

    *mode* may change at any time: pass; refuse (hangs up at once); black_hole (never answers);
    cut_before (hangs up before the service is asked); cut_after (the service has answered, nobody
    hears it); pass_then_cut (the same, but greetings are heard: what is lost is what was sent);
    slow (50 kbit/s after 0.6 s); error (500); signed_out (401); portal (a captive portal's page,
    200).
    """

    def __init__(self, port: int):
        self._behind = port
        self._mode = "pass"
        self._changed = threading.Condition()
        self.lost_count = 0
        """Requests that the service took in and whose answer nobody heard."""
        self.heard_count = 0
        """Requests that came here, whatever became of them."""
        self.listener: Callable[[bytes], object] = lambda _asked: None
        """Hears every request as it comes, before anything is done with it."""
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._door.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        with self._changed:
            self._mode = mode
            self._changed.notify_all()

    def wait_for(self, count: int, patience_s: float) -> bool:
        """Whether so many requests came before the patience ended."""
        return self.wait_until(lambda: self.heard_count >= count, patience_s)

    def wait_until(self, is_so: Callable[[], bool], patience_s: float) -> bool:
        """Whether *is_so* of the counts came true before the patience ended."""
        with self._changed:
            return self._changed.wait_for(is_so, patience_s)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _address = self._door.accept()
                threading.Thread(target=self._talk, args=(caller,), daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.settimeout(30)
            mode = self.mode
            asked = b"" if mode == "refuse" else whole(caller)
            self.listener(asked)
            with self._changed:
                self.heard_count += 1
                self._changed.notify_all()
            if not asked or mode == "cut_before":
                return
            if mode == "black_hole":
                with self._changed:
                    self._changed.wait_for(lambda: self._mode != mode)
            elif mode in {"error", "signed_out", "portal"}:
                caller.sendall(_made_up(mode))
            else:
                self._pass_on(caller, asked, mode)

    def _pass_on(self, caller: socket.socket, asked: bytes, mode: str) -> None:
        head, end, body = asked.partition(b"\r\n\r\n")
        lines = [row for row in head.split(b"\r\n") if not row.lower().startswith(b"connection:")]
        with socket.create_connection(("127.0.0.1", self._behind), timeout=30) as service:
            service.sendall(b"\r\n".join([*lines, b"Connection: close"]) + end + body)
            answer = b""
            while piece := service.recv(65_536):
                answer += piece
        is_sent = asked.startswith(b"POST")
        if mode == "cut_after" or (mode == "pass_then_cut" and is_sent):
            with self._changed:
                self.lost_count += is_sent
                self._changed.notify_all()
        elif mode == "slow":
            _trickle(caller, answer, len(asked))
        else:
            caller.sendall(answer)

    def close(self) -> None:
        self.mode = "closed"
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()


def _trickle(caller: socket.socket, answer: bytes, asked_length: int) -> None:
    """As over 50 kbit/s: what was asked took its time, and the answer comes in pieces."""
    time.sleep(SLOW_FIRST_S + asked_length / SLOW_BYTES_S)
    step = SLOW_BYTES_S // 10
    for start in range(0, len(answer), step):
        caller.sendall(answer[start : start + step])
        time.sleep(0.1)


def _made_up(mode: str) -> bytes:
    status, kind, body = {
        "error": (b"500 Internal Server Error", b"text/html", b"<p>500"),
        "signed_out": (b"401 Unauthorized", b"text/html", b"<p>401"),
        "portal": (b"200 OK", b"text/html", PORTAL),
    }[mode]
    return (
        b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
        % (status, kind, len(body), body)
    )
