"""A bank to be put under load: households, priced goods, cash, and people who may write."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from banksampah import ledger
from banksampah.banks.service import open_bank
from banksampah.catalog import service as catalog
from banksampah.clock import day_in, now_utc
from banksampah.db import db, transaction
from banksampah.members import service as members
from banksampah.splits import service as splits
from banksampah.staff import service as staff
from tests.proofs.places import Place, new_key

ZONE = "Asia/Jakarta"
FIRST_DAY = date(2026, 1, 1)
SHARE_PPM = 850_000
CASH_IDR = 2_000_000


@dataclass
class Bank:
    """What a client and the model must know of a bank before the load begins."""

    bank_id: int
    zone: str
    numbers: dict[int, str]
    """Households: id and number."""
    prices: dict[int, int]
    """Materials: id and price."""
    tokens: dict[str, str] = field(default_factory=dict)
    """By role."""
    head_seq: int = 0

    def path(self, path: str) -> str:
        return f"/api/v1/banks/{self.bank_id}{path}"


def open_banks(
    at: Place, count: int = 1, *, households: int = 20, materials: int = 3, zones: Sequence[str] = (),
    cash_idr: int = CASH_IDR, seed: int = 1,
) -> list[Bank]:  # fmt: skip
    """Open *count* banks, or one in each of *zones*, through the service's own verbs."""
    rng = random.Random(seed)
    with at.app().app_context():
        tokens, people = _people()
        made = []
        for zone in zones or (ZONE,) * count:
            prices = [rng.randrange(500, 9_000) for _ in range(materials)]
            bank = fill(households, prices, zone, cash_idr)
            bank.tokens = tokens
            for role, user_id in people.items():
                with transaction(bank.bank_id) as session:
                    staff.grant_role(session, act_of(bank.bank_id, zone), user_id, role)
            with transaction(bank.bank_id) as session:
                bank.head_seq = ledger.head_seq(session, bank.bank_id)
            made.append(bank)
        db.engine.dispose()
    return made


def act_of(bank_id: int, zone: str = ZONE) -> ledger.Act:
    """A new act of user 1 now."""
    at = now_utc()
    return ledger.Act(bank_id, new_key(), 1, at, day_in(zone, at))


def _people() -> tuple[dict[str, str], dict[str, int]]:
    tokens, people = {}, {}
    for role in ("treasurer", "chair"):
        with transaction() as session:
            user = staff.add_user(
                session, login=role, name=role.title(), password="a-long-proof-word", at=now_utc()
            )
            _row, tokens[role] = staff.issue_token(
                session, user_id=user.user_id, name="proof", at=now_utc()
            )
            people[role] = user.user_id
    return tokens, people


def fill(households: int, prices: list[int], zone: str = ZONE, cash_idr: int = CASH_IDR) -> Bank:
    """Open a bank without people, in the application context at hand."""
    slug = f"bank-{new_key()}"
    with transaction() as session:
        bank_id = open_bank(session, at=now_utc(), slug=slug, name=slug, zone=zone).bank_id
    with transaction(bank_id) as session:
        splits.apply_preset(
            session, act_of(bank_id, zone), preset="gerpesh_jitu", valid_from=FIRST_DAY
        )
        catalog.set_share_rule(
            session, act_of(bank_id, zone), valid_from=FIRST_DAY, share_ppm=SHARE_PPM
        )
        goods = [
            catalog.add_material(
                session, act_of(bank_id, zone), code=f"M{n}", name=f"Bahan {n}", unit="kg"
            )
            for n in range(len(prices))
        ]
        listed = [catalog.NewPrice(m.id, price) for m, price in zip(goods, prices, strict=True)]
        catalog.set_prices(session, act_of(bank_id, zone), valid_from=FIRST_DAY, prices=listed)
        people = [
            members.open_member(session, act_of(bank_id, zone), name=f"Keluarga {n}")
            for n in range(households)
        ]
        legs = [
            ledger.debit(ledger.chart.CASH, cash_idr),
            ledger.credit(ledger.chart.OPENING, cash_idr),
        ]
        facts = {"amount_idr": cash_idr}
        ledger.post(session, act_of(bank_id, zone), "cash.opening", facts, legs)
    return Bank(
        bank_id, zone, {m.id: m.number for m in people},
        {m.id: price for m, price in zip(goods, prices, strict=True)},
    )  # fmt: skip
