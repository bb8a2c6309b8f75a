"""Proposals and decisions, with the legs of each."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.banks.service import set_setting
from banksampah.db import transaction, use_bank
from banksampah.errors import DomainError
from banksampah.ledger import chart
from banksampah.splits import queries, service
from tests.conftest import TODAY
from tests.splits.helpers import Acts, legs_of, parts, proposal


def test_a_proposal_holds_the_margin_by_the_default_rule(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=1_212_685)
    assert parts(split) == {"Lingkungan": 363_806, "Sosial": 848_879}
    assert legs_of(session, 1, split.seq) == [(chart.UNDIVIDED, 0, 1_212_685)]
    assert ledger.balance(session, 1, chart.UNDIVIDED).available == 0
    assert split.state == "pending"
    assert queries.pending_count(session, 1) == 1
    assert queries.faults(session, 1) == []


def test_an_approval_moves_the_money_to_the_funds(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=10)
        seen = queries.lines_hash(split)
        approved = service.approve(session, act(actor_id=2), split_seq=split.seq, seen=seen)
    assert approved.state == "approved"
    assert legs_of(session, 1, approved.steps[0].seq) == [
        (chart.UNDIVIDED, 10, -10),
        (chart.ENVIRONMENT, -3, 0),
        (chart.SOCIAL, -7, 0),
    ]
    assert ledger.find_resolution(session, 1, split.seq).seq == approved.steps[0].seq
    assert queries.after_approval(session, approved) == {1: 6, 2: 14}
    assert queries.faults(session, 1) == []


def test_the_maker_may_not_approve(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=10)
        with pytest.raises(DomainError) as refused:
            service.approve(session, act(), split_seq=split.seq, seen=queries.lines_hash(split))
    assert refused.value.code == "two_people"
    assert queries.get_split(session, 1, split.seq).state == "pending"


def test_a_bank_of_one_person_approves_on_its_own_word(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        setting_seq = set_setting(session, act(), "one_person_only", True)
        split = proposal(session, act(), donated_idr=10)
        seen = queries.lines_hash(split)
        approved = service.approve(session, act(), split_seq=split.seq, seen=seen)
    assert approved.steps[0].authority_seq == setting_seq
    assert ledger.entry(session, 1, approved.steps[0].seq).body["authority_seq"] == setting_seq


@pytest.mark.parametrize(("amount_idr", "state"), [(50_000, "approved"), (50_001, "pending")])
def test_up_to_its_limit_a_split_approves_itself(
    session: Session, bank: Bank, act: Acts, amount_idr: int, state: str
) -> None:
    with transaction(bank.bank_id):
        setting_seq = set_setting(session, act(), "approval_limit_split_idr", 50_000)
        split = proposal(session, act(), donated_idr=amount_idr)
    assert split.state == state
    assert [step.authority_seq for step in split.steps] == [setting_seq] * (state == "approved")
    assert all(step.by_id == ledger.SERVICE for step in split.steps), "nobody decided"
    assert all(ledger.entry(session, 1, step.seq).actor_id == 0 for step in split.steps)


def test_what_is_approved_is_what_was_shown(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=10)
        other = proposal(session, act(), donated_idr=10)
        with pytest.raises(DomainError) as refused:
            service.approve(
                session,
                act(actor_id=2),
                split_seq=split.seq,
                seen=queries.lines_hash(other),
            )
    assert refused.value.code == "split_changed"


def test_a_rejection_frees_the_amount_for_typed_parts(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=1_000)
        rejected = service.reject(
            session, act(actor_id=2), split_seq=split.seq, reason="Rapat RW lain"
        )
    assert rejected.state == "rejected"
    assert legs_of(session, 1, rejected.steps[0].seq) == [(chart.UNDIVIDED, 0, -1_000)]
    assert ledger.note_of(session, 1, rejected.steps[0].seq) == "Rapat RW lain"
    wrong = [service.Typed("donated", 1, 999)]
    right = [service.Typed("donated", 5, 1), service.Typed("donated", 2, 999)]
    with transaction(bank.bank_id):
        with pytest.raises(DomainError) as refused:
            service.propose_again(session, act(), split_seq=split.seq, reason="x", typed=wrong)
        assert refused.value.code == "parts_wrong"
        again = service.propose_again(
            session, act(), split_seq=split.seq, reason="Hasil rapat", typed=right
        )
    assert (again.attempt, parts(again)) == (2, {"Kas RW": 1, "Sosial": 999})
    assert queries.faults(session, 1) == []


def test_a_new_proposal_may_follow_another_version(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=1_000)
        service.reject(session, act(actor_id=2), split_seq=split.seq, reason="Separuh saja")
        rule = service.set_rule(
            session,
            act(),
            name="Separuh",
            stock_origin="any",
            valid_from=TODAY + timedelta(days=1),
            lines=[(1, 500_000), (2, 500_000)],
        )
        again = service.propose_again(
            session,
            act(),
            split_seq=split.seq,
            reason="Separuh",
            chosen={"donated": (rule.rule_id, rule.version)},
        )
    assert rule.version == 2
    assert parts(again) == {"Lingkungan": 500, "Sosial": 500}


def test_an_approval_is_undone_and_proposed_anew(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=1_000)
        seen = queries.lines_hash(split)
        service.approve(session, act(actor_id=2), split_seq=split.seq, seen=seen)
        undone = service.reverse_split(
            session, act(actor_id=2), split_seq=split.seq, reason="Salah hitung"
        )
    assert undone.state == "reversed"
    assert legs_of(session, 1, undone.steps[-1].seq) == [
        (chart.UNDIVIDED, -1_000, 0),
        (chart.ENVIRONMENT, 300, 0),
        (chart.SOCIAL, 700, 0),
    ]
    with transaction(bank.bank_id):
        again = service.propose_again(session, act(), split_seq=split.seq, reason="Ulang")
    assert (again.attempt, again.state) == (2, "pending")
    assert queries.faults(session, 1) == []


def test_a_spent_fund_names_itself(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=1_000)
        seen = queries.lines_hash(split)
        service.approve(session, act(actor_id=2), split_seq=split.seq, seen=seen)
        spent = [ledger.debit(chart.SOCIAL, 1), ledger.credit(chart.CASH, 1)]
        ledger.post(session, act(), "fund.spend", {}, spent)
        with pytest.raises(DomainError) as refused:
            service.reverse_split(session, act(), split_seq=split.seq, reason="x")
    assert refused.value.code == "fund_spent"
    assert "Dana Sosial tinggal Rp699, yang harus kembali Rp700" in refused.value.message


def test_one_waits_before_another_is_made(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=1_000)
        with pytest.raises(DomainError) as refused:
            service.propose_again(session, act(), split_seq=split.seq, reason="x")
        assert refused.value.code == "split_pending"
        seen = queries.lines_hash(split)
        service.approve(session, act(actor_id=2), split_seq=split.seq, seen=seen)
        with pytest.raises(DomainError) as refused:
            service.propose_again(session, act(), split_seq=split.seq, reason="x")
    assert refused.value.code == "split_approved"


def test_bought_and_donated_goods_follow_their_own_rules(
    session: Session, bank: Bank, act: Acts
) -> None:
    with transaction(bank.bank_id):
        service.apply_preset(session, act(), preset="85_15", valid_from=TODAY)
        service.set_rule(
            session,
            act(),
            name="Sedekah",
            stock_origin="donated",
            valid_from=TODAY,
            lines=[(1, 300_000), (2, 700_000)],
        )
        split = proposal(session, act(), bought_idr=1_000, donated_idr=99)
    assert [(x.origin, x.fund.name, x.amount_idr) for x in split.lines] == [
        ("bought", "Operasional", 1_000),
        ("donated", "Lingkungan", 30),
        ("donated", "Sosial", 69),
    ]
    assert queries.faults(session, 1) == []


def test_the_same_key_approves_once(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        split = proposal(session, act(), donated_idr=10)
        seen = queries.lines_hash(split)
        key = act("approve-it", actor_id=2)
        first = service.approve(session, key, split_seq=split.seq, seen=seen)
        second = service.approve(session, key, split_seq=split.seq, seen=seen)
        with pytest.raises(ledger.KeyReused):
            service.approve(session, key, split_seq=split.seq, seen="0" * 64)
        with pytest.raises(DomainError) as refused:
            service.reject(session, act(actor_id=2), split_seq=split.seq, reason="terlambat")
    assert len(first.steps) == len(second.steps) == 1
    assert refused.value.code == "split_decided"


def test_approve_and_reject_race_to_one_winner(app: Flask, bank: Bank, act: Acts) -> None:
    with app.app_context(), transaction(bank.bank_id) as session:
        seqs = [proposal(session, act(), donated_idr=1_000 + n).seq for n in range(5)]
        seen = {seq: queries.lines_hash(queries.get_split(session, 1, seq)) for seq in seqs}
    won: list[int] = []
    lost: list[str] = []
    strange: list[BaseException] = []

    def decide(number: int, seq: int) -> None:
        mine = act(f"race-{seq}-{number}", actor_id=2)
        try:
            with app.app_context(), transaction(1) as session:
                if number % 2:
                    service.approve(session, mine, split_seq=seq, seen=seen[seq])
                else:
                    service.reject(session, mine, split_seq=seq, reason="balapan")
            won.append(seq)
        except DomainError as refused:
            lost.append(refused.code)
        except BaseException as error:
            strange.append(error)

    for seq in seqs:
        threads = [threading.Thread(target=decide, args=(n, seq)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert strange == []
    assert sorted(won) == seqs
    assert set(lost) == {"split_decided"}
    assert len(lost) == 25
    with app.app_context(), transaction(1) as session:
        use_bank(session, 1)
        assert queries.faults(session, 1) == []
        assert ledger.balance(session, 1, chart.UNDIVIDED).held == 0
