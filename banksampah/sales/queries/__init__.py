"""Reads of sales and buyers, the sum of a sale, and its proof."""

from banksampah.sales.queries.proof import faults, sale_faults
from banksampah.sales.queries.reads import (
    PAGE_ROWS_MAX,
    BuyerNotFound,
    NoSale,
    buyers,
    find_buyer_by_name,
    get_buyer,
    get_sale,
    lying,
    sales,
)
from banksampah.sales.queries.sums import (
    PAID_INTO,
    Lying,
    Offered,
    Totals,
    Worked,
    amount_idr,
    legs,
    total,
    work_out,
)

__all__ = [
    "PAGE_ROWS_MAX",
    "PAID_INTO",
    "BuyerNotFound",
    "Lying",
    "NoSale",
    "Offered",
    "Totals",
    "Worked",
    "amount_idr",
    "buyers",
    "faults",
    "find_buyer_by_name",
    "get_buyer",
    "get_sale",
    "legs",
    "lying",
    "sale_faults",
    "sales",
    "total",
    "work_out",
]
