"""Deposits from an old book: each row as if weighed on its day, all of a file or nothing."""

import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.cli import main
from banksampah.db import db, transaction
from banksampah.deposits import queries, service
from banksampah.deposits.models import Deposit, DepositLine
from banksampah.deposits.service import imports
from banksampah.ledger import close_period
from banksampah.members.service import close_member
from banksampah.sheets import open_table
from tests.deposits.conftest import Day
from tests.factories import MakeAct

HEAD = "tanggal;nomor;kode;berat;harga;no. bukti;catatan;yakin\n"
BOOK = f"""{HEAD}
03/11/2026;0001;K1;2,35;;A-1;hujan;
03/11/2026;0001;P1;1;;A-1;;
4/11/2026;0002;b1;12;;;;
2026-11-05;2;K1;1.234,5;1.500;;;ya
"""


def run(service_url: str, *arguments: str) -> Result:
    """The command; the test's own session reads afresh afterwards."""
    done = CliRunner().invoke(main, ["deposits", "import", *arguments, "--database", service_url])
    db.session.rollback()
    return done


def book(tmp_path: Path, text: str, name: str = "buku.csv") -> str:
    file = tmp_path / name
    file.write_text(text)
    return str(file)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Deposit)) or 0


def take_in(session: Session, act: ledger.Act, file: str) -> service.Imported:
    with open_table(Path(file), service.COLUMNS) as table:
        return service.import_deposits(session, act, content_hash=file, rows=table)


def test_each_row_is_a_deposit_of_its_day(
    session: Session, day: Day, act: MakeAct, tmp_path: Path
) -> None:
    text = BOOK.replace(";2;K1", ";0002;K1")
    with transaction(1):
        done = take_in(session, act("buku"), book(tmp_path, text))
    assert (done.deposits_count, done.rows_count) == (3, 4)
    siti, joko, heavy = (done.first_seq + n for n in range(3))
    assert queries.get_deposit(session, 1, siti).weighed_on == date(2026, 11, 3)
    entry = ledger.entry(session, 1, siti)
    assert (entry.effective_on, entry.occurred_on) == (date(2026, 11, 3), date(2026, 11, 3))
    assert entry.idem_key == "nota/2026/A-1" and entry.body["receipt"] == "A-1"
    assert ledger.note_of(session, 1, siti) == "hujan"
    assert ledger.balance(session, 1, day.siti.savings_account_id).posted == 4_230 + 3_500
    assert queries.get_deposit(session, 1, heavy).value_idr == 1_851_750  # 1.234,5 kg at Rp1.500
    assert queries.get_deposit(session, 1, joko).value_idr == 12 * 400
    assert ledger.entry(session, 1, done.seq).body == {"deposits": 3, "rows": 4, "first_seq": siti}


def test_what_is_imported_is_what_would_have_been_weighed_in(
    session: Session, day: Day, act: MakeAct, tmp_path: Path
) -> None:
    """Legs, seal's body and lines, against the verb of every day."""
    with transaction(1):
        done = take_in(session, act("buku"), book(tmp_path, BOOK.replace(";2;K1", ";0002;K1")))
        weighed = [
            (day.siti, date(2026, 11, 3), [(day.kardus, 2_350), (day.pet, 1_000)]),
            (day.joko, date(2026, 11, 4), [(day.botol, 12)]),
        ]
        for place, (member, day_on, goods) in enumerate(weighed):
            lines: list[service.Weighed] = [
                {"material_id": material.id, "quantity": quantity} for material, quantity in goods
            ]
            recorded = service.record_deposit(
                session, act(), member_id=member.id, lines=lines, weighed_on=day_on
            )
            one, other = (
                ledger.entry(session, 1, seq) for seq in (done.first_seq + place, recorded.seq)
            )
            assert one.legs == other.legs
            assert {k: v for k, v in one.body.items() if k != "receipt"} == other.body
            assert (one.kind, one.effective_on) == (other.kind, other.effective_on)
            assert rows_of(session, one.seq) == rows_of(session, other.seq)


def rows_of(session: Session, seq: int) -> list[tuple[object, ...]]:
    """A deposit's rows but for its number, who and when."""
    left_out = {"seq", "recorded_by_id", "recorded_at"}
    return [
        tuple(getattr(row, c.name) for c in model.__table__.columns if c.name not in left_out)
        for model in (Deposit, DepositLine)
        for row in session.scalars(select(model).filter_by(bank_id=1, seq=seq))
    ]


FAULTS = [
    ("30/11/2026;0001;K1;1;;;;", "date", "Tanggal ini sesudah hari ini, 21/11/2026."),
    ("31/10/2026;0001;K1;1;;;;", "date", "Buku sudah ditutup sampai 31/10/2026."),
    ("1/1/1999;0001;K1;1;;;;", "date", "Tanggal sebelum tahun 2000."),
    ("31/11/2026;0001;K1;1;;;;", "date", "Tanggal tidak terbaca."),
    ("besok;0001;K1;1;;;;", "date", "Tanggal tidak terbaca."),
    ("3/11/2026;0099;K1;1;;;;", "number", "Nasabah 0099 tidak ada."),
    ("3/11/2026;;K1;1;;;;", "number", "Nomor nasabah kosong."),
    ("3/11/2026;0002;K1;1;;;;", "number", "Nasabah 0002 sudah ditutup."),
    ("3/11/2026;0001;ZZ;1;;;;", "code", "Kode ZZ tidak ada di daftar jenis sampah."),
    ("3/11/2026;0001;K1;2.350;;;;", "quantity", "Jumlah tidak terbaca."),
    ("3/11/2026;0001;K1;dua;;;;", "quantity", "Jumlah tidak terbaca."),
    ("3/11/2026;0001;K1;0;;;;", "quantity", "Jumlahnya nol."),
    ("3/11/2026;0001;B1;1,5;;;;", "quantity", "Jumlah tidak terbaca."),
    ("3/11/2026;0001;K1;99999;;;;", "quantity", "Jumlah terlalu besar."),
    ("3/11/2026;0001;K1;61;;;;", "quantity", "Kardus biasanya di bawah 20 kg."),
    ("3/11/2026;0001;K1;1;1.5;;;", "price_idr", "Harga tidak terbaca."),
    ("3/11/2026;0001;K1;1;200.000.000;;;", "price_idr", "Harga lebih dari Rp100.000.000."),
    ("3/11/2026;0001;K1;1;;#1;;", "receipt", "Nomor bukti hanya huruf, angka, titik, dan garis; paling banyak 40."),
    ("3/11/2026;0001;K1;=1+1;;;;", "quantity", "Isian ini rumus."),
    ("3/11/2026;0001;K1;1;;LAMA;;", "receipt", "Bukti LAMA tahun 2026 sudah ada di pembukuan, sebagai setoran 15."),
]  # fmt: skip


def test_each_wrong_cell_is_named(
    session: Session, day: Day, act: MakeAct, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    with transaction(1):
        early = f"{HEAD}1/11/2026;0001;K1;1;;lama;;\n"
        before = take_in(session, act("dulu"), book(tmp_path, early))
        assert close_member(session, act(), member_id=day.joko.id)
        close_period(session, act(), date(2026, 10, 31))
    text = HEAD + "".join(f"{row}\n" for row, _column, _reason in FAULTS)
    with pytest.raises(imports.TableRefused) as refused, transaction(1):
        take_in(session, act(), book(tmp_path, text))
    told = {fault.row: fault for fault in refused.value.faults}
    for number, (row, column, reason) in enumerate(FAULTS, start=2):
        with subtests.test(row=row):
            fault = told[number]
            assert (fault.column, fault.reason) == (
                column, reason.replace("setoran 15", f"setoran {before.first_seq}"),
            )  # fmt: skip
            assert fault.remedy.endswith(".")
    assert count(session) == 1


def test_a_price_no_list_names(session: Session, day: Day, act: MakeAct, tmp_path: Path) -> None:
    with pytest.raises(imports.TableRefused) as refused, transaction(1):
        take_in(session, act(), book(tmp_path, f"{HEAD}3/11/2020;0001;K1;1;;;;\n"))
    [fault] = refused.value.faults
    assert fault.column == "price_idr" and "Kardus belum ada di daftar harga" in fault.reason
    with transaction(1):
        take_in(session, act(), book(tmp_path, f"{HEAD}3/11/2020;0001;K1;1;900;;;\n"))
    assert ledger.balance(session, 1, day.siti.savings_account_id).posted == 900


RECEIPTS = [
    ("3/11/2026;0001;K1;1;;A;;\n4/11/2026;0001;K1;1;;A;;\n", "date", "Bukti A di baris 2 bertanggal 03/11/2026."),
    ("3/11/2026;0001;K1;1;;A;;\n3/11/2026;0002;K1;1;;A;;\n", "number", "Bukti A di baris 2 milik nasabah 0001."),
    ("3/11/2026;0001;K1;1;;A;;\n3/11/2026;0001;K1;1;;B;;\n3/11/2026;0001;K1;1;;a;;\n", "receipt", "Bukti A tahun 2026 sudah ada di baris 2."),
]  # fmt: skip


def test_a_receipt_counts_once(
    session: Session, day: Day, act: MakeAct, tmp_path: Path, subtests: pytest.Subtests,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whether the first of two is in the same chunk or in one already posted."""
    for at_once in (1, 100):
        monkeypatch.setattr(imports, "DEPOSITS_AT_ONCE", at_once)
        for rows, column, reason in RECEIPTS:
            with subtests.test(rows=rows, at_once=at_once):
                with pytest.raises(imports.TableRefused) as refused, transaction(1):
                    take_in(session, act(), book(tmp_path, HEAD + rows))
                assert [(f.column, f.reason) for f in refused.value.faults] == [(column, reason)]
    with transaction(1):  # the number starts again each year
        text = f"{HEAD}3/11/2025;0001;K1;1;900;A;;\n3/11/2026;0001;K1;1;;A;;\n"
        assert take_in(session, act(), book(tmp_path, text)).deposits_count == 2


def test_the_command(session: Session, day: Day, service_url: str, tmp_path: Path) -> None:
    file = book(tmp_path, BOOK.replace(";2;K1", ";0002;K1"))
    tried = run(service_url, file, "--bank", "gerpesh-jitu", "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "3 deposits of Gerpesh Jitu from 4 rows checked, not kept." in tried.output
    assert count(session) == 0
    done = run(service_url, file, "--bank", "gerpesh-jitu")
    assert "3 deposits of Gerpesh Jitu from 4 rows imported: " in done.output
    again = run(service_url, file, "--bank", "gerpesh-jitu")
    assert "imported before" in again.output
    assert count(session) == 3
    wrong = run(
        service_url,
        book(tmp_path, f"{HEAD}3/11/2026;0001;K1;2.350;;;;\n"),
        "--bank",
        "gerpesh-jitu",
    )
    assert wrong.exit_code == 1
    assert (
        "baris 2 quantity “2.350”: Jumlah tidak terbaca. 2.350 bisa berarti dua hal."
        in wrong.output
    )
    assert "There is no bank" in run(service_url, file, "--bank", "zz").output


def test_a_workbook(session: Session, day: Day, act: MakeAct, tmp_path: Path) -> None:
    file = tmp_path / "buku.xlsx"
    workbook = xlsxwriter.Workbook(file)
    sheet = workbook.add_worksheet()
    for place, row in enumerate(
        [["date", "number", "code", "quantity"], [None, "0001", "K1", 2.35]]
    ):
        sheet.write_row(place, 0, row)
    sheet.write_datetime(1, 0, date(2026, 11, 3), workbook.add_format({"num_format": "dd/mm/yyyy"}))
    workbook.close()
    with transaction(1):
        done = take_in(session, act(), str(file))
    deposit = queries.get_deposit(session, 1, done.first_seq)
    assert (deposit.weighed_on, deposit.value_idr) == (date(2026, 11, 3), 4_230)


def long_book(rows_count: int) -> Iterator[str]:
    yield HEAD
    for n in range(rows_count):
        yield f"{date(2026, 11, 1) + timedelta(days=n % 20)};000{1 + n % 2};K1;1,5;;;;\n"


def test_killed_and_run_again(
    session: Session, day: Day, database_url: str, service_url: str, tmp_path: Path
) -> None:
    """Whenever it is killed, the file is in the books whole or not at all, and once in the end."""
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    file = book(tmp_path, "".join(long_book(3_000)))
    command = [
        sys.executable, "-m", "banksampah.cli", "deposits", "import", file,
        "--bank", "gerpesh-jitu", "--database", service_url,
    ]  # fmt: skip
    session.rollback()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"buku.csv\n"  # begun
    time.sleep(random.Random(seed).random())
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert count(session) in {0, 3_000}
    session.rollback()
    done = run(service_url, file, "--bank", "gerpesh-jitu")
    assert "3000 deposits of Gerpesh Jitu from 3000 rows imported" in done.output
    assert count(session) == 3_000
    posted = ledger.balance(session, 1, day.siti.savings_account_id).posted
    assert posted == 1_500 * 2_700


def test_a_long_book_is_read_in_the_memory_of_a_few_rows(tmp_path: Path) -> None:
    file = Path(book(tmp_path, "".join(long_book(15_000))))
    tracemalloc.start()
    with open_table(file, service.COLUMNS) as table:
        rows_count = sum(1 for _row in table)
        assert table.done == table.size
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows_count == 15_000
    assert peak < 500_000
