"""What a bank's books should be: dicts and fractions, sharing no code with the service.

Amounts are debit-positive by account code, as in docs/ledger.md. `Model.expect` tells which
entries an act leads to, or by which code it is refused; `Model.book` makes them count.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

Legs = dict[str, tuple[int, int]]
"""By account code: amount and held."""
HALF = Fraction(1, 2)


class Refusal(Exception):
    """The act is refused by this code."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Expected:
    """An entry to be found in the journal."""

    kind: str
    legs: Legs


@dataclass
class Model:
    """The state of one bank. A *hold* is known by the number of its entry."""

    numbers: dict[int, str]
    prices: dict[int, list[tuple[date, int]]]
    """By material: since when, how much; the last one said counts among those of one day."""
    share: Fraction
    posted: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deposits: dict[int, dict[str, Any]] = field(default_factory=dict)
    requests: dict[int, dict[str, Any]] = field(default_factory=dict)
    splits: dict[int, dict[str, Any]] = field(default_factory=dict)
    buyers: set[str] = field(default_factory=set)
    closed: date = date.min
    """The last day of the newest closed month."""

    def savings(self, member_id: int) -> int:
        return -self.posted[f"2100.{self.numbers[member_id]}"]

    def held_of(self, member_id: int) -> int:
        return self.held[f"2100.{self.numbers[member_id]}"]

    def debt(self, member_id: int) -> int:
        return self.posted[f"1400.{self.numbers[member_id]}"]

    def price(self, material_id: int, day: date) -> int:
        """The price in force on *day*."""
        since = max(valid for valid, _ in self.prices[material_id] if valid <= day)
        return [price for valid, price in self.prices[material_id] if valid == since][-1]

    def expect(self, verb: str, asked: dict[str, Any], day: date) -> list[Expected]:
        """The entries *verb* leads to on *day*. Raises Refusal."""
        entries = list(getattr(self, f"_{verb}")(asked, day))
        late_sale = [entry.kind for entry in entries] == ["sale.record"]  # on the first open day
        if day <= self.closed and not late_sale:
            raise Refusal("period_closed")
        return entries

    def book(self, verb: str, asked: dict[str, Any], day: date, seqs: list[int]) -> list[Expected]:
        """Let the act count; *seqs* are the numbers its entries got."""
        entries = self.expect(verb, asked, day)
        for entry in entries:
            for code, (amount, held) in entry.legs.items():
                self.posted[code] += amount
                self.held[code] += held
        remember = getattr(self, f"_keep_{verb}", None)
        if remember is not None:
            numbered = dict(zip((entry.kind for entry in entries), seqs, strict=False))
            remember(asked, day, numbered)
        return entries

    def _deposit(self, asked: dict[str, Any], day: date) -> list[Expected]:
        legs: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for line in asked["lines"]:
            material, grams = line["material_id"], line["quantity"]
            credited = self._credited(material, grams, day)
            legs[f"1300.{material}.B"][0] += credited
            legs[f"2100.{self.numbers[asked['member_id']]}"][0] -= credited
            legs[f"S.{material}.B"][0] += grams
            legs["F.in_savings.G"][0] -= grams
        return [Expected("deposit.record", _kept(legs))]

    def _credited(self, material: int, grams: int, day: date) -> int:
        value = floor(Fraction(grams * self.price(material, day), 1000) + HALF)
        return floor(value * self.share + HALF)

    def _keep_deposit(self, asked: dict[str, Any], day: date, seqs: dict[str, int]) -> None:
        credited = sum(
            self._credited(line["material_id"], line["quantity"], day) for line in asked["lines"]
        )
        legs = self._deposit(asked, day)[0].legs
        self.deposits[seqs["deposit.record"]] = {
            "member_id": asked["member_id"], "credited": credited, "legs": legs, "undone": False,
        }  # fmt: skip

    def _undo(self, asked: dict[str, Any], _day: date) -> list[Expected]:
        deposit = self.deposits[asked["seq"]]
        if deposit["undone"]:
            raise Refusal("deposit_reversed")
        legs: Legs = deposit["legs"]
        if any(c.startswith("S.") and self.posted[c] < n for c, (n, _) in legs.items()):
            raise Refusal("goods_gone")
        entries = []
        rests = {c: self._rest(c, legs) for c in legs if c.startswith("1300.")}
        entries += self._residue({c: n for c, n in rests.items() if n > 0})
        member = deposit["member_id"]
        short = deposit["credited"] - (self.savings(member) - self.held_of(member))
        if short > 0:
            number = self.numbers[member]
            entries.append(
                Expected(
                    "deposit.debt", {f"1400.{number}": (short, 0), f"2100.{number}": (-short, 0)}
                )
            )
        entries.append(Expected("reversal", {c: (-n, 0) for c, (n, _) in legs.items()}))
        return entries + self._residue({c: n for c, n in rests.items() if n < 0})

    def _rest(self, code: str, legs: Legs) -> int:
        """What must be added to the value left, so that goods have value and value has goods."""
        goods = f"S.{code.removeprefix('1300.')}"
        have, grams = self.posted[code], self.posted[goods]
        left, left_g = have - legs[code][0], grams - legs[goods][0]
        if left < 0 or (left == 0 and left_g > 0) or (left > 0 and left_g == 0):
            return floor(Fraction(have * left_g, grams)) - left
        return 0

    @staticmethod
    def _residue(rests: dict[str, int]) -> list[Expected]:
        if not rests:
            return []
        legs = {code: (rest, 0) for code, rest in rests.items()}
        return [Expected("deposit.residue", {**legs, "5200": (-sum(rests.values()), 0)})]

    def _keep_undo(self, asked: dict[str, Any], _day: date, _seqs: dict[str, int]) -> None:
        self.deposits[asked["seq"]]["undone"] = True

    def _ask(self, asked: dict[str, Any], _day: date) -> list[Expected]:
        member, amount = asked["member_id"], asked["amount_idr"]
        if amount > self.savings(member) - self.held_of(member) - self.debt(member):
            raise Refusal("not_enough")
        return [Expected("withdrawal.request", {f"2100.{self.numbers[member]}": (0, amount)})]

    def _keep_ask(self, asked: dict[str, Any], _day: date, seqs: dict[str, int]) -> None:
        self.requests[seqs["withdrawal.request"]] = {**asked, "decided": False}

    def _pay(self, asked: dict[str, Any], _day: date) -> list[Expected]:
        request = self._waiting(asked["seq"])
        amount = request["amount_idr"]
        if self.posted["1100"] < amount:
            raise Refusal("money_too_low")
        savings = f"2100.{self.numbers[request['member_id']]}"
        return [Expected("withdrawal.pay", {savings: (amount, -amount), "1100": (-amount, 0)})]

    def _refuse(self, asked: dict[str, Any], _day: date) -> list[Expected]:
        request = self._waiting(asked["seq"])
        savings = f"2100.{self.numbers[request['member_id']]}"
        return [Expected("withdrawal.refuse", {savings: (0, -request["amount_idr"])})]

    def _waiting(self, seq: int) -> dict[str, Any]:
        if self.requests[seq]["decided"]:
            raise Refusal("withdrawal_decided")
        return self.requests[seq]

    def _keep_pay(self, asked: dict[str, Any], _day: date, _seqs: dict[str, int]) -> None:
        self.requests[asked["seq"]]["decided"] = True

    _keep_refuse = _keep_pay

    def _sell(self, asked: dict[str, Any], day: date) -> list[Expected]:
        # a new buyer is added, today, before the stock is looked at
        if day <= self.closed and asked["buyer_name"] not in self.buyers:
            raise Refusal("period_closed")
        (line,) = asked["lines"]
        stock = f"{line['material_id']}.B"
        grams, there = line["buyer_quantity"], self.posted[f"S.{stock}"]
        if grams > there:
            raise Refusal("stock_short")
        amount = floor(Fraction(grams * line["price_idr"], 1000) + HALF)
        value = self.posted[f"1300.{stock}"]
        cost = value if grams == there else floor(Fraction(value * grams, there))
        margin = max(amount - cost, 0)
        legs = {
            "1100": [amount, 0], "4100": [-amount, 0], "5100": [cost, 0],
            f"1300.{stock}": [-cost, 0], "3910": [margin, 0], "3090": [-margin, 0],
            "F.sold.G": [grams, 0], f"S.{stock}": [-grams, 0],
        }  # fmt: skip
        entries = [] if asked["buyer_name"] in self.buyers else [Expected("buyer.add", {})]
        entries.append(Expected("sale.record", _kept(legs)))
        if margin:
            entries.append(Expected("split.propose", {"3090": (0, margin)}))
        return entries

    def _keep_sell(self, asked: dict[str, Any], _day: date, seqs: dict[str, int]) -> None:
        self.buyers.add(asked["buyer_name"])
        if seq := seqs.get("split.propose"):
            self.splits[seq] = {"amount": self._last_margin, "decided": False}

    @property
    def _last_margin(self) -> int:
        """Held on what is not divided, less what earlier proposals hold."""
        earlier = sum(s["amount"] for s in self.splits.values() if not s["decided"])
        return self.held["3090"] - earlier

    def _approve(self, asked: dict[str, Any], _day: date) -> list[Expected]:
        amount = self._undecided(asked["seq"])["amount"]
        environment = floor(Fraction(amount * 3, 10))
        if Fraction(amount * 3, 10) - environment >= Fraction(amount * 7, 10) % 1 and amount % 10:
            environment += 1  # the larger fraction takes the last rupiah; the first one at a tie
        legs = {
            "3090": [amount, -amount],
            "3100": [-environment, 0],
            "3200": [environment - amount, 0],
        }
        return [Expected("split.approve", _kept(legs))]

    def _reject(self, asked: dict[str, Any], _day: date) -> list[Expected]:
        return [Expected("split.reject", {"3090": (0, -self._undecided(asked["seq"])["amount"])})]

    def _undecided(self, seq: int) -> dict[str, Any]:
        if self.splits[seq]["decided"]:
            raise Refusal("split_decided")
        return self.splits[seq]

    def _keep_approve(self, asked: dict[str, Any], _day: date, _seqs: dict[str, int]) -> None:
        self.splits[asked["seq"]]["decided"] = True

    _keep_reject = _keep_approve

    def _price(self, _asked: dict[str, Any], _day: date) -> list[Expected]:
        return [Expected("price.set", {})]

    def _keep_price(self, asked: dict[str, Any], _day: date, _seqs: dict[str, int]) -> None:
        since = date.fromisoformat(asked["valid_from"])
        for line in asked["prices"]:
            self.prices[line["material_id"]].append((since, line["price_idr"]))

    def _close(self, _asked: dict[str, Any], _day: date) -> list[Expected]:
        return [Expected("period.close", {})]

    def _keep_close(self, asked: dict[str, Any], _day: date, _seqs: dict[str, int]) -> None:
        self.closed = date.fromisoformat(asked["through"])


def _kept(legs: dict[str, list[int]]) -> Legs:
    return {code: (amount, held) for code, (amount, held) in legs.items() if amount or held}
