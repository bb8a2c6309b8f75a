"""Static files as they are sent: text squeezed, scripts without what their readers need."""

import gzip
from functools import lru_cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

import rjsmin
import zopfli.gzip
from flask import Flask, current_app, request
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

SQUEEZED = {".css", ".js", ".svg"}
"""Text. Fonts and pictures are small already, and go as they lie."""


def init_app(app: Flask) -> None:
    """Take the place of Flask's own view of static files."""
    app.view_functions["static"] = static_file


def static_file(filename: str) -> Response:
    """A file of the static folder; text is gzipped once for each version of the file."""
    path = Path(safe_join(current_app.static_folder or "", filename) or "")
    if path.suffix not in SQUEEZED or not path.is_file():
        return current_app.send_static_file(filename)
    plain, squeezed, tag = _read(path, path.stat().st_mtime_ns)
    answer = Response(plain, mimetype=guess_type(filename)[0])
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(tag, weak=True)
    return _gzipped(answer.make_conditional(request), squeezed)


@lru_cache(maxsize=128)
def _read(path: Path, _changed_ns: int) -> tuple[bytes, bytes, str]:
    """(as it is sent, the same gzipped, its tag)."""
    plain = path.read_bytes()
    if path.suffix == ".js" and path.parent.name != "vendor":  # theirs goes as it was published
        plain = rjsmin.jsmin(plain.decode()).encode()
    return plain, zopfli.gzip.compress(plain), sha256(plain).hexdigest()[:16]


def squeeze(answer: Response) -> Response:
    """Send *answer* gzipped to whom takes it.

    Only for answers in which no secret stands beside words that somebody else may choose: their
    length would tell of it (BREACH).
    """
    return _gzipped(answer, None)


def _gzipped(answer: Response, squeezed: bytes | None) -> Response:
    answer.vary.add("Accept-Encoding")
    if answer.status_code == 200 and request.accept_encodings["gzip"]:
        answer.set_data(squeezed or gzip.compress(answer.get_data(), 6, mtime=0))
        answer.content_encoding = "gzip"
    return answer
