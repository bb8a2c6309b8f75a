"""Members from a file, with the balances they had on paper: all of them or none."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import chart
from banksampah.members.models import PEOPLE_MAX, Member, MemberPerson
from banksampah.members.queries import normal_number
from banksampah.members.service.opening import NUMBER_DIGITS, NUMBER_FORM, normal_phone
from banksampah.money import Unreadable, parse_idr
from banksampah.sheets import Column, Fault, Row, TableRefused

COLUMNS: Final = (
    Column("number", ("nomor", "no", "no. induk", "nomor nasabah")),
    Column("name", ("nama",), required=True),
    Column("kind", ("jenis", "jenis nasabah")),
    Column("rt"),
    Column("rw"),
    Column("house_no", ("no. rumah", "nomor rumah", "alamat")),
    Column("phone", ("hp", "no. hp", "telepon")),
    Column("sex", ("jenis kelamin", "l/p")),
    Column("people", ("anggota",)),
    Column("opened_on", ("nasabah sejak", "sejak")),
    Column("balance_idr", ("saldo", "saldo awal")),
)
"""Columns of a list of members and the titles they go by."""

KINDS: Final = {
    "": "household",
    "rumah tangga": "household",
    "keluarga": "household",
    "individu": "household",
    "perorangan": "household",
    "household": "household",
    "kelompok": "group",
    "rt": "group",
    "dasawisma": "group",
    "pkk": "group",
    "group": "group",
    "sekolah": "school",
    "school": "school",
    "lembaga": "institution",
    "instansi": "institution",
    "kantor": "institution",
    "masjid": "institution",
    "institution": "institution",
}
SEXES: Final = {"": None, "l": "M", "laki-laki": "M", "p": "F", "perempuan": "F"}
BALANCE_IDR_MAX: Final = 10_000_000_000
BALANCES_MAX: Final = 1_999  # an entry holds 2,000 legs, one of them is the other side


class PlannedMember(NamedTuple):
    """One row ready to be stored."""

    number: str
    values: dict[str, Any]
    people: list[str]
    balance_idr: int


def check_members(
    session: Session, bank_id: int, rows: Sequence[Row], today: date
) -> list[PlannedMember]:
    """What *rows* would store; writes nothing. Raises TableRefused with every wrong cell."""
    return _Reader(set(session.scalars(_numbers(bank_id))), today).read(rows)


def import_members(session: Session, act: ledger.Act, *, rows: Sequence[Row]) -> Sequence[Member]:
    """Open an account for each row; balances brought from paper stand against 3000 Saldo awal.

    Raises TableRefused with every wrong cell; then nothing is stored.
    """
    facts = {"rows": [[row.cells.get(column.name, "") for column in COLUMNS] for row in rows]}
    if (seq := ledger.replay(session, act, "member.import", facts)) is not None:
        return session.scalars(
            select(Member).filter_by(bank_id=act.bank_id, opened_seq=seq).order_by(Member.id)
        ).all()
    planned = check_members(session, act.bank_id, rows, act.today)
    account_ids = ledger.open_accounts(
        session, act.bank_id, [(f"2100.{p.number}", "IDR", "credit", True) for p in planned]
    )
    first = (session.scalar(select(func.max(Member.id)).filter_by(bank_id=act.bank_id)) or 0) + 1
    total_idr = sum(p.balance_idr for p in planned)
    legs = [
        ledger.credit(account_id, p.balance_idr)
        for account_id, p in zip(account_ids, planned, strict=True)
        if p.balance_idr
    ]
    if total_idr:
        legs.append(ledger.debit(chart.OPENING, total_idr))
    opened = [[first + i, p.number] for i, p in enumerate(planned)]
    seq = ledger.post(session, act, "member.import", facts, legs, body={"members": opened})
    return _write(session, act, seq, first, planned, account_ids)


def _write(
    session: Session,
    act: ledger.Act,
    seq: int,
    first: int,
    planned: Sequence[PlannedMember],
    account_ids: Sequence[int],
) -> list[Member]:
    members = [
        Member(
            bank_id=act.bank_id,
            id=member_id,
            number=plan.number,
            savings_account_id=account_id,
            opened_seq=seq,
            **plan.values,
        )
        for member_id, (plan, account_id) in enumerate(
            zip(planned, account_ids, strict=True), start=first
        )
    ]
    session.add_all(members)
    session.flush()
    session.add_all(
        MemberPerson(bank_id=act.bank_id, member_id=member.id, line=line, name=name)
        for member, plan in zip(members, planned, strict=True)
        for line, name in enumerate(plan.people, start=1)
    )
    session.flush()
    return members


def _numbers(bank_id: int) -> Any:
    return select(Member.number).filter_by(bank_id=bank_id)


class _Reader:
    """Reads rows into members, gathering faults instead of stopping at the first."""

    def __init__(self, taken: set[str], today: date):
        self.taken = taken
        self.today = today
        self.rows_by_number: dict[str, int] = {}
        self.faults: list[Fault] = []

    def read(self, rows: Sequence[Row]) -> list[PlannedMember]:
        given = {normal_number(row.cells.get("number", "")) for row in rows}
        digits = [n for n in self.taken | given if n.isascii() and n.isdigit()]
        self.newest = max(map(int, digits), default=0)
        planned = [self._read_row(row) for row in rows]
        if sum(p.balance_idr > 0 for p in planned) > BALANCES_MAX:
            self._wrong(
                rows[-1], "balance_idr", "Lebih dari 1.999 saldo awal.", "Bagi menjadi dua berkas."
            )
        if self.faults:
            raise TableRefused(self.faults)
        return planned

    def _read_row(self, row: Row) -> PlannedMember:
        cells = row.cells
        if not cells.get("name"):
            self._wrong(row, "name", "Nama kosong.", "Isi nama nasabah.")
        values = {
            "name": self._short(row, "name", 80),
            "kind": self._chosen(row, "kind", KINDS, "rumah tangga, kelompok, sekolah, lembaga"),
            "rt": self._area(row, "rt"),
            "rw": self._area(row, "rw"),
            "house_no": self._short(row, "house_no", 20),
            "phone": self._phone(row),
            "sex": self._chosen(row, "sex", SEXES, "L atau P"),
            "opened_on": self._day(row),
        }
        people = [name.strip() for name in cells.get("people", "").split(";") if name.strip()]
        if len(people) > PEOPLE_MAX or any(len(name) > 80 for name in people):
            self._wrong(
                row, "people", "Lebih dari 20 orang, atau nama terlalu panjang.", "Pendekkan."
            )
        return PlannedMember(self._number(row), values, people, self._balance(row))

    def _number(self, row: Row) -> str:
        number = normal_number(row.cells.get("number", ""))
        if not number:
            self.newest += 1
            return str(self.newest).zfill(NUMBER_DIGITS)
        if not NUMBER_FORM.fullmatch(number):
            self._wrong(
                row,
                "number",
                "Nomor hanya angka dan huruf.",
                "Tulis seperti 0123, paling 16 huruf.",
            )
        elif number in self.taken:
            self._wrong(row, "number", "Nomor sudah dipakai nasabah lain.", "Pakai nomor lain.")
        elif (first := self.rows_by_number.setdefault(number, row.number)) != row.number:
            self._wrong(
                row, "number", f"Nomor ini sudah ada di baris {first}.", "Pakai nomor lain."
            )
        return number

    def _short(self, row: Row, column: str, chars_max: int) -> str:
        text = row.cells.get(column, "")
        if len(text) > chars_max:
            self._wrong(row, column, f"Lebih dari {chars_max} huruf.", "Pendekkan isian ini.")
        return text

    def _chosen(self, row: Row, column: str, words: dict[str, Any], wanted: str) -> Any:
        word = row.cells.get(column, "").casefold()
        if word not in words:
            self._wrong(row, column, "Isian tidak dikenal.", f"Pakai {wanted}.")
        return words.get(word)

    def _area(self, row: Row, column: str) -> str:
        text = row.cells.get(column, "").upper().removeprefix(column.upper()).strip(" .")
        if text and not re.fullmatch(r"[0-9]{1,3}", text):
            self._wrong(row, column, "Isi dengan angka.", "Tulis seperti 03.")
        return text.zfill(2) if text else ""

    def _phone(self, row: Row) -> str:
        text = row.cells.get("phone", "")
        phone = normal_phone(text)
        if phone is None:
            self._wrong(row, "phone", "Nomor HP tidak terbaca.", "Tulis seperti 081234567890.")
        return phone or ""

    def _day(self, row: Row) -> date:
        text = row.cells.get("opened_on", "")
        parts = text.split("/")
        if len(parts) == 3:
            text = f"{parts[2]}-{parts[1].zfill(2)}-{parts[0].zfill(2)}"
        try:
            day = date.fromisoformat(text) if text else self.today
        except ValueError:
            day = date.max
        if not date(2000, 1, 1) <= day <= self.today:
            self._wrong(
                row, "opened_on", "Tanggal tidak terbaca, atau belum tiba.", "Tulis 12/01/2025."
            )
        return day

    def _balance(self, row: Row) -> int:
        text = row.cells.get("balance_idr", "")
        if not text:
            return 0
        try:
            balance_idr = parse_idr(text)
        except Unreadable as problem:
            self._wrong(row, "balance_idr", "Saldo tidak terbaca.", str(problem))
            return 0
        if balance_idr > BALANCE_IDR_MAX:
            self._wrong(
                row, "balance_idr", "Saldo lebih dari Rp10 miliar.", "Periksa jumlah angkanya."
            )
        return balance_idr

    def _wrong(self, row: Row, column: str, reason: str, remedy: str) -> None:
        self.faults.append(row.fault(column, reason, remedy))
