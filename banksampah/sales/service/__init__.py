"""The verbs of the sale: recording, payment, and undoing newest first."""

from banksampah.sales.service.later import receive_payment, reverse_payment, reverse_sale
from banksampah.sales.service.recording import (
    Cost,
    Sold,
    add_buyer,
    preview,
    record_sale,
)

__all__ = [
    "Cost",
    "Sold",
    "add_buyer",
    "preview",
    "receive_payment",
    "record_sale",
    "reverse_payment",
    "reverse_sale",
]
