"""The collector's visits of the simulated year: sales, and what is decided about their splits."""

from datetime import date
from typing import TYPE_CHECKING

from banksampah.catalog import queries as catalog
from banksampah.sales import service as sales
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from banksampah.stock.queries import OnHand

if TYPE_CHECKING:
    from banksampah.demo.year import Year

BUYERS = (("UD Rongsok Jaya", "collector"), ("Bank Sampah Induk", "parent_bank"))
WAITING_SINCE = date(2026, 10, 20)
"""From this day on nothing is decided: the newest split of each bank waits to be reviewed."""


class Market:
    """Sells what lies there once a month, and has the chair decide about the split."""

    def __init__(self, year: "Year"):
        self.year = year
        self.visits_count = 0

    def sell_all(self) -> None:
        """The collector takes all that is there; his scale shows a little less than ours."""
        year = self.year
        lines = [self._sold(item) for item in year.on_hand() if item.quantity]
        if not lines:
            return
        self.visits_count += 1
        name, _kind = BUYERS[self.visits_count % 3 == 0]
        sales.record_sale(
            year.session,
            year.act(year.staff.treasurer),
            sold_on=year.day,
            paid_with="cash",
            lines=lines,
            buyer_name=name,
            note_number=f"N-{self.visits_count:03}",
            costs=[sales.Cost("transport", 25_000)] if self.visits_count > 1 else [],
        )

    def _sold(self, item: OnHand) -> sales.Sold:
        year = self.year
        price = catalog.prices_on(
            year.session, year.bank.bank_id, year.day, year.plan.price_class
        ).get(item.material.id)
        better = (price or 0) * year.chance.randint(118, 140) // 100 // 25 * 25
        per_mille = 0 if item.material.unit == "pcs" else year.chance.randint(0, 12)
        light = item.quantity * per_mille // 1000
        return sales.Sold(
            item.material.id,
            buyer_quantity=item.quantity - light,
            price_idr=max(better, price or 0),
            our_quantity=item.quantity,
        )

    def decide(self) -> None:
        """The chair approves what waits; the third of the year is first sent back once."""
        year = self.year
        if year.day >= WAITING_SINCE:
            return
        for split in split_queries.splits(year.session, year.bank.bank_id, pending=True):
            if self.visits_count == 3:
                splits.reject(
                    year.session, year.act(year.staff.chair), split_seq=split.seq,
                    reason="Ongkos angkut belum dicocokkan dengan nota",
                )  # fmt: skip
                split = splits.propose_again(  # noqa: PLW2901 – the new one is what is decided
                    year.session, year.act(year.staff.treasurer), split_seq=split.seq,
                    reason="Nota sudah cocok",
                )  # fmt: skip
            splits.approve(
                year.session, year.act(year.staff.chair), split_seq=split.seq,
                seen=split_queries.lines_hash(split),
            )  # fmt: skip
