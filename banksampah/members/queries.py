"""Reads of members: one, many by number, name or RT, and a member's movements."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, TableClause, and_, column, exists, func, or_, select
from sqlalchemy import table as any_table
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.errors import NotFound
from banksampah.members.models import Member, MemberPerson

PAGE_ROWS = 50


class MemberNotFound(NotFound):
    """No such member in this bank."""

    code = "member_not_found"

    def __init__(self, number: object):
        super().__init__(f"Nomor {number} tidak ada. Periksa kartu atau cari nama.")


class Found(NamedTuple):
    """One page: where to go on (None on the last), and how many fit in all."""

    members: list[Member]
    next_number: str | None
    members_count: int


class Standing(NamedTuple):
    """What a member has with the bank. *withdrawable_idr*: posted less held less debt."""

    balance_idr: int
    held_idr: int
    debt_idr: int

    @property
    def withdrawable_idr(self) -> int:
        return max(self.balance_idr - self.held_idr - self.debt_idr, 0)


class Movement(NamedTuple):
    """One line of a passbook: what moved, and the balance after it."""

    line: ledger.Line
    balance_idr: int


class Movements(NamedTuple):
    """Newest first. *next_cursor* goes on with older lines; *opening_idr*: before the oldest."""

    lines: list[Movement]
    opening_idr: int
    next_cursor: str | None


def get_member(session: Session, bank_id: int, member_id: int) -> Member:
    """The member, open or closed. Raises MemberNotFound."""
    member = session.get(Member, (bank_id, member_id))
    if member is None:
        raise MemberNotFound(member_id)
    return member


def survivor(session: Session, bank_id: int, member_id: int) -> Member:
    """The member, or the one it was merged into: where old entries are put right."""
    member = get_member(session, bank_id, member_id)
    while member.merged_into_id is not None:
        member = get_member(session, bank_id, member.merged_into_id)
    return member


def members_by_id(session: Session, bank_id: int, member_ids: Collection[int]) -> dict[int, Member]:
    """Several members at once, by id."""
    query = select(Member).where(Member.bank_id == bank_id, Member.id.in_(set(member_ids)))
    return {member.id: member for member in session.scalars(query)}


def find_member_by_number(session: Session, bank_id: int, number: str) -> Member | None:
    """The member with this number, however it is typed: "123" finds 0123."""
    found = session.scalars(
        select(Member).where(Member.bank_id == bank_id, Member.number.in_(numbers_meant(number)))
    ).all()
    return min(found, key=lambda member: len(member.number), default=None)


def numbers_meant(typed: str) -> list[str]:
    """The numbers that a typed one may mean, the shortest first.

    >>> numbers_meant(" 12"), numbers_meant("k7")
    (['12', '012', '0012', '00012'], ['K7'])
    """
    number = normal_number(typed)
    padded = [number.zfill(width) for width in (3, 4, 5) if number.isdigit()]
    return list(dict.fromkeys([number, *padded]))


def normal_number(number: str) -> str:
    """Numbers are typed in a hurry: no blanks, capital letters."""
    return "".join(number.split()).upper()


def search_members(
    session: Session,
    bank_id: int,
    *,
    q: str = "",
    rt: str = "",
    state: str = "open",
    after_number: str | None = None,
    limit: int = PAGE_ROWS,
) -> Found:
    """Members by number, part of a name or a person's name, RT and state (open, closed, all).

    Ordered by number; *after_number* goes on after the last one seen.
    """
    query = select(Member).where(Member.bank_id == bank_id, ~Member.holds_titipan)
    if state in ("open", "closed"):
        query = query.where((Member.closed_on.is_(None)) == (state == "open"))
    if rt.strip():
        query = query.where(func.ltrim(Member.rt, "0") == rt.strip().lstrip("0"))
    if q.strip():
        query = query.where(_fits(bank_id, q))
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    length = func.length(Member.number)
    if after_number is not None:
        query = query.where(
            or_(
                length > len(after_number),
                and_(length == len(after_number), Member.number > after_number),
            )
        )
    rows = session.scalars(query.order_by(length, Member.number).limit(limit + 1)).all()
    more = len(rows) > limit
    return Found(list(rows[:limit]), rows[limit - 1].number if more else None, count)


def _fits(bank_id: int, q: str) -> ColumnElement[bool]:
    words = " ".join(q.split()).lower()
    named = select(MemberPerson.member_id).where(
        MemberPerson.bank_id == bank_id,
        MemberPerson.left_on.is_(None),
        func.lower(MemberPerson.name).contains(words, autoescape=True),
    )
    return or_(
        Member.number.startswith(normal_number(q), autoescape=True),
        func.ltrim(Member.number, "0") == normal_number(q).lstrip("0"),
        func.lower(Member.name).contains(words, autoescape=True),
        Member.id.in_(named),
    )


def rts(session: Session, bank_id: int) -> list[str]:
    """Every RT that has a member."""
    query = select(Member.rt).where(Member.bank_id == bank_id, Member.rt != "").distinct()
    return sorted(session.scalars(query), key=lambda rt: (len(rt), rt))


def people_of(session: Session, bank_id: int, member_id: int) -> Sequence[MemberPerson]:
    """The people of a household who live there now."""
    return session.scalars(
        select(MemberPerson)
        .filter_by(bank_id=bank_id, member_id=member_id, left_on=None)
        .order_by(MemberPerson.line)
    ).all()


def count_members(session: Session, bank_id: int) -> int:
    """Open members."""
    open_here = Member.bank_id == bank_id, Member.closed_on.is_(None), ~Member.holds_titipan
    return session.scalar(select(func.count()).select_from(Member).where(*open_here)) or 0


def standing(session: Session, member: Member) -> Standing:
    """Balance, money held for a withdrawal, and debt, now."""
    return standings(session, member.bank_id, [member])[member.id]


def standings(session: Session, bank_id: int, members: Sequence[Member]) -> dict[int, Standing]:
    """The standing of several members in one query."""
    accounts = [m.savings_account_id for m in members]
    accounts += [m.debt_account_id for m in members if m.debt_account_id is not None]
    balances = ledger.balances(session, bank_id, accounts) if accounts else {}
    nothing = ledger.Balance(0, 0)
    return {
        member.id: Standing(
            balances[member.savings_account_id].posted,
            balances[member.savings_account_id].held,
            balances.get(member.debt_account_id or 0, nothing).posted,
        )
        for member in members
    }


def awaits_price(session: Session, member: Member) -> bool:
    """Whether goods of this household, or of one merged into it, still wait for a price that
    will be credited. Deposits belong to a feature above this one."""
    waiting = (
        select(_DEPOSIT.c.seq)
        .join(_LINE, _of_deposit(_LINE, _LINE.c.seq))
        .where(
            _DEPOSIT.c.bank_id == member.bank_id,
            _LINE.c.price_idr.is_(None),
            _LINE.c.share_ppm > 0,
            ~exists().where(
                _of_deposit(_PRICED, _PRICED.c.deposit_seq),
                _PRICED.c.line == _LINE.c.line,
                _PRICED.c.price_idr.is_not(None),
            ),
            ~exists().where(
                _of_deposit(_CHANGE, _CHANGE.c.deposit_seq), _CHANGE.c.kind == "reversed"
            ),
            func.coalesce(_MOVED_TO, _DEPOSIT.c.member_id).in_(all_merged(session, member)),
        )
    )
    return session.execute(waiting.limit(1)).first() is not None


def waits_in_titipan(session: Session, member: Member) -> bool:
    """Whether a deposit, or what a correction added to one, lies in Titipan for this household
    from when it was closed."""
    gone = exists().where(
        _CHANGE.c.bank_id == _TITIPAN.c.bank_id,
        _CHANGE.c.deposit_seq == _TITIPAN.c.deposit_seq,
        _CHANGE.c.kind.in_(("reversed", "member")),
    )
    waiting = select(_TITIPAN.c.deposit_seq).where(
        _TITIPAN.c.bank_id == member.bank_id,
        _TITIPAN.c.member_id.in_(all_merged(session, member)),
        _TITIPAN.c.settled_seq.is_(None),
        ~gone,
    )
    undone = exists().where(
        _CHANGE.c.bank_id == _SURPLUS.c.bank_id,
        _CHANGE.c.deposit_seq == _SURPLUS.c.deposit_seq,
        _CHANGE.c.kind == "reversed",
    )
    surplus = select(_SURPLUS.c.deposit_seq).where(
        _SURPLUS.c.bank_id == member.bank_id,
        _SURPLUS.c.member_id.in_(all_merged(session, member)),
        _SURPLUS.c.settled_seq.is_(None),
        ~undone,
    )
    return any(session.execute(one.limit(1)).first() for one in (waiting, surplus))


def all_merged(session: Session, member: Member) -> list[int]:
    """This member and all that became it."""
    found, newest = [member.id], [member.id]
    while newest:
        gone = select(Member.id).where(
            Member.bank_id == member.bank_id, Member.merged_into_id.in_(newest)
        )
        newest = list(session.scalars(gone))
        found += newest
    return found


def _table(name: str, *columns: str) -> TableClause:
    return any_table(name, *map(column, ("bank_id", *columns)))


def _of_deposit(table: TableClause, seq: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(table.c.bank_id == _DEPOSIT.c.bank_id, seq == _DEPOSIT.c.seq)


_DEPOSIT = _table("deposit", "seq", "member_id")
_LINE = _table("deposit_line", "seq", "line", "price_idr", "share_ppm")
_PRICED = _table("deposit_line_change", "deposit_seq", "line", "price_idr")
_CHANGE = _table("deposit_change", "deposit_seq", "seq", "kind", "member_id")
_TITIPAN = _table("desk_suspense", "deposit_seq", "member_id", "settled_seq")
_SURPLUS = _table("deposit_surplus", "deposit_seq", "member_id", "settled_seq")
_MOVED_TO = (
    select(_CHANGE.c.member_id)
    .where(_of_deposit(_CHANGE, _CHANGE.c.deposit_seq), _CHANGE.c.kind == "member")
    .order_by(_CHANGE.c.seq.desc())
    .limit(1)
    .correlate(_DEPOSIT)
    .scalar_subquery()
)


def movements(
    session: Session, member: Member, *, cursor: str | None = None, limit: int = PAGE_ROWS
) -> Movements:
    """Movements of the savings, newest first, each with the balance after it.

    Costs one page, however long the history: the balance starts from the day's own figure.
    """
    bank_id, account_id = member.bank_id, member.savings_account_id
    before = _before(cursor)
    lines = ledger.last_lines(session, bank_id, account_id, limit + 1, before)
    balance_idr = _balance_below(session, member, before)
    more, lines = len(lines) > limit, lines[:limit]
    shown: list[Movement] = []
    for line in lines:
        shown.append(Movement(line, balance_idr))
        balance_idr -= line.amount
    last = lines[-1] if more else None
    return Movements(shown, balance_idr, f"{last.effective_on}:{last.seq}" if last else None)


def _before(cursor: str | None) -> tuple[date, int] | None:
    """The place a cursor names; None (the start) when it is missing or unreadable."""
    day, _colon, seq = (cursor or "").partition(":")
    try:
        return (date.fromisoformat(day), int(seq[:18]))
    except ValueError:
        return None


def _balance_below(session: Session, member: Member, before: tuple[date, int] | None) -> int:
    """The balance after all movements that come before the place *before*."""
    bank_id, account_id = member.bank_id, member.savings_account_id
    if before is None:
        return ledger.balance(session, bank_id, account_id).posted
    day, seq = before
    later = ledger.lines(session, bank_id, account_id, day, day)
    return ledger.balance_on(session, bank_id, account_id, day) - sum(
        line.amount for line in later if line.seq >= seq
    )
