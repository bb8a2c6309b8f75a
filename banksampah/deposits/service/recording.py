"""Weighing in: from kilograms and a price list to one entry and one document."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import setting
from banksampah.clock import to_ms
from banksampah.db import canonical_json, driver_of
from banksampah.deposits import queries
from banksampah.deposits.models import SAVINGS, SEDEKAH
from banksampah.deposits.queries import Giver, Offer, Question, Recorded, StandingLine
from banksampah.deposits.service.refusals import (
    CauseNeedsSedekah,
    CauseUnknown,
    DayRefused,
    MaterialRetired,
    MaterialUnknown,
    MemberClosed,
    MemberUnknown,
    NoPrice,
    ShareTooLarge,
    WeightUnusual,
)
from banksampah.ledger import Act, chart
from banksampah.money import PPM, share_idr, value_idr

KIND = "deposit.record"
LINES_MAX = 60
QUANTITY_MAX = 10_000_000
USUAL_MAX_G = 100_000
USUAL_TIMES = 3


class Weighed(TypedDict):
    """One material on the scale: grams, millilitres or pieces, by the material's unit.

    *confirmed_quantity* repeats an unusual quantity to say that it was looked at again.
    """

    material_id: int
    quantity: int
    confirmed_quantity: NotRequired[int | None]


class Terms(TypedDict, total=False):
    """What may be said of a deposit beside its lines; each has a default."""

    weighed_on: date | None
    """Today by default."""
    kind: str
    """"savings", or "sedekah": the whole of it is given."""
    delivery: str | None
    """"brought" or "fetched"; the household's habit by default."""
    share_ppm: int | None
    """The part that is credited, up to the bank's rule; all of that by default."""
    cause_fund_id: int | None
    """What the given part is for."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A deposit as it would be recorded."""

    giver: Giver
    kind: str
    delivery: str
    cause_fund_id: int | None
    share_ppm: int
    weighed_on: date
    effective_on: date
    offers: dict[int, Offer]
    lines: tuple[StandingLine, ...]

    @property
    def value_idr(self) -> int:
        return sum(line.value_idr for line in self.lines)

    @property
    def credited_idr(self) -> int:
        return sum(line.credited_idr for line in self.lines)


def record_deposit(
    session: Session,
    act: Act,
    *,
    member_id: int,
    lines: Sequence[Weighed],
    **terms: Unpack[Terms],
) -> Recorded:
    """Weigh in a household's goods and credit its share of their value to its savings.

    Each line is valued at the price in force on the day it was weighed, then shared. A share of
    nothing is sedekah: grams only. A line whose price is unset is weighed now and credited by
    `price_pending_lines` later.
    """
    facts = _facts(member_id, lines, terms)
    if (done := ledger.replay(session, act, KIND, facts)) is not None:
        return queries.recorded(session, act.bank_id, done)
    draft = draft_deposit(
        session, act.bank_id, act.today, member_id=member_id, lines=lines, **terms
    )
    seq = ledger.post(
        session,
        act,
        KIND,
        facts,
        _legs(draft),
        effective_on=draft.effective_on,
        occurred_on=draft.weighed_on,
        body=_sealed(draft),
    )
    return _keep(session, act, seq, draft)


def draft_deposit(
    session: Session,
    bank_id: int,
    today: date,
    *,
    member_id: int,
    lines: Sequence[Weighed],
    **terms: Unpack[Terms],
) -> Draft:
    """What `record_deposit` would record, or its refusal. Writes nothing."""
    day = terms.get("weighed_on") or today
    effective_on = _effective_day(session, bank_id, day, today)
    delivery = terms.get("delivery")
    wanted = {line["material_id"] for line in lines}
    [asked] = queries.weighing(session, bank_id, [Question(member_id, wanted, day, delivery)])
    giver = _open_member(asked.giver)
    share_ppm = terms.get("share_ppm")
    if terms.get("kind", SAVINGS) == SEDEKAH:
        share_ppm = 0
    elif share_ppm is None:
        share_ppm = asked.share_ppm
    elif share_ppm > asked.share_ppm:
        raise ShareTooLarge(asked.share_ppm)
    cause_fund_id = terms.get("cause_fund_id")
    if cause_fund_id is not None:
        _check_cause(session, bank_id, cause_fund_id, share_ppm)
    return Draft(
        giver,
        SAVINGS if share_ppm else SEDEKAH,
        delivery or giver.delivery,
        cause_fund_id,
        share_ppm,
        day,
        effective_on,
        asked.offers,
        tuple(
            _valued(number, line, asked.offers, giver.price_class, share_ppm, day)
            for number, line in enumerate(lines)
        ),
    )


def _facts(member_id: int, lines: Sequence[Weighed], terms: Terms) -> dict[str, Any]:
    """What makes two requests the same: what was asked, not what it came to."""
    weighed_on = terms.get("weighed_on")
    return {
        "member_id": member_id,
        "lines": [[line["material_id"], line["quantity"]] for line in lines],
        "weighed_on": weighed_on and weighed_on.isoformat(),
        "kind": terms.get("kind", SAVINGS),
        "delivery": terms.get("delivery"),
        "share_ppm": terms.get("share_ppm"),
        "cause_fund_id": terms.get("cause_fund_id"),
    }


def _effective_day(session: Session, bank_id: int, day: date, today: date) -> date:
    """The date in the books: the day of weighing, or the first open day after a closed month."""
    if day == today:
        return day
    earliest = today - timedelta(days=int(setting(session, bank_id, "backdate_days_max")))
    if not earliest <= day <= today:
        raise DayRefused(earliest, today)
    closed = ledger.closed_through(session, bank_id)
    return day if closed is None else max(day, closed + timedelta(days=1))


def _open_member(giver: Giver | None) -> Giver:
    if giver is None:
        raise MemberUnknown()
    if giver.closed_on is not None or giver.merged_into_id is not None:
        raise MemberClosed(giver.number)
    return giver


def _check_cause(session: Session, bank_id: int, cause_fund_id: int, share_ppm: int) -> None:
    if share_ppm == PPM:
        raise CauseNeedsSedekah()
    if not queries.fund_exists(session, bank_id, cause_fund_id):
        raise CauseUnknown()


def _valued(
    number: int,
    line: Weighed,
    offers: dict[int, Offer],
    price_class: str,
    share_ppm: int,
    day: date,
) -> StandingLine:
    """One line priced, rounded, then shared."""
    offer = offers.get(line["material_id"])
    if offer is None:
        raise MaterialUnknown(number)
    if offer.retired_on is not None and offer.retired_on <= day:
        raise MaterialRetired(number, offer.label)
    if not offer.listed:
        raise NoPrice(number, offer.label, price_class, day)
    _check_weight(number, line, offer)
    quantity = line["quantity"]
    value = 0 if offer.price_idr is None else value_idr(quantity, offer.price_idr, offer.unit)
    return StandingLine(
        number + 1,
        offer.material_id,
        offer.unit,
        quantity,
        price_class,
        offer.price_idr,
        value,
        share_ppm,
        share_idr(value, share_ppm),
    )


def _check_weight(number: int, line: Weighed, offer: Offer) -> None:
    quantity = line["quantity"]
    weight_g = offer.weight_g(quantity)
    usual_max_g = offer.usual_max_g or USUAL_MAX_G
    if weight_g > USUAL_TIMES * usual_max_g and line.get("confirmed_quantity") != quantity:
        raise WeightUnusual(number, offer.label, weight_g, usual_max_g, quantity)


def _legs(draft: Draft) -> list[ledger.Leg]:
    """Value into stock against the passbook; goods into stock from outside."""
    saved = draft.kind == SAVINGS
    value_in: dict[int, int] = defaultdict(int)
    goods_in: dict[tuple[int, str], int] = defaultdict(int)
    from_outside: dict[str, int] = defaultdict(int)
    for line in draft.lines:
        offer = draft.offers[line.material_id]
        stock_id = offer.bought_account_id if saved else offer.donated_account_id
        value_in[offer.value_account_id] += line.credited_idr
        goods_in[stock_id, line.unit] += line.quantity
        from_outside[line.unit] += line.quantity
    flow = "in_savings" if saved else "in_donated"
    return [
        *(ledger.debit(account_id, value) for account_id, value in value_in.items()),
        ledger.credit(draft.giver.savings_account_id, draft.credited_idr),
        *(ledger.debit(stock_id, goods, unit) for (stock_id, unit), goods in goods_in.items()),
        *(
            ledger.credit(chart.flow(flow, unit), goods, unit)
            for unit, goods in from_outside.items()
        ),
    ]


def _sealed(draft: Draft) -> dict[str, Any]:
    """What the seal keeps of a deposit, so that anyone can sum it again."""
    lines = [
        [
            line.material_id,
            line.unit,
            line.quantity,
            line.price_idr,
            line.value_idr,
            line.share_ppm,
            line.credited_idr,
        ]
        for line in draft.lines
    ]
    return {"member_id": draft.giver.member_id, "kind": draft.kind, "lines": lines}


def _keep(session: Session, act: Act, seq: int, draft: Draft) -> Recorded:
    """Write document and lines past the unit of work, which costs more than the writing itself."""
    document: dict[str, Any] = {
        "member_id": draft.giver.member_id,
        "kind": draft.kind,
        "cause_fund_id": draft.cause_fund_id,
        "delivery": draft.delivery,
        "weighed_on": draft.weighed_on,
        "value_idr": draft.value_idr,
        "credited_idr": draft.credited_idr,
        "recorded_by_id": act.actor_id,
        "recorded_at": act.at,
    }
    written = document | {"weighed_on": str(draft.weighed_on), "recorded_at": to_ms(act.at)}
    head = (act.bank_id, seq, *written.values())
    driver = driver_of(session)
    if session.connection().dialect.name == "postgresql":
        rows = [line._asdict() | {"bank_id": act.bank_id, "seq": seq} for line in draft.lines]
        driver.execute(_INSERT_BOTH, (*head, canonical_json(rows)))
    else:
        driver.execute(_INSERT_DEPOSIT, head)
        driver.executemany(_INSERT_LINES, [(act.bank_id, seq, *line) for line in draft.lines])
    return Recorded(seq=seq, lines=draft.lines, **document)


_DEPOSIT = (
    "INSERT INTO deposit (bank_id, seq, member_id, kind, cause_fund_id, delivery, weighed_on,"
    " value_idr, credited_idr, recorded_by_id, recorded_at) VALUES"
)
_LINE = f"bank_id, seq, {', '.join(StandingLine._fields)}"
_INSERT_DEPOSIT = f"{_DEPOSIT} (?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_LINES = f"INSERT INTO deposit_line ({_LINE}) VALUES (?,?{',?' * len(StandingLine._fields)})"
_INSERT_BOTH = (  # one journey to PostgreSQL for document and lines
    f"WITH document AS ({_DEPOSIT} (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s))"
    f" INSERT INTO deposit_line ({_LINE})"
    f" SELECT {_LINE} FROM json_populate_recordset(NULL::deposit_line, %s::json)"
)
