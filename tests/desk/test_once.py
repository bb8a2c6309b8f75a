"""Each record once, and none lost, whatever is sent beside or behind it."""

import json
import threading
from datetime import timedelta

import pytest

from banksampah import ledger
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.models import Deposit
from banksampah.desk import island, queries, service
from banksampah.desk.models import DeskFlag, DeskIntake, DeskRecord
from banksampah.ledger import BooksError, KeyReused
from banksampah.reports.queries.proof import prove_fully
from tests.desk.phones import Phone, saved
from tests.desk.test_gaps import missing
from tests.factories import make_deposit

WARNI = {"provisional": "T-01", "name": "Warni", "rt": "04", "house_no": "7"}


def came(app, bank, record):
    """What is kept of a record, in the order it came."""
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        rows = db.session.query(DeskRecord).filter_by(record_id=record["id"])
        return [json.loads(row.raw) for row in rows.order_by(DeskRecord.id)]


def decide_all(app, bank, act, decision):
    """Every flag that was ever raised, whether or not the page shows it still."""
    with app.app_context(), transaction(bank.bank_id) as session:
        for flag in session.query(DeskFlag).filter_by(bank_id=bank.bank_id).all():
            service.decide(session, act(), flag_id=flag.id, decision=decision)


def test_what_is_held_stays_held_however_often_it_is_sent(phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_801))
    for _ in range(3):
        assert phone.send(record)[record["id"]]["state"] == "held"


def test_what_was_taken_back_while_it_was_held_is_never_booked(app, bank, phone, siti, kardus, act):
    record = phone.record(siti, (kardus, 1_000, 1_801))
    phone.send(record)
    told = phone.send(record | {"cancelled": {"reason": "double"}})[record["id"]]
    assert (told["state"], told["notes"]) == ("held", ["price_unknown", "cancelled"])
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert queries.open_flags_count(db.session, bank.bank_id) == 0  # there is nothing to ask
    decide_all(app, bank, act, "keep")
    assert saved(app, bank, siti) == 0


def test_a_cancellation_is_kept_as_it_came_too(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    for told in (record, record, record | {"cancelled": {"reason": "double"}}):
        phone.send(told)
    assert [raw.get("cancelled") for raw in came(app, bank, record)] == [None, {"reason": "double"}]


def test_what_a_phone_shows_of_a_household_is_not_kept(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800), shown={"name": "Siti A."})
    phone.send(record)
    assert [raw.get("shown") for raw in came(app, bank, record)] == [None]


def test_a_clock_that_was_never_set_takes_nothing_from_a_household(app, bank, phone, siti, kardus):
    never_set, far_ahead = (
        phone.record(siti, (kardus, grams, 1_800), weighed_at=at, clock_offset_s=offset)
        for grams, at, offset in (
            (1_000, "1970-01-01T07:03:00+07:00", 0),
            (2_000, "2037-01-01T07:03:00+07:00", -315_000_000),
        )
    )
    told = phone.send(never_set, far_ahead)
    assert {answer["state"] for answer in told.values()} == {"accepted_with_note"}
    assert {note for answer in told.values() for note in answer["notes"]} == {"clock_wrong"}
    assert saved(app, bank, siti) == 5_400


def test_what_the_books_refuse_is_held_and_nothing_waits_behind_it(
    app, bank, phone, siti, kardus, act
):
    odd, good = (phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(2))
    with app.app_context(), transaction(bank.bank_id) as session:
        make_deposit(session, act(odd["id"]), siti, (kardus, 9_000))  # another deposit's key
    told = phone.send(odd, good)
    assert [told[record["id"]]["state"] for record in (odd, good)] == ["held", "accepted"]
    assert saved(app, bank, siti) == 16_200 + 1_802


def test_what_has_no_id_of_its_own_holds_nobody_up(app, bank, phone, siti, kardus):
    good = phone.record(siti, (kardus, 1_000, 1_800))
    told = phone.send({"id": ["x"]}, {"id": {}}, {"id": None}, good)
    assert list(told) == [good["id"]]
    assert saved(app, bank, siti) == 1_800


def test_books_with_money_in_titipan_are_proven_whole(app, bank, phone, siti, kardus):
    newcomer = {"provisional": "T-01", "name": "Bu Ani", "rt": "3", "house_no": ""}
    phone.send(phone.record(newcomer, (kardus, 1_000, 1_800)))
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert prove_fully(db.session, bank.bank_id).failed_count == 0


def test_two_phones_that_send_at_once_are_both_heard_once(
    app, bank, phone, siti, kardus, sign_in, act
):
    phones = [phone, Phone(sign_in("operator"), act)]
    batches = [[one.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(5)] for one in phones]
    ready, answers = threading.Barrier(4), []

    def send(one, batch):
        ready.wait()
        answers.append(one.send(*batch))

    twice = [threading.Thread(target=send, args=pair) for pair in zip(phones, batches, strict=True)] + [
        threading.Thread(target=send, args=pair) for pair in zip(phones, batches, strict=True)
    ]  # fmt: skip
    for thread in twice:
        thread.start()
    for thread in twice:
        thread.join()
    assert [len(told) for told in answers] == [5] * 4
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert db.session.query(DeskIntake).filter_by(bank_id=bank.bank_id).count() == 10
        assert db.session.query(DeskRecord).filter_by(bank_id=bank.bank_id).count() == 10
    assert saved(app, bank, siti) == 2 * (1_800 + 1_802 + 1_804 + 1_805 + 1_807)


def test_what_stands_on_a_sheet_of_that_day_may_be_the_same(app, bank, rt, phone, kardus, act):
    other = phone.record(rt, (kardus, 2_000, 1_800))
    assert phone.send(other)[other["id"]]["notes"] == []
    with app.app_context(), transaction(bank.bank_id) as session:
        [there] = session.query(Deposit).filter_by(bank_id=bank.bank_id)
        for day, grams in (
            (there.weighed_on, 1_000),
            (there.weighed_on - timedelta(days=1), 3_000),
        ):
            key = act(f"lembar/B-261121-03-1/{grams}")
            make_deposit(session, key, rt, (kardus, grams), weighed_on=day)
        make_deposit(session, act(), rt, (kardus, 4_000), weighed_on=there.weighed_on)
    same, earlier, typed = (
        phone.record(rt, (kardus, grams, 1_800)) for grams in (1_000, 3_000, 4_000)
    )
    told = phone.send(same, earlier, typed)
    notes = [told[record["id"]]["notes"] for record in (same, earlier, typed)]
    assert notes == [["maybe_double"], [], []]


def test_a_number_is_never_given_out_twice_by_one_phone(app, bank, phone, siti, kardus):
    def epoch_of(told):
        return phone.post("/timbang/epok", {"epoch": told}).json["epoch"]

    assert epoch_of(0) == phone.epoch  # nothing was numbered in it yet
    phone.send(phone.record(siti, (kardus, 1_000, 1_800)))
    assert epoch_of(phone.epoch) == phone.epoch
    assert epoch_of(0) == phone.epoch + 1  # its storage is empty
    assert epoch_of(0) == phone.epoch + 1
    phone.hello(epoch=phone.epoch + 1, last=2, unsent=2)
    assert epoch_of(0) == phone.epoch + 2  # what it still held is gone
    assert epoch_of(9) == 10  # the books are older than the phone: they were restored
    assert epoch_of(1_000_000) == 11  # it is in none of those


def test_an_epoch_that_cannot_be_leaves_the_phone_in_use(app, bank, phone, siti, kardus):
    phone.epoch = phone.post("/timbang/epok", {"epoch": 1_000_000}).json["epoch"]
    assert phone.hello(epoch=1_000_000, last=9, unsent=0).status_code == 200
    assert phone.hello(epoch=phone.epoch, last=1, unsent=1).json["before"] == []
    record = phone.record(siti, (kardus, 1_000, 1_800))
    assert phone.send(record)[record["id"]]["state"] == "accepted"
    assert missing(app, bank) == []


@pytest.mark.parametrize("taken", ["titipan-2", "timbang-kirim", "kirim"])
def test_a_client_s_key_is_in_nobody_s_way(app, bank, phone, siti, kardus, api, taken):
    """Whatever a client calls its own writes: the service's are called otherwise."""
    lines = [{"material_id": kardus.id, "quantity": 1_000}]
    api("operator").post("/deposits", {"member_id": siti.id, "lines": lines}, key=taken)
    new, known = (
        phone.record(WARNI, (kardus, 2_000, 1_800)),
        phone.record(siti, (kardus, 3_000, 1_800)),
    )
    told = phone.send(new, known)
    assert [told[one["id"]]["notes"] for one in (new, known)] == [["provisional"], []]


def test_a_client_s_key_does_not_keep_a_session_open(app, bank, phone, siti, kardus, api):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    lines = [{"material_id": kardus.id, "quantity": 1_000}]
    key = f"tutup-{record['session']}-1-1000-1800"
    assert (
        api("operator")
        .post("/deposits", {"member_id": siti.id, "lines": lines}, key=key)
        .status_code
        == 201
    )
    phone.send(record)
    assert phone.post("/timbang/tutup", totals(record)).json["agrees"] is True


def totals(record):
    return {
        "code": record["session"], "deposits_count": 1, "weight_g": 1_000, "value_idr": 1_800,
        "last": 1,
    }  # fmt: skip


def test_a_session_closed_under_a_key_of_before_is_closed_once(
    app, bank, phone, siti, kardus, monkeypatch
):
    """A phone that did not hear the answer asks again, after the service became another one."""
    record = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(record)
    now = island.act_of
    monkeypatch.setattr(island, "act_of", lambda key: now(key.replace("timbang/tutup/", "tutup-")))
    phone.post("/timbang/tutup", totals(record))
    monkeypatch.undo()
    assert phone.post("/timbang/tutup", totals(record)).json["agrees"] is True
    assert phone.post("/timbang/tutup", totals(record) | {"weight_g": 900}).json["agrees"] is False
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        kinds = [entry.kind for entry in ledger.entries(db.session, bank.bank_id)]
        assert kinds.count("desk.close") == 2


@pytest.mark.parametrize("fault", [BooksError("ledger: entry exists"), KeyReused(7)])
def test_a_record_that_the_books_do_not_take_stops_none_behind_it(
    app, bank, phone, siti, kardus, monkeypatch, fault
):
    first, second = (phone.record(siti, (kardus, kilos * 1_000, 1_800)) for kilos in (1, 2))
    usual = service.take_in

    def take_in(session, act, device, raw, raw_id):
        if raw["id"] == first["id"]:
            raise fault
        return usual(session, act, device, raw, raw_id)

    monkeypatch.setattr(service, "take_in", take_in)
    told = phone.send(first, second, unsent=2)
    assert list(told) == [second["id"]]
    assert saved(app, bank, siti) == 3_600
    monkeypatch.undo()
    assert phone.send(first)[first["id"]]["state"] == "accepted"
