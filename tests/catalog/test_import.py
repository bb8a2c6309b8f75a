"""Price lists as people keep them: the five published ones, and files that must be refused."""

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy.orm import Session

from banksampah import demo, ledger
from banksampah.catalog import queries, service
from banksampah.db import transaction
from banksampah.sheets import ROWS_MAX, TableRefused, read_table, rows_of, table_text
from tests.conftest import TODAY
from tests.factories import MakeAct

LISTS = Path(demo.__file__).parent / "prices"
FROM = date(2026, 11, 1)


def take_in(session: Session, act: ledger.Act, name: str, price_class: str = "umum") -> Any:
    rows = read_table((LISTS / name).read_bytes(), service.COLUMNS)
    return service.import_price_list(
        session, act, rows=rows, valid_from=FROM, price_class=price_class, source=name
    )


@pytest.mark.parametrize(
    ("name", "materials_count", "lines_count", "unset_count", "classes"),
    [
        ("bukit-hibul-2026.csv", 30, 30, 1, ["umum"]),
        ("maluku-tengah-2021.csv", 20, 20, 0, ["umum"]),
        ("sekeloa-2015.csv", 13, 14, 0, ["jual", "umum"]),
        ("sukamaju-2026.csv", 39, 39, 3, ["umum"]),
        ("surabaya-2018.csv", 53, 106, 0, ["fluktuatif", "stabil"]),
    ],
)
def test_the_five_lists_as_they_are(
    session: Session,
    act: MakeAct,
    name: str,
    materials_count: int,
    lines_count: int,
    unset_count: int,
    classes: list[str],
) -> None:
    with transaction(1):
        made = take_in(session, act("impor"), name)
        assert take_in(session, act("impor"), name).seq == made.seq
    assert made.lines_count == lines_count
    assert len(queries.materials(session, 1)) == materials_count
    assert queries.price_classes(session, 1) == classes
    prices = [row.Price.price_idr for row in queries.prices_of_list(session, 1, made.seq)]
    assert (len(prices), prices.count(None)) == (lines_count, unset_count)
    assert ledger.head_seq(session, 1) == made.seq, "one entry for the whole list"


def test_units_codes_and_prices_of_a_list(session: Session, act: MakeAct) -> None:
    with transaction(1):
        take_in(session, act(), "bukit-hibul-2026.csv")
    by_code = {material.code: material for material in queries.materials(session, 1)}
    prices = queries.prices_on(session, 1, TODAY, "umum")
    assert (by_code["8"].unit, by_code["11"].unit, by_code["1A"].unit) == ("pcs", "pcs", "kg")
    assert prices[by_code["15"].id] == 80_000
    assert prices[by_code["23"].id] is None, "harga menyusul"
    assert by_code["13"].hazardous, "aki is B3"
    assert queries.prices_on(session, 1, date(2026, 10, 31), "umum")[by_code["15"].id] is None


def test_pending_on_the_banner_is_not_rp0(session: Session, act: MakeAct) -> None:
    with transaction(1):
        take_in(session, act(), "sukamaju-2026.csv")
    prices = queries.prices_on(session, 1, TODAY, "umum")
    codes = {material.id: material.code for material in queries.materials(session, 1)}
    assert {codes[i] for i, price in prices.items() if price is None} == {"L2", "L3", "L4"}


def test_what_the_hub_pays_is_another_class(session: Session, act: MakeAct) -> None:
    """One name, two prices: the household gets 1,000, the parent bank pays 1,400."""
    with transaction(1):
        take_in(session, act(), "sekeloa-2015.csv")
    arsip = queries.materials(session, 1)[0]
    assert (arsip.code, arsip.name) == ("KT1", "Arsip, koran, dus, sak semen")
    prices = {c: queries.price_on(session, 1, arsip.id, TODAY, c) for c in ("umum", "jual")}
    assert prices == {"umum": 1_000, "jual": 1_400}


def test_tiers_are_classes_and_examples_are_aliases(session: Session, act: MakeAct) -> None:
    with transaction(1):
        take_in(session, act(), "surabaya-2018.csv")
    tembaga = queries.find_material_by_code(session, 1, "5")
    assert tembaga is not None and tembaga.aliases == "isi kabel, tembaga dinamo"
    prices = {c: queries.price_on(session, 1, tembaga.id, TODAY, c)
              for c in ("stabil", "fluktuatif")}  # fmt: skip
    assert prices == {"stabil": 43_000, "fluktuatif": 40_000}


def test_a_second_list_without_codes_finds_its_materials(session: Session, act: MakeAct) -> None:
    with transaction(1):
        take_in(session, act(), "maluku-tengah-2021.csv")
        take_in(session, act(), "maluku-tengah-2021.csv", "lain")
    assert len(queries.materials(session, 1)) == 20
    assert queries.price_classes(session, 1) == ["lain", "umum"]


def test_two_lists_that_use_one_code_differently(session: Session, act: MakeAct) -> None:
    """Both lists say "8": a gallon a piece, an aluminium bar by weight. Nobody guesses."""
    with transaction(1):
        take_in(session, act(), "bukit-hibul-2026.csv")
    with pytest.raises(TableRefused) as refused, transaction(1):
        take_in(session, act(), "surabaya-2018.csv")
    fault = next(f for f in refused.value.faults if f.content == "8")
    assert fault.column == "code" and "Galon isi ulang (PC) (pcs)" in fault.reason
    assert len(queries.materials(session, 1)) == 30


def test_the_same_list_as_a_workbook(session: Session, act: MakeAct) -> None:
    rows = read_table((LISTS / "sukamaju-2026.csv").read_bytes(), service.COLUMNS)
    cells = [[column.name for column in service.COLUMNS]]
    for row in rows:
        texts = list(row.cells.values())
        cells.append([int(text) if text.isdigit() else text for text in texts])  # type: ignore[misc]
    read = read_table(workbook(cells), service.COLUMNS)
    assert [row.cells for row in read] == [row.cells for row in rows]


def workbook(lines: list[Any], far: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
        if far:
            sheet.write(*far, "x")
    return file.getvalue()


HEAD = "code,category,name,unit,price_idr,note\n"


def faults_of(session: Session, text: str | bytes) -> list[tuple[int, str, str]]:
    content = text if isinstance(text, bytes) else (HEAD + text).encode()
    with pytest.raises(TableRefused) as refused:
        rows = read_table(content, service.COLUMNS)
        service.check_price_list(session, 1, rows, "umum")
    for fault in refused.value.faults:
        assert fault.reason and fault.remedy, fault
    return [(fault.row, fault.column, fault.content) for fault in refused.value.faults]


WRONG_CELLS = [
    ("A,K,Kardus,kg,-5,", 2, "price_idr", "-5"),
    ("A,K,Kardus,kg,NaN,", 2, "price_idr", "NaN"),
    ("A,K,Kardus,kg,1e3,", 2, "price_idr", "1e3"),
    ('A,K,Kardus,kg,"1,5",', 2, "price_idr", "1,5"),
    ("A,K,Kardus,kg,1.00,", 2, "price_idr", "1.00"),
    ('A,K,Kardus,kg,"1,000",', 2, "price_idr", "1,000"),
    ("A,K,Kardus,kg,99999999999999999999,", 2, "price_idr", "99999999999999999999"),
    ("A,K,Kardus,kg,100000001,", 2, "price_idr", "100000001"),
    ("A,K,Kardus,kg,=1+1,", 2, "price_idr", "=1+1"),
    ("A,K,=HYPERLINK(1),kg,1000,", 2, "name", "=HYPERLINK(1)"),
    ("A,K,@SUM(A1),kg,1000,", 2, "name", "@SUM(A1)"),
    ("A,K,Kardus,ton,1000,", 2, "unit", "ton"),
    ("A,K,,kg,1000,", 2, "name", ""),
    ("A,K,Kardus,kg,seribu,", 2, "price_idr", "seribu"),
    ("SEPULUHHURUFLEBIH,K,Kardus,kg,1000,", 2, "code", "SEPULUHHURUFLEBIH"),
    ("A,K,Kardus,kg,1000,\nA,K,Kardus,kg,1100,", 3, "name", "Kardus"),
    ("A,K,Kardus,kg,1000,\nA,K,Karton,kg,1100,", 3, "code", "A"),
    ("A,K,Kardus,kg,1000,\nA,K,Kardus,pcs,1100,", 3, "code", "A"),
    ("A,K,Kardus,kg,1000,,lebih", 2, "", "lebih"),
]


def test_wrong_cells_are_named(session: Session, act: MakeAct, subtests: pytest.Subtests) -> None:
    for line, row, column, content in WRONG_CELLS:
        with subtests.test(line=line, row=row, column=column, content=content):
            assert faults_of(session, line) == [(row, column, content)]


def test_every_wrong_cell_is_named_at_once_and_nothing_stored(
    session: Session, act: MakeAct
) -> None:
    lines = "A,K,Kardus,kg,1000,\nB,K,,liter,-1,\nC,K,Koran,ton,2000,\n"
    rows = read_table((HEAD + lines).encode(), service.COLUMNS)
    with pytest.raises(TableRefused) as refused, transaction(1):
        service.import_price_list(session, act(), rows=rows, valid_from=FROM, price_class="umum")
    assert [(f.row, f.column) for f in refused.value.faults] == [
        (3, "price_idr"), (3, "name"), (4, "unit"),
    ]  # fmt: skip
    assert refused.value.message == "3 isian perlu diperbaiki. Belum ada yang disimpan."
    assert queries.materials(session, 1) == []


def test_figures_written_the_indonesian_way(session: Session, act: MakeAct) -> None:
    text = "kode;kategori;nama;satuan;harga\r\n;Kertas;Kardus;Kg;Rp1.000\r\n;;Botol;biji;\r\n"
    rows = read_table(b"\xef\xbb\xbf" + text.encode(), service.COLUMNS)
    plan = service.check_price_list(session, 1, rows, "umum")
    assert [(price.code, price.price_idr) for price in plan.prices] == [
        ("KT1", 1_000),
        ("L1", None),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Berkas kosong."),
        (HEAD.encode(), "Tabel tidak berisi baris."),
        (HEAD.encode() + b"A,K,Kardus \xe9,kg,1000,", "Huruf dalam berkas bukan UTF-8."),
        ((HEAD + "A,K,Kardus,kg,1000,").encode("utf-16"), "Huruf dalam berkas bukan UTF-8."),
        (HEAD.encode() + b'A,K,"Kardus,kg,1000,', "Baris tidak bisa dibaca: tanda kutip atau"),
        (b"nama,harga,warna\nA,1,merah", "Judul kolom tidak dikenal."),
        (b"name,name,unit,price_idr\nA,A,kg,1", "Judul kolom ada dua kali."),
        (b"name,unit\nA,kg", "Kolom ini belum ada."),
        (HEAD.encode() + b"A,K,Kar\x00dus,kg,1000,", "Ada tanda yang tidak terbaca."),
        (HEAD.encode() + b"A,K," + b"x" * 301 + b",kg,1000,", "Isian lebih dari 300 huruf."),
        (HEAD.encode() + b"A,K,x,kg,1,\n" * (ROWS_MAX + 1), "Tabel lebih dari 2.000 baris."),
        (b"x" * 1_000_001, "Berkas lebih dari 1 MB."),
        (b"PK\x03\x04 not a workbook", "Buku kerja rusak."),
        (b"\xd0\xcf\x11\xe0 an old workbook", "Huruf dalam berkas bukan UTF-8."),
    ],
)
def test_files_that_are_no_table(content: bytes, reason: str) -> None:
    with pytest.raises(TableRefused) as refused:
        read_table(content, service.COLUMNS)
    assert refused.value.faults[0].reason.startswith(reason)


@pytest.mark.parametrize("far", [(1_048_575, 16_383), (1_048_575, 0), (0, 16_383)])
def test_a_cell_at_the_end_of_the_world(far: tuple[int, int]) -> None:
    """Laid out in full, such a sheet is 17 thousand million cells."""
    with pytest.raises(TableRefused):
        read_table(workbook([["name", "unit", "price_idr"]], far), service.COLUMNS)


def test_a_workbook_that_swells() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    with pytest.raises(TableRefused) as refused:
        read_table(file.getvalue(), service.COLUMNS)
    assert refused.value.faults[0].reason == "Isi berkas terlalu besar."


def test_a_fraction_in_a_workbook_is_never_a_thousand(session: Session, act: MakeAct) -> None:
    rows = read_table(
        workbook([["name", "unit", "price_idr"], ["Kardus", "kg", 1.125]]), service.COLUMNS
    )
    assert rows[0].cells["price_idr"] == "1,125"
    with pytest.raises(TableRefused):
        service.check_price_list(session, 1, rows, "umum")


def test_rows_travel_as_text_and_come_back(session: Session) -> None:
    rows = read_table((LISTS / "surabaya-2018.csv").read_bytes(), service.COLUMNS)
    again = read_table(table_text(rows, service.COLUMNS).encode(), service.COLUMNS)
    assert again == rows
    assert rows_of([row.cells for row in rows]) == rows
