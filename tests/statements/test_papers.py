"""Each paper read back from its PDF: what it says, where its pages break, how it is made."""

import io
import logging
import re
from dataclasses import replace

import pikepdf
import pytest

from banksampah import codes
from banksampah.ledger import BooksError
from banksampah.statements import papers
from banksampah.statements.queries import Statement
from tests.statements.reading import (
    carried_here,
    carried_to_next,
    fonts_of,
    idr,
    pages_of,
    sizes_mm,
    structure_of,
)
from tests.statements.samples import (
    BANK,
    CHECK_AT,
    PRINTED_AT,
    deposit_doc,
    minutes_doc,
    sheet_docs,
    statement_doc,
    withdrawal_doc,
)

SIZES = {"A4": (210, 297), "F4": (215, 330)}


def printed(doc: Statement, paper: str = "A4") -> bytes:
    return papers.print_statement(doc, paper=paper, printed_at=PRINTED_AT).pdf


def minutes(*, paper: str, goods: int, funds: int, origins: int = 1) -> list[str]:
    doc = minutes_doc(goods, funds, origins=origins)
    return pages_of(papers.print_minutes(doc, paper=paper, printed_at=PRINTED_AT).pdf)


EVERY_PAPER = {
    "statement-a4": lambda: printed(statement_doc(18)),
    "statement-f4": lambda: printed(statement_doc(120), "F4"),
    "statement-empty": lambda: printed(statement_doc(0)),
    "minutes-a4": lambda: (
        papers.print_minutes(minutes_doc(7), paper="A4", printed_at=PRINTED_AT).pdf
    ),
    "minutes-f4": lambda: (
        papers.print_minutes(minutes_doc(7, origins=2), paper="F4", printed_at=PRINTED_AT).pdf
    ),
    "minutes-draft": lambda: (
        papers.print_minutes(minutes_doc(3, state="pending"), paper="A4", printed_at=PRINTED_AT).pdf
    ),
    "receipt": lambda: (
        papers.print_deposit_receipt(
            deposit_doc(), printed_at=PRINTED_AT, check_at=CHECK_AT, slip=False
        ).pdf
    ),
    "receipt-sedekah": lambda: (
        papers.print_deposit_receipt(
            deposit_doc(3, sedekah=True, changed=True),
            printed_at=PRINTED_AT,
            check_at=CHECK_AT,
            slip=False,
        ).pdf
    ),
    "slip": lambda: (
        papers.print_deposit_receipt(
            deposit_doc(5, unpriced=True), printed_at=PRINTED_AT, check_at=CHECK_AT, slip=True
        ).pdf
    ),
    "sheets": lambda: (
        papers.print_weighing_sheets(sheet_docs(3), BANK, paper="A4", printed_at=PRINTED_AT).pdf
    ),
    "withdrawal": lambda: (
        papers.print_withdrawal_receipt(
            withdrawal_doc(), printed_at=PRINTED_AT, check_at=CHECK_AT
        ).pdf
    ),
}


# ── how every paper is made ──────────────────────────────────────────────────


@pytest.mark.parametrize("name", EVERY_PAPER)
def test_every_paper_is_tagged_indonesian_and_carries_its_fonts(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="banksampah.web.pdf"):
        pdf = EVERY_PAPER[name]()
    assert caplog.messages == []  # no rule of ours is unknown to the press
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "id"
        assert str(document.docinfo["/Title"])
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert document.Root.OutputIntents
        meta = document.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert str(meta["dc:title"]) == str(document.docinfo["/Title"])
    fonts = list(fonts_of(pdf))
    assert fonts
    assert all(embedded for _name, embedded in fonts), fonts
    assert all("Teks" in font or "Judul" in font for font, _embedded in fonts), fonts
    assert {"/Table", "/TR", "/TH", "/TD", "/H1"} <= structure_of(pdf)


@pytest.mark.parametrize("paper", SIZES)
def test_office_papers_have_the_size_asked_for(paper: str) -> None:
    assert set(sizes_mm(printed(statement_doc(60), paper))) == {SIZES[paper]}
    doc = minutes_doc(20)
    pdf = papers.print_minutes(doc, paper=paper, printed_at=PRINTED_AT).pdf
    assert set(sizes_mm(pdf)) == {SIZES[paper]}


@pytest.mark.parametrize("name", EVERY_PAPER)
def test_the_same_content_gives_the_same_bytes(name: str) -> None:
    assert EVERY_PAPER[name]() == EVERY_PAPER[name]()


def test_the_seal_of_the_books_bears_its_check_letter() -> None:
    for pdf in (
        papers.print_statement(statement_doc(1), paper="A4", printed_at=PRINTED_AT).pdf,
        papers.print_minutes(minutes_doc(3, 2), paper="A4", printed_at=PRINTED_AT).pdf,
    ):
        said = pages_of(pdf)[0]
        assert said.count("3F2A 91C0 W") >= 2  # at the head and at the foot
        assert said.count("3F2A 91C0") == said.count("3F2A 91C0 W")
        assert codes.read_seal("3F2A 91C0 W 2429") == [(2429, "3F2A91C0", True)]


def test_other_content_gives_another_identity() -> None:
    def identity(pdf: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return bytes(document.trailer.ID[0])

    first, other = statement_doc(5), statement_doc(5, seed=2)
    found = {identity(printed(first)), identity(printed(other)), identity(printed(first, "F4"))}
    assert len(found) == 3


# ── the statement ────────────────────────────────────────────────────────────


def test_a_statement_says_what_the_books_say() -> None:
    doc = statement_doc(12)
    text = "\n".join(pages_of(printed(doc)))
    assert "Rekening koran" in text
    assert "0123, RT 03" in text
    assert "1 Januari – 31 Oktober 2026" in text
    assert "Dicetak Sabtu, 21 November 2026 pukul 09.05 WIB" in text
    rows = rows_of(text)
    assert [(row[0], row[2]) for row in rows] == [
        (line.number, line.balance_idr) for line in doc.lines
    ]
    assert doc.opening_idr + sum(row[1] for row in rows) == doc.closing_idr


@pytest.mark.parametrize("paper", SIZES)
@pytest.mark.parametrize("count", [1, 17, 31, 33, 126])
def test_the_balance_is_carried_from_page_to_page(count: int, paper: str) -> None:
    doc = statement_doc(count)
    pages = pages_of(printed(doc, paper))
    rows = [rows_of(page) for page in pages]
    assert sum(len(page_rows) for page_rows in rows) == count
    before_idr, last = doc.opening_idr, max(n for n, found in enumerate(rows) if found)
    for number, (page, page_rows) in enumerate(zip(pages, rows, strict=True)):
        assert carried_here(page) == (before_idr if 0 < number <= last else None)
        before_idr = page_rows[-1][2] if page_rows else before_idr
        assert carried_to_next(page) == (before_idr if number < last else None)
    assert before_idr == doc.closing_idr
    numbers = [re.search(r"halaman (\d+) dari (\d+)", page) for page in pages]
    assert [(int(n[1]), int(n[2])) for n in numbers if n] == [
        (n + 1, len(pages)) for n in range(len(pages))
    ]


@pytest.mark.parametrize("paper", SIZES)
@pytest.mark.parametrize("count", range(19, 35, 5))
def test_totals_never_stand_without_lines(count: int, paper: str) -> None:
    pages = pages_of(printed(statement_doc(count), paper))
    (closing,) = [page for page in pages if "Saldo akhir 31 Oktober 2026:" in page]
    assert len(rows_of(closing)) >= 3
    assert re.search(r"^Jumlah", closing, re.M)
    for page in pages:
        assert "No. bukti" in page or not rows_of(page)  # the head of the table is repeated
    assert "Sampah yang disetor" in pages[-1]  # what each kind weighs stays with the note on it
    assert "Ada yang tidak cocok?" in pages[-1]


def test_large_figures_have_wider_columns() -> None:
    doc = statement_doc(12, scale=50_000)
    assert doc.wide
    rows = rows_of("\n".join(pages_of(printed(doc))))
    assert [row[2] for row in rows] == [line.balance_idr for line in doc.lines]


def test_a_statement_that_does_not_add_up_cannot_be_made() -> None:
    doc = statement_doc(3)
    facts = {name: getattr(doc, name) for name in Statement.__dataclass_fields__}
    with pytest.raises(BooksError, match="opening and lines"):
        Statement(**facts | {"closing_idr": doc.closing_idr + 1})
    with pytest.raises(BooksError, match="statement line"):
        Statement(**facts | {"opening_idr": doc.opening_idr - 1})
    with pytest.raises(BooksError, match="weights"):
        Statement(**facts | {"goods": doc.goods[1:]})


# ── minutes ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("paper", SIZES)
@pytest.mark.parametrize("goods", [5, 6, 27, 30])
@pytest.mark.parametrize("funds", [1, 2, 8, 9, 20])
def test_signatures_never_stand_alone(paper: str, goods: int, funds: int) -> None:
    pages = minutes(paper=paper, goods=goods, funds=funds)
    (signed,) = [page for page in pages if "nama terang" in page]
    assert signed.count("nama terang") == 6
    assert "Demikian berita acara ini" in signed
    assert "cocok" in signed
    shares = re.findall(r"Dana \w+(?: \d+)?\s*[\d,]+\s%", signed)
    assert len(shares) >= min(3, funds)  # the division, or its last lines, with its sum
    assert re.search(r"^Jumlah", signed, re.M)
    for page in pages:
        tail = page.strip().splitlines()
        body = [line for line in tail if not line.startswith(("Bank Sampah", "Dicetak"))]
        assert not body[-1].startswith(("Pembagian", "Penjualan yang dibagi")), page


def test_two_origins_are_divided_under_their_own_heads() -> None:
    pages = minutes(paper="F4", goods=3, funds=2, origins=2)
    text = "\n".join(pages)
    assert "Hasil sampah sedekah" in text
    assert "Hasil barang yang dibeli" in text


def test_minutes_say_the_date_and_the_sums_in_words() -> None:
    doc = minutes_doc(4)
    pdf = papers.print_minutes(doc, paper="A4", printed_at=PRINTED_AT).pdf
    text = " ".join("\n".join(pages_of(pdf)).split())
    assert "Pada hari Sabtu, tanggal dua puluh satu bulan November" in text
    assert "Nomor 00045/BA-PH/RW17/XI/2026" in text
    assert "30 % lingkungan, 70 % sosial" in text.replace("\u00a0", " ")
    assert "Aturan “Gerpesh Jitu” versi 2, berlaku sejak 1 Juli 2026." in text
    assert "Disetujui oleh Rahmawati" in text


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("largest", "masuk ke Dana lingkungan, pecahan terbesar."),
        ("tie", "masuk ke Dana lingkungan, pecahan sama besar, menurut urutan aturan."),
    ],
)
def test_minutes_say_why_a_fund_got_the_last_rupiah(reason: str, said: str) -> None:
    doc = minutes_doc(2)
    (part,) = doc.parts
    lines = (replace(part.lines[0], reason=reason), *part.lines[1:])
    doc = replace(doc, parts=(replace(part, lines=lines),))
    pdf = papers.print_minutes(doc, paper="A4", printed_at=PRINTED_AT).pdf
    text = " ".join("\n".join(pages_of(pdf)).split())
    assert f"Sisa pembulatan Rp1 {said}" in text


def test_what_nobody_decided_was_approved_by_the_bank_s_rule() -> None:
    doc = replace(minutes_doc(2), decided_by="")
    pdf = papers.print_minutes(doc, paper="A4", printed_at=PRINTED_AT).pdf
    text = " ".join("\n".join(pages_of(pdf)).split())
    assert "Diusulkan oleh Budi Santoso. Disetujui oleh aturan bank." in text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("pending", "Belum disetujui"),
        ("rejected", "Ditolak 21 November 2026 oleh Rahmawati. Alasan: bagian sosial terlalu"),
        ("released", "Tidak berlaku: penjualannya dibatalkan 21 November 2026."),
        ("reversed", "Tidak berlaku: persetujuannya dibatalkan 21 November 2026."),
    ],
)
def test_what_is_not_in_force_says_so_and_is_not_signed(state: str, said: str) -> None:
    doc = minutes_doc(3, state=state)
    pdf = papers.print_minutes(doc, paper="A4", printed_at=PRINTED_AT).pdf
    text = " ".join("\n".join(pages_of(pdf)).split())
    assert said in text
    assert "Rancangan pembagian hasil" in text
    assert "nama terang" not in text


# ── payments and sheets ──────────────────────────────────────────────────────


def test_a_payment_is_signed_by_both_on_two_copies() -> None:
    pdf = papers.print_withdrawal_receipt(
        withdrawal_doc(), printed_at=PRINTED_AT, check_at=CHECK_AT
    ).pdf
    (text,) = pages_of(pdf)
    assert "Lembar nasabah" in text
    assert "Lembar bank" in text
    assert text.count("Tujuh puluh lima ribu rupiah") == 2
    assert text.count("Rp50.705") == 2


@pytest.mark.parametrize("paper", SIZES)
def test_a_weighing_sheet_is_one_page_laid_sideways(paper: str) -> None:
    made = sheet_docs()
    pdf = papers.print_weighing_sheets(made, BANK, paper=paper, printed_at=PRINTED_AT).pdf
    width, height = SIZES[paper]
    assert sizes_mm(pdf) == [(height, width)] * len(made)
    for one, page in zip(made, pages_of(pdf), strict=True):
        assert one.number.printed in page and f"kode susunan {one.layout}" in page
        assert "Jumlah per jenis" in page and "Jumlah nasabah" in page
        assert all(row.number in page and row.name in page for row in one.rows)


def rows_of(text: str) -> list[tuple[str, int, int]]:
    """(number, amount, balance) of each line of a statement in *text*; a line may be wrapped."""
    found = []
    for row in re.split(r"(?=\d\d/\d\d/\d{4} [ST]-\d{5})", text)[1:]:
        figures = re.search(r"(?:^|\s)(−?[\d.]+) (−?[\d.]+)$", row, re.M)
        assert figures, row
        found.append((row[11:18], idr(figures.group(1)), idr(figures.group(2))))
    return found
