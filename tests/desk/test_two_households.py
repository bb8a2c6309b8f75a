"""Two households under one receipt number: neither is told of the other."""

import pytest

from banksampah import clock
from banksampah.db import db, use_bank
from banksampah.desk.newcomers import newcomers_of
from banksampah.members.queries import find_member_by_number
from banksampah.privacy.newcomers import newcomer_data, told_of
from tests.desk.test_deciding import BARU, decide, treasurer  # noqa: F401

SECRET = BARU | {"name": "Warni Rahasia"}
OTHER = {"provisional": "T-02", "name": "Tono", "rt": "05", "house_no": "9"}


def names_told_of(app, bank, member):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return [who.name for who in newcomers_of(db.session, bank.bank_id, [member.id])]


def exports(app, bank):
    """What each new household is handed: the names told of it, the members in its records."""
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        found = {}
        for household in told_of(db.session, bank.bank_id):
            data = newcomer_data(db.session, bank, household, clock.now_utc())
            names = {who["name"] for who in data["told"]}
            found[household.code] = names, [record["member"] for record in data["records"]]
        return found


@pytest.mark.parametrize("together", [False, True])
def test_a_member_is_not_told_the_name_of_a_newcomer(app, bank, phone, kardus, siti, together):
    own = phone.record(siti, (kardus, 2_000, 1_800))
    records = [
        own,
        own | {"member": SECRET},
        own | {"member": SECRET, "cancelled": {"reason": "x"}},
    ]
    if together:
        phone.send(*records)
    else:
        for record in records:
            phone.send(record)
    assert names_told_of(app, bank, siti) == []
    assert exports(app, bank) == {"HP01-1-T-01": ({"Warni Rahasia"}, [SECRET, SECRET])}


def test_nor_when_both_are_recorded(app, bank, phone, kardus, siti, treasurer):  # noqa: F811
    own = phone.record(siti, (kardus, 2_000, 1_800))
    phone.send(own)
    phone.send(own | {"member": SECRET})
    for decision in ("release", "open_member"):
        assert decide(treasurer, decision).status_code == 303
    assert names_told_of(app, bank, siti) == []
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        warni = find_member_by_number(db.session, bank.bank_id, "0002")
        db.session.expunge(warni)
    assert set(names_told_of(app, bank, warni)) == {"Warni Rahasia"}


def test_a_newcomer_is_not_handed_another_s_record(app, bank, phone, kardus, siti):
    own = phone.record(SECRET, (kardus, 2_000, 1_800))
    phone.send(own)
    for member in (OTHER, {"id": siti.id, "number": siti.number}):
        phone.send(own | {"member": member})
    assert exports(app, bank) == {
        "HP01-1-T-01": ({"Warni Rahasia"}, [SECRET]),
        "HP01-1-T-02": ({"Tono"}, [OTHER]),
    }
