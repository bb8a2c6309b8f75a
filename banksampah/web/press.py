"""The press: a process beside the worker that turns HTML into PDF, one paper after the other.

Laying a page out takes a tenth of a second, a hundred megabytes and libraries that no two threads
may use at once. None of that belongs in a process that answers people. This file runs by itself,
knows nothing of the service but its static folder, and ends when its worker does.

Papers are archive documents (PDF/A-3a): tagged, `lang=id`, every font embedded. Nothing is fetched
but our own style sheets and fonts. What is done to be quick is told where it is done; that a paper
comes out as WeasyPrint alone would make it is held by tests/web/test_press.py.
"""

import gc
import json
import logging
import signal
import struct
import sys
import traceback
from collections.abc import Sequence
from copy import copy
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname
from warnings import catch_warnings, simplefilter
from xml.etree import ElementTree

from cssselect2 import ElementWrapper
from weasyprint import CSS, HTML
from weasyprint.layout import percent
from weasyprint.text import line_break
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

VARIANT = "pdf/a-3a"

_STATIC = Path(__file__).resolve().parents[1] / "static"
_SIDES = ("top", "right", "bottom", "left")
_BASE = _STATIC.as_uri() + "/"
_TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png"}


def main(pages_max: int) -> None:
    """Answer requests on standard input until it closes, or *pages_max* pages are printed.

    A request is a length and JSON {html, sheets, slip}. An answer is two lengths, the log and the
    PDF; an empty PDF means that the log says what went wrong.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker says when it is over
    _work_out_sizes_once()
    _measure_lines_once()
    log = _Kept()
    logging.getLogger("weasyprint").addHandler(log)
    pages = 0
    while pages < pages_max and (request := _read(sys.stdin.buffer)):
        try:
            pdf, count = render(**json.loads(request))
        except (Exception, FatalURLFetchingError) as error:
            pdf, count = b"", 1
            log.lines.append(_told(error))
        told = "\n".join(log.lines).encode()
        log.lines.clear()
        sys.stdout.buffer.write(struct.pack("!II", len(told), len(pdf)) + told + pdf)
        sys.stdout.buffer.flush()
        pages += count
        _tidy_up()


def _told(error: BaseException) -> str:
    """Its kind and place; its own words may repeat what somebody typed."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno} {place.name}"


def render(html: str, sheets: Sequence[str], slip: bool = False) -> tuple[bytes, int]:
    """The PDF of *html* with our *sheets*, and how many pages it has.

    The same HTML and sheets give the same bytes. A *slip* is laid out twice: the first time on a
    tall page, to learn where the anchor `end` comes to lie, and then on one cut right under it.
    """
    document = _lay_out(html, sheets)
    if slip:
        end_px = document.pages[0].anchors["end"][1]
        height_mm = int(end_px * 25.4 / 96) + 5
        cut = CSS(string=f"@page {{ size: 58mm {height_mm}mm !important }}")
        document = _lay_out(html, sheets, cut)
    with catch_warnings():  # WeasyPrint drops its colour profile's file without closing it
        simplefilter("ignore", ResourceWarning)
        pdf = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=False)
    return _named(pdf, sha256("\0".join((html, *sheets)).encode()).digest()), len(document.pages)


def _named(pdf: bytes, content: bytes) -> bytes:
    """*pdf* with the identity that an archive document needs, from its *content*.

    WeasyPrint would find one by making and packing the whole file a second time. Here it is put
    into the last dictionary of the file: nothing lies behind that whose place could move.
    """
    name = content[:16].hex().upper().encode()
    head, last, tail = pdf.rpartition(b"<</Type /XRef")
    if not last:
        raise ValueError("this file has no last dictionary to be named in")
    return head + last + b"/ID [<" + name + b"> <" + name + b">]" + tail


def _lay_out(html: str, sheets: Sequence[str], *extra: Any) -> Any:
    styles = [*(_sheet(name) for name in sheets), *extra]
    return _Paper(html).render(stylesheets=styles, font_config=_fonts(), pdf_variant=VARIANT)


class _Paper(HTML):
    """A paper's HTML, which is XML too: read in a twentieth of the time, under a short sheet."""

    def __init__(self, html: str) -> None:
        try:
            root = ElementTree.fromstring(html)
        except ElementTree.ParseError:  # a name with a character that XML has no place for
            super().__init__(string=html, base_url=_BASE, url_fetcher=_OwnFiles())
            return
        self.base_url = _BASE
        self.url_fetcher = _OwnFiles()
        self.media_type = "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_sheet("agent.css")]


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _sheet(name: str) -> CSS:
    file = _STATIC / "paper" / name
    return CSS(filename=str(file), font_config=_fonts(), url_fetcher=_OwnFiles())


_SIZES = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in _SIDES),
    *(f"border_{side}_width" for side in _SIDES),
    *("width", "min_width", "max_width", "height", "min_height", "max_height"),
)


def _work_out_sizes_once() -> None:
    """Keep the sizes of a box for the next one of its style in a container as large.

    WeasyPrint works out eighteen sizes for each of six hundred boxes of a statement, of which a
    few dozen differ: a tenth of the time. It leaves a style alone once layout begins, but for flex
    and grid, which papers do without.
    """
    original = percent.resolve_percentages

    def resolve(box: Any, containing_block: Any) -> None:
        style = box.style
        if isinstance(containing_block, tuple):
            room = containing_block
        else:
            room = (containing_block.width, containing_block.height)
        known = style.__dict__.setdefault("_sizes", {})
        kind = (type(box), room)
        if kind in known:
            box.__dict__.update(known[kind])
            return
        original(box, containing_block)
        if style["border_collapse"] != "collapse":  # borders of such cells depend on neighbours
            known[kind] = {name: getattr(box, name) for name in _SIZES}

    _put_in_place_of(original, resolve)


_TEXT_STYLE = (
    *("font_size", "line_height", "white_space", "word_spacing", "letter_spacing", "tab_size"),
    *("overflow_wrap", "word_break", "hyphens", "hyphenate_character", "hyphenate_limit_chars"),
    *("hyphenate_limit_zone", "font_kerning", "text_decoration_line", "direction", "lang"),
)
_LINES_MAX = 5_000


def _measure_lines_once() -> None:
    """Keep the measures of a line of text for the same words in the same style and room.

    Heads, dates, names of goods: more than half of a statement's lines were on one before.
    """
    original, key_of_font = line_break.split_first_line, line_break._font_style_cache_key
    known: dict[Any, Any] = {}

    def font_key(style: Any, include_size: bool = False) -> str:
        kept: dict[bool, str] = style.__dict__.setdefault("_font_keys", {})
        if include_size not in kept:
            kept[include_size] = key_of_font(style, include_size)
        return kept[include_size]

    def split(text: str, style: Any, context: Any, *room: Any, **more: Any) -> Any:
        kept = style.__dict__.get("_text_key")
        if kept is None:
            kept = str([style[name] for name in _TEXT_STYLE])
            style._text_key = kept
        key = (text, kept, font_key(style), room, *more.items())
        if key not in known:
            if len(known) >= _LINES_MAX:
                known.clear()
            known[key] = original(text, style, context, *room, **more)
        layout, *measures = known[key]
        return (copy(layout), *measures)  # a layout belongs to the box that is drawn with it

    line_break._font_style_cache_key = font_key
    _put_in_place_of(original, split)


def _put_in_place_of(original: Any, ours: Any) -> None:
    """Let every module of WeasyPrint that took *original* use *ours*."""
    name = original.__name__
    for module in list(sys.modules.values()):
        if getattr(module, name, None) is original:
            setattr(module, name, ours)


def _tidy_up() -> None:
    # A paper leaves rings of boxes. Sweeping once after it costs a fiftieth of it, and nobody waits
    # for that; left alone, the collector would come by a hundred times meanwhile.
    gc.collect()
    _settle()


@cache
def _settle() -> None:
    # After the first paper the sheets, fonts and libraries are here to stay: the collector need
    # not walk them again for each of the next hundreds.
    gc.freeze()
    gc.disable()


class _OwnFiles(URLFetcher):
    """Serves files of our static folder; asking for anything else stops the press: a bug."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The static file at *url*."""
        parts = urlsplit(url)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(_STATIC):
            raise FatalURLFetchingError(f"a paper may only use our static files, not {url}")
        if path.suffix not in _TYPES or not path.is_file():
            raise FatalURLFetchingError(f"no such static file: {url}")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES[path.suffix]})


class _Kept(logging.Handler):
    """Keeps what the press had to say about a paper, for the worker's own log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _read(stream: BinaryIO) -> bytes:
    """One request; empty when the worker is gone."""
    head = stream.read(4)
    return stream.read(struct.unpack("!I", head)[0]) if len(head) == 4 else b""


if __name__ == "__main__":
    main(pages_max=int(sys.argv[1]))
