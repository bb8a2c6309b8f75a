"""Money asked for, held, paid, refused, lapsed, taken back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.service import set_setting
from banksampah.db import transaction
from banksampah.ledger import KeyReused, chart
from banksampah.members.service import (
    close_member,
    debt_account,
    merge_members,
    reopen_member,
)
from banksampah.privacy.service import erase_member
from banksampah.reports.queries import documents
from banksampah.statements.queries import statement
from banksampah.withdrawals import queries, service
from banksampah.withdrawals.models import Withdrawal, WithdrawalOutcome
from banksampah.withdrawals.service import (
    lapse_withdrawals,
    pay_withdrawal,
    refuse_withdrawal,
    request_withdrawal,
    reverse_withdrawal,
)
from tests.conftest import NOW, TODAY
from tests.deposits.conftest import legs_of
from tests.deposits.test_reverse import take_money
from tests.factories import MakeAct, give_savings, make_member
from tests.withdrawals.conftest import Till, savings


def ask(session: Session, act: ledger.Act, till: Till, amount_idr: int, **more: Any) -> int:
    return request_withdrawal(
        session, act, member_id=till.siti.id, amount_idr=amount_idr, **more
    ).seq


def test_asking_holds_the_money(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
    assert legs_of(session, seq) == ["2100.0001 +0 IDR [+300000]"]
    assert savings(session, till.siti) == (1_000_000, 300_000)
    assert queries.takeable(session, till.siti).available_idr == 700_000


def test_paying_in_cash(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
        paid = pay_withdrawal(s, act("pay"), seq=seq)
        again = pay_withdrawal(s, act("pay"), seq=seq)
    assert paid == again
    assert (paid.state, paid.paid_idr) == ("paid", 300_000)
    assert legs_of(session, paid.decided_seq) == [
        "2100.0001 +300000 IDR [-300000]", "1100 -300000 IDR",
    ]  # fmt: skip
    assert ledger.entry(session, 1, paid.decided_seq).resolves_seq == seq
    assert savings(session, till.siti) == (700_000, 0)
    with pytest.raises(service.AlreadyDecided), transaction(till.bank_id) as s:
        pay_withdrawal(s, act(), seq=seq)


def test_paying_less_than_asked_frees_the_rest(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
        paid = pay_withdrawal(s, act(), seq=seq, amount_idr=120_000)
    assert legs_of(session, paid.decided_seq) == [
        "2100.0001 +120000 IDR [-300000]", "1100 -120000 IDR",
    ]  # fmt: skip
    assert savings(session, till.siti) == (880_000, 0)


def test_a_transfer_comes_from_the_bank_account(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000, method="transfer")
    with (
        pytest.raises(service.MoneyTooLow, match="Rekening bank tinggal Rp0"),
        transaction(till.bank_id) as s,
    ):
        pay_withdrawal(s, act(), seq=seq)
    with transaction(till.bank_id) as s:
        legs = [ledger.debit(chart.BANK, 300_000), ledger.credit(chart.CASH, 300_000)]
        ledger.post(s, act(), "test.bank", {}, legs)
        paid = pay_withdrawal(s, act(), seq=seq)
    assert legs_of(session, paid.decided_seq)[1] == "1110 -300000 IDR"


def test_refusing_frees_the_money(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
        refused = refuse_withdrawal(s, act(), seq=seq, reason="Datang sendiri, bawa kartu")
    assert refused.state == "refused"
    assert legs_of(session, refused.decided_seq) == ["2100.0001 +0 IDR [-300000]"]
    assert ledger.note_of(session, 1, refused.decided_seq) == "Datang sendiri, bawa kartu"
    assert savings(session, till.siti) == (1_000_000, 0)


def test_requests_lapse_after_fourteen_days(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        old = ask(s, act(at=NOW - timedelta(days=15)), till, 100_000)
        young = ask(s, act(at=NOW - timedelta(days=14)), till, 200_000)
    with (
        pytest.raises(service.AlreadyDecided, match="lewat waktunya"),
        transaction(till.bank_id) as s,
    ):
        pay_withdrawal(s, act(), seq=old)
    with transaction(till.bank_id) as s:
        assert lapse_withdrawals(s, act("lapse")) == [old]
        assert lapse_withdrawals(s, act("lapse")) == [old]
        assert lapse_withdrawals(s, act()) == []
    assert queries.get_withdrawal(session, 1, old).state == "lapsed"
    assert queries.get_withdrawal(session, 1, young).state == "waiting"
    assert savings(session, till.siti) == (1_000_000, 200_000)


def test_taking_a_payment_back(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
    with pytest.raises(service.NotPaid), transaction(till.bank_id) as s:
        reverse_withdrawal(s, act(), seq=seq, reason="Salah orang")
    with transaction(till.bank_id) as s:
        pay_withdrawal(s, act(), seq=seq)
        back = reverse_withdrawal(s, act("back"), seq=seq, reason="Salah orang")
        assert reverse_withdrawal(s, act("back"), seq=seq, reason="Salah orang") == back
    assert back.state == "reversed"
    assert legs_of(session, back.reversal_seq) == ["2100.0001 -300000 IDR", "1100 +300000 IDR"]
    assert savings(session, till.siti) == (1_000_000, 0)
    with pytest.raises(service.AlreadyDecided), transaction(till.bank_id) as s:
        reverse_withdrawal(s, act(), seq=seq, reason="Lagi")


def test_a_payment_to_a_closed_household_is_taken_back_once_it_is_open(
    session: Session, till: Till, act: MakeAct
) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
        pay_withdrawal(s, act(), seq=seq)
        take_money(s, act(), till.siti.savings_account_id, 700_000)
        close_member(s, act(), member_id=till.siti.id)
    with pytest.raises(service.SavingsClosed, match="Buka lagi"), transaction(till.bank_id) as s:
        reverse_withdrawal(s, act(), seq=seq, reason="Salah orang")
    assert queries.get_withdrawal(session, 1, seq).state == "paid"
    with transaction(till.bank_id) as s:
        reopen_member(s, act(), member_id=till.siti.id)
        reverse_withdrawal(s, act(), seq=seq, reason="Salah orang")
    assert savings(session, till.siti) == (300_000, 0)


def test_a_payment_to_a_household_whose_data_are_erased_stays(
    session: Session, till: Till, act: MakeAct
) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
        pay_withdrawal(s, act(), seq=seq)
        take_money(s, act(), till.siti.savings_account_id, 700_000)
        close_member(s, act(), member_id=till.siti.id)
        erase_member(s, act(), member_id=till.siti.id)
    with pytest.raises(service.SavingsClosed, match="dihapus"), transaction(till.bank_id) as s:
        reverse_withdrawal(s, act(), seq=seq, reason="Salah orang")


def test_a_payment_to_a_merged_household_comes_back_to_the_one_that_remains(
    session: Session, till: Till, act: MakeAct
) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 300_000)
        pay_withdrawal(s, act(), seq=seq)
        merge_members(s, act(), from_id=till.siti.id, into_id=till.joko.id)
        back = reverse_withdrawal(s, act("back"), seq=seq, reason="Salah orang")
        assert reverse_withdrawal(s, act("back"), seq=seq, reason="Salah orang") == back
    assert (savings(session, till.siti), savings(session, till.joko)) == ((0, 0), (1_000_000, 0))
    lines = statement(session, 1, till.joko.id, since=TODAY, until=TODAY, today=TODAY).lines
    assert [(line.text, line.amount_idr) for line in lines] == [
        ("Pindahan dari nasabah 0001", 700_000), ("Pindahan dari nasabah 0001", 300_000),
    ]  # fmt: skip
    assert documents.faults(session, 1) == []


def test_money_on_a_closed_account_is_told(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        merge_members(s, act(), from_id=till.siti.id, into_id=till.joko.id)
        give_savings(s, act(), till.siti, 5_000)
    told = [fault.fact for fault in documents.faults(session, 1)]
    assert told == ["nasabah 0001 sudah ditutup, tetapi di bukunya 5000"]


def test_two_people_above_the_limit(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(actor_id=7), till, 500_001)
    for actor_id, may_approve in ((7, True), (7, False), (8, False)):
        with pytest.raises(service.TwoPeople), transaction(till.bank_id) as s:
            pay_withdrawal(s, act(actor_id=actor_id), seq=seq, may_approve=may_approve)
    with transaction(till.bank_id) as s:
        paid = pay_withdrawal(s, act(actor_id=8), seq=seq, may_approve=True)
    entry = ledger.entry(session, 1, paid.decided_seq)
    assert (entry.actor_id, entry.approver_id) == (8, 8)
    assert ledger.entry(session, 1, seq).actor_id == 7


def test_a_bank_with_one_person_says_so_first(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        set_setting(s, act(), "one_person_only", True)
        authority = ledger.head_seq(s, 1)
        seq = ask(s, act(actor_id=7), till, 900_000)
        paid = pay_withdrawal(s, act(actor_id=7), seq=seq, may_approve=True)
    entry = ledger.entry(session, 1, paid.decided_seq)
    assert (entry.approver_id, entry.body["authority_seq"]) == (None, authority)


def test_up_to_the_limit_one_person_is_enough(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(actor_id=7), till, 500_000)
        assert pay_withdrawal(s, act(actor_id=7), seq=seq).state == "paid"


def test_minimum_balance_holds_and_debt_are_kept(
    session: Session, till: Till, act: MakeAct
) -> None:
    with transaction(till.bank_id) as s:
        set_setting(s, act(), "minimum_balance_idr", 50_000)
        set_setting(s, act(), "withdrawal_minimum_idr", 10_000)
        ask(s, act(), till, 200_000)
        debt = debt_account(s, till.siti)
        legs = [ledger.debit(debt, 40_000), ledger.credit(chart.OPENING, 40_000)]
        ledger.post(s, act(), "test.debt", {}, legs)
    now = queries.takeable(session, till.siti)
    assert now.available_idr == 1_000_000 - 200_000 - 40_000 - 50_000
    with pytest.raises(service.NotEnough) as refused, transaction(till.bank_id) as s:
        ask(s, act(), till, 710_001)
    assert refused.value.message == "Saldo Rp1.000.000. Yang bisa ditarik Rp710.000."
    assert refused.value.field == "amount_idr"
    with pytest.raises(service.BelowMinimum, match=r"Rp10\.000"), transaction(till.bank_id) as s:
        ask(s, act(), till, 9_999)
    with transaction(till.bank_id) as s:
        ask(s, act(), till, 710_000)


def test_who_cannot_ask(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        closed = make_member(s, act(), "Endang")
        close_member(s, act(), member_id=closed.id)
    for member_id, error in ((999, service.MemberUnknown), (closed.id, service.MemberClosed)):
        with pytest.raises(error) as refused, transaction(till.bank_id) as s:
            request_withdrawal(s, act(), member_id=member_id, amount_idr=1_000)
        assert refused.value.field == "member_id"
    with pytest.raises(service.NotEnough), transaction(till.bank_id) as s:
        request_withdrawal(s, act(), member_id=till.joko.id, amount_idr=1)
    for model in (Withdrawal, WithdrawalOutcome):
        assert session.scalar(select(func.count()).select_from(model)) == 0


def test_the_same_key(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        first = ask(s, act("k"), till, 10_000)
        assert ask(s, act("k"), till, 10_000) == first
    with pytest.raises(KeyReused), transaction(till.bank_id) as s:
        ask(s, act("k"), till, 10_001)


def test_more_than_held_and_unknown(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seq = ask(s, act(), till, 10_000)
    with pytest.raises(service.MoreThanHeld), transaction(till.bank_id) as s:
        pay_withdrawal(s, act(), seq=seq, amount_idr=10_001)
    with pytest.raises(queries.NoWithdrawal), transaction(till.bank_id) as s:
        refuse_withdrawal(s, act(), seq=4_711, reason="x")


def test_lists(session: Session, till: Till, act: MakeAct) -> None:
    with transaction(till.bank_id) as s:
        seqs = [ask(s, act(), till, amount) for amount in (1_000, 2_000, 3_000)]
        pay_withdrawal(s, act(), seq=seqs[1])
    assert [w.seq for w in queries.waiting(session, 1)] == [seqs[0], seqs[2]]
    assert [w.seq for w in queries.decided(session, 1)] == [seqs[1]]
    assert [w.seq for w in queries.withdrawals(session, 1, state="paid")] == [seqs[1]]
    assert [w.seq for w in queries.withdrawals(session, 1, before_seq=seqs[2])] == seqs[1::-1]
    assert queries.withdrawals(session, 1, member_id=till.joko.id) == []
    assert queries.count_waiting(session, 1) == 2
    assert queries.overdue(session, 1, "Asia/Jakarta", TODAY) == []
