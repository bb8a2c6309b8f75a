"""Reads of banks and of the settings in force."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank, BankSetting
from banksampah.errors import NotFound

DEFAULTS: dict[str, bool | int | str] = {
    "approval_limit_split_idr": 0,
    "approval_limit_withdrawal_idr": 500_000,
    "one_person_only": False,
    "withdrawal_minimum_idr": 0,
    "minimum_balance_idr": 0,
    "withdrawal_lapse_days": 14,
    "default_price_class": "umum",
    "backdate_days_max": 31,
    "code_required": False,
    "phone_day_cap_idr": 10_000_000,
    "stock_loss_percent": 5,
}
"""Every setting a bank may make, with what holds until it does. The type is the default's."""


_NEWEST = (  # composed once: composing it costs more than asking
    select(BankSetting.value, BankSetting.seq)
    .where(BankSetting.bank_id == bindparam("bank_id"), BankSetting.name == bindparam("name"))
    .order_by(BankSetting.seq.desc())
    .limit(1)
)


class BankUnknown(NotFound):
    code = "bank_unknown"

    def __init__(self) -> None:
        super().__init__("Bank ini tidak ada di sini.")


class InForce(NamedTuple):
    """A setting's value and the entry that made it; None while the default holds."""

    value: Any
    seq: int | None


def get_bank(session: Session, bank_id: int) -> Bank:
    """The bank, or BankUnknown."""
    bank = session.get(Bank, bank_id)
    if bank is None:
        raise BankUnknown()
    return bank


def find_bank_by_slug(session: Session, slug: str) -> Bank | None:
    """The bank whose pages live under /b/<slug>/."""
    return session.scalar(select(Bank).where(Bank.slug == slug))


def all_banks(session: Session) -> list[Bank]:
    """Every bank of the installation, by name."""
    return list(session.scalars(select(Bank).order_by(Bank.name, Bank.bank_id)))


def setting(session: Session, bank_id: int, name: str) -> Any:
    """The value of *name* in force in this bank."""
    return setting_in_force(session, bank_id, name).value


def setting_in_force(session: Session, bank_id: int, name: str) -> InForce:
    """The value in force and the entry that made it: the authority of an automatic approval."""
    newest = session.execute(_NEWEST, {"bank_id": bank_id, "name": name}).first()
    return InForce(DEFAULTS[name], None) if newest is None else InForce(newest.value, newest.seq)


def settings_in_force(session: Session, bank_id: int) -> dict[str, InForce]:
    """Every setting in force, by name."""
    made = session.execute(
        select(BankSetting.name, BankSetting.value, BankSetting.seq)
        .where(BankSetting.bank_id == bank_id)
        .order_by(BankSetting.seq)
    )
    found = {name: InForce(default, None) for name, default in DEFAULTS.items()}
    for row in made:
        found[row.name] = InForce(row.value, row.seq)
    return found
