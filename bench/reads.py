"""A household's page and balance in a large bank against a small one: they should cost the same."""

import time
from argparse import Namespace
from collections.abc import Callable
from random import Random
from statistics import median

from flask import Flask

from banksampah import ledger
from banksampah.clock import now_utc
from banksampah.db import db, transaction, use_bank
from banksampah.deposits import service as deposits
from banksampah.staff import service as staff
from banksampah.staff.auth import COOKIE
from bench.places import Filled, act, database, fill_bank, make_app, make_operator

SMALL_LEGS = 1_000
LINES = 8
OWN_DEPOSITS = 24
REPEATS = 300


def run(engine: str, options: Namespace) -> None:
    """Print medians of both banks, interleaved in one run, and their ratio."""
    with database(engine) as url:
        app = make_app(url)
        with app.app_context():
            small = fill_bank("small", 10, 12)
            large = fill_bank("large", 500, 12)
            _fill(small, SMALL_LEGS)
            _fill(large, options.legs)
            user_id, _secret = make_operator([small.bank_id, large.bank_id])
            with transaction() as session:
                key = staff.sign_in(session, user_id=user_id, old_key=None, at=now_utc())
            db.session.rollback()
            if engine == "postgresql":
                with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
                    c.exec_driver_sql("RESET ROLE")
                    c.exec_driver_sql("ANALYZE")
                db.engine.dispose()
        print(f"reads, {engine}: {SMALL_LEGS} legs against {options.legs}")
        for name, read in _reads(app, key).items():
            _compare(name, read, small, large)
        with app.app_context():
            db.engine.dispose()


def _fill(bank: Filled, legs_count: int) -> None:
    """Deposits until the bank has *legs_count* legs; the first household gets as many in both."""
    chance = Random(bank.bank_id)
    per_deposit = 2 * LINES + 2
    deposits_count = max(legs_count // per_deposit, OWN_DEPOSITS)
    every = deposits_count // OWN_DEPOSITS
    for start in range(0, deposits_count, 500):
        with transaction(bank.bank_id) as session:
            for n in range(start, min(start + 500, deposits_count)):
                own = n % every == 0
                member_id = bank.member_ids[0] if own else chance.choice(bank.member_ids[1:])
                goods = chance.sample(bank.materials, LINES)
                lines = [
                    {"material_id": m.id, "quantity": chance.randint(50, 9_000)} for m in goods
                ]
                deposits.record_deposit(
                    session, act(bank.bank_id), member_id=member_id, lines=lines
                )


def _reads(app: Flask, key: str) -> dict[str, Callable[[Filled], None]]:
    client = app.test_client()
    client.set_cookie(COOKIE, key)

    def balance(bank: Filled) -> None:
        with app.app_context():
            use_bank(db.session, bank.bank_id)
            ledger.balance(db.session, bank.bank_id, bank.accounts[0])

    def balance_as_of(bank: Filled) -> None:
        with app.app_context():
            use_bank(db.session, bank.bank_id)
            day = act(bank.bank_id).today
            ledger.balance_on(db.session, bank.bank_id, bank.accounts[0], day)

    def page(bank: Filled) -> None:
        answer = client.get(f"/b/{bank.slug}/nasabah/{bank.member_ids[0]}")
        assert answer.status_code == 200, (answer.status_code, answer.text)

    return {"balance": balance, "balance as of a date": balance_as_of, "household's page": page}


def _compare(name: str, read: Callable[[Filled], None], small: Filled, large: Filled) -> None:
    times: dict[int, list[float]] = {small.bank_id: [], large.bank_id: []}
    for n in range(REPEATS + 20):
        for bank in (small, large):
            began = time.perf_counter()
            read(bank)
            if n >= 20:
                times[bank.bank_id].append(time.perf_counter() - began)
    few, many = (median(times[bank.bank_id]) * 1e3 for bank in (small, large))
    print(f"  {name:<22} {few:7.2f} ms  {many:7.2f} ms   ratio {many / few:.2f}")
