"""The phone's provisions ("bekal"): what weighing needs, and nothing of anybody beyond that."""

import hashlib
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.banks.queries import setting
from banksampah.catalog.models import Price
from banksampah.catalog.queries import materials, price_versions, prices_on, share_days, share_on
from banksampah.db import canonical_json
from banksampah.desk.models import Device, Suspense
from banksampah.desk.queries import pins
from banksampah.members.models import DELIVERIES, KINDS, Member
from banksampah.staff.queries import staff_of

DAYS_AHEAD = 30
WEIGHING_ROLES = {"operator", "treasurer", "chair"}


def snapshot(session: Session, bank: Bank, device: Device, today: date) -> dict[str, Any]:
    """Bank, people who weigh, households, materials and prices of the next thirty days.

    No phone numbers, addresses beyond the house number, or notes. Lists, not objects: a phone
    stores 400 households in a few kilobytes.
    """
    parts = {
        "bank": {
            "id": bank.bank_id, "slug": bank.slug, "name": bank.name,
            "short_note": bank.short_note, "zone": bank.zone,
        },
        "device": {"name": device.name, "epoch": device.epoch},
        "operators": _operators(session, bank.bank_id),
        "members": _members(session, bank.bank_id),
        "materials": _materials(session, bank.bank_id),
        "prices": _prices(session, bank.bank_id, today),
        "price_versions": _price_versions(session, bank.bank_id, today),
        "shares": _shares(session, bank.bank_id, today),
        "shares_to_come": _shares_to_come(session, bank.bank_id, today),
        "matched": _matched(session, bank.bank_id),
        "default_price_class": setting(session, bank.bank_id, "default_price_class"),
        "today": today.isoformat(),
    }  # fmt: skip
    version = hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:16]
    return {"service": "bank-sampah", "version": version, **parts}


def _operators(session: Session, bank_id: int) -> list[dict[str, Any]]:
    known = pins(session, bank_id)
    return [
        {
            "id": person.user_id,
            "name": person.name,
            "salt": known[person.user_id].salt if person.user_id in known else None,
            "hash": known[person.user_id].pin_hash if person.user_id in known else None,
        }
        for person in staff_of(session, bank_id)
        if WEIGHING_ROLES.intersection(person.roles)
    ]


def _members(session: Session, bank_id: int) -> list[list[Any]]:
    """[id, number, short name, RT, house no., kind, delivery, price class, open, balance]."""
    found = session.scalars(
        select(Member)
        .where(
            Member.bank_id == bank_id,
            Member.merged_into_id.is_(None),
            ~Member.holds_titipan,
        )
        .order_by(Member.number)
    ).all()
    have = ledger.balances(session, bank_id, [member.savings_account_id for member in found])
    return [
        [
            m.id, m.number, m.short_name, m.rt, m.house_no, m.kind, m.delivery,
            m.price_class or "", int(m.is_open), have[m.savings_account_id].available,
        ]
        for m in found
    ]  # fmt: skip


def _matched(session: Session, bank_id: int) -> list[str]:
    """New households that have an account by now, HP02-2-T-03: of every phone, since this browser
    may have been another one."""
    found = session.scalars(
        select(Suspense.provisional)
        .where(
            Suspense.bank_id == bank_id,
            Suspense.provisional.startswith("HP"),
            Suspense.settled_member_id.is_not(None),
        )
        .distinct()
    )
    return sorted(str(code) for code in found)


def _materials(session: Session, bank_id: int) -> list[list[Any]]:
    """[id, name with grade, family, unit, usual greatest weight in grams, other names, retired].

    What is no longer taken is named too: it stands in lists and drafts of the phone, at its price.
    """
    return [
        [m.id, m.label, m.family, m.unit, m.usual_max_g, m.aliases, int(m.retired_on is not None)]
        for m in materials(session, bank_id, retired=True)
    ]


def _prices(session: Session, bank_id: int, today: date) -> list[list[Any]]:
    """[material, class, from, price or null]: what is in force today, then what is to come."""
    classes = session.scalars(select(Price.price_class).filter_by(bank_id=bank_id).distinct())
    now = [
        [material_id, name, today.isoformat(), price]
        for name in sorted(classes)
        for material_id, price in _listed(session, bank_id, today, name)
    ]
    coming = session.execute(
        select(Price.material_id, Price.price_class, Price.valid_from, Price.price_idr)
        .where(
            Price.bank_id == bank_id,
            Price.valid_from > today,
            Price.valid_from <= today + timedelta(days=DAYS_AHEAD),
        )
        .order_by(Price.valid_from, Price.seq)
    )
    return now + [
        [r.material_id, r.price_class, r.valid_from.isoformat(), r.price_idr] for r in coming
    ]


def _price_versions(session: Session, bank_id: int, today: date) -> list[list[Any]]:
    """[from, number]: the price list in force, then those that are to come."""
    until = today + timedelta(days=DAYS_AHEAD)
    found = price_versions(session, bank_id, today, until)
    return [[version.valid_from.isoformat(), version.number] for version in found]


def _listed(
    session: Session, bank_id: int, today: date, price_class: str
) -> list[tuple[int, int | None]]:
    """Prices in force; a material that no list of this class names is left out."""
    named = set(
        session.scalars(
            select(Price.material_id).where(
                Price.bank_id == bank_id,
                Price.price_class == price_class,
                Price.valid_from <= today,
            )
        )
    )
    found = prices_on(session, bank_id, today, price_class)
    return [(material_id, price) for material_id, price in found.items() if material_id in named]


def _shares(session: Session, bank_id: int, day: date) -> list[list[Any]]:
    """[kind of account, delivery, parts per million]: how much of the value is credited."""
    return [
        [kind, delivery, share_on(session, bank_id, day, kind, delivery)]
        for kind in KINDS
        for delivery in DELIVERIES
    ]


def _shares_to_come(session: Session, bank_id: int, today: date) -> list[list[Any]]:
    """[kind of account, delivery, parts per million, from]. Apart from those of today, which is
    all that a desk of before knows how to read."""
    days = share_days(session, bank_id, today, today + timedelta(days=DAYS_AHEAD))
    return [[*row, day.isoformat()] for day in days for row in _shares(session, bank_id, day)]
