"""What a household's page asks finds its rows by their keys, never through a bank's whole history."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from banksampah.db import db, transaction
from tests.factories import MakeAct, make_deposit, make_member, priced_material

LONG = ("entry", "leg", "deposit", "deposit_line", "balance_day", "seal", "withdrawal")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_households_page_searches_by_key(
    sign_in: Callable[..., Any], session: Session, act: MakeAct
) -> None:
    with transaction(1) as writing:
        member = make_member(writing, act())
        material = priced_material(writing, act(), "K1", "Kardus", 1_000)
        for _ in range(12):
            make_deposit(writing, act(), member, (material, 2_350))
    browser, asked = sign_in("treasurer"), []

    def note(_c: object, _k: object, sql: str, values: object, *_: object) -> None:
        asked.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    assert browser.get(f"/nasabah/{member.id}").status_code == 200
    event.remove(db.engine, "before_cursor_execute", note)
    connection = session.connection()
    plans = [
        (row[3], sql)
        for sql, values in asked
        if sql.startswith(("SELECT", "WITH"))
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
    ]
    assert len(plans) > 10
    for step, sql in plans:
        words = step.split()
        if len(words) > 1 and words[1] in LONG:
            assert words[0] == "SEARCH" and not step.endswith("(bank_id=?)"), (step, sql)
