"""Closing a period: its balances are frozen, nothing posts into it, it never opens again."""

import hashlib
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, text
from sqlalchemy.orm import Session

from banksampah.db import canonical_json
from banksampah.errors import Refused
from banksampah.ledger.acts import Act, replay
from banksampah.ledger.balances import accounts, balances_on
from banksampah.ledger.journal import as_date
from banksampah.ledger.posting import post


class NotAPeriodEnd(Refused):
    code = "not_a_period_end"

    def __init__(self) -> None:
        super().__init__(
            "Yang bisa ditutup hanya bulan yang sudah lewat dan belum ditutup: "
            "pilih hari terakhirnya.",
            field="through",
        )


def closed_through(session: Session, bank_id: int) -> date | None:
    """The last day of the newest closed period, or None."""
    through = session.execute(_THROUGH, {"bank_id": bank_id}).scalar()
    day = as_date(through) if through else date.min
    return None if day == date.min else day


def close_period(session: Session, act: Act, through: date) -> int:
    """Close all days up to *through*, the last day of a month gone by. Returns the entry's seq.

    The entry seals the hash of the trial balance at that day. Raises NotAPeriodEnd.
    """
    facts = {"through": str(through)}
    if (earlier := replay(session, act, "period.close", facts)) is not None:
        return earlier
    last = closed_through(session, act.bank_id) or date.min
    month_end = (through + timedelta(days=1)).day == 1
    if not month_end or not last < through < act.today.replace(day=1):
        raise NotAPeriodEnd()
    frozen = _balances_to_freeze(session, act.bank_id, through)
    body = {"through": str(through), "trial_balance_sha256": trial_hash(frozen)}
    seq = post(session, act, "period.close", facts, body=body)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_CLOSE, {"bank_id": act.bank_id, "through": through, "seq": seq})
    else:
        _close_rows(session, act.bank_id, through, seq, frozen)
    return seq


def trial_hash(frozen: dict[int, int]) -> str:
    """SHA-256 of account ids and debit-positive balances: what a closing entry seals."""
    return hashlib.sha256(canonical_json(sorted(frozen.items())).encode()).hexdigest()


def _balances_to_freeze(session: Session, bank_id: int, through: date) -> dict[int, int]:
    """Debit-positive balances at the end of *through* of all accounts that are not zero."""
    signs = {a.account_id: 1 if a.normal == "debit" else -1 for a in accounts(session, bank_id)}
    natural = balances_on(session, bank_id, list(signs), through)
    return {account: signs[account] * posted for account, posted in natural.items() if posted}


def _close_rows(
    session: Session, bank_id: int, through: date, seq: int, frozen: dict[int, int]
) -> None:
    key: dict[str, Any] = {"bank_id": bank_id, "through": through}
    session.execute(_PERIOD, {**key, "seq": seq})
    if frozen:
        rows = [{**key, "account_id": account, "posted": n} for account, n in frozen.items()]
        session.execute(_PERIOD_BALANCE, rows)
    session.execute(_HEAD, key)


_DAY = bindparam("through", type_=Date())
_THROUGH = text("SELECT closed_through FROM bank_head WHERE bank_id = :bank_id")
_CLOSE = text("SELECT close_period(:bank_id, :through, :seq)").bindparams(_DAY)
_PERIOD = text(
    "INSERT INTO period (bank_id, through, seq) VALUES (:bank_id, :through, :seq)"
).bindparams(_DAY)
_PERIOD_BALANCE = text(
    "INSERT INTO period_balance (bank_id, account_id, through, posted)"
    " VALUES (:bank_id, :account_id, :through, :posted)"
).bindparams(_DAY)
_HEAD = text("UPDATE bank_head SET closed_through = :through WHERE bank_id = :bank_id").bindparams(
    _DAY
)
