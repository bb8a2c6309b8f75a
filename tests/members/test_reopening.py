"""A closed account opened again: the same account, told in the journal, refused where it cannot be."""

import importlib

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from banksampah import ledger
from banksampah.banks.models import Bank
from banksampah.db import transaction
from banksampah.members import queries, service
from banksampah.members.models import Member
from banksampah.privacy.service import erase_member
from banksampah.reports.queries import documents
from tests.conftest import TODAY
from tests.factories import MakeAct, make_member
from tests.members.test_api import Api
from tests.members.test_pages import SignIn
from tests.members.test_service import give
from tests.reports.conftest import guards_down, vandal  # noqa: F401

migration = importlib.import_module("migrations.versions.0017_reopening")


@pytest.fixture
def closed(session: Session, bank: Bank, act: MakeAct) -> Member:
    """Siti, who left."""
    with transaction(1):
        return service.close_member(session, act(), member_id=make_member(session, act()).id)


def test_close_reopen_close(session: Session, closed: Member, act: MakeAct) -> None:
    with transaction(1):
        opened = service.reopen_member(session, act("buka"), member_id=closed.id)
        assert service.reopen_member(session, act("buka"), member_id=closed.id) is opened
        assert (opened.closed_on, opened.is_open, opened.number) == (None, True, closed.number)
        give(session, act(), opened, 5_000)
    assert documents.faults(session, 1) == []
    assert queries.standing(session, opened).balance_idr == 5_000
    session.rollback()
    with transaction(1), pytest.raises(service.MemberNotEmpty):
        service.close_member(session, act(), member_id=closed.id)
    with transaction(1):
        legs = [
            ledger.debit(closed.savings_account_id, 5_000),
            ledger.credit(ledger.chart.OPENING, 5_000),
        ]
        ledger.post(session, act(), "test.take", {}, legs)
        assert service.close_member(session, act(), member_id=closed.id).closed_on == TODAY
    assert documents.faults(session, 1) == []
    kinds = [e.kind for e in ledger.entries(session, 1) if e.kind.startswith("member.")]
    assert kinds == ["member.open", "member.close", "member.reopen", "member.close"]
    session.rollback()
    with transaction(1):  # the first click's answer, long after
        assert not service.reopen_member(session, act("buka"), member_id=closed.id).is_open


def test_an_open_one_is_not_opened(session: Session, bank: Bank, act: MakeAct) -> None:
    with transaction(1):
        siti = make_member(session, act())
    with pytest.raises(service.MemberIsOpen), transaction(1):
        service.reopen_member(session, act(), member_id=siti.id)
    with pytest.raises(queries.MemberNotFound), transaction(1):
        service.reopen_member(session, act(), member_id=99)


def test_a_merged_one_is_not_opened_and_says_where_it_went(
    session: Session, bank: Bank, act: MakeAct
) -> None:
    with transaction(1):
        first, second, last = (
            make_member(session, act(), name) for name in ("Siti", "S.", "Siti A")
        )
        service.merge_members(session, act(), from_id=first.id, into_id=second.id)
        service.merge_members(session, act(), from_id=second.id, into_id=last.id)
    with pytest.raises(service.MemberMerged, match=last.number) as refused, transaction(1):
        service.reopen_member(session, act(), member_id=first.id)
    assert refused.value.extra == {"into_id": last.id}


def test_an_erased_one_is_not_opened(session: Session, closed: Member, act: MakeAct) -> None:
    with transaction(1):
        assert erase_member(session, act(), member_id=closed.id)
        assert closed.erased_on == TODAY
    assert documents.faults(session, 1) == []
    session.rollback()
    with pytest.raises(service.MemberErased), transaction(1):
        service.reopen_member(session, act(), member_id=closed.id)


@pytest.mark.parametrize(
    "edit",
    [
        "closed_on = NULL",
        "closed_on = NULL, erased_on = NULL",
        "erased_on = NULL",
        "erased_on = '2026-01-01'",
    ],
)
def test_the_database_keeps_erased_ones_closed(
    session: Session, closed: Member, act: MakeAct, edit: str
) -> None:
    with transaction(1):
        erase_member(session, act(), member_id=closed.id)
    with pytest.raises(DBAPIError), transaction(1) as writing:
        writing.execute(text(f"UPDATE member SET {edit} WHERE bank_id = 1"))


@pytest.mark.parametrize(
    "edit", ["closed_on = NULL, merged_into_id = NULL", "merged_into_id = NULL"]
)
def test_the_database_keeps_merged_ones_closed(
    session: Session, bank: Bank, act: MakeAct, edit: str
) -> None:
    with transaction(1):
        old, kept = make_member(session, act()), make_member(session, act(), "Siti A")
        service.merge_members(session, act(), from_id=old.id, into_id=kept.id)
    with pytest.raises(DBAPIError), transaction(1) as writing:
        writing.execute(text(f"UPDATE member SET {edit} WHERE id = {old.id}"))


def test_an_open_one_is_not_marked_as_erased(session: Session, bank: Bank, act: MakeAct) -> None:
    with transaction(1):
        make_member(session, act())
    with pytest.raises(DBAPIError), transaction(1) as writing:
        writing.execute(text("UPDATE member SET erased_on = '2026-01-01'"))


@pytest.mark.parametrize(
    "edit",
    ["closed_on = '2026-11-20'", "closed_on = '2026-11-21', erased_on = '2026-11-21'"],
)
def test_verify_tells_what_no_entry_says(
    session: Session, closed: Member, act: MakeAct, vandal: Engine, edit: str  # noqa: F811
) -> None:  # fmt: skip
    with transaction(1):
        service.reopen_member(session, act(), member_id=closed.id)
    with Session(vandal) as direct:
        guards_down(direct)
        direct.execute(text(f"UPDATE member SET {edit}"))
        told = [fact for _seq, fact in documents.faults(direct, 1)]
        direct.rollback()
    assert told == [f"nasabah {closed.id} berbeda dari catatannya"]


def test_who_was_erased_before_is_known_after_the_migration(
    session: Session, closed: Member, act: MakeAct, vandal: Engine  # noqa: F811
) -> None:  # fmt: skip
    with transaction(1):
        erase_member(session, act(), member_id=closed.id)
        other = make_member(session, act(), "Budi")
        service.close_member(session, act(), member_id=other.id)
    session.rollback()
    with vandal.begin() as connection:
        on_table = " ON member" if connection.dialect.name == "postgresql" else ""
        for column in ("merged_into_id", "erased_on"):
            name = f"{column}_stays" if on_table else f"member_{column}_stays"
            connection.execute(text(f"DROP TRIGGER {name}{on_table}"))
        connection.execute(text("ALTER TABLE member DROP COLUMN erased_on"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
        rows = connection.execute(text("SELECT id, erased_on FROM member ORDER BY id")).all()
    assert [(row.id, row.erased_on and str(row.erased_on)) for row in rows] == [
        (closed.id, str(TODAY)), (other.id, None),
    ]  # fmt: skip
    assert documents.faults(session, 1) == []


def test_by_the_api(api: Api, session: Session, closed: Member, act: MakeAct) -> None:
    program, path = api("treasurer"), f"/members/{closed.id}/reopening"
    opened = program.post(path, key="k1")
    assert (opened.status_code, opened.json["closed_on"]) == (201, None)
    assert program.post(path, key="k1").json == opened.json
    again = program.post(path, key="k2")
    assert (again.status_code, again.json["code"]) == (409, "member_open")
    assert program.post("/members/9/reopening").status_code == 404
    with transaction(1):
        kept = make_member(session, act(), "Siti A")
        service.merge_members(session, act(), from_id=closed.id, into_id=kept.id)
    merged = program.post(path)
    assert (merged.json["code"], merged.json["into_id"]) == ("member_merged", kept.id)
    with transaction(1):
        service.close_member(session, act(), member_id=kept.id)
        erase_member(session, act(), member_id=kept.id)
    assert program.post(f"/members/{kept.id}/reopening").json["code"] == "member_erased"
    assert api("operator").post(path).status_code == 403


def test_by_page(sign_in: SignIn, session: Session, closed: Member, act: MakeAct) -> None:
    browser, card = sign_in("treasurer"), f"/nasabah/{closed.id}"
    assert f"{card}/buka-lagi" in browser.get(card).text
    assert f"{card}/buka-lagi" not in sign_in("operator").get(card).text
    asked = browser.get(f"{card}/buka-lagi").text
    assert "Ditutup 21 November 2026." in asked and "Nomor dan bukunya tetap yang lama." in asked
    twice = {"request_id": "buka-sekali"}
    for _click in range(2):
        assert browser.post(f"{card}/buka-lagi", twice).location.endswith(card)
    page = browser.get(card).text
    assert "Timbang" in page and "Ditutup" not in page
    refused = browser.post(f"{card}/buka-lagi")
    assert refused.status_code == 422 and "tidak ditutup" in refused.text
    with transaction(1):
        kept = make_member(session, act(), "Siti Rahayu")
        service.merge_members(session, act(), from_id=closed.id, into_id=kept.id)
    assert "buka-lagi" not in browser.get(card).text
    merged = browser.post(f"{card}/buka-lagi")
    assert merged.status_code == 422 and f"/nasabah/{kept.id}" in merged.text
    with transaction(1):
        service.close_member(session, act(), member_id=kept.id)
        erase_member(session, act(), member_id=kept.id)
    gone = browser.get(f"/nasabah/{kept.id}/buka-lagi").text
    assert "sudah dihapus 21 November 2026" in gone and "/nasabah/baru" in gone
    assert sign_in("operator").post(f"{card}/buka-lagi").status_code == 403


def test_the_journal_says_it_in_words(
    sign_in: SignIn, session: Session, closed: Member, act: MakeAct
) -> None:
    with transaction(1):
        service.reopen_member(session, act(), member_id=closed.id)
    assert "Nasabah dibuka lagi" in sign_in("auditor").get("/pembukuan/jurnal").text
