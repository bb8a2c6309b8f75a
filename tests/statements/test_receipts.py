"""A deposit's receipt on A6 and its slip on a roll, read back from the PDF."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pypdf import PageObject, PdfReader

from banksampah.money import format_idr
from banksampah.statements import papers
from banksampah.statements.queries import DepositReceipt
from tests.statements.reading import MM, idr, pages_of, sizes_mm
from tests.statements.samples import CHECK_AT, PRINTED_AT, deposit_doc


def printed(doc: DepositReceipt, *, slip: bool = True) -> bytes:
    return papers.print_deposit_receipt(
        doc, printed_at=PRINTED_AT, check_at=CHECK_AT, slip=slip
    ).pdf


def test_a_receipt_is_one_a6_page_with_before_and_after() -> None:
    doc = deposit_doc(4)
    pdf = printed(doc, slip=False)
    assert sizes_mm(pdf) == [(105, 148)]
    (text,) = pages_of(pdf)
    assert "S-02451" in text
    assert "Sabtu, 21 November 2026 pukul 09.05 WIB" in text
    assert "Saldo sesudahnya" in text
    assert idr("Rp100.730") + doc.credited_idr == doc.after_idr


def test_a_slip_is_as_long_as_its_lines() -> None:
    heights = []
    for count in (1, 5, 20):
        pdf = printed(deposit_doc(count))
        ((width, height),) = sizes_mm(pdf)
        assert width == 58
        assert "Terima kasih sudah memilah." in pages_of(pdf)[0]
        heights.append(height)
    assert heights == sorted(set(heights))


def test_a_slip_ends_four_millimetres_below_its_last_line() -> None:
    """No blank tail to tear off, nothing cut: measured in the picture of the page."""
    pdf = printed(deposit_doc(5))
    ((_width, height),) = sizes_mm(pdf)
    lines: list[float] = []
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    page.extract_text(
        visitor_text=lambda text, cm, tm, *_: (
            lines.append(_height(cm, tm)) if text.strip() else None
        )
    )
    assert 3 <= min(lines) / MM <= 6
    assert max(lines) / MM < height - 3
    assert "3F2A 91C0 7" in pages_of(pdf)[0]
    assert "gerpesh-jitu/periksa" in pages_of(pdf)[0].replace("\n", "")


def _height(cm: list[float], tm: list[float]) -> float:
    """How far above the foot of the page a piece of text stands."""
    return tm[4] * cm[1] + tm[5] * cm[3] + cm[5]


@pytest.mark.parametrize("slip", [True, False])
def test_what_lies_in_titipan_is_printed_without_a_balance(slip: bool) -> None:
    doc = replace(deposit_doc(2), before_idr=None, after_idr=None)
    text = " ".join(pages_of(printed(doc, slip=slip))[0].split())
    assert f"Disimpan di Titipan {format_idr(doc.credited_idr)}" in text
    assert "Siti Aminah" in text and "Saldo" not in text
    text = " ".join(pages_of(printed(replace(doc, member=None), slip=slip))[0].split())
    assert "Warga baru" in text and "TITIPAN" not in text


@pytest.mark.parametrize("slip", [True, False])
def test_a_cancelled_receipt_says_so(slip: bool) -> None:
    text = " ".join(pages_of(printed(deposit_doc(2, changed=True), slip=slip))[0].split())
    assert "Dibatalkan 22 November 2026, catatan 2460. Bukti ini tidak berlaku lagi." in text
    assert "HP02-0037" in text


def test_a_cancelled_receipt_of_three_lines_is_one_page() -> None:
    assert len(sizes_mm(printed(deposit_doc(3, changed=True), slip=False))) == 1


def test_a_deposit_entered_later_names_both_days() -> None:
    late = replace(deposit_doc(2), weighed_on=date(2026, 11, 14))
    text = " ".join(pages_of(printed(late, slip=False))[0].split())
    assert "Sabtu, 14 November 2026, dicatat Sabtu, 21 November 2026 pukul 09.05 WIB" in text


def _slip(doc: DepositReceipt) -> PageObject:
    return PdfReader(io.BytesIO(printed(doc))).pages[0]


def test_a_slip_says_when_it_was_weighed_and_when_it_was_entered() -> None:
    moment = datetime(2026, 11, 14, 1, 41, tzinfo=UTC)
    late = replace(deposit_doc(2), weighed_on=date(2026, 11, 14))
    for weighed_at, told in ((moment, "Sab 14/11/2026 08.41"), (None, "Sab 14/11/2026")):
        text = " ".join(_slip(replace(late, weighed_at=weighed_at)).extract_text().split())
        assert f"Waktu {told} Dicatat Sab 21/11/2026 09.05" in text
    text = _slip(deposit_doc(2)).extract_text()
    assert "Sab 21/11/2026 09.05" in text and "Dicatat" not in text


def test_a_large_figure_on_a_slip_stands_on_a_line_of_its_own() -> None:
    def heights(before_idr: int) -> dict[str, float]:
        doc = deposit_doc(1)
        doc = replace(doc, before_idr=before_idr, after_idr=before_idr + doc.credited_idr)
        found: dict[str, float] = {}
        _slip(doc).extract_text(
            visitor_text=lambda text, cm, tm, *_: found.update({text.strip(): _height(cm, tm)})
        )
        value = format_idr(doc.after_idr)
        return {"word": found["Saldo sesudahnya"], "figure": found[value]}

    small, large = heights(90_000), heights(20_000_000)
    assert abs(small["word"] - small["figure"]) < MM
    assert large["word"] - large["figure"] > 3 * MM
