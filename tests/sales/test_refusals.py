"""What of a sale is refused and why, by the service, the proof and the database."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.errors import DomainError
from banksampah.sales import queries
from banksampah.sales.service import Cost, Sold
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from tests.conftest import TODAY
from tests.factories import stocked_material
from tests.sales.helpers import Acts, sell


def test_the_last_kilograms_are_sold_once(app: Flask, bank: Bank, act: Acts) -> None:
    with app.app_context(), transaction(bank.bank_id) as session:
        card = stocked_material(session, act(), donated=10_000)
    told: list[str] = []

    def race(number: int) -> None:
        try:
            with app.app_context(), transaction(1) as session:
                sell(session, act(f"race-{number}"), Sold(card.id, 6_000, 1_000))
            told.append("sold")
        except DomainError as refused:
            told.append(refused.code)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["sold"] + ["stock_short"] * 7


def test_more_than_lies_there_is_refused(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        with pytest.raises(DomainError) as refused:
            sell(session, act(), Sold(card.id, 6_000, 1_000), Sold(card.id, 4_001, 1_000))
    assert refused.value.code == "stock_short"
    assert refused.value.field == "lines.1.our_quantity"
    assert "Kardus: stok 10 kg, dijual 10,001 kg" in refused.value.message


@pytest.mark.parametrize("days", [-1, 32])
def test_a_sale_is_dated_within_the_open_days(
    session: Session, bank: Bank, act: Acts, days: int
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        with pytest.raises(DomainError) as refused:
            sell(session, act(), Sold(card.id, 1, 1), sold_on=TODAY - timedelta(days=days))
    assert refused.value.code == "sale_day_out_of_range"


def test_a_sale_of_a_closed_month_is_booked_on_the_first_open_day(
    session: Session, bank: Bank, act: Acts
) -> None:
    october_31 = TODAY.replace(month=10, day=31)
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        ledger.close_period(session, act(), october_31)
        sale = sell(session, act(), Sold(card.id, 10_000, 1_000), sold_on=october_31)
    entry = ledger.entry(session, 1, sale.seq)
    assert (entry.effective_on, entry.occurred_on) == (TODAY.replace(day=1), october_31)


def test_a_deduction_is_at_most_the_goods(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        with pytest.raises(DomainError) as refused:
            sell(session, act(), Sold(card.id, 10_000, 1_000), deduction_idr=10_001)
    assert refused.value.code == "deduction_too_high"


def test_the_proof_finds_a_changed_figure(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, donated=10_000, value_idr=10_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 3_000))
    [split] = split_queries.splits_of_sale(session, 1, sale.seq)
    sale.lines[0].goods_cost_idr += 1
    split.lines[0].amount_idr += 1
    with session.no_autoflush:
        found = {seq for seq, _ in split_queries.faults(session, 1) + queries.faults(session, 1)}
    session.expunge_all()
    assert found == {sale.seq, split.seq}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sale SET gross_idr = 1",
        "DELETE FROM sale_line",
        "UPDATE sale_line SET amount_idr = amount_idr + 1",
        "DELETE FROM sale_cost",
        "UPDATE buyer SET name = 'x'",
        "DELETE FROM split",
        "UPDATE split_line SET amount_idr = 0",
        "UPDATE split_rule_line SET weight_ppm = 1",
        "DELETE FROM split_step",
        "DELETE FROM fund",
    ],
)
def test_the_database_changes_nothing_that_is_written(
    session: Session, bank: Bank, act: Acts, statement: str
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 3_000), costs=[Cost("transport", 1)])
        [split] = split_queries.splits_of_sale(session, 1, sale.seq)
        splits.reject(session, act(), split_seq=split.seq, reason="x")
    with pytest.raises(DBAPIError), transaction(bank.bank_id):
        session.execute(text(statement))
