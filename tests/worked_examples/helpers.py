"""What the three stories share: a bank from its profile, a typed scale, a printed list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.banks.service import open_bank
from banksampah.catalog import service as catalog
from banksampah.catalog.models import Material
from banksampah.db import transaction
from banksampah.demo.lists import first_list
from banksampah.demo.plans import PLANS
from banksampah.deposits import service as deposits
from banksampah.deposits.models import Deposit
from banksampah.members import service as members
from banksampah.members.models import Member
from banksampah.money import parse_weight_g

TREASURER, CHAIR = 2, 3
SEPTEMBER = date(2026, 9, 1)


@dataclass
class Story:
    """A bank whose day is told line by line."""

    session: Session
    bank: Bank
    steps: int = 0
    today: date = date(2026, 9, 5)

    def act(self, actor_id: int = TREASURER) -> ledger.Act:
        self.steps += 1
        return ledger.Act(
            self.bank.bank_id, f"story-{self.steps}", actor_id, self.now(), self.today
        )

    def now(self) -> datetime:
        """Five past nine in Jakarta."""
        return datetime.combine(self.today, time(2, 5), UTC)

    def do(self, verb: Callable[..., Any], *, actor_id: int = TREASURER, **asked: Any) -> Any:
        """One verb, one transaction, as a page would run it."""
        act = self.act(actor_id)
        with transaction(self.bank.bank_id) as session:
            return verb(session, act, **asked)

    def read(self) -> Session:
        """The session, seeing this bank."""
        self.session.rollback()
        return self.session

    def import_prices(self, file_name: str, price_class: str = "umum") -> None:
        self.do(
            catalog.import_price_list,
            rows=first_list(file_name),
            valid_from=SEPTEMBER,
            price_class=price_class,
            source=file_name,
        )

    def open(self, *names: str) -> list[Member]:
        return [self.do(members.open_member, name=name) for name in names]

    def weigh(self, member: Member, scale: dict[str, str], **terms: Any) -> Deposit:
        """What the operator types: code → kilograms with a comma, or pieces."""
        lines = []
        for code, typed in scale.items():
            material = self.material(code)
            quantity = int(typed) if material.unit == "pcs" else parse_weight_g(typed)
            lines.append({"material_id": material.id, "quantity": quantity})
        return self.do(deposits.record_deposit, member_id=member.id, lines=lines, **terms)

    def material(self, code: str) -> Material:
        return (
            self.read()
            .scalars(select(Material).filter_by(bank_id=self.bank.bank_id, code=code))
            .one()
        )

    def posted(self, account_id: int) -> int:
        return ledger.balance(self.read(), self.bank.bank_id, account_id).posted


def begin(session: Session, slug: str) -> Story:
    """Open the bank of the plan *slug*, and nothing more."""
    plan = next(plan for plan in PLANS if plan.slug == slug)
    with transaction() as opened:
        bank = open_bank(
            opened, at=datetime(2026, 9, 1, 2, 5, tzinfo=UTC), slug=slug, **plan.profile
        )
    session.info["bank_id"] = bank.bank_id
    return Story(session, bank)
