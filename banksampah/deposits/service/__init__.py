"""The verbs of deposits: weigh in, price later, undo, put right."""

from banksampah.deposits.service.corrections import correct_household, correct_price, correct_weight
from banksampah.deposits.service.pricing import price_pending_lines
from banksampah.deposits.service.recording import Weighed, record_deposit
from banksampah.deposits.service.reversal import reverse_deposit

__all__ = [
    "Weighed",
    "correct_household",
    "correct_price",
    "correct_weight",
    "price_pending_lines",
    "record_deposit",
    "reverse_deposit",
]
