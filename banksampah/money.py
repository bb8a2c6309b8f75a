"""Rupiah and grams: the only place that rounds. Whole numbers in, whole numbers out."""

from collections.abc import Sequence

PPM = 1_000_000
AMOUNT_MAX = 10**15  # a quadrillion rupiah, or a billion tonnes: beyond any bank, far below 2**63


def value_idr(quantity: int, price_idr: int, unit: str = "G") -> int:
    """Price a quantity, rounding half a rupiah up.

    Grams (G) are priced per kilogram, millilitres (ML) per litre, pieces (PCS) each.

    >>> value_idr(333, 1_500)   # 499.5
    500
    >>> value_idr(3, 100, "PCS")
    300
    """
    assert quantity >= 0, quantity
    assert price_idr >= 0, price_idr
    if unit == "PCS":
        return quantity * price_idr
    return (quantity * price_idr + 500) // 1_000


def share_idr(amount_idr: int, share_ppm: int) -> int:
    """A share in parts per million of one amount, rounding half a rupiah up.

    >>> share_idr(9_999, 850_000)   # 8499.15
    8499
    """
    assert amount_idr >= 0, amount_idr
    assert 0 <= share_ppm <= PPM, share_ppm
    return (amount_idr * share_ppm + PPM // 2) // PPM


def apportion(
    amount: int, weights: Sequence[int], priorities: Sequence[int] | None = None
) -> list[int]:
    """Divide *amount* by *weights* so that the parts sum to it exactly.

    Largest remainder (Hamilton, Hare-Niemeyer): each part is rounded down, and the left-over
    units go one each to the largest remainders; ties by priority (1 first), then by place.

    >>> apportion(5, [300_000, 700_000], [1, 2])
    [2, 3]
    """
    assert amount >= 0, amount
    total = sum(weights)
    assert total > 0 and min(weights) >= 0, weights
    ranks = priorities or range(len(weights))
    parts = [amount * weight // total for weight in weights]
    remainders = [amount * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], ranks[i], i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts
