"""Goods: prices, what is weighed in, sold and undone."""

from collections import defaultdict
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)

from banksampah.catalog import service as catalog
from banksampah.db import db
from banksampah.deposits import service as deposits
from banksampah.sales import service as sales
from banksampah.splits import queries as split_queries
from tests.model.expected import Sold, largest_remainder, rounded
from tests.model.opening import OpenBank


class GoodsRules(OpenBank):
    """What comes into the shed and leaves it."""

    @rule(place=st.integers(0, 4), price=st.integers(0, 60_000))
    def set_price(self, place: int, price: int) -> None:
        goods = self.goods[place]
        goods.price = price
        lines = [catalog.NewPrice(goods.id, price)]
        self.do(catalog.set_prices, valid_from=self.today, prices=lines)

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
