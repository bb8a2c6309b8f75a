"""The walk through the journal: closing days, names, and a picture that stands still."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.exchange import hledger
from banksampah.exchange.book import Span, still
from banksampah.exchange.names import account_names, type_of
from banksampah.ledger import AccountRow, Act
from tests.conftest import NOW, TODAY
from tests.exchange.oracle import run
from tests.factories import make_deposit, make_member, priced_material


def closing_days(*days: date) -> list[date]:
    span = Span()
    for day in days:
        span.add(day)
    return span.closing_days()


def test_every_month_end_and_the_last_day() -> None:
    assert closing_days() == []
    assert closing_days(date(2026, 11, 21)) == [date(2026, 11, 21)]
    assert closing_days(date(2026, 12, 31), date(2026, 11, 21)) == [
        date(2026, 11, 30),
        date(2026, 12, 31),
    ]
    assert closing_days(date(2024, 1, 31), date(2024, 3, 1)) == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 1),
    ]


def row(account_id: int, code: str) -> AccountRow:
    return AccountRow(account_id, code, "IDR", "credit", True, 0, 0)


def test_names_are_safe_and_never_shared() -> None:
    codes = {
        1100: "1100",
        100_000: "2100.0017",
        100_001: "2100.RT/03",
        100_002: "2100.RT-03",
        100_003: "2100.é",
        100_004: "S.12.D",
        9000: "F.in_savings.G",
        100_005: "3700.1",
    }
    names = account_names([row(account_id, code) for account_id, code in codes.items()])
    assert names == {
        1100: "Aset:1100-Kas",
        100_000: "Kewajiban:2100-Tabungan:0017",
        100_001: "Kewajiban:2100-Tabungan:RT-03",
        100_002: "Kewajiban:2100-Tabungan:RT-03-100002",
        100_003: "Kewajiban:2100-Tabungan:0",
        100_004: "Aset:S-Stok:12-sedekah",
        9000: "Dana:F-Arus-barang:G-Masuk-tabungan",
        100_005: "Dana:3700-Dana-sedekah:1",
    }
    assert [type_of(code) for code in ("1100", "2150", "3090", "4100", "5100")] == list("ALERX")


def test_what_is_recorded_meanwhile_is_not_in_the_picture(
    session: Session, bank: Bank, act: Callable[..., Act], tmp_path: Path
) -> None:
    with transaction(1):
        siti = make_member(session, act())
        card = priced_material(session, act(), "KT1", "Kardus", 1_750)
        make_deposit(session, act(), siti, (card, 2_000))
    path = tmp_path / "book.journal"
    with still(1) as own:
        pieces = hledger.journal(own, 1)
        text = next(pieces)
        with transaction(1):
            later = act(today=TODAY + timedelta(days=1), at=NOW + timedelta(days=1))
            late = make_deposit(session, later, siti, (card, 3_000))
        text += "".join(pieces)
    path.write_text(text, encoding="utf-8")
    assert f"({late.seq})" not in text
    assert run("hledger", "-f", str(path), "check", "--strict").returncode == 0
