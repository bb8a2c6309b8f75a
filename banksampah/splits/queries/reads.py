"""Reads of funds, rules and splits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Exists, exists, func, select
from sqlalchemy.orm import Session, immediateload, joinedload, subqueryload

from banksampah import ledger
from banksampah.errors import NotFound
from banksampah.splits.models import Fund, Split, SplitLine, SplitRule, SplitStep
from banksampah.splits.queries.sums import Weight

PAGE_ROWS_MAX = 50
_WHOLE = (immediateload(Split.lines).joinedload(SplitLine.fund), joinedload(Split.steps))
"""How one split is read: lines stay as they are, steps may be more than the session knows. A list
asks once for all (`subqueryload`), which is dear for one alone (docs/performance.md)."""


class NoFund(NotFound):
    code = "fund_not_found"

    def __init__(self, fund_id: int):
        super().__init__(f"Dana {fund_id} tidak ada. Pilih dana dari daftar.")


class NoSplit(NotFound):
    code = "split_not_found"

    def __init__(self, seq: int):
        super().__init__(f"Pembagian {seq} tidak ada. Pilih dari daftar pembagian.")


class NoRule(NotFound):
    code = "split_rule_not_found"

    def __init__(self) -> None:
        super().__init__("Versi aturan itu tidak ada. Pilih dari daftar aturan.")


def funds(session: Session, bank_id: int) -> list[Fund]:
    """All funds, in the order in which they are named on papers."""
    rows = select(Fund).filter_by(bank_id=bank_id).order_by(Fund.priority, Fund.id)
    return list(session.scalars(rows))


def get_fund(session: Session, bank_id: int, fund_id: int) -> Fund:
    """The fund, or `NoFund`."""
    fund = session.get(Fund, (bank_id, fund_id))
    if fund is None:
        raise NoFund(fund_id)
    return fund


@dataclass(frozen=True, slots=True)
class FundBalance:
    """A fund and what it holds."""

    id: int
    name: str
    purpose: str
    account_id: int
    priority: int
    balance_idr: int
    held_idr: int


def balance_of(session: Session, fund: Fund) -> FundBalance:
    """What one fund holds now."""
    return _fund_balance(fund, ledger.balance(session, fund.bank_id, fund.account_id))


def fund_balances(session: Session, bank_id: int) -> list[FundBalance]:
    """All funds with what they hold now."""
    found = funds(session, bank_id)
    now = ledger.balances(session, bank_id, [fund.account_id for fund in found])
    return [_fund_balance(fund, now[fund.account_id]) for fund in found]


def _fund_balance(fund: Fund, now: ledger.Balance) -> FundBalance:
    return FundBalance(
        fund.id, fund.name, fund.purpose, fund.account_id, fund.priority, now.posted, now.held
    )


def rule_in_force(session: Session, bank_id: int, origin: str, day: date) -> SplitRule | None:
    """The rule for goods of *origin* sold on *day*: the newest from then or before.

    A sale from before the bank's first rule follows that first rule.
    """
    rules = (
        select(SplitRule)
        .filter_by(bank_id=bank_id)
        .where(SplitRule.stock_origin.in_((origin, "any")))
        .options(immediateload(SplitRule.lines))
        .limit(1)
    )
    newest = rules.where(SplitRule.valid_from <= day).order_by(
        SplitRule.valid_from.desc(), SplitRule.seq.desc()
    )
    earliest = rules.order_by(SplitRule.valid_from, SplitRule.seq)
    return session.scalar(newest) or session.scalar(earliest)


def get_rule(session: Session, bank_id: int, rule_id: int, version: int) -> SplitRule:
    """One version of a rule with its lines, or `NoRule`."""
    rule = session.scalar(
        select(SplitRule)
        .filter_by(bank_id=bank_id, rule_id=rule_id, version=version)
        .options(immediateload(SplitRule.lines))
    )
    if rule is None:
        raise NoRule
    return rule


def rules(session: Session, bank_id: int) -> list[SplitRule]:
    """Rule versions, newest first."""
    return list(
        session.scalars(
            select(SplitRule)
            .filter_by(bank_id=bank_id)
            .order_by(SplitRule.valid_from.desc(), SplitRule.seq.desc())
            .options(subqueryload(SplitRule.lines))
            .limit(PAGE_ROWS_MAX)
        )
    )


def weights_of(rule: SplitRule) -> list[Weight]:
    """The rule's lines as weights."""
    return [Weight(x.fund_id, x.weight_ppm, x.priority) for x in rule.lines]


def get_split(session: Session, bank_id: int, seq: int) -> Split:
    """The proposal with its lines and funds, or `NoSplit`."""
    found = session.scalars(
        select(Split)
        .filter_by(bank_id=bank_id, seq=seq)
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    )
    split = found.unique().one_or_none()
    if split is None:
        raise NoSplit(seq)
    return split


def splits_of_sale(session: Session, bank_id: int, sale_seq: int) -> list[Split]:
    """Every attempt to divide one sale's margin, first to last."""
    return list(
        session.scalars(
            select(Split)
            .filter_by(bank_id=bank_id, sale_seq=sale_seq)
            .order_by(Split.attempt)
            .options(*_WHOLE)
            .execution_options(populate_existing=True)
        ).unique()
    )


def states_of_sales(session: Session, bank_id: int, sale_seqs: Sequence[int]) -> dict[int, str]:
    """Of each sale that has one, the state of its newest proposal."""
    rows = (
        select(Split)
        .filter_by(bank_id=bank_id)
        .where(Split.sale_seq.in_(sale_seqs))
        .order_by(Split.attempt)
    )
    return {split.sale_seq: split.state for split in session.scalars(rows)}


def splits(
    session: Session,
    bank_id: int,
    *,
    pending: bool = False,
    decided: bool = False,
    cursor: int | None = None,
    limit: int = PAGE_ROWS_MAX,
) -> list[Split]:
    """Proposals newest first; those that still wait oldest first. *cursor* is the last one seen."""
    rows = select(Split).filter_by(bank_id=bank_id).limit(limit)
    if pending:
        rows = rows.where(~_decided()).order_by(Split.seq)
    else:
        rows = rows.order_by(Split.seq.desc())
    if decided:
        rows = rows.where(_decided())
    if cursor is not None:
        rows = rows.where(Split.seq > cursor if pending else Split.seq < cursor)
    options = subqueryload(Split.lines).joinedload(SplitLine.fund)
    return list(session.scalars(rows.options(options)))


def pending_count(session: Session, bank_id: int) -> int:
    """How many proposals wait for a decision."""
    rows = select(func.count()).select_from(Split).where(Split.bank_id == bank_id, ~_decided())
    return session.scalar(rows) or 0


def _decided() -> Exists:
    return exists().where(
        SplitStep.bank_id == Split.bank_id, SplitStep.split_seq == Split.seq, SplitStep.stage == 1
    )


def after_approval(session: Session, split: Split) -> dict[int, int]:
    """What each fund holds once *split* is approved: fund id → rupiah."""
    added: dict[int, int] = {}
    for line in split.lines:
        added[line.fund_id] = added.get(line.fund_id, 0) + line.amount_idr
    accounts = {line.fund_id: line.fund.account_id for line in split.lines}
    now = ledger.balances(session, split.bank_id, list(accounts.values()))
    return {fund_id: now[accounts[fund_id]].posted + idr for fund_id, idr in added.items()}
