"""Names of new households lie where they can be erased, and nowhere else."""

import pytest

from banksampah import clock
from banksampah.db import db, transaction, use_bank
from banksampah.desk.models import DeskRecord, Newcomer
from banksampah.members.queries import find_member_by_number
from banksampah.members.service import close_member
from banksampah.privacy.newcomers import newcomer_data, told_of
from banksampah.privacy.service import ERASED, erase_member
from banksampah.withdrawals import service as withdrawals
from tests.desk.test_deciding import BARU, decide
from tests.factories import give_money


def test_the_record_as_it_came_has_no_name_in_it(app, bank, phone, kardus):
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        (kept,) = db.session.query(DeskRecord).all()
        (who,) = db.session.query(Newcomer).all()
    assert "Warni" not in kept.raw
    assert (who.name, who.rt, who.house_no) == ("Warni", "04", "7")


def test_an_erased_household_is_gone_from_the_desk_too(app, bank, phone, kardus, sign_in, act):
    """From records that were cancelled or held, too; another new household keeps its name."""
    wrong = phone.record(BARU, (kardus, 9_000, 1_800)) | {
        "cancelled": {"at": "x", "reason": "wrong_weight"}
    }
    phone.send(wrong, phone.record(BARU, (kardus, 1_000, 1_800), replaces=wrong["id"]))
    treasurer = sign_in("treasurer")
    assert decide(treasurer, "open_member").status_code == 303
    held = phone.record(BARU, (kardus, 2_000, 1_801))
    other = BARU | {"provisional": "T-02", "name": "Tono"}
    phone.send(held, phone.record(other, (kardus, 1_000, 1_800)))
    with app.app_context(), transaction(bank.bank_id) as session:
        give_money(session, act(), 5_000)
        warni = find_member_by_number(session, bank.bank_id, "0002")
        asked = withdrawals.request_withdrawal(
            session, act(), member_id=warni.id, amount_idr=1_800, method="cash"
        )
        withdrawals.pay_withdrawal(session, act(), seq=asked.seq)
        close_member(session, act(), member_id=warni.id)
        erase_member(session, act(), member_id=warni.id)
        names = [who.name for who in session.query(Newcomer)]
        assert sorted(names) == [ERASED, ERASED, ERASED, "Tono"]
    phone.send(held | {"cancelled": {"reason": "other"}})  # names it once more
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert db.session.query(Newcomer).filter_by(name="Warni").count() == 0


def second_names(phone, kardus):
    record = phone.record(BARU, (kardus, 1_000, 1_800))
    phone.send(record)
    for _twice in range(2):
        phone.send(record | {"member": BARU | {"name": "Joko Susilo", "rt": "09"}})
    phone.send(record | {"cancelled": {"reason": "other"}})


def test_what_another_content_of_one_id_told_is_kept_too(app, bank, phone, kardus, sign_in):
    second_names(phone, kardus)
    treasurer = sign_in("treasurer")
    page = treasurer.get("/perlu-dilihat").text
    assert page.count("<b>Warni</b>") == page.count("<b>Joko Susilo</b>") == 1
    assert decide(treasurer, "release").status_code == 303
    page = treasurer.get("/perlu-dilihat").text
    assert "<b>Joko Susilo</b>" in page and "<b>Warni</b>" not in page
    assert decide(treasurer, "open_member").status_code == 303
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        assert find_member_by_number(db.session, bank.bank_id, "0002").name == "Joko Susilo"
        assert sorted(who.name for who in db.session.query(Newcomer)) == ["Joko Susilo", "Warni"]


def test_and_is_erased_and_handed_over_with_the_first(app, bank, phone, kardus):
    second_names(phone, kardus)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        [household] = told_of(db.session, bank.bank_id)
        found = newcomer_data(db.session, bank, household, clock.now_utc())
    assert {who["name"] for who in found["told"]} == {"Warni", "Joko Susilo"}
    names = [record["member"]["name"] for record in found["records"]]
    assert names == ["Warni", "Joko Susilo", "Warni"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Bu\u00a0Warni", "Bu Warni"),
        ("Warni \ud83d", "Warni"),
        ("\u200bWarni\x00 B.\t", "Warni B."),
        ("Rene\u0301", "René"),
    ],
)
def test_a_sign_that_cannot_be_printed_holds_nothing_back(
    app, bank, phone, kardus, sign_in, typed, kept
):
    sent = phone.record(BARU | {"name": typed, "house_no": "7\x00"}, (kardus, 1_000, 1_800))
    assert phone.send(sent)[sent["id"]]["notes"] == ["provisional"]
    assert phone.send(sent)[sent["id"]]["state"] == "already_there"
    treasurer = sign_in("treasurer")
    assert kept in treasurer.get("/perlu-dilihat").text
    assert decide(treasurer, "open_member").status_code == 303
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        warni = find_member_by_number(db.session, bank.bank_id, "0002")
        assert (warni.name, warni.house_no) == (kept, "7")


def test_half_a_sign_anywhere_is_kept_and_held(app, bank, phone, kardus, sign_in):
    sent = phone.record(BARU, (kardus, 1_000, 1_800))
    sent |= {"lines": "\ud83d", "\udc00": {"name": "\ud83d"}}
    assert phone.send(sent)[sent["id"]]["notes"] == ["unreadable"]
    assert sign_in("treasurer").get("/perlu-dilihat").status_code == 200
