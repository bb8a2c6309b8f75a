"""The verbs of deposits: weigh in, price later, undo, put right."""

from banksampah.deposits.service.corrections import correct_household, correct_price, correct_weight
from banksampah.deposits.service.pricing import price_pending_lines
from banksampah.deposits.service.recording import Draft, Weighed, draft_deposit, record_deposit
from banksampah.deposits.service.reversal import reverse_deposit

__all__ = [
    "Draft",
    "Weighed",
    "correct_household",
    "correct_price",
    "correct_weight",
    "draft_deposit",
    "price_pending_lines",
    "record_deposit",
    "reverse_deposit",
]
