"""A new household is of the phone and the epoch that gave it its number, whatever weighs for it."""

import pytest

from banksampah.db import db, use_bank
from banksampah.desk.newcomers import newcomers_of
from banksampah.members.queries import find_member_by_number
from banksampah.privacy.newcomers import told_of
from tests.desk.phones import Phone, hand_in_file
from tests.desk.test_deciding import BARU, decide, in_suspense, treasurer, waiting  # noqa: F401
from tests.desk.test_gaps import renew

CODE = "HP01-1-T-01"
WARNI = BARU | {"provisional": CODE}


@pytest.fixture
def weighed_twice(phone, kardus):
    """By the same phone before and after it was paired anew."""
    phone.send(phone.record(WARNI, (kardus, 1_000, 1_800)))
    renew(phone)
    phone.send(phone.record(WARNI, (kardus, 2_000, 1_800)))
    assert phone.epoch == 2


def test_who_is_matched_once_is_matched_in_every_epoch(
    app, bank, phone, kardus, weighed_twice, treasurer  # noqa: F811
):  # fmt: skip
    page = treasurer.get("/perlu-dilihat").text
    assert "T-01" in page and CODE not in page
    assert in_suspense(app, bank) == 5_400
    assert decide(treasurer, "open_member").status_code == 303
    assert (waiting(app, bank), in_suspense(app, bank)) == ([], 0)
    later = phone.record(WARNI, (kardus, 500, 1_800))
    assert phone.send(later)[later["id"]]["notes"] == []
    assert phone.browser.get("/timbang/bekal").json["matched"] == [CODE]


def test_a_number_told_alone_is_of_the_epoch_of_its_record(
    app, bank, phone, kardus, treasurer  # noqa: F811
):  # fmt: skip
    """So desks of before told it, and their records may still lie on a phone."""
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    renew(phone)
    phone.send(phone.record(WARNI, (kardus, 2_000, 1_800)))
    phone.send(phone.record(BARU, (kardus, 5_000, 1_800)))
    assert decide(treasurer, "open_member").status_code == 303
    assert (waiting(app, bank), in_suspense(app, bank)) == (["provisional"], 9_000)


def test_another_phone_in_the_same_browser_weighs_for_it(
    app, bank, phone, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(WARNI, (kardus, 1_000, 1_800)))
    other = Phone(phone.browser, act)
    other.send(other.record(WARNI, (kardus, 2_000, 1_800)))
    assert decide(treasurer, "open_member").status_code == 303
    assert (waiting(app, bank), in_suspense(app, bank)) == ([], 0)
    assert other.browser.get("/timbang/bekal").json["matched"] == [CODE]


@pytest.mark.parametrize(
    "told",
    [
        "HP77-1-T-01", "HP01-2-T-01", "HP01-0-T-01", "HP01-x-T-01", "HP01-1-", "HP01-\u0661-T-01",
        "HP01-1-T-" + 20 * "1", 1, ["HP01", 1], None,
    ],
)  # fmt: skip
def test_what_no_phone_can_have_given_is_held(
    app, bank, phone, kardus, treasurer, told  # noqa: F811
):  # fmt: skip
    odd = phone.record(BARU | {"provisional": told}, (kardus, 1_000, 1_800))
    assert phone.send(odd)[odd["id"]]["notes"] == ["unreadable"]
    assert (waiting(app, bank), in_suspense(app, bank)) == (["unreadable"], 0)
    assert treasurer.get("/perlu-dilihat").status_code == 200


def test_an_epoch_that_a_restored_backup_forgot_is_the_records_own(
    app, bank, phone, kardus, treasurer  # noqa: F811
):  # fmt: skip
    """Its file may be handed in before the phone has told in which epoch it is."""
    given = phone.record(WARNI | {"provisional": "HP01-2-T-01"}, (kardus, 1_000, 1_800), epoch=2)
    assert hand_in_file(treasurer, given).status_code == 200
    assert (waiting(app, bank), in_suspense(app, bank)) == (["provisional"], 1_800)


def test_its_names_are_found_together(
    app, bank, phone, kardus, weighed_twice, treasurer  # noqa: F811
):  # fmt: skip
    taken_back = phone.record(WARNI, (kardus, 900, 1_800)) | {"cancelled": {"reason": "double"}}
    phone.send(taken_back)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        [household] = told_of(db.session, bank.bank_id)
        assert (household.code, len(household.people), len(household.lies)) == (CODE, 3, 2)
    assert decide(treasurer, "open_member").status_code == 303
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        warni = find_member_by_number(db.session, bank.bank_id, "0002")
        assert len(newcomers_of(db.session, bank.bank_id, [warni.id])) == 3


def test_a_number_with_blanks_is_found_where_its_money_lies(app, bank, phone, kardus):
    phone.send(phone.record(BARU | {"provisional": " T-01\u00a0 "}, (kardus, 1_000, 1_800)))
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        [household] = told_of(db.session, bank.bank_id)
        assert (household.code, len(household.lies)) == (CODE, 1)
