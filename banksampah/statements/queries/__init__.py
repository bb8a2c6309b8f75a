"""The facts of each paper, gathered from books and documents and proved before they are printed."""

from banksampah.statements.queries.checks import Checked, check_document, check_seal
from banksampah.statements.queries.documents import (
    Deduction,
    DepositReceipt,
    Goods,
    GoodsSold,
    Holder,
    LateDeposit,
    Letterhead,
    Minutes,
    Part,
    PartLine,
    ReceiptLine,
    Rule,
    Seal,
    Statement,
    StatementLine,
    WithdrawalReceipt,
)
from banksampah.statements.queries.frames import letterhead
from banksampah.statements.queries.households import households_of
from banksampah.statements.queries.minutes import split_minutes
from banksampah.statements.queries.receipts import (
    NoPayment,
    deposit_receipt,
    withdrawal_receipt,
)
from banksampah.statements.queries.statement import PeriodAhead, PeriodReversed, statement

__all__ = [
    "Checked",
    "Deduction",
    "DepositReceipt",
    "Goods",
    "GoodsSold",
    "Holder",
    "LateDeposit",
    "Letterhead",
    "Minutes",
    "NoPayment",
    "Part",
    "PartLine",
    "PeriodAhead",
    "PeriodReversed",
    "ReceiptLine",
    "Rule",
    "Seal",
    "Statement",
    "StatementLine",
    "WithdrawalReceipt",
    "check_document",
    "check_seal",
    "deposit_receipt",
    "households_of",
    "letterhead",
    "split_minutes",
    "statement",
    "withdrawal_receipt",
]
