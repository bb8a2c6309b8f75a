"""Funds, dated rules, and the presets that pair a household share with a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog import service as catalog
from banksampah.db import next_id
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act, chart
from banksampah.money import PPM, format_percent
from banksampah.splits import queries
from banksampah.splits.models import Fund, Split, SplitRule, SplitRuleLine

STANDARD_FUNDS = (
    ("Lingkungan", "biopori, bibit, kebersihan kampung", chart.ENVIRONMENT),
    ("Sosial", "santunan, posyandu, kegiatan warga", chart.SOCIAL),
    ("Operasional", "karung, timbangan, angkutan, honor petugas", chart.OPERATIONS),
    ("Cadangan", "untuk bulan yang sepi dan barang yang rusak", chart.RESERVE),
    ("Kas RW", "kas rukun warga", chart.RW_CASH),
)
FUND_KINDS = {"cause": "3700", "other": "3800"}
LINES_MAX = 20


class FundExists(Conflict):
    code = "fund_exists"

    def __init__(self, name: str):
        super().__init__(f"Dana {name} sudah ada. Pakai nama lain.")


class WeightsWrong(Refused):
    code = "weights_wrong"

    def __init__(self, total_ppm: int):
        super().__init__(
            f"Jumlah bagian {format_percent(total_ppm)} %. Ubah supaya tepat 100 %.",
            field="lines",
            total_ppm=total_ppm,
        )


class FundTwice(Refused):
    code = "fund_twice"

    def __init__(self, name: str):
        super().__init__(f"Dana {name} disebut dua kali. Gabungkan bagiannya.", field="lines")


class RuleTooEarly(Refused):
    code = "rule_too_early"

    def __init__(self, day: date):
        super().__init__(
            f"Penjualan sampai {day:%d/%m/%Y} sudah dibagi dengan aturan yang ada. "
            "Mulai aturan baru pada tanggal itu atau sesudahnya.",
            field="valid_from",
        )


@dataclass(frozen=True, slots=True)
class Preset:
    """A household share and the rule for the sale that belongs with it."""

    label: str
    share_ppm: int
    weights: tuple[tuple[int, int], ...]  # account of the fund, ppm


PRESETS = {
    "gerpesh_jitu": Preset(
        "Gerpesh Jitu, RW 17: 30 % lingkungan, 70 % sosial",
        0,
        ((chart.ENVIRONMENT, 300_000), (chart.SOCIAL, 700_000)),
    ),
    "85_15": Preset("85/15: 85 % warga, 15 % operasional", 850_000, ((chart.OPERATIONS, PPM),)),
    "70_30": Preset("70/30: 70 % warga, 30 % operasional", 700_000, ((chart.OPERATIONS, PPM),)),
    "90_10": Preset("90/10: 90 % warga, 10 % operasional", 900_000, ((chart.OPERATIONS, PPM),)),
}
DEFAULT_PRESET = "gerpesh_jitu"


def open_funds(session: Session, act: Act) -> list[Fund]:
    """The five funds every bank begins with. Funds that are there already stay as they are."""
    facts = {"funds": [name for name, _, _ in STANDARD_FUNDS]}
    if ledger.replay(session, act, "fund.open", facts) or queries.funds(session, act.bank_id):
        return queries.funds(session, act.bank_id)
    seq = ledger.post(session, act, "fund.open", facts)
    for number, (name, purpose, account_id) in enumerate(STANDARD_FUNDS, start=1):
        session.add(
            Fund(
                bank_id=act.bank_id,
                id=number,
                name=name,
                purpose=purpose,
                account_id=account_id,
                priority=number,
                opened_seq=seq,
            )
        )
    session.flush()
    return queries.funds(session, act.bank_id)


def open_fund(session: Session, act: Act, *, name: str, purpose: str, kind: str) -> Fund:
    """Open a named cause (`kind` "cause") or another fund ("other") with an account of its own."""
    name = " ".join(name.split())
    facts = {"kind": kind, "name": name}
    done = ledger.replay(session, act, "fund.open", facts)
    if done is not None:
        return session.scalars(select(Fund).filter_by(bank_id=act.bank_id, opened_seq=done)).one()
    open_funds(session, act.step("funds"))
    if any(fund.name.casefold() == name.casefold() for fund in queries.funds(session, act.bank_id)):
        raise FundExists(name)
    number = next_id(session, Fund, act.bank_id)
    seq = ledger.post(session, act, "fund.open", facts, body={"fund_id": number})
    account_id = ledger.open_account(
        session,
        act.bank_id,
        code=f"{FUND_KINDS[kind]}.{number}",
        unit="IDR",
        normal="credit",
        floor=True,
    )
    fund = Fund(
        bank_id=act.bank_id,
        id=number,
        name=name,
        purpose=" ".join(purpose.split()),
        account_id=account_id,
        priority=number,
        opened_seq=seq,
    )
    session.add(fund)
    session.flush()
    return fund


def set_rule(
    session: Session,
    act: Act,
    *,
    name: str,
    stock_origin: str,
    valid_from: date,
    lines: Sequence[tuple[int, int]],
) -> SplitRule:
    """A new version of the rule for goods of *stock_origin* (bought, donated or any).

    *lines* are (fund id, ppm) in order of priority and sum to 1,000,000. No effect backwards: the
    last day whose sales have been divided is the first it may be in force from. What was divided on
    that day keeps its rule, until it is rejected and proposed again.
    """
    facts = {
        "stock_origin": stock_origin,
        "valid_from": valid_from.isoformat(),
        "lines": [list(line) for line in lines],
    }
    done = ledger.replay(session, act, "split.rule", facts)
    if done is not None:
        return _rule_of_entry(session, act.bank_id, done)
    check_lines(session, act.bank_id, lines)
    _check_day(session, act.bank_id, stock_origin, valid_from)
    seq = ledger.post(session, act, "split.rule", facts)
    return _write_rule(session, act.bank_id, seq, name, stock_origin, valid_from, lines)


def apply_preset(session: Session, act: Act, *, preset: str, valid_from: date) -> SplitRule:
    """Adopt a preset from a day on: the household's share and the rule for the sale."""
    chosen = PRESETS[preset]
    facts = {"preset": preset, "valid_from": valid_from.isoformat()}
    if ledger.replay(session, act, "split.preset", facts) is None:
        ledger.post(session, act, "split.preset", facts)
    # Each step below has its own key: a repeated call finds them done and returns the same rule.
    catalog.set_share_rule(
        session, act.step("share"), valid_from=valid_from, share_ppm=chosen.share_ppm
    )
    return _adopt(session, act, chosen, valid_from)


def default_rule(session: Session, act: Act, day: date) -> SplitRule:
    """The rule of a bank that has not chosen one: 30 % lingkungan, 70 % sosial."""
    return _adopt(session, act, PRESETS[DEFAULT_PRESET], day)


def _adopt(session: Session, act: Act, chosen: Preset, valid_from: date) -> SplitRule:
    by_account = {fund.account_id: fund.id for fund in open_funds(session, act.step("funds"))}
    return set_rule(
        session,
        act.step("rule"),
        name=chosen.label,
        stock_origin="any",
        valid_from=valid_from,
        lines=[(by_account[account_id], ppm) for account_id, ppm in chosen.weights],
    )


def check_lines(session: Session, bank_id: int, lines: Sequence[tuple[int, int]]) -> None:
    """Raise unless the funds exist, each once, and the weights are positive and sum to one."""
    seen: set[int] = set()
    for fund_id, _ in lines:
        fund = queries.get_fund(session, bank_id, fund_id)
        if fund_id in seen:
            raise FundTwice(fund.name)
        seen.add(fund_id)
    weights_ppm = [ppm for _, ppm in lines]
    if sum(weights_ppm) != PPM or min(weights_ppm, default=0) <= 0:
        raise WeightsWrong(sum(weights_ppm))


def _check_day(session: Session, bank_id: int, stock_origin: str, valid_from: date) -> None:
    divided = select(Split.sale_on).filter_by(bank_id=bank_id).order_by(Split.sale_on.desc())
    if stock_origin == "bought":
        divided = divided.where(Split.bought_idr > 0)
    elif stock_origin == "donated":
        divided = divided.where(Split.donated_idr > 0)
    last_on = session.scalar(divided.limit(1))
    if last_on is not None and valid_from < last_on:
        raise RuleTooEarly(last_on)


def _write_rule(
    session: Session,
    bank_id: int,
    seq: int,
    name: str,
    stock_origin: str,
    valid_from: date,
    lines: Sequence[tuple[int, int]],
) -> SplitRule:
    newest = session.scalar(
        select(SplitRule)
        .filter_by(bank_id=bank_id, stock_origin=stock_origin)
        .order_by(SplitRule.version.desc())
        .limit(1)
    )
    rule_id = newest.rule_id if newest else next_id(session, SplitRule, bank_id, "rule_id")
    version = newest.version + 1 if newest else 1
    total_ppm = _write_lines(session, bank_id, rule_id, version, lines)
    session.add(
        SplitRule(
            bank_id=bank_id,
            rule_id=rule_id,
            version=version,
            name=name,
            stock_origin=stock_origin,
            valid_from=valid_from,
            lines_count=len(lines),
            total_ppm=total_ppm,
            seq=seq,
        )
    )
    session.flush()
    return queries.get_rule(session, bank_id, rule_id, version)


def _write_lines(
    session: Session, bank_id: int, rule_id: int, version: int, lines: Sequence[tuple[int, int]]
) -> int:
    """Write fund and weight of each line; returns the sum of the weights, in parts per million."""
    upto_ppm = 0
    for number, (fund_id, ppm) in enumerate(lines, start=1):
        session.add(
            SplitRuleLine(
                bank_id=bank_id,
                rule_id=rule_id,
                version=version,
                line=number,
                previous_line=number - 1 or None,
                fund_id=fund_id,
                weight_ppm=ppm,
                before_ppm=upto_ppm,
                upto_ppm=upto_ppm + ppm,
                priority=number,
            )
        )
        upto_ppm += ppm
        session.flush()  # each line hangs on the one before
    return upto_ppm


def _rule_of_entry(session: Session, bank_id: int, seq: int) -> SplitRule:
    rule = session.scalars(select(SplitRule).filter_by(bank_id=bank_id, seq=seq)).one()
    return queries.get_rule(session, bank_id, rule.rule_id, rule.version)
