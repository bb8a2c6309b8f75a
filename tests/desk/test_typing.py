"""What a phone sent and the books cannot take is typed by hand, from a form with what is known."""

import re
from html import unescape
from urllib.parse import parse_qs

import pytest

from banksampah.db import transaction
from tests.desk.phones import saved
from tests.desk.test_deciding import BARU, decide, treasurer, waiting  # noqa: F401
from tests.desk.test_gaps import state_of
from tests.factories import make_deposit, priced_material


def form_of(page):
    """The address that the card leads to, below the bank's own."""
    return re.search(r'href="[^"]*(/setoran/baru\?[^"]+)"', unescape(page.text))[1]


def follow(treasurer, address, **more):  # noqa: F811
    path, _mark, query = address.partition("?")
    return treasurer.get(path, **parse_qs(query), **more)


def filled_in(page):
    """Quantities that stand in the fields, by material."""
    rows = re.findall(
        r'name="lines-(\d+)-quantity"[^>]* value="([^"]*)".*?'
        r'name="lines-\1-material_id" value="(\d+)"',
        page.text,
        re.S,
    )
    return {int(material): quantity for _n, quantity, material in rows if quantity}


@pytest.fixture
def odd(app, bank, phone, kardus, siti, act):
    """A deposit of yesterday of three kinds, one of which the bank does not have."""
    with app.app_context(), transaction(bank.bank_id) as inner:
        bottle = priced_material(inner, act(), "BTL", "Botol kecap", 500, "pcs")
    at = "2026-11-20T08:00:00+07:00"
    pairs = ((kardus, 1_350, 1_800), (bottle, 7, 500), (kardus, 1_000, 1_800))
    record = phone.record(siti, *pairs, weighed_at=at)
    record["lines"][2] |= {"material_id": 999}
    phone.bottle = bottle
    return record


def test_an_unknown_kind_is_typed_by_hand_and_stands_for_the_record(
    app, bank, phone, odd, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    odd["lines"].append(odd["lines"][0] | {"quantity": 1_000, "value_idr": 1_800})
    phone.send(odd)
    assert waiting(app, bank) == ["material_unknown"]
    page = treasurer.get("/perlu-dilihat")
    assert "#999" in page.text
    form = follow(treasurer, form_of(page))
    assert filled_in(form) == {kardus.id: "2,35", phone.bottle.id: "7"}
    assert 'value="2026-11-20"' in form.text and siti.name in form.text
    with app.app_context(), transaction(bank.bank_id) as inner:
        typed = make_deposit(inner, act(), siti, (kardus, 3_350), (phone.bottle, 7)).seq
    refused = decide(treasurer, "assign")
    assert refused.status_code == 422 and "Ketik setorannya dulu" in refused.text
    assert decide(treasurer, "assign", deposit_seq=f"s-{typed:05}").status_code == 303
    assert (waiting(app, bank), state_of(app, bank, odd)) == ([], "accepted")
    phone.send(odd | {"cancelled": {"reason": "double"}})
    assert saved(app, bank, siti) == 0  # what stands for it is what the phone takes back


def test_a_deposit_that_stands_for_another_number_or_was_undone_is_not_taken(
    app, bank, phone, odd, kardus, siti, treasurer, act  # noqa: F811
):  # fmt: skip
    good = phone.record(siti, (kardus, 5_000, 1_800))
    seq = phone.send(odd, good)[good["id"]]["deposit_seq"]
    refused = decide(treasurer, "assign", deposit_seq=seq)
    assert refused.status_code == 422 and "punya nomor bukti lain" in refused.text
    with app.app_context(), transaction(bank.bank_id) as inner:
        typed = make_deposit(inner, act(), siti, (kardus, 3_350)).seq
    treasurer.post(f"/setoran/{typed}/pembatalan", {"reason": "double"})
    assert decide(treasurer, "assign", deposit_seq=typed).status_code == 422
    assert decide(treasurer, "dismiss").status_code == 303
    assert (waiting(app, bank), state_of(app, bank, odd)) == ([], "dismissed")


def test_what_can_be_read_of_an_unreadable_record_is_shown_and_filled_in(
    app, bank, phone, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    record = phone.record(siti, (kardus, 1_350, 1_800), session=None)
    record["lines"].append({"material_id": "?"})
    phone.send(record)
    page = treasurer.get("/perlu-dilihat")
    assert siti.name in page.text and "1,35 kg" in page.text
    assert filled_in(follow(treasurer, form_of(page))) == {kardus.id: "1,35"}


def test_whose_number_is_anothers_is_not_chosen_for_the_treasurer(
    app, bank, phone, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    other = {"id": siti.id, "number": "0777"}
    phone.send(phone.record(siti, (kardus, 1_350, 1_800)) | {"member": other})
    page = treasurer.get("/perlu-dilihat")
    assert "di HP nomor 0777" in page.text
    choose = follow(treasurer, form_of(page), nomor=siti.number)
    form = follow(treasurer, choose.location.partition(f"/b/{bank.slug}")[2])
    assert filled_in(form) == {kardus.id: "1,35"}


def test_a_new_household_is_looked_for_by_its_name_and_keeps_what_was_weighed(
    app, bank, phone, kardus, siti, treasurer  # noqa: F811
):  # fmt: skip
    phone.send(phone.record(BARU | {"name": "Siti"}, (kardus, 1_350, 1_800), session=None))
    choose = follow(treasurer, form_of(treasurer.get("/perlu-dilihat")))
    found = re.search(r'class="line" href="[^"]*(/setoran/baru\?[^"]+)"', unescape(choose.text))[1]
    form = follow(treasurer, found)
    assert filled_in(form) == {kardus.id: "1,35"} and siti.name in form.text


@pytest.mark.parametrize("isi", ["", "x-1", "1-", "-1-5", "1-99999999999999999", "1-0"])
def test_an_address_of_nonsense_begins_an_empty_form(bank, phone, siti, treasurer, isi):  # noqa: F811
    form = treasurer.get("/setoran/baru", nasabah=siti.id, isi=isi, hari="2026-99-99")
    assert form.status_code == 200
    assert filled_in(form) == {}
