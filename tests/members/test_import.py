"""Members from the old books: all of them with their balances, or none."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction
from banksampah.members import queries, service
from banksampah.sheets import TableRefused, read_table
from tests.factories import MakeAct, make_member

BOOK = """nomor;nama;jenis;rt;rw;no. rumah;hp;l/p;anggota;saldo awal
0007;Siti Aminah;;RT 3;17;14;0812-3456-789;P;Budi; 125.000
;Budi Santoso;keluarga;03;17;15;81234567;L;"Ani; Tono";
RT03;Dasawisma Melati;Kelompok;03;;;;;;50000
"""


def take_in(session: Session, act: ledger.Act, text: str) -> Any:
    rows = read_table(text.encode(), service.COLUMNS)
    return service.import_members(session, act, rows=rows)


def test_the_old_book(session: Session, act: MakeAct) -> None:
    with transaction(1):
        members = take_in(session, act("buku"), BOOK)
        assert take_in(session, act("buku"), BOOK) == members
    siti, budi, melati = members
    assert (siti.number, siti.rt, siti.rw, siti.phone, siti.sex) == (
        "0007", "03", "17", "08123456789", "F",
    )  # fmt: skip
    assert (budi.number, budi.phone, budi.sex, budi.kind) == ("0008", "081234567", "M", "household")
    assert (melati.number, melati.kind) == ("RT03", "group")
    assert [person.name for person in queries.people_of(session, 1, budi.id)] == ["Ani", "Tono"]
    balances = [queries.standing(session, member).balance_idr for member in members]
    assert balances == [125_000, 0, 50_000]
    entry = ledger.entry(session, 1, siti.opened_seq)
    assert entry.kind == "member.import" and "Siti" not in str(entry.body)
    assert {(leg.account_id, leg.amount) for leg in entry.legs} == {
        (3000, 175_000),
        (siti.savings_account_id, -125_000),
        (melati.savings_account_id, -50_000),
    }


WRONG_CELLS = [
    ("1,,,,,,,,,", "name", ""),
    ("0001,Siti,,,,,,,,", "number", "0001"),
    ("A*,Siti,,,,,,,,", "number", "A*"),
    ("2,Siti,warung,,,,,,,", "kind", "warung"),
    ("2,Siti,,tiga,,,,,,", "rt", "tiga"),
    ("2,Siti,,1234,,,,,,", "rt", "1234"),
    ("2,Siti,,,,,bukan nomor,,,", "phone", "bukan nomor"),
    ("2,Siti,,,,,,X,,", "sex", "X"),
    ("2,Siti,,,,,,,,-5", "balance_idr", "-5"),
    ("2,Siti,,,,,,,,1e9", "balance_idr", "1e9"),
    ("2,Siti,,,,,,,,99999999999", "balance_idr", "99999999999"),
    ("2,=cmd|x,,,,,,,,", "name", "=cmd|x"),
    ("2," + "S" * 81 + ",,,,,,,,", "name", "S" * 81),
    ("2,Siti,,,,,,," + ";".join(["x"] * 21) + ",", "people", ";".join(["x"] * 21)),
]


def test_wrong_cells_are_named(session: Session, act: MakeAct, subtests: pytest.Subtests) -> None:
    with transaction(1):
        make_member(session, act())
    head = "number,name,kind,rt,rw,house_no,phone,sex,people,balance_idr\n"
    for line, column, content in WRONG_CELLS:
        with subtests.test(line=line, column=column, content=content):
            with pytest.raises(TableRefused) as refused, transaction(1):
                take_in(session, act(), head + line + "\n3,Benar,,,,,,,,\n")
            assert [(f.row, f.column, f.content) for f in refused.value.faults] == [
                (2, column, content)
            ]
            assert queries.count_members(session, 1) == 1, "not even the right row"


def test_a_number_twice_in_one_file(session: Session, act: MakeAct) -> None:
    with pytest.raises(TableRefused) as refused, transaction(1):
        take_in(session, act(), "number,name\n5,Siti\n5,Budi\n")
    assert refused.value.faults[0].reason == "Nomor ini sudah ada di baris 2."
