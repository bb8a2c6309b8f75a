"""Weighing in: what each deposit writes, and what is refused."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.catalog.queries import share_on
from banksampah.catalog.service import set_share_rule
from banksampah.db import transaction
from banksampah.deposits import queries
from banksampah.deposits.models import Deposit, DepositLine
from banksampah.deposits.service import record_deposit, refusals
from banksampah.ledger import KeyReused
from banksampah.members.service import close_member
from banksampah.splits.service import open_fund
from tests.conftest import TODAY
from tests.deposits.conftest import Day, legs_of
from tests.factories import MakeAct, make_deposit, make_material, set_price, weighed


def test_savings_of_several_materials(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(
            s, act(), day.siti, (day.kardus, 2_350), (day.pet, 1_200), (day.botol, 12),
            (day.minyak, 1_500), (day.kardus, 333),
        )  # fmt: skip
    assert [line.value_idr for line in deposit.lines] == [4_230, 4_200, 4_800, 7_500, 599]
    assert deposit.value_idr == deposit.credited_idr == 21_329
    assert legs_of(session, deposit.seq) == [
        "1300.1.B +4829 IDR",
        "1300.2.B +4200 IDR",
        "1300.3.B +4800 IDR",
        "1300.4.B +7500 IDR",
        "2100.0001 -21329 IDR",
        "S.1.B +2683 G",
        "S.2.B +1200 G",
        "S.3.B +12 PCS",
        "S.4.B +1500 ML",
        "F.in_savings.G -3883 G",
        "F.in_savings.PCS -12 PCS",
        "F.in_savings.ML -1500 ML",
    ]


def test_sedekah_moves_goods_only(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        fund = open_fund(s, act(), name="Yatim RW 17", purpose="santunan", kind="cause")
        deposit = make_deposit(
            s, act(), day.siti, (day.kardus, 10_000), kind="sedekah", cause_fund_id=fund.id
        )
    assert (deposit.kind, deposit.value_idr, deposit.credited_idr) == ("sedekah", 18_000, 0)
    assert deposit.cause_fund_id == fund.id
    assert legs_of(session, deposit.seq) == ["S.1.D +10000 G", "F.in_donated.G -10000 G"]


def test_the_share_is_taken_per_line_after_valuing(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        set_share_rule(s, act(), valid_from=date(2026, 1, 1), share_ppm=850_000)
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 333), (day.kardus, 333))
        assert [line.credited_idr for line in deposit.lines] == [509, 509]  # 599 x 85 % = 509,15
        half = make_deposit(s, act(), day.siti, (day.kardus, 1_000), share_ppm=500_000)
    with pytest.raises(refusals.ShareTooLarge, match="85%"), transaction(day.bank_id) as s:
        make_deposit(s, act(), day.siti, (day.kardus, 1_000), share_ppm=850_001)
    assert (half.value_idr, half.credited_idr, half.kind) == (1_800, 900, "savings")
    assert ledger.balance(session, 1, day.siti.savings_account_id).posted == 509 + 509 + 900
    assert ledger.balance(session, 1, day.kardus.value_account_id).posted == 509 + 509 + 900


def test_a_bank_whose_share_is_nothing_takes_sedekah(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        set_share_rule(s, act(), valid_from=date(2026, 1, 1), share_ppm=0)
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 1_000))
    assert deposit.kind == "sedekah"
    assert ledger.balance(session, 1, day.kardus.donated_account_id).posted == 1_000


@pytest.mark.parametrize("delivery", [None, "brought", "fetched"])
@pytest.mark.parametrize("weighed_on", [TODAY, TODAY - timedelta(days=20)])
def test_one_question_answers_as_the_catalogue_does(
    session: Session, day: Day, act: MakeAct, delivery: str | None, weighed_on: date
) -> None:
    old, new = date(2026, 1, 1), TODAY - timedelta(days=10)
    with transaction(day.bank_id) as s:
        set_share_rule(s, act(), valid_from=old, share_ppm=850_000)
        set_share_rule(s, act(), valid_from=old, share_ppm=300_000, delivery="fetched")
        set_share_rule(s, act(), valid_from=new, share_ppm=900_000, account_kind="household")
        set_share_rule(s, act(), valid_from=new, share_ppm=None, delivery="fetched")
        set_price(s, act(), day.kardus, 2_000, valid_from=new)
        question = queries.Question(day.siti.id, {day.kardus.id}, weighed_on, delivery)
        [asked] = queries.weighing(s, 1, [question])
        expected = share_on(s, 1, weighed_on, "household", delivery or "brought")
    assert asked.share_ppm == expected
    assert asked.offers[day.kardus.id].price_idr == (2_000 if weighed_on == TODAY else 1_800)


def test_nothing_is_worth_nothing(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        set_price(s, act(), day.kardus, 0, valid_from=TODAY)
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 500))
    assert deposit.value_idr == 0
    legs = ledger.entry(session, 1, deposit.seq).legs
    assert [leg.unit for leg in legs] == ["G", "G"]


def test_the_same_key_gives_the_same_deposit(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        first = make_deposit(s, act("k-1"), day.siti, (day.kardus, 2_350))
    with transaction(day.bank_id) as s:
        again = make_deposit(s, act("k-1"), day.siti, (day.kardus, 2_350))
    assert again.seq == first.seq
    assert [line.value_idr for line in again.lines] == [4_230]
    with pytest.raises(KeyReused), transaction(day.bank_id) as s:
        make_deposit(s, act("k-1"), day.siti, (day.kardus, 2_360))
    assert session.scalar(select(func.count()).select_from(Deposit)) == 1


def test_a_paper_of_last_week_is_dated_last_week(session: Session, day: Day, act: MakeAct) -> None:
    week_ago = TODAY - timedelta(days=7)
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 1_000), weighed_on=week_ago)
    entry = ledger.entry(session, 1, deposit.seq)
    assert (entry.effective_on, entry.occurred_on) == (week_ago, week_ago)


def test_what_belongs_to_a_closed_month_posts_on_the_first_open_day(
    session: Session, day: Day, act: MakeAct
) -> None:
    with transaction(day.bank_id) as s:
        ledger.close_period(s, act(), through=date(2026, 10, 31))
        deposit = make_deposit(
            s, act(), day.siti, (day.kardus, 1_000), weighed_on=date(2026, 10, 30)
        )
    entry = ledger.entry(session, 1, deposit.seq)
    assert (entry.effective_on, entry.occurred_on) == (date(2026, 11, 1), date(2026, 10, 30))


@pytest.mark.parametrize("days", [-1, 32, 4_000])
def test_other_days_are_refused(session: Session, day: Day, act: MakeAct, days: int) -> None:
    with pytest.raises(refusals.DayRefused) as refused, transaction(day.bank_id) as s:
        make_deposit(
            s, act(), day.siti, (day.kardus, 1_000), weighed_on=TODAY - timedelta(days=days)
        )
    assert refused.value.field == "weighed_on"
    assert "21/10/2026" in refused.value.message
    wrote_nothing(session)


def test_unknown_things_are_named(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        unlisted = make_material(s, act(), "X1", "Styrofoam")
        gone = close_member(s, act(), member_id=day.joko.id)
    cases = [
        (refusals.MemberUnknown, "member_id", {"member_id": 999}),
        (refusals.MemberClosed, "member_id", {"member_id": gone.id}),
        (refusals.MaterialUnknown, "lines.0.material_id", {"lines": [_line(999)]}),
        (refusals.NoPrice, "lines.1.quantity", {
            "lines": [_line(day.kardus.id), _line(unlisted.id)]}),
        (refusals.WeightUnusual, "lines.0.quantity", {"lines": [_line(day.kardus.id, 60_001)]}),
        (refusals.CauseUnknown, "cause_fund_id", {"kind": "sedekah", "cause_fund_id": 77}),
        (refusals.CauseNeedsSedekah, "cause_fund_id", {"cause_fund_id": 1}),
    ]  # fmt: skip
    for error, field, wrong in cases:
        asked = {"member_id": day.siti.id, "lines": weighed((day.kardus, 1_000))} | wrong
        with pytest.raises(error) as refused, transaction(day.bank_id) as s:
            record_deposit(s, act(), **asked)
        assert refused.value.field == field
        assert refused.value.message.endswith(".")
    wrote_nothing(session)


def test_an_unusual_weight_is_taken_when_it_was_looked_at_again(
    session: Session, day: Day, act: MakeAct
) -> None:
    lines = weighed((day.kardus, 61_000))
    lines[0]["confirmed_quantity"] = 60_500
    with pytest.raises(refusals.WeightUnusual), transaction(day.bank_id) as s:
        record_deposit(s, act(), member_id=day.siti.id, lines=lines)
    lines[0]["confirmed_quantity"] = 61_000
    with transaction(day.bank_id) as s:
        deposit = record_deposit(s, act(), member_id=day.siti.id, lines=lines)
    assert deposit.value_idr == 109_800


def test_the_document_cannot_be_changed(session: Session, day: Day, act: MakeAct) -> None:
    with transaction(day.bank_id) as s:
        deposit = make_deposit(s, act(), day.siti, (day.kardus, 1_000))
    for table in (Deposit.__table__, DepositLine.__table__):
        for statement in (table.update().values(value_idr=5), table.delete()):
            with (
                pytest.raises(Exception, match=r"immutable|permission denied"),
                session.begin_nested(),
            ):
                session.execute(statement)
    assert queries.get_deposit(session, 1, deposit.seq).value_idr == 1_800


def wrote_nothing(session: Session) -> None:
    assert session.scalar(select(func.count()).select_from(Deposit)) == 0
    kinds = {entry.kind for entry in ledger.entries(session, 1)}
    assert "deposit.record" not in kinds


def _line(material_id: int, quantity: int = 1_000) -> dict[str, int]:
    return {"material_id": material_id, "quantity": quantity}
