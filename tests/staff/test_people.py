"""Adding people, giving and taking roles, passwords and tokens: on pages, by API, by command."""

import re

import pytest
from click.testing import CliRunner
from sqlalchemy import event

from banksampah import ledger
from banksampah.banks.service import open_bank
from banksampah.cli import main
from banksampah.db import db, transaction, use_bank
from banksampah.staff import queries, service
from banksampah.staff.models import RegionReader
from banksampah.staff.passwords import PasswordWeak
from banksampah.staff.secrets import hash_password, is_password, new_password
from tests.conftest import NOW
from tests.people import PASSWORD, Browser, Program, find_login, give_roles, make_person

SECRET = re.compile(r'<code class="secret">([^<]+)</code>')


def kinds(session, bank) -> list[str]:
    use_bank(session, bank.bank_id)
    return [entry.kind for entry in ledger.entries(session, bank.bank_id)]


def test_the_chair_adds_a_person_who_then_signs_in(app, sign_in, session, bank):
    chair = sign_in("chair")
    page = chair.post("/petugas", {"login": "Bu.Ani", "name": "Bu Ani", "role": "operator"})
    assert page.status_code == 200
    password = SECRET.search(page.text)[1]
    assert is_password(find_login(session, "bu.ani").password_hash, password)
    assert SECRET.search(chair.get("/petugas").text) is None
    assert kinds(session, bank)[-1] == "staff.add"


def test_a_form_sent_twice_adds_one_person_and_shows_no_second_password(sign_in, session, bank):
    chair = sign_in("chair")
    person = {"login": "bu.ani", "name": "Bu Ani", "role": "operator"}
    first = chair.post("/petugas", person, request_id="r1")
    second = chair.post("/petugas", person, request_id="r1")
    assert SECRET.search(first.text)
    assert (second.status_code, SECRET.search(second.text)) == (200, None)
    assert kinds(session, bank).count("staff.add") == 1


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        ({"login": "bu ani"}, "Nama masuk: 3 sampai 40 huruf kecil"),
        ({"login": "x"}, "Nama masuk: 3 sampai 40 huruf kecil"),
        ({"login": ""}, "Isi bagian ini."),
        ({"name": "n" * 81}, "Antara 1 dan 80 huruf"),
        ({"role": "king"}, "Pilih salah satu:"),
        ({"login": "pak.slamet"}, "Nama masuk ini sudah dipakai."),
    ],
)
def test_a_wrong_person_is_refused_beside_the_field(sign_in, app, bank, session, person, sentence):
    with app.app_context(), transaction(bank.bank_id) as writing:
        make_person(writing, bank, "auditor", login="pak.slamet")
    before = kinds(session, bank)
    session.rollback()
    chair = sign_in("chair")
    sent = {"login": "bu.ani", "name": "Bu Ani", "role": "operator", **person}
    answer = chair.post("/petugas", sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{sent["name"]}"' in answer.text
    assert len(kinds(session, bank)) == len(before) + 1  # the chair's own role


def test_roles_are_given_and_taken_as_entries(session, bank, act):
    with transaction(bank.bank_id) as writing:
        person = make_person(writing, bank, "operator")
        service.grant_role(writing, act(), person.user_id, "treasurer")
        service.revoke_role(writing, act(), person.user_id, "operator")
    use_bank(session, bank.bank_id)
    assert queries.get_person(session, bank.bank_id, person.user_id).roles == ("treasurer",)
    assert kinds(session, bank)[1:] == ["staff.grant", "staff.grant", "staff.revoke"]
    body = ledger.entries(session, bank.bank_id)[-1].body
    assert body == {"user_id": person.user_id, "role": "operator"}


def test_the_last_chair_stays(session, bank, act):
    with transaction(bank.bank_id) as writing:
        one = make_person(writing, bank, "chair")
        two = make_person(writing, bank, "chair")
    with transaction(bank.bank_id) as writing:
        service.revoke_role(writing, act(), one.user_id, "chair")
    with pytest.raises(service.LastChair), transaction(bank.bank_id) as writing:
        service.revoke_role(writing, act(), two.user_id, "chair")


def test_a_role_held_is_not_given_twice_nor_an_unheld_one_taken(session, bank, act):
    with transaction(bank.bank_id) as writing:
        person = make_person(writing, bank, "operator")
    for verb, role in ((service.grant_role, "operator"), (service.revoke_role, "auditor")):
        with pytest.raises(service.PersonWrong), transaction(bank.bank_id) as writing:
            verb(writing, act(), person.user_id, role)


def test_a_forgotten_password_is_made_anew_and_signs_out_everywhere(app, sign_in, session, bank):
    chair, tini = sign_in("chair"), sign_in("operator")
    page = chair.post(f"/petugas/{tini.user.user_id}/kata-sandi")
    password = SECRET.search(page.text)[1]
    assert is_password(find_login(session, tini.user.login).password_hash, password)
    assert tini.get("/petugas").status_code == 303


def test_a_chair_cannot_take_over_somebody_of_another_bank(app, sign_in, session, bank):
    with app.app_context():
        with transaction() as writing:
            other = open_bank(writing, at=NOW, slug="lain", name="Lain")
        with transaction(other.bank_id) as writing:
            both = make_person(writing, other, "treasurer")
            stranger = make_person(writing, other, "treasurer")
        with transaction(bank.bank_id) as writing:
            give_roles(writing, bank, both, "operator")
    chair = sign_in("chair")
    refused = chair.post(f"/petugas/{both.user_id}/kata-sandi")
    assert refused.status_code == 422
    assert "juga bertugas di luar bank ini" in refused.text
    assert chair.post(f"/petugas/{stranger.user_id}/kata-sandi").status_code == 404
    for path in ("peran", "peran/pencabutan"):
        answer = chair.post(f"/petugas/{stranger.user_id}/{path}", {"role": "operator"})
        assert answer.status_code in (404, 422)
    session.rollback()
    hashes = {u.password_hash for u in (find_login(session, p.login) for p in (both, stranger))}
    assert hashes == {both.password_hash}
    assert queries.roles_by_bank(session, stranger.user_id)[0]["slug"] == "lain"


def test_my_password_needs_the_old_one(sign_in, session):
    me = sign_in("operator")
    wrong = {"old_password": "salah-sandi", "password": "empat-ember-baru"}
    assert me.post("//akun/kata-sandi", wrong).status_code == 422
    weak = {"old_password": PASSWORD, "password": "12345678"}
    assert "terlalu mudah ditebak" in me.post("//akun/kata-sandi", weak).text
    right = {"old_password": PASSWORD, "password": "empat-ember-baru"}
    assert me.post("//akun/kata-sandi", right).location == "/masuk"
    assert me.get("/petugas").status_code == 303
    session.rollback()
    assert is_password(find_login(session, me.user.login).password_hash, "empat-ember-baru")


def test_a_token_is_shown_once_and_can_be_withdrawn(app, sign_in, bank):
    me = sign_in("operator")
    secret = SECRET.search(
        me.post("//akun/kunci", {"token_name": "laporan", "token_password": PASSWORD}).text
    )[1]
    assert secret not in me.get("//akun").text
    headers = {"Authorization": f"Bearer {secret}"}
    asked = me.client.get("/api/v1/tokens", headers=headers)
    token_id = asked.json["items"][0]["token_id"]
    assert me.post(f"//akun/kunci/{token_id}/pencabutan").status_code == 303
    assert me.client.get("/api/v1/tokens", headers=headers).status_code == 401


def test_at_most_twenty_tokens(session, bank):
    with transaction(bank.bank_id) as writing:
        person = make_person(writing, bank, "operator")
        for _ in range(20):
            service.issue_token(writing, user_id=person.user_id, name="x", at=NOW)
        with pytest.raises(service.PersonWrong):
            service.issue_token(writing, user_id=person.user_id, name="x", at=NOW)


def test_the_api_of_people(api, bank):
    program = api("chair")
    me = program.get("/api/v1/me").json
    assert me["banks"] == [
        {"bank_id": 1, "slug": "gerpesh-jitu", "name": "Gerpesh Jitu", "roles": ["chair"]}
    ]
    person = {"login": "bu.ani", "name": "Bu Ani", "role": "operator"}
    made = program.post("/staff", person, key="a1")
    assert made.status_code == 201
    assert made.json["password"]
    assert program.post("/staff", person, key="a1").json == {**made.json, "password": None}
    user_id = made.json["user_id"]
    granted = program.post(f"/staff/{user_id}/roles", {"role": "treasurer"})
    assert granted.json["roles"] == ["treasurer", "operator"]
    assert program.delete(f"/staff/{user_id}/roles/operator").status_code == 204
    items = {item["login"]: item["roles"] for item in program.get("/staff").json["items"]}
    assert items["bu.ani"] == ["treasurer"]
    assert program.delete(f"/staff/{me['user_id']}/roles/chair").json["code"] == "last_chair"
    issued = program.post("/api/v1/tokens", {"name": "lain"}).json
    assert program.delete(f"/api/v1/tokens/{issued['token_id']}").status_code == 204


def test_a_chair_cannot_take_over_who_reads_a_kelurahan(app, sign_in, session, bank):
    chair, tini = sign_in("chair"), sign_in("operator")
    where = {"city": "", "kecamatan": "", "kelurahan": "Jatiluhur"}
    with app.app_context(), transaction() as writing:
        writing.add(RegionReader(user_id=tini.user.user_id, given_at=NOW, **where))
    refused = chair.post(f"/petugas/{tini.user.user_id}/kata-sandi")
    assert refused.status_code == 422
    assert "juga bertugas di luar bank ini" in refused.text
    session.rollback()
    assert find_login(session, tini.user.login).password_hash == tini.user.password_hash


def test_commands_make_banks_people_and_tokens(app, database_url, session):
    def run(*words: str) -> str:
        done = CliRunner().invoke(main, [*words, "--database", database_url])
        assert done.exit_code == 0, done.output
        return done.output

    assert "/b/baru/" in run("bank", "add", "baru", "--name", "Baru")
    assert "baru\tBaru" in run("bank", "list")
    run("bank", "add", "lain", "--name", "\x1b[2JLain\n7\tpalsu\tPalsu")
    assert "lain\t [2JLain 7 palsu Palsu\n" in run("bank", "list")
    said = run("user", "add", "bu.ani", "--name", "Bu Ani", "--bank", "baru", "--role", "chair")
    password = re.search(r"shown once: (\S+)", said)[1]
    assert is_password(find_login(session, "bu.ani").password_hash, password)
    session.rollback()
    again = run("user", "add", "bu.ani", "--name", "Bu Ani", "--bank", "baru", "--role", "chair")
    assert "shown once" not in again
    token = run("user", "token", "bu.ani", "--name", "uji").strip().splitlines()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/me", headers=headers).json["login"] == "bu.ani"
    new = re.search(r"shown once: (\S+)", run("user", "password", "bu.ani"))[1]
    assert new != password


def test_commands_say_what_is_wrong(database_url):
    for words, sentence in [
        (["user", "add", "x y", "--name", "X"], "Nama masuk"),
        (["user", "token", "nobody", "--name", "x"], "no person"),
        (["user", "add", "abc", "--name", "X", "--bank", "no"], "no bank"),
        (["user", "add", "abc", "--name", "X", "--role", "chair"], "--role needs --bank"),
        (["bank", "add", "A B", "--name", "X"], "Alamat"),
    ]:
        done = CliRunner().invoke(main, [*words, "--database", database_url])
        assert done.exit_code in (1, 2)
        assert sentence in done.output


@pytest.mark.parametrize("weak", ["", "short", "password", "Password", "aaaaaaaaaa", "x" * 129])
def test_weak_passwords_are_refused(weak):
    with pytest.raises(PasswordWeak):
        hash_password(weak)


def test_a_made_password_is_strong_and_readable():
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"(?:[a-hj-kmnp-z2-9]{5}-){2}[a-hj-kmnp-z2-9]{5}", p) for p in made)


def test_the_hash_is_argon2id_at_the_cost_we_chose():
    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_somebody_with_two_banks_chooses(app, bank, session):
    with app.app_context():
        with transaction() as writing:
            other = open_bank(writing, at=NOW, slug="lain", name="Bank Lain")
        browser = Browser(app, bank, "operator")
        with transaction(other.bank_id) as writing:
            give_roles(writing, other, browser.user, "treasurer")
    page = browser.get("//")
    assert "Bank Lain" in page.text
    assert "Gerpesh Jitu" in page.text
    assert Browser(app, None).get("//").status_code == 200


def test_nothing_else_is_asked_than_who_is_asking(app, bank):
    """One statement (staff/lookup.py, past the ORM) brings person, roles and the bank's row."""
    program = Program(app, bank, "operator")
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    assert program.get("").json["name"] == "Gerpesh Jitu"
    assert asked == []


@pytest.mark.parametrize(("role", "places"), [("operator", 4), ("treasurer", 7), ("auditor", 7)])
def test_every_place_of_the_menu_is_there_for_the_role(sign_in, role, places):
    browser = sign_in(role)
    page = browser.get("/petugas").text
    menu = page.split("<main")[0]
    links = set(re.findall(r'<li><a href="(/b/gerpesh-jitu/[^"]*)"', menu))
    assert len(links) == places
    assert {href: browser.get(href).status_code for href in links} == dict.fromkeys(links, 200)
    foot = set(re.findall(r'<a [^>]*?href="(/[^"]*)"', page.split("<footer")[1]))
    assert {
        href: browser.client.get(href).status_code for href in foot if "bahasa" not in href
    } == {
        "/akun": 200,
        "/b/gerpesh-jitu/pengaturan": 200,
        "/b/gerpesh-jitu/pembukuan": 200,
    }
