"""Reading a PDF back as its reader sees it: words page by page, fonts, tags, names."""

import io
import re
from collections.abc import Iterator

import pikepdf
from pypdf import PdfReader

MM = 72 / 25.4


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def sizes_mm(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page."""
    boxes = [page.mediabox for page in PdfReader(io.BytesIO(pdf)).pages]
    return [(round(float(box.width) / MM), round(float(box.height) / MM)) for box in boxes]


def idr(text: str) -> int:
    """The rupiah in "Rp1.250.000", "−50.000" or "1.250.000"."""
    digits = text.replace("Rp", "").replace(".", "")
    return -int(digits[1:]) if digits.startswith("−") else int(digits)


def carried_to_next(page: str) -> int | None:
    """The figure of "Saldo dipindahkan" at the foot, if the page has one."""
    found = re.search(r"Saldo dipindahkan\s+(−?Rp[\d.]+)", page)
    return idr(found.group(1)) if found else None


def carried_here(page: str) -> int | None:
    """The figure of "Saldo pindahan" at the head, if the page has one."""
    found = re.search(r"Saldo pindahan\s+(−?Rp[\d.]+)", page)
    return idr(found.group(1)) if found else None


def fonts_of(pdf: bytes) -> Iterator[tuple[str, bool]]:
    """Every font used, and whether it is embedded."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            for font in page.get("/Resources", {}).get("/Font", {}).values():
                descendant = font.get("/DescendantFonts", [font])[0]
                descriptor = descendant.get("/FontDescriptor", {})
                names = ("/FontFile", "/FontFile2", "/FontFile3")
                yield str(font.BaseFont), any(name in descriptor for name in names)


def structure_of(pdf: bytes) -> set[str]:
    """The kinds of element in the structure tree: /Table, /TH, /H1 …"""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found: set[str] = set()
        waiting = [document.Root.StructTreeRoot]
        while waiting:
            element = waiting.pop()
            if not isinstance(element, pikepdf.Dictionary):
                continue
            if "/S" in element:
                found.add(str(element.S))
            children = element.get("/K", [])
            waiting += list(children) if isinstance(children, pikepdf.Array) else [children]
        return found
