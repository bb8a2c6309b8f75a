"""Money: proceeds divided, and households that ask for theirs."""

from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)

from banksampah.db import db
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from banksampah.withdrawals import service as withdrawals
from tests.model.expected import largest_remainder
from tests.model.opening import CHAIR, FIRST_DAY, TREASURER, OpenBank


class MoneyRules(OpenBank):
    """What is divided, asked for, paid and taken back."""

    @precondition(lambda self: self.splits)
    @rule(which=st.integers(0, 99))
    def approve(self, which: int) -> None:
        seq = list(self.splits)[which % len(self.splits)]
        split = split_queries.get_split(db.session, self.bank_id, seq)
        seen = split_queries.lines_hash(split)
        self.refused(splits.approve, actor_id=TREASURER, split_seq=seq, seen=seen)  # its maker
        self.do(splits.approve, actor_id=CHAIR, split_seq=seq, seen=seen)
        amount = self.splits.pop(seq)
        for base in self.parts[seq]:  # bought and donated are divided each on its own
            if base:
                environment, social = largest_remainder(base, [300_000, 700_000])
                self.model.environment += environment
                self.model.social += social
        self.model.undivided -= amount
        self.model.undivided_held -= amount
        self.approved[seq] = amount
        self.refused(splits.reject, actor_id=CHAIR, split_seq=seq, reason="terlambat")

    @precondition(lambda self: self.splits)
    @rule(which=st.integers(0, 99))
    def reject(self, which: int) -> None:
        seq = list(self.splits)[which % len(self.splits)]
        self.do(splits.reject, actor_id=CHAIR, split_seq=seq, reason="belum cocok")
        amount = self.splits.pop(seq)
        self.model.undivided_held -= amount
        self.rejected[seq] = amount

    @precondition(lambda self: self.rejected)
    @rule(which=st.integers(0, 99))
    def propose_again(self, which: int) -> None:
        seq = list(self.rejected)[which % len(self.rejected)]
        split = self.do(splits.propose_again, split_seq=seq, reason="sudah cocok")
        amount = self.rejected.pop(seq)
        self.splits[split.seq] = amount
        self.parts[split.seq] = self.parts[seq]
        self.sale_of[split.seq] = self.sale_of[seq]
        self.model.undivided_held += amount

    @precondition(lambda self: self.approved)
    @rule(which=st.integers(0, 99))
    def undo_approval(self, which: int) -> None:
        seq = list(self.approved)[which % len(self.approved)]
        amount = self.approved.pop(seq)
        self.do(splits.reverse_split, actor_id=CHAIR, split_seq=seq, reason="aturan keliru")
        for base in self.parts[seq]:
            if base:
                environment, social = largest_remainder(base, [300_000, 700_000])
                self.model.environment -= environment
                self.model.social -= social
        self.model.undivided += amount
        self.rejected[seq] = amount

    @rule(who=st.integers(0, 99), percent=st.integers(1, 130))
    def ask_for_money(self, who: int, percent: int) -> None:
        member_id = self.member_ids[who % len(self.member_ids)]
        free = self.model.savings[member_id] - self.model.held[member_id]
        amount = free * percent // 100
        if not amount:
            return
        if amount > free:
            self.refused(withdrawals.request_withdrawal, member_id=member_id, amount_idr=amount)
            return
        made = self.do(withdrawals.request_withdrawal, member_id=member_id, amount_idr=amount)
        self.model.held[member_id] += amount
        self.requests[made.seq] = (member_id, amount)

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 99), part=st.integers(1, 100))
    def pay(self, which: int, part: int) -> None:
        seq = list(self.requests)[which % len(self.requests)]
        member_id, asked = self.requests[seq]
        amount = max(asked * part // 100, 1)
        if amount > self.model.cash:
            self.refused(withdrawals.pay_withdrawal, seq=seq, amount_idr=amount, may_approve=True)
            return
        if (self.today - FIRST_DAY).days > 10:
            return  # what waited long may have lapsed: the withdrawals' own tests
        self.do(
            withdrawals.pay_withdrawal, actor_id=CHAIR, seq=seq, amount_idr=amount, may_approve=True
        )
        del self.requests[seq]
        self.model.held[member_id] -= asked
        self.model.savings[member_id] -= amount
        self.model.cash -= amount
        self.paid[seq] = (member_id, amount)

    @precondition(lambda self: self.paid)
    @rule(which=st.integers(0, 99))
    def take_back(self, which: int) -> None:
        seq = list(self.paid)[which % len(self.paid)]
        member_id, amount = self.paid.pop(seq)
        self.do(withdrawals.reverse_withdrawal, actor_id=CHAIR, seq=seq, reason="salah orang")
        self.model.savings[member_id] += amount
        self.model.cash += amount
        self.refused(withdrawals.reverse_withdrawal, actor_id=CHAIR, seq=seq, reason="lagi")

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 99))
    def refuse(self, which: int) -> None:
        seq = list(self.requests)[which % len(self.requests)]
        if (self.today - FIRST_DAY).days > 10:
            return
        member_id, asked = self.requests.pop(seq)
        self.do(withdrawals.refuse_withdrawal, actor_id=CHAIR, seq=seq, reason="kas kosong")
        self.model.held[member_id] -= asked
