"""Proposals: a sale's margin held on "Hasil belum dibagi" and cut into parts by a rule."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks import queries as banks
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act, chart
from banksampah.money import format_idr
from banksampah.splits import queries
from banksampah.splits.models import Split, SplitLine, SplitRule
from banksampah.splits.queries import ORIGINS, Weight
from banksampah.splits.service import decisions, rules


class StillWaiting(Conflict):
    code = "split_pending"

    def __init__(self, seq: int):
        super().__init__(
            f"Usulan pembagian {seq} masih menunggu keputusan. Putuskan dulu usulan itu.",
            split_seq=seq,
        )


class StillStands(Conflict):
    code = "split_approved"

    def __init__(self, seq: int):
        super().__init__(
            f"Pembagian {seq} sudah disetujui. Batalkan dulu pembagian itu.", split_seq=seq
        )


class SaleUndone(Conflict):
    code = "sale_reversed"

    def __init__(self) -> None:
        super().__init__("Penjualannya sudah dibatalkan. Tidak ada uang yang bisa dibagi.")


class PartsWrong(Refused):
    code = "parts_wrong"

    def __init__(self, given_idr: int, wanted_idr: int):
        super().__init__(
            f"Jumlah bagian {format_idr(given_idr)}, uangnya {format_idr(wanted_idr)}. "
            "Ubah supaya keduanya sama.",
            field="lines",
            given_idr=given_idr,
            wanted_idr=wanted_idr,
        )


@dataclass(frozen=True, slots=True)
class Typed:
    """A part fixed by hand in a new proposal."""

    origin: str
    fund_id: int
    amount_idr: int


@dataclass(frozen=True, slots=True)
class Margin:
    """What a sale leaves to be divided, by origin, and the figures it comes from."""

    sale_seq: int
    sale_on: date
    gross_idr: int
    deduction_idr: int
    cost_idr: int
    goods_cost_idr: int
    bought_idr: int
    donated_idr: int


def propose(session: Session, act: Act, margin: Margin) -> Split | None:
    """Propose to divide a sale's margin by the rules in force on the day of the sale.

    Nothing to divide, nothing proposed. An amount up to the bank's own limit is approved at
    once, on the authority of that setting's entry.
    """
    bases = {"bought": margin.bought_idr, "donated": margin.donated_idr}
    if not any(bases.values()):
        return None
    chosen = {
        origin: queries.rule_in_force(session, act.bank_id, origin, margin.sale_on)
        or rules.default_rule(session, act, margin.sale_on)
        for origin in ORIGINS
        if bases[origin]
    }
    split = _hold(session, act, margin, 1, _lines_by_rule(bases, chosen))
    _approve_below_limit(session, act, split)
    return queries.get_split(session, act.bank_id, split.seq)


def preview(
    session: Session, bank_id: int, amount_idr: int, weights: Sequence[Weight]
) -> list[queries.Explained]:
    """What a rule with *weights* would make of an amount, explained. Writes nothing."""
    rules.check_lines(session, bank_id, [(x.fund_id, x.weight_ppm) for x in weights])
    known = {fund.id: fund for fund in queries.funds(session, bank_id)}
    parts = queries.divide(amount_idr, weights)
    lines = [
        queries.Part(
            line=number,
            origin=ORIGINS[0],
            base_idr=amount_idr,
            fund_id=weight.fund_id,
            fund=known[weight.fund_id],
            weight_ppm=weight.weight_ppm,
            priority=weight.priority,
            amount_idr=part_idr,
        )
        for number, (weight, part_idr) in enumerate(zip(weights, parts, strict=True), start=1)
    ]
    return queries.explain(lines)


def propose_again(
    session: Session,
    act: Act,
    *,
    split_seq: int,
    reason: str,
    chosen: Mapping[str, tuple[int, int]] | None = None,
    typed: Sequence[Typed] = (),
) -> Split:
    """A new proposal for the same sale, after a rejection or an undone approval.

    It follows the rule versions *chosen* (origin → rule id, version), or the parts *typed* with
    an exact sum; without either, the rules in force on the day of the sale.
    """
    facts = {
        "split_seq": split_seq,
        "chosen": {origin: list(key) for origin, key in (chosen or {}).items()},
        "typed": [[part.origin, part.fund_id, part.amount_idr] for part in typed],
        "reason": reason,
    }
    done = ledger.replay(session, act, "split.propose", facts)
    if done is not None:
        return queries.get_split(session, act.bank_id, done)
    last = _last_attempt(session, act.bank_id, split_seq)
    bases = {"bought": last.bought_idr, "donated": last.donated_idr}
    if typed:
        lines = _lines_as_typed(session, act.bank_id, bases, typed)
    else:
        lines = _lines_by_rule(bases, _rules_for(session, act, last, chosen or {}))
    margin = Margin(**{field.name: getattr(last, field.name) for field in fields(Margin)})
    split = _hold(session, act, margin, last.attempt + 1, lines, facts)
    ledger.add_note(session, act, split.seq, reason)
    return queries.get_split(session, act.bank_id, split.seq)


def _hold(
    session: Session,
    act: Act,
    margin: Margin,
    attempt: int,
    lines: list[SplitLine],
    facts: dict[str, Any] | None = None,
) -> Split:
    """Hold the amount and write the proposal. A sale's own first proposal gets a derived key."""
    amount_idr = margin.bought_idr + margin.donated_idr
    if facts is None:
        facts = {"sale_seq": margin.sale_seq, "attempt": attempt, "amount_idr": amount_idr}
        act = act.step(f"split:{margin.sale_seq}:{attempt}")
    body = {
        "sale_seq": margin.sale_seq,
        "attempt": attempt,
        "parts": [[x.origin, x.fund_id, x.rule_id, x.version, x.amount_idr] for x in lines],
    }
    hold = ledger.hold(chart.UNDIVIDED, amount_idr)
    seq = ledger.post(session, act, "split.propose", facts, [hold], body=body)
    split = Split(
        bank_id=act.bank_id,
        seq=seq,
        attempt=attempt,
        amount_idr=amount_idr,
        proposed_by_id=act.actor_id,
        proposed_at=act.at,
        **asdict(margin),
    )
    session.add(split)
    session.flush()
    for number, line in enumerate(lines, start=1):
        line.bank_id, line.seq, line.line = act.bank_id, seq, number
        session.add(line)
    session.flush()
    return queries.get_split(session, act.bank_id, seq)


def _lines_by_rule(bases: Mapping[str, int], chosen: Mapping[str, SplitRule]) -> list[SplitLine]:
    lines = []
    for origin, rule in chosen.items():
        weights = queries.weights_of(rule)
        parts = queries.divide(bases[origin], weights)
        for weight, amount_idr in zip(weights, parts, strict=True):
            lines.append(
                SplitLine(
                    origin=origin,
                    base_idr=bases[origin],
                    rule_id=rule.rule_id,
                    version=rule.version,
                    fund_id=weight.fund_id,
                    weight_ppm=weight.weight_ppm,
                    priority=weight.priority,
                    amount_idr=amount_idr,
                )
            )
    return lines


def _lines_as_typed(
    session: Session, bank_id: int, bases: Mapping[str, int], typed: Sequence[Typed]
) -> list[SplitLine]:
    lines = []
    for origin, base_idr in bases.items():
        parts = [part for part in typed if part.origin == origin]
        given_idr = sum(part.amount_idr for part in parts)
        if given_idr != base_idr:
            raise PartsWrong(given_idr, base_idr)
        if len({part.fund_id for part in parts}) < len(parts):
            twice = next(
                p.fund_id for p in parts if [q.fund_id for q in parts].count(p.fund_id) > 1
            )
            raise rules.FundTwice(queries.get_fund(session, bank_id, twice).name)
        for priority, part in enumerate(parts, start=1):
            queries.get_fund(session, bank_id, part.fund_id)
            lines.append(
                SplitLine(
                    origin=origin,
                    base_idr=base_idr,
                    fund_id=part.fund_id,
                    priority=priority,
                    amount_idr=part.amount_idr,
                )
            )
    return lines


def _rules_for(
    session: Session, act: Act, last: Split, chosen: Mapping[str, tuple[int, int]]
) -> dict[str, SplitRule]:
    bases = {"bought": last.bought_idr, "donated": last.donated_idr}
    found = {}
    for origin in ORIGINS:
        if not bases[origin]:
            continue
        if origin in chosen:
            found[origin] = queries.get_rule(session, act.bank_id, *chosen[origin])
        else:
            in_force = queries.rule_in_force(session, act.bank_id, origin, last.sale_on)
            found[origin] = in_force or rules.default_rule(session, act, last.sale_on)
    return found


def _last_attempt(session: Session, bank_id: int, split_seq: int) -> Split:
    """The sale's newest proposal, once it no longer stands in the way of another."""
    sale_seq = queries.get_split(session, bank_id, split_seq).sale_seq
    last = queries.splits_of_sale(session, bank_id, sale_seq)[-1]
    if last.state == "pending":
        raise StillWaiting(last.seq)
    if last.state == "approved":
        raise StillStands(last.seq)
    if ledger.find_reversal(session, bank_id, sale_seq) is not None:
        raise SaleUndone
    return last


def _approve_below_limit(session: Session, act: Act, split: Split) -> None:
    limit_idr, authority_seq = banks.setting_in_force(
        session, act.bank_id, "approval_limit_split_idr"
    )
    if authority_seq is not None and split.amount_idr <= limit_idr:
        step = act.step(f"split:{split.sale_seq}:{split.attempt}:approve")
        step = replace(step, actor_id=ledger.SERVICE)  # nobody of the bank decided
        decisions.approve_by_policy(session, step, split, authority_seq)
