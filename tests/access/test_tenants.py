"""Row-level security on PostgreSQL, table by table as the catalogue has them.

A table that is new, and has no policy or is given a right that nobody wrote down here, turns these
red. Another bank's rows cannot be read, written or changed by any SQL of the service's login.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from banksampah import clock
from banksampah.banks.service import open_bank
from banksampah.catalog.queries import get_material
from banksampah.db import APP_ROLE, db, normal_url, transaction, use_bank
from banksampah.deposits.models import DepositSurplus
from banksampah.desk.models import LateSheet
from banksampah.desk.service import settle_gap
from banksampah.ledger import Act
from tests.desk.phones import Phone
from tests.owner import ask_owner
from tests.people import Browser, Program
from tests.quarter import live_a_winter

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

DIRECTORY = {"bank", "staff_role"}  # sign-in asks them which bank one may enter
OF_NO_BANK = {
    "alembic_version", "user", "staff_session", "staff_totp", "staff_recovery", "api_token",
    "sign_in_attempt", "security_event", "region_reader",
}  # fmt: skip
JOURNAL = {
    "bank_head", "account", "entry", "leg", "seal", "balance", "balance_day", "period",
    "period_balance",
}  # fmt: skip
DELETES = {
    "staff_role", "staff_session", "staff_totp", "staff_recovery", "member_session",
    "sign_in_attempt", "entry_note", "region_reader",
}  # fmt: skip
OTHER = 2
SPRING = datetime(2027, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def winter(app: Flask, bank: Any, act: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bank 1 with something in every table, and bank 2 just opened."""
    monkeypatch.setattr(clock, "now_utc", lambda: SPRING)
    with app.app_context():
        live_a_winter(act)
        with transaction() as session:
            open_bank(session, at=SPRING, slug="lain", name="Bank Lain")
    chair = Program(app, bank, "chair")
    day = {"valid_from": "2027-03-01"}
    sale = chair.get("/sales").json["items"][0]["seq"]
    [goods] = [line for line in chair.get("/stock").json["items"] if line["code"] == "KT1"]
    [deposit] = [d["seq"] for d in chair.get("/deposits", limit=100).json["items"]][-1:]
    sold = {"material_id": goods["material_id"], "price_idr": 2_500}
    for path, sent in (
        ("/members", {"name": "Bu Tutik", "people": ["Pak Tutik"]}),
        ("/share-rules", {"account_kind": None, "share_ppm": 900_000, **day}),
        (f"/sales/{sale}/reversal", {"reason": "batal diambil"}),
        (
            "/sales",
            {
                "sold_on": "2027-03-01",
                "buyer_name": "Lapak",
                "lines": [{**sold, "buyer_quantity": goods["quantity"]}],
            },
        ),
        (
            f"/deposits/{deposit}/weight-correction",
            {"line": 1, "quantity": 2_000, "note": "salah lihat"},
        ),
    ):
        answer = chair.post(path, sent)
        assert answer.status_code == 201, answer.json
    today = clock.day_in(bank.zone, SPRING)
    phone = Phone(
        Browser(app, bank, "operator"),
        lambda: Act(bank.bank_id, uuid.uuid4().hex, 0, SPRING, today),
    )
    newcomer = {"provisional": "T-01", "name": "Warni", "rt": "04", "house_no": "7"}
    with app.app_context():
        use_bank(db.session, bank.bank_id)
        kardus = get_material(db.session, bank.bank_id, goods["material_id"])
    told = phone.send(phone.record(newcomer, (kardus, 1_000, 1_750)))
    assert all("provisional" in answer["notes"] for answer in told.values())
    phone.hello(epoch=phone.epoch, last=2, unsent=0)
    with app.app_context(), transaction(bank.bank_id) as session:
        key = Act(bank.bank_id, uuid.uuid4().hex, 0, SPRING, today)
        gap = {"device_id": phone.device_id, "epoch": phone.epoch, "number": 2}
        settle_gap(session, key, **gap, deposit_seq=None)
        session.add(LateSheet(bank_id=bank.bank_id, seq=deposit, code="late"))
        session.add(DepositSurplus(
            bank_id=bank.bank_id, seq=deposit, deposit_seq=deposit, member_id=1, amount_idr=1
        ))  # fmt: skip
    assert phone.browser.post("/pin-timbang", {"pin": "4071"}).status_code == 303
    assert chair.patch("/settings", {"minimum_balance_idr": 500}).status_code == 200
    ask_owner(
        app,
        "INSERT INTO member_session (bank_id, token_hash, member_id, seen_at, expires_at)"
        " VALUES (1, repeat('0', 64), 1, 0, 0) RETURNING 1",
    )


@pytest.fixture
def as_service(winter: None, service_url: str) -> Iterator[Connection]:
    """A connection as the service's login, bare: nothing the program says when it connects."""
    engine = create_engine(
        normal_url(service_url), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        yield connection


def choose(connection: Connection, bank: int | str) -> None:
    connection.execute(text("SELECT set_config('app.bank_id', :bank, false)"), {"bank": str(bank)})


def tables(app: Flask) -> set[str]:
    rows = ask_owner(app, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in rows}


def tables_of_banks(app: Flask) -> list[str]:
    return sorted(tables(app) - OF_NO_BANK - DIRECTORY)


def count(connection: Connection, table: str, where: str = "") -> int:
    return int(connection.scalar(text(f'SELECT count(*) FROM "{table}" {where}')) or 0)


def test_every_table_of_a_bank_has_its_policy(app: Flask) -> None:
    """Both `USING` and `WITH CHECK` compare with the bank in hand, and bind the owner too."""
    rows = ask_owner(
        app,
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, p.polcmd::text,"
        "  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)"
        " FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid"
        "  AND EXISTS (SELECT 1 FROM unnest(p.polroles) AS r"  # those that bind the service
        "               WHERE r = 0 OR pg_has_role(:role, r, 'MEMBER'))"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')",
        role=APP_ROLE,
    )
    guarded: dict[str, list[Any]] = {}
    for table, *policy in rows:
        guarded.setdefault(table, []).append(tuple(policy))
    ours = "(bank_id = current_bank())"
    whole = [(True, "*", ours, ours)]
    assert {t for t in guarded if t not in OF_NO_BANK | DIRECTORY and guarded[t] != whole} == set()
    for table in DIRECTORY:
        written = [policy for policy in guarded[table] if policy[1] != "r"]
        assert written, table
        assert all(forced and ours in (using, check) for forced, _verb, using, check in written)
    columns = ask_owner(
        app,
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'bank_id'",
    )
    assert OF_NO_BANK & {name for (name,) in columns} == set()


def test_without_a_bank_there_are_no_rows(app: Flask, as_service: Connection) -> None:
    """Each business table holds rows of bank 1; none is seen when no bank is chosen, or another."""
    for table in tables_of_banks(app):
        here = ask_owner(app, f'SELECT count(*) FROM "{table}" WHERE bank_id = 1')[0][0]
        assert here, f"{table}: nothing to look for"
        as_service.exec_driver_sql("RESET app.bank_id")
        assert count(as_service, table) == 0, table
        choose(as_service, "")
        assert count(as_service, table) == 0, table
        choose(as_service, OTHER)
        assert count(as_service, table, "WHERE bank_id <> 2") == 0, table
        choose(as_service, 1)
        assert count(as_service, table) == here, table


def test_no_row_is_written_into_another_bank(app: Flask, as_service: Connection) -> None:
    """A whole, valid row of bank 1, sent while bank 2 is in hand, or none is."""
    for table in sorted(tables(app) - OF_NO_BANK):
        rows = ask_owner(app, f'SELECT row_to_json(t)::text FROM "{table}" t WHERE bank_id = 1')
        for bank in ("2", ""):
            choose(as_service, bank)
            told = refusal(
                as_service,
                f'INSERT INTO "{table}" SELECT * FROM json_populate_record(NULL::"{table}", :row)',
                row=rows[0][0] if rows else '{"bank_id": 1}',
            )
            wanted = "permission denied" if table in JOURNAL else "row-level security"
            assert wanted in told, (table, told)


def test_no_row_of_another_bank_is_changed(app: Flask, as_service: Connection) -> None:
    choose(as_service, OTHER)
    updates, deletes = granted(app, "UPDATE"), granted(app, "DELETE")
    for table in sorted(tables(app) - OF_NO_BANK):
        before = ask_owner(app, f'SELECT t::text FROM "{table}" t WHERE bank_id = 1 ORDER BY 1')
        for column in sorted(updates.get(table, ())):
            as_service.exec_driver_sql(
                f'UPDATE "{table}" SET {column} = {column} WHERE bank_id = 1'
            )
            told = as_service.exec_driver_sql(f'UPDATE "{table}" SET {column} = NULL WHERE false')
            assert told.rowcount == 0
            changed = as_service.exec_driver_sql(
                f'UPDATE "{table}" SET {column} = {column} WHERE bank_id = 1'
            )
            assert changed.rowcount == 0, (table, column)
        if table in deletes:
            gone = as_service.exec_driver_sql(f'DELETE FROM "{table}" WHERE bank_id = 1')
            assert gone.rowcount == 0, table
        after = ask_owner(app, f'SELECT t::text FROM "{table}" t WHERE bank_id = 1 ORDER BY 1')
        assert after == before, table


def test_a_function_reaches_the_bank_it_is_given_and_no_other(
    app: Flask, as_service: Connection
) -> None:
    """What the ledger's functions do for bank 1 leaves bank 2 as it was, and the other way."""
    before = ask_owner(app, "SELECT head_seq, head_hash FROM bank_head WHERE bank_id = 1")
    choose(as_service, 1)
    as_service.exec_driver_sql(
        "SELECT open_accounts(2, '{900001}', '{x.1}', '{IDR}', '{1}', '{t}')"
    )
    assert ask_owner(app, "SELECT head_seq, head_hash FROM bank_head WHERE bank_id = 1") == before
    assert ask_owner(app, "SELECT bank_id FROM account WHERE code = 'x.1'") == [(2,)]


def granted(app: Flask, verb: str) -> dict[str, set[str]]:
    """Table -> columns that the application's role holds *verb* on, however it was given."""
    rows = ask_owner(
        app,
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
        "   AND NOT a.attisdropped AND CASE WHEN :verb = 'DELETE'"
        "     THEN has_table_privilege(:role, c.oid, :verb)"
        "     ELSE has_column_privilege(:role, c.oid, a.attnum, :verb) END",
        role=APP_ROLE,
        verb=verb,
    )
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def test_rights_are_no_more_than_written_down(app: Flask) -> None:
    """By table and by column, as the catalogue has them."""
    updates = granted(app, "UPDATE")
    assert JOURNAL.isdisjoint(updates) and JOURNAL.isdisjoint(granted(app, "INSERT"))
    assert set(granted(app, "DELETE")) == DELETES
    keys = {
        (table, column)
        for table, column in ask_owner(
            app,
            "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)"
            " WHERE i.indisprimary AND c.relnamespace = 'public'::regnamespace",
        )
    }
    changeable = {(table, column) for table, columns in updates.items() for column in columns}
    assert changeable & keys == set(), "a key never changes"
    assert set(updates) == {
        "bank", "member", "member_person", "material", "user", "staff_session", "staff_totp",
        "member_session", "api_token", "sign_in_attempt", "desk_device", "weighing_session",
        "desk_intake", "desk_flag", "desk_suspense", "desk_newcomer", "desk_pin",
        "desk_epoch", "late_sheet", "deposit_surplus", "desk_phone_day",
    }  # fmt: skip
    assert updates["user"].isdisjoint({"login", "created_at"})
    assert updates["member"].isdisjoint({"number", "savings_account_id", "opened_seq"})
    assert updates["material"].isdisjoint({"unit", "value_account_id", "bought_account_id"})
    whole = ask_owner(
        app,
        "SELECT relname FROM pg_class c, unnest(ARRAY['UPDATE', 'TRUNCATE', 'REFERENCES',"
        " 'TRIGGER', 'MAINTAIN']) AS verb WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' AND has_table_privilege(:role, c.oid, verb)",
        role=APP_ROLE,
    )
    assert whole == []
    assert granted(app, "UPDATE").get("alembic_version") is None


def refusal(connection: Connection, statement: str, **values: Any) -> str:
    """What the database says to *statement*; an empty text when it does it."""
    try:
        connection.execute(text(statement), values)
    except DBAPIError as error:
        return str(error.orig)
    return ""
