"""What a monitor learns of phones: how much they hold, and since when one is silent."""

import itertools
from datetime import timedelta

from banksampah import clock
from banksampah.banks.models import Bank
from banksampah.banks.service import open_bank
from banksampah.db import transaction
from banksampah.desk.models import Device
from banksampah.ledger import Act
from tests.desk.phones import Phone
from tests.people import Browser
from tests.web.test_metrics import numbers, watched  # noqa: F401 – a fixture

UNSENT, SILENT_S = "banksampah_unsent_records", "banksampah_unsent_silent_seconds"


def make_act(bank: Bank, number: int) -> Act:
    at = clock.now_utc()
    return Act(bank.bank_id, f"elsewhere-{number}", 0, at, clock.day_in(bank.zone, at))


def hello(phone: Phone, unsent: int) -> None:
    phone.hello(epoch=phone.epoch, last=phone.number, unsent=unsent)


def test_what_phones_hold_is_summed_over_all_banks(
    app, bank, phone, watched  # noqa: F811
):  # fmt: skip
    assert numbers(watched)[UNSENT] == 0
    hello(phone, 3)
    with app.app_context(), transaction() as session:
        other = open_bank(session, at=clock.now_utc(), slug="lain", name="Lain")
    keys = itertools.count()
    elsewhere = Phone(Browser(app, other, "operator"), lambda: make_act(other, next(keys)))
    hello(elsewhere, 4)
    found = numbers(watched)
    assert found[UNSENT] == 7
    assert 0 <= found[SILENT_S] < 60
    with app.app_context(), transaction(bank.bank_id) as session:
        device = session.get_one(Device, (bank.bank_id, 1))
        device.contact_at = clock.now_utc() - timedelta(days=2)
    assert 172_800 <= numbers(watched)[SILENT_S] < 172_860
    hello(phone, 0)
    assert numbers(watched)[UNSENT] == 4


def test_what_was_taken_in_is_held_no_more(app, bank, phone, siti, kardus, watched):  # noqa: F811
    """A phone tells what it holds before it sends: the batch is among it."""
    batch = [phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(3)]
    hello(phone, 5)
    phone.send(*batch, unsent=5)
    assert numbers(watched)[UNSENT] == 2
    phone.send(batch[0] | {"id": "none of its own"}, unsent=1)
    assert numbers(watched)[UNSENT] == 1
    phone.send(batch[0], unsent=1)
    assert numbers(watched)[UNSENT] == 0
