"""The trial balance, now or as of a day."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.ledger import chart


def trial_balance_on(session: Session, bank_id: int, day: date | None) -> dict[str, Any]:
    """Accounts that hold something at the end of *day* (None: now), and both sums per unit."""
    rows = ledger.accounts(session, bank_id)
    if day is not None:
        ids = [row.account_id for row in rows]
        posted = ledger.balances_on(session, bank_id, ids, day)
        rows = [row._replace(posted=posted[row.account_id]) for row in rows]
    held = [row for row in rows if row.posted]
    return {
        "on": day,
        "accounts": [
            {
                "account_id": row.account_id,
                "code": row.code,
                "name": chart.name_of(row.account_id, row.code),
                "unit": row.unit,
                "debit": row.debit,
                "credit": row.credit,
            }
            for row in held
        ],
        "sums": [
            {
                "unit": unit,
                "debit": sum(row.debit for row in held if row.unit == unit),
                "credit": sum(row.credit for row in held if row.unit == unit),
            }
            for unit in sorted({row.unit for row in held})
        ],
    }
