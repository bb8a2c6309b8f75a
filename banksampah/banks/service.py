"""The verbs of a bank: open it, change its profile, make a setting. Each is an entry."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import PAPERS, Bank, BankSetting
from banksampah.banks.queries import DEFAULTS, find_bank_by_slug, get_bank, settings_in_force
from banksampah.clock import ZONES, day_in
from banksampah.errors import Conflict, Refused
from banksampah.ledger import Act
from banksampah.money import AMOUNT_MAX

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
PROFILE = (
    "name", "short_note", "address", "rw", "kelurahan", "kecamatan", "city", "paper", "phone",
    "opening_hours",
)  # fmt: skip
MOST = {"withdrawal_lapse_days": 365, "backdate_days_max": 366, "stock_loss_percent": 100}
PRICE_CLASS = re.compile(r"[a-z0-9_-]{1,20}", re.ASCII)


class SlugTaken(Conflict):
    code = "slug_taken"

    def __init__(self, slug: str):
        super().__init__(f"Alamat {slug} sudah dipakai bank lain. Pilih alamat lain.", slug=slug)


class ProfileWrong(Refused):
    code = "profile_wrong"


class SettingWrong(Refused):
    code = "setting_wrong"


def open_bank(session: Session, *, at: datetime, slug: str, name: str, **profile: str) -> Bank:
    """Open a bank with its books: the first entry of its journal is the opening itself.

    Raises SlugTaken, ProfileWrong.
    """
    if not SLUG.fullmatch(slug):
        raise ProfileWrong("Alamat: huruf kecil, angka dan tanda hubung saja.", field="slug")
    if find_bank_by_slug(session, slug):
        raise SlugTaken(slug)
    zone = profile.setdefault("zone", "Asia/Jakarta")
    if zone not in ZONES:
        raise ProfileWrong("Pilih zona Asia/Jakarta, Asia/Makassar atau Asia/Jayapura.",
                           field="zone")  # fmt: skip
    _check_profile({"name": name, **profile})
    bank_id = (session.scalar(select(func.max(Bank.bank_id))) or 0) + 1
    ledger.open_bank(session, bank_id)
    bank = Bank(bank_id=bank_id, slug=slug, name=name, **profile)
    session.add(bank)
    session.flush()
    act = Act(bank_id, "bank.open", 0, at, day_in(zone, at))
    ledger.replay(session, act, "bank.open", {})
    ledger.post(session, act, "bank.open", {}, body={"zone": zone})
    return bank


def change_profile(session: Session, act: Act, **profile: str) -> Bank:
    """Change the bank's name, address, paper, … The entry tells which, not the words themselves."""
    facts = dict(sorted(profile.items()))
    bank = get_bank(session, act.bank_id)
    if ledger.replay(session, act, "bank.change", facts):
        return bank
    _check_profile(profile)
    changed = {name: value for name, value in profile.items() if getattr(bank, name) != value}
    if not changed:
        return bank
    for name, value in changed.items():
        setattr(bank, name, value)
    ledger.post(session, act, "bank.change", facts, body={"fields": sorted(changed)})
    session.flush()
    return bank


def set_setting(session: Session, act: Act, name: str, value: Any) -> int:
    """Make a setting; it holds from its entry on, never backwards. Returns the entry's seq."""
    facts = {"name": name, "value": value}
    if seq := ledger.replay(session, act, "bank.setting", facts):
        return seq
    _check_setting(name, value)
    seq = ledger.post(session, act, "bank.setting", facts, body=facts)
    session.add(BankSetting(bank_id=act.bank_id, seq=seq, name=name, value=value))
    session.flush()
    return seq


def make_settings(session: Session, act: Act, values: dict[str, Any]) -> int:
    """Make those of *values* that differ from what is in force, one entry each; their count."""
    ledger.replay(session, act, "bank.settings", values)  # for its lock: each has its own key
    in_force = settings_in_force(session, act.bank_id)
    changed = {n: v for n, v in sorted(values.items()) if in_force[n].value != v}
    for name, value in changed.items():
        set_setting(session, act.step(name), name, value)
    return len(changed)


def _check_profile(profile: dict[str, str]) -> None:
    for field, value in profile.items():
        if field not in PROFILE and field != "zone":
            raise ProfileWrong(f"Isian {field} tidak dikenal.", field=field)
        if len(value) > (getattr(Bank, field).type.length or 0):
            raise ProfileWrong("Isian ini terlalu panjang. Singkatkan.", field=field)
    if not profile.get("name", "-").strip():
        raise ProfileWrong("Isi nama bank.", field="name")
    if profile.get("paper", "A4") not in PAPERS:
        raise ProfileWrong("Pilih kertas A4 atau F4.", field="paper")


def _check_setting(name: str, value: Any) -> None:
    default = DEFAULTS.get(name)
    if default is None:
        raise SettingWrong(f"Pengaturan {name} tidak dikenal.", field="name")
    if type(value) is not type(default):
        raise SettingWrong("Isi pengaturan ini dengan bentuk yang sama seperti semula.", field=name)
    if type(value) is int and not 0 <= value <= MOST.get(name, AMOUNT_MAX):
        most = MOST.get(name, AMOUNT_MAX)
        raise SettingWrong(f"Isi angka antara 0 dan {most}.", field=name)
    if isinstance(value, str) and not PRICE_CLASS.fullmatch(value):
        raise SettingWrong("Golongan harga: huruf kecil dan angka saja.", field=name)
