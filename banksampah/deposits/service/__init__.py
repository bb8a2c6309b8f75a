"""The verbs of deposits: weigh in, price later, undo, put right."""

from banksampah.deposits.service.changes import DepositReversed, PaidInCash
from banksampah.deposits.service.corrections import (
    correct_household,
    correct_price,
    correct_weight,
    move_household,
    reprice,
    repriced,
)
from banksampah.deposits.service.drafting import (
    USUAL_MAX_G,
    Draft,
    Meant,
    Terms,
    Weighed,
    draft_deposit,
    is_unusual,
)
from banksampah.deposits.service.imports import Imported, import_deposits
from banksampah.deposits.service.pricing import price_pending_lines
from banksampah.deposits.service.reading import COLUMNS
from banksampah.deposits.service.recording import (
    Outcome,
    Wish,
    record_deposit,
    record_deposits,
)
from banksampah.deposits.service.refusals import RecordUnreadable
from banksampah.deposits.service.reversal import GoodsGone, reverse_deposit
from banksampah.deposits.service.surplus import give_surplus, pay_surplus

__all__ = [
    "COLUMNS",
    "USUAL_MAX_G",
    "DepositReversed",
    "Draft",
    "GoodsGone",
    "Imported",
    "Meant",
    "Outcome",
    "PaidInCash",
    "RecordUnreadable",
    "Terms",
    "Weighed",
    "Wish",
    "correct_household",
    "correct_price",
    "correct_weight",
    "draft_deposit",
    "give_surplus",
    "import_deposits",
    "is_unusual",
    "move_household",
    "pay_surplus",
    "price_pending_lines",
    "record_deposit",
    "record_deposits",
    "reprice",
    "repriced",
    "reverse_deposit",
]
