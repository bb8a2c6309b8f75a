"""Receipt numbers that never came: named in every epoch of a phone, settled once, quiet when they
come."""

import pytest
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError

from banksampah.db import db, transaction, use_bank
from banksampah.desk import gaps, queries
from banksampah.desk.models import DeskIntake, Device
from tests.desk.cards import press
from tests.desk.phones import Phone, hand_in_file, saved
from tests.factories import make_deposit
from tests.owner import ask_owner


@pytest.fixture
def treasurer(phone, sign_in):
    return sign_in("treasurer")


@pytest.fixture
def cleared(phone, siti, kardus):
    """A phone that sent its first and third deposit of three, and whose storage was cleared then."""
    records = [phone.record(siti, (kardus, 1_000 * n, 1_800)) for n in (1, 2, 3)]
    phone.send(records[0], records[2])
    phone.hello(epoch=phone.epoch, last=4, unsent=2)
    renew(phone)
    phone.lost = records[1]
    return phone


def renew(phone):
    phone.epoch, phone.number = phone.post("/timbang/epok", {"epoch": 0}).json["epoch"], 0


def missing(app, bank):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return [gap.receipt for gap in gaps.gaps(db.session, bank.bank_id)]


def read(treasurer, path):
    return Markup(treasurer.get(path).text).striptags()


def settle(treasurer, phone, number, decision, **typed):
    return press(treasurer, f"/perlu-dilihat/nomor/{phone.device_id}/1/{number}", decision, **typed)


def hand_in(treasurer, phone, *records):
    assert hand_in_file(treasurer, *records).status_code == 200


def state_of(app, bank, record):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return db.session.get_one(DeskIntake, (bank.bank_id, record["id"])).state


def test_gaps_of_an_ended_epoch_are_named_everywhere(app, bank, cleared, treasurer, siti, kardus):
    assert missing(app, bank) == ["HP01-0002", "HP01-0004"]
    flags = treasurer.get("/perlu-dilihat").text
    assert "HP01-0002 belum sampai" in flags and "2 menunggu keputusan" in flags
    assert "Belum sampai: HP01-0002, HP01-0004." in read(treasurer, "/perangkat")
    assert "Belum sampai: HP01-0002, HP01-0004." in read(treasurer, "/hari-buka")
    assert "2 setoran dari HP perlu dilihat" in treasurer.get("/").text
    record = cleared.record(siti, (kardus, 5_000, 1_800), session="S-2026-11-21-HP01-2-A")
    cleared.send(record)
    told = {"code": record["session"], "deposits_count": 1, "weight_g": 5_000, "value_idr": 9_000}
    answer = cleared.post("/timbang/tutup", told | {"last": 1}).json
    assert (answer["agrees"], answer["missing"]) == (False, [])
    assert answer["missing_before"] == ["HP01-0002", "HP01-0004"]


def test_a_phone_is_asked_for_what_it_may_still_hold_of_an_ended_epoch(cleared):
    news = cleared.hello(epoch=cleared.epoch, last=0, unsent=0).json
    assert (news["missing"], news["before"]) == ([], [[1, 2], [1, 4]])


def test_it_goes_quiet_when_the_record_comes_by_a_file(app, bank, cleared, treasurer, siti):
    hand_in(treasurer, cleared, cleared.lost)
    assert missing(app, bank) == ["HP01-0004"]
    assert saved(app, bank, siti) == 1_800 * 6
    assert settle(treasurer, cleared, 2, decision="void").status_code == 422


def test_a_number_that_was_never_used_is_settled_once(app, bank, cleared, treasurer, siti):
    for _twice in range(2):
        answer = settle(treasurer, cleared, 2, decision="void")
    assert answer.status_code == 422 and "sudah sampai, atau sudah diputuskan" in answer.text
    assert missing(app, bank) == ["HP01-0004"]
    hand_in(treasurer, cleared, cleared.lost)  # it was weighed all the same
    assert saved(app, bank, siti) == 1_800 * 6


@pytest.mark.parametrize(("decision", "value"), [("keep", 3_600), ("release", 7_200)])
def test_what_was_typed_from_its_slip_is_not_doubled_when_it_comes(
    app, bank, cleared, treasurer, siti, kardus, act, decision, value
):
    with app.app_context(), transaction(bank.bank_id) as inner:
        typed = make_deposit(inner, act(), siti, (kardus, 2_000)).seq
    paper = f"s-{typed:05}"  # as it stands on a slip
    assert settle(treasurer, cleared, 2, decision="typed", deposit_seq=paper).status_code == 303
    assert missing(app, bank) == ["HP01-0004"]
    hand_in(treasurer, cleared, cleared.lost)
    assert saved(app, bank, siti) == 1_800 * 4 + 3_600
    page = treasurer.get("/perlu-dilihat").text
    assert f"/setoran/{typed}" in page and "HP01-0002" in page
    treasurer.post("/perlu-dilihat/1", {"decision": decision})
    assert (
        state_of(app, bank, cleared.lost) == {"keep": "dismissed", "release": "accepted"}[decision]
    )
    assert saved(app, bank, siti) == 1_800 * 4 + value


def test_a_deposit_settles_one_number_and_no_phone_s_own(
    app, bank, cleared, treasurer, siti, kardus, act
):
    with app.app_context(), transaction(bank.bank_id) as inner:
        typed = make_deposit(inner, act(), siti, (kardus, 2_000)).seq
        own = inner.query(DeskIntake).first().deposit_seq
    unnamed = settle(treasurer, cleared, 2, decision="typed")
    assert unnamed.status_code == 422 and "Tulis nomor setoran yang sudah diketik" in unnamed.text
    assert settle(treasurer, cleared, 2, decision="typed", deposit_seq=own).status_code == 422
    assert settle(treasurer, cleared, 2, decision="typed", deposit_seq=999).status_code == 422
    assert settle(treasurer, cleared, 2, decision="typed", deposit_seq=typed).status_code == 303
    refused = settle(treasurer, cleared, 4, decision="typed", deposit_seq=typed)
    assert refused.status_code == 422 and "punya nomor bukti lain" in refused.text
    assert settle(treasurer, cleared, 5, decision="void").status_code == 422  # never given out
    mixed = settle(treasurer, cleared, 4, decision="void", deposit_seq=typed)
    assert mixed.status_code == 422 and "Tombol itu tidak memakai nomor." in mixed.text


def test_what_a_phone_says_it_still_holds_is_no_gap(app, bank, phone, siti, kardus):
    records = [phone.record(siti, (kardus, 1_000 * n, 1_800)) for n in (1, 2, 3, 4)]
    phone.send(records[0], records[2])
    for unsent, gap in ((2, []), (1, ["HP01-0002"])):
        phone.hello(epoch=1, last=4, unsent=unsent)
        assert missing(app, bank) == gap


def test_what_a_file_brought_is_no_longer_awaited_from_its_phone(
    app, bank, phone, siti, kardus, treasurer
):
    """The phone that held three of four is dead; one of them is in no file."""
    records = [phone.record(siti, (kardus, 1_000 * n, 1_800)) for n in (1, 2, 3, 4)]
    phone.send(records[0])
    phone.hello(epoch=1, last=4, unsent=3)
    assert missing(app, bank) == []
    for _twice in range(2):
        hand_in(treasurer, phone, records[1], records[3], records[3])
        with app.app_context():
            use_bank(db.session, bank.bank_id)
            assert queries.get_device(db.session, bank.bank_id, phone.device_id).unsent_count == 1
    assert missing(app, bank) == []  # it may still come
    hand_in(treasurer, phone, records[3] | {"cancelled": {"reason": "double"}})
    assert missing(app, bank) == ["HP01-0003"]


def test_a_gap_lies_in_the_session_whose_numbers_it_is_among(app, bank, phone, siti, kardus):
    codes = ["S-A", "S-A", "S-B", "S-B"]
    records = [phone.record(siti, (kardus, 1_000, 1_800), session=code) for code in codes]
    phone.send(records[1], records[2])
    phone.hello(epoch=1, last=4, unsent=0)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        found = gaps.gaps_by_session(db.session, bank.bank_id)
    named = {code: [gap.receipt for gap in of_it] for code, of_it in found.items()}
    assert named == {"S-A": ["HP01-0001"], "S-B": ["HP01-0004"]}


def test_a_revoked_phone_ends_its_epoch(app, bank, phone, treasurer, siti, kardus):
    records = [phone.record(siti, (kardus, 1_000 * n, 1_800)) for n in (1, 2)]
    phone.send(records[1])
    phone.hello(epoch=1, last=2, unsent=1)
    assert missing(app, bank) == []
    treasurer.post(f"/perangkat/{phone.device_id}/pencabutan")
    assert missing(app, bank) == ["HP01-0001"]


def held_by(app, bank, phone):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return db.session.get_one(Device, (bank.bank_id, phone.device_id)).unsent_count


def test_a_link_tells_nothing_in_the_phone_s_place(app, bank, phone):
    phone.hello(device=phone.name, epoch=1, last=0, unsent=7)
    told = {"epoch": 1, "last": 9, "unsent": 0, "app": "0.1.0-0000000"}
    for name in (phone.name, "HP02"):
        news = phone.browser.get("/timbang/kabar", device=name, **told)
        assert news.status_code == 200 and news.json["csrf"] and news.json["untold"] is True
    assert (held_by(app, bank, phone), missing(app, bank)) == (7, [])
    assert phone.hello(device="HP01", epoch=1, unsent=7).json["untold"] is False
    untokened = phone.browser.client.post(phone.browser.path("/timbang/kabar"), json=told)
    assert untokened.status_code == 400
    assert (held_by(app, bank, phone), missing(app, bank)) == (7, [])


def test_many_numbers_that_never_were_are_settled_at_once(
    app, bank, phone, treasurer, siti, kardus
):
    phone.send(phone.record(siti, (kardus, 1_000, 1_800)))
    phone.hello(epoch=1, last=100_000, unsent=0)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert gaps.find_gap(db.session, bank.bank_id, phone.device_id, 1, 1_001)
        with pytest.raises(gaps.GapNotFound):  # so far ahead no phone is
            gaps.find_gap(db.session, bank.bank_id, phone.device_id, 1, 1_002)
    page = treasurer.get("/perlu-dilihat").text
    assert "HP01-0002 sampai HP01-0051 belum sampai" in page
    path = f"/perlu-dilihat/nomor/{phone.device_id}/1/2-51"
    assert f'action="{treasurer.path(path)}"' in page
    assert treasurer.post(path).status_code == 303
    assert missing(app, bank)[0] == "HP01-0052"
    refused = treasurer.post(path)
    assert refused.status_code == 422 and "sudah diputuskan" in refused.text


def test_numbers_side_by_side_are_told_as_one(app, bank, phone, treasurer, siti, kardus):
    for number in (2, 5, 11):
        phone.number = number - 1
        phone.send(phone.record(siti, (kardus, 1_000 + number, 1_800)))
    told = "Belum sampai: HP01-0001, HP01-0003, HP01-0004, HP01-0006 sampai HP01-0010."
    assert told in read(treasurer, "/perangkat")
    assert told in read(treasurer, "/hari-buka")


def test_a_number_that_leaps_leaves_no_million_behind(app, bank, phone, siti, kardus):
    near, far = (phone.record(siti, (kardus, 1_000 + n, 1_800)) | {"number": n} for n in (3, 10**6))
    phone.send(near, far)
    assert missing(app, bank) == ["HP01-0001", "HP01-0002"]


def test_another_phone_s_gaps_are_its_own(app, bank, cleared, sign_in, act):
    other = Phone(sign_in("operator"), act)
    news = other.hello(epoch=other.epoch, last=0, unsent=0).json
    assert news["before"] == []


def test_the_last_number_of_an_epoch_only_rises(app, bank, cleared):
    shrink = "UPDATE desk_epoch SET last_number = 3 WHERE last_number = 4"
    with pytest.raises(DBAPIError, match="immutable"):
        ask_owner(app, shrink, rows=False)
    ask_owner(app, shrink.replace("= 3", "= 5"), rows=False)
