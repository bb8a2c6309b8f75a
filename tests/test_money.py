"""Rupiah, grams and pieces: read as people type them, written as a bank writes them."""

import doctest
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banksampah import money

GOLDEN = json.loads((Path(__file__).parent / "golden" / "numbers.json").read_text())
READERS = {
    "weight_g": money.parse_weight_g,
    "idr": money.parse_idr,
    "pieces": money.parse_pieces,
    "percent_ppm": money.parse_percent_ppm,
}
REFUSED = {
    "weight_refused": money.parse_weight_g,
    "idr_refused": money.parse_idr,
    "pieces_refused": money.parse_pieces,
    "percent_refused": money.parse_percent_ppm,
}


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(money).failed == 0


def test_nothing_is_worth_nothing_and_less_is_a_bug():
    assert money.value_idr(0, 0) == money.value_idr(0, 0, "PCS") == 0
    assert money.share_idr(0, money.PPM) == money.share_idr(5, 0) == 0
    assert money.share_idr(5, money.PPM) == 5
    for wrong in ((-1, 1), (1, -1)):
        with pytest.raises(AssertionError):
            money.value_idr(*wrong)
        with pytest.raises(AssertionError):
            money.share_idr(*wrong)
    with pytest.raises(AssertionError):
        money.share_idr(1, money.PPM + 1)


def test_a_minus_and_too_many_decimals_are_told_as_what_they_are():
    for read, text in ((money.parse_weight_g, "-2"), (money.parse_idr, "−500")):
        with pytest.raises(money.Unreadable) as refused:
            read(text)
        assert refused.value.template == money._MINUS
    for text, example in ((",1234", "0,123"), ("12,3456", "12,345")):
        with pytest.raises(money.Unreadable) as refused:
            money.parse_weight_g(text)
        assert refused.value.parts["example"] == example


@pytest.mark.parametrize("kind", READERS)
def test_what_is_typed_is_read_exactly(kind):
    for text, expected in GOLDEN[kind]:
        assert (text, READERS[kind](text)) == (text, expected)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_reading_is_refused_with_a_remedy(kind):
    for text in GOLDEN[kind]:
        with pytest.raises(money.Unreadable) as refused:
            pytest.fail(f"{text!r} was read as {REFUSED[kind](text)}")
        assert refused.value.args[0].endswith((".", "?")), text


def test_a_weight_with_two_readings_asks_and_offers_both():
    for text, first, second in GOLDEN["weight_ask"]:
        with pytest.raises(money.Unreadable) as asked:
            money.parse_weight_g(text)
        assert [typed for _label, typed in asked.value.readings] == [first, second]
        small, large = money.parse_weight_g(first), money.parse_weight_g(second)
        assert large == 1000 * small  # the two readings differ by the meaning of the point


def test_rupiah_with_a_comma_between_thousands_asks_what_was_meant():
    for text, meant in GOLDEN["idr_ask"]:
        with pytest.raises(money.Unreadable) as asked:
            money.parse_idr(text)
        assert asked.value.readings == ((f"Rp{meant}", meant),)


def test_figures_are_written_as_a_bank_writes_them():
    for amount_idr, expected in GOLDEN["written_idr"]:
        assert money.format_idr(amount_idr) == expected
    for weight_g, decimals, expected in GOLDEN["written_kg"]:
        assert money.format_kg(weight_g, decimals) == expected


@given(st.integers(0, 999_999_999_999_999))
def test_every_weight_written_is_read_back(weight_g):
    assert money.parse_weight_g(money.format_kg(weight_g, 3)) == weight_g


@given(st.integers(1_000, 999_999))
def test_whole_kilograms_written_with_one_point_ask(weight_kg):
    with pytest.raises(money.Unreadable):
        money.parse_weight_g(money.format_kg(weight_kg * 1000))


@given(st.integers(0, 999_999_999_999))
def test_every_amount_written_is_read_back(amount_idr):
    assert money.parse_idr(money.format_idr(amount_idr)) == amount_idr


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text):
    for reader in READERS.values():
        try:
            assert 0 <= reader(text) <= money.AMOUNT_MAX
        except money.Unreadable as refused:
            assert str(refused)


@given(st.text(alphabet="0123456789.,-− kgRp٢", max_size=14))
def test_no_number_like_text_breaks_a_reader(text):
    test_no_text_breaks_a_reader.hypothesis.inner_test(text)


def test_a_table_takes_three_decimals_when_one_line_needs_them():
    assert money.decimals_for([2350, 1000]) == 2
    assert money.decimals_for([2350, 1005]) == 3
    assert money.decimals_for([]) == 2


def test_half_a_rupiah_goes_up_and_no_float_is_near():
    assert money.value_idr(333, 1_500) == 500
    assert money.value_idr(1, 499) == 0
    assert money.value_idr(1, 500) == 1
    assert money.value_idr(3, 100, "PCS") == 300
    assert money.share_idr(9_999, 850_000) == 8_499
    assert money.share_idr(10_001, 850_000) == 8_501
    assert money.share_idr(1, 500_000) == 1
    assert money.share_idr(1, 499_999) == 0


@given(
    st.integers(0, 10**12),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(lambda w: sum(w) > 0),
)
def test_parts_sum_to_the_whole_and_are_fair(amount, weights):
    parts = money.apportion(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert part * sum(weights) // sum(weights) >= amount * weight // sum(weights)
        assert (part - 1) * sum(weights) < amount * weight or part == 0


def test_left_over_rupiah_goes_to_the_largest_remainder_then_the_first_priority():
    assert money.apportion(5, [300_000, 700_000], [1, 2]) == [2, 3]
    assert money.apportion(1, [500_000, 500_000], [2, 1]) == [0, 1]
    assert money.apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert money.apportion(0, [1, 2]) == [0, 0]


@pytest.mark.parametrize(("amount", "weights"), [(-1, [1]), (1, [0, 0]), (1, [2, -1])])
def test_what_cannot_be_shared_out_is_a_bug_of_ours(amount, weights):
    with pytest.raises(AssertionError):
        money.apportion(amount, weights)


def test_too_many_decimals_are_answered_with_what_was_typed_cut_short():
    with pytest.raises(money.Unreadable) as refused:
        money.parse_weight_g("12345678,1234")
    assert str(refused.value).endswith("misalnya 123456,123.")


def test_a_lonely_minus_is_no_minus_before_a_number():
    for text, said in (("-", "Tulis berat"), ("-5", "tanpa tanda minus")):
        with pytest.raises(money.Unreadable, match=said):
            money.parse_weight_g(text)


@pytest.mark.parametrize("text", ["1234.567,5", "1234.567.890", "1.2345,5"])
def test_thousands_stand_in_threes(text):
    with pytest.raises(money.Unreadable):
        money.parse_weight_g(text)
