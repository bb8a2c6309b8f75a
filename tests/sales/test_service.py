"""Sales: legs of each event, what is refused and why, undoing newest first."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.errors import DomainError
from banksampah.ledger import Act, chart
from banksampah.sales import queries, service
from banksampah.sales.models import Sale
from banksampah.sales.service import Cost, Sold
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from banksampah.stock import queries as stock
from tests.conftest import TODAY
from tests.factories import give_money, lay_in, stocked_material

Acts = Callable[..., Act]
SOLD, SHRINK = chart.flow("sold", "G"), chart.flow("shrink", "G")


def sell(session: Session, act: Act, *lines: Sold, **more: Any) -> Sale:
    facts: dict[str, Any] = {"sold_on": TODAY, "paid_with": "cash", "buyer_name": "Lapak Jaya"}
    return service.record_sale(session, act, lines=lines, **(facts | more))


def legs_of(session: Session, seq: int) -> list[tuple[int, int]]:
    return [(x.account_id, x.amount) for x in ledger.entry(session, 1, seq).legs]


def proven(session: Session) -> None:
    assert queries.faults(session, 1) == []
    assert split_queries.faults(session, 1) == []
    assert stock.faults(session, 1) == []
    assert ledger.check(session, 1).faults == []


def test_a_sale_with_a_margin(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=100_000, value_idr=400_000)
        sale = sell(session, act(), Sold(card.id, 100_000, 5_000))
    assert legs_of(session, sale.seq) == [
        (chart.CASH, 500_000),
        (chart.SALES, -500_000),
        (chart.COST_OF_GOODS, 400_000),
        (card.value_account_id, -400_000),
        (chart.ALLOCATION, 100_000),
        (chart.UNDIVIDED, -100_000),
        (SOLD, 100_000),
        (card.bought_account_id, -100_000),
    ]
    [split] = split_queries.splits_of_sale(session, 1, sale.seq)
    assert [line.amount_idr for line in split.lines] == [30_000, 70_000]
    assert sale.buyer.name == "Lapak Jaya"
    proven(session)


def test_all_of_the_proceeds_of_donated_goods_are_divided(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=100_000)
        sale = sell(session, act(), Sold(card.id, 100_000, 5_000), paid_with="bank")
    assert legs_of(session, sale.seq) == [
        (chart.BANK, 500_000),
        (chart.SALES_DONATED, -500_000),
        (chart.ALLOCATION, 500_000),
        (chart.UNDIVIDED, -500_000),
        (SOLD, 100_000),
        (card.donated_account_id, -100_000),
    ]
    proven(session)


def test_a_sale_at_a_loss_divides_nothing(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, value_idr=30_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 2_000))
    assert legs_of(session, sale.seq) == [
        (chart.CASH, 20_000),
        (chart.SALES, -20_000),
        (chart.COST_OF_GOODS, 30_000),
        (card.value_account_id, -30_000),
        (SOLD, 10_000),
        (card.bought_account_id, -10_000),
    ]
    assert (sale.bought_margin_idr, sale.split_idr) == (-10_000, 0)
    assert split_queries.splits_of_sale(session, 1, sale.seq) == []
    proven(session)


def test_the_buyers_weight_is_paid_and_ours_leaves_stock(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, donated=10_000, value_idr=20_000)
        sale = sell(session, act(), Sold(card.id, 19_000, 4_000, our_quantity=20_000))
    assert legs_of(session, sale.seq) == [
        (chart.CASH, 76_000),
        (chart.SALES, -38_000),
        (chart.SALES_DONATED, -38_000),
        (chart.COST_OF_GOODS, 19_000),
        (chart.SHRINKAGE, 1_000),
        (card.value_account_id, -20_000),
        (chart.ALLOCATION, 57_000),
        (chart.UNDIVIDED, -57_000),
        (SOLD, 19_000),
        (SHRINK, 1_000),
        (card.bought_account_id, -10_000),
        (card.donated_account_id, -10_000),
    ]
    proven(session)


def test_a_heavier_scale_of_the_buyer_is_a_gain(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, value_idr=20_000)
        sale = sell(session, act(), Sold(card.id, 10_500, 4_000, our_quantity=10_000))
    assert legs_of(session, sale.seq) == [
        (chart.CASH, 42_000),
        (chart.SALES, -42_000),
        (chart.COST_OF_GOODS, 21_000),
        (chart.GAIN, -1_000),
        (card.value_account_id, -20_000),
        (chart.ALLOCATION, 21_000),
        (chart.UNDIVIDED, -21_000),
        (SOLD, 10_500),
        (SHRINK, -500),
        (card.bought_account_id, -10_000),
    ]
    proven(session)


def test_costs_and_deductions_come_off_before_the_split(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=100_000)
        sale = sell(
            session,
            act(),
            Sold(card.id, 100_000, 5_000),
            deduction_idr=20_000,
            costs=[Cost("transport", 40_000), Cost("loading", 5_000)],
        )
    assert legs_of(session, sale.seq)[:6] == [
        (chart.CASH, 480_000),
        (chart.SALES_DONATED, -480_000),
        (chart.OPERATING, 40_000),
        (chart.CASH, -40_000),
        (chart.OPERATING, 5_000),
        (chart.CASH, -5_000),
    ]
    assert sale.split_idr == 435_000
    proven(session)


def test_the_figures_of_the_screen(session: Session, bank: Bank, act: Acts) -> None:
    """Six donated materials, 501,95 kg, Rp1.252.685 less Rp40.000: 363.806 and 848.879."""
    goods = [
        ("Kardus", 186_200, 184_500, 1_900),
        ("Botol PET", 62_400, 62_400, 5_200),
        ("Kaleng", 28_150, 27_800, 2_600),
        ("Besi", 58_250, 58_250, 4_300),
        ("Koran", 73_000, 73_000, 2_900),
        ("Botol kaca", 96_000, 96_000, 450),
    ]
    with transaction(bank.bank_id):
        start = act()
        lines = [
            Sold(stocked_material(session, act(), name, donated=ours).id, theirs, price, ours)
            for name, ours, theirs, price in goods
        ]
        sale = sell(session, start, *lines, costs=[Cost("transport", 40_000)])
    assert (sale.gross_idr, sale.split_idr) == (1_252_685, 1_212_685)
    [split] = split_queries.splits_of_sale(session, 1, sale.seq)
    assert [line.amount_idr for line in split.lines] == [363_806, 848_879]
    assert all(row.quantity == 0 for row in stock.on_hand(session, 1))
    proven(session)


def test_pieces_are_priced_a_piece(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        jar = stocked_material(session, act(), "Toples", unit="pcs", bought=7, value_idr=1_000)
        sale = sell(session, act(), Sold(jar.id, 3, 500))
    assert sale.gross_idr == 1_500
    assert sale.goods_cost_idr == 428  # 1000 × 3 div 7
    proven(session)


def test_the_origin_may_be_told(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, donated=10_000, value_idr=20_000)
        for told, ours in [(10_001, 10_001), (0, 10_001), (5_001, 5_000)]:
            with pytest.raises(DomainError) as refused:
                sell(session, act(), Sold(card.id, ours, 4_000, bought_quantity=told))
            assert refused.value.code == "origin_wrong"
        sale = sell(session, act(), Sold(card.id, 10_000, 4_000, bought_quantity=2_000))
    [line] = sale.lines
    assert (line.bought_quantity, line.donated_quantity) == (2_000, 8_000)
    assert (line.goods_cost_idr, line.bought_idr, line.donated_idr) == (4_000, 8_000, 32_000)
    proven(session)


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


def test_a_sale_on_credit_is_paid_later_in_parts(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 1_000), paid_with="receivable")
        assert sale.owed_idr == 10_000
        paid = service.receive_payment(
            session, act(), sale_seq=sale.seq, amount_idr=4_000, paid_with="bank"
        )
        with pytest.raises(DomainError) as refused:
            service.receive_payment(
                session, act(), sale_seq=sale.seq, amount_idr=6_001, paid_with="cash"
            )
    assert refused.value.code == "paid_too_much"
    assert paid.owed_idr == 6_000
    assert legs_of(session, paid.steps[0].seq) == [(chart.BANK, 4_000), (chart.RECEIVABLE, -4_000)]
    proven(session)


def test_a_payment_stands_in_the_way_until_it_is_taken_back(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 1_000), paid_with="receivable")
        paid = service.receive_payment(
            session, act(), sale_seq=sale.seq, amount_idr=4_000, paid_with="cash"
        )
        with pytest.raises(DomainError) as refused:
            service.reverse_sale(session, act(), sale_seq=sale.seq, reason="salah")
        assert refused.value.code == "payment_in_the_way"
        service.reverse_payment(
            session,
            act(),
            sale_seq=sale.seq,
            payment_seq=paid.steps[0].seq,
            reason="salah orang",
        )
        undone = service.reverse_sale(session, act(), sale_seq=sale.seq, reason="salah")
    assert undone.is_reversed
    assert undone.owed_idr == 0
    assert stock.on_hand_of(session, 1, card.id).donated_quantity == 10_000
    assert ledger.balance(session, 1, chart.RECEIVABLE).posted == 0
    proven(session)


def test_a_waiting_proposal_is_let_go_with_its_sale(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, value_idr=7_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 1_000))
        key = act("undo")
        undone = service.reverse_sale(session, key, sale_seq=sale.seq, reason="salah")
        again = service.reverse_sale(session, key, sale_seq=sale.seq, reason="salah")
        with pytest.raises(DomainError) as refused:
            service.reverse_sale(session, act(), sale_seq=sale.seq, reason="salah")
    [split] = split_queries.splits_of_sale(session, 1, sale.seq)
    assert split.state == "released"
    assert legs_of(session, split.steps[0].seq) == [(chart.UNDIVIDED, 0)]
    assert legs_of(session, undone.steps[0].seq) == [
        (account_id, -amount) for account_id, amount in legs_of(session, sale.seq)
    ]
    assert len(again.steps) == 1
    assert refused.value.code == "sale_already_reversed"
    row = stock.on_hand_of(session, 1, card.id)
    assert (row.bought_quantity, row.value_idr) == (10_000, 7_000)
    assert ledger.balance(session, 1, chart.UNDIVIDED) == (0, 0)
    with transaction(bank.bank_id), pytest.raises(DomainError) as too_late:
        splits.propose_again(session, act(), split_seq=split.seq, reason="x")
    assert too_late.value.code == "sale_reversed"
    proven(session)


def test_an_approved_split_is_undone_before_its_sale(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 1_000))
        [split] = split_queries.splits_of_sale(session, 1, sale.seq)
        seen = split_queries.lines_hash(split)
        splits.approve(session, act(actor_id=2), split_seq=split.seq, seen=seen)
        with pytest.raises(DomainError) as refused:
            service.reverse_sale(session, act(), sale_seq=sale.seq, reason="salah")
        assert f"Pembagian {split.seq}" in refused.value.message
        splits.reverse_split(session, act(), split_seq=split.seq, reason="salah")
        undone = service.reverse_sale(session, act(), sale_seq=sale.seq, reason="salah")
    assert undone.is_reversed
    proven(session)


def test_money_that_is_gone_is_named(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, value_idr=10_000)
        sale = sell(session, act(), Sold(card.id, 10_000, 1_000))
        spent = [ledger.debit(chart.OPERATING, 1), ledger.credit(chart.CASH, 1)]
        ledger.post(session, act(), "cash.spend", {}, spent)
        with pytest.raises(DomainError) as refused:
            service.reverse_sale(session, act(), sale_seq=sale.seq, reason="salah")
    assert refused.value.code == "money_gone"
    assert "Kas tinggal Rp9.999, yang harus kembali Rp10.000" in refused.value.message


def test_a_cost_without_money_is_refused(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
    facts = {"paid_with": "receivable", "costs": [Cost("transport", 5_000)]}
    with pytest.raises(DomainError) as refused, transaction(bank.bank_id):
        sell(session, act(), Sold(card.id, 10_000, 1_000), **facts)
    assert refused.value.code == "money_short"
    with transaction(bank.bank_id):
        give_money(session, act(), 5_000)
        assert sell(session, act(), Sold(card.id, 10_000, 1_000), **facts).split_idr == 5_000


def test_the_same_key_sells_once(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        key = act("sell-it")
        first = sell(session, key, Sold(card.id, 4_000, 1_000))
        second = sell(session, key, Sold(card.id, 4_000, 1_000))
        with pytest.raises(ledger.KeyReused):
            sell(session, key, Sold(card.id, 5_000, 1_000))
    assert first.seq == second.seq
    assert stock.on_hand_of(session, 1, card.id).donated_quantity == 6_000


def test_a_buyer_is_known_by_name(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), donated=10_000)
        first = sell(session, act(), Sold(card.id, 1_000, 1_000), buyer_name="Lapak  Jaya")
        second = sell(session, act(), Sold(card.id, 1_000, 1_000), buyer_name="LAPAK JAYA")
        third = sell(session, act(), Sold(card.id, 1_000, 1_000), buyer_id=first.buyer_id)
        with pytest.raises(DomainError) as refused:
            service.add_buyer(session, act(), name="lapak jaya")
        with pytest.raises(DomainError) as unknown:
            sell(session, act(), Sold(card.id, 1_000, 1_000), buyer_id=99)
    assert first.buyer_id == second.buyer_id == third.buyer_id
    assert (refused.value.code, unknown.value.code) == ("buyer_exists", "buyer_not_found")


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


def test_the_average_moves_with_what_is_laid_in(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, value_idr=10_000)
        lay_in(session, act(), card, bought=10_000, value_idr=30_000)
        half = sell(session, act(), Sold(card.id, 5_000, 5_000))
        rest = sell(session, act(), Sold(card.id, 15_000, 5_000))
    assert (half.goods_cost_idr, rest.goods_cost_idr) == (10_000, 30_000)
    proven(session)


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
