"""Rows of a sheet that find no open account: told first, laid in Titipan, settled as a phone's."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from banksampah import clock, ledger
from banksampah.banks.service import set_setting
from banksampah.catalog.service import set_share_rule
from banksampah.db import transaction
from banksampah.deposits.models import Deposit
from banksampah.deposits.service import price_pending_lines, reverse_deposit
from banksampah.desk import queries
from banksampah.desk.models import Newcomer, Suspense
from banksampah.desk.service import (
    SheetLine,
    SheetRefused,
    TitipanNotAgreed,
    record_sheet,
    rows_in_titipan,
)
from banksampah.desk.sheets import SheetNumber, blank_sheet
from banksampah.ledger import chart
from banksampah.members.models import Member
from banksampah.members.queries import find_member_by_number
from banksampah.members.service import close_member, merge_members
from banksampah.privacy.service import erase_member
from banksampah.reports.queries import documents
from tests.desk.phones import Phone
from tests.desk.test_sheets import NUMBER, SATURDAY, address, sheet
from tests.factories import give_money, make_member, set_price


@pytest.fixture
def closed(day: Any, act: Any) -> Any:
    """Siti has left; 5,000 rupiah are in the till."""
    with transaction(day.bank_id) as s:
        close_member(s, act(), member_id=day.siti.id)
        give_money(s, act(), 5_000)
    return day


def lines(*rows: tuple[str, str, dict[int, str]], agreed: bool = True) -> list[SheetLine]:
    """Rows of (number, name, cells), told and agreed to."""
    return [
        SheetLine(place, number, cells, "", name, f"{number} {name}".strip() if agreed else "")
        for place, (number, name, cells) in enumerate(rows, 1)
    ]


def two_rows(day: Any, **other: Any) -> Any:
    """Siti, who has left, with 2.35 kg of cardboard; Joko with 1.5."""
    rows = lines((day.siti.number, "", {0: "2,35"}), (day.joko.number, "", {0: "1,5"}))
    return replace(sheet(totals={0: "3,85"}, lines=rows, households_count=2), **other)


def record(day: Any, act: Any, typed: Any) -> Any:
    with transaction(day.bank_id) as s:
        return record_sheet(s, replace(act(), key=f"lembar/{typed.number}"), typed)


def in_titipan(session: Any, day: Any) -> int:
    session.rollback()
    return int(ledger.balance(session, day.bank_id, chart.SUSPENSE).posted)


def saved(session: Any, member: Member) -> int:
    session.rollback()
    return int(ledger.balance(session, member.bank_id, member.savings_account_id).posted)


def waiting(session: Any, day: Any) -> list[tuple[str, int]]:
    session.rollback()
    return [(queries.code_of(x), x.amount_idr) for x in queries.open_rows(session, day.bank_id)]


def true_books(session: Any, day: Any) -> bool:
    session.rollback()
    return documents.faults(session, day.bank_id) == []


def decide(treasurer: Any, decision: str, **given: str) -> Any:
    page = treasurer.get("/perlu-dilihat").text
    path = re.search(r"/perlu-dilihat/titipan/\d+", page)
    assert path is not None, page
    return treasurer.post(path[0], {"decision": decision, **given})


# ── what is booked ───────────────────────────────────────────────────────────


def test_a_closed_household_s_row_lies_in_titipan(closed, act, session) -> None:
    entered = record(closed, act, two_rows(closed, value_idr=4_230 + 2_700))
    assert (entered.deposits_count, entered.value_idr, entered.aside_count) == (2, 6_930, 1)
    assert in_titipan(session, closed) == 4_230
    assert saved(session, closed.joko) == 2_700
    assert waiting(session, closed) == [("member_closed", 4_230)]
    [lies] = session.scalars(select(Suspense)).all()
    assert (lies.member_id, lies.provisional) == (closed.siti.id, None)
    body = ledger.entry(session, closed.bank_id, entered.seq).body
    assert body["titipan"] == [[1, lies.deposit_seq, closed.siti.number]]
    assert true_books(session, closed)


def test_a_closed_household_is_found_without_its_noughts(closed, act, session) -> None:
    rows = lines((closed.siti.number.lstrip("0"), "", {0: "2,35"}), agreed=False)
    told = rows_in_titipan(session, closed.bank_id, rows)[1].told
    assert told == closed.siti.number
    typed = sheet(totals={0: "2,35"}, lines=[rows[0]._replace(agreed=told)], households_count=1)
    assert record(closed, act, typed).aside_count == 1
    assert waiting(session, closed) == [("member_closed", 4_230)]


def test_much_is_not_paid_by_whoever_typed_it(closed, act, session, sign_in) -> None:
    treasurer = sign_in("treasurer")
    with transaction(closed.bank_id) as s:
        set_setting(s, act(), "approval_limit_withdrawal_idr", 4_229)
    key = f"lembar/{NUMBER}"
    with transaction(closed.bank_id) as s:
        record_sheet(s, act(key, actor_id=treasurer.user.user_id), two_rows(closed))
    assert decide(treasurer, "pay").status_code == 422
    assert in_titipan(session, closed) == 4_230
    assert decide(sign_in("chair"), "pay").status_code == 303
    assert in_titipan(session, closed) == 0


def test_nothing_is_booked_before_the_operator_was_told(closed, act, session) -> None:
    untold = [line._replace(agreed="") for line in two_rows(closed).lines]
    of_another = [line._replace(agreed=closed.joko.number) for line in untold]
    for rows in (untold, of_another):
        with pytest.raises(TitipanNotAgreed) as asked:
            record(closed, act, two_rows(closed, lines=rows))
        assert asked.value.rows_count == 1
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Deposit)) == 0
    assert session.scalar(select(Member).filter_by(savings_account_id=chart.SUSPENSE)) is None


@pytest.mark.parametrize(
    ("other", "cell"),
    [
        ({"households_count": 1}, "households_count"),
        ({"totals": ["1,5", "", "", ""]}, "total-0"),
        ({"value_idr": 2_700}, "value_idr"),
    ],
)
def test_totals_count_what_goes_to_titipan(closed, act, session, other, cell) -> None:
    with pytest.raises(SheetRefused) as refused:
        record(closed, act, two_rows(closed, **other))
    assert [name for name, _sentence in refused.value.faults] == [cell]
    assert (waiting(session, closed), in_titipan(session, closed)) == ([], 0)
    assert session.scalar(select(func.count()).select_from(Deposit)) == 0


def test_a_name_without_a_number_goes_to_titipan(day, act, session) -> None:
    rows = lines(
        ("", "Warni", {0: "1"}),
        ("9999", "Bu  Yem", {0: "1"}),
        (day.joko.number, "", {0: "1"}),
        ("", "warni", {1: "1"}),
    )
    rows[1] = rows[1]._replace(agreed="9999 Bu Yem")
    typed = sheet(totals={0: "3", 1: "1"}, lines=rows, households_count=3)
    entered = record(day, act, typed)
    assert (entered.deposits_count, entered.aside_count) == (4, 3)
    assert in_titipan(session, day) == 1_800 + 1_800 + 3_500
    laid = session.scalars(select(Suspense).order_by(Suspense.deposit_seq)).all()
    codes = [f"{NUMBER}/1", f"{NUMBER}/2", f"{NUMBER}/1"]
    assert [one.provisional for one in laid] == codes
    who = session.scalars(select(Newcomer).order_by(Newcomer.record_id)).all()
    assert [(one.name, one.rt) for one in who] == [("Warni", "03"), ("Bu Yem", "03")]
    assert true_books(session, day)


def test_neither_number_nor_name_is_asked_for_one_of_them(day, act, session) -> None:
    rows = lines(("9999", "", {0: "1"}), ("", "", {0: "1"}), ("TITIPAN", "", {0: "1"}))
    with pytest.raises(SheetRefused) as refused:
        record(day, act, sheet(totals={0: "3"}, lines=rows, households_count=3))
    told = dict(refused.value.faults)
    assert told["number-1"].startswith("Baris 1: Nasabah 9999 tidak ada. Betulkan nomornya, atau")
    assert "Nomor nasabah kosong." in told["number-2"]
    assert "Nasabah TITIPAN tidak ada." in told["number-3"]
    assert in_titipan(session, day) == 0


def test_titipan_itself_is_nobody_s_number(closed, act) -> None:
    record(closed, act, two_rows(closed))  # its holder has an account now
    other = str(SheetNumber(SATURDAY, "03", 2))
    rows = lines(("Titipan", "", {0: "1"}))
    typed = sheet(totals={0: "1"}, lines=rows, households_count=1, number=other)
    with pytest.raises(SheetRefused) as refused:
        record(closed, act, typed)
    assert "Nasabah TITIPAN tidak ada." in dict(refused.value.faults)["number-1"]


def test_a_closed_household_keeps_its_own_price(day, act, session) -> None:
    with transaction(day.bank_id) as s:
        group = make_member(s, act(), "PKK Mawar", price_class="kelompok")
        close_member(s, act(), member_id=group.id)
        set_price(s, act(), day.kardus, 2_000, price_class="kelompok")
    typed = sheet(totals={0: "1"}, lines=lines((group.number, "", {0: "1"})), households_count=1)
    assert record(day, act, typed).value_idr == 2_000
    assert waiting(session, day) == [("member_closed", 2_000)]


def test_the_same_sheet_again_doubles_nothing(closed, act, session) -> None:
    first = record(closed, act, two_rows(closed))
    again = record(closed, act, two_rows(closed, lines=[*two_rows(closed).lines]))
    assert again == first._replace(known=True)
    assert (in_titipan(session, closed), waiting(session, closed)) == (
        4_230, [("member_closed", 4_230)],
    )  # fmt: skip


def test_a_merged_household_is_followed(day, act, session) -> None:
    with transaction(day.bank_id) as s:
        merge_members(s, act(), from_id=day.siti.id, into_id=day.joko.id)
    untold = [line._replace(agreed="") for line in two_rows(day).lines]
    assert record(day, act, two_rows(day, lines=untold)).aside_count == 0
    assert saved(session, day.joko) == 4_230 + 2_700


def test_a_late_sheet_stands_with_its_row(closed, act, session, sign_in) -> None:
    monday = replace(act(), key=f"lembar/{NUMBER}", today=SATURDAY + timedelta(days=2))
    with transaction(closed.bank_id) as s:
        record_sheet(s, monday, two_rows(closed))
    page = sign_in("treasurer").get("/perlu-dilihat").text
    assert f"Lembar {NUMBER} datang belakangan" in page
    assert f"Lembar {NUMBER}, baris 1" in page and "2 menunggu keputusan." in page
    [deposit] = session.scalars(select(Deposit).filter_by(credited_idr=4_230))
    assert deposit.weighed_on == SATURDAY


# ── what the treasurer does with it ──────────────────────────────────────────


def test_the_treasurer_sees_the_row_and_pays_it_out(closed, act, session, sign_in) -> None:
    record(closed, act, two_rows(closed))
    treasurer = sign_in("treasurer")
    assert "1 baris lembar timbang di Titipan" in treasurer.get("/").text
    page = treasurer.get("/perlu-dilihat").text
    assert "Nasabah ini sudah ditutup. Setoran dicatat di titipan." in page
    assert "Dari kertas" in page and f"Lembar {NUMBER}, baris 1" in page
    assert "Siti Aminah" in page and closed.siti.number in page and "Rp4.230" in page
    assert "Jadikan nasabah" not in page
    assert decide(treasurer, "open_member").status_code == 422
    assert decide(treasurer, "pay").status_code == 303
    assert (in_titipan(session, closed), waiting(session, closed)) == (0, [])
    assert true_books(session, closed)


def test_a_household_of_paper_is_matched_once(day, act, session, sign_in) -> None:
    rows = lines(("9999", "Siti", {0: "1"}), ("9999", "Siti", {1: "1"}))
    record(day, act, sheet(totals={0: "1", 1: "1"}, lines=rows, households_count=1))
    treasurer = sign_in("treasurer")
    page = treasurer.get("/perlu-dilihat").text
    told = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "Warga baru, menunggu dicocokkan." in told and "nomor di kertas 9999 · RT 03" in told
    path = re.search(r"/perlu-dilihat/titipan/\d+", page)[0]
    assert "Nomor 777 tidak ada" in decide(treasurer, "assign", number="777").text
    assert decide(treasurer, "assign", number=day.siti.number).status_code == 303
    assert saved(session, day.siti) == 1_800 + 3_500
    assert (in_titipan(session, day), waiting(session, day)) == (0, [])
    again = treasurer.post(path, {"decision": "assign", "number": day.joko.number})
    assert again.status_code == 422 and "sudah diputuskan" in again.text
    assert true_books(session, day)


def test_a_household_of_paper_becomes_a_member_and_can_be_forgotten(
    app, day, act, session, sign_in
) -> None:  # fmt: skip
    record(
        day, act, sheet(totals={0: "1"}, lines=lines(("", "Warni", {0: "1"})), households_count=1)
    )
    treasurer = sign_in("treasurer")
    assert decide(treasurer, "open_member").status_code == 303
    session.rollback()
    warni = find_member_by_number(session, day.bank_id, "0003")
    assert (warni.name, warni.rt, saved(session, warni)) == ("Warni", "03", 1_800)
    with transaction(day.bank_id) as s:
        [deposit] = s.scalars(select(Deposit)).all()
        reverse_deposit(s, act(), seq=deposit.seq, reason="double", as_treasurer=True)
        close_member(s, act(), member_id=warni.id)
        erase_member(s, act(), member_id=warni.id)
    session.rollback()
    assert [one.name for one in session.scalars(select(Newcomer))] == ["(dihapus)"]


def test_what_is_undone_waits_no_longer(closed, act, session, sign_in) -> None:
    record(closed, act, two_rows(closed))
    treasurer = sign_in("treasurer")
    path = re.search(r"/perlu-dilihat/titipan/\d+", treasurer.get("/perlu-dilihat").text)[0]
    with transaction(closed.bank_id) as s:
        [lies] = s.scalars(select(Suspense)).all()
        reverse_deposit(s, act(), seq=lies.deposit_seq, reason="double", as_treasurer=True)
    assert waiting(session, closed) == []
    for decided in ({"decision": "pay"}, {"decision": "assign", "number": closed.joko.number}):
        refused = treasurer.post(path, decided)
        assert refused.status_code == 422 and "sudah diputuskan" in refused.text
    assert in_titipan(session, closed) == 0
    assert true_books(session, closed)


def test_a_price_that_comes_later_finds_the_household(day, act, session, sign_in) -> None:
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.ban, None, valid_from=SATURDAY)
    typed = sheet(totals={0: "2"}, lines=lines(("", "Warni", {0: "2"})), households_count=1)
    record(day, act, replace(typed, codes=["BN", "", "", ""]))
    assert waiting(session, day) == [("provisional", 0)]
    assert decide(sign_in("treasurer"), "assign", number=day.joko.number).status_code == 303
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.ban, 500, valid_from=SATURDAY)
        price_pending_lines(s, act())
    assert (saved(session, day.joko), in_titipan(session, day)) == (1_000, 0)
    assert true_books(session, day)


def test_a_row_is_shared_as_its_household_s_own(closed, act, session) -> None:
    with transaction(closed.bank_id) as s:
        for kind, share_ppm in (("household", 850_000), ("group", 1_000)):
            day = SATURDAY - timedelta(days=9)
            set_share_rule(s, act(), share_ppm=share_ppm, valid_from=day, account_kind=kind)
    rows = lines((closed.siti.number, "", {0: "1"}), ("", "Warni", {0: "2"}))
    record(closed, act, sheet(totals={0: "3"}, lines=rows, households_count=2))
    assert waiting(session, closed) == [("member_closed", 1_530), ("provisional", 3_060)]
    assert true_books(session, closed)


# ── beside a phone ───────────────────────────────────────────────────────────


def test_paper_and_phone_for_one_closed_household_are_a_possible_double(
    app, closed, act, session, sign_in
) -> None:
    phone = Phone(sign_in("operator"), act)
    record(closed, act, two_rows(closed))
    sent = phone.record(closed.siti, (closed.kardus, 2_350, 1_800))
    assert set(phone.send(sent)[sent["id"]]["notes"]) == {"member_closed", "maybe_double"}
    other = two_rows(closed, number=str(SheetNumber(SATURDAY, "03", 2)))
    with pytest.raises(SheetRefused) as refused:
        record(closed, act, other)
    assert "mungkin dobel dengan setoran" in dict(refused.value.faults)["number-1"]


def test_a_phone_s_row_in_titipan_is_no_row_of_paper(app, closed, act, session, sign_in) -> None:
    phone, treasurer = Phone(sign_in("operator"), act), sign_in("treasurer")
    phone.send(phone.record(closed.siti, (closed.kardus, 1_000, 1_800)))
    session.rollback()
    [lies] = session.scalars(select(Suspense)).all()
    assert waiting(session, closed) == []
    path = f"/perlu-dilihat/titipan/{lies.deposit_seq}"
    refused = treasurer.post(path, {"decision": "pay"})
    assert refused.status_code == 422 and "tidak ada, atau sudah diputuskan" in refused.text
    assert in_titipan(session, closed) == 1_800


# ── the grid ─────────────────────────────────────────────────────────────────


def test_the_grid_tells_before_it_books(app, closed, session, sign_in) -> None:
    today = clock.day_in("Asia/Jakarta", clock.now_utc())
    number, browser = SheetNumber(today, "03", 1), sign_in("operator")
    form = {
        "weighed_on": today.isoformat(),
        "layout": blank_sheet(session, closed.bank_id, number).layout,
        "number-1": closed.siti.number,
        "code-0": "K1",
        "quantity-1-0": "2",
        "number-2": "9999",
        "quantity-2-0": "1",
        "total-0": "3",
        "households_count": "2",
    }
    wrong = browser.post(address(number), form)
    assert wrong.status_code == 422
    assert "Baris 2: Nasabah 9999 tidak ada. Betulkan nomornya" in wrong.text
    assert 'name="name-2"' in wrong.text
    assert "Siti Aminah sudah ditutup. Setoran ini masuk Titipan" in wrong.text
    asked = browser.post(address(number), form | {"name-2": "Warni"})
    assert asked.status_code == 200
    assert "2 baris masuk Titipan." in asked.text
    assert "masuk Titipan atas nama Warni" in asked.text
    assert "Simpan, 2 baris ke Titipan" in asked.text
    agreed = dict(re.findall(r'name="(titipan-\d+)" value="([^"]*)"', asked.text))
    assert agreed == {"titipan-1": closed.siti.number, "titipan-2": "9999 Warni"}
    assert in_titipan(session, closed) == 0
    done = browser.post(address(number), form | {"name-2": "Warni"} | agreed)
    assert done.status_code == 303
    assert "2 di antaranya masuk Titipan." in browser.get("/setoran", hari=str(today)).text
    assert in_titipan(session, closed) == 5_400
