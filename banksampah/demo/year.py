"""A plausible year of one bank, by the verbs that people use: weigh, sell, split, pay, correct."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks import service as banks
from banksampah.banks.models import Bank
from banksampah.catalog import queries as catalog
from banksampah.catalog import service as catalog_service
from banksampah.catalog.models import Material
from banksampah.demo.calendar import (
    all_days,
    closable,
    instant,
    is_closing_day,
    is_market_day,
    opening_days,
)
from banksampah.demo.lists import first_list, later_list
from banksampah.demo.market import Market
from banksampah.demo.people import ROLES, Staff
from banksampah.demo.plans import FIRST_DAY, GROUPS, STREETS, Plan
from banksampah.deposits import service as deposits
from banksampah.members import service as members
from banksampah.members.models import Member
from banksampah.splits import service as splits
from banksampah.staff import service as staff_service
from banksampah.stock import queries as stock
from banksampah.withdrawals import service as withdrawals

HOUSEHOLDS_COUNT = 120
COMMON_MATERIALS = 14


class Year:
    """One bank being simulated: its people, its goods, and a source of chance of its own."""

    def __init__(self, session: Session, plan: Plan, seed: int, staff: Staff):
        self.session, self.plan, self.staff = session, plan, staff
        self.chance = Random(f"{seed}:{plan.slug}")
        self.steps = 0
        self.minutes = 0
        self.day = FIRST_DAY
        self.bank = banks.open_bank(session, at=instant(FIRST_DAY, 0), slug=plan.slug,
                                    **plan.profile)  # fmt: skip
        self.members: list[Member] = []
        self.cause_ids: list[int] = []
        self.offered: Sequence[Material] = []
        self.market = Market(self)

    def act(self, actor_id: int) -> ledger.Act:
        """The next act, a minute or two after the last one."""
        self.steps += 1
        self.minutes += self.chance.randint(1, 3)
        at = instant(self.day, self.minutes)
        return ledger.Act(self.bank.bank_id, f"demo-{self.steps}", actor_id, at, self.day)

    def run(self) -> Bank:
        """Live through the year, day by day."""
        self._set_up()
        openings = set(opening_days())
        changes = dict(self.plan.price_changes)
        for day in all_days():
            self.day, self.minutes = day, 0
            if is_closing_day(day):
                ledger.close_period(self.session, self.act(self.staff.chair), closable(day))
            if day in changes:
                self._change_prices(changes[day])
            if day in openings:
                self._opening_day()
            if is_market_day(day):
                self.market.sell_all()
            if day.day == 25:
                self.market.decide()
                self._pay_out()
        return self.bank

    def _set_up(self) -> None:
        for user_id, (_login, _name, role) in zip(self.staff, ROLES, strict=True):
            staff_service.grant_role(
                self.session, self.act(self.staff.chair), user_id=user_id, role=role
            )
        for name, value in self.plan.settings.items():
            banks.set_setting(self.session, self.act(self.staff.chair), name, value)
        catalog_service.import_price_list(
            self.session,
            self.act(self.staff.treasurer),
            rows=first_list(self.plan.price_list),
            valid_from=FIRST_DAY,
            price_class=self.plan.price_class,
            source=self.plan.price_list,
        )
        self._set_rules()
        self._open_members()

    def _set_rules(self) -> None:
        if self.plan.preset:
            act = self.act(self.staff.treasurer)
            splits.apply_preset(self.session, act, preset=self.plan.preset, valid_from=FIRST_DAY)
            return
        for name, purpose in self.plan.causes:
            fund = splits.open_fund(
                self.session, self.act(self.staff.treasurer), name=name, purpose=purpose,
                kind="cause",
            )  # fmt: skip
            self.cause_ids.append(fund.id)
        catalog_service.set_share_rule(
            self.session, self.act(self.staff.treasurer), valid_from=FIRST_DAY, share_ppm=0
        )
        halves = [(cause_id, 1_000_000 // len(self.cause_ids)) for cause_id in self.cause_ids]
        splits.set_rule(
            self.session,
            self.act(self.staff.treasurer),
            name="Seluruh hasil untuk yang dituju",
            stock_origin="any",
            valid_from=FIRST_DAY,
            lines=halves,
        )

    def _open_members(self) -> None:
        for place in range(HOUSEHOLDS_COUNT):
            rt, house = f"{place % 6 + 1:02}", str(place // 6 + 1)
            self._open(f"Keluarga {STREETS[place % 6]} {house}", "household", rt, house)
        for name, kind in GROUPS:
            self._open(name, kind, "01", "")

    def _open(self, name: str, kind: str, rt: str, house_no: str) -> None:
        self.members.append(
            members.open_member(
                self.session,
                self.act(self.staff.operator),
                name=name,
                number=f"{len(self.members) + 1:04}",
                kind=kind,
                rt=rt,
                rw=self.plan.profile.get("rw", ""),
                house_no=house_no,
            )
        )

    def _change_prices(self, percent: int) -> None:
        bank_id = self.bank.bank_id
        now = catalog.prices_on(self.session, bank_id, self.day, self.plan.price_class)
        catalog_service.set_prices(
            self.session,
            self.act(self.staff.treasurer),
            valid_from=self.day,
            prices=later_list(now, percent, self.plan.price_class),
            source=f"Harga baru {self.day:%d/%m/%Y}",
        )

    def _opening_day(self) -> None:
        self.offered = self._offered()
        coming = self.chance.sample(self.members, self.chance.randint(34, 52))
        for member in coming:
            deposit = self._weigh(member)
            if self.chance.random() < 0.01:  # weighed for the wrong household: undone at once
                deposits.reverse_deposit(
                    self.session, self.act(self.staff.operator), seq=deposit.seq,
                    reason="wrong_member", note="Tertukar dengan tetangga",
                )  # fmt: skip
                self._weigh(self.chance.choice(self.members))

    def _weigh(self, member: Member) -> Any:
        terms: dict[str, Any] = {}
        if self.chance.randrange(1_000_000) < self.plan.sedekah_ppm:
            terms["kind"] = "sedekah"
            if self.cause_ids:
                terms["cause_fund_id"] = self.chance.choice(self.cause_ids)
        return deposits.record_deposit(
            self.session,
            self.act(self.staff.operator),
            member_id=member.id,
            lines=self._lines(),
            **terms,
        )

    def _lines(self) -> list[Any]:
        chosen = self.chance.sample(self.offered, self.chance.randint(1, 4))
        return [
            {"material_id": material.id, "quantity": self._quantity(material)}
            for material in sorted(chosen, key=lambda m: m.id)
        ]

    def _quantity(self, material: Material) -> int:
        if material.unit == "pcs":
            return self.chance.randint(1, 12)
        return self.chance.randint(3, 120) * 50  # scales show steps of 50 g

    def _offered(self) -> Sequence[Material]:
        """What most households bring: the first priced materials of the list."""
        bank_id = self.bank.bank_id
        prices = catalog.prices_on(self.session, bank_id, self.day, self.plan.price_class)
        known = catalog.materials(self.session, bank_id)
        return [material for material in known if prices.get(material.id)][:COMMON_MATERIALS]

    def _pay_out(self) -> None:
        """Some savers ask for money; the last request of the year still waits."""
        if self.day < date(2026, 2, 1):
            return
        cash = ledger.balance(self.session, self.bank.bank_id, ledger.chart.CASH).available
        for member in self.chance.sample(self.members, 6):
            saved = ledger.balance(
                self.session, self.bank.bank_id, member.savings_account_id
            ).available
            amount = saved * self.chance.randint(3, 9) // 10 // 1_000 * 1_000
            if not 10_000 <= amount <= cash:
                continue
            cash -= amount
            asked = withdrawals.request_withdrawal(
                self.session, self.act(self.staff.operator), member_id=member.id,
                amount_idr=amount, method="cash",
            )  # fmt: skip
            if self.day < date(2026, 10, 1):
                withdrawals.pay_withdrawal(
                    self.session, self.act(self.staff.treasurer), seq=asked.seq
                )

    def on_hand(self) -> Any:
        """What lies in stock now."""
        return stock.on_hand(self.session, self.bank.bank_id)
