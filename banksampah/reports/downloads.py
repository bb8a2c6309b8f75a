"""Tables for a spreadsheet: the same cells as CSV and as XLSX. Exact figures, no formulas."""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from flask import Response

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the oldest a zip knows: the same figures, the same bytes
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Kg:
    """Grams (or millilitres), written in kilograms (or litres) with three decimals."""

    weight_g: int

    def __str__(self) -> str:
        sign = "-" if self.weight_g < 0 else ""
        whole, rest = divmod(abs(self.weight_g), 1_000)
        return f"{sign}{whole}.{rest:03d}"


Cell = str | int | Kg


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name (a sheet of its own in XLSX), its heading, its rows."""

    name: str
    heading: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def as_response(kind: str, name: str, tables: Sequence[Table]) -> Response:
    """The tables as a file to keep: *kind* is "csv" or "xlsx"."""
    made = as_csv(tables).encode() if kind == "csv" else as_xlsx(tables)
    return Response(
        made,
        mimetype="text/csv" if kind == "csv" else XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )


def as_csv(tables: Sequence[Table]) -> str:
    """One table under the other, as spreadsheets here read it: semicolons and decimal commas."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for n, table in enumerate(tables):
        writer.writerows([[]] * (n > 0) + [[table.name], table.heading])
        writer.writerows([_typed(cell) for cell in row] for row in table.rows)
    return "\ufeff" + text.getvalue()


def _typed(cell: Cell) -> str:
    if isinstance(cell, Kg):
        return str(cell).replace(".", ",")
    harmful = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{cell}" if harmful else str(cell)


def as_xlsx(tables: Sequence[Table]) -> bytes:
    """A workbook with one sheet a table."""
    numbers = range(1, len(tables) + 1)
    parts = {
        "[Content_Types].xml": _content_types(numbers),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _workbook([table.name for table in tables]),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
            + [("styles", "styles.xml")]
        ),
        "xl/styles.xml": _STYLES,
    }
    for n, table in zip(numbers, tables, strict=True):
        parts[f"xl/worksheets/sheet{n}.xml"] = _sheet(table)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, xml in parts.items():
            archive.writestr(zipfile.ZipInfo(path, FIRST_DAY), _HEAD + xml)
    return packed.getvalue()


def _content_types(numbers: Sequence[int]) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    named = {"xl/workbook.xml": "sheet.main", "xl/styles.xml": "styles"}
    named |= {f"xl/worksheets/sheet{n}.xml": "worksheet" for n in numbers}
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(
            f'<Override PartName="/{path}" ContentType="{kind}{what}+xml"/>'
            for path, what in named.items()
        )
        + "</Types>"
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="rId{n}" Type="{_REL}/{kind}" Target="{target}"/>'
            for n, (kind, target) in enumerate(targets, 1)
        )
        + "</Relationships>"
    )


def _workbook(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name[:31])}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, 1)
    )
    return f'<workbook xmlns="{_NS}" xmlns:r="{_REL}"><sheets>{sheets}</sheets></workbook>'


_STYLES = (  # 0 plain · 1 bold · 2 whole number · 3 kilograms
    f'<styleSheet xmlns="{_NS}"><numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.000"/>'
    '</numFmts><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="4"><xf/><xf fontId="1" applyFont="1"/>'
    '<xf numFmtId="3" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)


def _sheet(table: Table) -> str:
    width = f'<cols><col min="1" max="{len(table.heading)}" width="18" customWidth="1"/></cols>'
    rows = [_row(1, [_text(cell, style=1) for cell in table.heading])]
    rows += [_row(n, [_cell(cell) for cell in row]) for n, row in enumerate(table.rows, 2)]
    return f'<worksheet xmlns="{_NS}">{width}<sheetData>{"".join(rows)}</sheetData></worksheet>'


def _row(number: int, cells: Sequence[str]) -> str:
    placed = (f'<c r="{chr(65 + n)}{number}"{cell}</c>' for n, cell in enumerate(cells))
    return f'<row r="{number}">{"".join(placed)}</row>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _text(cell)
    return f' s="{3 if isinstance(cell, Kg) else 2}"><v>{cell}</v>'


def _text(words: str, style: int = 0) -> str:
    kept = f'<t xml:space="preserve">{escape(words)}</t>'
    return f' s="{style}" t="inlineStr"><is>{kept}</is>'
