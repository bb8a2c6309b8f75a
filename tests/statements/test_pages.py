"""The papers over HTTP and from the command line: who gets them, in which form and name."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from banksampah import clock
from banksampah.cli import main
from banksampah.db import transaction
from banksampah.deposits.models import Deposit
from banksampah.members.models import Member
from banksampah.members.service import import_members, set_pin
from banksampah.sales.service import Sold, record_sale
from banksampah.sheets import Row
from banksampah.splits.queries import splits_of_sale
from banksampah.statements import turns
from banksampah.web import pdf
from banksampah.withdrawals.service import pay_withdrawal, request_withdrawal
from tests.factories import MakeAct, give_money, make_deposit
from tests.people import Browser, Program, begin_anew
from tests.statements.conftest import Shop
from tests.statements.reading import pages_of, sizes_mm

OWN = "/b/gerpesh-jitu/saldo-saya/rekening-koran"
SignIn = Callable[..., Browser]
Api = Callable[..., Program]


@pytest.fixture
def weighed(shop: Shop, act: MakeAct) -> Deposit:
    """Siti brings 2,35 kg of cardboard and 1,2 kg of PET today."""
    today = clock.day_in("Asia/Jakarta", clock.now_utc())
    with transaction(shop.bank_id) as s:
        give_money(s, act(), 50_000)
        return make_deposit(
            s, act(today=today, at=clock.now_utc()), shop.siti,
            (shop.kardus, 2_350), (shop.pet, 1_200),
        )  # fmt: skip


def this_month() -> dict[str, str]:
    today = clock.day_in("Asia/Jakarta", clock.now_utc())
    return {"dari": today.replace(day=1).isoformat(), "sampai": today.isoformat()}


def test_the_form_offers_the_usual_periods(shop: Shop, weighed: Deposit, sign_in: SignIn) -> None:
    page = sign_in("operator").get(f"/nasabah/{shop.siti.id}/rekening-koran")
    assert page.status_code == 200
    for words in ("Rekening koran", "Siti Aminah", "Bulan ini", "Bulan lalu", "Tahun ini"):
        assert words in page.text


@pytest.mark.parametrize(("paper", "size"), [("A4", (210, 297)), ("F4", (215, 330))])
def test_a_period_in_the_address_gives_the_paper(
    shop: Shop, weighed: Deposit, sign_in: SignIn, paper: str, size: tuple[int, int]
) -> None:
    address = f"/nasabah/{shop.siti.id}/rekening-koran"
    answer = sign_in("auditor").get(address, **this_month(), kertas=paper)
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    since, until = this_month().values()
    name = f"rekening-koran-{shop.siti.number}-{since}-{until}.pdf"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{name}"'
    assert sizes_mm(answer.data) == [size]
    assert "Rp8.430" in pages_of(answer.data)[0]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"dari": "2026-11-21", "sampai": "2026-11-01"}, "Tanggal awal sesudah tanggal akhir"),
        ({"dari": "2098-11-01", "sampai": "2099-01-01"}, "Tanggal awal paling lambat hari ini"),
        ({"dari": "kemarin", "sampai": "2026-11-01"}, "tanggal"),
        ({"dari": "0001-01-01", "sampai": "2026-11-01"}, "antara tahun 2000 dan 2100"),
        ({"dari": "2026-11-01"}, "sampai"),
        ({"dari": "2026-11-01", "sampai": "2026-11-01", "kertas": "A3"}, "kertas"),
    ],
)
def test_a_wrong_period_asks_again_and_keeps_what_was_typed(
    shop: Shop, sign_in: SignIn, query: dict[str, str], said: str
) -> None:
    page = sign_in("operator").get(f"/nasabah/{shop.siti.id}/rekening-koran", **query)
    assert page.status_code == 422
    assert page.mimetype == "text/html"
    assert "Kesalahan:" in page.text
    assert said in page.text
    assert query["dari"] in page.text


def test_receipts_and_minutes_of_what_there_is(
    shop: Shop, weighed: Deposit, sign_in: SignIn, act: MakeAct
) -> None:
    with transaction(shop.bank_id) as s:
        asked = request_withdrawal(s, act(), member_id=shop.siti.id, amount_idr=3_000)
        waiting = request_withdrawal(s, act(), member_id=shop.siti.id, amount_idr=1_000)
        pay_withdrawal(s, act(), seq=asked.seq)
        today = clock.day_in("Asia/Jakarta", clock.now_utc())
        sale = record_sale(
            s, act(today=today, at=clock.now_utc()), sold_on=today, paid_with="cash",
            buyer_name="UD Rongsok", lines=[Sold(shop.kardus.id, 2_350, 9_000)],
        )  # fmt: skip
        (split,) = splits_of_sale(s, shop.bank_id, sale.seq)
    browser = sign_in("treasurer")
    receipt = browser.get(f"/setoran/{weighed.seq}/bukti.pdf")
    assert sizes_mm(receipt.data) == [(105, 148)]
    assert f"S-{weighed.seq:05}" in pages_of(receipt.data)[0]
    slip = browser.get(f"/setoran/{weighed.seq}/bukti.pdf", kertas="58mm")
    assert sizes_mm(slip.data)[0][0] == 58
    paid = browser.get(f"/penarikan/{asked.seq}/kwitansi.pdf")
    assert pages_of(paid.data)[0].count("Tiga ribu rupiah") == 2
    minutes = browser.get(f"/pembagian/{split.seq}/berita-acara.pdf", kertas="F4")
    assert sizes_mm(minutes.data) == [(215, 330)]
    assert "Rancangan pembagian hasil" in pages_of(minutes.data)[0]
    assert browser.get(f"/penarikan/{waiting.seq}/kwitansi.pdf").status_code == 404
    for missing in ("/setoran/999/bukti.pdf", "/pembagian/999/berita-acara.pdf",
                    "/penarikan/999/kwitansi.pdf", "/nasabah/999/rekening-koran"):  # fmt: skip
        assert browser.get(missing).status_code == 404


def test_minutes_of_bought_goods_come_from_proceeds_to_margin(
    session: Session, shop: Shop, weighed: Deposit, sign_in: SignIn, act: MakeAct
) -> None:
    today = clock.day_in("Asia/Jakarta", clock.now_utc())
    with transaction(shop.bank_id) as s:
        make_deposit(s, act(today=today), shop.joko, (shop.pet, 1_200), kind="sedekah")
        sale = record_sale(
            s, act(today=today, at=clock.now_utc()), sold_on=today, paid_with="cash",
            buyer_name="UD Rongsok", deduction_idr=500,
            lines=[Sold(shop.kardus.id, 2_350, 1_000), Sold(shop.pet.id, 2_400, 5_000)],
        )  # fmt: skip
        (split,) = splits_of_sale(s, shop.bank_id, sale.seq)
    answer = sign_in("chair").get(f"/pembagian/{split.seq}/berita-acara.pdf")
    text = " ".join(" ".join(pages_of(answer.data)).split())
    assert "Potongan pembeli −500" in text
    assert "Harga pokok barang yang dibeli" in text
    assert f"Hasil yang dibagi {split.amount_idr:,}".replace(",", ".") in text


@pytest.fixture
def siti_signed_in(app: Flask, shop: Shop, act: MakeAct) -> Callable[[], FlaskClient]:
    """`siti_signed_in()`: a browser of her household, which gave its number and PIN."""
    with transaction(shop.bank_id) as s:
        set_pin(s, act(), member_id=shop.siti.id, pin="482913")
    return lambda: household(app, shop.siti)


def household(app: Flask, member: Member) -> FlaskClient:
    begin_anew()
    client = app.test_client()
    page = client.get("/b/gerpesh-jitu/saldo-saya/masuk")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    client.post(
        "/b/gerpesh-jitu/saldo-saya/masuk",
        data={"number": member.number, "pin": "482913", "csrf_token": token.group(1)},
    )
    return client


def wait_for(under_way: dict[tuple[int, int], int]) -> None:
    """Wait until that many papers of each household are asked for."""
    end = time.monotonic() + 30
    while turns._under_way != under_way:
        assert time.monotonic() < end, turns._under_way
        time.sleep(0.01)


def test_a_household_holds_no_more_than_two_threads_with_its_papers(
    shop: Shop, weighed: Deposit, siti_signed_in: Callable[[], FlaskClient]
) -> None:
    browsers = [siti_signed_in() for _browser in range(3)]
    press = pdf._free.get()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(one.get, f"{OWN}.pdf") for one in browsers[:2]]
        try:
            wait_for({(shop.bank_id, shop.siti.id): 2})
            refused = browsers[2].get(OWN, query_string=this_month())
        finally:
            pdf._free.put(press)
        printed = [one.result() for one in waiting]
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert "masih dibuat" in refused.text
    assert [one.status_code for one in printed] == [200, 200]
    assert browsers[2].get(f"{OWN}.pdf").status_code == 200
    assert turns._under_way == {}


def test_the_household_prints_its_own_and_no_other(
    app: Flask, shop: Shop, weighed: Deposit, siti_signed_in: Callable[[], FlaskClient]
) -> None:
    for address in (OWN, f"{OWN}.pdf"):
        answer = app.test_client().get(address)
        assert answer.status_code == 303
        assert answer.location.endswith("/saldo-saya/masuk")
    client = siti_signed_in()
    year = client.get(f"{OWN}.pdf")
    assert year.mimetype == "application/pdf"
    assert "Siti Aminah" in pages_of(year.data)[0]
    assert "Rekening koran" in client.get(OWN).text
    assert client.get(OWN, query_string=this_month()).mimetype == "application/pdf"
    assert client.get(f"/b/gerpesh-jitu/nasabah/{shop.siti.id}/rekening-koran").status_code == 303


def test_the_api_gives_the_same_figures_as_json_and_paper(
    shop: Shop, weighed: Deposit, api: Api
) -> None:
    program = api("operator")
    address = f"/members/{shop.siti.id}/statement"
    since, until = this_month().values()
    answer = program.get(address, since=since, until=until)
    assert answer.status_code == 200, answer.text
    body = answer.json
    assert body["opening_idr"] + sum(x["amount_idr"] for x in body["lines"]) == body["closing_idr"]
    assert body["closing_idr"] == 8_430
    assert body["weight_g"] == 3_550
    assert body["lines"][0]["number"] == f"S-{weighed.seq:05}"
    assert body["seal"]["seq"] == weighed.seq
    paper = program.get(f"{address}.pdf", since=since, until=until, paper="F4")
    assert paper.mimetype == "application/pdf"
    assert sizes_mm(paper.data) == [(215, 330)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-11-21", "until": "2026-11-01"}, "since"),
        ({"since": "2098-11-01", "until": "2099-01-01"}, "since"),
        ({"since": "2026-11-01"}, "until"),
        ({"since": "x", "until": "2026-11-01"}, "since"),
    ],
)
def test_the_api_names_the_field_at_fault(
    shop: Shop, api: Api, query: dict[str, str], field: str
) -> None:
    answer = api("auditor").get(f"/members/{shop.siti.id}/statement", **query)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_the_api_knows_no_member_of_nowhere(shop: Shop, api: Api) -> None:
    query = {"since": "2026-01-01", "until": "2026-01-31"}
    assert api("auditor").get("/members/999/statement", **query).status_code == 404


def test_the_command_writes_the_statement(
    database_url: str, shop: Shop, weighed: Deposit, tmp_path: Path
) -> None:
    since, until = this_month().values()
    file = tmp_path / "koran.pdf"
    options = ["--bank", "gerpesh-jitu", "--member", shop.siti.number, "--from", since,
               "--to", until, "--paper", "F4", "-o", str(file)]  # fmt: skip
    done = CliRunner().invoke(main, ["statement", *options, "--database", database_url])
    assert done.exit_code == 0, done.output
    assert "closing 8430" in done.output
    assert sizes_mm(file.read_bytes()) == [(215, 330)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--bank", "tidak-ada"], "Bank ini tidak ada"),
        (["--member", "9999"], "9999 tidak ada"),
        (["--from", "2026-02-01"], "Tanggal awal sesudah tanggal akhir"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    database_url: str, shop: Shop, tmp_path: Path, changed: list[str], said: str
) -> None:
    options = ["--bank", "gerpesh-jitu", "--member", shop.siti.number, "--from", "2026-01-01",
               "--to", "2026-01-31", "-o", str(tmp_path / "x.pdf"), *changed]  # fmt: skip
    done = CliRunner().invoke(main, ["statement", *options, "--database", database_url])
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "x.pdf").exists()


def test_usual_periods_at_the_turn_of_the_year(app: Flask) -> None:
    from banksampah.statements.pages import usual_periods  # noqa: PLC0415

    with app.test_request_context("/"):
        periods = usual_periods(date(2026, 1, 3))
    assert [(since, until) for _name, since, until in periods] == [
        (date(2026, 1, 1), date(2026, 1, 3)),
        (date(2025, 12, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), date(2026, 1, 3)),
    ]
    assert timedelta(days=30) == periods[1][2] - periods[1][1]


def test_savings_from_before_have_words_too(shop: Shop, sign_in: SignIn, act: MakeAct) -> None:
    with transaction(shop.bank_id) as s:
        now = clock.now_utc()
        brought = Row(2, {"number": "0077", "name": "Bu Endang", "balance_idr": "125.000"})
        when = act(today=clock.day_in("Asia/Jakarta", now), at=now)
        [member] = import_members(s, when, rows=[brought])
        member_id = member.id
    answer = sign_in("operator").get(f"/nasabah/{member_id}/rekening-koran", **this_month())
    page = pages_of(answer.data)[0]
    assert "Saldo awal pembukuan" in page and "125.000" in page and "Pembukuan lain" not in page
