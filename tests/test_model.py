"""Random sequences of all verbs against a model that shares no code with the service.

The model is dicts and fractions: it knows what a neighbourhood would expect, and after every step
each balance, hold and gram of the books must be the same.
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from banksampah import ledger
from banksampah.banks.service import open_bank
from banksampah.catalog import service as catalog
from banksampah.db import db, transaction, use_bank
from banksampah.deposits import service as deposits
from banksampah.ledger import chart
from banksampah.members import service as members
from banksampah.sales import service as sales
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from banksampah.withdrawals import service as withdrawals
from tests.conftest import NOW

TREASURER, CHAIR = 2, 3
FIRST_DAY = date(2026, 9, 5)
BANKS = itertools.count(1)
HALF = Fraction(1, 2)


def rounded(amount: Fraction) -> int:
    """Half a rupiah up."""
    return floor(amount + HALF)


def largest_remainder(amount: int, weights: list[int]) -> list[int]:
    """Hamilton's method, by fractions; ties to the one named first."""
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [floor(share) for share in exact]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts


@dataclass
class Goods:
    """One material: what lies there and what it cost. Bought and donated goods never mix here."""

    id: int
    donated: bool
    price: int
    grams: int = 0
    value: int = 0


@dataclass
class Sold:
    """A sale as it would have to be undone: what left the shed, what came into the box."""

    goods: list[tuple[Goods, int, int]]
    cash: int
    divided: int


@dataclass
class Model:
    """What the bank has and keeps for others."""

    share: Fraction
    savings: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    cash: int = 0
    undivided: int = 0
    undivided_held: int = 0
    environment: int = 0
    social: int = 0
    sold_g: int = 0


class Bank(RuleBasedStateMachine):
    """One bank, opened anew for each sequence."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.steps = 0
        self.today = FIRST_DAY
        self.member_ids: list[int] = []
        self.accounts: dict[int, int] = {}
        self.goods: list[Goods] = []
        self.deposits: dict[int, tuple[int, list[tuple[Goods, int, int]]]] = {}
        self.splits: dict[int, int] = {}
        self.parts: dict[int, list[int]] = {}
        self.sale_of: dict[int, int] = {}
        self.rejected: dict[int, int] = {}
        self.requests: dict[int, tuple[int, int]] = {}
        self.paid: dict[int, tuple[int, int]] = {}
        self.approved: dict[int, int] = {}
        self.sales: dict[int, Sold] = {}

    @initialize(share_ppm=st.sampled_from([1_000_000, 850_000, 333_333]))
    def open(self, share_ppm: int) -> None:
        number = next(BANKS)
        with transaction() as session:
            bank = open_bank(session, at=NOW.replace(month=9), slug=f"bank-{number}", name="Bank")
        self.bank_id = bank.bank_id
        use_bank(db.session, self.bank_id)
        self.model = Model(Fraction(share_ppm, 1_000_000))
        self.do(splits.apply_preset, preset="gerpesh_jitu", valid_from=FIRST_DAY)
        self.do(catalog.set_share_rule, valid_from=FIRST_DAY, share_ppm=share_ppm)
        for place, (price, donated) in enumerate(
            [(1_000, False), (1_333, False), (0, False), (2_750, True), (99, True)]
        ):
            material = self.do(
                catalog.add_material, code=f"M{place}", name=f"Bahan {place}", unit="kg"
            )
            self.goods.append(Goods(material.id, donated, price))
            self.set_price(place, price)
        self.member()
        self.member()

    def act(self, actor_id: int = TREASURER) -> ledger.Act:
        self.steps += 1
        at = NOW.replace(month=9) + timedelta(minutes=self.steps)
        return ledger.Act(self.bank_id, f"m-{self.bank_id}-{self.steps}", actor_id, at, self.today)

    def do(self, verb, *, actor_id: int = TREASURER, **asked):  # type: ignore[no-untyped-def]
        """A verb, asked twice with the same key: the second asking must change nothing."""
        act = self.act(actor_id)
        with transaction(self.bank_id) as session:
            answer = verb(session, act, **asked)
        head = ledger.head_seq(db.session, self.bank_id)
        with transaction(self.bank_id) as session:
            verb(session, act, **asked)
        assert ledger.head_seq(db.session, self.bank_id) == head
        return answer

    def refused(self, verb, *, actor_id: int = TREASURER, **asked) -> None:  # type: ignore[no-untyped-def]
        """A verb that must be refused and leave no trace."""
        head = ledger.head_seq(db.session, self.bank_id)
        act = self.act(actor_id)
        with pytest.raises(Exception) as told, transaction(self.bank_id) as session:
            verb(session, act, **asked)
        assert hasattr(told.value, "code"), told.value
        assert ledger.head_seq(db.session, self.bank_id) == head

    @rule()
    def member(self) -> None:
        member = self.do(members.open_member, name="Keluarga")
        self.member_ids.append(member.id)
        self.accounts[member.id] = member.savings_account_id

    @rule(place=st.integers(0, 4), price=st.integers(0, 60_000))
    def set_price(self, place: int, price: int) -> None:
        goods = self.goods[place]
        goods.price = price
        lines = [catalog.NewPrice(goods.id, price)]
        self.do(catalog.set_prices, valid_from=self.today, prices=lines)

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(
        who=st.integers(0, 99),
        weighed=st.lists(
            st.tuples(st.integers(0, 2), st.integers(1, 90_000)), min_size=1, max_size=4
        ),
    )
    def deposit(self, who: int, weighed: list[tuple[int, int]]) -> None:
        member_id = self.member_ids[who % len(self.member_ids)]
        lines = [{"material_id": self.goods[place].id, "quantity": g} for place, g in weighed]
        made = self.do(deposits.record_deposit, member_id=member_id, lines=lines)
        kept = []
        for place, g in weighed:
            goods = self.goods[place]
            value = rounded(Fraction(g * goods.price, 1000))
            credited = rounded(value * self.model.share)
            goods.grams += g
            goods.value += credited
            self.model.savings[member_id] += credited
            kept.append((goods, g, credited))
        self.deposits[made.seq] = (member_id, kept)

    @rule(
        who=st.integers(0, 99),
        weighed=st.lists(
            st.tuples(st.integers(3, 4), st.integers(1, 90_000)), min_size=1, max_size=3
        ),
    )
    def sedekah(self, who: int, weighed: list[tuple[int, int]]) -> None:
        member_id = self.member_ids[who % len(self.member_ids)]
        lines = [{"material_id": self.goods[place].id, "quantity": g} for place, g in weighed]
        made = self.do(deposits.record_deposit, member_id=member_id, lines=lines, kind="sedekah")
        for place, g in weighed:
            self.goods[place].grams += g
        self.deposits[made.seq] = (member_id, [(self.goods[place], g, 0) for place, g in weighed])

    @precondition(lambda self: self.deposits)
    @rule(which=st.integers(0, 99))
    def reverse_deposit(self, which: int) -> None:
        """Undone while its goods still lie there at what they cost; see the deposits' own tests."""
        seq = list(self.deposits)[which % len(self.deposits)]
        member_id, lines = self.deposits[seq]
        credited = sum(c for _, _, c in lines)
        free = self.model.savings[member_id] - self.model.held[member_id]
        leaves: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for goods, g, c in lines:
            leaves[goods.id][0] += g
            leaves[goods.id][1] += c
        for goods in self.goods:
            g, c = leaves[goods.id]
            if not g:
                continue
            rest_g, rest_value = goods.grams - g, goods.value - c
            if (
                rest_g < 0
                or rest_value < 0
                or (not goods.donated and (rest_g > 0) != (rest_value > 0))
            ):
                return
        if credited > free:
            return
        self.do(
            deposits.reverse_deposit, seq=seq, reason="double", as_treasurer=True, note="dua kali"
        )
        del self.deposits[seq]
        for goods, g, c in lines:
            goods.grams -= g
            goods.value -= c
        self.model.savings[member_id] -= credited
        self.refused(deposits.reverse_deposit, seq=seq, reason="double", as_treasurer=True)

    @rule(
        sold=st.lists(
            st.tuples(st.integers(0, 4), st.integers(1, 100), st.integers(0, 4_000)),
            min_size=1, max_size=5, unique_by=lambda line: line[0],
        ),
        cost=st.integers(0, 3_000),
    )  # fmt: skip
    def sell(self, sold: list[tuple[int, int, int]], cost: int) -> None:
        chosen = []
        for place, percent, price in sold:
            goods = self.goods[place]
            g = goods.grams * percent // 100
            if g:
                chosen.append((goods, g, price))
        amounts = [rounded(Fraction(g * price, 1000)) for _, g, price in chosen]
        if not chosen or sum(amounts) == 0 or cost > self.model.cash + sum(amounts):
            return
        made = self.do(
            sales.record_sale,
            sold_on=self.today,
            paid_with="cash",
            buyer_name="Pengepul",
            lines=[sales.Sold(goods.id, g, price) for goods, g, price in chosen],
            costs=[sales.Cost("transport", cost)] if cost else [],
        )
        cost_parts = largest_remainder(cost, amounts)
        margin, left = {True: 0, False: 0}, []
        for (goods, g, _), amount, part in zip(chosen, amounts, cost_parts, strict=True):
            goods_cost = goods.value if g == goods.grams else goods.value * g // goods.grams
            goods.grams -= g
            goods.value -= goods_cost
            margin[goods.donated] += amount - part - goods_cost
            left.append((goods, g, goods_cost))
            self.model.sold_g += g
        self.model.cash += sum(amounts) - cost
        divided = max(margin[True], 0) + max(margin[False], 0)
        self.model.undivided += divided
        self.model.undivided_held += divided
        pending = split_queries.splits_of_sale(db.session, self.bank_id, made.seq)
        assert [split.amount_idr for split in pending] == ([divided] if divided else [])
        self.sales[made.seq] = Sold(left, sum(amounts) - cost, divided)
        for split in pending:
            self.splits[split.seq] = divided
            self.sale_of[split.seq] = made.seq
            self.parts[split.seq] = [max(margin[False], 0), max(margin[True], 0)]

    @rule(place=st.integers(0, 4))
    def sell_too_much(self, place: int) -> None:
        goods = self.goods[place]
        lines = [sales.Sold(goods.id, goods.grams + 1, 1_000)]
        self.refused(
            sales.record_sale, sold_on=self.today, paid_with="cash", buyer_name="X", lines=lines
        )

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

    @precondition(lambda self: self.sales)
    @rule(which=st.integers(0, 99))
    def undo_sale(self, which: int) -> None:
        seq = list(self.sales)[which % len(self.sales)]
        asked = {"sale_seq": seq, "reason": "pengepul batal"}
        mine = {split for split, sale in self.sale_of.items() if sale == seq}
        if mine & self.approved.keys() or self.sales[seq].cash > self.model.cash:
            self.refused(sales.reverse_sale, **asked)
            return
        self.do(sales.reverse_sale, **asked)
        sold = self.sales.pop(seq)
        for goods, g, goods_cost in sold.goods:
            goods.grams += g
            goods.value += goods_cost
            self.model.sold_g -= g
        self.model.cash -= sold.cash
        self.model.undivided -= sold.divided
        for split in mine:
            self.model.undivided_held -= self.splits.pop(split, 0)
            self.rejected.pop(split, None)

    @precondition(lambda self: len(self.member_ids) > 2)
    @rule(who=st.integers(0, 99))
    def merge(self, who: int) -> None:
        into_id, from_id = self.member_ids[0], self.member_ids[1 + who % (len(self.member_ids) - 1)]
        if self.model.held[from_id]:
            self.refused(members.merge_members, from_id=from_id, into_id=into_id)
            return
        self.do(members.merge_members, from_id=from_id, into_id=into_id)
        self.model.savings[into_id] += self.model.savings.pop(from_id, 0)
        self.member_ids.remove(from_id)
        for seq, (
            member_id,
            lines,
        ) in self.deposits.items():  # what came before falls on the survivor
            if member_id == from_id:
                self.deposits[seq] = (into_id, lines)
        self.paid = {seq: paid for seq, paid in self.paid.items() if paid[0] != from_id}

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 99))
    def refuse(self, which: int) -> None:
        seq = list(self.requests)[which % len(self.requests)]
        if (self.today - FIRST_DAY).days > 10:
            return
        member_id, asked = self.requests.pop(seq)
        self.do(withdrawals.refuse_withdrawal, actor_id=CHAIR, seq=seq, reason="kas kosong")
        self.model.held[member_id] -= asked

    @invariant()
    def books_equal_model(self) -> None:
        if not hasattr(self, "model"):
            return
        db.session.rollback()
        use_bank(db.session, self.bank_id)
        rows = {row.account_id: row for row in ledger.accounts(db.session, self.bank_id)}
        model = self.model
        for member_id, account_id in self.accounts.items():
            found = rows[account_id]
            assert (found.posted, found.held) == (model.savings[member_id], model.held[member_id])
        by_code = {row.code: row for row in rows.values()}
        for goods in self.goods:
            side = "D" if goods.donated else "B"
            assert by_code[f"S.{goods.id}.{side}"].posted == goods.grams
            assert by_code[f"1300.{goods.id}.B"].posted == goods.value
        assert rows[chart.CASH].posted == model.cash
        undivided = rows[chart.UNDIVIDED]
        assert (undivided.posted, undivided.held) == (model.undivided, model.undivided_held)
        assert rows[chart.ENVIRONMENT].posted == model.environment
        assert rows[chart.SOCIAL].posted == model.social
        assert rows[chart.flow("sold", "G")].posted == model.sold_g

    def teardown(self) -> None:
        if hasattr(self, "model"):
            assert ledger.check(db.session, self.bank_id).faults == []
            assert split_queries.faults(db.session, self.bank_id) == []
            for account_id, row in (
                (a.account_id, a) for a in ledger.accounts(db.session, self.bank_id)
            ):
                assert (
                    ledger.balance_on(db.session, self.bank_id, account_id, self.today)
                    == row.posted
                )
        db.session.rollback()
        self.context.pop()


def test_any_sequence_of_verbs_keeps_the_books_true(app: Flask) -> None:
    Bank.app = app
    run_state_machine_as_test(
        Bank,
        settings=settings(
            max_examples=200,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
