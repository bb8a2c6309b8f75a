"""Workbooks (XLSX), checked before anything lays their cells out in memory."""

import io
import re
import zipfile
import zlib
from typing import BinaryIO
from xml.parsers import expat

from banksampah.table_faults import TableRefused, refuse_file, too_long

PARTS_MAX = 500  # files in a workbook
UNPACKED_BYTES_MAX = 20_000_000
BYTES_OF_A_ROW = 2_000
COLUMNS_MAX = 40
CELL_CHARS_MAX = 300

_BOOK_PART = re.compile(r"_rels/\.rels|xl/.+\.(?:xml|rels)", re.IGNORECASE)
_CELL_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ROW_PLACE = re.compile(r"()([0-9]{1,7})")


def checked_workbook(content: bytes, rows_max: int) -> BinaryIO:
    """The parts of an XLSX that were read here and are small, packed anew.

    Whoever lays the cells out in memory sees what was checked and nothing else: no ODS, no XLSB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(archive, rows_max)
            return _packed(_checked_parts(archive, rows_max))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError):
        raise refuse_file("Buku kerja rusak.", "Simpan ulang sebagai XLSX.") from None


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
        raise unreadable()
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
            raise unreadable() from None
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
            raise refuse_file(
                "Ada isian jauh di luar tabel.", "Hapus isian di luar tabel.", int(number), text
            )

    def _place(self, form: re.Pattern[str], text: str) -> tuple[str, str]:
        place = form.fullmatch(text)
        if place is None:
            raise unreadable()
        letters, number = place.groups()
        if int(number) > self._rows_max + 1:
            raise too_long(self._rows_max)
        return letters, number

    def _shared_text(self) -> None:
        if self._text is not None:
            raise unreadable()
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
            raise unreadable()

    def _refuse(self, *_: object) -> None:
        raise unreadable()


def unreadable() -> TableRefused:
    """The refusal of what is no workbook, or none that everybody reads alike."""
    return refuse_file("Buku kerja tidak bisa dibaca.", "Simpan ulang sebagai XLSX.")


def _too_large() -> TableRefused:
    return refuse_file("Isi berkas terlalu besar.", "Bagi menjadi beberapa berkas.")
