"""The service's login on PostgreSQL: what it cannot do, however the SQL is put.

Each attempt is made as that login on a bare connection, first as it is, then after `RESET ROLE`.
"""

import re
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Connection, NullPool, create_engine, select, text
from sqlalchemy.exc import DBAPIError

from banksampah import clock, ledger, schema
from banksampah.banks.models import Bank
from banksampah.cli import main
from banksampah.db import APP_ROLE, db, normal_url, transaction
from banksampah.ledger import chart
from tests.factories import MakeAct
from tests.owner import ask_owner
from tests.people import Browser, Program

POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
JOURNAL = (
    "bank_head", "account", "entry", "leg", "seal", "balance", "balance_day", "period",
    "period_balance",
)  # fmt: skip

REFUSED = {
    "becoming the owner": ["SET ROLE {owner}", "SET SESSION AUTHORIZATION {owner}"],
    "becoming more": [
        "ALTER ROLE {login} SUPERUSER", "ALTER ROLE {login} BYPASSRLS",
        "ALTER ROLE {login} CREATEROLE", "GRANT {owner} TO {login}",
        "GRANT pg_read_all_data TO {login}", "GRANT pg_write_server_files TO {login}",
        "CREATE ROLE another LOGIN SUPERUSER", "ALTER ROLE {app_role} LOGIN",
        "ALTER ROLE {owner} PASSWORD 'x'",
    ],
    "making things": [
        "CREATE TABLE mine (x int)", "CREATE TEMP TABLE entry (x int)", "CREATE SCHEMA mine",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE VIEW v AS SELECT 1",
        "CREATE FUNCTION pg_temp.current_setting(text, boolean) RETURNS text LANGUAGE sql"
        " AS 'SELECT ''on''::text'",
        "CREATE SEQUENCE s", "CREATE TYPE t AS (x int)", "CREATE COLLATION c FROM \"C\"",
        "CREATE OPERATOR = (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = int8eq)",
        "SELECT * INTO mine FROM bank", "CREATE PUBLICATION p FOR ALL TABLES",
    ],
    "taking guards away": [
        "ALTER TABLE entry DISABLE TRIGGER ALL", "ALTER TABLE entry DISABLE TRIGGER no_change",
        "DROP TRIGGER no_change ON entry", "SET session_replication_role = replica",
        "ALTER TABLE entry DISABLE ROW LEVEL SECURITY", "DROP POLICY tenant ON entry",
        "ALTER TABLE entry NO FORCE ROW LEVEL SECURITY", "DROP TABLE entry_note",
        "CREATE POLICY all_rows ON entry USING (true)", "ALTER POLICY tenant ON leg USING (true)",
        "ALTER TABLE leg DROP CONSTRAINT leg_pkey", "ALTER TABLE balance OWNER TO {login}",
        "CREATE TRIGGER t BEFORE INSERT ON leg FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE RULE r AS ON INSERT TO leg DO INSTEAD NOTHING", "TRUNCATE sign_in_attempt",
        "CREATE INDEX i ON entry (kind)", "ALTER TABLE bank ADD COLUMN x int",
    ],
    "replacing the ledger's functions": [
        "CREATE OR REPLACE FUNCTION current_bank() RETURNS bigint LANGUAGE sql RETURN 1",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION refuse_change() CASCADE", "ALTER FUNCTION current_bank() OWNER TO {login}",
        "ALTER FUNCTION current_bank() SET search_path = pg_temp",
        "ALTER FUNCTION lock_bank SECURITY INVOKER",
    ],
    "reading past the guards": [
        "SET row_security = off; SELECT count(*) FROM entry",
        "SELECT rolpassword FROM pg_authid", "SELECT pg_read_file('PG_VERSION')",
        "SELECT lo_import('/etc/passwd')", "COPY bank TO PROGRAM 'cat'", "COPY bank TO '/tmp/x'",
        "COPY sign_in_attempt FROM '/etc/passwd'", "SELECT * FROM pg_ls_dir('.')",
        "SELECT * FROM pg_statistic", 
        "ALTER DATABASE {database} SET app.bank_id = '1'",
    ],
    "writing the journal": [
        f"SET ledger.posting = 'on'; {verb}"
        for table in JOURNAL
        for verb in (
            f"INSERT INTO {table} SELECT * FROM {table}",
            f"UPDATE {table} SET bank_id = bank_id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"COPY {table} FROM STDIN",
            f"MERGE INTO {table} t USING (SELECT 1 AS one) AS s ON t.bank_id = s.one"
            " WHEN MATCHED THEN DELETE",
        )
    ],
    "documents that are kept": [
        "UPDATE deposit SET value_idr = 0", "DELETE FROM deposit", "UPDATE member SET number = 'x'",
        "DELETE FROM member", "UPDATE bank SET bank_id = 7", "UPDATE bank SET slug = 'x'",
        "UPDATE price SET price_idr = 1", "DELETE FROM bank_setting", "DELETE FROM api_token",
        'UPDATE "user" SET login = \'x\'', 'DELETE FROM "user"', "DELETE FROM security_event",
        "UPDATE alembic_version SET version_num = '0001'", "UPDATE entry_note SET note = 'x'",
    ],
}  # fmt: skip
SERVED = "permission denied|must be (owner|superuser)|cannot set|row-level security|immutable"


@pytest.fixture
def as_service(service_url: str, app: Flask, login: tuple[str, str | None]) -> Iterator[Connection]:
    """A connection as the login itself, without what the program says when it connects."""
    schema.make_login(app.config["OWNER_URL"], login[0])  # a copied database has forgotten it
    engine = create_engine(normal_url(service_url), poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def told(connection: Connection, statement: str) -> str:
    """What the database says to *statement*; "done" when it does it. Nothing of it stays."""
    driver = connection.connection.driver_connection
    try:
        driver.execute("BEGIN")  # type: ignore[union-attr]
        driver.execute("SELECT set_config('app.bank_id', '1', true)")  # type: ignore[union-attr]
        driver.execute(statement)  # type: ignore[union-attr]
    except Exception as error:
        return str(error)
    finally:
        driver.execute("ROLLBACK")  # type: ignore[union-attr]
    return "done"


@POSTGRESQL
@pytest.mark.parametrize("what", REFUSED)
def test_it_cannot(what: str, as_service: Connection, app: Flask, login: tuple[str, str]) -> None:
    [(owner, database)] = ask_owner(app, "SELECT current_user, current_database()")
    words = {
        "owner": f'"{owner}"', "database": f'"{database}"', "login": login[0], "app_role": APP_ROLE,
    }  # fmt: skip
    allowed = {}
    for role in (f"SET ROLE {APP_ROLE}", "RESET ROLE"):
        as_service.exec_driver_sql(role)
        assert told(as_service, "SELECT count(*) FROM bank") == "done"
        for statement in REFUSED[what]:
            answer = told(as_service, statement.format(**words))
            if not re.search(SERVED, answer):
                allowed[f"{role}; {statement}"] = answer
    assert allowed == {}


@POSTGRESQL
def test_it_owns_nothing_and_is_nobody_else(app: Flask, login: tuple[str, str]) -> None:
    name = login[0]
    owned = ask_owner(
        app,
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid IN"
        " (SELECT oid FROM pg_roles WHERE rolname IN (:name, :app_role))",
        name=name,
        app_role=APP_ROLE,
    )
    assert owned == [(0,)]
    roles = ask_owner(
        app,
        "SELECT r.rolname FROM pg_roles r WHERE pg_has_role(:name, r.oid, 'MEMBER')"
        " ORDER BY r.rolname",
        name=name,
    )
    assert [role for (role,) in roles] == sorted([APP_ROLE, name])
    kept = ask_owner(app, "SELECT rolpassword FROM pg_authid WHERE rolname = :name", name=name)
    assert kept[0][0].startswith("SCRAM-SHA-256$")


@POSTGRESQL
def test_functions_that_run_as_their_owner_look_in_one_place(app: Flask) -> None:
    """Fixed search_path, temporary tables last, called by the service only; others have no body
    that is read when it is called with names of the caller's choosing."""
    functions = ask_owner(
        app,
        "SELECT p.oid::regprocedure::text, p.prosecdef, p.proconfig, p.prosrc, p.prosqlbody IS NOT NULL,"
        "  has_function_privilege('public', p.oid, 'EXECUTE')"
        " FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace",
    )
    assert {name.partition("(")[0] for name, *_ in functions} >= {"lock_bank", "current_bank"}
    for name, runs_as_owner, settings, source, is_parsed, is_public in functions:
        path = [s for s in settings or () if s.startswith("search_path=")]
        if runs_as_owner:
            assert path == ["search_path=public, pg_temp"], name
            assert not is_public, name
        else:
            unqualified = re.findall(r"(?<![.\w])(current_setting|set_config)\(", source)
            assert is_parsed or path or not unqualified, name


@POSTGRESQL
def test_a_temporary_table_deceives_no_function(app: Flask, bank: Bank, act: MakeAct) -> None:
    """Even where the database lets anybody make temporary tables, as it does when it is new."""
    with app.app_context(), transaction(bank.bank_id) as session:
        for statement in (
            "SET LOCAL search_path = pg_temp, public",
            "CREATE TEMP TABLE entry AS SELECT 1::bigint AS bank_id, 7::bigint AS seq,"
            " 'k'::text AS idem_key, 'forged'::text AS request_hash",
            "CREATE TEMP TABLE account (bank_id bigint, account_id bigint, floor_zero boolean)",
            "CREATE TEMP TABLE bank_head AS SELECT 1::bigint AS bank_id, 0::bigint AS head_seq",
        ):
            session.execute(text(statement))
        assert ledger.replay(session, act("k"), "kind", {}) is None
        legs = [ledger.credit(chart.CASH, 5), ledger.debit(chart.ENVIRONMENT, 5)]
        with pytest.raises(ledger.BalanceTooLow):
            ledger.post(session, act("k"), "kind", {}, legs)
        session.rollback()


TWO_ENTRIES = """SELECT post_entries(p_bank => 1, p_kinds => '{a,b}',
  p_effective_on => '%(days)s', p_occurred_on => '{2026-11-21,2026-11-21}',
  p_recorded_ms => '{1,1}', p_keys => '{x1,x2}', p_request_hashes => ARRAY[%(hash)s, %(hash)s],
  p_actors => '{7,7}', p_approvers => '{NULL,NULL}', p_reverses => '{NULL,NULL}',
  p_resolves => '%(resolves)s', p_bodies => '{"{}","{}"}', p_of => '{1,2}', p_lines => '{1,1}',
  p_accounts => '{1100,1100}', p_units => '{IDR,IDR}', p_amounts => '{0,0}',
  p_helds => '{-5,-5}')"""


@POSTGRESQL
@pytest.mark.parametrize(
    ("resolves", "days"),
    [
        ("[0:1]={NULL,%d}", "{2026-11-21,2026-11-21}"),  # the first would borrow the other's hold
        ("{NULL,%d}", "{2026-11-21,2026-11-21}"),
        ("{{NULL,%d}}", "{2026-11-21,2026-11-21}"),
        ("{%d,NULL}", "[0:1]={2026-11-21,2026-11-20}"),  # and a leg another day
    ],
)
def test_no_hold_is_released_under_the_name_of_another(
    app: Flask, bank: Bank, act: MakeAct, as_service: Connection, resolves: str, days: str
) -> None:
    """Arrays that begin elsewhere than at 1 would be read at one place and written at another."""
    with app.app_context():
        for key in ("h1", "h2"):
            with transaction(bank.bank_id) as session:
                legs = [ledger.debit(chart.CASH, 50), ledger.credit(chart.ENVIRONMENT, 50)]
                ledger.post(session, act(f"{key}-money"), "grant", {}, legs)
                held = ledger.post(session, act(key), "hold", {}, [ledger.hold(chart.CASH, 5)])
    words = {"days": days, "resolves": resolves % held, "hash": "repeat('0', 64)"}
    assert "ledger: " in told(as_service, TWO_ENTRIES % words)


@POSTGRESQL
def test_a_month_closes_as_its_seal_says(app: Flask, bank: Bank, act: MakeAct) -> None:
    """Not to another day than the closing entry names, and not without one."""
    with app.app_context():
        body = {"through": "2026-09-30"}
        for day, is_right in (("2026-10-31", False), ("2026-09-30", True)):
            with transaction(bank.bank_id) as session:
                seq = ledger.post(session, act(), "period.close", body, body=body)
                refused = (
                    nullcontext() if is_right else pytest.raises(DBAPIError, match="closes with")
                )
                with refused:
                    session.execute(text(f"SELECT close_period(1, '{day}', {seq})"))
                session.rollback()


@POSTGRESQL
def test_with_an_old_schema_it_stops_with_a_sentence(app: Flask, service_url: str) -> None:
    ask_owner(app, "UPDATE alembic_version SET version_num = '0008'", rows=False)
    refused = CliRunner().invoke(main, ["bank", "list", "--database", service_url])
    assert refused.exit_code == 1
    assert "at schema 0008" in refused.output and "banksampah init" in refused.output
    assert "Traceback" not in refused.output


def test_a_newer_schema_is_told_from_a_broken_one(app: Flask, service_url: str) -> None:
    ask_owner(app, "UPDATE alembic_version SET version_num = '9999'", rows=False)
    for url in (service_url, app.config["OWNER_URL"]):
        refused = CliRunner().invoke(main, ["bank", "list", "--database", url])
        assert refused.exit_code == 1
        assert "at schema 9999" in refused.output and "newer program" in refused.output


@POSTGRESQL
def test_an_empty_database_is_not_its_to_fill(app: Flask, service_url: str) -> None:
    ask_owner(
        app, "CREATE SCHEMA emptied; ALTER TABLE alembic_version SET SCHEMA emptied", rows=False
    )
    refused = CliRunner().invoke(main, ["serve", "--database", service_url])
    ask_owner(app, "ALTER TABLE emptied.alembic_version SET SCHEMA public", rows=False)
    assert refused.exit_code == 1
    assert "is empty" in refused.output and "banksampah init" in refused.output


@POSTGRESQL
def test_the_whole_job_is_done_by_that_login(app: Flask, service_url: str) -> None:
    """From opening a bank to its proof, by the command, the pages and the API; nothing as owner."""
    run = CliRunner()
    for words in (
        ["bank", "add", "mulai", "--name", "Bank Mulai"],
        ["user", "add", "bu.ketua", "--name", "Bu Ketua", "--bank", "mulai", "--role", "chair"],
    ):
        done = run.invoke(main, [*words, "--database", service_url])
        assert done.exit_code == 0, done.output
    with app.app_context():
        bank = db.session.scalars(select(Bank).where(Bank.slug == "mulai")).one()
        db.session.expunge_all()
    chair, program = Browser(app, bank, "chair"), Program(app, bank, "chair")
    member = program.post("/members", {"name": "Siti Aminah"}).json
    material = program.post("/materials", {"code": "KT1", "name": "Kardus", "unit": "kg"}).json
    day = clock.day_in(bank.zone, clock.now_utc()).isoformat()
    prices = [{"material_id": material["id"], "price_idr": 2_000}]
    for path, sent in (
        ("/price-lists", {"valid_from": day, "prices": prices}),
        ("/deposits", {"member_id": member["id"], "lines": [{**prices[0], "quantity": 5_000}]}),
    ):
        sent.get("lines", [{}])[0].pop("price_idr", None)
        answer = program.post(path, sent)
        assert answer.status_code == 201, answer.json
    for page in ("/", "/setoran", "/pembukuan", f"/nasabah/{member['id']}"):
        assert chair.get(page).status_code == 200, page
    proven = run.invoke(main, ["verify", "--database", service_url])
    assert proven.exit_code == 0, proven.output
