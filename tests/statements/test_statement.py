"""The statement against the books: every line, every kilogram, every period."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction, use_bank
from banksampah.deposits.service import (
    correct_household,
    correct_weight,
    price_pending_lines,
    reverse_deposit,
)
from banksampah.members.queries import MemberNotFound
from banksampah.members.service import merge_members
from banksampah.sales.service import Sold, record_sale
from banksampah.statements import queries
from banksampah.statements.queries import Statement
from banksampah.withdrawals.service import (
    pay_withdrawal,
    request_withdrawal,
    reverse_withdrawal,
)
from tests.conftest import TODAY
from tests.factories import MakeAct, give_money, give_savings, make_deposit, set_price
from tests.statements.conftest import Shop

NOVEMBER = date(2026, 11, 1)


def said(
    session: Session, shop: Shop, *, since: date = NOVEMBER, until: date = TODAY, joko: bool = False
) -> Statement:
    use_bank(session, shop.bank_id)
    member = shop.joko if joko else shop.siti
    return queries.statement(
        session, shop.bank_id, member.id, since=since, until=until, today=TODAY
    )


def shown(doc: Statement) -> list[str]:
    """The lines as one reads them: day, number's letter, words, grams, rupiah, balance."""
    return [
        f"{line.effective_on:%d/%m} {line.number[0]} {_without_numbers(line.text)}"
        f" · {line.weight_g} g · {line.amount_idr:+} = {line.balance_idr}"
        for line in doc.lines
    ]


def _without_numbers(text: str) -> str:
    return " ".join(f"{word[:2]}…" if word[1:2] == "-" else word for word in text.split())


def goods(doc: Statement) -> dict[str, int]:
    return {line.name: line.quantity for line in doc.goods}


def test_deposits_and_a_withdrawal_in_their_order(
    session: Session, shop: Shop, act: MakeAct
) -> None:
    with transaction(shop.bank_id) as s:
        give_money(s, act(), 100_000)
        make_deposit(s, act(), shop.siti, (shop.kardus, 2_350), (shop.pet, 1_200))
        asked = request_withdrawal(s, act(), member_id=shop.siti.id, amount_idr=5_000)
        pay_withdrawal(s, act(), seq=asked.seq)
        late = make_deposit(
            s, act(), shop.siti, (shop.botol, 12), weighed_on=TODAY - timedelta(days=7)
        )
    doc = said(session, shop)
    assert shown(doc) == [
        "14/11 S Botol sirup 12 buah · 0 g · +4800 = 4800",
        "21/11 S Kardus, botol PET · 3550 g · +8430 = 13230",
        "21/11 T Penarikan tunai · 0 g · -5000 = 8230",
    ]
    assert doc.lines[0].number == f"S-{late.seq:05}"
    assert doc.lines[2].number == f"T-{asked.seq:05}"  # the number of the request, as on its paper
    assert goods(doc) == {"Kardus": 2_350, "Botol PET": 1_200, "Botol sirup": 12}
    assert (doc.opening_idr, doc.in_idr, doc.out_idr, doc.closing_idr) == (0, 13_230, -5_000, 8_230)
    assert doc.seal is not None
    assert doc.seal.seq == late.seq
    assert doc.seal.digits == ledger.find_seal(session, shop.bank_id, late.seq)


def test_the_opening_is_the_previous_closing(session: Session, shop: Shop, act: MakeAct) -> None:
    with transaction(shop.bank_id) as s:
        for days in (30, 21, 14, 14, 7, 0):
            make_deposit(
                s, act(), shop.siti, (shop.pet, 1_010), weighed_on=TODAY - timedelta(days=days)
            )
    for day in range(40):
        end = TODAY - timedelta(days=day)
        before, after = end - timedelta(days=11), end - timedelta(days=4)
        earlier = said(session, shop, since=before, until=after)
        later = said(session, shop, since=after + timedelta(days=1), until=end)
        whole = said(session, shop, since=before, until=end)
        assert earlier.closing_idr == later.opening_idr
        assert whole.lines == earlier.lines + later.lines
        assert whole.closing_idr == later.closing_idr


def test_a_reversal_takes_the_goods_back(session: Session, shop: Shop, act: MakeAct) -> None:
    with transaction(shop.bank_id) as s:
        deposit = make_deposit(s, act(), shop.siti, (shop.kardus, 2_350), (shop.pet, 1_200))
        make_deposit(s, act(), shop.siti, (shop.kardus, 1_000))
        reverse_deposit(s, act(), seq=deposit.seq, reason="double", as_treasurer=True)
    doc = said(session, shop)
    assert shown(doc) == [
        "21/11 S Kardus, botol PET · 3550 g · +8430 = 8430",
        "21/11 S Kardus · 1000 g · +1800 = 10230",
        "21/11 K Pembatalan S-… · -3550 g · -8430 = 1800",
    ]
    assert goods(doc) == {"Kardus": 1_000}
    assert doc.lines[2].text == f"Pembatalan S-{deposit.seq:05}"


def test_sedekah_has_its_kilograms_and_no_rupiah(
    session: Session, shop: Shop, act: MakeAct
) -> None:
    with transaction(shop.bank_id) as s:
        given = make_deposit(
            s, act(), shop.siti, (shop.kardus, 4_000), (shop.pet, 500), kind="sedekah"
        )
        make_deposit(s, act(), shop.siti, (shop.pet, 1_000))
        twice = make_deposit(s, act(), shop.siti, (shop.kardus, 4_000), kind="sedekah")
        reverse_deposit(s, act(), seq=twice.seq, reason="double", as_treasurer=True)
        make_deposit(s, act(), shop.joko, (shop.kardus, 9_000), kind="sedekah")
    doc = said(session, shop)
    assert shown(doc) == [
        "21/11 S Sedekah: kardus, botol PET · 4500 g · +0 = 0",
        "21/11 S Botol PET · 1000 g · +3500 = 3500",
        "21/11 S Sedekah: kardus · 4000 g · +0 = 3500",
        "21/11 K Pembatalan S-… · -4000 g · +0 = 3500",
    ]
    assert doc.lines[0].seq == given.seq
    assert goods(doc) == {"Kardus": 4_000, "Botol PET": 1_500}
    assert said(session, shop, until=TODAY - timedelta(days=1)).lines == ()


def test_a_price_to_come_is_credited_when_it_came(
    session: Session, shop: Shop, act: MakeAct
) -> None:
    with transaction(shop.bank_id) as s:
        make_deposit(s, act(), shop.siti, (shop.ban, 6_000))
        set_price(s, act(), shop.ban, 500, valid_from=TODAY)
        price_pending_lines(s, act())
    doc = said(session, shop)
    assert shown(doc) == [
        "21/11 S Ban bekas (harga menyusul) · 6000 g · +0 = 0",
        "21/11 K Harga susulan S-… · 0 g · +3000 = 3000",
    ]


def test_a_wrong_weight_is_put_right_on_the_paper_too(
    session: Session, shop: Shop, act: MakeAct
) -> None:
    with transaction(shop.bank_id) as s:
        deposit = make_deposit(s, act(), shop.siti, (shop.kardus, 5_000))
        record_sale(
            s, act(), sold_on=TODAY, paid_with="cash", buyer_name="UD Rongsok",
            lines=[Sold(shop.kardus.id, 5_000, 2_000)],
        )  # fmt: skip
        correct_weight(s, act(), seq=deposit.seq, line=1, quantity=4_000, note="salah baca")
    doc = said(session, shop)
    assert shown(doc) == [
        "21/11 S Kardus · 5000 g · +9000 = 9000",
        "21/11 K Koreksi berat S-… · -1000 g · -1800 = 7200",
    ]
    assert goods(doc) == {"Kardus": 4_000}


def test_a_wrong_household_gives_goods_and_rupiah_to_the_right_one(
    session: Session, shop: Shop, act: MakeAct
) -> None:
    with transaction(shop.bank_id) as s:
        deposit = make_deposit(s, act(), shop.siti, (shop.kardus, 5_000))
        record_sale(
            s, act(), sold_on=TODAY, paid_with="cash", buyer_name="UD Rongsok",
            lines=[Sold(shop.kardus.id, 5_000, 2_000)],
        )  # fmt: skip
        correct_household(s, act(), seq=deposit.seq, member_id=shop.joko.id, note="nomor tertukar")
    assert shown(said(session, shop)) == [
        "21/11 S Kardus · 5000 g · +9000 = 9000",
        "21/11 K Koreksi nasabah S-… · -5000 g · -9000 = 0",
    ]
    assert shown(said(session, shop, joko=True)) == [
        "21/11 K Koreksi nasabah S-… · 5000 g · +9000 = 9000",
    ]
    assert goods(said(session, shop)) == {}


def test_a_payment_taken_back_and_a_debt_are_named(
    session: Session, shop: Shop, act: MakeAct
) -> None:
    with transaction(shop.bank_id) as s:
        give_money(s, act(), 100_000)
        deposit = make_deposit(s, act(), shop.siti, (shop.pet, 2_000))
        for amount_idr in (1_000, 6_000):
            asked = request_withdrawal(
                s, act(), member_id=shop.siti.id, amount_idr=amount_idr, method="cash"
            )
            pay_withdrawal(s, act(), seq=asked.seq)
            if amount_idr == 1_000:
                reverse_withdrawal(s, act(), seq=asked.seq, reason="salah orang")
        reverse_deposit(s, act(), seq=deposit.seq, reason="double", as_treasurer=True)
    doc = said(session, shop)
    assert shown(doc) == [
        "21/11 S Botol PET · 2000 g · +7000 = 7000",
        "21/11 T Penarikan tunai · 0 g · -1000 = 6000",
        "21/11 K Pembatalan penarikan T-… · 0 g · +1000 = 7000",
        "21/11 T Penarikan tunai · 0 g · -6000 = 1000",
        "21/11 K Utang, menutup pembatalan S-… · 0 g · +6000 = 7000",
        "21/11 K Pembatalan S-… · -2000 g · -7000 = 0",
    ]
    assert doc.debt_idr == 6_000


def test_merging_names_the_other_number(session: Session, shop: Shop, act: MakeAct) -> None:
    with transaction(shop.bank_id) as s:
        make_deposit(s, act(), shop.siti, (shop.pet, 2_000))
        give_savings(s, act(), shop.joko, 2_500)
        merge_members(s, act(), from_id=shop.siti.id, into_id=shop.joko.id, reason="dobel")
    assert shown(said(session, shop))[-1] == (
        f"21/11 K Pindahan ke nasabah {shop.joko.number} · 0 g · -7000 = 0"
    )
    assert shown(said(session, shop, joko=True)) == [
        "21/11 K Saldo awal pembukuan · 0 g · +2500 = 2500",
        f"21/11 K Pindahan dari nasabah {shop.siti.number} · 0 g · +7000 = 9500",
    ]


def test_money_held_is_told_while_it_waits(session: Session, shop: Shop, act: MakeAct) -> None:
    with transaction(shop.bank_id) as s:
        give_savings(s, act(), shop.siti, 9_000)
        request_withdrawal(s, act(), member_id=shop.siti.id, amount_idr=4_000)
    assert said(session, shop).held_idr == 4_000
    assert said(session, shop).closing_idr == 9_000
    assert said(session, shop, until=TODAY - timedelta(days=1)).held_idr == 0


def test_periods_that_cannot_be(session: Session, shop: Shop) -> None:
    with pytest.raises(queries.PeriodReversed):
        said(session, shop, since=TODAY, until=TODAY - timedelta(days=1))
    with pytest.raises(queries.PeriodAhead):
        said(session, shop, since=TODAY + timedelta(days=1), until=TODAY + timedelta(days=2))
    assert said(session, shop, until=TODAY + timedelta(days=9)).until == TODAY  # no day to come
    with pytest.raises(MemberNotFound):
        queries.statement(session, shop.bank_id, 999, since=NOVEMBER, until=TODAY, today=TODAY)
