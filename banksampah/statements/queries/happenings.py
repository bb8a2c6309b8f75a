"""What happened to deposits, event by event: which goods each entry brought or took back.

The journal keeps rupiah per household, but grams only per material. A statement tells both, so
each deposit's story is followed here from its weighing through every correction to its reversal.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.deposits.models import (
    MEMBER,
    REVERSED,
    WEIGHT,
    Deposit,
    DepositChange,
    DepositLineChange,
)
from banksampah.deposits.queries import read_lines

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
    # a column more than is needed: from one index alone SQLite would read the bank's every change
    changed = select(DepositChange.deposit_seq, DepositChange.kind).where(
        DepositChange.bank_id == bank_id, DepositChange.seq.in_(seqs)
    )
    return _stories(session, bank_id, {*seqs, *session.scalars(changed)}) if seqs else {}


def of_member(
    session: Session, bank_id: int, member_id: int, since: date, until: date, zone: str
) -> dict[int, Happening]:
    """The stories of a member's deposits with anything recorded from *since* on.

    An entry never takes effect after the day it was recorded, nor before its weighing.
    """
    since_at = datetime.combine(since, time(), ZoneInfo(zone)).astimezone(UTC) - timedelta(days=1)
    here = DepositChange.bank_id == bank_id
    later = select(DepositChange.seq).where(
        here, DepositChange.deposit_seq == Deposit.seq, DepositChange.recorded_at >= since_at
    )
    recent = and_(Deposit.bank_id == bank_id, or_(Deposit.recorded_at >= since_at, later.exists()))
    given = select(DepositChange.deposit_seq).where(here, DepositChange.member_id == member_id)
    got = session.scalars(given).all()
    # looked for by household, not by day: a bank has far more deposits until *until*
    found = [
        row.seq
        for which in (Deposit.member_id == member_id, *([Deposit.seq.in_(got)] if got else []))
        for row in session.execute(select(Deposit.seq, Deposit.weighed_on).where(recent, which))
        if row.weighed_on <= until
    ]
    return _stories(session, bank_id, set(found))


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


def _stories(session: Session, bank_id: int, some: Collection[int]) -> dict[int, Happening]:
    """The stories of the deposits among the entries *some*."""
    rows = select(Deposit).where(Deposit.bank_id == bank_id, Deposit.seq.in_(some))
    deposits = session.scalars(rows).all() if some else []
    read_lines(session, bank_id, deposits)
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
    changes = session.scalars(rows).all() if seqs else []
    # sorted here: asked for in order, SQLite would read every change of the bank
    for row in sorted(changes, key=lambda change: change.seq):
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
