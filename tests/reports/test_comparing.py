"""Weighed in against sold: each row adds up, and what the scales did not find again is named."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.banks.service import set_setting
from banksampah.db import transaction
from banksampah.deposits.service import reverse_deposit
from banksampah.ledger import Act
from banksampah.reports.queries.comparing import Compared, compared
from banksampah.sales.service import Sold, reverse_sale
from banksampah.stock import queries as stock
from banksampah.stock.service import count_stock
from tests.conftest import TODAY
from tests.factories import make_deposit, make_member, priced_material
from tests.people import Browser, Program
from tests.sales.helpers import sell

Acts = Callable[..., Act]
FIRST = TODAY.replace(day=1)


@pytest.fixture
def goods(session: Session, bank: Bank, act: Acts) -> dict[str, int]:
    """A hundred kilograms each: cardboard sold with 4 % less on the buyer's scale, iron with 40 %,
    and bottles counted too few by 7 %."""
    siti = make_member(session, act())
    ids = {}
    for code in ("KARDUS", "BESI", "BOTOL", "KOSONG"):
        ids[code] = priced_material(session, act(), code, code.title(), 1_000).id
    session.commit()
    with transaction(bank.bank_id) as s:
        for code in ("KARDUS", "BESI", "BOTOL"):
            make_deposit(s, act(), siti, (_Goods(ids[code]), 100_000))
        wrong = make_deposit(s, act(), siti, (_Goods(ids["BESI"]), 30_000)).seq
        reverse_deposit(s, act(), seq=wrong, reason="double", as_treasurer=True)
        sell(
            s, act(),
            Sold(ids["KARDUS"], 76_000, 2_000, 80_000), Sold(ids["BESI"], 60_000, 2_000, 100_000),
        )  # fmt: skip
        count_stock(s, act(), material_id=ids["BOTOL"], counted=93_000, reason="Tercecer")
    return ids


class _Goods:
    def __init__(self, material_id: int):
        self.id = material_id


def rows(session: Session, bank: Bank) -> dict[str, Compared]:
    session.rollback()
    return {row.material.code: row for row in compared(session, bank.bank_id, FIRST, TODAY)}


def test_each_row_adds_up_to_what_the_card_has_left(
    session: Session, bank: Bank, goods: dict[str, int]
) -> None:
    found = rows(session, bank)
    assert set(found) == {"KARDUS", "BESI", "BOTOL"}
    for row in found.values():
        assert row.goods.opening + row.goods.came - row.sold - row.lost == row.goods.closing
        card = stock.card(session, bank.bank_id, row.material.id, FIRST, TODAY)
        assert row.goods.closing == card.closing_quantity
    told = {code: (row.goods.came, row.sold, row.lost) for code, row in found.items()}
    assert told == {
        "KARDUS": (100_000, 76_000, 4_000), "BESI": (100_000, 60_000, 40_000),
        "BOTOL": (100_000, 0, 7_000),
    }  # fmt: skip
    assert [row.lost_share for row in found.values()] == ["40,0 %", "7,0 %", "4,0 %"]


def test_what_is_beyond_the_stated_loss_is_marked_and_comes_first(
    session: Session, bank: Bank, goods: dict[str, int], act: Acts
) -> None:
    assert [(code, row.is_far) for code, row in rows(session, bank).items()] == [
        ("BESI", True), ("BOTOL", True), ("KARDUS", False),
    ]  # fmt: skip
    for percent, far in ((7, ["BESI"]), (3, ["KARDUS", "BESI", "BOTOL"])):
        with transaction(bank.bank_id) as s:
            set_setting(s, act(), "stock_loss_percent", percent)
        found = rows(session, bank).items()
        assert sorted(code for code, row in found if row.is_far) == sorted(far)


def test_more_found_than_was_weighed_is_as_odd_as_less(
    session: Session, bank: Bank, goods: dict[str, int], act: Acts
) -> None:
    with transaction(bank.bank_id) as s:
        count_stock(s, act(), material_id=goods["BOTOL"], counted=120_000, reason="Ketemu")
    row = rows(session, bank)["BOTOL"]
    assert (row.lost, row.lost_share, row.is_far) == (-20_000, "20,0 %", True)


def test_what_lay_there_before_and_what_was_given_could_be_sold_too(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id) as s:
        siti = make_member(s, act())
        kaleng = priced_material(s, act(), "KALENG", "Kaleng", 1_000)
        make_deposit(s, act(today=TODAY - timedelta(days=1)), siti, (kaleng, 10_000))
        make_deposit(s, act(), siti, (kaleng, 6_000), kind="sedekah")
        sell(s, act(), Sold(kaleng.id, 7_000, 2_000, 8_000))
    session.rollback()
    [row] = compared(session, bank.bank_id, TODAY, TODAY)
    assert (row.goods.opening, row.goods.came, row.there) == (10_000, 6_000, 16_000)
    assert (row.sold, row.lost, row.goods.closing) == (7_000, 1_000, 8_000)
    assert row.lost_share == "6,3 %"


def test_a_sale_that_is_undone_sold_nothing(
    session: Session, bank: Bank, goods: dict[str, int], act: Acts
) -> None:
    with transaction(bank.bank_id) as s:
        kaleng = priced_material(s, act(), "KALENG", "Kaleng", 1_000)
        make_deposit(s, act(), make_member(s, act(), "Budi"), (kaleng, 10_000))
        sale = sell(s, act(), Sold(kaleng.id, 5_000, 2_000, 10_000))
        reverse_sale(s, act(), sale_seq=sale.seq, reason="Salah pembeli")
    row = rows(session, bank)["KALENG"]
    assert (row.goods.closing, row.sold, row.lost, row.is_far) == (10_000, 0, 0, False)


def test_the_page_leads_to_the_card_of_the_same_days(
    goods: dict[str, int], sign_in: Callable[..., Browser]
) -> None:
    auditor = sign_in("auditor")
    days = {"dari": FIRST.isoformat(), "sampai": TODAY.isoformat()}
    page = auditor.get("/persediaan/perbandingan", **days).text
    assert "2 jenis berselisih lebih dari 5 %." in page
    card = f"/persediaan/{goods['BESI']}"
    assert f"{card}?{urlencode(days).replace('&', '&amp;')}" in page
    assert auditor.get(card, **days).status_code == 200
    assert "40,0 %" in page and page.index("Besi") < page.index("Kardus")
    sale = re.search(r"/penjualan/\d+", auditor.get("/penjualan").text)
    assert sale
    for place in ("/persediaan", "/hari-buka", sale[0]):
        assert "/persediaan/perbandingan" in auditor.get(place).text, place
    assert auditor.get("/persediaan/perbandingan", dari="kemarin").status_code == 422
    turned = auditor.get("/persediaan/perbandingan", dari=days["sampai"], sampai=days["dari"])
    assert turned.status_code == 422 and "Tanggal awal sesudah tanggal akhir." in turned.text


def test_a_program_reads_the_same(goods: dict[str, int], api: Callable[..., Program]) -> None:
    days = {"since": FIRST.isoformat(), "until": TODAY.isoformat()}
    told = api("auditor").get("/comparison", **days)
    assert told.status_code == 200
    besi = told.json["lines"][0]
    assert (besi["code"], besi["weighed_quantity"], besi["sold_quantity"]) == (
        "BESI",
        100_000,
        60_000,
    )
    assert (besi["lost_quantity"], besi["closing_quantity"], besi["is_far"]) == (40_000, 0, True)
