"""What a correction adds to a closed household's deposit: it waits in Titipan with a row of its own."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.db import transaction
from banksampah.deposits.models import DepositSurplus
from banksampah.deposits.queries.surplus import find_surplus, open_surpluses
from banksampah.deposits.service import (
    PaidInCash,
    correct_household,
    correct_price,
    correct_weight,
    reprice,
    reverse_deposit,
)
from banksampah.desk.service.suspense import makers
from banksampah.ledger import chart
from banksampah.members.models import Member
from banksampah.members.service import MemberNotEmpty, close_member, reopen_member
from banksampah.privacy.service import erase_member
from banksampah.reports.queries import documents
from tests.deposits.conftest import Day
from tests.deposits.test_corrections import sold, take_money
from tests.factories import MakeAct, give_money, make_deposit
from tests.owner import ask_owner
from tests.people import Browser
from tests.reports.conftest import guards_down, vandal  # noqa: F401

SignIn = Callable[..., Browser]


@pytest.fixture
def left(session: Session, day: Day, act: MakeAct) -> int:
    """Siti's deposit of 2 kg at Rp1.800, whose goods are sold; she took her money and left."""
    with transaction(day.bank_id) as s:
        deposit = sold(s, day, act, 2_000, 2_000)
        take_money(s, act(), day.siti.savings_account_id, 3_600)
        close_member(s, act(), member_id=day.siti.id)
        give_money(s, act(), 5_000)
    return deposit.seq


def correct(day: Day, act: MakeAct, seq: int, price_idr: int) -> None:
    with transaction(day.bank_id) as s:
        correct_price(s, act(), seq=seq, line=1, price_idr=price_idr, note="Salah")


def in_titipan(session: Session, day: Day) -> int:
    session.rollback()
    return int(ledger.balance(session, day.bank_id, chart.SUSPENSE).posted)


def saved(session: Session, member: Member) -> int:
    session.rollback()
    return int(ledger.balance(session, member.bank_id, member.savings_account_id).posted)


def lying(session: Session, day: Day) -> list[int]:
    session.rollback()
    return [surplus.amount_idr for surplus in open_surpluses(session, day.bank_id)]


def true_books(session: Session, day: Day) -> bool:
    session.rollback()
    return documents.faults(session, day.bank_id) == []


def decide(treasurer: Browser, decision: str, **given: str) -> Any:
    path = re.search(r"/perlu-dilihat/selisih/\d+", treasurer.get("/perlu-dilihat").text)
    assert path is not None
    return treasurer.post(path[0], {"decision": decision, **given})


def test_what_is_added_is_told_and_paid_out(
    session: Session, day: Day, act: MakeAct, left: int, sign_in: SignIn
) -> None:
    correct(day, act, left, 2_000)
    assert (in_titipan(session, day), lying(session, day)) == (400, [400])
    assert true_books(session, day)
    treasurer = sign_in("treasurer")
    assert "1 selisih koreksi di Titipan" in treasurer.get("/").text
    page = treasurer.get("/perlu-dilihat").text
    assert "Koreksi menambah setoran nasabah yang ditutup." in page and "Di buku" in page
    assert (
        f"S-{left:05} ·" in page
        and "Siti Aminah" in page
        and "+Rp400" in page
        and f"/setoran/{left}" in page
    )
    path = re.search(r"/perlu-dilihat/selisih/\d+", page)[0]
    for _click in range(2):
        asked = {"decision": "pay", "request_id": "bayar-sekali"}
        assert treasurer.post(path, asked).status_code == 303
    assert (in_titipan(session, day), lying(session, day)) == (0, [])
    assert true_books(session, day)
    late = treasurer.post(path, {"decision": "pay"})
    assert late.status_code == 422 and "sudah diputuskan" in late.text
    ways = (
        lambda s: reverse_deposit(s, act(), seq=left, reason="double", as_treasurer=True),
        lambda s: correct_price(s, act(), seq=left, line=1, price_idr=100, note="Salah"),
    )
    for way in ways:
        with pytest.raises(PaidInCash), transaction(day.bank_id) as s:
            way(s)


def test_much_is_not_paid_by_whoever_corrected_it(
    session: Session, day: Day, act: MakeAct, left: int, sign_in: SignIn
) -> None:
    sign_in("operator")  # the deposit is this one's
    treasurer = sign_in("treasurer")
    assert treasurer.user.user_id not in makers(session, day.bank_id, left)
    session.rollback()
    with transaction(day.bank_id) as s:
        give_money(s, act(), 900_000)
        mine = act(actor_id=treasurer.user.user_id)
        correct_price(s, mine, seq=left, line=1, price_idr=301_800, note="Salah")
    refused = decide(treasurer, "pay")
    assert refused.status_code == 422 and "harus dua orang" in refused.text
    assert in_titipan(session, day) == 600_000
    assert decide(sign_in("chair"), "pay").status_code == 303
    assert in_titipan(session, day) == 0
    paid = ledger.entry(session, day.bank_id, ledger.head_seq(session, day.bank_id))
    assert paid.kind == "deposit.pay" and paid.approver_id == paid.actor_id
    assert true_books(session, day)


def test_it_is_moved_to_the_household_whose_number_is_given(
    session: Session, day: Day, act: MakeAct, left: int, sign_in: SignIn
) -> None:
    correct(day, act, left, 2_000)
    treasurer = sign_in("treasurer")
    assert "Nomor 777 tidak ada" in decide(treasurer, "assign", number="777").text
    refused = decide(treasurer, "assign", number=day.siti.number)
    assert refused.status_code == 422 and "sudah ditutup" in refused.text
    assert decide(treasurer, "open_member").status_code == 422
    assert decide(treasurer, "assign", number=day.joko.number).status_code == 303
    assert (in_titipan(session, day), saved(session, day.joko)) == (0, 400)
    assert f"Dari Titipan, koreksi S-{left:05}" in treasurer.get(f"/nasabah/{day.joko.id}").text
    assert true_books(session, day)


def test_it_comes_back_with_its_household(
    session: Session, day: Day, act: MakeAct, left: int, sign_in: SignIn
) -> None:
    correct(day, act, left, 2_000)
    assert decide(sign_in("treasurer"), "reopen").status_code == 303
    session.expire_all()
    assert day.siti.is_open
    assert (in_titipan(session, day), saved(session, day.siti)) == (0, 400)
    assert true_books(session, day)


def test_one_opened_on_its_card_is_not_closed_while_it_waits(
    session: Session, day: Day, act: MakeAct, left: int, sign_in: SignIn
) -> None:
    correct(day, act, left, 2_000)
    with transaction(day.bank_id) as s:
        reopen_member(s, act(), member_id=day.siti.id)
    with pytest.raises(MemberNotEmpty, match="Titipan"), transaction(day.bank_id) as s:
        close_member(s, act(), member_id=day.siti.id)
    assert decide(sign_in("treasurer"), "reopen").status_code == 303
    assert saved(session, day.siti) == 400


def test_an_erased_household_is_paid_or_moved(
    session: Session, day: Day, act: MakeAct, left: int, sign_in: SignIn
) -> None:
    with transaction(day.bank_id) as s:
        erase_member(s, act(), member_id=day.siti.id)
    correct(day, act, left, 2_000)
    treasurer = sign_in("treasurer")
    assert "Buka lagi nasabahnya" not in treasurer.get("/perlu-dilihat").text
    assert decide(treasurer, "reopen").status_code == 422
    assert decide(treasurer, "pay").status_code == 303


def test_a_further_correction_takes_what_lies_there_first(
    session: Session, day: Day, act: MakeAct, left: int
) -> None:
    for price_idr, waits in ((2_000, [400]), (2_100, [600]), (1_900, [200]), (1_800, [])):
        correct(day, act, left, price_idr)
        assert (lying(session, day), in_titipan(session, day)) == (waits, sum(waits))
        assert true_books(session, day)
    session.rollback()
    assert day.siti.debt_account_id is None
    correct(day, act, left, 1_700)  # now she owes
    session.expire_all()
    assert day.siti.debt_account_id is not None
    assert ledger.balance(session, day.bank_id, day.siti.debt_account_id).posted == 200


def test_weight_and_an_old_price_add_a_row_too(
    session: Session, day: Day, act: MakeAct, left: int
) -> None:
    with transaction(day.bank_id) as s:
        correct_weight(s, act(), seq=left, line=1, quantity=2_500, note="Salah")
    assert lying(session, day) == [900]
    with transaction(day.bank_id) as s:
        other = make_deposit(s, act(), day.joko, (day.kardus, 1_000))
        take_money(s, act(), day.joko.savings_account_id, 1_800)
        close_member(s, act(), member_id=day.joko.id)
        reprice(s, act(), seq=other.seq, line=1, price_idr=1_900, note="Harga daftar")
    assert sorted(lying(session, day)) == [100, 900]
    assert true_books(session, day)


def test_moving_the_deposit_moves_what_lies_there(
    session: Session, day: Day, act: MakeAct, left: int
) -> None:
    correct(day, act, left, 2_000)
    with transaction(day.bank_id) as s:
        correct_household(s, act(), seq=left, member_id=day.joko.id, note="Salah")
    assert (lying(session, day), in_titipan(session, day)) == ([], 0)
    assert saved(session, day.joko) == 4_000
    session.expire_all()
    assert day.siti.debt_account_id is not None
    assert ledger.balance(session, day.bank_id, day.siti.debt_account_id).posted == 3_600
    assert true_books(session, day)


@pytest.mark.parametrize("moved", [False, True])
def test_undoing_the_deposit_takes_back_what_was_moved(
    session: Session, day: Day, act: MakeAct, sign_in: SignIn, moved: bool
) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 2_000))
        give_money(s, act(), 10_000)
        take_money(s, act(), day.siti.savings_account_id, 3_600)
        close_member(s, act(), member_id=day.siti.id)
        reprice(s, act(), seq=deposit.seq, line=1, price_idr=2_000, note="Harga daftar")
    if moved:
        given = decide(sign_in("treasurer"), "assign", number=day.joko.number)
        assert given.status_code == 303
        assert saved(session, day.joko) == 400
    with transaction(day.bank_id) as s:
        reverse_deposit(s, act(), seq=deposit.seq, reason="double", as_treasurer=True)
    assert (lying(session, day), in_titipan(session, day)) == ([], 0)
    assert saved(session, day.joko) == 0
    assert true_books(session, day)


EDITS = {
    "the sum": "UPDATE deposit_surplus SET amount_idr = amount_idr + 1",
    "settled": "UPDATE deposit_surplus SET settled_seq = 1, settled_as = 'paid'",
    "waiting": "UPDATE deposit_surplus SET settled_seq = NULL, settled_as = NULL",
    "how": "UPDATE deposit_surplus SET settled_as = 'given' WHERE settled_as = 'corrected'",
    "gone": "DELETE FROM deposit_surplus WHERE settled_seq IS NULL",
}


def test_verify_works_each_row_out_again(
    session: Session, day: Day, act: MakeAct, left: int, vandal: Engine  # noqa: F811
) -> None:  # fmt: skip
    correct(day, act, left, 2_000)
    correct(day, act, left, 2_100)
    session.rollback()
    with Session(vandal) as direct:
        assert documents.faults(direct, day.bank_id) == []
        for name, edit in EDITS.items():
            direct.rollback()
            guards_down(direct)
            direct.execute(text(edit))
            found = [fact for _seq, fact in documents.faults(direct, day.bank_id)]
            assert [fact for fact in found if "selisih koreksi" in fact], name
        direct.rollback()


@pytest.mark.parametrize(
    "edit",
    [
        "DELETE FROM deposit_surplus",
        "UPDATE deposit_surplus SET settled_seq = 1",
        "UPDATE deposit_surplus SET settled_as = 'x', settled_seq = 1",
        "INSERT INTO deposit_surplus (bank_id, seq, deposit_seq, member_id, amount_idr)"
        " SELECT bank_id, 1, deposit_seq, member_id, 0 FROM deposit_surplus",
    ],
)
def test_the_database_keeps_it(
    session: Session, day: Day, act: MakeAct, left: int, edit: str
) -> None:
    correct(day, act, left, 2_000)
    with pytest.raises(DBAPIError), transaction(day.bank_id) as s:
        s.execute(text(edit))


@pytest.mark.parametrize(
    "edit",
    [
        "amount_idr = amount_idr + 1",
        "settled_seq = NULL, settled_as = NULL WHERE settled_as = 'corrected'",
        "settled_seq = 1 WHERE settled_as = 'corrected'",
        "settled_as = 'given' WHERE settled_as = 'corrected'",
    ],
)
def test_the_database_keeps_how_it_was_settled(
    app: Flask, session: Session, day: Day, act: MakeAct, left: int, edit: str
) -> None:
    correct(day, act, left, 2_000)
    correct(day, act, left, 2_100)
    session.rollback()
    with pytest.raises(DBAPIError, match="immutable"):
        ask_owner(app, f"UPDATE deposit_surplus SET {edit}", rows=False)


def test_only_what_waits_is_found(session: Session, day: Day, act: MakeAct, left: int) -> None:
    assert find_surplus(session, day.bank_id, left) is None
    correct(day, act, left, 2_000)
    found = find_surplus(session, day.bank_id, left)
    assert isinstance(found, DepositSurplus) and found.member_id == day.siti.id
