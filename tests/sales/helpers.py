"""Selling in tests: a sale with what most have, its legs, and all proofs that speak of it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import Act, chart
from banksampah.sales import queries, service
from banksampah.sales.models import Sale
from banksampah.sales.service import Sold
from banksampah.splits import queries as split_queries
from banksampah.stock import queries as stock
from tests.conftest import TODAY

Acts = Callable[..., Act]


SOLD, SHRINK = chart.flow("sold", "G"), chart.flow("shrink", "G")


def sell(session: Session, act: Act, *lines: Sold, **more: Any) -> Sale:
    facts: dict[str, Any] = {"sold_on": TODAY, "paid_with": "cash", "buyer_name": "Lapak Jaya"}
    return service.record_sale(session, act, lines=lines, **(facts | more))


def legs_of(session: Session, seq: int) -> list[tuple[int, int]]:
    return [(x.account_id, x.amount) for x in ledger.entry(session, 1, seq).legs]


def proven(session: Session) -> None:
    assert queries.faults(session, 1) == []
    assert split_queries.faults(session, 1) == []
    assert stock.faults(session, 1) == []
    assert ledger.check(session, 1).faults == []
