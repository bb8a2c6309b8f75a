"""Tables that people hand in: CSV and XLSX read into rows of text, a fault for each wrong cell.

A file is either read whole or refused whole. Nothing here knows what a price or a member is.
`read_table` takes what a browser sends; `open_table` reads a long file row by row.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from banksampah.errors import Refused
from banksampah.money import format_number

BYTES_MAX = 1_000_000
PARTS_MAX = 500  # files in a workbook
UNPACKED_BYTES_MAX = 20_000_000
BYTES_OF_A_ROW = 2_000
ROWS_MAX = 2_000
WORKBOOK_ROWS_MAX = 50_000
"""A workbook is laid out in memory whole, a CSV is not: longer books come as CSV."""
WORKBOOK_BYTES_MAX = 20_000_000
COLUMNS_MAX = 40
CELL_CHARS_MAX = 300
FAULTS_MAX = 200

_BOOK_PART = re.compile(r"_rels/\.rels|xl/.+\.(?:xml|rels)", re.IGNORECASE)
_CELL_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ROW_PLACE = re.compile(r"()([0-9]{1,7})")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FORMULA = re.compile(r"(?:^|,) *[=@+-]")
_SIGNED_NUMBER = re.compile(r"[+-]?[\d\s().,-]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong cell: where it is, what it holds, why it cannot be taken, what to do."""

    row: int
    column: str
    content: str
    reason: str
    remedy: str


class TableRefused(Refused):
    """A table with wrong cells. *faults* lists them; nothing of the table was stored."""

    code = "table_refused"

    def __init__(self, faults: Sequence[Fault]):
        count = len(faults)
        self.faults = list(faults[:FAULTS_MAX])
        super().__init__(
            f"{count} isian perlu diperbaiki. Belum ada yang disimpan.",
            faults_count=count,
            faults=[asdict(fault) for fault in self.faults],
        )

    @property
    def as_csv(self) -> str:
        """The faults for a spreadsheet; cells that look like formulas are made harmless."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(["baris", "kolom", "isi", "sebab", "cara memperbaiki"])
        for fault in self.faults:
            cells = [fault.column, fault.content, fault.reason, fault.remedy]
            writer.writerow([fault.row, *("'" + c if c[:1] in "=+-@" and c else c for c in cells)])
        return "\ufeff" + text.getvalue()


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


def read_table(content: bytes, columns: Sequence[Column]) -> list[Row]:
    """The rows of a CSV (UTF-8; comma, semicolon or tab) or XLSX file (first sheet).

    Raises TableRefused with every fault of the file's form; what cells mean is the caller's.
    """
    if not content.strip():
        raise _refuse_file("Berkas kosong.", "Unduh contoh, isi, lalu unggah lagi.")
    if len(content) > BYTES_MAX:
        raise _refuse_file("Berkas lebih dari 1 MB.", "Bagi menjadi beberapa berkas.")
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
                raise _too_long(WORKBOOK_ROWS_MAX)
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


def _refuse_file(reason: str, remedy: str, row: int = 0, content: str = "") -> TableRefused:
    return TableRefused([Fault(row, "", content, reason, remedy)])


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
            raise _refuse_file(
                "Baris tidak bisa dibaca: tanda kutip atau pemisah tidak lengkap.",
                "Simpan ulang dari lembar kerja sebagai CSV UTF-8.",
                reader.line_num,
            ) from None


def _decoded(file: BinaryIO) -> Iterator[str]:
    """The lines of a text, each decoded for itself: a wrong letter is told with its line."""
    for number, line in enumerate(file, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _refuse_file(
                "Huruf dalam berkas bukan UTF-8.",
                "Simpan ulang sebagai “CSV UTF-8” atau XLSX.",
                number,
                line[error.start : error.start + 8].decode("latin-1"),
            ) from None


def _xlsx_lines(content: bytes, rows_max: int) -> Iterator[list[str]]:
    book = _checked_workbook(content, rows_max)
    try:
        sheet = CalamineWorkbook.from_filelike(book).get_sheet_by_index(0)
        lines = sheet.to_python(skip_empty_area=False, nrows=rows_max + 2)
    except (CalamineError, OSError, ValueError, IndexError):
        raise _unreadable() from None
    for line in lines:
        yield [_cell_text(cell) for cell in line]


def _checked_workbook(content: bytes, rows_max: int) -> BinaryIO:
    """The parts of an XLSX that were read here and are small, packed anew.

    Whoever lays the cells out in memory sees what was checked and nothing else: no ODS, no XLSB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(archive, rows_max)
            return _packed(_checked_parts(archive, rows_max))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError):
        raise _refuse_file("Buku kerja rusak.", "Simpan ulang sebagai XLSX.") from None


def _check_size(archive: zipfile.ZipFile, rows_max: int) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > max(UNPACKED_BYTES_MAX, rows_max * BYTES_OF_A_ROW) or len(parts) > PARTS_MAX:
        raise _too_large()


def _checked_parts(archive: zipfile.ZipFile, rows_max: int) -> dict[str, bytes]:
    """What is XML under xl/; pictures, printers' settings and the like are left out."""
    parts = {
        path: archive.read(name)
        for name in dict.fromkeys(archive.namelist())
        if _BOOK_PART.fullmatch(path := name.replace("\\", "/"))
    }
    if "xl/workbook.xml" not in map(str.lower, parts):
        raise _unreadable()
    found = [_Part(rows_max).read(part) for part in parts.values()]
    values = max(part.values for part in found)
    longest = max(part.longest for part in found)
    if values * longest > rows_max * COLUMNS_MAX * CELL_CHARS_MAX:
        raise _too_large()  # one text that each cell refers to is laid out in each
    return parts


def _packed(parts: dict[str, bytes]) -> BinaryIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path, part in parts.items():
            archive.writestr(path, part)
    file.seek(0)
    return file


class _Part:
    """One XML part of a workbook: how many *values* its cells have, its *longest* shared text.

    Refuses cells far out: one at XFD1048576 would be laid out as 17 thousand million cells.
    What two readers could read in two ways (DTD, comments, other encodings) is refused too.
    """

    def __init__(self, rows_max: int):
        self.values = self.longest = 0
        self._rows_max = rows_max
        self._text: int | None = None
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.CommentHandler = self._refuse
        self._parser.ProcessingInstructionHandler = self._refuse

    def read(self, part: bytes) -> "_Part":
        try:
            self._parser.Parse(part, True)
        except expat.ExpatError:
            raise _unreadable() from None
        return self

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "c":
            self._cell(attributes.get("r", ""))
        elif kind == "v":
            self.values += 1
        elif kind == "row" and "r" in attributes:  # a row may go without its number, a cell not
            self._place(_ROW_PLACE, attributes["r"])
        elif kind == "si":
            self._shared_text()

    def _cell(self, text: str) -> None:
        letters, number = self._place(_CELL_PLACE, text)
        if len(letters) > 2:
            raise _refuse_file(
                "Ada isian jauh di luar tabel.", "Hapus isian di luar tabel.", int(number), text
            )

    def _place(self, form: re.Pattern[str], text: str) -> tuple[str, str]:
        place = form.fullmatch(text)
        if place is None:
            raise _unreadable()
        letters, number = place.groups()
        if int(number) > self._rows_max + 1:
            raise _too_long(self._rows_max)
        return letters, number

    def _shared_text(self) -> None:
        if self._text is not None:
            raise _unreadable()
        self._text = 0
        self._parser.CharacterDataHandler = self._signs
        self._parser.EndElementHandler = self._end

    def _signs(self, text: str) -> None:
        if self._text is not None:
            self._text += len(text)

    def _end(self, name: str) -> None:
        if self._text is not None and name.rpartition(":")[2] == "si":
            self.longest = max(self.longest, self._text)
            self._text = None

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "UTF-8").upper() != "UTF-8":
            raise _unreadable()

    def _refuse(self, *_: object) -> None:
        raise _unreadable()


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


def _unreadable() -> TableRefused:
    return _refuse_file("Buku kerja tidak bisa dibaca.", "Simpan ulang sebagai XLSX.")


def _too_large() -> TableRefused:
    return _refuse_file("Isi berkas terlalu besar.", "Bagi menjadi beberapa berkas.")


def _too_long(rows_max: int) -> TableRefused:
    if rows_max == ROWS_MAX:
        remedy = "Bagi menjadi beberapa berkas."
    else:
        remedy = "Simpan sebagai CSV UTF-8."
    return _refuse_file(f"Tabel lebih dari {format_number(rows_max)} baris.", remedy, rows_max + 2)


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
            raise _too_long(count)
        count += 1
        row = Row(number, dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=False)))
        faults = [] if is_plain else list(_form_faults(row))
        if any(cells[len(names) :]):
            outside = cells[len(names)]
            faults.insert(0, Fault(number, "", outside, "Isian di luar kolom.", "Hapus isian ini."))
        yield row, faults
    if not count:
        raise _refuse_file("Tabel tidak berisi baris.", "Isi paling sedikit satu baris.", 2)


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
