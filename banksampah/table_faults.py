"""What is wrong with a table that people hand in: a fault for each wrong cell, all told at once."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from banksampah.errors import Refused
from banksampah.money import format_number

ROWS_MAX = 2_000
FAULTS_MAX = 200


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


def refuse_file(reason: str, remedy: str, row: int = 0, content: str = "") -> TableRefused:
    """The refusal of a file as a whole, or from one *row* on."""
    return TableRefused([Fault(row, "", content, reason, remedy)])


def too_long(rows_max: int) -> TableRefused:
    """The refusal of more than *rows_max* rows, and what to do instead."""
    if rows_max == ROWS_MAX:
        remedy = "Bagi menjadi beberapa berkas."
    else:
        remedy = "Simpan sebagai CSV UTF-8."
    return refuse_file(f"Tabel lebih dari {format_number(rows_max)} baris.", remedy, rows_max + 2)
