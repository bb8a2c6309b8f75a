"""What a mirror can no longer do, because the goods are sold; and prices that come later."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction
from banksampah.deposits import queries
from banksampah.deposits.queries import Recorded
from banksampah.deposits.service import (
    correct_household,
    correct_price,
    correct_weight,
    move_household,
    price_pending_lines,
    reverse_deposit,
)
from banksampah.deposits.service.corrections import MirrorPossible, NothingToCorrect
from banksampah.ledger import chart
from banksampah.members.service import close_member, merge_members
from banksampah.members.service.ending import MemberNotEmpty
from banksampah.stock.service import count_stock
from tests.conftest import TODAY
from tests.deposits.conftest import Day, legs_of
from tests.deposits.test_reverse import take_goods, take_money
from tests.factories import MakeAct, make_deposit, make_member, set_price


def sold(session: Session, day: Day, act: MakeAct, weighed_g: int, sold_g: int) -> Recorded:
    """Siti's kardus, some of it sold at cost."""
    deposit = make_deposit(session, act(), day.siti, (day.kardus, weighed_g))
    take_goods(session, act(), day, sold_g, sold_g * 1_800 // 1_000)
    return deposit


def test_a_lighter_gift_costs_nothing_of_what_was_bought(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        make_deposit(s, act(), day.joko, (day.kardus, 10_000))
        gift = make_deposit(s, act(), day.siti, (day.kardus, 10_000), kind="sedekah")
        given = ledger.Leg(day.kardus.donated_account_id, "G", -5_000)
        sold = ledger.Leg(chart.flow("sold", "G"), "G", 5_000)
        ledger.post(s, act(), "sale.record", {}, [given, sold])
        change = correct_weight(s, act(), seq=gift.seq, line=1, quantity=5_000, note="Salah baca")
    assert legs_of(session, change.seq) == ["S.1.D -5000 G", "F.in_donated.G +5000 G"]


def test_a_mirror_comes_first(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_000))
    for correct, right in (
        (correct_price, {"line": 1, "price_idr": 5}),
        (correct_weight, {"line": 1, "quantity": 5}),
        (correct_household, {"member_id": day.joko.id}),
    ):
        with pytest.raises(MirrorPossible), transaction(day.bank_id) as s:
            correct(s, act(), seq=deposit.seq, note="Salah", **right)


def test_a_higher_price(session: Session, day: Day, act: MakeAct) -> None:
    """Half of the goods are there: their value rises, the rest went out at cost."""
    with transaction(day.bank_id) as s:
        deposit = sold(s, day, act, 2_000, 1_000)
        change = correct_price(
            s, act("fix"), seq=deposit.seq, line=1, price_idr=2_000, note="Harga baru lupa"
        )
        again = correct_price(
            s, act("fix"), seq=deposit.seq, line=1, price_idr=2_000, note="Harga baru lupa"
        )
    assert again.seq == change.seq
    assert legs_of(session, change.seq) == [
        "1300.1.B +200 IDR", "5100 +200 IDR", "2100.0001 -400 IDR",
    ]  # fmt: skip
    now = queries.standing(session, 1, deposit.seq)
    assert (now.lines[0].price_idr, now.credited_idr) == (2_000, 4_000)
    with pytest.raises(NothingToCorrect), transaction(day.bank_id) as s:
        correct_price(s, act(), seq=deposit.seq, line=1, price_idr=2_000, note="Lagi")


def test_a_lower_price_that_was_spent(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = sold(s, day, act, 2_000, 2_000)
        take_money(s, act(), day.siti.savings_account_id, 3_000)
        change = correct_price(s, act(), seq=deposit.seq, line=1, price_idr=1_000, note="Salah")
    assert legs_of(session, change.seq) == [
        "5100 -1600 IDR", "2100.0001 +600 IDR", "1400.0001 +1000 IDR",
    ]  # fmt: skip


def test_the_wrong_household(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = sold(s, day, act, 2_000, 2_000)
        take_money(s, act(), day.siti.savings_account_id, 600)
        change = correct_household(
            s, act(), seq=deposit.seq, member_id=day.joko.id, note="Kartu tertukar"
        )
    assert legs_of(session, change.seq) == [
        "2100.0001 +3000 IDR", "1400.0001 +600 IDR", "2100.0002 -3600 IDR",
    ]  # fmt: skip
    assert queries.standing(session, 1, deposit.seq).member_id == day.joko.id
    with pytest.raises(NothingToCorrect), transaction(day.bank_id) as s:
        correct_household(s, act(), seq=deposit.seq, member_id=day.joko.id, note="Lagi")


def test_too_heavy_while_some_is_there(session: Session, day: Day, act: MakeAct) -> None:
    """3 kg too much; 1 kg of it is in the shed, 2 kg never were and count as shrinkage undone."""
    with transaction(day.bank_id) as s:
        deposit = sold(s, day, act, 5_000, 4_000)
        change = correct_weight(
            s, act(), seq=deposit.seq, line=1, quantity=2_000, note="Salah baca"
        )
    assert legs_of(session, change.seq) == [
        "S.1.B -1000 G", "F.shrink.G -2000 G", "F.in_savings.G +3000 G",
        "1300.1.B -1800 IDR", "4900 -3600 IDR", "2100.0001 +5400 IDR",
    ]  # fmt: skip


def test_too_light(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        some_left = sold(s, day, act, 2_000, 1_000)
        into_stock = correct_weight(
            s, act(), seq=some_left.seq, line=1, quantity=2_500, note="Kurang"
        )
        take_goods(s, act(), day, 1_500, 2_700)
        all_gone = correct_weight(
            s, act(), seq=some_left.seq, line=1, quantity=3_000, note="Kurang lagi"
        )
    assert legs_of(session, into_stock.seq) == [
        "S.1.B +500 G", "F.in_savings.G -500 G", "1300.1.B +900 IDR", "2100.0001 -900 IDR",
    ]  # fmt: skip
    assert legs_of(session, all_gone.seq) == [
        "F.shrink.G +500 G", "F.in_savings.G -500 G", "5200 +900 IDR", "2100.0001 -900 IDR",
    ]  # fmt: skip


def test_sedekah_that_weighed_less(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_000), kind="sedekah")
        legs = [
            ledger.debit(ledger.chart.flow("sold", "G"), 1_500, "G"),
            ledger.credit(day.kardus.donated_account_id, 1_500, "G"),
        ]
        ledger.post(s, act(), "test.sell", {}, legs)
        change = correct_weight(s, act(), seq=deposit.seq, line=1, quantity=1_800, note="Basah")
    assert legs_of(session, change.seq) == ["S.1.D -200 G", "F.in_donated.G +200 G"]


def test_a_price_that_comes_later(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(
            s, act(), day.siti, (day.ban, 4_000), (day.kardus, 1_000),
            weighed_on=TODAY - timedelta(days=3),
        )  # fmt: skip
        assert (deposit.lines[0].price_idr, deposit.value_idr) == (None, 1_800)
        assert price_pending_lines(s, act("early")) == []
        assert queries.unpriced_quantities(s, 1) == {day.ban.id: 4_000}
        set_price(s, act(), day.ban, 700, valid_from=TODAY)
        assert price_pending_lines(s, act("run")) == [deposit.seq]
        assert price_pending_lines(s, act("run")) == [deposit.seq]
        assert price_pending_lines(s, act("run-2")) == []
    now = queries.standing(session, 1, deposit.seq)
    assert (now.lines[0].price_idr, now.credited_idr, now.pending_count) == (700, 4_600, 0)
    assert legs_of(session, now.changes[0].seq) == ["1300.5.B +2800 IDR", "2100.0001 -2800 IDR"]
    assert queries.unpriced_quantities(session, 1) == {}


def test_what_waits_for_a_price_weighs_what_it_was_corrected_to(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.joko, (day.ban, 10_000))
        count_stock(s, act(), material_id=day.ban.id, counted=4_000, reason="hujan")
        for quantity in (7_000, 6_000):
            correct_weight(s, act(), seq=deposit.seq, line=1, quantity=quantity, note="Salah baca")
        assert [line.quantity for line in queries.pending_lines(s, 1)] == [6_000]
        assert queries.unpriced_quantities(s, 1) == {day.ban.id: 6_000}
        assert queries.unvalued_quantity(s, 1, day.ban.id, 0) == 6_000


def test_the_price_of_the_day_itself_goes_before_a_later_one(
    session: Session, day: Day, act: MakeAct
) -> None:
    weighed_on = TODAY - timedelta(days=3)
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.ban, 1_000), weighed_on=weighed_on)
        set_price(s, act(), day.ban, 900, valid_from=TODAY)
        set_price(s, act(), day.ban, 700, valid_from=weighed_on)
        price_pending_lines(s, act())
    assert queries.standing(session, 1, deposit.seq).lines[0].price_idr == 700


def test_a_closed_household_is_credited_in_titipan(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        deposit = sold(s, day, act, 2_000, 2_000)
        take_money(s, act(), day.siti.savings_account_id, 3_600)
        close_member(s, act(), member_id=day.siti.id)
        change = correct_price(s, act(), seq=deposit.seq, line=1, price_idr=2_000, note="Salah")
    assert legs_of(session, change.seq) == ["5100 +400 IDR", "2150 -400 IDR"]


def test_a_household_closes_once_its_goods_have_their_price(day: Day, act: MakeAct) -> None:
    """Those of a household merged into it, and those that were moved to it, too."""
    with transaction(day.bank_id) as s:
        twin, third = make_member(s, act(), "Joko S."), make_member(s, act(), "Budi")
        make_deposit(s, act(), twin, (day.ban, 1_000), (day.kardus, 1_000))
        merge_members(s, act(), from_id=twin.id, into_id=day.joko.id)
        take_money(s, act(), day.joko.savings_account_id, 1_800)
        moved = make_deposit(s, act(), day.siti, (day.ban, 1_000))
        move_household(s, act(), seq=moved.seq, member_id=third.id, note="Salah")
        undone = make_deposit(s, act(), day.siti, (day.ban, 1_000))
        reverse_deposit(s, act(), seq=undone.seq, reason="double", as_treasurer=True)
        make_deposit(s, act(), day.siti, (day.ban, 1_000), kind="sedekah")
        close_member(s, act(), member_id=day.siti.id)  # nothing more is credited to Siti
    for waiting in (day.joko, third):
        with pytest.raises(MemberNotEmpty, match="menyusul"), transaction(day.bank_id) as s:
            close_member(s, act(), member_id=waiting.id)
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.ban, 700)
        price_pending_lines(s, act())
        for waiting in (day.joko, third):
            take_money(s, act(), waiting.savings_account_id, 700)
            close_member(s, act(), member_id=waiting.id)
