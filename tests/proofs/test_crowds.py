"""Proof 3, in one process: two hundred threads at once, as many as no counter ever sees."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import db, transaction
from banksampah.deposits.service import record_deposit
from banksampah.errors import DomainError
from banksampah.withdrawals.service import (
    pay_withdrawal,
    request_withdrawal,
)
from tests.conftest import NOW, TODAY
from tests.factories import (
    MakeAct,
    give_savings,
    make_member,
    priced_material,
    weighed,
)

Verb = Callable[[Session, ledger.Act], Any]


def race(app: Flask, bank_id: int, runners: list[Verb], key: str = "") -> Counter[str]:
    """Start all *runners* at once, each in a transaction of its own; count what each came to."""
    ready = threading.Barrier(len(runners))
    came_to: list[str] = []

    def run(number: int, verb: Verb) -> None:
        act = ledger.Act(bank_id, key or f"race-{number}", number + 1, NOW, TODAY)
        with app.app_context():
            ready.wait()
            try:
                with transaction(bank_id) as session:
                    verb(session, act)
                came_to.append("done")
            except DomainError as error:
                came_to.append(error.code)
            except Exception as error:  # a deadlock, a timeout: what must never be
                came_to.append(repr(error))
            finally:
                db.session.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(came_to)


def test_two_hundred_want_the_last_rupiah(
    app: Flask, bank: Bank, session: Session, act: MakeAct
) -> None:
    with transaction(bank.bank_id) as s:
        siti = make_member(s, act())
        give_savings(s, act(), siti, 100_000)
    session.rollback()

    def take_all(s: Session, its_act: ledger.Act) -> None:
        request_withdrawal(s, its_act, member_id=siti.id, amount_idr=100_000)

    assert race(app, bank.bank_id, [take_all] * 200) == {"done": 1, "not_enough": 199}
    balance = ledger.balance(session, 1, siti.savings_account_id)
    assert (balance.posted, balance.held, balance.available) == (100_000, 100_000, 0)


def test_a_hundred_take_a_tenth_each(
    app: Flask, bank: Bank, session: Session, act: MakeAct
) -> None:
    with transaction(bank.bank_id) as s:
        siti = make_member(s, act())
        give_savings(s, act(), siti, 100_000)
    session.rollback()

    def take_some(s: Session, its_act: ledger.Act) -> None:
        seq = request_withdrawal(s, its_act, member_id=siti.id, amount_idr=10_000).seq
        pay_withdrawal(s, its_act.step("pay"), seq=seq)

    assert race(app, bank.bank_id, [take_some] * 100) == {"done": 10, "not_enough": 90}
    assert ledger.balance(session, 1, siti.savings_account_id).posted == 0
    assert ledger.balance(session, 1, ledger.chart.CASH).posted == 0


def test_forty_households_at_once(app: Flask, bank: Bank, session: Session, act: MakeAct) -> None:
    with transaction(bank.bank_id) as s:
        people = [make_member(s, act(), f"Nasabah {n}") for n in range(40)]
        kardus = priced_material(s, act(), "K1", "Kardus", 1_800)
    session.rollback()
    runners = [
        lambda s, its_act, who=who: record_deposit(
            s, its_act, member_id=who.id, lines=weighed((kardus, 1_000))
        )
        for who in people
    ]
    assert race(app, bank.bank_id, runners) == {"done": 40}
    assert ledger.balance(session, 1, kardus.bought_account_id).posted == 40_000
    assert ledger.balance(session, 1, kardus.value_account_id).posted == 72_000
