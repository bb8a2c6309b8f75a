"""Sales on credit, payments, and undoing: newest first, and only with the money at hand."""

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
from banksampah.splits import service as splits
from banksampah.stock import queries as stock
from tests.factories import give_money, stocked_material
from tests.sales.helpers import Acts, legs_of, proven, sell


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
