"""A small bank on a Saturday: two households, four kinds of waste."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.catalog.models import Material
from banksampah.db import transaction
from banksampah.members.models import Member
from tests.factories import MakeAct, make_member, priced_material


@dataclass(frozen=True)
class Day:
    """Who and what is there."""

    bank_id: int
    siti: Member
    joko: Member
    kardus: Material
    pet: Material
    botol: Material
    minyak: Material
    ban: Material


@pytest.fixture
def day(session: Session, bank: Bank, act: MakeAct) -> Day:
    """Kardus Rp1.800/kg, PET Rp3.500/kg, botol Rp400 a piece, oil Rp5.000/litre, tyres unpriced."""
    with transaction(bank.bank_id) as writing:
        return Day(
            bank.bank_id,
            make_member(writing, act(), "Siti Aminah", rt="03"),
            make_member(writing, act(), "Joko Susilo", rt="02"),
            priced_material(writing, act(), "K1", "Kardus", 1_800, usual_max_g=20_000),
            priced_material(writing, act(), "P1", "Botol PET", 3_500),
            priced_material(writing, act(), "B1", "Botol sirup", 400, "pcs", equivalent_g=600),
            priced_material(writing, act(), "M1", "Minyak jelantah", 5_000, "litre"),
            priced_material(writing, act(), "BN", "Ban bekas", None),
        )


def legs_of(session: Session, seq: int) -> list[str]:
    """The legs of an entry, short: "1300.1.B +4829 IDR", debits positive; holds in brackets."""
    entry = ledger.entry(session, 1, seq)
    codes = {row.account_id: row.code for row in ledger.accounts(session, 1)}
    return [
        f"{codes[leg.account_id]} {leg.amount:+} {leg.unit}"
        + (f" [{leg.held:+}]" if leg.held else "")
        for leg in entry.legs
    ]
