"""A household with savings, and money in the box."""

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.members.models import Member
from tests.factories import MakeAct, give_savings, make_member


@dataclass(frozen=True)
class Till:
    """Siti has Rp1.000.000 with the bank, all of it in cash; Joko has nothing."""

    bank_id: int
    siti: Member
    joko: Member


@pytest.fixture
def till(session: Session, bank: Bank, act: MakeAct) -> Till:
    with transaction(bank.bank_id) as writing:
        siti = make_member(writing, act(), "Siti Aminah", rt="03", phone="081234567890")
        joko = make_member(writing, act(), "Joko Susilo", rt="02")
        give_savings(writing, act(), siti, 1_000_000)
    return Till(bank.bank_id, siti, joko)


def savings(session: Session, member: Member) -> tuple[int, int]:
    """Posted and held."""
    balance = ledger.balance(session, 1, member.savings_account_id)
    return balance.posted, balance.held
