"""What the books should be: dicts and fractions that share no code with the service."""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

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
