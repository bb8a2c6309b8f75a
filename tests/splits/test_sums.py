"""The sum of a split: exact, fair to the rupiah, and explained."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banksampah.money import PPM, format_percent
from banksampah.splits.models import Fund, SplitLine
from banksampah.splits.queries import Weight, divide, explain

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no reason to fail."""
THIRTY_SEVENTY = [Weight(1, 300_000, 1), Weight(2, 700_000, 2)]


@pytest.mark.parametrize(
    ("amount_idr", "parts_idr"),
    [
        (1, [0, 1]),
        (5, [2, 3]),
        (10, [3, 7]),
        (99, [30, 69]),
        (12_501, [3_750, 8_751]),
        (333_333, [100_000, 233_333]),
        (1_212_685, [363_806, 848_879]),
    ],
)
def test_thirty_seventy(amount_idr: int, parts_idr: list[int]) -> None:
    assert divide(amount_idr, THIRTY_SEVENTY) == parts_idr


@st.composite
def weights(draw: st.DrawFn) -> list[Weight]:
    """1 to 12 funds whose weights sum to a million, in any order of priority."""
    cuts = draw(st.sets(st.integers(1, PPM - 1), max_size=11))
    edges = [0, *sorted(cuts), PPM]
    ppm = [b - a for a, b in pairwise(edges)]
    priorities = draw(st.permutations(range(1, len(ppm) + 1)))
    return [Weight(i, w, p) for i, (w, p) in enumerate(zip(ppm, priorities, strict=True))]


@UNHURRIED
@given(st.integers(0, 10**15), weights())
def test_parts_sum_exactly_and_lie_within_one_rupiah(amount_idr: int, by: list[Weight]) -> None:
    parts = divide(amount_idr, by)
    assert sum(parts) == amount_idr
    assert all(
        abs(part * PPM - amount_idr * w.weight_ppm) < PPM for part, w in zip(parts, by, strict=True)
    )


@UNHURRIED
@given(st.integers(0, 10**12), weights(), st.randoms())
def test_the_order_of_lines_does_not_matter(amount_idr: int, by: list[Weight], random) -> None:
    shuffled = list(by)
    random.shuffle(shuffled)
    as_given = dict(zip((w.fund_id for w in by), divide(amount_idr, by), strict=True))
    as_shuffled = zip((w.fund_id for w in shuffled), divide(amount_idr, shuffled), strict=True)
    assert dict(as_shuffled) == as_given


def _lines(amount_idr: int, by: list[Weight]) -> list[SplitLine]:
    names = {1: "Lingkungan", 2: "Sosial", 3: "Kas RW"}
    return [
        SplitLine(
            line=number,
            origin="donated",
            base_idr=amount_idr,
            rule_id=1,
            version=1,
            fund_id=w.fund_id,
            weight_ppm=w.weight_ppm,
            priority=w.priority,
            amount_idr=part,
            fund=Fund(id=w.fund_id, name=names[w.fund_id], purpose=""),
        )
        for number, (w, part) in enumerate(zip(by, divide(amount_idr, by), strict=True), start=1)
    ]


def test_the_last_rupiah_of_a_tie_is_explained_by_priority() -> None:
    first, second = explain(_lines(1_212_685, THIRTY_SEVENTY))
    assert (first.percent, first.whole_idr, first.fraction) == ("30", 363_805, "5")
    assert (first.amount_idr, first.reason) == (363_806, "tie")
    assert (second.amount_idr, second.fraction, second.reason) == (848_879, "5", "down")


def test_the_last_rupiah_goes_to_the_largest_fraction() -> None:
    first, second = explain(_lines(99, THIRTY_SEVENTY))
    assert (first.whole_idr, first.fraction, first.reason) == (29, "7", "largest")
    assert (second.whole_idr, second.fraction, second.reason) == (69, "3", "down")


def test_nothing_left_over_is_exact() -> None:
    assert [line.reason for line in explain(_lines(10, THIRTY_SEVENTY))] == ["exact", "exact"]


@UNHURRIED
@given(st.integers(1, 10**12), weights())
def test_every_rupiah_is_accounted_for_by_its_explanation(
    amount_idr: int, by: list[Weight]
) -> None:
    by = [Weight(i % 3 + 1, w.weight_ppm, w.priority) for i, w in enumerate(by)]
    for line in explain(_lines(amount_idr, by)):
        lucky = line.reason in {"tie", "largest"}
        assert line.amount_idr == line.whole_idr + lucky


def test_percent_in_indonesian() -> None:
    assert [format_percent(ppm) for ppm in (300_000, 125_000, 1_000_000, 1)] == [
        "30",
        "12,5",
        "100",
        "0,0001",
    ]
