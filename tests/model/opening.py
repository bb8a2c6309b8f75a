"""A bank opened anew for each sequence, and what must be so after each step."""

import itertools
from datetime import date, timedelta
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from banksampah import ledger
from banksampah.banks.service import open_bank
from banksampah.catalog import service as catalog
from banksampah.db import db, transaction, use_bank
from banksampah.ledger import chart
from banksampah.members import service as members
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from tests.conftest import NOW
from tests.model.expected import Goods, Model, Sold

TREASURER, CHAIR = 2, 3
FIRST_DAY = date(2026, 9, 5)
BANKS = itertools.count(1)


class OpenBank(RuleBasedStateMachine):
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
            lines = [catalog.NewPrice(material.id, price)]
            self.do(catalog.set_prices, valid_from=FIRST_DAY, prices=lines)
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

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.today += timedelta(days=days)

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
