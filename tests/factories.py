"""Plain functions that make what a test needs. Each runs inside the caller's transaction."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog import service as catalog
from banksampah.catalog.models import Material, PriceList
from banksampah.deposits import service as deposits
from banksampah.deposits.queries import Recorded
from banksampah.members import service as members
from banksampah.members.models import Member

MakeAct = Callable[..., ledger.Act]


def make_member(
    session: Session, act: ledger.Act, name: str = "Siti Aminah", **profile: Any
) -> Member:
    """An open household with the next free number."""
    return members.open_member(session, act, name=name, **profile)


def make_material(
    session: Session,
    act: ledger.Act,
    code: str = "KT1",
    name: str = "Kardus",
    unit: str = "kg",
    **profile: Any,
) -> Material:
    """A kind of waste without a price."""
    return catalog.add_material(session, act, code=code, name=name, unit=unit, **profile)


def set_price(
    session: Session,
    act: ledger.Act,
    material: Material,
    price_idr: int | None,
    valid_from: date = date(2026, 1, 1),
    price_class: str = "umum",
) -> PriceList:
    """One price from a day on."""
    return catalog.set_prices(
        session,
        act,
        valid_from=valid_from,
        prices=[catalog.NewPrice(material.id, price_idr, price_class)],
    )


def stocked_material(
    session: Session,
    act: ledger.Act,
    name: str = "Kardus",
    *,
    unit: str = "kg",
    bought: int = 0,
    donated: int = 0,
    value_idr: int = 0,
) -> Material:
    """A material with goods in the shed: an opening balance, without households or prices."""
    from banksampah.catalog.service import add_material  # noqa: PLC0415

    code = "".join(name.upper().split())[:12]
    material = add_material(session, act.step("material"), code=code, name=name, unit=unit)
    lay_in(session, act, material, bought=bought, donated=donated, value_idr=value_idr)
    return material


def lay_in(
    session: Session,
    act: ledger.Act,
    material: Material,
    *,
    bought: int = 0,
    donated: int = 0,
    value_idr: int = 0,
) -> int:
    """More goods of *material*, as opening stock."""
    unit = material.ledger_unit
    legs = [
        ledger.Leg(material.value_account_id, "IDR", value_idr),
        ledger.Leg(ledger.chart.OPENING, "IDR", -value_idr),
        ledger.Leg(material.bought_account_id, unit, bought),
        ledger.Leg(material.donated_account_id, unit, donated),
        ledger.Leg(ledger.chart.flow("opening", unit), unit, -(bought + donated)),
    ]
    step = act.step(f"lay-in-{material.id}")
    return ledger.post(session, step, "stock.opening", {"material_id": material.id}, legs)


def give_money(session: Session, act: ledger.Act, amount_idr: int) -> int:
    """Cash in the box, as an opening balance."""
    legs = [
        ledger.debit(ledger.chart.CASH, amount_idr),
        ledger.credit(ledger.chart.OPENING, amount_idr),
    ]
    return ledger.post(session, act.step("cash"), "cash.opening", {"amount_idr": amount_idr}, legs)


def weighed(*pairs: tuple[Material, int]) -> list[Any]:
    """Lines of a deposit: `weighed((kardus, 2350), (pet, 1200))`."""
    return [{"material_id": material.id, "quantity": quantity} for material, quantity in pairs]


def priced_material(
    session: Session,
    act: ledger.Act,
    code: str,
    name: str,
    price_idr: int | None,
    unit: str = "kg",
    **profile: Any,
) -> Material:
    """A kind of waste with a price since 1 January 2026 (None: unset)."""
    material = make_material(session, act.step("material"), code, name, unit, **profile)
    set_price(session, act.step("price"), material, price_idr)
    return material


def make_deposit(
    session: Session, act: ledger.Act, member: Member, *pairs: tuple[Material, int], **terms: Any
) -> Recorded:
    """What a household brought."""
    return deposits.record_deposit(
        session, act, member_id=member.id, lines=weighed(*pairs), **terms
    )


def give_savings(session: Session, act: ledger.Act, member: Member, amount_idr: int) -> int:
    """Savings of a household and the same cash in the box, as an import of balances from before;
    that of a household which is there already opens none."""
    legs = [
        ledger.debit(ledger.chart.CASH, amount_idr),
        ledger.credit(member.savings_account_id, amount_idr),
    ]
    step = act.step(f"savings-{member.id}")
    facts = {"amount_idr": amount_idr}
    return ledger.post(session, step, "member.import", facts, legs, body={"members": []})
