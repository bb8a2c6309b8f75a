"""One deposit: as it was weighed, and as it counts today after every change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import column, exists, select
from sqlalchemy import table as any_table
from sqlalchemy.orm import Session, immediateload
from sqlalchemy.orm.attributes import set_committed_value

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.deposits.models import (
    MEMBER,
    REVERSED,
    Deposit,
    DepositChange,
    DepositLine,
    DepositLineChange,
)
from banksampah.errors import NotFound
from banksampah.members.models import Member
from banksampah.members.queries import get_member

_TITIPAN = any_table(
    "desk_suspense",
    *map(column, ("bank_id", "deposit_seq", "member_id", "settled_seq", "settled_member_id")),
)


class NoDeposit(NotFound):
    code = "deposit_not_found"

    def __init__(self, seq: int):
        super().__init__(f"Setoran {seq} tidak ada. Pilih dari riwayat setoran.")


class StandingLine(NamedTuple):
    """A line as it was weighed, or as it counts today, after every change."""

    line: int
    material_id: int
    unit: str
    quantity: int
    price_class: str
    price_idr: int | None
    value_idr: int
    share_ppm: int
    credited_idr: int


class Recorded(NamedTuple):
    """A deposit as it was recorded: what its verb answers, the first time and every time."""

    seq: int
    member_id: int
    kind: str
    cause_fund_id: int | None
    delivery: str
    weighed_on: date
    value_idr: int
    credited_idr: int
    recorded_by_id: int
    recorded_at: datetime
    lines: tuple[StandingLine, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A deposit as it counts today: whose it is, what it holds, whether it was undone."""

    deposit: Deposit
    member_id: int
    lines: tuple[StandingLine, ...]
    changes: tuple[DepositChange, ...]

    @property
    def reversal(self) -> DepositChange | None:
        return next((change for change in self.changes if change.kind == REVERSED), None)

    @property
    def value_idr(self) -> int:
        return sum(line.value_idr for line in self.lines)

    @property
    def credited_idr(self) -> int:
        return sum(line.credited_idr for line in self.lines)

    @property
    def pending_count(self) -> int:
        """Lines whose price is still to come."""
        return sum(line.price_idr is None for line in self.lines)

    def line(self, number: int) -> StandingLine:
        """The line *number*; raises NotFound."""
        for line in self.lines:
            if line.line == number:
                return line
        raise NoLine(self.deposit.seq, number)


class NoLine(NotFound):
    code = "deposit_line_not_found"

    def __init__(self, seq: int, line: int):
        super().__init__(f"Setoran {seq} tidak punya baris {line}. Pilih baris yang ada.")


def get_deposit(session: Session, bank_id: int, seq: int) -> Deposit:
    """The deposit with its lines, as it was weighed."""
    deposit = session.scalar(
        select(Deposit).filter_by(bank_id=bank_id, seq=seq).options(immediateload(Deposit.lines))
    )
    if deposit is None:
        raise NoDeposit(seq)
    return deposit


def read_lines(session: Session, bank_id: int, deposits: Collection[Deposit]) -> None:
    """Give several deposits their lines, in one question.

    SQLAlchemy composes a `subqueryload` anew each time, which costs more than asking
    (docs/performance.md); by a list of pairs (`selectinload`) SQLite would read the whole table.
    """
    if not deposits:
        return
    lines: dict[int, list[DepositLine]] = {deposit.seq: [] for deposit in deposits}
    of_them = DepositLine.seq.in_(lines)
    rows = session.scalars(select(DepositLine).where(DepositLine.bank_id == bank_id, of_them))
    for line in sorted(rows, key=lambda row: row.line):
        lines[line.seq].append(line)
    for deposit in deposits:
        set_committed_value(deposit, "lines", lines[deposit.seq])


def recorded(session: Session, bank_id: int, seq: int) -> Recorded:
    """The deposit as its verb answered when it was recorded."""
    deposit = get_deposit(session, bank_id, seq)
    lines = tuple(_as_weighed(line) for line in deposit.lines)
    return Recorded(
        deposit.seq,
        deposit.member_id,
        deposit.kind,
        deposit.cause_fund_id,
        deposit.delivery,
        deposit.weighed_on,
        deposit.value_idr,
        deposit.credited_idr,
        deposit.recorded_by_id,
        deposit.recorded_at,
        lines,
    )


def standing(session: Session, bank_id: int, seq: int) -> Standing:
    """The deposit as it counts today."""
    deposit = get_deposit(session, bank_id, seq)
    changes = session.scalars(
        select(DepositChange)
        .filter_by(bank_id=bank_id, deposit_seq=seq)
        .order_by(DepositChange.seq)
    ).all()
    lines = {line.line: _as_weighed(line) for line in deposit.lines}
    for new in session.scalars(
        select(DepositLineChange)
        .filter_by(bank_id=bank_id, deposit_seq=seq)
        .order_by(DepositLineChange.seq)
    ):
        lines[new.line] = lines[new.line]._replace(
            quantity=new.quantity,
            price_idr=new.price_idr,
            value_idr=new.value_idr,
            credited_idr=new.credited_idr,
        )
    moved = [change.member_id for change in changes if change.kind == MEMBER]
    member_id = moved[-1] if moved and moved[-1] is not None else deposit.member_id
    return Standing(deposit, member_id, tuple(lines.values()), tuple(changes))


def meant_for(session: Session, now: Standing) -> Member | None:
    """The household that has the deposit by now; while it lies in Titipan the closed one that it
    was weighed for, None where that is a new one without a number. The desk lies above."""
    bank_id = now.deposit.bank_id
    holder = get_member(session, bank_id, now.member_id)
    if not holder.holds_titipan:
        return holder
    lies = _TITIPAN.c.bank_id == bank_id, _TITIPAN.c.deposit_seq == now.deposit.seq
    member_id = session.scalar(select(_TITIPAN.c.member_id).where(*lies))
    return get_member(session, bank_id, member_id) if member_id else None


def paid_from_titipan(session: Session, bank_id: int, seq: int) -> bool:
    """Whether what this deposit laid in Titipan was handed over in cash. The desk lies above."""
    paid = exists().where(
        _TITIPAN.c.bank_id == bank_id,
        _TITIPAN.c.deposit_seq == seq,
        _TITIPAN.c.settled_seq.is_not(None),
        _TITIPAN.c.settled_member_id.is_(None),
    )
    return bool(session.scalar(select(paid)))


def _as_weighed(line: DepositLine) -> StandingLine:
    return StandingLine(
        line.line,
        line.material_id,
        line.unit,
        line.quantity,
        line.price_class,
        line.price_idr,
        line.value_idr,
        line.share_ppm,
        line.credited_idr,
    )


def get_change(session: Session, bank_id: int, seq: int) -> DepositChange:
    """The change that entry *seq* made. Raises NotFound."""
    change = session.get(DepositChange, (bank_id, seq))
    if change is None:
        raise NotFound(f"Koreksi {seq} tidak ada.")
    return change


def materials_of(session: Session, bank_id: int, now: Standing) -> Sequence[Material]:
    """The materials of a deposit, each once."""
    ids = {line.material_id for line in now.lines}
    return session.scalars(
        select(Material)
        .where(Material.bank_id == bank_id, Material.id.in_(ids))
        .order_by(Material.id)
    ).all()


def members_with_accounts(
    session: Session, bank_id: int, account_ids: Collection[int]
) -> Sequence[Member]:
    """The members whose savings are among *account_ids*."""
    return session.scalars(
        select(Member)
        .where(Member.bank_id == bank_id, Member.savings_account_id.in_(account_ids))
        .order_by(Member.id)
    ).all()


def savings_before(session: Session, member: Member, seq: int) -> int:
    """The household's savings just before entry *seq*, in the order of a statement."""
    bank_id, account_id = member.bank_id, member.savings_account_id
    day = ledger.entry(session, bank_id, seq).effective_on
    opening_idr = ledger.balance_on(session, bank_id, account_id, day - timedelta(days=1))
    lines = ledger.lines(session, bank_id, account_id, day, day)
    return opening_idr + sum(line.amount for line in lines if line.seq < seq)
