"""Undoing a deposit: exact mirrors, debt for what was spent, and value that stays with goods."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction
from banksampah.deposits import queries
from banksampah.deposits.service import correct_price, reverse_deposit
from banksampah.deposits.service.changes import DepositReversed, TreasurerNeeded
from banksampah.deposits.service.reversal import GoodsGone
from banksampah.ledger import Act, chart
from banksampah.members.queries import get_member, standing
from banksampah.members.service import merge_members
from tests.conftest import NOW, TODAY
from tests.deposits.conftest import Day, legs_of
from tests.factories import MakeAct, make_deposit, set_price


def take_money(session: Session, act: Act, account_id: int, amount_idr: int) -> None:
    """What a payment does: savings go down, so does the till (here: opening balance)."""
    legs = [ledger.debit(account_id, amount_idr), ledger.credit(chart.OPENING, amount_idr)]
    ledger.post(session, act, "test.pay", {"account_id": account_id}, legs)


def take_goods(session: Session, act: Act, day: Day, quantity: int, cost_idr: int) -> None:
    """What a sale does to the stock of kardus."""
    legs = [
        ledger.debit(chart.COST_OF_GOODS, cost_idr),
        ledger.credit(day.kardus.value_account_id, cost_idr),
        ledger.debit(chart.flow("sold", "G"), quantity, "G"),
        ledger.credit(day.kardus.bought_account_id, quantity, "G"),
    ]
    ledger.post(session, act, "test.sell", {"quantity": quantity}, legs)


def undo(session: Session, act: Act, seq: int) -> int:
    return reverse_deposit(session, act, seq=seq, reason="wrong_weight", as_treasurer=True)


def test_the_mirror(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_350), (day.botol, 3))
        mirror = reverse_deposit(
            s, act("undo"), seq=deposit.seq, reason="wrong_weight", note="Timbangan belum nol"
        )
    entry = ledger.entry(session, 1, mirror)
    assert (entry.reverses_seq, entry.effective_on) == (deposit.seq, TODAY)
    assert ledger.note_of(session, 1, mirror) == "Timbangan belum nol"
    assert legs_of(session, mirror) == [
        "1300.1.B -4230 IDR", "1300.3.B -1200 IDR", "2100.0001 +5430 IDR",
        "S.1.B -2350 G", "S.3.B -3 PCS", "F.in_savings.G +2350 G", "F.in_savings.PCS +3 PCS",
    ]  # fmt: skip
    change = queries.standing(session, 1, deposit.seq).reversal
    assert change is not None
    assert (change.seq, change.reason) == (mirror, "wrong_weight")


def test_undoing_twice(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_350))
        first = undo(s, act("undo"), deposit.seq)
        assert undo(s, act("undo"), deposit.seq) == first
    with pytest.raises(DepositReversed), transaction(day.bank_id) as s:
        undo(s, act("other"), deposit.seq)


def test_spent_money_becomes_debt_first(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_350))
        take_money(s, act(), day.siti.savings_account_id, 4_000)
        mirror = undo(s, act(), deposit.seq)
    assert legs_of(session, mirror - 1) == ["1400.0001 +4000 IDR", "2100.0001 -4000 IDR"]
    now = standing(session, get_member(session, 1, day.siti.id))
    assert (now.balance_idr, now.debt_idr, now.withdrawable_idr) == (0, 4_000, 0)
    assert ledger.balance(session, 1, day.kardus.value_account_id).posted == 0


def test_a_merged_household_owes_on_the_one_that_remains(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_350))
        merge_members(s, act(), from_id=day.siti.id, into_id=day.joko.id)
        take_money(s, act(), day.joko.savings_account_id, 230)
        mirror = undo(s, act(), deposit.seq)
    assert legs_of(session, mirror - 1) == [
        "2100.0002 +4000 IDR", "1400.0002 +230 IDR", "2100.0001 -4230 IDR",
    ]  # fmt: skip


def test_sold_goods_cannot_go_back(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_000), (day.pet, 1_000))
        take_goods(s, act(), day, 1, 1)
    with pytest.raises(GoodsGone, match="Kardus"), transaction(day.bank_id) as s:
        undo(s, act(), deposit.seq)
    assert queries.standing(session, 1, deposit.seq).reversal is None


def test_goods_left_keep_their_share_of_the_value(session: Session, day: Day, act: MakeAct) -> None:
    """10 kg at 1.000 and 10 kg at 3.000; 5 kg leave at the mean of 2.000. Undoing the dear ones
    would leave 5 kg worth nothing: they stay worth 2.000 each, and Susut tells it."""
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.kardus, 1_000, valid_from=TODAY - timedelta(days=9))
        make_deposit(s, act(), day.joko, (day.kardus, 10_000), weighed_on=TODAY - timedelta(days=5))
        set_price(s, act(), day.kardus, 3_000, valid_from=TODAY)
        dear = make_deposit(s, act(), day.siti, (day.kardus, 10_000))
        take_goods(s, act(), day, 5_000, 10_000)
        mirror = undo(s, act(), dear.seq)
    assert legs_of(session, mirror - 1) == ["1300.1.B +10000 IDR", "5200 -10000 IDR"]
    assert ledger.balance(session, 1, day.kardus.value_account_id).posted == 10_000
    assert ledger.balance(session, 1, day.kardus.bought_account_id).posted == 5_000


def test_value_without_goods_is_written_off(session: Session, day: Day, act: MakeAct) -> None:
    """The same, but the cheap ones are undone and the shed is empty: what is left is Susut."""
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.kardus, 3_000, valid_from=TODAY - timedelta(days=9))
        make_deposit(s, act(), day.joko, (day.kardus, 10_000), weighed_on=TODAY - timedelta(days=5))
        set_price(s, act(), day.kardus, 1_000, valid_from=TODAY)
        cheap = make_deposit(s, act(), day.siti, (day.kardus, 10_000))
        take_goods(s, act(), day, 10_000, 20_000)
        mirror = undo(s, act(), cheap.seq)
    assert legs_of(session, mirror + 1) == ["1300.1.B -10000 IDR", "5200 +10000 IDR"]
    assert ledger.balance(session, 1, day.kardus.value_account_id).posted == 0


def test_goods_that_never_had_a_value_ask_for_none(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.kardus, None, valid_from=TODAY - timedelta(days=9))
        make_deposit(s, act(), day.joko, (day.kardus, 4_000), weighed_on=TODAY - timedelta(days=5))
        set_price(s, act(), day.kardus, 1_800, valid_from=TODAY)
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_000))
        before = ledger.head_seq(s, 1)
        mirror = undo(s, act(), deposit.seq)
    assert mirror == before + 1 == ledger.head_seq(session, 1)


def test_changes_are_undone_newest_first(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_000))
        take_goods(s, act(), day, 2_000, 3_600)
        correct_price(s, act(), seq=deposit.seq, line=1, price_idr=2_000, note="Harga lama")
        make_deposit(s, act(), day.joko, (day.kardus, 9_000))
        undo(s, act(), deposit.seq)
    assert ledger.balance(session, 1, day.siti.savings_account_id).posted == 0
    assert ledger.balance(session, 1, day.kardus.bought_account_id).posted == 7_000


def test_an_operator_undoes_own_deposits_of_today(session: Session, day: Day, act: MakeAct) -> None:
    yesterday = NOW - timedelta(days=1)
    with transaction(day.bank_id) as s:
        old = make_deposit(
            s,
            act(actor_id=7, at=yesterday, today=date(2026, 11, 20)),
            day.siti,
            (day.kardus, 1_000),
        )
        others = make_deposit(s, act(actor_id=8), day.siti, (day.kardus, 1_000))
        # 00.30 in Jakarta is the day before in UTC, and still today
        early = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
        own = make_deposit(s, act(actor_id=7, at=early), day.siti, (day.kardus, 1_000))
    for deposit in (old, others):
        with pytest.raises(TreasurerNeeded), transaction(day.bank_id) as s:
            reverse_deposit(s, act(actor_id=7), seq=deposit.seq, reason="double")
    with transaction(day.bank_id) as s:
        reverse_deposit(s, act(actor_id=7), seq=own.seq, reason="double")


def test_unknown(session: Session, day: Day, act: MakeAct) -> None:
    with pytest.raises(queries.NoDeposit), transaction(day.bank_id) as s:
        undo(s, act(), 4_711)
