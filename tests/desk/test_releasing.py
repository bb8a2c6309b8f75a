"""What was held is released only when nothing else speaks against it, at the prices of its own day
and household; what came under a number twice is there once, or as two."""

import re
from datetime import date

import pytest

from banksampah.catalog.service import set_share_rule
from banksampah.db import db, transaction, use_bank
from banksampah.deposits.models import PRICE
from banksampah.deposits.queries import standing
from banksampah.deposits.service import correct_price, move_household
from banksampah.desk import queries
from banksampah.desk.service import revoke_device
from banksampah.sales.service import Sold, reverse_sale
from tests.desk.phones import saved
from tests.desk.test_deciding import BARU, decide, in_suspense, treasurer, waiting  # noqa: F401
from tests.factories import make_deposit, make_member, set_price
from tests.owner import ask_owner
from tests.sales.helpers import sell

CANCELLED = {"at": "2026-11-21T08:50:00+07:00", "reason": "wrong_weight"}


@pytest.fixture
def revoked(app, bank, phone, act):
    with app.app_context(), transaction(bank.bank_id) as inner:
        revoke_device(inner, act(), device_id=phone.device_id)
    return phone


def test_a_number_typed_from_its_slip_is_asked_about_again_when_its_phone_turns_up(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    lost, came = (phone.record(siti, (kardus, kilos * 1_000, 1_800)) for kilos in (2, 1))
    phone.send(came)
    with app.app_context(), transaction(bank.bank_id) as inner:
        revoke_device(inner, act(), device_id=phone.device_id)
        typed = make_deposit(inner, act(), siti, (kardus, 2_000)).seq
    number = f"/perlu-dilihat/nomor/{phone.device_id}/1/1"
    assert treasurer.post(number, {"decision": "typed", "deposit_seq": typed}).status_code == 303
    phone.send(lost)
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == (["other_content"], 1_800 + 3_600)
    assert f"/setoran/{typed}" in treasurer.get("/perlu-dilihat").text
    assert decide(treasurer, "keep").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800 + 3_600)


def sides(browser):
    """What stands side by side on the one card: the sum under each title."""
    page = browser.get("/perlu-dilihat").text
    found = re.findall(r"<h3>(.*?)</h3>.*?<span>Jumlah</span><b>(.*?)</b>", page, re.DOTALL)
    return dict(found)


@pytest.mark.parametrize("has_own_id", [True, False])
def test_each_of_two_contents_says_whether_it_came_first(
    phone, kardus, siti, treasurer, has_own_id  # noqa: F811
):  # fmt: skip
    """ "Yang pertama saja" stands below: what is shown first is the second one, or the first."""
    first, second = (phone.record(siti, (kardus, grams, 1_800)) for grams in (1_000, 2_000))
    second |= {"number": first["number"]} if has_own_id else {"number": 1, "id": first["id"]}
    phone.send(first)
    phone.send(second)
    assert sides(treasurer) == {"Yang pertama": "Rp1.800", "Yang kedua": "Rp3.600"}


def test_what_was_typed_from_its_slip_came_before_its_phone(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    lost, _typed = typed_from_slip(app, bank, phone, kardus, siti, treasurer, act)
    phone.send(lost)
    assert list(sides(treasurer)) == ["Yang kedua", "Yang pertama, diketik"]


def test_a_release_does_not_book_a_price_that_never_was(
    app, bank, revoked, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    record = revoked.record(siti, (kardus, 1_000, 99_000))
    record["total_idr"] += 1
    revoked.send(record)
    for reason in ("phone_revoked", "sum_differs"):
        assert waiting(app, bank) == [reason]
        assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == (["price_unknown"], 0)
    assert revoked.send(record)[record["id"]]["notes"] == ["price_unknown"]
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)


def test_a_release_notes_an_old_price_nobody_has_looked_at(
    app, bank, revoked, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        set_price(inner, act(), kardus, 2_000, date(2026, 11, 20))
    revoked.send(revoked.record(siti, (kardus, 1_000, 1_800)))
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == (["price_old"], 1_800)


def test_a_second_content_with_a_note_can_be_looked_at(
    app, bank, phone, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    first = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(first)
    phone.send(first | {"weighed_at": "2026-11-21T08:45:07+07:00"})
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == (["maybe_double"], 3_600)
    assert treasurer.get("/perlu-dilihat").text.count(f"<b>{siti.name}</b>") == 2
    assert decide(treasurer, "cancel").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)


def test_a_second_content_of_a_new_household_lies_in_titipan_under_its_name(
    app, bank, phone, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    first = phone.record(BARU, (kardus, 1_000, 1_800))
    phone.send(first)
    phone.send(first | {"weighed_at": "2026-11-21T09:30:00+07:00"})
    assert treasurer.post("/perlu-dilihat/2", {"decision": "release"}).status_code == 303
    assert (waiting(app, bank), in_suspense(app, bank)) == (["provisional"] * 2, 3_600)
    assert treasurer.get("/perlu-dilihat").text.count("<b>Warni</b>") == 2
    assert treasurer.post("/perlu-dilihat/3", {"decision": "open_member"}).status_code == 303
    assert (waiting(app, bank), in_suspense(app, bank)) == ([], 0)


def test_a_second_content_is_held_for_its_own_reasons(
    app, bank, phone, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    first = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(first)
    line = {**first["lines"][0], "price_idr": 99_000, "value_idr": 99_000}
    phone.send(first | {"lines": [line], "total_idr": 99_000})
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == (["price_unknown"], 1_800)
    assert decide(treasurer, "dismiss").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)


def test_a_second_content_that_was_taken_back_is_never_booked(
    app, bank, phone, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    first = phone.record(siti, (kardus, 1_000, 1_800))
    phone.send(first)
    phone.send(first | {"weighed_at": "2026-11-21T09:30:00+07:00", "cancelled": CANCELLED})
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)


@pytest.fixture
def second(phone, kardus, siti):
    """Another content under the id of a deposit that is booked; both were sent."""
    first = phone.record(siti, (kardus, 1_000, 1_800))
    other = first | {"weighed_at": "2026-11-21T09:30:00+07:00"}
    phone.send(first)
    phone.send(other)
    return other


def test_a_second_content_that_is_taken_back_before_it_is_looked_at_is_never_booked(
    app, bank, phone, second, siti, treasurer  # noqa: F811
):  # fmt: skip
    assert "Dibatalkan" not in treasurer.get("/perlu-dilihat").text
    phone.send(second | {"cancelled": CANCELLED})
    page = treasurer.get("/perlu-dilihat").text
    asked = waiting(app, bank)
    for card in range(1, len(asked) + 1):
        treasurer.post(f"/perlu-dilihat/{card}", {"decision": "release"})
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)
    assert (asked, page.count("Dibatalkan")) == (["other_content"] * 2, 2)
    assert ask_owner(app, "SELECT count(*) FROM desk_intake") == [(2,)]  # two cards, one content


def test_a_second_content_that_is_taken_back_after_it_was_booked_is_undone(
    app, bank, phone, second, siti, treasurer  # noqa: F811
):  # fmt: skip
    assert decide(treasurer, "release").status_code == 303
    again = phone.send(second)[second["id"]]
    assert (again["state"], saved(app, bank, siti)) == ("already_there", 3_600)
    for _time in range(2):
        phone.send(second | {"cancelled": CANCELLED})
        assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)


def test_the_list_of_a_release_is_that_of_the_banks_day(
    app, bank, phone, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        set_price(inner, act(), kardus, 2_000, date(2026, 11, 21))
    before_seven = "2026-11-21T06:30:00+07:00"  # 20 November by UTC
    phone.send(phone.record(siti, (kardus, 1_000, 1_999), weighed_at=before_seven))
    assert decide(treasurer, "release").status_code == 303
    assert saved(app, bank, siti) == 2_000


def test_the_list_of_a_release_is_that_of_the_households_class(
    app, bank, phone, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        set_price(inner, act(), kardus, 2_500, date(2026, 1, 1), "anggota")
        budi = make_member(inner, act(), "Budi", price_class="anggota")
    phone.send(phone.record(budi, (kardus, 1_000, 2_499)))
    assert decide(treasurer, "release").status_code == 303
    assert saved(app, bank, budi) == 2_500


@pytest.mark.parametrize(
    ("umum", "anggota", "notes"),
    [
        ({}, {3: 1_800, 4: 1_900}, []),  # the other class has a newer price: nobody was told it
        ({4: 2_000}, {5: 1_800}, ["price_old"]),  # the other class came to have the old one
    ],
)
def test_a_price_is_old_by_the_list_of_the_households_own_class(
    app, bank, phone, kardus, siti, act, umum, anggota, notes
):
    with app.app_context(), transaction(bank.bank_id) as inner:
        for price_class, prices in (("umum", umum), ("anggota", anggota)):
            for month, price_idr in prices.items():
                set_price(inner, act(), kardus, price_idr, date(2026, month, 1), price_class)
    record = phone.record(siti, (kardus, 1_000, 1_800))
    assert phone.send(record)[record["id"]]["notes"] == notes


def typed_from_slip(app, bank, phone, kardus, siti, treasurer, act):  # noqa: F811
    """The first of two numbers, typed in from its slip, and the record that has not come yet."""
    lost, came = (phone.record(siti, (kardus, kilos * 1_000, 1_800)) for kilos in (2, 1))
    phone.send(came)
    phone.hello(epoch=1, last=2, unsent=0)
    with app.app_context(), transaction(bank.bank_id) as inner:
        typed = make_deposit(inner, act(), siti, (kardus, 2_000)).seq
    number = f"/perlu-dilihat/nomor/{phone.device_id}/1/1"
    assert treasurer.post(number, {"decision": "typed", "deposit_seq": typed}).status_code == 303
    return lost, typed


@pytest.mark.parametrize(("decision", "value"), [("keep", 3_600), ("release", 0)])
@pytest.mark.parametrize("held_first", [False, True])
def test_a_cancellation_of_what_was_typed_from_its_slip_is_asked_about(
    app, bank, phone, kardus, siti, treasurer, act, decision, value, held_first  # noqa: F811
):  # fmt: skip
    lost, typed = typed_from_slip(app, bank, phone, kardus, siti, treasurer, act)
    if held_first:
        phone.send(lost)
        assert waiting(app, bank) == ["other_content"]
    phone.send(lost | {"cancelled": CANCELLED})
    assert waiting(app, bank) == ["cancel_refused"]
    page = treasurer.get("/perlu-dilihat").text
    assert f"/setoran/{typed}" in page and "sudah diketik dari buktinya" in page
    assert decide(treasurer, decision).status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800 + value)


@pytest.fixture
def refused(app, bank, phone, kardus, siti, act):
    """A deposit that its phone took back when the goods were sold, and what was to replace it."""
    first = phone.record(siti, (kardus, 9_000, 1_800))
    phone.send(first)
    with app.app_context(), transaction(bank.bank_id) as inner:
        sale = sell(inner, act(), Sold(kardus.id, 9_000, 2_000)).seq
    second = phone.record(siti, (kardus, 900, 1_800), replaces=first["id"])
    phone.send(first | {"cancelled": CANCELLED}, second)
    return sale


def test_what_could_not_be_taken_back_stands_beside_what_was_to_replace_it(
    app, bank, refused, siti, treasurer  # noqa: F811
):  # fmt: skip
    assert (waiting(app, bank), saved(app, bank, siti)) == (["cancel_refused"], 17_820)
    page = treasurer.get("/perlu-dilihat").text
    assert "9 kg" in page and "0,9 kg" in page and "/koreksi" in page
    assert "Batalkan penggantinya" in page and "Batalkan sekarang" not in page
    assert decide(treasurer, "cancel").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 16_200)
    assert treasurer.post("/perlu-dilihat/1", {"decision": "release"}).status_code == 422


def test_what_could_not_be_taken_back_may_be_once_the_goods_are_there(
    app, bank, refused, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    assert decide(treasurer, "release").status_code == 422
    with app.app_context(), transaction(bank.bank_id) as inner:
        reverse_sale(inner, act(), sale_seq=refused, reason="salah")
    page = treasurer.get("/perlu-dilihat").text
    assert "Batalkan sekarang" in page and "/koreksi" not in page
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_620)


@pytest.mark.parametrize("undone", [0, 1])
def test_a_double_of_which_one_was_undone_elsewhere_asks_nothing_more(
    app, bank, phone, kardus, siti, treasurer, undone  # noqa: F811
):  # fmt: skip
    twice = [phone.record(siti, (kardus, 1_000, 1_800)) for _ in range(2)]
    told = phone.send(*twice)
    assert waiting(app, bank) == ["maybe_double"]
    seq = told[twice[undone]["id"]]["deposit_seq"]
    treasurer.post(f"/setoran/{seq}/pembatalan", {"reason": "double"})
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)
    assert "Tidak ada yang perlu dilihat" in treasurer.get("/perlu-dilihat").text


def test_what_was_moved_out_of_titipan_elsewhere_asks_nothing_more(
    app, bank, phone, kardus, siti, act
):
    phone.send(phone.record(BARU, (kardus, 1_000, 1_800)))
    with app.app_context(), transaction(bank.bank_id) as inner:
        (lies,) = queries.suspense_of(inner, bank.bank_id, "HP01-1-T-01")
        seq = lies.deposit_seq
        move_household(inner, act(), seq=seq, member_id=siti.id, note="Titipan")
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 1_800)


@pytest.fixture
def old_price(app, bank, phone, kardus, siti, act):
    """Two kilograms at yesterday's price, of a household that is credited 85 %."""
    with app.app_context(), transaction(bank.bank_id) as inner:
        rule = {"share_ppm": 850_000, "valid_from": date(2026, 1, 1)}
        set_share_rule(inner, act(), account_kind="household", **rule)
        set_price(inner, act(), kardus, 2_000, date(2026, 11, 20))
    record = phone.record(siti, (kardus, 1_000, 1_800), (kardus, 1_000, 2_000))
    return phone.send(record)[record["id"]]["deposit_seq"]


def test_an_old_price_is_adjusted_by_a_correction_that_the_deposit_shows(
    app, bank, phone, old_price, siti, kardus, treasurer  # noqa: F811
):  # fmt: skip
    assert (waiting(app, bank), saved(app, bank, siti)) == (["price_old"], 1_530 + 1_700)
    page = treasurer.get("/perlu-dilihat").text
    assert "Menurut daftar harga" in page and "+Rp170" in page and "Rp4.000" in page
    assert decide(treasurer, "release").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 3_400)
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        now = standing(db.session, bank.bank_id, old_price)
        assert [(line.price_idr, line.credited_idr) for line in now.lines] == [(2_000, 1_700)] * 2
        assert [change.kind for change in now.changes] == [PRICE]
    undo = treasurer.post(f"/setoran/{old_price}/pembatalan", {"reason": "double"})
    assert (undo.status_code, saved(app, bank, siti)) == (303, 0)


def test_a_price_that_was_put_right_is_only_left_as_it_is(
    app, bank, phone, old_price, siti, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        sell(inner, act(), Sold(kardus.id, 2_000, 2_500))
        terms = {"line": 1, "price_idr": 2_000, "note": "salah"}
        correct_price(inner, act(), seq=old_price, **terms)
    assert "Buat penyesuaian" not in treasurer.get("/perlu-dilihat").text
    assert decide(treasurer, "release").status_code == 422
    assert decide(treasurer, "keep").status_code == 303
    assert (waiting(app, bank), saved(app, bank, siti)) == ([], 3_400)


def test_a_sum_and_a_price_of_no_list_stand_beside_what_the_books_make_of_them(
    app, bank, phone, siti, kardus, treasurer  # noqa: F811
):  # fmt: skip
    wrong = phone.record(siti, (kardus, 2_000, 1_800))
    wrong["total_idr"] = wrong["lines"][0]["value_idr"] = 7_777
    phone.send(wrong, phone.record(siti, (kardus, 3_000, 1_801)))
    page = treasurer.get("/perlu-dilihat").text
    assert "Menurut barisnya" in page and "Rp7.777" in page and "Rp3.600" in page
    assert "Menurut daftar harga" in page and "Rp5.403" in page and "Rp5.400" in page


def test_a_double_that_was_typed_at_the_desk_is_shown_beside_the_phones(
    app, bank, phone, siti, kardus, treasurer, act  # noqa: F811
):  # fmt: skip
    with app.app_context(), transaction(bank.bank_id) as inner:
        typed = make_deposit(inner, online := act(), siti, (kardus, 1_000)).seq
    phone.send(phone.record(siti, (kardus, 1_000, 1_800), weighed_at=online.at.isoformat()))
    assert waiting(app, bank) == ["maybe_double"]
    assert f"/setoran/{typed}" in treasurer.get("/perlu-dilihat").text
