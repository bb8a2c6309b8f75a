"""What corrections laid in Titipan for closed households, worked out again from the entries."""

from dataclasses import dataclass, field
from typing import Any

from banksampah import ledger
from banksampah.ledger import chart


@dataclass
class Surpluses:
    """The rows there must be after the entries seen so far."""

    rows: dict[int, list[Any]] = field(default_factory=dict)
    """By entry: the deposit, how much, the entry that settled it, and how."""
    _lying: dict[int, int] = field(default_factory=dict)

    def corrected(self, entry: ledger.Entry, deposit_seq: int) -> None:
        """A correction of a deposit that does not itself lie in Titipan."""
        amount = -sum(leg.amount for leg in entry.legs if leg.account_id == chart.SUSPENSE)
        if not amount:
            return
        is_moved = "member_id" in entry.body
        if (lies := self._lying.pop(deposit_seq, None)) is not None:
            self.rows[lies][2:] = [entry.seq, "given" if is_moved else "corrected"]
            amount += self.rows[lies][1]
        if amount and not is_moved:
            self.rows[entry.seq] = [deposit_seq, amount, None, None]
            self._lying[deposit_seq] = entry.seq

    def settled(self, entry: ledger.Entry, settled_as: str) -> None:
        """One was handed over."""
        self._lying.pop(entry.body["deposit_seq"], None)
        self.rows[entry.body["surplus_seq"]][2:] = [entry.seq, settled_as]
