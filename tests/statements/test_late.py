"""The annex of minutes: what was weighed in a time that was divided already, and came later."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.deposits.service import move_household, reprice, reverse_deposit
from banksampah.desk import queries as desk
from banksampah.desk import service
from banksampah.members.models import Member
from banksampah.sales.service import Sold, record_sale
from banksampah.splits.models import Split
from banksampah.splits.queries import lines_hash, splits_of_sale
from banksampah.splits.service import approve, reverse_split
from banksampah.statements import papers, queries
from banksampah.statements.queries import LateDeposit, Minutes
from tests.conftest import TODAY
from tests.desk.conftest import kardus, phone, siti  # noqa: F401
from tests.desk.phones import Phone
from tests.factories import MakeAct, make_deposit, make_member, priced_material
from tests.statements.reading import pages_of
from tests.statements.samples import PRINTED_AT, minutes_doc

MORNING = datetime(2026, 11, 21, 1, tzinfo=UTC)
NOON = MORNING + timedelta(hours=4)
LATER = MORNING + timedelta(days=2)


@pytest.fixture
def book(session: Session, bank: Bank, act: MakeAct, phone: Phone, siti: Any, kardus: Any) -> Any:  # noqa: F811
    """100 kg given away on Friday; 10 kg of them sold on Saturday, divided at noon."""
    return Book(session, bank, act, phone, siti, kardus)


class Book:
    """What happens, in its order."""

    def __init__(
        self, session: Session, bank: Bank, act: MakeAct, sender: Phone, giver: Any, goods: Any
    ):
        self.session, self.bank, self.act = session, bank, act
        self.phone, self.siti, self.kardus = sender, giver, goods
        with transaction(bank.bank_id):
            make_deposit(session, act(today=TODAY - timedelta(days=1)), giver, (goods, 100_000),
                         kind="sedekah")  # fmt: skip
        self.first = self.divide(self.sell(TODAY, MORNING), NOON)

    def sell(self, day: date, at: datetime) -> Split:
        with transaction(self.bank.bank_id) as s:
            sale = record_sale(
                s, self.act(today=day, at=at), sold_on=day, paid_with="cash",
                buyer_name="UD Rongsok", lines=[Sold(self.kardus.id, 10_000, 2_000)],
            )  # fmt: skip
            (split,) = splits_of_sale(s, self.bank.bank_id, sale.seq)
            return split

    def divide(self, split: Split, at: datetime) -> Split:
        with transaction(self.bank.bank_id) as s:
            (fresh,) = splits_of_sale(s, self.bank.bank_id, split.sale_seq)
            today = (at + timedelta(hours=7)).date()
            return approve(s, self.act(actor_id=2, at=at, today=today), split_seq=split.seq,
                           seen=lines_hash(fresh))  # fmt: skip

    def weigh(self, day: date, at: datetime, grams: int, key: str | None = None) -> int:
        """Typed in on a page, or as a row of a sheet."""
        today = (at + timedelta(hours=7)).date()
        with transaction(self.bank.bank_id) as s:
            made = make_deposit(s, self.act(key, at=at, today=today), self.siti,
                                (self.kardus, grams), weighed_on=day)  # fmt: skip
            return made.seq

    def send(self, at: datetime, weighed_at: datetime, grams: int, price: int = 1_800) -> int:
        """By the phone; the flag's number where it is held."""
        raw = self.phone.record(
            self.siti, (self.kardus, grams, price), weighed_at=weighed_at.isoformat()
        )
        with transaction(self.bank.bank_id) as s:
            today = (at + timedelta(hours=7)).date()
            act = self.act(at=at, today=today)
            device = desk.get_device(s, self.bank.bank_id, self.phone.device_id)
            kept = service.keep_raw(s, act, device, [raw])
            told = service.take_in(s, act, device, raw, kept[raw["id"]])
            return told.deposit_seq or desk.open_flags(s, self.bank.bank_id)[-1].id

    def minutes(self, split: Split) -> Minutes:
        self.session.rollback()
        return queries.split_minutes(self.session, self.bank.bank_id, split.seq)

    def seqs(self, split: Split) -> list[int]:
        return [one.seq for one in self.minutes(split).late]


def text_of(doc: Minutes, paper: str) -> list[str]:
    pdf = papers.print_minutes(doc, paper=paper, printed_at=PRINTED_AT).pdf
    return [" ".join(page.split()) for page in pages_of(pdf)]


def test_what_was_weighed_before_a_split_was_fixed_is_listed_in_the_next(book: Book) -> None:
    by_phone = book.send(LATER, MORNING, 2_350)
    by_sheet = book.weigh(TODAY, LATER, 1_200, "lembar/2026-11-21-03-1/4")
    typed = book.weigh(TODAY - timedelta(days=1), LATER, 3_000)
    with transaction(book.bank.bank_id) as s:
        bottle = priced_material(s, book.act(), "BTL", "Botol", 500, "pcs")
        day = LATER.date()
        pieces = make_deposit(s, book.act(at=LATER, today=day), book.siti, (bottle, 7),
                              weighed_on=TODAY).seq  # fmt: skip
    book.weigh(LATER.date(), LATER, 900)  # of its own day
    book.weigh(TODAY + timedelta(days=1), LATER, 800, "lembar/2026-11-22-03-1/1")  # of another
    second = book.sell(LATER.date(), LATER)
    assert book.seqs(second) == [typed, by_phone, by_sheet, pieces]  # a draft names them too
    doc = book.minutes(book.divide(second, LATER))
    assert [
        (one.way, one.weighed_on, one.member_number, one.weight_g, one.value_idr)
        for one in doc.late
    ] == [
        ("typed", TODAY - timedelta(days=1), "0001", 3_000, 5_400),
        ("phone", TODAY, "0001", 2_350, 4_230),
        ("sheet", TODAY, "0001", 1_200, 2_160),
        ("typed", TODAY, "0001", 0, 3_500),
    ]
    assert book.seqs(book.first) == []
    assert (doc.late_weight_g, doc.late_value_idr) == (6_550, 11_790 + 3_500)
    later = book.send(LATER, MORNING, 500)  # after these minutes: in the next ones
    assert book.minutes(second).late == doc.late
    third = book.divide(book.sell(LATER.date(), LATER), LATER + timedelta(hours=1))
    assert book.seqs(third) == [later]


def test_what_was_weighed_after_a_split_was_fixed_is_not_late(book: Book) -> None:
    afternoon = NOON + timedelta(hours=1)
    book.send(LATER, afternoon, 1_000)
    book.weigh(TODAY, afternoon, 1_100)
    second = book.sell(LATER.date(), LATER)
    assert book.seqs(second) == []
    on_the_day = book.send(LATER, NOON - timedelta(hours=1), 1_200)
    assert book.seqs(second) == [on_the_day]


def test_a_split_that_was_undone_fixes_nothing(book: Book) -> None:
    book.send(LATER, MORNING, 1_000)
    with transaction(book.bank.bank_id) as s:
        reverse_split(s, book.act(at=LATER), split_seq=book.first.seq, reason="Salah hitung")
    assert book.seqs(book.sell(LATER.date(), LATER)) == []


def test_a_split_that_is_undone_later_had_fixed_its_time_all_the_same(book: Book) -> None:
    """The minutes that were signed stay; what comes after the undoing is late for nothing."""
    came = book.send(LATER, MORNING, 1_000)
    second = book.divide(book.sell(LATER.date(), LATER), LATER)
    assert book.seqs(second) == [came]
    with transaction(book.bank.bank_id) as s:
        reverse_split(s, book.act(at=LATER), split_seq=book.first.seq, reason="Salah hitung")
    assert book.seqs(second) == [came]


@pytest.mark.parametrize("paper", ["A4", "F4"])
def test_the_annex_reads_the_same_whatever_is_changed_later(book: Book, paper: str) -> None:
    kept, undone = book.send(LATER, MORNING, 2_350), book.send(LATER, MORNING, 1_001)
    gone, others = book.weigh(TODAY, LATER, 7_000), book.weigh(TODAY, LATER, 3_000)
    other = make_other(book)
    with transaction(book.bank.bank_id) as s:  # before the decision: told as it stands then
        reprice(s, book.act(), seq=kept, line=1, price_idr=1_500, note="Salah")
        reverse_deposit(s, book.act(), seq=gone, reason="double", as_treasurer=True)
        move_household(s, book.act(), seq=others, member_id=other.id, note="Salah")
    second = book.divide(book.sell(LATER.date(), LATER), LATER)
    before = book.minutes(second).late
    assert [(one.seq, one.member_number, one.weight_g, one.value_idr) for one in before] == [
        (kept, "0001", 2_350, 3_525), (undone, "0001", 1_001, 1_802), (others, "0002", 3_000, 5_400),
    ]  # fmt: skip
    pages = text_of(book.minutes(second), paper)
    with transaction(book.bank.bank_id) as s:
        reprice(s, book.act(), seq=kept, line=1, price_idr=1_000, note="Salah")
        move_household(s, book.act(), seq=kept, member_id=other.id, note="Salah")
        reverse_deposit(s, book.act(), seq=undone, reason="double", as_treasurer=True)
    assert book.minutes(second).late == before
    assert text_of(book.minutes(second), paper) == pages


def make_other(book: Book) -> Member:
    with transaction(book.bank.bank_id) as s:
        return make_member(s, book.act(), "Joko Susilo")


def test_page_paper_and_program_say_the_same(book: Book, sign_in: Any, api: Any) -> None:
    seq = book.send(LATER, MORNING, 2_350)
    flag_id = book.send(LATER, MORNING, 4_000, 1_801)
    with transaction(book.bank.bank_id) as s:
        at = LATER + timedelta(days=1)
        service.decide(
            s, book.act(at=at, today=at.date()), flag_id=flag_id, decision="release"
        )  # fmt: skip
    second = book.divide(book.sell(LATER.date() + timedelta(days=1), at), at)
    *_minutes, annex = text_of(book.minutes(second), "A4")
    page = sign_in("auditor").get(f"/pembagian/{second.seq}/susulan").text
    told = api("auditor").get(f"/splits/{second.seq}/late-deposits").json
    assert "Lampiran: 2 setoran susulan, 6,35 kg, Rp11.430." in " ".join(_minutes)
    for text in (f"S-{seq:05}", "0001", "2,35", "4.230", "HP01-0001", "23/11/2026"):
        assert text in annex, text
        assert text in page, text
    for text in ("6,35", "11.430"):
        assert text in annex, text
        assert text in page, text
    assert "Dikirim HP01-0002 pada 23/11/2026, disahkan 24/11/2026" in annex
    assert "Disahkan 24/11/2026." in page
    assert (told["weight_g"], told["value_idr"]) == (6_350, 11_430)
    assert [one["weight_g"] for one in told["late_deposits"]] == [2_350, 4_000]
    assert "/susulan" in sign_in("treasurer").get(f"/pembagian/{second.seq}").text
    assert "Tidak ada setoran susulan" in sign_in("chair").get(
        f"/pembagian/{book.first.seq}/susulan"
    ).text  # fmt: skip


@pytest.mark.parametrize("paper", ["A4", "F4"])
def test_a_long_annex_keeps_its_sum_with_its_last_rows(paper: str) -> None:
    late = tuple(
        LateDeposit(
            seq=n, number=f"S-{n:05}", weighed_on=TODAY, member_number="0123", weight_g=1_000,
            value_idr=1_800, way="phone", paper_number=f"HP02-2-{n:04}", came_on=TODAY,
            booked_on=TODAY,
        )
        for n in range(1, 71)
    )  # fmt: skip
    pages = text_of(minutes_doc(4, late=late), paper)
    assert "Lampiran: setoran susulan" in pages[1] and "S-00001" in pages[1]
    assert "Jumlah 70 setoran 70,00 126.000" in pages[-1] and "S-00070" in pages[-1]
    assert "nama terang" not in " ".join(pages[1:])
    rows = tuple(
        replace(one, way="sheet", paper_number=f"B-261121-03-{one.seq % 9}") for one in late[:34]
    )
    assert len(text_of(minutes_doc(4, late=rows), paper)) == 2  # each on one line
    assert "Lampiran" not in " ".join(text_of(minutes_doc(4), paper))
