"""The sum of a sale, worked out without a database."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banksampah.sales.queries import Lying, Offered, total, work_out
from banksampah.stock.queries import cost_of, in_proportion

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no reason to fail."""


def test_bought_goods_cost_their_moving_average() -> None:
    [line] = work_out(
        [Offered(1, "G", 10_000, 10_000, 5_000)],
        {1: Lying(30_000, 0, 100_000)},
        deduction_idr=0,
        cost_idr=0,
    )
    assert (line.amount_idr, line.goods_cost_idr) == (50_000, 33_333)
    assert total([line]).bought_margin_idr == 16_667


def test_the_last_gram_takes_the_last_rupiah() -> None:
    first, last = work_out(
        [Offered(1, "G", 10_000, 10_000, 5_000), Offered(1, "G", 20_000, 20_000, 5_000)],
        {1: Lying(30_000, 0, 100_000)},
        deduction_idr=0,
        cost_idr=0,
    )
    assert first.goods_cost_idr + last.goods_cost_idr == 100_000


def test_less_on_the_buyers_scale_is_shrinkage_at_cost() -> None:
    [line] = work_out(
        [Offered(1, "G", 10_000, 9_000, 5_000)],
        {1: Lying(10_000, 0, 30_000)},
        deduction_idr=0,
        cost_idr=0,
    )
    assert (line.amount_idr, line.goods_cost_idr, line.shrink_idr) == (45_000, 27_000, 3_000)


def test_more_on_the_buyers_scale_is_a_surplus_at_the_average() -> None:
    [line] = work_out(
        [Offered(1, "G", 10_000, 11_000, 5_000)],
        {1: Lying(10_000, 0, 30_000)},
        deduction_idr=0,
        cost_idr=0,
    )
    assert (line.goods_cost_idr, line.surplus_idr, line.goods_out_idr) == (33_000, 3_000, 30_000)


def test_bought_and_donated_leave_in_proportion() -> None:
    [line] = work_out(
        [Offered(1, "G", 10_000, 10_000, 1_000)],
        {1: Lying(5_000, 15_000, 10_000)},
        deduction_idr=0,
        cost_idr=0,
    )
    assert (line.bought_quantity, line.donated_quantity) == (2_500, 7_500)
    assert (line.bought_idr, line.donated_idr, line.goods_cost_idr) == (2_500, 7_500, 5_000)


def test_a_loss_on_bought_goods_is_not_paid_by_donated_ones() -> None:
    lines = work_out(
        [Offered(1, "G", 10_000, 10_000, 1_000), Offered(2, "G", 10_000, 10_000, 1_000)],
        {1: Lying(10_000, 0, 30_000), 2: Lying(0, 10_000, 0)},
        deduction_idr=0,
        cost_idr=0,
    )
    sums = total(lines)
    assert (sums.bought_margin_idr, sums.donated_margin_idr) == (-20_000, 10_000)
    assert sums.split_idr == 10_000


def test_costs_go_to_lines_by_proceeds() -> None:
    lines = work_out(
        [Offered(1, "G", 1_000, 1_000, 10_000), Offered(2, "G", 1_000, 1_000, 20_000)],
        {1: Lying(0, 1_000, 0), 2: Lying(0, 1_000, 0)},
        deduction_idr=100,
        cost_idr=1_000,
    )
    assert [line.deduction_idr for line in lines] == [33, 67]
    assert [line.cost_idr for line in lines] == [333, 667]


def test_goods_without_a_price_stay_out_of_the_average() -> None:
    [line] = work_out(
        [Offered(1, "G", 10_000, 10_000, 5_000)],
        {1: Lying(15_000, 0, 20_000, unpriced=5_000)},
        deduction_idr=0,
        cost_idr=0,
    )
    assert line.goods_cost_idr == 20_000


def test_a_gift_sold_where_all_that_was_bought_waits_for_its_price_costs_nothing() -> None:
    [line] = work_out(
        [Offered(1, "G", 5_000, 5_000, 2_000)],
        {1: Lying(10_000, 5_000, 20_000, unpriced=10_000)},
        deduction_idr=0,
        cost_idr=0,
    )
    assert (line.bought_quantity, line.goods_out_idr, line.donated_idr) == (0, 0, 10_000)


def test_a_sale_for_nothing_has_costs_by_quantity() -> None:
    lines = work_out(
        [Offered(1, "G", 1_000, 1_000, 0), Offered(2, "G", 3_000, 3_000, 0)],
        {1: Lying(0, 1_000, 0), 2: Lying(0, 3_000, 0)},
        deduction_idr=0,
        cost_idr=1_000,
    )
    assert [line.cost_idr for line in lines] == [250, 750]
    assert total(lines).split_idr == 0


quantities = st.integers(0, 10**8)


@st.composite
def sales(draw: st.DrawFn) -> tuple[list[Offered], dict[int, Lying], int, int]:
    lying, offered, gross_idr = {}, [], 0
    for material_id in range(1, draw(st.integers(1, 5)) + 1):
        bought, donated = draw(quantities), draw(quantities)
        unpriced = draw(st.integers(0, bought))
        value_idr = draw(st.integers(0, 10**9)) if bought else 0
        lying[material_id] = Lying(bought, donated, value_idr, unpriced)
        left = lying[material_id].for_sale
        for _ in range(draw(st.integers(0, 2))):
            if left:
                ours = draw(st.integers(1, left))
                left -= ours
                price_idr = draw(st.integers(0, 50_000))
                theirs = draw(st.integers(1, 10**8))
                offered.append(Offered(material_id, "G", ours, theirs, price_idr))
                gross_idr += (theirs * price_idr + 500) // 1000
    return offered, lying, draw(st.integers(0, gross_idr)), draw(st.integers(0, 10**9))


@UNHURRIED
@given(sales())
def test_nothing_is_lost_or_made(sale: tuple[list[Offered], dict[int, Lying], int, int]) -> None:
    offered, lying, deduction_idr, cost_idr = sale
    if not offered:
        return
    lines = work_out(offered, lying, deduction_idr=deduction_idr, cost_idr=cost_idr)
    sums = total(lines)
    assert sums.deduction_idr == deduction_idr
    assert sums.cost_idr == cost_idr
    assert sum(x.bought_idr + x.donated_idr for x in lines) == sums.gross_idr - deduction_idr
    margins_idr = sums.bought_margin_idr + sums.donated_margin_idr
    assert margins_idr == sums.gross_idr - deduction_idr - cost_idr - sums.goods_cost_idr
    for material_id, there in lying.items():
        mine = [x for x in lines if x.material_id == material_id]
        out = sum(x.bought_quantity for x in mine)
        out_idr = sum(x.goods_out_idr for x in mine)
        assert out <= there.bought - there.unpriced
        assert sum(x.donated_quantity for x in mine) <= there.donated
        assert 0 <= out_idr <= there.value_idr
        if out and out == there.bought - there.unpriced:
            assert out_idr == there.value_idr  # no value is left without goods
        assert all(x.bought_sold >= 0 and x.donated_sold >= 0 for x in mine)


@UNHURRIED
@given(quantities, quantities, st.data())
def test_proportion_never_takes_more_than_there_is(
    bought: int, donated: int, data: st.DataObject
) -> None:
    out = data.draw(st.integers(0, bought + donated))
    from_bought, from_donated = in_proportion(out, bought, donated)
    assert from_bought + from_donated == out
    assert 0 <= from_bought <= bought
    assert 0 <= from_donated <= donated


@UNHURRIED
@given(st.integers(0, 10**12), st.integers(1, 10**8), st.data())
def test_cost_never_exceeds_value(value_idr: int, quantity: int, data: st.DataObject) -> None:
    out = data.draw(st.integers(0, quantity))
    assert 0 <= cost_of(value_idr, quantity, out) <= value_idr
