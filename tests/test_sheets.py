"""Tables that were made to harm: workbooks that swell or hide their cells, formulas."""

import io
import struct
import zipfile

import pytest

from banksampah.sheets import Column, TableRefused, read_table

COLUMNS = (Column("name", required=True), Column("price"))


def workbook(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def lying(content: bytes, true_size: int) -> bytes:
    """The same workbook, whose directory says that everything is small."""
    return content.replace(struct.pack("<I", true_size), struct.pack("<I", 100))


def test_swollen_workbooks_are_refused_before_they_are_laid_out():
    size = 60_000_000
    bomb = workbook({"xl/worksheets/sheet1.xml": b" " * size})
    many = workbook({f"xl/worksheets/sheet{n}.xml": b"" for n in range(2_000)})
    reasons = {"Isi berkas terlalu besar.", "Buku kerja rusak."}
    for content in (bomb, lying(bomb, size), many):
        assert len(content) < 1_000_000
        with pytest.raises(TableRefused) as refused:
            read_table(content, COLUMNS)
        assert refused.value.faults[0].reason in reasons


RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NAME_AND_BU = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>Bu</t></is></c></row>'
)


def book_of(cells: str, head: str = "", **parts: bytes) -> bytes:
    """A workbook whose only sheet has these *cells*; *parts* by name are put in or in place."""
    sheet = f'{head}<worksheet xmlns="{SHEET}"><sheetData>{cells}</sheetData></worksheet>'
    return workbook(
        {
            "_rels/.rels": (
                f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1"'
                f' Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ).encode(),
            "xl/workbook.xml": (
                f'<workbook xmlns="{SHEET}" xmlns:r="{RELATION}">'
                '<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
            ).encode(),
            "xl/_rels/workbook.xml.rels": (
                f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1"'
                f' Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="rId2" Type="{RELATION}/sharedStrings"'
                ' Target="sharedStrings.xml"/></Relationships>'
            ).encode(),
            "xl/worksheets/sheet1.xml": sheet.encode(),
            **parts,
        }
    )


def test_a_plain_workbook_is_taken():
    """And what the printer or a photo left in it is none of the table's concern."""
    besides = {"xl/printerSettings/printerSettings1.bin": b"\0", "customXml/item1.xml": b"\xff\xfe"}
    for content in (book_of(NAME_AND_BU), book_of(NAME_AND_BU, **besides)):
        assert [row.cells for row in read_table(content, COLUMNS)] == [{"name": "Bu"}]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="{}"><v>1</v></c>',
        '<c x-r="A1" r="{}"><v>1</v></c>',
        """<c q=" r='A1' " r="{}"><v>1</v></c>""",
        '<c q=">" r="{}"><v>1</v></c>',
        '<a-b:c xmlns:a-b="' + SHEET + '" r="{}"><a-b:v>1</a-b:v></a-b:c>',
        '<!--> <c r="{}"><v>1</v></c> -->',
        '<?a > <c r="{}"><v>1</v></c> ?>',
    ],
)
def test_no_cell_hides_its_place(cell):
    """What another reader takes for a cell is one here too, or the workbook is refused."""
    for place in ("ZZ9999", "AAA1"):
        with pytest.raises(TableRefused) as refused:
            read_table(book_of(NAME_AND_BU + cell.format(place)), COLUMNS)
        assert refused.value.faults[0].reason in {
            "Ada isian jauh di luar tabel.", "Tabel lebih dari 2.000 baris.",
            "Buku kerja tidak bisa dibaca.",
        }  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        '<?xml version="1.0" encoding="UTF-7"?>',
        '<?xml version="1.0" encoding="ISO-8859-1"?>',
        '<!DOCTYPE worksheet [<!ENTITY a "A1">]>',
        "<",
    ],
)
def test_a_sheet_that_reads_in_two_ways_is_refused(head):
    with pytest.raises(TableRefused) as refused:
        read_table(book_of(NAME_AND_BU, head), COLUMNS)
    assert refused.value.faults[0].reason == "Buku kerja tidak bisa dibaca."


def open_document(rows: int) -> dict[str, bytes]:
    """An ODS whose one cell is repeated."""
    of = "urn:oasis:names:tc:opendocument:xmlns"
    return {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{of}:manifest:1.0"/>'.encode(),
        "content.xml": (
            f'<o:document-content xmlns:o="{of}:office:1.0" xmlns:table="{of}:table:1.0"'
            f' xmlns:text="{of}:text:1.0"><o:body><o:spreadsheet><table:table table:name="a">'
            f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell'
            ' office:value-type="string" xmlns:office="x"><text:p>name</text:p>'
            "</table:table-cell></table:table-row></table:table></o:spreadsheet></o:body>"
            "</o:document-content>"
        ).encode(),
    }


@pytest.mark.parametrize("besides", [{}, {"xl/workbook.xml": b"<workbook/>"}])
def test_other_kinds_of_workbooks_are_refused(besides):
    """ODS says of one cell how often it is repeated; XLSB has its cells in no XML."""
    binary = {"xl/workbook.bin": b"\x83\x01\x00", "xl/_rels/workbook.bin.rels": b"<a/>"}
    for parts in (open_document(3), binary):
        with pytest.raises(TableRefused) as refused:
            read_table(workbook(parts | besides), COLUMNS)
        assert refused.value.faults[0].reason == "Buku kerja tidak bisa dibaca."


def shared(text: str, rows: int) -> bytes:
    cells = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{min(n - 1, 1)}</v></c></row>'
        for n in range(1, rows + 1)
    )
    texts = f'<sst xmlns="{SHEET}"><si><t>name</t></si><si>{text}</si></sst>'
    return book_of(cells, **{"xl/sharedStrings.xml": texts.encode()})


def test_a_shared_text_does_not_swell_with_the_cells_that_refer_to_it():
    for text in ("<t>" + "a" * 100_000 + "</t>", "<r><t>" + "a" * 100 + "</t></r><si>" * 2):
        with pytest.raises(TableRefused) as refused:
            read_table(shared(text, 1_000), COLUMNS)
        assert "Isian lebih" not in refused.value.faults[0].reason, "it was laid out"
    assert len(read_table(shared("<t>Bu</t>", 1_000), COLUMNS)) == 999
    with pytest.raises(TableRefused) as refused:
        read_table(shared("<t>" + "a" * 301 + "</t>", 3), COLUMNS)
    assert [fault.row for fault in refused.value.faults] == [2, 3], "told with its rows"


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|x", "-2+3", "\t=1", "\x00=1"])
def test_formulas_do_not_come_in(cell):
    with pytest.raises(TableRefused):
        read_table(f'name,price\n"{cell}",1\n'.encode(), COLUMNS)
