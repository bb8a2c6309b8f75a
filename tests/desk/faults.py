"""The line between phone and books, with every way in which it fails."""

import socket
import threading
import time
from contextlib import suppress

MODES = (
    "refuse", "black_hole", "cut_before", "cut_after", "error", "signed_out", "portal",
)  # fmt: skip
PORTAL = b"<!doctype html><title>Wi-Fi gratis</title><p>Masuk dulu</p>"


class Line:
    """Listens for the browser and passes one request a connection on to the service.

    *mode* may change at any time: pass; refuse (hangs up at once); black_hole (never answers);
    cut_before (hangs up before the service is asked); cut_after (the service has answered, nobody
    hears it); pass_then_cut (the same, but greetings are heard: what is lost is what was sent);
    error (500); signed_out (401); portal (a captive portal's page, 200).
    """

    def __init__(self, port: int):
        self._behind = port
        self.mode = "pass"
        self.lost_count = 0
        self._open = True
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._door.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while self._open:
                caller, _address = self._door.accept()
                threading.Thread(target=self._talk, args=(caller,), daemon=True).start()

    def _talk(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            caller.settimeout(30)
            mode = self.mode
            if mode == "refuse":
                return
            asked = whole(caller)
            if not asked or mode == "cut_before":
                return
            if mode == "black_hole":
                while self._open and self.mode == mode:
                    time.sleep(0.05)
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
            self.lost_count += is_sent
            return
        caller.sendall(answer)

    def close(self) -> None:
        self._open = False
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()


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


def whole(line: socket.socket) -> bytes:
    """One HTTP request, by its Content-Length; nothing when the caller hung up."""
    got = b""
    while True:
        head, end, body = got.partition(b"\r\n\r\n")
        if end:
            lengths = [
                int(row.split(b":")[1])
                for row in head.split(b"\r\n")
                if row.lower().startswith(b"content-length:")
            ]
            if len(body) >= (lengths or [0])[0]:
                return got
        piece = line.recv(65_536)
        if not piece:
            return b""
        got += piece
