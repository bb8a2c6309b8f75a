"""Rules and presets: sums, versions, days, and accounts of causes."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.catalog.queries import share_on
from banksampah.db import transaction
from banksampah.errors import DomainError
from banksampah.splits import queries, service
from tests.conftest import TODAY
from tests.splits.helpers import Acts, parts, proposal


@pytest.mark.parametrize(
    ("preset", "share_ppm", "expected"),
    [
        ("gerpesh_jitu", 0, {"Lingkungan": 300, "Sosial": 700}),
        ("85_15", 850_000, {"Operasional": 1_000}),
        ("70_30", 700_000, {"Operasional": 1_000}),
        ("90_10", 900_000, {"Operasional": 1_000}),
    ],
)
def test_a_preset_pairs_share_and_rule(
    session: Session, bank: Bank, act: Acts, preset: str, share_ppm: int, expected: dict[str, int]
) -> None:
    chosen = act()
    with transaction(bank.bank_id):
        first = service.apply_preset(session, chosen, preset=preset, valid_from=TODAY)
        second = service.apply_preset(session, chosen, preset=preset, valid_from=TODAY)
        split = proposal(session, act(), bought_idr=1_000)
    assert first.seq == second.seq
    assert share_on(session, 1, TODAY, "savings", "brought") == share_ppm
    assert parts(split) == expected


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([(1, 300_000), (2, 699_999)], "weights_wrong"),
        ([(1, 300_000), (2, 700_001)], "weights_wrong"),
        ([], "weights_wrong"),
        ([(1, 1_000_000), (2, 0)], "weights_wrong"),
        ([(1, 1_200_000), (2, -200_000)], "weights_wrong"),
        ([(1, 500_000), (1, 500_000)], "fund_twice"),
        ([(77, 1_000_000)], "fund_not_found"),
    ],
)
def test_a_rule_that_does_not_sum_to_one_is_refused(
    session: Session, bank: Bank, act: Acts, lines: list[tuple[int, int]], code: str
) -> None:
    with transaction(bank.bank_id):
        service.open_funds(session, act())
        with pytest.raises(DomainError) as refused:
            service.set_rule(
                session,
                act(),
                name="Salah",
                stock_origin="any",
                valid_from=TODAY,
                lines=lines,
            )
    assert refused.value.code == code


RULE = (
    "INSERT INTO split_rule (bank_id, rule_id, version, name, stock_origin, valid_from,"
    " lines_count, total_ppm, seq) VALUES (1, 9, 1, 'x', 'any', '2026-01-01', {count}, {total}, 1)"
)


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param([(1, "NULL", 1, 300_000, "0, 300000")], id="a sum below one"),
        pytest.param([(1, "NULL", 1, 300_000, "0, 1000000")], id="a sum that is not the sum"),
        pytest.param([(2, "1", 1, 300_000, "700000, 1000000")], id="a line left out"),
        pytest.param([(1, "NULL", 1, 300_000, "700000, 1000000")], id="a first line from nowhere"),
        pytest.param(
            [(1, "NULL", 1, 600_000, "0, 600000"), (2, "1", 2, 600_000, "600000, 1200000")],
            id="a sum above one",
        ),
        pytest.param(
            [(1, "NULL", 1, 600_000, "0, 600000"), (2, "1", 2, 600_000, "400000, 1000000")],
            id="a line that starts elsewhere",
        ),
        pytest.param(
            [(1, "NULL", 1, 1_200_000, "0, 1200000"), (2, "1", 2, -200_000, "1200000, 1000000")],
            id="a negative weight",
        ),
    ],
)
def test_the_database_refuses_weights_that_do_not_sum_to_one(
    session: Session, bank: Bank, act: Acts, statements: list[tuple[int, str, int, int, str]]
) -> None:
    with transaction(bank.bank_id):
        service.open_funds(session, act())
    with pytest.raises(DBAPIError), transaction(bank.bank_id):
        for line, before, fund, ppm, sums in statements:
            row = f"1, 9, 1, {line}, {before}, {fund}, {ppm}, {sums}, {line}"
            session.execute(text(f"INSERT INTO split_rule_line VALUES ({row})"))
        session.execute(text(RULE.format(count=len(statements), total=1_000_000)))


def test_a_rule_does_not_reach_backwards(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        proposal(session, act(), donated_idr=1_000)
        with pytest.raises(DomainError) as refused:
            service.set_rule(
                session,
                act(),
                name="Mundur",
                stock_origin="any",
                valid_from=TODAY - timedelta(days=1),
                lines=[(1, 1_000_000)],
            )
    assert refused.value.code == "rule_too_early"


def test_a_sale_follows_the_rule_of_its_day(session: Session, bank: Bank, act: Acts) -> None:
    with transaction(bank.bank_id):
        service.apply_preset(session, act(), preset="gerpesh_jitu", valid_from=date(2026, 1, 1))
        service.apply_preset(session, act(), preset="85_15", valid_from=date(2026, 11, 1))
        old = queries.rule_in_force(session, 1, "donated", date(2026, 10, 31))
        new = queries.rule_in_force(session, 1, "donated", date(2026, 11, 1))
        before_all = queries.rule_in_force(session, 1, "donated", date(2025, 12, 31))
    assert (old.version, new.version, before_all.version) == (1, 2, 1)


def test_a_cause_gets_an_account_of_its_own(session: Session, bank: Bank, act: Acts) -> None:
    chosen = act()
    with transaction(bank.bank_id):
        fund = service.open_fund(
            session, chosen, name="  Santunan   yatim ", purpose="tiap Muharam", kind="cause"
        )
        again = service.open_fund(
            session, chosen, name="  Santunan   yatim ", purpose="tiap Muharam", kind="cause"
        )
        with pytest.raises(DomainError) as refused:
            service.open_fund(session, act(), name="SANTUNAN YATIM", purpose="", kind="other")
    assert (fund.name, again.id) == ("Santunan yatim", fund.id)
    codes = {row.account_id: row.code for row in ledger.accounts(session, 1)}
    assert codes[fund.account_id] == "3700.6"
    assert refused.value.code == "fund_exists"
    # the journal holds no name
    assert "Santunan" not in str([e.body for e in ledger.entries(session, 1)])
