"""The verbs of the split: funds and rules, proposals, and their decisions."""

from banksampah.splits.service.decisions import approve, reject, release_of_sale, reverse_split
from banksampah.splits.service.proposals import Margin, Typed, preview, propose, propose_again
from banksampah.splits.service.rules import (
    PRESETS,
    apply_preset,
    open_fund,
    open_funds,
    set_rule,
)

__all__ = [
    "PRESETS",
    "Margin",
    "Typed",
    "apply_preset",
    "approve",
    "open_fund",
    "open_funds",
    "preview",
    "propose",
    "propose_again",
    "reject",
    "release_of_sale",
    "reverse_split",
    "set_rule",
]
