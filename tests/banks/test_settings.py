"""A bank opens, changes its profile and makes settings: each of it an entry."""

import pytest
from sqlalchemy import text

from banksampah import ledger
from banksampah.banks import queries, service
from banksampah.db import transaction, use_bank
from tests.books import books
from tests.conftest import NOW
from tests.people import Program


def kinds(session, bank) -> list[str]:
    use_bank(session, bank.bank_id)
    return [entry.kind for entry in ledger.entries(session, bank.bank_id)]


def test_the_first_entry_of_a_bank_is_its_opening(session, bank):
    assert kinds(session, bank) == ["bank.open"]
    assert ledger.check(session, bank.bank_id).faults == []


def test_a_second_bank_gets_the_next_number_and_its_own_journal(session, bank):
    with transaction() as writing:
        other = service.open_bank(writing, at=NOW, slug="lain", name="Lain", zone="Asia/Jayapura")
    assert other.bank_id == bank.bank_id + 1
    assert kinds(session, other) == ["bank.open"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "A B"}, "slug"), ({"slug": ""}, "slug"), ({"slug": "-a"}, "slug"),
        ({"slug": "a" * 41}, "slug"), ({"slug": "é"}, "slug"), ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"), ({"zone": "Europe/Berlin"}, "zone"),
        ({"paper": "A5"}, "paper"), ({"address": "x" * 161}, "address"),
    ],
)  # fmt: skip
def test_a_wrong_profile_is_refused_and_nothing_is_opened(session, bank, wrong, field):
    given = {"slug": "lain", "name": "Lain", **wrong}
    with pytest.raises(service.ProfileWrong) as refused, transaction() as writing:
        service.open_bank(writing, at=NOW, **given)
    assert refused.value.field == field
    assert [b.slug for b in queries.all_banks(session)] == ["gerpesh-jitu"]


def test_an_address_is_taken_once(session, bank):
    with pytest.raises(service.SlugTaken), transaction() as writing:
        service.open_bank(writing, at=NOW, slug="gerpesh-jitu", name="Lain")


def test_a_setting_holds_from_its_entry_on_and_earlier_values_stay(session, bank, act):
    assert queries.setting_in_force(session, bank.bank_id, "approval_limit_split_idr") == (0, None)
    seqs = []
    for limit_idr in (100_000, 250_000):
        with transaction(bank.bank_id) as writing:
            seqs.append(service.set_setting(writing, act(), "approval_limit_split_idr", limit_idr))
    in_force = queries.setting_in_force(session, bank.bank_id, "approval_limit_split_idr")
    assert in_force == (250_000, seqs[1])
    entry = ledger.entry(session, bank.bank_id, seqs[0])
    assert entry.body == {"name": "approval_limit_split_idr", "value": 100_000}
    assert list(entry.legs) == []
    assert books(session, bank.bank_id).count("Pengaturan") == 2


def test_a_repeated_setting_is_one_entry(session, bank, act):
    once = act("s1")
    with transaction(bank.bank_id) as writing:
        first = service.set_setting(writing, once, "one_person_only", True)
    with transaction(bank.bank_id) as writing:
        assert service.set_setting(writing, once, "one_person_only", True) == first
    with pytest.raises(ledger.KeyReused), transaction(bank.bank_id) as writing:
        service.set_setting(writing, once, "one_person_only", False)
    assert kinds(session, bank).count("bank.setting") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unknown", 1), ("approval_limit_split_idr", -1), ("approval_limit_split_idr", "5"),
        ("approval_limit_split_idr", True), ("approval_limit_split_idr", 10**16),
        ("one_person_only", 1), ("withdrawal_lapse_days", 366), ("default_price_class", "A B"),
        ("approval_limit_split_idr", 1.5), ("approval_limit_split_idr", None),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused(session, bank, act, name, value):
    with pytest.raises(service.SettingWrong), transaction(bank.bank_id) as writing:
        service.set_setting(writing, act(), name, value)
    assert kinds(session, bank) == ["bank.open"]


def test_the_profile_changes_without_its_words_entering_the_journal(session, bank, act):
    with transaction(bank.bank_id) as writing:
        service.change_profile(writing, act(), name="Jitu Baru", phone="0812 3456 7890")
    session.rollback()
    assert queries.get_bank(session, bank.bank_id).name == "Jitu Baru"
    entry = ledger.entries(session, bank.bank_id)[-1]
    assert entry.body == {"fields": ["name", "phone"]}


def test_the_chair_changes_rules_on_the_page_and_only_what_differs(sign_in, session, bank):
    chair = sign_in("chair")
    page = chair.get("/pengaturan")
    assert "Batas pembagian hasil" in page.text
    sent = {
        "approval_limit_split_idr": "100.000", "approval_limit_withdrawal_idr": "500.000",
        "one_person_only": "false", "withdrawal_minimum_idr": "0", "minimum_balance_idr": "Rp5.000",
        "withdrawal_lapse_days": "14", "backdate_days_max": "31", "default_price_class": "umum",
    }  # fmt: skip
    assert chair.post("/pengaturan/aturan", sent).status_code == 303
    in_force = queries.settings_in_force(session, bank.bank_id)
    assert {n: s.value for n, s in in_force.items() if s.seq} == {
        "approval_limit_split_idr": 100_000,
        "minimum_balance_idr": 5_000,
    }
    assert "Tidak ada yang berubah." in _follow(chair, chair.post("/pengaturan/aturan", sent))


def test_others_read_the_settings(sign_in):
    page = sign_in("operator").get("/pengaturan")
    assert page.status_code == 200
    assert "Hanya ketua yang mengubah pengaturan." in page.text
    assert "<form" not in page.text.split("<main")[1].split("</main")[0]


def test_the_profile_form_keeps_what_was_typed(sign_in, session, bank):
    chair = sign_in("chair")
    wrong = chair.post("/pengaturan/profil", {"name": "", "address": "Gang Melati", "paper": "A9"})
    assert wrong.status_code == 422
    assert 'value="Gang Melati"' in wrong.text
    assert chair.post(
        "/pengaturan/profil", {"name": "Jitu", "address": "Gang Melati", "paper": "F4"}
    ).status_code == 303  # fmt: skip
    session.rollback()
    changed = queries.get_bank(session, bank.bank_id)
    assert (changed.name, changed.address, changed.paper, changed.rw) == (
        "Jitu", "Gang Melati", "F4", "",
    )  # fmt: skip


def test_the_api_tells_and_changes_profile_and_settings(api: type[Program]):
    program = api("chair")
    assert program.get("").json["slug"] == "gerpesh-jitu"
    changed = program.patch("", {"city": "Kota Malang"})
    assert (changed.status_code, changed.json["city"]) == (200, "Kota Malang")
    made = program.patch("/settings", {"withdrawal_lapse_days": 7, "one_person_only": True})
    by_name = {item["name"]: item for item in made.json["items"]}
    assert by_name["withdrawal_lapse_days"]["value"] == 7
    assert by_name["withdrawal_lapse_days"]["seq"] > 1
    assert by_name["minimum_balance_idr"]["seq"] is None
    for wrong in (
        {"withdrawal_lapse_days": 0}, {"withdrawal_lapse_days": "7"}, {"slug": "x"},
        {"one_person_only": "yes"}, {"approval_limit_split_idr": 1.5}, {"zone": "Asia/Jakarta"},
    ):  # fmt: skip
        answer = program.patch("/settings", wrong)
        assert answer.status_code == 422
        assert set(answer.json["errors"]) == set(wrong)


def test_settings_of_another_bank_are_not_seen(session, bank, act):
    if session.get_bind().dialect.name != "postgresql":
        return  # one file, one owner: SQLite has no row-level security
    with transaction() as writing:
        service.open_bank(writing, at=NOW, slug="lain", name="Lain")
    with transaction(bank.bank_id) as writing:
        service.set_setting(writing, act(), "one_person_only", True)
        seen = "SELECT count(*) FROM bank_setting"
        assert writing.execute(text(seen)).scalar() == 1
    with transaction(bank.bank_id + 1) as writing:
        assert writing.execute(text(seen)).scalar() == 0
        changed = writing.execute(text("UPDATE bank SET name = 'X' WHERE bank_id = 1"))
        assert changed.rowcount == 0  # type: ignore[attr-defined]


def _follow(browser, answer) -> str:
    return browser.client.get(answer.location).text
