"""A small bank with something to print."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.catalog.models import Material
from banksampah.db import transaction
from banksampah.members.models import Member
from tests.factories import MakeAct, make_member, priced_material


@dataclass(frozen=True)
class Shop:
    """Who and what is there."""

    bank_id: int
    siti: Member
    joko: Member
    kardus: Material
    pet: Material
    botol: Material
    ban: Material


@pytest.fixture
def shop(session: Session, bank: Bank, act: MakeAct) -> Shop:
    """Kardus Rp1.800/kg, PET Rp3.500/kg, botol Rp400 a piece, tyres without a price."""
    with transaction(bank.bank_id) as s:
        return Shop(
            bank.bank_id,
            make_member(s, act(), "Siti Aminah", rt="03"),
            make_member(s, act(), "Joko Susilo", rt="02"),
            priced_material(s, act(), "K1", "Kardus", 1_800),
            priced_material(s, act(), "P1", "Botol PET", 3_500),
            priced_material(s, act(), "B1", "Botol sirup", 400, "pcs", equivalent_g=600),
            priced_material(s, act(), "BN", "Ban bekas", None),
        )
