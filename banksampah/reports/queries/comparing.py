"""What was weighed in against what was sold: a made-up deposit is a weight nobody ever finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.queries import setting
from banksampah.catalog.models import Material
from banksampah.catalog.queries import materials
from banksampah.reports.queries.month import (
    BROUGHT,
    SALE,
    Moved,
    Sold,
    moved_between,
    sold_between,
)

LOSS = "stock_loss_percent"


@dataclass(frozen=True, slots=True)
class Compared:
    """One material over a period: opening + weighed in − sold − lost = what the books have left.

    *sold* is what buyers found on their scales; *lost* what they did not find and counts took away,
    below nothing where more was found than was weighed in.
    """

    material: Material
    goods: Moved
    sold: int
    loss_max_percent: int

    @property
    def lost(self) -> int:
        return self.goods.went - self.sold - self.goods.other

    @property
    def there(self) -> int:
        """All that could be sold."""
        return self.goods.opening + self.goods.came

    @property
    def lost_share(self) -> str:
        """What was lost, or found, of what could be sold: `12,5 %`; empty where there was none."""
        if self.there <= 0 or not self.lost:
            return ""
        permille = (abs(self.lost) * 1_000 + self.there // 2) // self.there
        return f"{permille // 10},{permille % 10} %"

    @property
    def is_far(self) -> bool:
        """Whether more was lost, or found, than the bank calls usual."""
        return abs(self.lost) * 100 > self.loss_max_percent * max(self.there, 0)


def compared(session: Session, bank_id: int, since: date, until: date) -> Sequence[Compared]:
    """Materials that lay there or moved; those far from what is usual first."""
    goods = materials(session, bank_id, retired=True)
    ids = [account for m in goods for account in (m.bought_account_id, m.donated_account_id)]
    opening = ledger.balances_on(session, bank_id, ids, since - timedelta(days=1))
    moved = ledger.moved(session, bank_id, ids, since, until)
    sold = sold_between(session, bank_id, since, until)
    loss_max_percent = int(setting(session, bank_id, LOSS))
    found = [
        Compared(
            material,
            moved_between(
                opening, moved, [material.bought_account_id, material.donated_account_id],
                BROUGHT, SALE,
            ),
            sold.get(material.id, Sold()).quantity,
            loss_max_percent,
        )
        for material in goods
    ]  # fmt: skip
    return sorted((row for row in found if any(row.goods)), key=lambda row: not row.is_far)
