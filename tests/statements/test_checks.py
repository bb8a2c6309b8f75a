"""Whether a paper is genuine: what anybody who holds one is told."""

import re
from typing import Any

import pytest
from flask import Flask

from banksampah import codes, ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.deposits.service import move_household, reverse_deposit
from banksampah.desk.models import Suspense
from banksampah.desk.service.suspense import pay_out
from banksampah.members.service import close_member, set_pin
from banksampah.statements import check_pages
from banksampah.withdrawals.service import pay_withdrawal, request_withdrawal
from tests.desk.phones import Phone
from tests.factories import MakeAct, give_money, make_deposit
from tests.people import begin_anew
from tests.statements.conftest import Shop


class Stranger:
    """Somebody with a paper and a phone of their own."""

    def __init__(self, app: Flask, bank: Bank):
        self.app, self.bank, self.client = app, bank, app.test_client()

    def check(self, code: str) -> Any:
        begin_anew()
        return self.client.get(f"/b/{self.bank.slug}/v/{code}")

    def type(self, code: str) -> Any:
        begin_anew()
        return self.client.get(f"/b/{self.bank.slug}/periksa", query_string={"kode": code})


@pytest.fixture
def stranger(app: Flask, bank: Bank) -> Stranger:
    return Stranger(app, bank)


def weigh(shop: Shop, act: MakeAct) -> tuple[int, str]:
    """A deposit of Siti's, and the code on its receipt."""
    with transaction(shop.bank_id) as s:
        seq = make_deposit(s, act(), shop.siti, (shop.kardus, 2_350), (shop.pet, 1_200)).seq
        return seq, code_of(s, shop.bank_id, f"S-{seq:05}", seq)


def code_of(session: Any, bank_id: int, number: str, seq: int) -> str:
    digits = ledger.find_seal(session, bank_id, seq)
    assert digits
    return codes.address_code(number, digits[:8])


def test_a_receipt_is_genuine_and_its_figures_stand_there(shop, act, stranger) -> None:
    seq, code = weigh(shop, act)
    page = stranger.check(code)
    assert page.status_code == 200
    for words in ("Asli dan masih berlaku", "Siti A.", f"S-{seq:05}", "2,35 kg", "Rp8.430"):
        assert words in page.text
    assert "Siti Aminah" not in page.text
    assert "Saldo" not in page.text  # whoever finds the paper learns no balance from it
    typed = stranger.type(code.lower().replace("-", " "))
    assert "Asli dan masih berlaku" in typed.text


def test_a_cancelled_one_says_so(shop, act, stranger) -> None:
    seq, code = weigh(shop, act)
    with transaction(shop.bank_id) as s:
        reverse_deposit(s, act(), seq=seq, reason="wrong_weight", as_treasurer=True)
    page = stranger.check(code)
    assert page.status_code == 200
    assert "Asli, tetapi sudah dibatalkan" in page.text


def test_a_slip_of_the_pen_is_told_apart_from_a_forgery(shop, act, stranger) -> None:
    seq, code = weigh(shop, act)
    wrong = ("B" if code[-2] != "B" else "C") + code[-1]
    slip = stranger.type(code[:-2] + wrong)
    assert slip.status_code == 422
    assert "salah ketik" in slip.text
    assert code[:-2] + wrong in slip.text  # what was typed is kept
    forged = stranger.check(codes.address_code(f"S-{seq:05}", "00000000"))
    assert forged.status_code == 404
    assert "Jangan terima sebagai bukti" in forged.text
    assert "Siti" not in forged.text
    for number in (f"S-{seq + 900:05}", "S-" + "9" * 16, "T-00001", "HP99-0001", "XY-0001"):
        assert stranger.check(codes.address_code(number, "00000000")).status_code == 404


def test_the_seal_of_another_kind_of_entry_is_no_receipt(shop, stranger) -> None:
    with transaction(shop.bank_id) as s:
        code = code_of(s, shop.bank_id, "S-00001", 1)
    assert stranger.check(code).status_code == 404


def test_a_payment_can_be_checked_too(shop, act, stranger) -> None:
    weigh(shop, act)
    with transaction(shop.bank_id) as s:
        give_money(s, act(), 50_000)
        asked = request_withdrawal(s, act(), member_id=shop.siti.id, amount_idr=5_000)
        paid = pay_withdrawal(s, act(), seq=asked.seq)
        code = code_of(s, shop.bank_id, f"T-{asked.seq:05}", paid.decided_seq)
    page = stranger.check(code)
    assert "Asli dan masih berlaku" in page.text
    assert "Rp5.000" in page.text
    forged = stranger.check(codes.address_code(f"T-{asked.seq:05}", "00000000"))
    assert forged.status_code == 404
    assert "Rp5.000" not in forged.text


def test_a_phones_paper_waits_until_it_came_in(shop, act, sign_in, stranger) -> None:
    phone = Phone(sign_in("operator"), act)
    record = phone.record(shop.siti, (shop.kardus, 2_350, 1_800))
    code = codes.address_code(f"{phone.name}-0001", record["id"][-8:])
    waiting = stranger.check(code)
    assert "Belum diterima kantor" in waiting.text
    assert f"{phone.name}-0001" in waiting.text
    phone.send(record)
    page = stranger.check(code)
    assert "Asli dan masih berlaku" in page.text
    assert "Rp4.230" in page.text
    forged = codes.address_code(f"{phone.name}-0001", "00000000")
    assert stranger.check(forged).status_code == 404
    second = phone.record(
        shop.siti, (shop.kardus, 900, 1_800), cancelled={"at": "x", "reason": "double"}
    )
    phone.send(second)
    gone = stranger.check(codes.address_code(f"{phone.name}-0002", second["id"][-8:]))
    assert "sudah dibatalkan" in gone.text


def test_what_lies_in_titipan_is_not_said_to_be_in_a_passbook(shop, act, sign_in, stranger) -> None:
    """Of a household that has closed, of a new one; and once it was paid in cash."""
    phone = Phone(sign_in("operator"), act)
    with transaction(shop.bank_id) as s:
        close_member(s, act(), member_id=shop.siti.id)
        give_money(s, act(), 50_000)
    warni = {"provisional": "T-01", "name": "Warni", "rt": "04", "house_no": "7"}
    records = [phone.record(who, (shop.kardus, 1_000, 1_800)) for who in (shop.siti, warni)]
    told = phone.send(*records)

    def look() -> list[str]:
        codes_of = [(f"{phone.name}-{n:04}", r["id"][-8:]) for n, r in enumerate(records, 1)]
        return [stranger.check(codes.address_code(*code)).text for code in codes_of]

    closed, new = look()
    assert "Siti A." in closed and "sudah ditutup, menunggu bendahara" in closed
    assert "Warga baru, menunggu dicocokkan" in new and "Warga baru" not in closed
    for page in (closed, new):
        assert "Masuk titipan" in page and "Masuk tabungan" not in page
    with transaction(shop.bank_id) as s:
        seq = told[records[0]["id"]]["deposit_seq"]
        pay_out(s, act(), s.get_one(Suspense, (shop.bank_id, seq)), 1_800)
    paid, _new = look()
    assert "Asli, dan sudah dibayar tunai" in paid and "Asli dan masih berlaku" not in paid
    assert (
        re.search(r"Dibayar \d+ \w+ \d{4}\. Tidak masuk tabungan\.", paid)
        and "Masuk tabungan" not in paid
    )


def test_nobody_tries_codes_out_one_by_one(shop, act, stranger, monkeypatch) -> None:
    monkeypatch.setattr(check_pages, "PER_ADDRESS", 3)
    _seq, code = weigh(shop, act)
    assert [stranger.check(code).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert stranger.type("halo").status_code == 422  # what is no code is not looked up, nor counted


def test_one_line_is_one_caller_however_many_addresses_it_has(
    shop, act, one_line, monkeypatch
) -> None:
    monkeypatch.setattr(check_pages, "PER_ADDRESS", 3)
    _seq, code = weigh(shop, act)
    told = []
    for _look in range(4):
        begin_anew()
        told.append(next(one_line).get(f"/b/gerpesh-jitu/v/{code}").status_code)
    assert told == [200, 200, 200, 429]


def seal_of(shop: Shop, act: MakeAct) -> tuple[int, str, str]:
    """An entry, the digits of its seal, and the seal as statements and minutes bear it."""
    seq, _code = weigh(shop, act)
    with transaction(shop.bank_id) as s:
        digits = ledger.find_seal(s, shop.bank_id, seq) or ""
    return seq, digits[:8].upper(), codes.printed_seal(seq, digits)


def test_the_seal_of_a_statement_is_found_in_the_books(shop, act, stranger) -> None:
    seq, tag, printed = seal_of(shop, act)
    for typed in (f"{printed}, catatan {seq}", f"{seq} {printed}", f"{seq:05} {tag}".lower()):
        page = stranger.type(typed)
        assert page.status_code == 200, typed
        assert "Segel cocok dengan buku" in page.text
        assert "21 November 2026" in page.text
        for never in ("Siti", "Rp", "Kardus"):  # it proves the books, not this paper's figures
            assert never not in page.text


def test_a_mistyped_seal_is_told_apart_from_one_that_is_not_there(shop, act, stranger) -> None:
    seq, tag, printed = seal_of(shop, act)
    wrong = ("B" if tag[0] != "B" else "C") + printed[1:]
    slip = stranger.type(f"{wrong}, catatan {seq}")
    assert (slip.status_code, "salah ketik" in slip.text) == (422, True)
    other = stranger.type(f"{printed}, catatan {seq + 1}")
    assert (other.status_code, "salah ketik" in other.text) == (422, True)
    for forged in ("00000000", "1" * 8):
        none = stranger.type(f"{codes.printed_seal(seq, forged)}, catatan {seq}")
        assert (none.status_code, "salah ketik" in none.text) == (404, False)
        assert "Jangan terima sebagai bukti." in none.text
    far = stranger.type(f"{codes.printed_seal(10**15, tag)} {10**15}")
    assert far.status_code == 404
    old = stranger.type(f"{seq} {wrong[:9]}")
    assert (old.status_code, "belum punya huruf" in old.text) == (404, True)


def test_looking_for_seals_is_counted_too(shop, act, stranger, monkeypatch) -> None:
    seq, _tag, printed = seal_of(shop, act)
    monkeypatch.setattr(check_pages, "PER_ADDRESS", 2)
    told = [stranger.type(f"{seq} {printed}").status_code for _look in range(3)]
    assert told == [200, 200, 429]


def own_page(app: Flask, shop: Shop, act: MakeAct) -> Any:
    """The browser of Siti's household, signed in by its PIN."""
    with transaction(shop.bank_id) as s:
        set_pin(s, act(), member_id=shop.siti.id, pin="482913")
    client, door = app.test_client(), "/b/gerpesh-jitu/saldo-saya/masuk"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(door).text)
    assert token
    given = {"number": shop.siti.number, "pin": "482913", "csrf_token": token[1]}
    assert client.post(door, data=given).status_code == 303
    return client


@pytest.mark.usefixtures("saturday")
def test_the_household_is_led_to_its_slips(app, shop, act, sign_in) -> None:
    """One of the books, one of a phone, one undone, one that was another's at first."""
    seq, _code = weigh(shop, act)
    phone = Phone(sign_in("operator"), act)
    sent = phone.record(shop.siti, (shop.kardus, 1_000, 1_800))
    phone_seq = phone.send(sent)[sent["id"]]["deposit_seq"]
    with transaction(shop.bank_id) as s:
        undone = make_deposit(s, act(), shop.siti, (shop.kardus, 500))
        reverse_deposit(s, act(), seq=undone.seq, reason="double", as_treasurer=True)
        theirs = make_deposit(s, act(), shop.joko, (shop.kardus, 4_000))
        move_household(s, act(), seq=theirs.seq, member_id=shop.siti.id, note="salah orang")
        set_aside = request_withdrawal(s, act(), member_id=shop.siti.id, amount_idr=1_000)
        give_money(s, act(), 5_000)
        pay_withdrawal(s, act(), seq=set_aside.seq)
    client = own_page(app, shop, act)
    page = client.get("/b/gerpesh-jitu/saldo-saya").text
    links = re.findall(r'href="(/b/gerpesh-jitu/v/S-(\d+)-[^"]+)"', page)
    assert [int(number) for _href, number in links] == [seq, phone_seq, undone.seq, theirs.seq]
    said = ["Rp8.430", "Rp1.800", "sudah dibatalkan", "Rp7.200"]
    for (href, number), words in zip(links, said, strict=True):
        assert f"Periksa S-{number}" in page
        checked = client.get(href)
        assert checked.status_code == 200 and words in checked.text, href
    assert client.get(links[3][0]).text.count("Siti A.") == 1  # it is hers now
