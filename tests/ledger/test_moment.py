"""What one reader asks in several questions is of one moment, whatever is recorded meanwhile."""

import threading

from flask import Flask
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction, use_bank
from tests.conftest import NOW, TODAY
from tests.factories import MakeAct, give_money


def test_a_proof_begun_before_an_entry_does_not_see_half_of_it(
    app: Flask, bank: Bank, session: Session, act: MakeAct
) -> None:
    with transaction(bank.bank_id) as s:
        give_money(s, act(), 10_000)
    use_bank(session, bank.bank_id)
    head = ledger.head_seq(session, bank.bank_id)

    def another_desk() -> None:
        with app.app_context(), transaction(bank.bank_id) as s:
            give_money(s, ledger.Act(bank.bank_id, "other", 2, NOW, TODAY), 500)

    thread = threading.Thread(target=another_desk)
    thread.start()
    thread.join()
    assert ledger.head_seq(session, bank.bank_id) == head
    assert ledger.balance(session, bank.bank_id, ledger.chart.CASH).posted == 10_000
    assert ledger.check(session, bank.bank_id).faults == []
    session.rollback()
    use_bank(session, bank.bank_id)
    assert ledger.balance(session, bank.bank_id, ledger.chart.CASH).posted == 10_500
