"""A margin to be divided, a proposal for it, its legs and parts."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import Act, chart
from banksampah.splits import service
from banksampah.splits.models import Split

Acts = Callable[..., Act]


def margin(session: Session, act: Act, bought_idr: int = 0, donated_idr: int = 0) -> int:
    """A sale's entry that leaves a margin to be divided."""
    amount_idr = bought_idr + donated_idr
    legs = [
        ledger.debit(chart.CASH, amount_idr),
        ledger.credit(chart.SALES, amount_idr),
        ledger.debit(chart.ALLOCATION, amount_idr),
        ledger.credit(chart.UNDIVIDED, amount_idr),
    ]
    return ledger.post(session, act, "sale.record", {"amount_idr": amount_idr}, legs)


def proposal(session: Session, act: Act, bought_idr: int = 0, donated_idr: int = 0) -> Split:
    sale_seq = margin(session, act, bought_idr, donated_idr)
    left = service.Margin(
        sale_seq=sale_seq,
        sale_on=act.today,
        gross_idr=bought_idr + donated_idr,
        deduction_idr=0,
        cost_idr=0,
        goods_cost_idr=0,
        bought_idr=bought_idr,
        donated_idr=donated_idr,
    )
    split = service.propose(session, act, left)
    assert split is not None
    return split


def legs_of(session: Session, bank_id: int, seq: int) -> list[tuple[int, int, int]]:
    return [(x.account_id, x.amount, x.held) for x in ledger.entry(session, bank_id, seq).legs]


def parts(split: Split) -> dict[str, int]:
    return {line.fund.name: line.amount_idr for line in split.lines}
