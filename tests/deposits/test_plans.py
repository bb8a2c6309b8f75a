"""Recording searches by key, whenever the connection was opened."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.db import transaction
from tests.factories import MakeAct, make_deposit, make_member, priced_material
from tests.owner import ask_owner

GROWING = {"entry", "leg", "seal", "deposit", "deposit_line", "balance_day"}
SCANNED = "SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # it keeps plans
def test_a_connection_opened_on_empty_books_never_reads_them_whole(
    app: Flask, session: Session, bank: Bank, act: MakeAct
) -> None:
    ask_owner(app, "ANALYZE", rows=False)  # the planner now knows: nothing lies there
    with transaction(bank.bank_id):
        member = make_member(session, act())
        paper = priced_material(session, act(), "KT1", "Kardus", 1_500)
    for _n in range(8):  # more than it takes until a plan is kept
        with transaction(bank.bank_id):
            make_deposit(session, act(), member, (paper, 1_000))
            scanned = {name for (name,) in session.execute(text(SCANNED))}
    assert scanned & GROWING == set()
