"""Everything a phone may send, and what the books make of it."""

from datetime import date, timedelta

import pytest

from banksampah import clock, ledger
from banksampah.db import db, transaction, use_bank
from banksampah.desk import queries
from banksampah.desk.models import DeskRecord
from banksampah.ledger import chart
from banksampah.members.service import close_member, merge_members
from tests.desk.phones import Phone, saved
from tests.factories import make_deposit, make_member, priced_material, set_price


def state(app, bank, code):
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        return [f.code for f in queries.open_flags(db.session, bank.bank_id)].count(code)


def test_a_deposit_is_booked_once_however_often_it_is_sent(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 2_350, 1_800))
    first = phone.send(record)[record["id"]]
    again = phone.send(record)[record["id"]]
    assert (first["state"], first["notes"]) == ("accepted", [])
    assert (again["state"], again["deposit_seq"]) == ("already_there", first["deposit_seq"])
    assert saved(app, bank, siti) == 4_230


def test_what_came_is_kept_as_it_came_before_it_is_read(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 2_350, 1_800), anything={"else": ["é"]})
    phone.send(record)
    phone.send(record)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        (kept,) = db.session.query(DeskRecord).filter_by(record_id=record["id"]).all()
        assert '"é"' in kept.raw


def test_the_price_told_stands_and_an_older_one_is_flagged(
    app, bank, phone, siti, kardus, session, act
):
    with app.app_context(), transaction(bank.bank_id) as inner:
        set_price(inner, act(), kardus, 2_000, date(2026, 11, 20))
    told = phone.send(record := phone.record(siti, (kardus, 1_000, 1_800)))[record["id"]]
    assert (told["state"], told["notes"]) == ("accepted_with_note", ["price_old"])
    assert saved(app, bank, siti) == 1_800
    assert state(app, bank, "price_old") == 1


def test_a_price_that_never_was_is_held(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_801))
    assert phone.send(record)[record["id"]]["state"] == "held"
    assert saved(app, bank, siti) == 0
    assert state(app, bank, "price_unknown") == 1


@pytest.mark.parametrize("wrong", ["line", "total"])
def test_a_sum_that_does_not_add_up_is_held(app, bank, phone, siti, kardus, wrong):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    if wrong == "line":
        record["lines"][0]["value_idr"] += 1
    record["total_idr"] += 1
    told = phone.send(record)[record["id"]]
    assert (told["state"], told["notes"]) == ("held", ["sum_differs"])


def test_a_closed_member_s_deposit_lies_in_titipan(app, bank, phone, siti, kardus, act):
    with app.app_context(), transaction(bank.bank_id) as inner:
        close_member(inner, act(), member_id=siti.id)
    record = phone.record(siti, (kardus, 1_000, 1_800))
    told = phone.send(record)[record["id"]]
    assert (told["state"], told["notes"]) == ("accepted_with_note", ["member_closed"])
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert ledger.balance(db.session, bank.bank_id, chart.SUSPENSE).posted == 1_800


def test_a_merged_member_is_followed(app, bank, phone, siti, kardus, act, session):
    with app.app_context(), transaction(bank.bank_id) as inner:
        other = make_member(inner, act(), "Yanto Prasetyo")
        merge_members(inner, act(), from_id=siti.id, into_id=other.id)
    record = phone.record(siti, (kardus, 1_000, 1_800))
    told = phone.send(record)[record["id"]]
    assert (told["state"], told["notes"]) == ("accepted", [])
    assert saved(app, bank, other) == 1_800


def test_other_content_under_one_id_is_held_and_the_first_stands(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(record)
    other = record | {
        "lines": [{**record["lines"][0], "quantity": 2_000, "value_idr": 3_600}],
        "total_idr": 3_600,
    }
    told = phone.send(other)[record["id"]]
    assert (told["state"], told["notes"]) == ("held", ["other_content"])
    assert saved(app, bank, siti) == 1_800
    phone.send(other)
    assert state(app, bank, "other_content") == 1


def test_the_same_from_two_phones_is_accepted_and_flagged(
    app, bank, phone, siti, kardus, sign_in, act
):
    second = Phone(sign_in("operator"), act)
    mine, theirs = (
        phone.record(siti, (kardus, 1_000, 1_800)),
        second.record(siti, (kardus, 1_000, 1_800)),
    )
    assert phone.send(mine)[mine["id"]]["notes"] == []
    assert second.send(theirs)[theirs["id"]]["notes"] == ["maybe_double"]
    assert saved(app, bank, siti) == 3_600
    assert state(app, bank, "maybe_double") == 1


def test_eleven_minutes_apart_is_no_double(app, bank, phone, siti, kardus):
    first, later = (phone.record(siti, (kardus, 1_000, 1_800)) for _ in range(2))
    later["weighed_at"] = later["weighed_at"].replace("08:41", "08:53")
    assert phone.send(first, later)[later["id"]]["notes"] == []


def test_what_was_weighed_online_is_a_possible_double_too(app, bank, phone, siti, kardus, act):
    with app.app_context(), transaction(bank.bank_id) as inner:
        online = act()
        make_deposit(inner, online, siti, (kardus, 1_000))
    record = phone.record(siti, (kardus, 1_000, 1_800), weighed_at=online.at.isoformat())
    assert phone.send(record)[record["id"]]["notes"] == ["maybe_double"]


def test_a_record_cancelled_before_it_was_sent_moves_nothing(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800), cancelled={"reason": "wrong_weight"})
    told = phone.send(record)[record["id"]]
    assert (told["state"], told["notes"], told["deposit_seq"]) == (
        "accepted_with_note",
        ["cancelled"],
        None,
    )
    assert saved(app, bank, siti) == 0


def test_a_cancellation_that_follows_is_the_mirror(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(record)
    told = phone.send(record | {"cancelled": {"reason": "wrong_member"}})[record["id"]]
    assert told["state"] == "already_there"
    assert "cancelled" in told["notes"]
    assert saved(app, bank, siti) == 0
    assert (
        phone.send(record | {"cancelled": {"reason": "wrong_member"}})[record["id"]]["state"]
        == "already_there"
    )


def test_a_wrong_clock_keeps_the_date_in_the_books_right(app, bank, phone, siti, kardus):
    ahead = phone.record(siti, (kardus, 1_000, 1_800), weighed_at="2027-01-05T08:00:00+07:00")
    told = phone.send(ahead)[ahead["id"]]
    assert told["notes"] == ["clock_wrong"]
    assert told["state"] == "accepted_with_note"


def test_a_closed_month_takes_nothing_more(app, bank, phone, siti, kardus, act):
    with app.app_context(), transaction(bank.bank_id) as inner:
        ledger.close_period(inner, act(), date(2026, 10, 31))
    old = phone.record(siti, (kardus, 1_000, 1_800), weighed_at="2026-10-30T08:00:00+07:00")
    assert phone.send(old)[old["id"]]["notes"] == ["period_closed"]
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        (entry,) = [
            e
            for e in ledger.entries(db.session, bank.bank_id, limit=1000)
            if e.kind == "deposit.record"
        ]
        assert (entry.effective_on, entry.occurred_on) == (date(2026, 11, 1), date(2026, 10, 30))


def test_a_revoked_phone_hands_over_and_gets_no_provisions(
    app, bank, phone, siti, kardus, sign_in, act
):
    treasurer = sign_in("treasurer")
    phone.hello(epoch=phone.epoch, last=3, unsent=3)
    asks = treasurer.get("/perangkat").text.partition("<summary>Nonaktifkan HP01</summary>")[2]
    assert asks.index("3 setoran masih di HP ini.") < asks.index("Ya, nonaktifkan HP01")
    assert treasurer.post(f"/perangkat/{phone.device_id}/pencabutan").status_code == 303
    record = phone.record(siti, (kardus, 1_000, 1_800))
    assert phone.send(record)[record["id"]]["notes"] == ["phone_revoked"]
    assert phone.browser.get("/timbang/bekal").status_code == 404
    assert phone.browser.get("/timbang/kabar").json["device"]["revoked"] is True


def test_a_record_that_cannot_be_read_is_kept_and_held(app, bank, phone, siti, kardus):
    record = phone.record(siti, (kardus, 1_000, 1_800))
    del record["weighed_at"]
    assert phone.send(record)[record["id"]]["notes"] == ["unreadable"]
    assert phone.send({"no": "id"}) == {}


def test_numbers_that_never_came_are_named(app, phone, siti, kardus):
    records = [phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(4)]
    phone.send(records[0], records[3])
    news = phone.hello(epoch=phone.epoch, last=4, unsent=2).json
    assert news["missing"] == [2, 3]
    assert news["service"] == "bank-sampah"


def test_a_session_ends_when_both_have_counted_the_same(app, phone, siti, kardus, sign_in):
    records = [phone.record(siti, (kardus, 1_000 + n, 1_800)) for n in range(2)]
    phone.send(records[0])
    totals = {
        "code": records[0]["session"],
        "deposits_count": 2,
        "weight_g": 2_001,
        "value_idr": 3_602,
        "last": 2,
    }
    answer = phone.post("/timbang/tutup", totals).json
    assert (answer["agrees"], answer["missing"], answer["books"]["deposits_count"]) == (
        False,
        [2],
        1,
    )
    late = phone.send(records[1])[records[1]["id"]]
    assert late["notes"] == ["late"]
    counted = phone.post("/timbang/tutup", totals).json
    assert (counted["agrees"], len(counted["rows"])) == (True, 2)
    assert counted["rows"][0] == [records[0]["id"], f"{phone.name}-0001", 1_000, 1_800]
    assert "Sesi 21 Nov bertambah 1 setoran" in sign_in("treasurer").get("/hari-buka").text


def test_pieces_are_no_grams_when_phone_and_books_compare(
    app, bank, phone, siti, kardus, act, session
):
    with app.app_context(), transaction(bank.bank_id) as inner:
        bottle = priced_material(inner, act(), "BTL", "Botol kecap", 500, "pcs")
    record = phone.record(siti, (kardus, 1_000, 1_800), (bottle, 7, 500))
    phone.send(record)
    totals = {"code": record["session"], "deposits_count": 1, "weight_g": 1_000, "last": 1}
    answer = phone.post("/timbang/tutup", totals | {"value_idr": 1_800 + 3_500}).json
    assert (answer["agrees"], answer["books"]["weight_g"]) == (True, 1_000)


def test_provisions_hold_no_phone_number_and_are_not_sent_twice(app, bank, phone, siti):
    answer = phone.browser.get("/timbang/bekal")
    assert answer.json["members"][0][1:3] == [siti.number, siti.short_name]
    assert siti.name not in answer.text
    same = phone.browser.client.get(
        phone.browser.path("/timbang/bekal"), headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert same.status_code == 304


def test_a_browser_that_is_no_phone_gets_nothing(sign_in):
    browser = sign_in("operator")
    for path in ("/timbang/kabar", "/timbang/bekal"):
        assert browser.get(path).status_code == 404


def test_a_session_that_nobody_closed_runs_on_its_own_day_alone(
    phone, siti, kardus, sign_in, monkeypatch
):
    now = clock.now_utc()
    phone.send(phone.record(siti, (kardus, 1_000, 1_800), weighed_at=now.isoformat()))
    assert "Berjalan" in sign_in("treasurer").get("/hari-buka").text
    monkeypatch.setattr(clock, "now_utc", lambda: now + timedelta(days=1))
    page = sign_in("auditor").get("/hari-buka").text
    assert "Berjalan" not in page and "Belum ditutup" in page
