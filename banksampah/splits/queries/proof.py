"""The proof of splits: each recomputed from its rule and held against its entries."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, subqueryload

from banksampah import ledger
from banksampah.money import PPM
from banksampah.splits.models import Split, SplitLine, SplitRule
from banksampah.splits.queries.reads import weights_of
from banksampah.splits.queries.sums import ORIGINS, divide, fund_legs


def faults(session: Session, bank_id: int) -> list[tuple[int | None, str]]:
    """Every split that does not recompute from its rule, or differs from its entries."""
    rules_by_key = {
        (rule.rule_id, rule.version): rule
        for rule in session.scalars(
            select(SplitRule).filter_by(bank_id=bank_id).options(subqueryload(SplitRule.lines))
        )
    }
    found: list[tuple[int | None, str]] = []
    for rule in rules_by_key.values():
        if sum(line.weight_ppm for line in rule.lines) != PPM:
            found.append((rule.seq, "bobot aturan tidak berjumlah 1.000.000"))
    rows = select(Split).filter_by(bank_id=bank_id).order_by(Split.seq)
    options = subqueryload(Split.lines).joinedload(SplitLine.fund)
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
