"""A line that is cut: the request goes through, the answer is taken away."""

import socket
import threading
from contextlib import suppress


class Thief:
    """Listens, passes one request a connection on, keeps the answer, and hangs up."""

    def __init__(self, port: int):
        self._behind = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self.stolen: list[bytes] = []
        """Bodies of the answers that nobody got."""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):  # the door was closed
            while True:
                caller, _ = self._door.accept()
                with caller, suppress(OSError):
                    self._pass_on(caller)

    def _pass_on(self, caller: socket.socket) -> None:
        caller.settimeout(20)
        with socket.create_connection(("127.0.0.1", self._behind), timeout=20) as service:
            service.sendall(whole(caller))
            self.stolen.append(whole(service).partition(b"\r\n\r\n")[2])

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()


def whole(line: socket.socket) -> bytes:
    """One HTTP message, by its Content-Length; nothing when the other side hung up before its end."""
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
