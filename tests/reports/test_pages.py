"""The pages of the books: the proof for everybody, the journal, the first page."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import use_bank
from banksampah.ledger import Act
from tests.conftest import NOW
from tests.people import Browser
from tests.quarter import Winter, live_a_winter
from tests.reports.conftest import guards_down

SignIn = Callable[..., Browser]
PROOF = "/b/gerpesh-jitu/pembukuan"


@pytest.fixture
def treasurer(sign_in: SignIn) -> Browser:
    """Signed in before the winter comes: the books' clock never goes back."""
    return sign_in("treasurer")


@pytest.fixture
def lived(session: Session, treasurer: Browser, act: Callable[..., Act]) -> Winter:
    use_bank(session, 1)
    last = ledger.entries(session, 1, limit=200)[-1]
    return live_a_winter(act, first=max(last.recorded_at, NOW) + timedelta(minutes=1))


def words(answer: object) -> str:
    """The page as it is read."""
    text = re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", text)


def test_everybody_sees_the_proof_and_nobody_is_named(client: FlaskClient, lived: Winter) -> None:
    answer = client.get(PROOF)
    assert answer.status_code == 200
    page = words(answer)
    assert "9 dari 9 cocok" in page
    assert page.count("Cocok ✓") == 9
    assert "Jumlah saldo 3 nasabah = akun Tabungan" in page
    assert "Hitung ulang" not in page
    for secret in ("Siti", "Budi", "SDN", "2100.", lived.siti.number):
        assert secret not in page
    assert "jurnal" not in answer.text


def test_a_new_bank_has_a_proof_too(client: FlaskClient, bank: Bank) -> None:
    assert "7 dari 7 cocok" in words(client.get(PROOF))


def test_an_unknown_bank_is_not_there(client: FlaskClient, bank: Bank) -> None:
    assert client.get("/b/tidak-ada/pembukuan").status_code == 404


def test_somebody_of_the_bank_may_have_all_of_it_replayed(
    treasurer: Browser, lived: Winter
) -> None:
    before = words(treasurer.get("/pembukuan"))
    assert "Dihitung dari saldo semua akun" in before
    assert "Hitung ulang" in before
    answer = treasurer.post("/pembukuan")
    assert answer.status_code == 200
    page = words(answer)
    assert "11 dari 11 cocok" in page
    assert "Semua angka dihitung ulang dari catatan pertama" in page


def test_strangers_cannot_make_the_house_count(client: FlaskClient, bank: Bank) -> None:
    assert client.post(PROOF).status_code in {303, 400}


def test_a_difference_is_named_to_staff_and_hinted_to_villagers(
    client: FlaskClient, treasurer: Browser, lived: Winter, vandal: Engine
) -> None:
    shift = "UPDATE balance SET posted = posted {sign} 12500 WHERE account_id = {account}"
    account = lived.siti.savings_account_id
    write(vandal, shift.format(sign="-", account=account))
    try:
        page = words(treasurer.get("/pembukuan"))
        assert "3 dari 9 tidak cocok" in page
        assert f"Jangan bayar penarikan nasabah {lived.siti.number} sampai jelas" in page
        assert "Selisih Rp12.500" in page
        assert "≠" in page
        assert "Ketuk Hitung ulang" in page
        assert "Setiap catatan seimbang" not in page
        replayed = words(treasurer.post("/pembukuan"))
        assert "4 dari 11 tidak cocok" in replayed
        assert f"akun 2100.{lived.siti.number}" in replayed
        assert "Rantai catatan utuh" in replayed
        public = words(client.get(PROOF))
        assert "Beri tahu bendahara dan pengawas" in public
        assert lived.siti.number not in public
    finally:
        write(vandal, shift.format(sign="+", account=account))


def test_the_journal_is_read_page_by_page(
    session: Session, treasurer: Browser, lived: Winter
) -> None:
    use_bank(session, 1)
    head = ledger.head_seq(session, 1)
    before, seen = "", []
    while before is not None:
        answer = treasurer.get("/pembukuan/jurnal", sebelum=before)
        assert answer.status_code == 200
        seen += [int(seq) for seq in re.findall(r'jurnal/(\d+)"', answer.text)]
        found = re.search(r'href="[^"]*sebelum=(\d+)"', answer.text)
        before = found[1] if found else None
    assert seen == list(range(head, 0, -1))


def test_one_entry_tells_all(session: Session, treasurer: Browser, lived: Winter) -> None:
    page = words(treasurer.get(f"/pembukuan/jurnal/{lived.approved_seq}"))
    assert "Pembagian diusulkan" in page
    assert "Sudah diputuskan" in page
    use_bank(session, 1)
    seal = ledger.find_seal(session, 1, lived.approved_seq)
    assert seal is not None
    assert f"{seal[:4]} {seal[4:8]}".upper() in page
    assert treasurer.get("/pembukuan/jurnal/99999").status_code == 404


@pytest.mark.parametrize(
    ("role", "first_door", "sees_money"),
    [
        ("operator", "Timbang", False),
        ("treasurer", "Catat penjualan", True),
        ("auditor", "Pembukuan", True),
    ],
)
def test_the_first_page_by_role(
    sign_in: SignIn, role: str, first_door: str, sees_money: bool
) -> None:
    answer = sign_in(role).get("/")
    assert answer.status_code == 200
    assert re.search(r'class="door main"[^>]*>.*?</svg>([^<]+)</a>', answer.text)[1] == first_door  # type: ignore[index]
    assert ("Kas dan bank" in words(answer)) is sees_money
    assert "Setoran hari ini" in words(answer)


def test_what_waits_is_on_the_treasurers_first_page(treasurer: Browser, lived: Winter) -> None:
    page = words(treasurer.get("/"))
    assert "1 pembagian menunggu keputusan" in page
    assert "1 penarikan menunggu keputusan" in page


def test_the_journal_is_for_staff_only(client: FlaskClient, bank: Bank) -> None:
    for path in ("/", "/pembukuan/jurnal", "/pembukuan/jurnal/1", "/pembukuan/buku-besar.hledger"):
        assert client.get(f"/b/gerpesh-jitu{path}").status_code == 303


def write(vandal: Engine, statement: str) -> None:
    with Session(vandal) as own, own.begin():
        guards_down(own)
        own.connection().exec_driver_sql(statement)
