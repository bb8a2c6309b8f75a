"""A sale: its legs, weights, costs and origin, and what is divided."""

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.errors import DomainError
from banksampah.ledger import chart
from banksampah.sales import service
from banksampah.sales.service import Cost, Sold
from banksampah.splits import queries as split_queries
from banksampah.stock import queries as stock
from tests.factories import lay_in, stocked_material
from tests.sales.helpers import SHRINK, SOLD, Acts, legs_of, proven, sell


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


def test_the_average_moves_with_what_is_laid_in(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        card = stocked_material(session, act(), bought=10_000, value_idr=10_000)
        lay_in(session, act(), card, bought=10_000, value_idr=30_000)
        half = sell(session, act(), Sold(card.id, 5_000, 5_000))
        rest = sell(session, act(), Sold(card.id, 15_000, 5_000))
    assert (half.goods_cost_idr, rest.goods_cost_idr) == (10_000, 30_000)
    proven(session)
