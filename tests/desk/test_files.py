"""The file that a phone gives out and the treasurer hands in: taken in once, as that phone's."""

import io
import json

import pytest

from banksampah.db import transaction
from banksampah.desk import service
from banksampah.desk.service import revoke_device
from banksampah.ledger import BooksError
from tests.desk.phones import Phone, hand_in_file, saved
from tests.desk.test_deciding import BARU, decide, waiting

BUDI = {"provisional": "T-01", "name": "Budi", "rt": "01", "house_no": "1"}


@pytest.fixture
def treasurer(phone, sign_in):
    return sign_in("treasurer")


@pytest.fixture
def other(sign_in, act, phone):
    return Phone(sign_in("operator"), act)


def test_unsent_records_are_taken_in_once(app, bank, phone, kardus, siti, treasurer):
    records = [phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(3)]
    phone.send(records[0])
    for _ in range(2):
        assert hand_in_file(treasurer, *records).status_code == 200
    assert saved(app, bank, siti) == 1_800 + 1_802 + 1_804


def test_a_record_is_of_the_phone_that_numbered_it(
    app, bank, phone, other, kardus, siti, treasurer
):
    """T-01 of one phone is another household than T-01 of the other."""
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    assert decide(treasurer, "assign", number=siti.number).status_code == 303
    of_both = other.record(BUDI, (kardus, 5_000, 1_800)), phone.record(BARU, (kardus, 500, 1_800))
    assert hand_in_file(treasurer, *of_both).status_code == 200
    assert saved(app, bank, siti) == 1_800 + 900
    assert waiting(app, bank) == ["provisional"]


def test_a_revoked_phone_s_file_is_held(app, bank, phone, other, kardus, siti, treasurer, act):
    with app.app_context(), transaction(bank.bank_id) as inner:
        revoke_device(inner, act(), device_id=phone.device_id)
    hand_in_file(treasurer, phone.record(siti, (kardus, 1_000, 1_800)))
    assert waiting(app, bank) == ["phone_revoked"]
    assert saved(app, bank, siti) == 0


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"bank": "bank-lain"}, "tidak ada di bank ini"),
        ({"service": "kasir"}, "bukan cadangan setoran"),
        ({"records": []}, "bukan cadangan setoran"),
    ],
)
def test_another_s_file_is_refused_whole(app, bank, phone, kardus, siti, treasurer, told, said):
    answer = hand_in_file(treasurer, phone.record(siti, (kardus, 1_000, 1_800)), **told)
    assert answer.status_code == 422 and said in answer.text
    strange = phone.record(siti, (kardus, 1_000, 1_800), device="HP99")
    answer = hand_in_file(treasurer, phone.record(siti, (kardus, 1_000, 1_800)), strange)
    assert answer.status_code == 422 and "tidak ada di bank ini" in answer.text
    assert saved(app, bank, siti) == 0


def test_a_file_of_an_older_desk_does_not_tell_its_bank(app, bank, phone, kardus, siti, treasurer):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    file = io.BytesIO(json.dumps({"service": "bank-sampah", "records": [record]}).encode())
    answer = treasurer.post("/perangkat/berkas", {"file": (file, "setoran.json")})
    assert answer.status_code == 200
    assert saved(app, bank, siti) == 1_800


def test_a_household_whose_number_is_another_s_is_held(app, bank, phone, kardus, siti, treasurer):
    """Ids run alike in every bank: the number tells whose it was."""
    record = phone.record({"id": siti.id, "number": "0777"}, (kardus, 1_000, 1_800))
    assert phone.send(record)[record["id"]]["notes"] == ["unreadable"]
    assert saved(app, bank, siti) == 0


def test_a_record_that_the_books_do_not_take_stops_none_behind_it(
    app, bank, phone, kardus, siti, treasurer, monkeypatch
):
    """The treasurer is told how many are missing, and hands in the same file again."""
    first, second = (phone.record(siti, (kardus, kilos * 1_000, 1_800)) for kilos in (1, 2))
    usual = service.take_in

    def take_in(session, act, device, raw, raw_id):
        if raw["id"] == first["id"]:
            raise BooksError("ledger: entry exists")
        return usual(session, act, device, raw, raw_id)

    monkeypatch.setattr(service, "take_in", take_in)
    told = hand_in_file(treasurer, first, second)
    assert told.status_code == 200 and "1 setoran belum masuk" in told.text
    assert saved(app, bank, siti) == 3_600
    monkeypatch.undo()
    assert "belum masuk" not in hand_in_file(treasurer, first, second).text
    assert saved(app, bank, siti) == 5_400
