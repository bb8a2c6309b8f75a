"""The shed: stock cards, counts, value without goods, and the proof."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.errors import DomainError
from banksampah.ledger import Act, chart
from banksampah.stock import queries, service
from tests.conftest import TODAY
from tests.factories import lay_in, stocked_material
from tests.people import Browser, Program

Acts = Callable[..., Act]
SHRINK = chart.flow("shrink", "G")


def legs_of(session: Session, seq: int) -> list[tuple[int, int]]:
    return [(x.account_id, x.amount) for x in ledger.entry(session, 1, seq).legs]


def test_a_count_below_the_books_is_shrinkage(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, donated=10_000, value_idr=20_001)
        key = act("count-1")
        counted = service.count_stock(
            session, key, material_id=card.id, counted=19_000, reason="Basah"
        )
        again = service.count_stock(
            session, key, material_id=card.id, counted=19_000, reason="Basah"
        )
    assert counted == again
    assert legs_of(session, counted.seq) == [
        (card.value_account_id, -1_000),
        (chart.SHRINKAGE, 1_000),
        (card.bought_account_id, -500),
        (card.donated_account_id, -500),
        (SHRINK, 1_000),
    ]
    assert ledger.note_of(session, 1, counted.seq) == "Basah"
    assert queries.faults(session, 1) == []


def test_a_count_above_the_books_is_a_surplus(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, value_idr=20_000)
        counted = service.count_stock(
            session, act(), material_id=card.id, counted=10_500, reason="Salah timbang"
        )
    assert legs_of(session, counted.seq) == [
        (card.value_account_id, 1_000),
        (chart.GAIN, -1_000),
        (card.bought_account_id, 500),
        (SHRINK, -500),
    ]
    assert queries.faults(session, 1) == []


def test_a_count_of_nothing_takes_the_last_rupiah(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=3_000, donated=7, value_idr=10_001)
        service.count_stock(session, act(), material_id=card.id, counted=0, reason="Dicuri")
        with pytest.raises(DomainError) as refused:
            service.count_stock(session, act(), material_id=card.id, counted=0, reason="Dicuri")
        assert refused.value.code == "count_same"
        with pytest.raises(DomainError) as refused:
            service.count_stock(session, act(), material_id=card.id, counted=1, reason="Ada")
        assert refused.value.code == "nothing_bought"
    row = queries.on_hand_of(session, 1, card.id)
    assert (row.quantity, row.value_idr) == (0, 0)


def test_a_card_runs_from_opening_to_closing(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(
            session, act(today=date(2026, 10, 1)), bought=1_000, value_idr=2_000
        )
        lay_in(session, act(today=date(2026, 11, 5)), card, donated=500)
        service.count_stock(session, act(), material_id=card.id, counted=1_200, reason="Tercecer")
    shown = queries.card(session, 1, card.id, date(2026, 11, 1), TODAY)
    assert (shown.opening_quantity, shown.opening_value_idr) == (1_000, 2_000)
    assert [(x.kind, x.quantity_after, x.value_after_idr) for x in shown.lines] == [
        ("stock.opening", 1_500, 2_000),
        ("stock.count", 1_200, 1_600),
    ]
    assert (shown.closing_quantity, shown.closing_value_idr) == (1_200, 1_600)


@pytest.mark.usefixtures("saturday")
def test_the_shed_over_http(
    app: Flask,
    bank: Bank,
    act: Acts,
    sign_in: Callable[..., Browser],
    api: Callable[..., Program],
) -> None:
    with app.app_context(), transaction(bank.bank_id) as session:
        card = stocked_material(session, act(), "Kardus", bought=10_000, value_idr=20_000)
        stocked_material(session, act(), "Toples", unit="pcs", donated=7)
    browser, program = sign_in("treasurer"), api("treasurer")
    page = browser.get("/persediaan").text
    assert "Kardus" in page
    assert "7 buah" in page
    address = f"/persediaan/{card.id}"
    assert "Stok awal" in browser.get(address).text
    assert browser.get(address, dari="kemarin").status_code == 422
    for counted, reason, sentence in [
        ("9.500", "Basah", "bisa berarti dua hal"),
        ("-1", "Basah", "tanpa tanda minus"),
        ("9,5", "", "Isi bagian ini."),
        ("10", "Basah", "Hitungan sama dengan catatan"),
    ]:
        answer = browser.post(f"{address}/hitungan", {"counted": counted, "reason": reason})
        assert (answer.status_code, sentence in answer.text) == (422, True), (counted, reason)
    saved = browser.post(f"{address}/hitungan", {"counted": "9,5", "reason": "Basah"})
    assert saved.status_code == 303
    listed = program.get("/stock").json["items"]
    assert [(x["code"], x["quantity"], x["value_idr"]) for x in listed] == [
        ("KARDUS", 9_500, 19_000),
        ("TOPLES", 7, 0),
    ]
    shown = program.get(f"/stock/{card.id}").json
    assert shown["closing_quantity"] == 9_500
    counted = program.post(f"/stock/{card.id}/counts", {"counted": 9_400, "reason": "Basah"})
    assert counted.json["bought_quantity"] == -100
    assert program.get("/stock/99").status_code == 404
    assert api("operator").post(f"/stock/{card.id}/counts", {}).status_code == 403
