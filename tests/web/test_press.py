"""What the press does to be quick changes nothing: papers are as WeasyPrint alone makes them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from weasyprint import CSS, HTML

from banksampah.statements import papers
from banksampah.web import pdf, press
from tests.statements.samples import (
    CHECK_AT,
    PRINTED_AT,
    deposit_doc,
    minutes_doc,
    statement_doc,
    withdrawal_doc,
)

PAPER = Path(press.__file__).parents[1] / "static" / "paper"
PAPERS: dict[str, Callable[[], papers.Paper]] = {
    "statement": lambda: papers.print_statement(
        statement_doc(40), paper="A4", printed_at=PRINTED_AT
    ),
    "statement in wide columns": lambda: papers.print_statement(
        statement_doc(9, scale=50_000), paper="F4", printed_at=PRINTED_AT
    ),
    "minutes": lambda: papers.print_minutes(
        minutes_doc(7, 9, origins=2), paper="F4", printed_at=PRINTED_AT
    ),
    "receipt": lambda: papers.print_deposit_receipt(
        deposit_doc(changed=True), printed_at=PRINTED_AT, check_at=CHECK_AT, slip=False
    ),
    "slip": lambda: papers.print_deposit_receipt(
        deposit_doc(), printed_at=PRINTED_AT, check_at=CHECK_AT, slip=True
    ),
    "withdrawal": lambda: papers.print_withdrawal_receipt(
        withdrawal_doc(), printed_at=PRINTED_AT, check_at=CHECK_AT
    ),
}


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_is_what_weasyprint_alone_makes_of_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str], bool]] = []

    def overhear(html: str, sheets: list[str], *, slip: bool = False) -> bytes:
        asked.append((html, sheets, slip))
        return press_itself(html, sheets, slip=slip)

    press_itself = pdf.send_to_press
    monkeypatch.setattr(pdf, "send_to_press", overhear)
    ours = PAPERS[name]().pdf
    ((html, sheets, slip),) = asked
    assert without_name(ours) == without_name(plainly(html, sheets, slip))


def test_a_character_that_xml_has_no_place_for_is_printed_all_the_same() -> None:
    html = '<!DOCTYPE html><html lang="id"><title>x</title><p>Siti\x0b Aminah<br></p></html>'
    assert pdf.send_to_press(html, ["paper.css"]).startswith(b"%PDF-")


def test_every_paper_is_xml_and_read_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise AssertionError("read by the slow way")

    monkeypatch.setattr(HTML, "__init__", refuse)
    for make in PAPERS.values():
        monkeypatch.setattr(
            pdf, "send_to_press", lambda html, *_sheets, **_o: str(press._Paper(html)).encode()
        )
        make()


def plainly(html: str, sheets: list[str], slip: bool) -> bytes:
    """The PDF with WeasyPrint's own parser, own sheet and own name for the file."""
    styles: list[Any] = [str(PAPER / name) for name in sheets]
    page = HTML(string=html, base_url=PAPER.parent.as_uri() + "/")
    document = page.render(stylesheets=styles, pdf_variant=press.VARIANT)
    if slip:
        height_mm = int(document.pages[0].anchors["end"][1] * 25.4 / 96) + 5
        cut = CSS(string=f"@page {{ size: 58mm {height_mm}mm !important }}")
        document = page.render(stylesheets=[*styles, cut], pdf_variant=press.VARIANT)
    with press.catch_warnings():
        press.simplefilter("ignore", ResourceWarning)
        return bytes(document.write_pdf(pdf_variant=press.VARIANT))


def without_name(pdf_bytes: bytes) -> bytes:
    """The file but for its identity, which is ours."""
    rest, found = re.subn(rb"/ID \[[^\]]*\]", b"", pdf_bytes)
    assert found == 1
    return rest
