"""Any history, any period: opening and lines make the closing, and periods join without a gap."""

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction, use_bank
from banksampah.deposits.service import reverse_deposit
from banksampah.errors import DomainError
from banksampah.statements import papers, queries
from banksampah.statements.queries import Statement
from banksampah.withdrawals.service import pay_withdrawal, request_withdrawal
from tests.conftest import TODAY
from tests.factories import MakeAct, give_money, make_deposit
from tests.statements.conftest import Shop
from tests.statements.reading import carried_here, carried_to_next, pages_of
from tests.statements.samples import PRINTED_AT

FIRST = TODAY - timedelta(days=31)


def live(session: Session, shop: Shop, act: MakeAct, chance: random.Random, count: int) -> None:
    """*count* things that happen at a bank, each in its own transaction, some of them refused."""
    done: list[int] = []
    for _ in range(count):
        try:
            with transaction(shop.bank_id) as s:
                kind = chance.choice(("deposit", "deposit", "deposit", "sedekah", "take", "undo"))
                if kind in ("deposit", "sedekah"):
                    goods = chance.sample((shop.kardus, shop.pet, shop.botol, shop.ban), 2)
                    deposit = make_deposit(
                        s, act(), chance.choice((shop.siti, shop.siti, shop.joko)),
                        *((material, chance.randrange(1, 9_000)) for material in goods),
                        weighed_on=TODAY - timedelta(days=chance.randrange(31)),
                        kind="sedekah" if kind == "sedekah" else "savings",
                        confirmed=True,
                    )  # fmt: skip
                    done.append(deposit.seq)
                elif kind == "take":
                    amount_idr = chance.randrange(500, 20_000)
                    asked = request_withdrawal(
                        s, act(), member_id=shop.siti.id, amount_idr=amount_idr
                    )
                    pay_withdrawal(s, act(), seq=asked.seq)
                elif done:
                    seq = done.pop(chance.randrange(len(done)))
                    reverse_deposit(s, act(), seq=seq, reason="double", as_treasurer=True)
        except DomainError:
            continue


def told(session: Session, shop: Shop, since: date, until: date) -> Statement:
    use_bank(session, shop.bank_id)
    return queries.statement(
        session, shop.bank_id, shop.siti.id, since=since, until=until, today=TODAY
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_every_period_agrees_with_the_books(
    session: Session, shop: Shop, act: MakeAct, seed: int
) -> None:
    chance = random.Random(seed)
    with transaction(shop.bank_id) as s:
        give_money(s, act(), 1_000_000)
    live(session, shop, act, chance, 45)
    use_bank(session, shop.bank_id)
    account_id = shop.siti.savings_account_id
    whole = told(session, shop, FIRST, TODAY)
    assert whole.closing_idr == ledger.balance(session, shop.bank_id, account_id).posted
    assert [(x.effective_on, x.seq) for x in whole.lines] == sorted(
        (x.effective_on, x.seq) for x in whole.lines
    )
    for _ in range(15):
        cuts = sorted(chance.sample(range(-5, 31), 3))
        days = [FIRST + timedelta(days=cut) for cut in cuts]
        parts = [
            told(session, shop, days[0], days[1] - timedelta(days=1)),
            told(session, shop, days[1], days[2]),
        ]
        joined = told(session, shop, days[0], days[2])
        assert parts[0].closing_idr == parts[1].opening_idr
        assert parts[0].opening_idr == joined.opening_idr
        assert parts[1].closing_idr == joined.closing_idr
        assert parts[0].lines + parts[1].lines == joined.lines
        assert parts[0].weight_g + parts[1].weight_g == joined.weight_g
        assert parts[1].opening_idr == ledger.balance_on(
            session, shop.bank_id, account_id, days[1] - timedelta(days=1)
        )


def test_a_long_life_on_paper_carries_the_ledgers_own_figures(
    session: Session, shop: Shop, act: MakeAct
) -> None:
    chance = random.Random(3)
    with transaction(shop.bank_id) as s:
        give_money(s, act(), 1_000_000)
        for _ in range(75):
            make_deposit(
                s, act(), shop.siti, (shop.pet, chance.randrange(100, 3_000)),
                weighed_on=TODAY - timedelta(days=chance.randrange(31)),
            )  # fmt: skip
    doc = told(session, shop, FIRST, TODAY)
    pdf = papers.print_statement(doc, paper="A4", printed_at=PRINTED_AT).pdf
    pages = pages_of(pdf)
    assert len(pages) >= 3
    after = {line.number: line.balance_idr for line in doc.lines}
    for page, following in pairwise(page for page in pages if "No. bukti" in page):
        last_number = [number for number in after if number in page][-1]
        assert carried_to_next(page) == after[last_number] == carried_here(following)
    assert carried_here(pages[0]) is None
    assert carried_to_next(pages[-1]) is None
