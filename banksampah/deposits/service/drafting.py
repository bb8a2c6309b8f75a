"""From kilograms and a price list to what a deposit would be: priced, rounded, shared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple, NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import setting
from banksampah.deposits import queries
from banksampah.deposits.models import SAVINGS, SEDEKAH
from banksampah.deposits.queries import Asked, Giver, Offer, Question, StandingLine
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
from banksampah.ledger import chart
from banksampah.money import PPM, share_idr, value_idr

LINES_MAX = 60
QUANTITY_MAX = 10_000_000
USUAL_MAX_G = 100_000
USUAL_TIMES = 3


class Weighed(TypedDict):
    """One material on the scale: grams, millilitres or pieces, by the material's unit.

    *confirmed_quantity* repeats an unusual quantity to say that it was looked at again.
    *told_price_idr* is what was told to the household away from the books; it stands.
    """

    material_id: int
    quantity: int
    confirmed_quantity: NotRequired[int | None]
    told_price_idr: NotRequired[int | None]


class Meant(NamedTuple):
    """For whom a deposit lies in Titipan: it is shared as that household's would be."""

    delivery: str
    price_class: str
    share_ppm: int


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
    in_titipan: Meant
    """Set by the desk alone, which notes for whom it waits: the member is Titipan's own holder,
    who is nobody's household without it."""


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


class Calendar:
    """Which days a bank still takes deposits of; asked of the database only for days gone by."""

    def __init__(self, session: Session, bank_id: int, today: date):
        self.session, self.bank_id, self.today = session, bank_id, today

    def effective(self, day: date) -> date:
        """The date in the books: the day of weighing, or the first open day after a closed month.

        Raises DayRefused.
        """
        if day == self.today:
            return day
        if not self._earliest <= day <= self.today:
            raise DayRefused(self._earliest, self.today)
        return max(day, self._first_open)

    @cached_property
    def _earliest(self) -> date:
        days = int(setting(self.session, self.bank_id, "backdate_days_max"))
        return self.today - timedelta(days=days)

    @cached_property
    def _first_open(self) -> date:
        closed = ledger.closed_through(self.session, self.bank_id)
        return date.min if closed is None else closed + timedelta(days=1)


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
    [asked] = queries.weighing(session, bank_id, [question(member_id, lines, terms, today)])
    return draft(Calendar(session, bank_id, today), asked, lines, terms)


def question(member_id: int, lines: Sequence[Weighed], terms: Terms, today: date) -> Question:
    """What must be known to draft this."""
    wanted = {line["material_id"] for line in lines}
    return Question(member_id, wanted, terms.get("weighed_on") or today, terms.get("delivery"))


def draft(calendar: Calendar, asked: Asked, lines: Sequence[Weighed], terms: Terms) -> Draft:
    """The deposit that *asked* makes of these lines, or its refusal."""
    day = terms.get("weighed_on") or calendar.today
    effective_on = calendar.effective(day)
    giver = _giver(asked.giver, terms)
    meant = terms.get("in_titipan")
    share_ppm = _share(asked.share_ppm if meant is None else meant.share_ppm, terms)
    cause_fund_id = terms.get("cause_fund_id")
    if cause_fund_id is not None:
        _check_cause(calendar.session, calendar.bank_id, cause_fund_id, share_ppm)
    return Draft(
        giver,
        SAVINGS if share_ppm else SEDEKAH,
        terms.get("delivery") or giver.delivery,
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


def _share(by_rule_ppm: int, terms: Terms) -> int:
    told_ppm = terms.get("share_ppm")
    if terms.get("kind", SAVINGS) == SEDEKAH:
        return 0
    if told_ppm is None:
        return by_rule_ppm
    if told_ppm > by_rule_ppm:
        raise ShareTooLarge(by_rule_ppm)
    return told_ppm


def _giver(giver: Giver | None, terms: Terms) -> Giver:
    """The open household; or Titipan's holder with the habits of whom it waits for."""
    meant = terms.get("in_titipan")
    if giver is None or (giver.savings_account_id == chart.SUSPENSE) != (meant is not None):
        raise MemberUnknown()
    if giver.closed_on is not None or giver.merged_into_id is not None:
        raise MemberClosed(giver.number)
    if meant is None:
        return giver
    return replace(giver, delivery=meant.delivery, price_class=meant.price_class)


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
    told = "told_price_idr" in line
    if offer.retired_on is not None and offer.retired_on <= day and not told:
        raise MaterialRetired(number, offer.label)
    if not offer.listed and not told:
        raise NoPrice(number, offer.label, price_class, day)
    _check_weight(number, line, offer)
    quantity = line["quantity"]
    price_idr = line.get("told_price_idr", offer.price_idr)
    value = 0 if price_idr is None else value_idr(quantity, price_idr, offer.unit)
    return StandingLine(
        number + 1,
        offer.material_id,
        offer.unit,
        quantity,
        price_class,
        price_idr,
        value,
        share_ppm,
        share_idr(value, share_ppm),
    )


def _check_weight(number: int, line: Weighed, offer: Offer) -> None:
    quantity = line["quantity"]
    weight_g, usual_max_g = offer.weight_g(quantity), offer.usual_max_g or USUAL_MAX_G
    if is_unusual(weight_g, usual_max_g) and line.get("confirmed_quantity") != quantity:
        raise WeightUnusual(number, offer.label, weight_g, usual_max_g, quantity)


def is_unusual(weight_g: int, usual_max_g: int) -> bool:
    """Whether so much of one material is far beyond what is usual: then it is asked about."""
    return weight_g > USUAL_TIMES * usual_max_g
