"""Tables that people hand in: CSV and XLSX read into rows of text, a fault for each wrong cell.

A file is either read whole or refused whole. Nothing here knows what a price or a member is.
`read_table` takes what a browser sends; `open_table` reads a long file row by row.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook

from banksampah.table_faults import FAULTS_MAX, ROWS_MAX, Fault, TableRefused, refuse_file, too_long
from banksampah.workbooks import CELL_CHARS_MAX, COLUMNS_MAX, checked_workbook, unreadable

__all__ = [
    "BYTES_MAX", "CELL_CHARS_MAX", "COLUMNS_MAX", "FAULTS_MAX", "ROWS_MAX", "WORKBOOK_ROWS_MAX",
    "Column", "Fault", "Row", "Table", "TableRefused",
    "open_table", "read_table", "rows_of", "start_of", "table_text",
]  # fmt: skip

BYTES_MAX = 1_000_000
WORKBOOK_ROWS_MAX = 50_000
"""A workbook is laid out in memory whole, a CSV is not: longer books come as CSV."""
WORKBOOK_BYTES_MAX = 20_000_000

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FORMULA = re.compile(r"(?:^|,) *[=@+-]")
_SIGNED_NUMBER = re.compile(r"[+-]?[\d\s().,-]*")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its *name*, other *titles* it goes by, whether it must be there."""

    name: str
    titles: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file: *number* counts from 1, the heading included."""

    number: int
    cells: dict[str, str]

    def fault(self, column: str, reason: str, remedy: str) -> Fault:
        """A fault in this row's *column*."""
        return Fault(self.number, column, self.cells.get(column, ""), reason, remedy)


def start_of(path: Path) -> bytes:
    """What `read_table` is given of a file: all of it, or a byte more than it takes."""
    with path.open("rb") as file:
        return file.read(BYTES_MAX + 1)


def read_table(content: bytes, columns: Sequence[Column]) -> list[Row]:
    """The rows of a CSV (UTF-8; comma, semicolon or tab) or XLSX file (first sheet).

    Raises TableRefused with every fault of the file's form; what cells mean is the caller's.
    """
    if not content.strip():
        raise refuse_file("Berkas kosong.", "Unduh contoh, isi, lalu unggah lagi.")
    if len(content) > BYTES_MAX:
        raise refuse_file("Berkas lebih dari 1 MB.", "Bagi menjadi beberapa berkas.")
    if content[:4] == b"PK\x03\x04":
        lines = _xlsx_lines(content, ROWS_MAX)
    else:
        lines = _csv_lines(_decoded(io.BytesIO(content)))
    rows: list[Row] = []
    faults: list[Fault] = []
    for row, wrong in _read(lines, columns, ROWS_MAX):
        rows.append(row)
        faults += wrong
    if faults:
        raise TableRefused(faults)
    return rows


@dataclass
class Table:
    """A long table, read row by row: *size* and *done* say how far (bytes, or rows of XLSX)."""

    rows: Iterator[tuple["Row", list[Fault]]]
    """Each row with the faults of its form. Raises TableRefused where reading cannot go on."""
    size: int
    _file: BinaryIO | None = None
    _rows_done: int = field(default=0, init=False)

    @property
    def done(self) -> int:
        """How much of *size* has been read."""
        return self._rows_done if self._file is None else self._file.tell()

    def __iter__(self) -> Iterator[tuple["Row", list[Fault]]]:
        for row in self.rows:
            self._rows_done += 1
            yield row


@contextmanager
def open_table(path: Path, columns: Sequence[Column]) -> Iterator[Table]:
    """The table in a file of any length: CSV in the memory of a few rows; XLSX to 50,000 rows.

    Raises TableRefused for what the file's form or its headings forbid.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        if file.read(4) == b"PK\x03\x04":
            if size > WORKBOOK_BYTES_MAX:
                raise too_long(WORKBOOK_ROWS_MAX)
            lines = list(_xlsx_lines(path.read_bytes(), WORKBOOK_ROWS_MAX))
            yield Table(_read(iter(lines), columns, WORKBOOK_ROWS_MAX), len(lines))
        else:
            file.seek(0)
            yield Table(_read(_csv_lines(_decoded(file)), columns), size, file)


def rows_of(records: Sequence[dict[str, str]]) -> list[Row]:
    """Rows of a table that came as records (the API): the first record is row 2, as in a file."""
    rows = [Row(number, dict(record)) for number, record in enumerate(records, start=2)]
    faults = [fault for row in rows for fault in _form_faults(row)]
    if faults:
        raise TableRefused(faults)
    return rows


def table_text(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    """The same rows as CSV text: what a check page carries to its save button."""
    names = [column.name for column in columns]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[row.cells.get(name, "") for name in names] for row in rows])
    return text.getvalue()


def _csv_lines(text: Iterator[str]) -> Iterator[list[str]]:
    heading = next(text, "")
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(chain([heading], text), delimiter=delimiter, strict=True)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise refuse_file(
                "Baris tidak bisa dibaca: tanda kutip atau pemisah tidak lengkap.",
                "Simpan ulang dari lembar kerja sebagai CSV UTF-8.",
                reader.line_num,
            ) from None


def _decoded(file: BinaryIO) -> Iterator[str]:
    """The lines of a text, each decoded for itself: a wrong letter is told with its line."""
    for number, line in enumerate(iter(partial(file.readline, BYTES_MAX + 1), b""), start=1):
        if len(line) > BYTES_MAX:  # it may be the whole file, and fill the memory
            raise refuse_file(
                "Satu baris lebih dari 1 MB: ini bukan tabel.",
                "Simpan ulang dari lembar kerja sebagai CSV UTF-8.",
                number,
            )
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise refuse_file(
                "Huruf dalam berkas bukan UTF-8.",
                "Simpan ulang sebagai “CSV UTF-8” atau XLSX.",
                number,
                line[error.start : error.start + 8].decode("latin-1"),
            ) from None


def _xlsx_lines(content: bytes, rows_max: int) -> Iterator[list[str]]:
    book = checked_workbook(content, rows_max)
    try:
        sheet = CalamineWorkbook.from_filelike(book).get_sheet_by_index(0)
        lines = sheet.to_python(skip_empty_area=False, nrows=rows_max + 2)
    except (CalamineError, OSError, ValueError, IndexError):
        raise unreadable() from None
    for line in lines:
        yield [_cell_text(cell) for cell in line]


def _cell_text(cell: Any) -> str:
    """A spreadsheet's cell as a person would have typed it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 10**15:
            return str(int(cell))
        return repr(cell).replace(".", ",")  # 1.125 is never one thousand
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _read(
    lines: Iterator[list[str]], columns: Sequence[Column], rows_max: int | None = None
) -> Iterator[tuple[Row, list[Fault]]]:
    """Rows under the heading with the faults of their form, blank lines left out."""
    names = _heading(next(lines, []), columns)
    count = 0
    for number, line in enumerate(lines, start=2):
        cells, is_plain = _cells(line)
        if not any(cells):
            continue
        if count == rows_max:
            raise too_long(count)
        count += 1
        row = Row(number, dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=False)))
        faults = [] if is_plain else list(_form_faults(row))
        if any(cells[len(names) :]):
            outside = cells[len(names)]
            faults.insert(0, Fault(number, "", outside, "Isian di luar kolom.", "Hapus isian ini."))
        yield row, faults
    if not count:
        raise refuse_file("Tabel tidak berisi baris.", "Isi paling sedikit satu baris.", 2)


def _cells(line: list[str]) -> tuple[list[str], bool]:
    """The cells, each as one line; and whether none of them can be at fault in its form."""
    together = ",".join(line)
    if not together.isprintable():  # nor is any blank but the usual one
        return [_one_line(cell) for cell in line], False
    cells = [" ".join(cell.split()) if " " in cell else cell for cell in line]
    return cells, len(together) <= CELL_CHARS_MAX and not _FORMULA.search(together)


def _one_line(cell: str) -> str:
    return cell if _CONTROL.search(cell) else " ".join(cell.split())


def _heading(line: Sequence[str], columns: Sequence[Column]) -> list[str]:
    known = {
        title.casefold(): column.name
        for column in columns
        for title in (column.name, *column.titles)
    }
    typed = [" ".join(cell.split()) for cell in line[:COLUMNS_MAX]]
    while typed and not typed[-1]:
        typed.pop()
    names = [known.get(cell.casefold(), "") for cell in typed]
    wanted = ", ".join(column.name for column in columns)
    faults = [
        Fault(1, cell, cell, "Judul kolom tidak dikenal.", f"Pakai judul: {wanted}.")
        for cell, name in zip(typed, names, strict=True)
        if not name
    ]
    faults += [
        Fault(1, name, name, "Judul kolom ada dua kali.", "Hapus salah satu kolom.")
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]
    faults += [
        Fault(1, column.name, "", "Kolom ini belum ada.", f"Tambahkan judul {column.name}.")
        for column in columns
        if column.required and column.name not in names
    ]
    if faults:
        raise TableRefused(faults)
    return names


def _form_faults(row: Row) -> Iterator[Fault]:
    """What no cell may hold, whatever its column: formulas, control signs, endless text."""
    for column, text in row.cells.items():
        if _CONTROL.search(text):
            shown = _CONTROL.sub("?", text)[:40]
            yield Fault(
                row.number, column, shown, "Ada tanda yang tidak terbaca.", "Ketik ulang isian ini."
            )
        elif len(text) > CELL_CHARS_MAX:
            yield Fault(
                row.number,
                column,
                text[:40] + "…",
                "Isian lebih dari 300 huruf.",
                "Pendekkan isian ini.",
            )
        elif text[:1] in ("=", "@") or (
            text[:1] in ("+", "-") and not _SIGNED_NUMBER.fullmatch(text)
        ):
            yield row.fault(column, "Isian ini rumus.", "Ketik nilainya, bukan rumusnya.")
