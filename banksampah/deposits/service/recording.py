"""Weighing in: one entry and one document for each deposit, many of them together."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Unpack

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.clock import to_ms
from banksampah.db import array_literal, driver_of, insert_rows, on_postgresql
from banksampah.deposits import queries
from banksampah.deposits.models import SAVINGS
from banksampah.deposits.queries import Offer, Recorded, StandingLine
from banksampah.deposits.queries.lookup import Goods
from banksampah.deposits.service.drafting import (
    Calendar,
    Draft,
    Terms,
    Weighed,
    draft,
    question,
)
from banksampah.errors import DomainError
from banksampah.ledger import Act, Posting, chart

KIND = "deposit.record"


class Wish(NamedTuple):
    """A deposit somebody asks to be recorded, under the key of its act."""

    act: Act
    member_id: int
    lines: Sequence[Weighed]
    terms: Terms


class Outcome(NamedTuple):
    """What became of a wish: a deposit (*again*: it was there already), or why there is none."""

    deposit: Recorded | None = None
    refusal: DomainError | None = None
    again: bool = False


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
    [outcome] = record_deposits(session, [Wish(act, member_id, lines, terms)])
    if outcome.deposit is None:
        raise outcome.refusal or AssertionError("neither recorded nor refused")
    return outcome.deposit


def record_deposits(session: Session, wishes: Sequence[Wish]) -> list[Outcome]:
    """The same for several deposits of one bank, each by itself: one refused spoils no other.

    What they need to know is asked together, and they are written together.
    """
    places: dict[str, int] = {}
    for place, wish in enumerate(wishes):
        places.setdefault(wish.act.key, place)
    outcomes = _record(session, {place: wishes[place] for place in places.values()})
    repeats = [place for place, wish in enumerate(wishes) if places[wish.act.key] != place]
    if repeats:  # a key twice: by now it is known what became of the first
        later = record_deposits(session, [wishes[place] for place in repeats])
        outcomes |= zip(repeats, later, strict=True)
    return [outcomes[place] for place in range(len(wishes))]


def _record(session: Session, wishes: dict[int, Wish]) -> dict[int, Outcome]:
    """The outcomes of wishes, each with a key of its own, by their place."""
    outcomes: dict[int, Outcome] = {}
    new: list[int] = []
    for place, wish in wishes.items():
        try:
            done = ledger.replay(session, wish.act, KIND, _facts(wish))
        except DomainError as refusal:
            outcomes[place] = Outcome(refusal=refusal)
            continue
        if done is None:
            new.append(place)
        else:
            earlier = queries.recorded(session, wish.act.bank_id, done)
            outcomes[place] = Outcome(earlier, again=True)
    drafts = _drafts(session, {place: wishes[place] for place in new}, outcomes)
    written = _write(session, [(wishes[place], drafts[place]) for place in drafts])
    return outcomes | {
        place: Outcome(deposit) for place, deposit in zip(drafts, written, strict=True)
    }


def _drafts(
    session: Session, wishes: dict[int, Wish], outcomes: dict[int, Outcome]
) -> dict[int, Draft]:
    """What may be recorded, by place; the refusals of the others go to *outcomes*."""
    if not wishes:
        return {}
    first = next(iter(wishes.values())).act
    calendar = Calendar(session, first.bank_id, first.today)
    questions = [question(w.member_id, w.lines, w.terms, w.act.today) for w in wishes.values()]
    answers = queries.weighing(session, first.bank_id, questions)
    drafts = {}
    for (place, wish), asked in zip(wishes.items(), answers, strict=True):
        try:
            drafts[place] = draft(calendar, asked, wish.lines, wish.terms)
        except DomainError as refusal:
            outcomes[place] = Outcome(refusal=refusal)
    return drafts


def _facts(wish: Wish) -> dict[str, Any]:
    """What makes two requests the same: what was asked, not what it came to."""
    terms = wish.terms
    weighed_on = terms.get("weighed_on")
    return {
        "member_id": wish.member_id,
        "lines": [[line["material_id"], line["quantity"]] for line in wish.lines],
        "weighed_on": weighed_on and weighed_on.isoformat(),
        "kind": terms.get("kind", SAVINGS),
        "delivery": terms.get("delivery"),
        "share_ppm": terms.get("share_ppm"),
        "cause_fund_id": terms.get("cause_fund_id"),
    }


def _write(session: Session, kept: Sequence[tuple[Wish, Draft]]) -> list[Recorded]:
    """Post the entries and write their documents, past the unit of work, which costs more."""
    if not kept:
        return []
    postings = [
        Posting(
            wish.act,
            KIND,
            _facts(wish),
            legs_of(one.giver.savings_account_id, one.kind == SAVINGS, one.lines, one.offers),
            effective_on=one.effective_on,
            occurred_on=one.weighed_on,
            body=sealed(one.giver.member_id, one.kind, one.lines),
        )
        for wish, one in kept
    ]
    documents = [_document(wish.act, one) for wish, one in kept]
    seqs = post_documents(session, postings, documents)
    return [document._replace(seq=seq) for seq, document in zip(seqs, documents, strict=True)]


def post_documents(
    session: Session, postings: Sequence[Posting], documents: Sequence[Recorded]
) -> list[int]:
    """Post entries of one bank, each with its deposit; return their seqs."""
    bank_id = postings[0].act.bank_id
    if on_postgresql(session):
        return ledger.post_many(session, postings, _beside(bank_id, documents))
    seqs = ledger.post_many(session, postings)
    _keep(session, bank_id, dict(zip(seqs, documents, strict=True)))
    return seqs


def _document(act: Act, one: Draft) -> Recorded:
    return Recorded(
        0,  # known when its entry is posted
        one.giver.member_id,
        one.kind,
        one.cause_fund_id,
        one.delivery,
        one.weighed_on,
        one.value_idr,
        one.credited_idr,
        act.actor_id,
        act.at,
        one.lines,
    )


def legs_of(
    savings_account_id: int,
    saved: bool,
    lines: Sequence[StandingLine],
    goods: Mapping[int, Offer | Goods],
) -> list[ledger.Leg]:
    """Value into stock against the passbook; goods, by their material, into stock from outside."""
    value_in: dict[int, int] = {}
    goods_in: dict[tuple[int, str], int] = {}
    from_outside: dict[str, int] = {}
    for line in lines:
        offer, unit = goods[line.material_id], line.unit
        stock_id = offer.bought_account_id if saved else offer.donated_account_id
        value_id = offer.value_account_id
        value_in[value_id] = value_in.get(value_id, 0) + line.credited_idr
        goods_in[stock_id, unit] = goods_in.get((stock_id, unit), 0) + line.quantity
        from_outside[unit] = from_outside.get(unit, 0) + line.quantity
    flow = "in_savings" if saved else "in_donated"
    legs = [ledger.debit(account_id, value) for account_id, value in value_in.items()]
    legs.append(ledger.credit(savings_account_id, sum(value_in.values())))
    legs += [ledger.debit(stock_id, amount, unit) for (stock_id, unit), amount in goods_in.items()]
    legs += [
        ledger.credit(chart.flow(flow, unit), amount, unit) for unit, amount in from_outside.items()
    ]
    return legs


def sealed(member_id: int, kind: str, lines: Sequence[StandingLine]) -> dict[str, Any]:
    """What the seal keeps of a deposit, so that anyone can sum it again."""
    kept = [[*line[1:4], *line[5:]] for line in lines]  # no number, no price class
    return {"member_id": member_id, "kind": kind, "lines": kept}


def _beside(bank_id: int, documents: Sequence[Recorded]) -> ledger.Beside:
    """Documents and lines for PostgreSQL, by their place among the entries."""
    rows = [(place, *_columns(one)) for place, one in enumerate(documents)]
    lines = [(place, *line) for place, one in enumerate(documents) for line in one.lines]
    columns = (*zip(*rows, strict=True), *zip(*lines, strict=True))
    arrays = [array_literal(column) for column in columns]
    return ledger.Beside(_INSERT_BOTH, [bank_id, *arrays[:10], bank_id, *arrays[10:]])


def _keep(session: Session, bank_id: int, documents: dict[int, Recorded]) -> None:
    """Documents and lines into SQLite."""
    driver = driver_of(session)
    insert_rows(
        driver, _DOCUMENT, [(bank_id, seq, *_columns(one)) for seq, one in documents.items()]
    )
    insert_rows(
        driver,
        _LINE,
        [(bank_id, seq, *line) for seq, one in documents.items() for line in one.lines],
    )


def _columns(one: Recorded) -> tuple[Any, ...]:
    return (*one[1:5], str(one.weighed_on), *one[6:9], to_ms(one.recorded_at))


_COLUMNS = (
    "member_id, kind, cause_fund_id, delivery, weighed_on, value_idr, credited_idr,"
    " recorded_by_id, recorded_at"
)
_DOCUMENT = f"deposit (bank_id, seq, {_COLUMNS})"
_LINE_COLUMNS = ", ".join(StandingLine._fields)
_LINE = f"deposit_line (bank_id, seq, {_LINE_COLUMNS})"
_WHOLE, _WORD, _DAY = "%s::bigint[]", "%s::text[]", "%s::date[]"
_DOCUMENT_KINDS = (_WHOLE, _WHOLE, _WORD, _WHOLE, _WORD, _DAY, _WHOLE, _WHOLE, _WHOLE, _WHOLE)
_LINE_KINDS = (_WHOLE, _WHOLE, _WHOLE, _WORD, _WHOLE, _WORD, _WHOLE, _WHOLE, _WHOLE, _WHOLE)


def _insert(into: str, columns: str, kinds: Sequence[str]) -> str:
    """Rows from lists of one length; asked for side by side PostgreSQL keeps none of them aside."""
    names = ["place", *columns.split(", ")]
    lists = ", ".join(f"unnest({kind}) AS {name}" for kind, name in zip(kinds, names, strict=True))
    return (
        f"INSERT INTO {into} SELECT %s::bigint, posted.first + place, {columns}"
        f" FROM posted, (SELECT {lists}) AS given"
    )


_INSERT_BOTH = (
    f"document AS ({_insert(_DOCUMENT, _COLUMNS, _DOCUMENT_KINDS)}),"
    f" document_line AS ({_insert(_LINE, _LINE_COLUMNS, _LINE_KINDS)})"
)
