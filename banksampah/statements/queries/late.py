"""Deposits of a split that were weighed in a time whose split was fixed already: the annex of its
minutes. Worked out of the journal up to the decision alone, so that it reads the same for ever.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from banksampah import codes, ledger
from banksampah.banks.models import Bank
from banksampah.clock import day_in
from banksampah.deposits.models import (
    MEMBER,
    REVERSED,
    SHEET_KEY,
    Deposit,
    DepositChange,
    DepositLine,
    DepositLineChange,
)
from banksampah.desk.models import DeskIntake, DeskRecord, Device
from banksampah.members.models import Member
from banksampah.splits.models import Split, SplitStep
from banksampah.statements.queries.documents import LateDeposit
from banksampah.statements.queries.frames import DEPOSIT, number_of


class _Fixing(NamedTuple):
    """A split that was approved, and not undone: the goods sold by *sold_on* are divided."""

    seq: int
    at: datetime
    sold_on: date


class _Came(NamedTuple):
    """How a deposit came into the books, by the key of its entry."""

    way: str
    paper: str
    weighed_at: datetime | None
    """As a phone told it, or None where nobody knows the hour."""
    received_at: datetime | None


def late_deposits(session: Session, bank: Bank, split: Split) -> tuple[LateDeposit, ...]:
    """What came after the split before this one was fixed, though it was weighed before; as it
    stood when this one was decided, or stands now."""
    until = split.steps[0].seq if split.steps else ledger.head_seq(session, bank.bank_id) + 1
    fixed = _fixed(session, bank.bank_id, until)
    if not fixed:
        return ()
    since, through = max(one.seq for one in fixed), max(one.sold_on for one in fixed)
    among = [
        Deposit.bank_id == bank.bank_id,
        Deposit.seq > since,
        Deposit.seq < until,
        Deposit.weighed_on <= through,
    ]
    stood = _Stood(session, bank.bank_id, among, until)
    found = session.scalars(select(Deposit).where(*among).order_by(Deposit.weighed_on, Deposit.seq))
    return tuple(
        _row(bank, deposit, stood, came)
        for deposit in found
        if deposit.seq not in stood.undone
        and _is_late(bank, deposit, came := _came(session, deposit), fixed)
    )


def _fixed(session: Session, bank_id: int, until: int) -> list[_Fixing]:
    """The splits that were fixed before entry *until*, and stood there."""
    undone = aliased(SplitStep)
    rows = session.execute(
        select(SplitStep.seq, SplitStep.at, Split.sale_on)
        .join(Split, (Split.bank_id == SplitStep.bank_id) & (Split.seq == SplitStep.split_seq))
        .outerjoin(
            undone,
            (undone.bank_id == SplitStep.bank_id)
            & (undone.split_seq == SplitStep.split_seq)
            & (undone.kind == "reverse"),
        )
        .where(
            SplitStep.bank_id == bank_id,
            SplitStep.kind == "approve",
            SplitStep.seq < until,
            func.coalesce(undone.seq, until) >= until,
        )
    )
    return [_Fixing(*row) for row in rows]


class _Stood:
    """Deposits as they stood before entry *until*: what is changed after it is not looked at."""

    def __init__(
        self, session: Session, bank_id: int, among: list[ColumnElement[bool]], until: int
    ):
        seqs = select(Deposit.seq).where(*among)
        self.undone: set[int] = set()
        self.moved: dict[int, int] = {}
        self.weights_g: dict[int, int] = {}
        self.values_idr: dict[int, int] = {}
        self._take_changes(session, bank_id, seqs, until)
        self._take_lines(session, bank_id, seqs, until)
        self.numbers = {
            row.id: row.number
            for row in session.execute(select(Member.id, Member.number).filter_by(bank_id=bank_id))
        }

    def _take_changes(self, session: Session, bank_id: int, seqs: Select[int], until: int) -> None:
        for change in session.scalars(
            select(DepositChange)
            .where(
                DepositChange.bank_id == bank_id,
                DepositChange.deposit_seq.in_(seqs),
                DepositChange.seq < until,
            )
            .order_by(DepositChange.seq)
        ):
            if change.kind == REVERSED:
                self.undone.add(change.deposit_seq)
            if change.kind == MEMBER and change.member_id is not None:
                self.moved[change.deposit_seq] = change.member_id

    def _take_lines(self, session: Session, bank_id: int, seqs: Select[int], until: int) -> None:
        line, change = DepositLine, DepositLineChange
        lines = {
            (row.seq, row.line): (row.unit, row.quantity, row.value_idr)
            for row in session.execute(
                select(line.seq, line.line, line.unit, line.quantity, line.value_idr).where(
                    line.bank_id == bank_id, line.seq.in_(seqs)
                )
            )
        }
        for new in session.scalars(
            select(change)
            .where(change.bank_id == bank_id, change.deposit_seq.in_(seqs), change.seq < until)
            .order_by(change.seq)
        ):
            place = new.deposit_seq, new.line
            lines[place] = (lines[place][0], new.quantity, new.value_idr)
        for (seq, _line), (unit, quantity, value_idr) in lines.items():
            grams = quantity if unit == "G" else 0
            self.weights_g[seq] = self.weights_g.get(seq, 0) + grams
            self.values_idr[seq] = self.values_idr.get(seq, 0) + value_idr


def _came(session: Session, deposit: Deposit) -> _Came:
    key = ledger.entry(session, deposit.bank_id, deposit.seq).idem_key
    if key.startswith(SHEET_KEY):
        return _Came("sheet", key.removeprefix(SHEET_KEY).rpartition("/")[0], None, None)
    sent = session.execute(
        select(Device.name, DeskIntake.epoch, DeskIntake.number, DeskIntake.weighed_at)
        .join(
            DeskIntake,
            (DeskIntake.bank_id == Device.bank_id) & (DeskIntake.device_id == Device.id),
        )
        .where(Device.bank_id == deposit.bank_id, DeskIntake.record_id == key)
    ).first()
    if sent is None:
        return _Came("typed", "", None, None)
    name, epoch, number, weighed_at = sent
    received_at = session.scalar(
        select(func.min(DeskRecord.received_at)).filter_by(bank_id=deposit.bank_id, record_id=key)
    )
    return _Came("phone", codes.phone_number(name, epoch, number), weighed_at, received_at)


def _is_late(bank: Bank, deposit: Deposit, came: _Came, fixed: Iterable[_Fixing]) -> bool:
    """Whether the goods sold by its day were divided already when it was weighed into the books,
    and it was not weighed after that."""
    weighed_at = came.weighed_at
    if came.way == "typed" and day_in(bank.zone, deposit.recorded_at) == deposit.weighed_on:
        weighed_at = deposit.recorded_at
    return any(
        deposit.weighed_on <= one.sold_on and (weighed_at is None or weighed_at <= one.at)
        for one in fixed
    )


def _row(bank: Bank, deposit: Deposit, stood: _Stood, came: _Came) -> LateDeposit:
    booked_on = day_in(bank.zone, deposit.recorded_at)
    return LateDeposit(
        seq=deposit.seq,
        number=number_of(DEPOSIT, deposit.seq),
        weighed_on=deposit.weighed_on,
        member_number=stood.numbers[stood.moved.get(deposit.seq, deposit.member_id)],
        weight_g=stood.weights_g[deposit.seq],
        value_idr=stood.values_idr[deposit.seq],
        way=came.way,
        paper_number=came.paper,
        came_on=day_in(bank.zone, came.received_at) if came.received_at else booked_on,
        booked_on=booked_on,
    )
