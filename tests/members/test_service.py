"""Members: an account is opened, changed, merged, closed; names stay out of the journal."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction
from banksampah.errors import DomainError
from banksampah.members import queries, service
from banksampah.members.models import Member, MemberPerson
from tests.conftest import TODAY
from tests.factories import MakeAct, make_member


def give(session: Session, act: ledger.Act, member: Member, amount_idr: int) -> int:
    """Money on an account, as an opening balance."""
    legs = [
        ledger.debit(ledger.chart.OPENING, amount_idr),
        ledger.credit(member.savings_account_id, amount_idr),
    ]
    return ledger.post(session, act, "test.give", {}, legs)


def test_opening_an_account(session: Session, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act(), rt="03", house_no="14", people=["Budi", "Ani"])
        budi = make_member(session, act(), "Budi Santoso")
    assert (siti.number, budi.number, siti.opened_on) == ("0001", "0002", TODAY)
    assert siti.short_name == "Siti A."
    assert [person.name for person in queries.people_of(session, 1, siti.id)] == ["Budi", "Ani"]
    row = next(r for r in ledger.accounts(session, 1) if r.account_id == siti.savings_account_id)
    assert (row.code, row.unit, row.normal, row.floor) == ("2100.0001", "IDR", "credit", True)


def test_the_journal_knows_no_names(session: Session, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act(), phone="081234567890", people=["Budi Santoso"])
        service.change_member(session, act(), member_id=siti.id, name="Siti Rahayu", phone="")
        service.set_pin(session, act(), member_id=siti.id, pin="493817")
    bodies = [str(entry.body) for entry in ledger.entries(session, 1)]
    for text in ("Siti", "0812", "Budi", "Rahayu", "493817"):
        assert not any(text in body for body in bodies)


def test_asking_twice_opens_once(session: Session, act: MakeAct) -> None:
    with transaction(1):
        first = make_member(session, act("k"))
        assert make_member(session, act("k")).id == first.id
        with pytest.raises(ledger.KeyReused):
            make_member(session, act("k"), "Orang lain")


@pytest.mark.parametrize(
    ("number", "code"),
    [("0001", "number_taken"), (" 00 01", "number_taken"), ("*", "number_form"),
     ("1" * 17, "number_form"), ("", "number_form")],
)  # fmt: skip
def test_numbers_that_cannot_be(session: Session, act: MakeAct, number: str, code: str) -> None:
    with transaction(1):
        make_member(session, act())
    with pytest.raises(DomainError) as refused, transaction(1):
        make_member(session, act(), "Budi", number=number)
    assert refused.value.code == code


def test_a_number_is_found_however_it_is_typed(session: Session, act: MakeAct) -> None:
    with transaction(1):
        make_member(session, act(), number="0123")
        make_member(session, act(), "RT 03", number="rt-3", kind="group")
    found = {
        typed: getattr(queries.find_member_by_number(session, 1, typed), "number", None)
        for typed in ("0123", "123", " 01 23 ", "RT-3", "rt-3", "124", "")
    }
    assert found == {
        "0123": "0123", "123": "0123", " 01 23 ": "0123", "RT-3": "RT-3", "rt-3": "RT-3",
        "124": None, "": None,
    }  # fmt: skip


def test_searching(session: Session, act: MakeAct) -> None:
    with transaction(1):
        for number, name, rt in (
            ("1", "Siti Aminah", "03"), ("2", "Budi Santoso", "03"), ("10", "Sari 100%", "04"),
        ):  # fmt: skip
            make_member(session, act(), name, number=number, rt=rt)
        make_member(session, act(), "Keluarga Joyo", number="11", people=["Siti Kecil"])
        service.close_member(session, act(), member_id=2)

    def numbers(**asked: Any) -> list[str]:
        return [m.number for m in queries.search_members(session, 1, **asked).members]

    assert numbers() == ["1", "10", "11"]
    assert numbers(state="all") == ["1", "2", "10", "11"]
    assert numbers(state="closed") == ["2"]
    assert numbers(q="siti") == ["1", "11"], "also by the people of the household"
    assert numbers(q="  SARI ") == ["10"]
    assert numbers(q="%") == ["10"], "a sign is a sign"
    assert numbers(q="_") == []
    assert numbers(q="1") == ["1", "10", "11"]
    assert numbers(q="001") == ["1"]
    assert numbers(rt="3") == ["1"]
    assert numbers(rt="04", q="sari") == ["10"]
    assert queries.rts(session, 1) == ["03", "04"]


def test_pages_of_members_miss_nobody(session: Session, act: MakeAct) -> None:
    with transaction(1):
        for number in range(1, 24):
            make_member(session, act(), f"Nasabah {number}", number=str(number))
    seen: list[str] = []
    after = None
    while True:
        page = queries.search_members(session, 1, after_number=after, limit=5)
        seen += [member.number for member in page.members]
        after = page.next_number
        if after is None:
            break
    assert seen == [str(number) for number in range(1, 24)]


def test_changing_a_member_and_the_household(session: Session, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act(), people=["Budi", "Ani"])
        service.change_member(
            session, act("ubah"), member_id=siti.id, rt="05", people=["Ani", "Tono"]
        )
        again = service.change_member(
            session, act("ubah"), member_id=siti.id, rt="05", people=["Ani", "Tono"]
        )
    assert again.rt == "05"
    assert [person.name for person in queries.people_of(session, 1, siti.id)] == ["Ani", "Tono"]
    everyone = session.scalars(select(MemberPerson).order_by(MemberPerson.line))
    assert [(p.name, p.left_on) for p in everyone] == [
        ("Budi", TODAY), ("Ani", None), ("Tono", None),
    ]  # fmt: skip
    changed = [e.body for e in ledger.entries(session, 1) if e.kind == "member.change"]
    assert changed == [{"member_id": siti.id, "fields": ["people", "rt"]}]


def test_closing_asks_for_zero(session: Session, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act())
        give(session, act(), siti, 12_500)
        with pytest.raises(service.MemberNotEmpty) as refused:
            service.close_member(session, act(), member_id=siti.id)
        assert refused.value.extra["balance_idr"] == 12_500
        hold = ledger.post(
            session, act(), "test.hold", {}, [ledger.hold(siti.savings_account_id, 12_500)]
        )
        with pytest.raises(service.MemberNotEmpty, match="tertahan"):
            service.close_member(session, act(), member_id=siti.id)
        with pytest.raises(service.MemberNotEmpty, match="tertahan"):
            budi = make_member(session, act(), "Budi")
            service.merge_members(session, act(), from_id=siti.id, into_id=budi.id)
        pay = [
            ledger.Leg(siti.savings_account_id, "IDR", 12_500, -12_500),
            ledger.credit(ledger.chart.OPENING, 12_500),
        ]
        ledger.post(session, act(), "test.pay", {}, pay, resolves_seq=hold)
        closed = service.close_member(session, act("tutup"), member_id=siti.id)
        assert service.close_member(session, act("tutup"), member_id=siti.id) is closed
    assert closed.closed_on == TODAY
    with pytest.raises(service.MemberClosed), transaction(1):
        service.change_member(session, act(), member_id=siti.id, name="Lain")
    with pytest.raises(service.MemberClosed), transaction(1):
        service.set_pin(session, act(), member_id=siti.id, pin="650319")


def test_a_debt_keeps_an_account_open(session: Session, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act())
        give(session, act(), siti, 1_000)
        account_id = service.debt_account(session, siti)
        assert service.debt_account(session, siti) == account_id
        legs = [ledger.debit(account_id, 1_000), ledger.credit(siti.savings_account_id, 1_000)]
        ledger.post(session, act(), "test.debt", {}, [*reversed(legs)])
        assert queries.standing(session, siti) == queries.Standing(2_000, 0, 1_000)
        assert queries.standing(session, siti).withdrawable_idr == 1_000


def test_merging_moves_the_balance_and_leaves_a_pointer(session: Session, act: MakeAct) -> None:
    with transaction(1):
        old, kept = make_member(session, act()), make_member(session, act(), "Siti A")
        give(session, act(), old, 40_000)
        give(session, act(), kept, 2_500)
        seq = ledger.head_seq(session, 1) + 1
        service.merge_members(session, act("gabung"), from_id=old.id, into_id=kept.id)
        service.merge_members(session, act("gabung"), from_id=old.id, into_id=kept.id)
    assert (old.merged_into_id, old.closed_on) == (kept.id, TODAY)
    assert queries.standing(session, old).balance_idr == 0
    assert queries.standing(session, kept).balance_idr == 42_500
    legs = {(leg.account_id, leg.amount) for leg in ledger.entry(session, 1, seq).legs}
    assert legs == {(old.savings_account_id, 40_000), (kept.savings_account_id, -40_000)}
    with pytest.raises(service.SameMember), transaction(1):
        service.merge_members(session, act(), from_id=kept.id, into_id=kept.id)
    with pytest.raises(service.MemberClosed), transaction(1):
        service.merge_members(session, act(), from_id=old.id, into_id=kept.id)


def test_the_running_balance_of_every_page(session: Session, act: MakeAct) -> None:
    """Newest first, back-dated lines in their place, each with the balance after it."""
    with transaction(1):
        siti = make_member(session, act())
        days = [TODAY - timedelta(days=back) for back in (9, 9, 3, 0, 20, 0, 9)]
        for number, day in enumerate(days, start=1):
            legs = [
                ledger.debit(ledger.chart.OPENING, number * 1_000),
                ledger.credit(siti.savings_account_id, number * 1_000),
            ]
            ledger.post(session, act(), "test.give", {}, legs, effective_on=day)
    in_order = sorted(enumerate(days, start=1), key=lambda line: (line[1], line[0]))
    balance_idr = 0
    expected: list[tuple[date, int, int]] = []
    for number, day in in_order:
        balance_idr += number * 1_000
        expected.insert(0, (day, number * 1_000, balance_idr))
    for limit in (1, 2, 3, 7, 50):
        seen: list[tuple[date, int, int]] = []
        cursor: str | None = None
        while True:
            page = queries.movements(session, siti, cursor=cursor, limit=limit)
            seen += [(m.line.effective_on, m.line.amount, m.balance_idr) for m in page.lines]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == expected, limit
        assert page.opening_idr == 0
    assert queries.movements(session, siti, cursor="bukan tanggal").lines[0].balance_idr == 28_000


def test_a_pin_opens_one_account_only(session: Session, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act())
        budi = make_member(session, act(), "Budi")
        assert service.set_pin(session, act("pin"), member_id=siti.id, pin="493817")
        assert not service.set_pin(session, act("pin"), member_id=siti.id, pin="650319")
    assert siti.pin_hash is not None and siti.pin_hash.startswith("$argon2id$")
    right = service.pin_is_right
    assert right(session, 1, "1", "493817") == siti
    assert right(session, 1, "0001", "493818") is None
    assert right(session, 1, budi.number, "493817") is None
    assert right(session, 1, "9999", "493817") is None
    assert right(session, 2, "0001", "493817") is None
    with transaction(1):
        service.close_member(session, act(), member_id=siti.id)
    assert right(session, 1, "1", "493817") is None


def test_pins_are_made_at_random() -> None:
    pins = {service.make_pin() for _time in range(50)}
    assert len(pins) > 40
    assert all(len(pin) == 6 and pin.isdigit() for pin in pins)


def test_another_bank_has_no_such_member(session: Session, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act())
    with pytest.raises(queries.MemberNotFound):
        queries.get_member(session, 2, siti.id)
    assert queries.search_members(session, 2).members == []
