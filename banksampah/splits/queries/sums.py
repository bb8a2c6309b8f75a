"""The sum of a split and its explanation. Pure figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from banksampah.db import canonical_json
from banksampah.ledger import chart
from banksampah.money import PPM, apportion, format_percent
from banksampah.splits.models import Fund, Split, SplitLine

ORIGINS = ("bought", "donated")


@dataclass(frozen=True, slots=True)
class Weight:
    """One line of a rule, stored or still being typed."""

    fund_id: int
    weight_ppm: int
    priority: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an amount that is only being tried out; the names are those of `SplitLine`."""

    line: int
    origin: str
    base_idr: int
    fund_id: int
    fund: Fund
    weight_ppm: int | None
    priority: int
    amount_idr: int


Line = SplitLine | Part


@dataclass(frozen=True, slots=True)
class Explained:
    """Why one line has its amount: the exact quotient, and the left-over rupiah if it got it.

    *reason*: exact (nothing left over) · down (rounded down) · tie (got the left-over rupiah by
    its place in the rule) · largest (got it for the largest fraction) · typed (no rule).
    """

    line: int
    origin: str
    fund_id: int
    fund_name: str
    priority: int
    weight_ppm: int | None
    percent: str
    base_idr: int
    whole_idr: int
    fraction: str
    amount_idr: int
    reason: str


def divide(base_idr: int, weights: Sequence[Weight]) -> list[int]:
    """The parts of *base_idr* by *weights*: exact sum, largest remainder, ties by priority.

    >>> divide(5, [Weight(1, 300_000, 1), Weight(2, 700_000, 2)])
    [2, 3]
    """
    ppm = [weight.weight_ppm for weight in weights]
    return apportion(base_idr, ppm, [weight.priority for weight in weights])


def explain(lines: Sequence[Line]) -> list[Explained]:
    """How each of a split's lines came about, in its order. Lines need their `fund`."""
    by_origin = {origin: [x for x in lines if x.origin == origin] for origin in ORIGINS}
    return [_explain(line, by_origin[line.origin]) for line in lines]


def _explain(line: Line, peers: Sequence[Line]) -> Explained:
    whole_idr, fraction, reason = line.amount_idr, "", "typed"
    if line.weight_ppm is not None:
        whole_idr, remainder = divmod(line.base_idr * line.weight_ppm, PPM)
        fraction = f"{remainder:06d}".rstrip("0")
        reason = _reason(line, remainder, line.amount_idr > whole_idr, peers)
    return Explained(
        line=line.line,
        origin=line.origin,
        fund_id=line.fund_id,
        fund_name=line.fund.name,
        priority=line.priority,
        weight_ppm=line.weight_ppm,
        percent="" if line.weight_ppm is None else format_percent(line.weight_ppm),
        base_idr=line.base_idr,
        whole_idr=whole_idr,
        fraction=fraction,
        amount_idr=line.amount_idr,
        reason=reason,
    )


def _reason(line: Line, remainder: int, lucky: bool, peers: Sequence[Line]) -> str:
    if not lucky:
        return "down" if remainder else "exact"
    losers = (x for x in peers if x is not line and x.weight_ppm is not None)
    tied = any(
        (x.base_idr * (x.weight_ppm or 0)) % PPM == remainder
        and x.amount_idr == x.base_idr * (x.weight_ppm or 0) // PPM
        for x in losers
    )
    return "tie" if tied else "largest"


def lines_hash(split: Split) -> str:
    """What an approval is bound to: the amount and every line, exactly as shown."""
    shown = [
        [x.line, x.origin, x.fund_id, x.rule_id, x.version, x.weight_ppm, x.amount_idr]
        for x in split.lines
    ]
    text = canonical_json([split.seq, split.attempt, split.amount_idr, shown])
    return sha256(text.encode()).hexdigest()


def fund_legs(split: Split) -> dict[int, int]:
    """What an approval moves: account id → signed rupiah (debit positive), zero left out."""
    legs = {chart.UNDIVIDED: split.amount_idr}
    for line in split.lines:
        account_id = line.fund.account_id
        legs[account_id] = legs.get(account_id, 0) - line.amount_idr
    return {account_id: amount for account_id, amount in legs.items() if amount}
