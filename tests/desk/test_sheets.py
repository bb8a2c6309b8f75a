"""Sheets of paper typed in: counted once, only when their totals agree, through the usual service."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from banksampah import clock, ledger
from banksampah.catalog.service import change_material
from banksampah.db import transaction
from banksampah.deposits.models import Deposit
from banksampah.deposits.queries import deposits
from banksampah.deposits.service import reverse_deposit
from banksampah.desk.late_sheets import open_sheets
from banksampah.desk.service import SheetLine, SheetRefused, SheetTyped, record_sheet
from banksampah.desk.sheets import (
    MEMBERS_ON_A_SHEET,
    SheetNumber,
    blank_sheet,
    read_sheet_number,
    sheets,
)
from banksampah.ledger import KeyReused
from banksampah.members.service import close_member
from tests.factories import make_deposit, make_member, set_price
from tests.owner import ask_owner

SATURDAY = date(2026, 11, 21)
NUMBER = SheetNumber(SATURDAY, "03", 1)


def sheet(*rows: tuple[str, dict[int, str]], totals: dict[int, str], **other: Any) -> SheetTyped:
    """Columns K1, P1, B1 (pieces), one blank."""
    facts = {
        "number": str(NUMBER),
        "day": SATURDAY,
        "codes": ["K1", "P1", "B1", ""],
        "lines": [
            SheetLine(place, number, cells, "") for place, (number, cells) in enumerate(rows, 1)
        ],
        "totals": [totals.get(column, "") for column in range(4)],
        "households_count": len({number for number, cells in rows if cells}),
        "value_idr": None,
    }
    return SheetTyped(**facts | other)


def good(shop: Any, **other: Any) -> SheetTyped:
    """A sheet in which all agrees, but for what *other* says."""
    rows = (shop.siti.number, {0: "2,35", 2: "12"}), (shop.joko.number, {0: "1,5", 1: "0,8"})
    return replace(sheet(*rows, totals={0: "3,85", 1: "0,8", 2: "12"}), **other)


def record(day: Any, act: Any, typed: SheetTyped) -> Any:
    with transaction(day.bank_id) as s:
        return record_sheet(s, replace(act(), key=f"lembar/{typed.number}"), typed)


def count(session: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(Deposit)) or 0)


def faults_of(day: Any, act: Any, typed: SheetTyped) -> dict[str, str]:
    with pytest.raises(SheetRefused) as refused:
        record(day, act, typed)
    return dict(refused.value.faults)


def test_a_sheet_becomes_deposits_of_its_day(day, act, session) -> None:
    entered = record(day, act, good(day, value_idr=4_230 + 4_800 + 2_700 + 2_800))
    assert (entered.deposits_count, entered.value_idr, entered.known) == (2, 14_530, False)
    siti, joko = session.scalars(select(Deposit).order_by(Deposit.seq)).all()
    assert (siti.member_id, siti.weighed_on, siti.value_idr) == (day.siti.id, SATURDAY, 9_030)
    assert (joko.member_id, joko.value_idr) == (day.joko.id, 5_500)
    assert ledger.balance(session, day.bank_id, day.siti.savings_account_id).posted == 9_030
    source = ledger.entry(session, day.bank_id, entered.seq)
    assert source.body["sheet"] == "B-261121-03-1"
    assert source.body["deposits"] == [[1, siti.seq], [2, joko.seq]]
    assert ledger.entry(session, day.bank_id, joko.seq).idem_key == "lembar/B-261121-03-1/2"


def test_a_second_click_doubles_nothing(day, act, session) -> None:
    first = record(day, act, good(day))
    again = record(day, act, good(day))
    assert again == first._replace(known=True)
    assert count(session) == 2
    other = good(day, households_count=1, lines=good(day).lines[:1], totals=["2,35", "", "12", ""])
    with pytest.raises(KeyReused):
        record(day, act, other)
    assert count(session) == 2


@pytest.mark.parametrize(
    ("other", "cell", "said"),
    [
        ({"households_count": 3}, "households_count", "Di kertas 3, dari isian 2"),
        ({"totals": ["3,8", "0,8", "12", ""]}, "total-0", "Di kertas 3,8 kg, dari isian 3,85 kg"),
        ({"totals": ["3,85", "", "12", ""]}, "total-1", "Isi jumlah Botol PET"),
        ({"totals": ["3,85", "0,8", "13", ""]}, "total-2", "Di kertas 13 buah, dari isian 12 buah"),
        ({"totals": ["3,85", "0,8", "12", "5"]}, "total-3", "tidak punya kode"),
        ({"totals": ["banyak", "0,8", "12", ""]}, "total-0", "tidak terbaca"),
        ({"value_idr": 14_531}, "value_idr", "Di kertas Rp14.531, dari isian Rp14.530"),
        ({"codes": ["K1", "P1", "ZZ", ""]}, "code-2", "Kode ZZ tidak ada"),
        ({"codes": ["K1", "P1", "P1", ""]}, "code-2", "ada di dua kolom"),
        ({"day": date(2026, 11, 22)}, "weighed_on", "sesudah hari ini"),
        ({"day": date(2026, 9, 1)}, "weighed_on", "paling lama"),
    ],
)
def test_nothing_is_posted_until_all_agrees(day, act, session, other, cell, said) -> None:
    faults = faults_of(day, act, good(day, **other))
    assert said in faults[cell], faults
    session.rollback()
    assert count(session) == 0
    assert record(day, act, good(day)).deposits_count == 2  # the key is free still


def test_cells_name_what_is_wrong_and_what_to_do(day, act, session) -> None:
    rows = (
        ("9999", {0: "1"}),
        ("", {0: "1"}),
        (day.siti.number, {0: "satu", 1: "900", 2: "1,5"}),
    )
    faults = faults_of(day, act, sheet(*rows, totals={}))
    assert set(faults) == {"number-1", "number-2", "quantity-3-0", "quantity-3-1", "quantity-3-2"}
    assert faults["number-1"].startswith("Baris 1: Nasabah 9999 tidak ada.")
    assert "yakin" in faults["quantity-3-1"]
    sure = [SheetLine(3, day.siti.number, {1: "900"}, "ya")]
    assert (
        record(day, act, sheet(totals={1: "900"}, lines=sure, households_count=1)).deposits_count
        == 1
    )


def test_what_is_in_the_books_already_is_asked_about(day, act, session) -> None:
    with transaction(day.bank_id) as s:
        twin = make_deposit(
            s, act(), day.siti, (day.botol, 12), (day.kardus, 2_350), weighed_on=SATURDAY
        )
        make_deposit(s, act(), day.joko, (day.kardus, 1_500), weighed_on=SATURDAY)  # not all of it
    faults = faults_of(day, act, good(day))
    assert list(faults) == ["number-1"]
    assert f"mungkin dobel dengan setoran {twin.seq}" in faults["number-1"]
    session.rollback()
    sure = [line._replace(sure="ya") for line in good(day).lines]
    assert record(day, act, good(day, lines=sure)).deposits_count == 2


def test_a_cancelled_twin_is_none(day, act) -> None:
    with transaction(day.bank_id) as s:
        twin = make_deposit(
            s, act(), day.siti, (day.botol, 12), (day.kardus, 2_350), weighed_on=SATURDAY
        )
        reverse_deposit(s, act(), seq=twin.seq, reason="double", as_treasurer=True)
    assert record(day, act, good(day)).deposits_count == 2


def test_an_empty_sheet_is_not_recorded(day, act) -> None:
    assert "households_count" in faults_of(day, act, sheet(totals={}, households_count=0))


def test_a_late_sheet_takes_the_prices_of_its_day(day, act, session) -> None:
    earlier = SATURDAY - timedelta(days=7)
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.kardus, 1_500, valid_from=earlier - timedelta(days=1))
        set_price(s, act(), day.kardus, 1_800, valid_from=SATURDAY)
        set_price(s, act(), day.pet, 3_500, valid_from=earlier)
        set_price(s, act(), day.botol, 400, valid_from=earlier)
    entered = record(day, act, good(day, day=earlier))
    assert entered.value_idr == 3_525 + 4_800 + 2_250 + 2_800
    assert ledger.entry(session, day.bank_id, entered.seq).body["late_days"] == 7
    kept = session.scalars(select(Deposit)).first()
    assert kept is not None and kept.weighed_on == earlier


def test_a_closed_month_is_refused_with_the_way_out(day, act, session) -> None:
    with transaction(day.bank_id) as s:
        ledger.close_period(s, act(), through=date(2026, 10, 31))
    faults = faults_of(day, act, good(day, day=date(2026, 10, 31)))
    assert "Buku sudah ditutup sampai 31/10/2026" in faults["weighed_on"]
    assert "01/11/2026" in faults["weighed_on"]
    session.rollback()
    assert count(session) == 0


# ── what is printed ──────────────────────────────────────────────────────────


def test_every_household_of_the_rt_is_on_one_sheet(day, act, session) -> None:
    with transaction(day.bank_id) as s:
        for n in range(20):
            make_member(s, act(), f"Warga {n}", rt="03")
    made = sheets(session, day.bank_id, SATURDAY, "03")
    assert [len(one.rows) for one in made] == [MEMBERS_ON_A_SHEET, 21 - MEMBERS_ON_A_SHEET]
    numbers = [row.number for one in made for row in one.rows]
    assert numbers == sorted(set(numbers)) and day.siti.number in numbers
    assert day.joko.number not in numbers
    assert {column.code for column in made[0].columns} >= {"K1", "P1", "B1", "M1"}
    assert "BN" not in {column.code for column in made[0].columns}  # no price: a blank column
    assert [str(one.number) for one in made] == ["B-261121-03-1", "B-261121-03-2"]


def test_the_number_on_the_paper_tells_a_slip_of_the_pen() -> None:
    assert read_sheet_number(NUMBER.printed) == NUMBER
    assert read_sheet_number(NUMBER.printed.lower().replace(" ", "-")) == NUMBER
    bare = SheetNumber(SATURDAY, "", 2)
    assert read_sheet_number(bare.printed) == bare
    wrong = (
        NUMBER.printed.replace("-1 ", "-2 "),
        NUMBER.printed.replace("21-", "12-"),
        "B-261121-03-1",
        "",
        "B-269921-03-1 X",
        "B-261121-03-0 A",
    )
    assert [read_sheet_number(text) for text in wrong] == [None] * len(wrong)


# ── the grid ─────────────────────────────────────────────────────────────────


def address(number: SheetNumber) -> str:
    return f"/setoran/lembar/isi?nomor={number.printed.replace(' ', '+')}"


def test_the_grid_keeps_what_was_typed_and_then_records_once(day, session, sign_in) -> None:
    today = clock.day_in("Asia/Jakarta", clock.now_utc())
    number, browser = SheetNumber(today, "03", 1), sign_in("operator")
    page = browser.get("/setoran/lembar", hari=today.isoformat())
    assert number.printed in page.text and "Cetak 1 lembar" in page.text
    grid = browser.get("/setoran/lembar/isi", nomor=number.printed)
    assert (
        f'name="number-1" type="text" inputmode="text" autocomplete="off" maxlength="30" aria-label="Nomor nasabah baris 1" value="{day.siti.number}"'
        in grid.text
    )
    form = {
        "weighed_on": today.isoformat(),
        "layout": blank_sheet(session, day.bank_id, number).layout,
        "number-1": day.siti.number,
        "code-0": "K1",
        "quantity-1-0": "2,35",
        "total-0": "2,36",
        "households_count": "1",
    }
    wrong = browser.post(address(number), form)
    assert wrong.status_code == 422
    assert "Di kertas 2,36 kg, dari isian 2,35 kg" in wrong.text
    assert "Kesalahan:" in wrong.text and 'href="#f-total-0"' in wrong.text
    assert 'value="2,35"' in wrong.text and 'value="2,36"' in wrong.text
    for _twice in range(2):
        done = browser.post(address(number), form | {"total-0": "2,35"})
        assert done.status_code == 303
    assert "sudah tercatat sebelumnya" in browser.get("/setoran", hari=today.isoformat()).text
    session.rollback()
    assert len(deposits(session, day.bank_id, weighed_on=today)) == 1
    other = browser.post(address(number), form | {"quantity-1-0": "1", "total-0": "1"})
    assert other.status_code == 422 and "sudah dicatat dengan isi lain" in other.text


def test_a_day_of_weighing_moves_no_column_and_no_row(day, act, session) -> None:
    with transaction(day.bank_id) as s:
        last = make_member(s, act(), "Tono", rt="03").number
    printed = blank_sheet(session, day.bank_id, NUMBER)
    session.rollback()
    with transaction(day.bank_id) as s:
        make_deposit(s, act(), day.joko, (day.pet, 1_000))
        close_member(s, act(), member_id=day.siti.id)
        change_material(
            s, act(), material_id=day.kardus.id, retired_on=SATURDAY + timedelta(days=1)
        )
    typed_in = blank_sheet(session, day.bank_id, NUMBER)
    assert [one.code for one in typed_in.columns] == ["K1", "P1", "B1", "M1"]
    assert [row.number for row in typed_in.rows] == [day.siti.number, last]
    assert typed_in.layout == printed.layout


def test_a_paper_of_another_layout_is_told_before_it_is_booked(day, act, session, sign_in) -> None:
    """Two new kinds, and a household with a lower number: the paper's own heads are typed in."""
    today = clock.day_in("Asia/Jakarta", clock.now_utc())
    number, browser = SheetNumber(today, "03", 1), sign_in("operator")
    with transaction(day.bank_id) as s:
        budi = make_member(s, act(), "Budi", rt="03")
    paper = blank_sheet(session, day.bank_id, number)
    session.rollback()
    with transaction(day.bank_id) as s:
        make_member(s, act(), "Ani", rt="03", number="0000")
        before = clock.start_of("Asia/Jakarta", today) - timedelta(hours=1)
        make_deposit(s, act(at=before), day.siti, (day.pet, 1_000))  # PET comes first now
    heads = {f"code-{n}": one.code for n, one in enumerate(paper.columns)}
    heads |= {f"number-{n}": row.number for n, row in enumerate(paper.rows, 1)}
    now = re.findall(
        r'name="((?:code|number)-\d+)"[^>]*value="([^"]+)"',
        browser.get("/setoran/lembar/isi", nomor=number.printed).text,
    )
    weighed = {"weighed_on": today.isoformat(), "quantity-2-0": "2,35", "total-0": "2,35"}
    weighed |= {"households_count": "1", "layout": paper.layout.lower()}
    refused = browser.post(address(number), dict(now) | weighed)
    assert refused.status_code == 422
    assert f"Kode susunan {paper.layout.lower()} lain dari isian di bawah." in refused.text
    assert "Isi kode susunan." in browser.post(address(number), weighed | {"layout": ""}).text
    by_hand = {"code-8": "BN", "number-3": day.joko.number, "quantity-3-0": "1", "total-0": "3,35"}
    sent = dict(now) | heads | weighed | by_hand | {"households_count": "2"}
    assert browser.post(address(number), sent).status_code == 303
    made = deposits(session, day.bank_id, weighed_on=today)[:2]
    assert {(one.member_id, one.value_idr) for one in made} == {
        (budi.id, 4_230),
        (day.joko.id, 1_800),
    }


def test_a_mistyped_number_leads_back_with_a_word(day, sign_in) -> None:
    answer = sign_in("operator").get("/setoran/lembar/isi", nomor="B-261121-03-1 A")
    assert answer.status_code == 303


def test_litres_are_told_as_litres(day, act) -> None:
    typed = sheet(
        ("0001", {0: "1,5"}), totals={0: "2"}, codes=["M1", "", "", ""], households_count=1
    )
    told = faults_of(day, act, typed)["total-0"]
    assert told.startswith(
        "Jumlah Minyak jelantah berbeda. Di kertas 2 liter, dari isian 1,5 liter."
    )


def test_a_number_without_its_noughts_finds_its_household(day, act, session) -> None:
    """As everywhere else: 1 is 0001, and one household in two rows."""
    rows = ("1", {0: "2,35"}), (day.siti.number, {0: "1,5"})
    record(day, act, replace(sheet(*rows, totals={0: "3,85"}), households_count=1))
    assert {one.member_id for one in session.scalars(select(Deposit))} == {day.siti.id}


def late_ones(day: Any, session: Any) -> list[tuple[str, int, int]]:
    session.rollback()
    return [
        (one.code, one.late_days, one.deposits_count) for one in open_sheets(session, day.bank_id)
    ]


def test_a_sheet_after_its_day_is_put_before_the_treasurer_once(day, act, session, sign_in) -> None:
    record(day, act, good(day))
    assert late_ones(day, session) == []  # its own day, as `act` has it
    other = SheetNumber(SATURDAY, "03", 2)
    tomorrow = replace(act(), key=f"lembar/{other}", today=SATURDAY + timedelta(days=1))
    with transaction(day.bank_id) as s:
        sure = [line._replace(sure="ya") for line in good(day).lines]
        record_sheet(s, tomorrow, good(day, number=str(other), lines=sure))
    moved = SheetNumber(SATURDAY - timedelta(days=30), "03", 1)
    record(day, act, good(day, number=str(moved), lines=sure))
    assert late_ones(day, session) == [("late", 1, 2), ("period_closed", 0, 2)]
    treasurer = sign_in("treasurer")
    assert "2 lembar timbang datang belakangan" in treasurer.get("/").text
    page = treasurer.get("/perlu-dilihat").text
    assert f"Lembar {other} datang belakangan" in page and "1 hari sesudahnya" in page
    assert "Lembar hari 22 Oktober 2026 dicatat pada 21 November 2026." in page
    [first, _second] = re.findall(r"/perlu-dilihat/lembar/\d+", page)
    assert treasurer.post(first, {"decision": "keep"}).status_code == 303
    assert treasurer.post(first, {"decision": "keep"}).status_code == 422
    assert late_ones(day, session) == [("period_closed", 0, 2)]
    session.rollback()
    for edit in ("decided_seq = NULL", "decided_seq = 1", "decided_by_id = 99"):
        with pytest.raises(DBAPIError, match="immutable"):
            ask_owner(
                treasurer.app, f"UPDATE late_sheet SET {edit} WHERE code = 'late'", rows=False
            )


def test_an_auditor_enters_nothing(day, sign_in) -> None:
    assert sign_in("auditor").get("/setoran/lembar").status_code == 403
