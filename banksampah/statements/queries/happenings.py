"""What happened to deposits, event by event: which goods each entry brought or took back.

The journal keeps rupiah per household, but grams only per material. A statement tells both, so
each deposit's story is followed here from its weighing through every correction to its reversal.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from banksampah import ledger
from banksampah.deposits.models import (
    MEMBER,
    REVERSED,
    WEIGHT,
    Deposit,
    DepositChange,
    DepositLineChange,
)

WEIGHED = "weighed"
Change = TypeVar("Change", DepositChange, DepositLineChange)


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry in a deposit's story. *goods*: material id → quantity it added or took.

    *holders*: member id → +1 for whoever got the goods, −1 for whoever gave them up.
    """

    seq: int
    kind: str
    deposit: Deposit
    goods: Mapping[int, int]
    holders: Mapping[int, int]

    def share_of(self, member_id: int) -> dict[int, int]:
        """The goods as one member sees them."""
        sign = self.holders.get(member_id, 0)
        return {material_id: sign * quantity for material_id, quantity in self.goods.items()}


def around(session: Session, bank_id: int, seqs: Collection[int]) -> dict[int, Happening]:
    """The stories of the deposits that any of the entries *seqs* belongs to."""
    changed = select(DepositChange.deposit_seq).where(
        DepositChange.bank_id == bank_id, DepositChange.seq.in_(seqs)
    )
    which = or_(Deposit.seq.in_(seqs), Deposit.seq.in_(changed))
    return _stories(session, bank_id, which) if seqs else {}


def of_member(
    session: Session, bank_id: int, member_id: int, since: date, until: date, zone: str
) -> dict[int, Happening]:
    """The stories of a member's deposits with anything recorded from *since* on.

    An entry never takes effect after the day it was recorded, nor before its weighing.
    """
    since_at = datetime.combine(since, time(), ZoneInfo(zone)).astimezone(UTC) - timedelta(days=1)
    here = DepositChange.bank_id == bank_id
    recent = select(DepositChange.deposit_seq).where(here, DepositChange.recorded_at >= since_at)
    got = select(DepositChange.deposit_seq).where(here, DepositChange.member_id == member_id)
    which = and_(
        or_(Deposit.member_id == member_id, Deposit.seq.in_(got)),
        or_(Deposit.recorded_at >= since_at, Deposit.seq.in_(recent)),
        Deposit.weighed_on <= until,
    )
    return _stories(session, bank_id, which)


def mirrors(
    session: Session, bank_id: int, stories: Mapping[int, Happening]
) -> dict[int, Happening]:
    """The reversals of what is in *stories*, each with its goods turned round."""
    found = ledger.find_reversals(session, bank_id, list(stories))
    return {undone: mirrored(stories[seq], undone) for seq, undone in found.items()}


def mirrored(happening: Happening, seq: int) -> Happening:
    """What the reversal *seq* of *happening* did."""
    taken = {material_id: -quantity for material_id, quantity in happening.goods.items()}
    return Happening(seq, REVERSED, happening.deposit, taken, happening.holders)


def _stories(session: Session, bank_id: int, which: ColumnElement[bool]) -> dict[int, Happening]:
    rows = select(Deposit).filter_by(bank_id=bank_id).where(which)
    deposits = session.scalars(rows.options(selectinload(Deposit.lines))).all()
    seqs = [deposit.seq for deposit in deposits]
    changes = _by_deposit(session, DepositChange, bank_id, seqs)
    line_changes = _by_deposit(session, DepositLineChange, bank_id, seqs)
    return {
        happening.seq: happening
        for deposit in deposits
        for happening in _story(
            deposit, changes.get(deposit.seq, []), line_changes.get(deposit.seq, [])
        )
    }


def _by_deposit(
    session: Session, model: type[Change], bank_id: int, seqs: Collection[int]
) -> dict[int, list[Change]]:
    found: dict[int, list[Change]] = {}
    rows = select(model).where(model.bank_id == bank_id, model.deposit_seq.in_(seqs))
    for row in session.scalars(rows.order_by(model.seq)) if seqs else ():
        found.setdefault(row.deposit_seq, []).append(row)
    return found


def _story(
    deposit: Deposit,
    changes: Iterable[DepositChange],
    line_changes: Iterable[DepositLineChange],
) -> Iterable[Happening]:
    """The weighing and each change that moved goods or their owner, in order."""
    owner = deposit.member_id
    material_of = {line.line: line.material_id for line in deposit.lines}
    quantities = {line.line: line.quantity for line in deposit.lines}
    yield Happening(deposit.seq, WEIGHED, deposit, _goods(quantities, material_of), {owner: 1})
    for change in changes:
        goods: dict[int, int] = {}
        holders = {owner: 1}
        if change.kind == WEIGHT:
            difference = {}
            for new in line_changes:
                if new.seq == change.seq:
                    difference[new.line] = new.quantity - quantities[new.line]
                    quantities[new.line] = new.quantity
            goods = _goods(difference, material_of)
        elif change.kind == MEMBER and change.member_id is not None:
            goods = _goods(quantities, material_of)
            holders = {owner: -1, change.member_id: 1}
            owner = change.member_id
        if change.kind != REVERSED:
            yield Happening(change.seq, change.kind, deposit, goods, holders)


def _goods(quantities: Mapping[int, int], material_of: Mapping[int, int]) -> dict[int, int]:
    goods: dict[int, int] = {}
    for line, quantity in quantities.items():
        goods[material_of[line]] = goods.get(material_of[line], 0) + quantity
    return goods
