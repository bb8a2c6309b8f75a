"""Balances now and as of a date, account lines, trial balance: reads that do not grow.

Amounts are in the account's natural sign: a saving of Rp5.000 reads 5000, though it is a credit.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Date, Row, TextClause, bindparam, text
from sqlalchemy.orm import Session

from banksampah.clock import from_ms
from banksampah.db import driver_of
from banksampah.errors import NotFound
from banksampah.ledger.journal import as_date
from banksampah.streams import stream


class Balance(NamedTuple):
    """What an account holds. *available* is what may still be taken: posted less held."""

    posted: int
    held: int

    @property
    def available(self) -> int:
        return self.posted - self.held


class Line(NamedTuple):
    """One movement of an account."""

    seq: int
    line: int
    kind: str
    effective_on: date
    occurred_on: date
    recorded_at: datetime
    amount: int
    reverses_seq: int | None
    resolves_seq: int | None
    body: dict[str, Any]


class Touch(NamedTuple):
    """An entry that moved an account."""

    seq: int
    kind: str
    reverses_seq: int | None


class AccountRow(NamedTuple):
    """An account with its balance in natural sign, and as a trial balance has it."""

    account_id: int
    code: str
    unit: str
    normal: str
    floor: bool
    posted: int
    held: int

    @property
    def debit(self) -> int:
        return max(self.posted if self.normal == "debit" else -self.posted, 0)

    @property
    def credit(self) -> int:
        return max(self.posted if self.normal == "credit" else -self.posted, 0)


def balance(session: Session, bank_id: int, account_id: int) -> Balance:
    """One account's balance now: one row, however long the history. Raises NotFound."""
    driver = driver_of(session)
    mark = "%s" if session.get_bind().dialect.name == "postgresql" else "?"
    row = driver.execute(_BALANCE.format(mark=mark), (bank_id, account_id)).fetchone()
    if row is None:
        raise NotFound(f"Akun {account_id} tidak ada.")
    return Balance(*row)


def balances(session: Session, bank_id: int, account_ids: Sequence[int]) -> dict[int, Balance]:
    """The balances now of several accounts."""
    rows = session.execute(_BALANCES, {"bank_id": bank_id, "ids": list(account_ids)})
    return {row.account_id: Balance(row.sign * row.posted, row.held) for row in rows}


def balance_on(session: Session, bank_id: int, account_id: int, day: date) -> int:
    """The balance at the end of *day*: the last closed period, and the days since."""
    return balances_on(session, bank_id, [account_id], day).get(account_id, 0)


def balances_on(
    session: Session, bank_id: int, account_ids: Sequence[int], day: date
) -> dict[int, int]:
    """The balances at the end of *day* of several accounts."""
    through = session.execute(_LAST_PERIOD, {"bank_id": bank_id, "day": day}).scalar()
    values = {
        "bank_id": bank_id,
        "ids": list(account_ids),
        "day": day,
        "through": as_date(through or date.min),
    }
    return {row.account_id: int(row.posted) for row in session.execute(_ON_DAY, values)}


def lines(session: Session, bank_id: int, account_id: int, since: date, until: date) -> list[Line]:
    """The movements of an account between two dates, both included, by (effective date, seq)."""
    values = {"since": since, "until": until}
    return _lines(session, _LINES, bank_id, account_id, values)


def last_lines(
    session: Session, bank_id: int, account_id: int, limit: int,
    before: tuple[date, int] | None = None,
) -> list[Line]:  # fmt: skip
    """The newest movements, newest first; *before* is the (effective date, seq) to go on from."""
    day, seq = before or (date(2999, 12, 31), 2**62)
    values = {"day": day, "seq": seq, "limit": limit}
    return _lines(session, _LAST_LINES, bank_id, account_id, values)


def moved(
    session: Session, bank_id: int, account_ids: Sequence[int], since: date, until: date
) -> dict[int, dict[str, int]]:
    """What moved each account between two days, both included, by the kind of entry that did it.

    A reversal counts against the kind that it undoes, on its own day.
    """
    values = {"bank_id": bank_id, "ids": list(account_ids), "since": since, "until": until}
    sums: dict[int, dict[str, int]] = {}
    for row in session.execute(_MOVED, values):
        sums.setdefault(row.account_id, {})[row.kind] = int(row.amount)
    return sums


def touching(
    session: Session, bank_id: int, account_ids: Sequence[int], since: date, until: date
) -> list[Touch]:
    """The entries that moved any of the accounts between two days, both included, by seq."""
    values = {"bank_id": bank_id, "ids": list(account_ids), "since": since, "until": until}
    return sorted({Touch(*row) for row in session.execute(_TOUCHING, values)}, key=_seq)


def _seq(touch: Touch) -> int:
    return touch.seq


def accounts(session: Session, bank_id: int) -> list[AccountRow]:
    """Every account of the bank with its balance now, by code."""
    rows = session.execute(_ACCOUNTS, {"bank_id": bank_id})
    return [
        AccountRow(
            row.account_id,
            row.code,
            row.unit,
            "debit" if row.sign > 0 else "credit",
            bool(row.floor_zero),
            row.sign * row.posted,
            row.held,
        )
        for row in rows
    ]


def sums_of_days(session: Session, bank_ids: Sequence[int], head: str) -> dict[int, dict[int, int]]:
    """Bank → account → what its days add up to, of the accounts whose code begins with *head*.

    From the last closed period and the days since: it need not be what the balance says.
    """
    span = f"BETWEEN {int(bank_ids[0])} AND {int(bank_ids[-1])}"
    sums: dict[int, dict[int, int]] = {}
    for bank_id, account_id, posted in stream(session, _DAYS_SUMMED.format(span, head)):
        sums.setdefault(bank_id, {})[account_id] = int(posted)
    return sums


def _lines(
    session: Session, statement: TextClause, bank_id: int, account_id: int, values: dict[str, Any]
) -> list[Line]:
    rows = session.execute(statement, {"bank_id": bank_id, "account_id": account_id, **values})
    return [_line(row) for row in rows]


def _line(row: Row[Any]) -> Line:
    return Line(
        row.seq,
        row.line,
        row.kind,
        as_date(row.effective_on),
        as_date(row.occurred_on),
        from_ms(row.recorded_ms),
        row.amount,
        row.reverses_seq,
        row.resolves_seq,
        json.loads(row.body),
    )


def _date(name: str) -> BindParameter[date]:
    """A parameter that either engine takes as its own kind of date."""
    return bindparam(name, type_=Date())


_BALANCE = (  # asked by the driver itself: SQLAlchemy would cost more than the answer
    "SELECT a.sign * b.posted, b.held FROM account a"
    " JOIN balance b ON b.bank_id = a.bank_id AND b.account_id = a.account_id"
    " WHERE a.bank_id = {mark} AND a.account_id = {mark}"
)
_BALANCES = text(
    "SELECT b.account_id, b.posted, b.held, a.sign FROM balance b"
    " JOIN account a ON a.bank_id = b.bank_id AND a.account_id = b.account_id"
    " WHERE b.bank_id = :bank_id AND b.account_id IN :ids"
).bindparams(bindparam("ids", expanding=True))

_ACCOUNTS = text(
    "SELECT a.account_id, a.code, a.unit, a.sign, a.floor_zero, b.posted, b.held FROM account a"
    " JOIN balance b ON b.bank_id = a.bank_id AND b.account_id = a.account_id"
    " WHERE a.bank_id = :bank_id ORDER BY a.code"
)

_LAST_PERIOD = text(
    "SELECT max(through) FROM period WHERE bank_id = :bank_id AND through <= :day"
).bindparams(_date("day"))

_ON_DAY = text(
    "SELECT a.account_id, a.sign * ("
    " COALESCE((SELECT p.posted FROM period_balance p WHERE p.bank_id = a.bank_id"
    "   AND p.account_id = a.account_id AND p.through = :through), 0)"
    " + COALESCE((SELECT sum(d.delta) FROM balance_day d WHERE d.bank_id = a.bank_id"
    "   AND d.account_id = a.account_id AND d.day > :through"
    "   AND d.day <= :day), 0)) AS posted"
    " FROM account a WHERE a.bank_id = :bank_id AND a.account_id IN :ids"
).bindparams(bindparam("ids", expanding=True), _date("day"), _date("through"))

_DAYS_SUMMED = (
    "SELECT a.bank_id, a.account_id, CAST(a.sign * (COALESCE(p.posted, 0)"
    " + COALESCE((SELECT sum(d.delta) FROM balance_day d WHERE d.bank_id = a.bank_id"
    "   AND d.account_id = a.account_id AND d.day > h.closed_through), 0)) AS bigint)"
    " FROM bank_head h JOIN account a ON a.bank_id = h.bank_id"
    " LEFT JOIN period_balance p ON p.bank_id = a.bank_id AND p.account_id = a.account_id"
    "  AND p.through = h.closed_through"
    " WHERE h.bank_id {} AND a.code LIKE '{}.%' ORDER BY a.bank_id, a.account_id"
)
_IN_SPAN = (  # from the accounts to their legs: that is what CROSS JOIN says to SQLite's planner
    " FROM account a CROSS JOIN leg l JOIN entry e ON e.bank_id = l.bank_id AND e.seq = l.seq{}"
    " WHERE a.bank_id = :bank_id AND a.account_id IN :ids AND l.bank_id = a.bank_id"
    " AND l.account_id = a.account_id AND l.amount <> 0"
    " AND l.effective_on BETWEEN :since AND :until"
)
_UNDONE = " LEFT JOIN entry o ON o.bank_id = e.bank_id AND o.seq = e.reverses_seq"
_MOVED = text(
    "SELECT l.account_id, COALESCE(o.kind, e.kind) AS kind, max(a.sign) * sum(l.amount) AS amount"
    f"{_IN_SPAN.format(_UNDONE)} GROUP BY l.account_id, COALESCE(o.kind, e.kind)"
).bindparams(bindparam("ids", expanding=True), _date("since"), _date("until"))
_TOUCHING = text(f"SELECT l.seq, e.kind, e.reverses_seq{_IN_SPAN.format('')}").bindparams(
    bindparam("ids", expanding=True), _date("since"), _date("until")
)

_LINE = (
    "SELECT l.seq, l.line, e.kind, l.effective_on, e.occurred_on, e.recorded_ms,"
    " a.sign * l.amount AS amount, e.reverses_seq, e.resolves_seq, e.body FROM leg l"
    " JOIN entry e ON e.bank_id = l.bank_id AND e.seq = l.seq"
    " JOIN account a ON a.bank_id = l.bank_id AND a.account_id = l.account_id"
    " WHERE l.bank_id = :bank_id AND l.account_id = :account_id AND l.amount <> 0"
)
_LINES = text(
    f"{_LINE} AND l.effective_on BETWEEN :since AND :until ORDER BY l.effective_on, l.seq, l.line"
).bindparams(_date("since"), _date("until"))
_LAST_LINES = text(
    f"{_LINE} AND (l.effective_on, l.seq) < (:day, :seq)"
    " ORDER BY l.effective_on DESC, l.seq DESC, l.line DESC LIMIT :limit"
).bindparams(_date("day"))
