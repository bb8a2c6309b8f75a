"""Kinds of waste: add one with its stock accounts, change one, retire one."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.guess import classes_of, free_code
from banksampah.catalog.models import UNITS, Material
from banksampah.catalog.queries import find_material_by_code, get_material
from banksampah.db import next_id
from banksampah.errors import Conflict, Refused


class MaterialProfile(TypedDict, total=False):
    """What is said of a material beside its code, name, unit. Classes left out are guessed."""

    category: str
    grade: str
    family: str | None
    reporting_class: str | None
    sipsn_class: str | None
    equivalent_g: int | None
    hazardous: bool | None
    usual_max_g: int | None
    aliases: str


class MaterialChanges(MaterialProfile, total=False):
    """What may change later. The unit never does: its stock accounts are kept in it."""

    code: str
    name: str
    retired_on: date | None


class CodeTaken(Conflict):
    """Another material has this code."""

    code = "code_taken"

    def __init__(self, code: str, name: str):
        super().__init__(f"Kode {code} sudah dipakai untuk {name}. Pakai kode lain.", field="code")


class KgNeedsNoEquivalent(Refused):
    """What is weighed in kilograms weighs what it weighs."""

    code = "kg_needs_no_equivalent"

    def __init__(self) -> None:
        super().__init__(
            "Berat satuan hanya untuk buah dan liter. Kosongkan.", field="equivalent_g"
        )


class StockLeft(Refused):
    """A material with goods in stock cannot be retired."""

    code = "stock_left"

    def __init__(self, name: str):
        super().__init__(
            f"{name} masih ada di gudang. Jual atau sesuaikan stoknya dulu.", field="retired_on"
        )


def add_material(
    session: Session,
    act: ledger.Act,
    *,
    code: str | None,
    name: str,
    unit: str,
    **profile: Unpack[MaterialProfile],
) -> Material:
    """Take a new kind of waste in, and open its stock accounts (value, bought, donated).

    Without a *code* the next free one of its category is given.
    """
    facts = {"code": code, "name": name, "unit": unit, **profile}
    if (seq := ledger.replay(session, act, "material.add", facts)) is not None:
        return session.scalars(select(Material).filter_by(bank_id=act.bank_id, added_seq=seq)).one()
    code = _code(session, act.bank_id, code, profile.get("category", ""))
    _refuse_equivalent(unit, profile.get("equivalent_g"))
    material_id = next_id(session, Material, act.bank_id)
    body = {"material_id": material_id, "code": code, "unit": unit}
    seq = ledger.post(session, act, "material.add", facts, body=body)
    new = NewMaterial(material_id, code, name, unit, profile)
    return create_materials(session, act.bank_id, seq, [new])[0]


class NewMaterial(NamedTuple):
    """A material to be written: its id is settled already."""

    material_id: int
    code: str
    name: str
    unit: str
    profile: MaterialProfile


def create_materials(
    session: Session, bank_id: int, seq: int, new: Sequence[NewMaterial]
) -> list[Material]:
    """Write the materials that entry *seq* adds, and open three stock accounts for each."""
    accounts = [account for one in new for account in _accounts(one)]
    ids = iter(ledger.open_accounts(session, bank_id, accounts) if accounts else [])
    made = [
        Material(
            bank_id=bank_id,
            id=one.material_id,
            code=one.code,
            name=one.name,
            unit=one.unit,
            added_seq=seq,
            value_account_id=next(ids),
            bought_account_id=next(ids),
            donated_account_id=next(ids),
            **_with_guesses(one.name, one.profile),
        )
        for one in new
    ]
    session.add_all(made)
    session.flush()
    return made


def _accounts(one: NewMaterial) -> list[tuple[str, str, str, bool]]:
    """Value of what was bought; grams (pieces, millilitres) bought and donated. None below zero."""
    number, unit = one.material_id, UNITS[one.unit]
    return [
        (f"1300.{number}.B", "IDR", "debit", True),
        (f"S.{number}.B", unit, "debit", True),
        (f"S.{number}.D", unit, "debit", True),
    ]


def change_material(
    session: Session, act: ledger.Act, *, material_id: int, **changes: Unpack[MaterialChanges]
) -> Material:
    """Change what is said of a material. Deposits of before keep what they were recorded with."""
    asked: dict[str, Any] = dict(changes)
    retired_on = asked.get("retired_on")
    facts = {
        "material_id": material_id,
        **asked,
        **({"retired_on": retired_on.isoformat()} if retired_on else {}),
    }
    if ledger.replay(session, act, "material.change", facts) is not None:
        return get_material(session, act.bank_id, material_id)
    material = get_material(session, act.bank_id, material_id)
    if not asked:
        return material
    if "code" in asked:
        asked["code"] = normal_code(asked["code"])
        if asked["code"] != material.code:
            _refuse_taken(session, act.bank_id, asked["code"])
    _refuse_equivalent(material.unit, asked.get("equivalent_g"))
    if retired_on is not None:
        _refuse_stock(session, material)
    body = {"material_id": material_id, "fields": sorted(asked)}
    ledger.post(session, act, "material.change", facts, body=body)
    for field, value in asked.items():
        if value is not None or field in ("equivalent_g", "usual_max_g", "retired_on"):
            setattr(material, field, value)
    session.flush()
    return material


def normal_code(code: str) -> str:
    """Codes are spoken and typed in a hurry: no blanks, capital letters."""
    return "".join(code.split()).upper()


def _code(session: Session, bank_id: int, code: str | None, category: str) -> str:
    if code is None:
        return free_code(
            category, set(session.scalars(select(Material.code).filter_by(bank_id=bank_id)))
        )
    code = normal_code(code)
    _refuse_taken(session, bank_id, code)
    return code


def _refuse_taken(session: Session, bank_id: int, code: str) -> None:
    if (other := find_material_by_code(session, bank_id, code)) is not None:
        raise CodeTaken(code, other.name)


def _refuse_equivalent(unit: str, equivalent_g: int | None) -> None:
    if unit == "kg" and equivalent_g is not None:
        raise KgNeedsNoEquivalent


def _refuse_stock(session: Session, material: Material) -> None:
    accounts = [
        material.value_account_id, material.bought_account_id, material.donated_account_id,
    ]  # fmt: skip
    if any(
        balance.posted for balance in ledger.balances(session, material.bank_id, accounts).values()
    ):
        raise StockLeft(material.name)


def _with_guesses(name: str, profile: MaterialProfile) -> dict[str, Any]:
    guess = classes_of(profile.get("category", ""), name)._asdict()
    return guess | {field: value for field, value in profile.items() if value is not None}
