"""A bank's winter, lived through the real verbs: what reports and exports are tested on.

From 21 November 2026 to 14 February 2027: three households and a school, four materials (one by
the piece, one by the litre), back-dated and late weighings, corrections, sales with proceeds
divided, approved and rejected, withdrawals in every state, and November closed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.models import Material
from banksampah.clock import day_in
from banksampah.db import transaction
from banksampah.deposits import service as deposits
from banksampah.deposits.models import SEDEKAH
from banksampah.ledger import Act
from banksampah.members.models import Member
from banksampah.sales import service as sales
from banksampah.sales.models import Sale
from banksampah.sales.service import Cost, Sold
from banksampah.splits import queries as split_queries
from banksampah.splits import service as splits
from banksampah.withdrawals import service as withdrawals
from tests.conftest import NOW
from tests.factories import give_money, make_deposit, make_member, priced_material

Acts = Callable[..., Act]
OTHER_TREASURER = 2
JARS = {"family": "glass", "reporting_class": "glass", "sipsn_class": "KC", "equivalent_g": 400}


@dataclass
class Winter:
    """What there is at the end."""

    siti: Member
    budi: Member
    school: Member
    cardboard: Material
    bottles: Material
    oil: Material
    jars: Material
    approved_seq: int
    pending_seq: int


class Days:
    """Acts of the days to come: `days.act(7)` is a week after *first*, a minute later each time."""

    def __init__(self, acts: Acts, first: datetime):
        self._acts = acts
        self._first = self._at = first

    def act(self, day: int, actor_id: int = 1) -> Act:
        self._at = max(self._at + timedelta(minutes=1), self._first + timedelta(days=day))
        return self._acts(today=self.on(day), at=self._at, actor_id=actor_id)

    def on(self, day: int) -> date:
        """The date *day* days after the first."""
        return day_in("Asia/Jakarta", self._first) + timedelta(days=day)


def live_a_winter(acts: Acts, first: datetime = NOW) -> Winter:
    """Each business event in a transaction of its own, as the service does it."""
    days = Days(acts, first)
    with transaction(1) as session:
        winter = _open(session, days)
    for week in range(12):
        _weigh(winter, days, week)
    with transaction(1) as session:
        late = days.act(84)
        made = make_deposit(session, late, winter.siti, (winter.cardboard, 1_005))
    with transaction(1) as session:
        deposits.reverse_deposit(session, days.act(84), seq=made.seq, reason="wrong_member")
    _sell(winter, days)
    _withdraw(winter, days)
    return winter


def _open(session: Session, days: Days) -> Winter:
    give_money(session, days.act(0), 2_000_000)
    splits.open_funds(session, days.act(0))
    return Winter(
        make_member(session, days.act(0), "Siti Aminah", rt="03"),
        make_member(session, days.act(0), "Budi Santoso", rt="01"),
        make_member(session, days.act(0), "SDN Kebonsari 1", kind="school"),
        priced_material(session, days.act(0), "KT1", "Kardus", 1_750, family="paper"),
        priced_material(session, days.act(0), "PL3", "Botol PET", 3_330, family="plastic"),
        priced_material(session, days.act(0), "MJ", "Minyak jelantah", 5_500, "litre"),
        priced_material(session, days.act(0), "BT", "Botol kecap", 450, "pcs", **JARS),
        0,
        0,
    )


def _weigh(winter: Winter, days: Days, week: int) -> None:
    for number, member in enumerate((winter.siti, winter.budi, winter.school)):
        brought = [
            (winter.cardboard, 2_350 + 111 * week + 7 * number),
            (winter.bottles, 1_045 + 13 * number),
        ]
        if number == 1:
            brought.append((winter.oil, 1_500))
        if number == 2:
            brought.append((winter.jars, 3 + week))
        terms: dict[str, object] = {"weighed_on": _weighed_on(days, week, number)}
        if number == 2 and week % 3 == 0:
            terms["kind"] = SEDEKAH
        with transaction(1) as session:
            make_deposit(session, days.act(7 * week), member, *brought, **terms)
    if week == 5:
        first_month_end = days.on(0).replace(day=28) + timedelta(days=4)
        with transaction(1) as session:
            act = days.act(7 * week)
            ledger.close_period(session, act, first_month_end - timedelta(first_month_end.day))


def _weighed_on(days: Days, week: int, number: int) -> date | None:
    """Mostly the day itself; some weighings were on paper first."""
    if number == 1 and week in {2, 5, 9}:
        return days.on(7 * week - 6)
    return None


def _sell(winter: Winter, days: Days) -> None:
    first = _sale(days, 84, Sold(winter.cardboard.id, 50_000, 2_600), cost_idr=15_000)
    second = _sale(days, 84, Sold(winter.bottles.id, 20_000, 5_000, our_quantity=20_150))
    with transaction(1) as session:
        [split] = split_queries.splits_of_sale(session, 1, first.seq)
        approver = days.act(85, OTHER_TREASURER)
        seen = split_queries.lines_hash(split)
        splits.approve(session, approver, split_seq=split.seq, seen=seen)
        winter.approved_seq = split.seq
    with transaction(1) as session:
        [split] = split_queries.splits_of_sale(session, 1, second.seq)
        act = days.act(85, OTHER_TREASURER)
        splits.reject(session, act, split_seq=split.seq, reason="untuk kas RW dulu")
    with transaction(1) as session:
        again = splits.propose_again(
            session, days.act(85), split_seq=split.seq, reason="seperti aturan"
        )
        winter.pending_seq = again.seq


def _sale(days: Days, day: int, *lines: Sold, cost_idr: int = 0) -> Sale:
    with transaction(1) as session:
        return sales.record_sale(
            session,
            days.act(day),
            sold_on=days.on(day),
            paid_with="cash",
            buyer_name="Lapak Jaya",
            lines=lines,
            costs=[Cost("transport", cost_idr)] if cost_idr else [],
        )


def _withdraw(winter: Winter, days: Days) -> None:
    for amount_idr, decide in ((50_000, "pay"), (20_000, "refuse"), (10_000, "")):
        with transaction(1) as session:
            asked = withdrawals.request_withdrawal(
                session, days.act(85), member_id=winter.siti.id, amount_idr=amount_idr
            )
        with transaction(1) as session:
            if decide == "pay":
                withdrawals.pay_withdrawal(session, days.act(85), seq=asked.seq)
            if decide == "refuse":
                withdrawals.refuse_withdrawal(
                    session, days.act(85), seq=asked.seq, reason="datang sendiri"
                )
