"""Reads of funds, rules and splits; the sum itself, its explanation and its proof."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Exists, exists, func, select
from sqlalchemy.orm import Session, selectinload

from banksampah import ledger
from banksampah.db import canonical_json
from banksampah.errors import NotFound
from banksampah.money import PPM, apportion
from banksampah.splits.models import Fund, Split, SplitLine, SplitRule, SplitStep

ORIGINS = ("bought", "donated")
PAGE_ROWS_MAX = 50


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


@dataclass(frozen=True, slots=True)
class Weight:
    """One line of a rule, stored or still being typed."""

    fund_id: int
    weight_ppm: int
    priority: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an amount that is only being tried out; the names are those of `SplitLine`."""

    line: int
    origin: str
    base_idr: int
    fund_id: int
    fund: Fund
    weight_ppm: int | None
    priority: int
    amount_idr: int


Line = SplitLine | Part


@dataclass(frozen=True, slots=True)
class Explained:
    """Why one line has its amount: the exact quotient, and the left-over rupiah if it got it.

    *reason*: exact (nothing left over) · down (rounded down) · tie (got the left-over rupiah by
    its place in the rule) · largest (got it for the largest fraction) · typed (no rule).
    """

    line: int
    origin: str
    fund_id: int
    fund_name: str
    priority: int
    weight_ppm: int | None
    percent: str
    base_idr: int
    whole_idr: int
    fraction: str
    amount_idr: int
    reason: str


def divide(base_idr: int, weights: Sequence[Weight]) -> list[int]:
    """The parts of *base_idr* by *weights*: exact sum, largest remainder, ties by priority.

    >>> divide(5, [Weight(1, 300_000, 1), Weight(2, 700_000, 2)])
    [2, 3]
    """
    ppm = [weight.weight_ppm for weight in weights]
    return apportion(base_idr, ppm, [weight.priority for weight in weights])


def percent(ppm: int) -> str:
    """A weight as a percentage: `300_000` is "30", `125_000` is "12,5"."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole},{rest:04d}".rstrip("0").rstrip(",")


def explain(lines: Sequence[Line]) -> list[Explained]:
    """How each of a split's lines came about, in its order. Lines need their `fund`."""
    by_origin = {origin: [x for x in lines if x.origin == origin] for origin in ORIGINS}
    return [_explain(line, by_origin[line.origin]) for line in lines]


def _explain(line: Line, peers: Sequence[Line]) -> Explained:
    whole_idr, fraction, reason = line.amount_idr, "", "typed"
    if line.weight_ppm is not None:
        whole_idr, remainder = divmod(line.base_idr * line.weight_ppm, PPM)
        fraction = f"{remainder:06d}".rstrip("0")
        reason = _reason(line, remainder, line.amount_idr > whole_idr, peers)
    return Explained(
        line=line.line,
        origin=line.origin,
        fund_id=line.fund_id,
        fund_name=line.fund.name,
        priority=line.priority,
        weight_ppm=line.weight_ppm,
        percent="" if line.weight_ppm is None else percent(line.weight_ppm),
        base_idr=line.base_idr,
        whole_idr=whole_idr,
        fraction=fraction,
        amount_idr=line.amount_idr,
        reason=reason,
    )


def _reason(line: Line, remainder: int, lucky: bool, peers: Sequence[Line]) -> str:
    if not lucky:
        return "down" if remainder else "exact"
    losers = (x for x in peers if x is not line and x.weight_ppm is not None)
    tied = any(
        (x.base_idr * (x.weight_ppm or 0)) % PPM == remainder
        and x.amount_idr == x.base_idr * (x.weight_ppm or 0) // PPM
        for x in losers
    )
    return "tie" if tied else "largest"


def lines_hash(split: Split) -> str:
    """What an approval is bound to: the amount and every line, exactly as shown."""
    shown = [
        [x.line, x.origin, x.fund_id, x.rule_id, x.version, x.weight_ppm, x.amount_idr]
        for x in split.lines
    ]
    text = canonical_json([split.seq, split.attempt, split.amount_idr, shown])
    return sha256(text.encode()).hexdigest()


# ── funds and rules ────────────────────────────────────────────────────────────────────────


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
        .options(selectinload(SplitRule.lines))
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
        .options(selectinload(SplitRule.lines))
    )
    if rule is None:
        raise NoRule
    return rule


def rules(session: Session, bank_id: int, limit: int = PAGE_ROWS_MAX) -> list[SplitRule]:
    """Rule versions, newest first."""
    return list(
        session.scalars(
            select(SplitRule)
            .filter_by(bank_id=bank_id)
            .order_by(SplitRule.valid_from.desc(), SplitRule.seq.desc())
            .options(selectinload(SplitRule.lines))
            .limit(limit)
        )
    )


def weights_of(rule: SplitRule) -> list[Weight]:
    """The rule's lines as weights."""
    return [Weight(x.fund_id, x.weight_ppm, x.priority) for x in rule.lines]


# ── splits ─────────────────────────────────────────────────────────────────────────────────


def get_split(session: Session, bank_id: int, seq: int) -> Split:
    """The proposal with its lines and funds, or `NoSplit`."""
    split = session.scalar(
        select(Split)
        .filter_by(bank_id=bank_id, seq=seq)
        .options(selectinload(Split.lines).selectinload(SplitLine.fund))
        .execution_options(populate_existing=True)
    )
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
            .options(selectinload(Split.lines).selectinload(SplitLine.fund))
            .execution_options(populate_existing=True)
        )
    )


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
    options = selectinload(Split.lines).selectinload(SplitLine.fund)
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


# ── proof ──────────────────────────────────────────────────────────────────────────────────


def faults(session: Session, bank_id: int) -> list[tuple[int | None, str]]:
    """Every split that does not recompute from its rule, or differs from its entries."""
    rules_by_key = {
        (rule.rule_id, rule.version): rule
        for rule in session.scalars(
            select(SplitRule).filter_by(bank_id=bank_id).options(selectinload(SplitRule.lines))
        )
    }
    found: list[tuple[int | None, str]] = []
    for rule in rules_by_key.values():
        if sum(line.weight_ppm for line in rule.lines) != PPM:
            found.append((rule.seq, "bobot aturan tidak berjumlah 1.000.000"))
    rows = select(Split).filter_by(bank_id=bank_id).order_by(Split.seq)
    options = selectinload(Split.lines).selectinload(SplitLine.fund)
    for split in session.scalars(rows.options(options)):
        facts = [*_line_faults(split, rules_by_key), *_entry_faults(session, split)]
        found.extend((split.seq, fact) for fact in facts)
    return found


def _line_faults(split: Split, rules_by_key: dict[tuple[int, int], SplitRule]) -> Iterable[str]:
    for origin, base_idr in zip(ORIGINS, (split.bought_idr, split.donated_idr), strict=True):
        lines = [line for line in split.lines if line.origin == origin]
        if sum(line.amount_idr for line in lines) != base_idr:
            yield f"jumlah bagian ({origin}) tidak sama dengan uang yang dibagi"
        if any(line.base_idr != base_idr for line in lines):
            yield f"dasar pembagian ({origin}) berbeda"
        ruled = [line for line in lines if line.rule_id is not None and line.version is not None]
        if not ruled:
            continue
        rule = rules_by_key.get((ruled[0].rule_id or 0, ruled[0].version or 0))
        expected = divide(base_idr, weights_of(rule)) if rule else []
        if [line.amount_idr for line in ruled] != expected:
            yield f"bagian ({origin}) tidak sama dengan hitungan menurut aturannya"


def _entry_faults(session: Session, split: Split) -> Iterable[str]:
    held = [
        (leg.account_id, leg.amount, leg.held)
        for leg in ledger.entry(session, split.bank_id, split.seq).legs
    ]
    if held != [(ledger.chart.UNDIVIDED, 0, split.amount_idr)]:
        yield "uang yang ditahan tidak sama dengan usulan"
    for step in split.steps:
        entry = ledger.entry(session, split.bank_id, step.seq)
        moved = {leg.account_id: 0 for leg in entry.legs}
        for leg in entry.legs:
            moved[leg.account_id] += leg.amount
        expected = fund_legs(split) if step.kind in ("approve", "reverse") else {}
        sign = -1 if step.kind == "reverse" else 1
        expected = {account_id: sign * amount for account_id, amount in expected.items()}
        if {account_id: amount for account_id, amount in moved.items() if amount} != expected:
            yield f"gerak uang pada jurnal {step.seq} tidak sama dengan pembagian"


def fund_legs(split: Split) -> dict[int, int]:
    """What an approval moves: account id → signed rupiah (debit positive), zero left out."""
    legs = {ledger.chart.UNDIVIDED: split.amount_idr}
    for line in split.lines:
        account_id = line.fund.account_id
        legs[account_id] = legs.get(account_id, 0) - line.amount_idr
    return {account_id: amount for account_id, amount in legs.items() if amount}
