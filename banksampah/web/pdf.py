"""HTML to PDF: our own templates, sheets and fonts, and nothing from outside.

Papers are archive documents (PDF/A-3a): tagged, `lang=id`, every font embedded. Sheets and fonts
are read once per process. Layout is slow and its libraries are not thread-safe, so one document
is laid out at a time. Papers are Indonesian whatever the screens speak, and need no request: the
command line prints them too.
"""

import gc
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname
from warnings import catch_warnings, simplefilter

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from banksampah import money
from banksampah.web import words

PAPERS = {"A4": "a4.css", "F4": "f4.css"}
VARIANT = "pdf/a-3a"

_PACKAGE = Path(__file__).resolve().parents[1]
_STATIC = _PACKAGE / "static"
_TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png"}
_press = Lock()


class ForeignFile(RuntimeError):
    """A paper asked for something that is not one of our static files: a bug."""


def print_paper(template: str, *, sheets: Sequence[str], **context: Any) -> bytes:
    """Fill *template* of templates/pdf/ and lay it out with `paper.css` and *sheets*.

    The same context gives the same bytes: the file is named inside by its own content.
    """
    html = _environment().get_template(template).render(context)
    sheets = ["paper.css", *sheets]
    with _press:
        return _write(_lay_out(html, sheets), html, sheets)


def print_slip(template: str, **context: Any) -> bytes:
    """Fill *template* for a 58 mm roll and cut the paper right under its last line.

    Laid out twice: the first time on a tall page, to learn where the anchor `end` comes to lie.
    """
    html = _environment().get_template(template).render(context)
    sheets = ["paper.css", "slip58.css"]
    with _press:
        tall = _lay_out(html, sheets)
        end_px = tall.pages[0].anchors["end"][1]
        height_mm = int(end_px * 25.4 / 96) + 5
        cut = CSS(string=f"@page {{ size: 58mm {height_mm}mm !important }}")
        return _write(_lay_out(html, sheets, cut), html, sheets)


def _lay_out(html: str, sheets: Sequence[str], *extra: Any) -> Any:
    try:
        styles = [_sheet(name) for name in sheets]
        page = HTML(string=html, base_url=_STATIC.as_uri() + "/", url_fetcher=_OwnFiles())
        return page.render(stylesheets=[*styles, *extra], font_config=_fonts(), pdf_variant=VARIANT)
    except FatalURLFetchingError as error:  # a BaseException, which would take the worker along
        raise ForeignFile(str(error)) from error


def _write(document: Any, html: str, sheets: Sequence[str]) -> bytes:
    content = sha256("\0".join((html, *sheets)).encode()).hexdigest()
    with catch_warnings():  # WeasyPrint drops its colour profile's file without closing it
        simplefilter("ignore", ResourceWarning)
        pdf: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=content[:32].encode())
    _settle()
    return pdf


@cache
def _settle() -> None:
    # After the first document the sheets, fonts and libraries are here to stay: the collector
    # need not walk them again for each of the next four hundred statements.
    gc.collect()
    gc.freeze()


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _sheet(name: str) -> CSS:
    return CSS(
        filename=str(_STATIC / "paper" / name), font_config=_fonts(), url_fetcher=_OwnFiles()
    )


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


def percent(ppm: int) -> str:
    """A weight in parts per million as a percentage, exactly: "30 %", "12,5 %"."""
    whole, rest = divmod(ppm, 10_000)
    decimals = f",{rest:04}".rstrip("0") if rest else ""
    return f"{whole}{decimals}\u00a0%"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_template_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "figure": money.format_number,
        "rupiah": money.format_idr,
        "kg": money.format_kg,
        "percent": percent,
        "words": words.terbilang,
        "rupiah_words": words.rupiah_in_words,
        "short_date": words.short_date,
        "long_date": words.long_date,
        "full_date": words.full_date,
        "date_words": words.date_in_words,
        "date_span": words.date_span,
        "slip_time": words.slip_time,
    }
    return environment


def _template_folder() -> Path:
    """templates/pdf/, inside the installed package or at the top of a source tree."""
    packaged = _PACKAGE / "templates" / "pdf"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "templates" / "pdf"
