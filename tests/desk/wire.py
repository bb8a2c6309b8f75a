"""What goes over the line, counted where the service hands it over."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

LINE_BYTES = 40
"""Status line and the two headers that the listening server adds."""


class Counting:
    """A WSGI application that keeps count of its answers' bytes, heads and bodies."""

    def __init__(self, behind: Callable[..., Iterable[bytes]]):
        self._behind = behind
        self.sent: list[tuple[str, str, int, int]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        told: list[tuple[str, int]] = []

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            head = sum(len(name) + len(value) + 4 for name, value in headers)
            told.append((status[:3], LINE_BYTES + head))
            return start(status, headers, *rest)

        body = 0
        for piece in self._behind(environ, begin):
            body += len(piece)
            yield piece
        status, head = told[-1]
        self.sent.append((environ["PATH_INFO"], status, head, body))

    def take(self) -> list[tuple[str, str, int, int]]:
        """(path, status, bytes of head, bytes of body) of each answer since the last time."""
        sent, self.sent = self.sent, []
        return sent


def transferred(answers: list[tuple[str, str, int, int]]) -> int:
    """Bytes of heads and bodies together."""
    return sum(head + body for _path, _status, head, body in answers)
